// Measures durable writes against an empty gRPC echo, in one run and by turns, for several numbers of calls in flight.
//
// The write is DeclareContribution on a real `oriundod`, a process of its own, on RocksDB with a sync for every batch. The echo
// is a process of its own too and carries messages of the same size; a second kind of echo appends its payload to a file and is
// answered once the file is synced, which is the least that any durable call can cost here. Writes per sync come from what the server counted, one run
// of it a setting.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "echo.grpc.pb.h"
#include "oriundo/v1/ledger_service.grpc.pb.h"
#include "server/base/check.h"
#include "storage/engine/test_folder.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/load.h"
#include "tests/support/test_server.h"
#include "tests/support/world.h"

namespace oriundo {
namespace {

using std::chrono::milliseconds;

// One connection does not carry what two cores can serve (limits.md 2c).
constexpr int kChannels = 4;
// What the design asks for at this many calls in flight.
constexpr int kGoalInFlight = 64;
constexpr double kGoalWritesPerSync = 8;
constexpr double kGoalRatio = 0.5;

struct Settings {
  std::vector<int> in_flight = {1, 8, 64, 256};
  int rounds = 3;
  int round_ms = 2'000;
  int projects = 16;
};

// Messages of one write.
struct Sizes {
  std::size_t request_bytes = 0;
  std::size_t answer_bytes = 0;
};

// Measurements of one number of calls in flight: medians over the rounds.
struct Row {
  int in_flight = 0;
  Round writes;
  double server_cores = 0;
  double writes_per_sync = 0;
  double writes_per_batch = 0;
  Round echoes;
  Round synced_echoes;
};

template <typename T, typename Of>
T Median(const std::vector<Round>& rounds, Of of) {
  std::vector<T> values;
  for (const Round& round : rounds) values.push_back(of(round));
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Round MedianRound(const std::vector<Round>& rounds) {
  Round median;
  median.per_second = Median<double>(rounds, [](const Round& round) { return round.per_second; });
  median.p50 = Median<std::chrono::microseconds>(rounds, [](const Round& round) { return round.p50; });
  median.p99 = Median<std::chrono::microseconds>(rounds, [](const Round& round) { return round.p99; });
  median.client_cores = Median<double>(rounds, [](const Round& round) { return round.client_cores; });
  return median;
}

std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(const std::string& address) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection each.
    channels.push_back(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

class DeclareLane final : public Lane {
 public:
  DeclareLane(std::shared_ptr<grpc::Channel> channel, int number, int projects, uint64_t seed)
      : stub_(v1::LedgerService::NewStub(channel)), random_(seed), prefix_(absl::StrCat("c", absl::Hex(random_()), "-")) {
    const int project = 1 + number % projects;
    club_ = absl::StrCat("organizations/club-", project);
    request_.set_parent(absl::StrCat("projects/work-", project));
    request_.mutable_contribution()->set_party(club_);
    request_.mutable_contribution()->mutable_declared()->set_currency_code("MXN");
    request_.mutable_contribution()->mutable_declared()->set_minor_units(12'345);
  }

  // The request that Send() sends next.
  const v1::DeclareContributionRequest& NextRequest() {
    request_.set_request_id(RandomRequestId(random_));
    request_.set_contribution_id(absl::StrCat(prefix_, next_++));
    return request_;
  }

  void Send(std::function<void(const grpc::Status&)> done) override {
    NextRequest();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("oriundo-organization", club_);
    context_->AddMetadata("oriundo-principal", "clerk");
    stub_->async()->DeclareContribution(context_.get(), &request_, &response_,
                                        [done = std::move(done)](grpc::Status status) { done(status); });
  }

 private:
  const std::unique_ptr<v1::LedgerService::Stub> stub_;
  std::mt19937_64 random_;
  const std::string prefix_;
  std::string club_;
  int64_t next_ = 1;
  v1::DeclareContributionRequest request_;
  v1::Contribution response_;
  std::unique_ptr<grpc::ClientContext> context_;
};

class EchoLane final : public Lane {
 public:
  EchoLane(std::shared_ptr<grpc::Channel> channel, const Sizes& sizes, bool synced)
      : stub_(bench::EchoService::NewStub(channel)), synced_(synced) {
    request_.set_payload(std::string(sizes.request_bytes, 'x'));
    request_.set_answer_bytes(static_cast<int32_t>(sizes.answer_bytes));
  }

  void Send(std::function<void(const grpc::Status&)> done) override {
    context_ = std::make_unique<grpc::ClientContext>();
    auto answered = [done = std::move(done)](grpc::Status status) { done(status); };
    if (synced_) {
      stub_->async()->SyncedEcho(context_.get(), &request_, &response_, std::move(answered));
    } else {
      stub_->async()->Echo(context_.get(), &request_, &response_, std::move(answered));
    }
  }

 private:
  const std::unique_ptr<bench::EchoService::Stub> stub_;
  const bool synced_;
  bench::EchoRequest request_;
  bench::EchoResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
};

// Makes the world, and one write as a sample.
Sizes Prepare(const std::string& address, int projects) {
  std::mt19937_64 random(1);
  std::vector<Call> calls = AgreedWorldCalls(projects, random);
  DeclareLane lane(OpenChannels(address)[0], 0, projects, /*seed=*/1);
  calls.push_back(MakeCall("organizations/club-1", "DeclareContribution", "", ""));
  calls.back().request = std::make_shared<v1::DeclareContributionRequest>(lane.NextRequest());
  std::size_t answer_bytes = 0;
  for (const Call& call : calls) {
    const Client client({.address = address, .organization = call.organization, .principal = "clerk"});
    const auto answer = client.Call(*call.method, *call.request);
    if (!answer.ok()) {
      std::cerr << "oriundo_bench: " << call.method->name() << ": " << answer.status() << std::endl;
      std::exit(1);
    }
    answer_bytes = (*answer)->ByteSizeLong();
  }
  return {.request_bytes = calls.back().request->ByteSizeLong(), .answer_bytes = answer_bytes};
}

std::string Text(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

// Stops the server, and reads what it counted from the end of its log.
void StopAndCount(TestServer& server, const std::string& log, Row& row) {
  server.process().Signal(SIGTERM);
  ORIUNDO_CHECK(server.process().Wait(std::chrono::minutes(1)) == 0);
  const std::string text = Text(log);
  static const std::regex kCounters(R"(after (\d+) commands, \d+ repeats, \d+ refusals in (\d+) batches, (\d+) syncs)");
  std::smatch last;
  for (std::sregex_iterator at(text.begin(), text.end(), kCounters), end; at != end; ++at) last = *at;
  ORIUNDO_CHECK(!last.empty());
  const double commands = std::stod(last[1]);
  row.writes_per_batch = commands / std::stod(last[2]);
  row.writes_per_sync = commands / std::stod(last[3]);
}

std::string ProcessorName() {
  const std::string text = Text("/proc/cpuinfo");
  std::smatch found;
  return std::regex_search(text, found, std::regex("model name\\s*: (.*)")) ? found[1].str() : "unknown processor";
}

// The type of the file system that holds `path`.
std::string FileSystemOf(const std::string& path) {
  // The mount with the longest path that `path` begins with; fields as in proc(5), 3.5.
  std::istringstream lines(Text("/proc/self/mountinfo"));
  std::string best;
  std::string type = "unknown file system";
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string skipped;
    std::string mount;
    fields >> skipped >> skipped >> skipped >> skipped >> mount;
    if (path.compare(0, mount.size(), mount) != 0 || mount.size() < best.size()) continue;
    best = mount;
    std::istringstream rest(line.substr(line.find(" - ") + 3));
    rest >> type;
  }
  return type;
}

void Print(const Settings& settings, const std::string& folder, const Sizes& sizes, const std::vector<Row>& rows) {
  std::printf("machine     %u x %s; store on %s\n", std::thread::hardware_concurrency(), ProcessorName().c_str(),
              FileSystemOf(folder).c_str());
  std::printf("writes      DeclareContribution on %d projects, %zu bytes, answer %zu; the echo carries as many\n",
              settings.projects, sizes.request_bytes, sizes.answer_bytes);
  std::printf("durability  every batch is one write to RocksDB's log and one fdatasync before any of its calls is answered\n");
  std::printf("figures     medians of %d rounds of %d ms, writes, echo and synced echo by turns, %d connections\n", settings.rounds,
              settings.round_ms, kChannels);
  std::printf("            server, client: processors kept busy while writing; they and the echo share the machine\n\n");
  std::printf("%9s | %8s %8s %8s %8s %9s %6s %6s | %8s %8s %8s | %8s %8s | %11s %11s %11s\n", "in flight", "writes/s", "p50 us",
              "p99 us", "per sync", "per batch", "server", "client", "echo/s", "p50 us", "p99 us", "synced/s", "p50 us",
              "writes/echo", "synced/echo", "writes/sync'd");
  for (const Row& row : rows) {
    const double writes = row.writes.per_second;
    const double echoes = row.echoes.per_second;
    const double synced = row.synced_echoes.per_second;
    std::printf("%9d | %8.0f %8lld %8lld %8.1f %9.1f %6.2f %6.2f | %8.0f %8lld %8lld | %8.0f %8lld | %11.2f %11.2f %11.2f\n",
                row.in_flight, writes, static_cast<long long>(row.writes.p50.count()),
                static_cast<long long>(row.writes.p99.count()), row.writes_per_sync, row.writes_per_batch, row.server_cores,
                row.writes.client_cores, echoes, static_cast<long long>(row.echoes.p50.count()),
                static_cast<long long>(row.echoes.p99.count()), synced, static_cast<long long>(row.synced_echoes.p50.count()),
                writes / echoes, synced / echoes, writes / synced);
  }
  for (const Row& row : rows) {
    if (row.in_flight != kGoalInFlight) continue;
    const double ratio = row.writes.per_second / row.echoes.per_second;
    std::printf("\nat %d in flight: %.1f writes per sync (goal %.0f: %s), %.2f of the echo (goal %.1f: %s)\n", kGoalInFlight,
                row.writes_per_sync, kGoalWritesPerSync, row.writes_per_sync >= kGoalWritesPerSync ? "met" : "missed", ratio,
                kGoalRatio, ratio >= kGoalRatio ? "met" : "missed");
  }
}

int Run(const Settings& settings) {
  TestFolder folder;
  const std::string data = folder.path() / "data";
  const std::string log = folder.path() / "log";
  const std::string echo_port = folder.path() / "echo.port";
  ORIUNDO_CHECK(InitLedgerIn(data, log) == 0);
  Sizes sizes;
  {
    TestServer server(data, log);
    ORIUNDO_CHECK(server.WaitUntilListening());
    sizes = Prepare(server.address(), settings.projects);
    Row ignored;
    StopAndCount(server, log, ignored);
  }
  ChildProcess echo(
      {.arguments = {"/proc/self/exe", "--echo-port-file", echo_port, "--echo-synced-file", folder.path() / "synced"},
       .log_path = log,
       .file_bytes_max = std::nullopt});
  int port = 0;
  while (!(std::ifstream(echo_port) >> port)) std::this_thread::sleep_for(milliseconds(5));
  const auto echo_channels = OpenChannels(absl::StrCat("127.0.0.1:", port));

  uint64_t seed = std::random_device()();  // Each lane takes another, so that no request id comes twice.
  std::vector<Row> rows;
  for (const int in_flight : settings.in_flight) {
    TestServer server(data, log);
    ORIUNDO_CHECK(server.WaitUntilListening());
    const auto channels = OpenChannels(server.address());
    Row row;
    row.in_flight = in_flight;
    std::vector<Round> writes;
    std::vector<Round> echoes;
    std::vector<Round> synced_echoes;
    std::vector<double> server_cores;
    for (int round = 0; round < settings.rounds; ++round) {
      const auto before = server.process().ProcessorTime();
      const auto began = std::chrono::steady_clock::now();
      writes.push_back(RunRound(in_flight, milliseconds(settings.round_ms), [&](int lane) {
        return std::make_unique<DeclareLane>(channels[static_cast<std::size_t>(lane % kChannels)], lane, settings.projects,
                                             ++seed);
      }));
      server_cores.push_back((server.process().ProcessorTime() - before) / (std::chrono::steady_clock::now() - began));
      for (const bool synced : {false, true}) {
        (synced ? synced_echoes : echoes).push_back(RunRound(in_flight, milliseconds(settings.round_ms), [&](int lane) {
          return std::make_unique<EchoLane>(echo_channels[static_cast<std::size_t>(lane % kChannels)], sizes, synced);
        }));
      }
    }
    StopAndCount(server, log, row);
    row.writes = MedianRound(writes);
    row.echoes = MedianRound(echoes);
    row.synced_echoes = MedianRound(synced_echoes);
    std::sort(server_cores.begin(), server_cores.end());
    row.server_cores = server_cores[server_cores.size() / 2];
    rows.push_back(row);
  }
  Print(settings, folder.path(), sizes, rows);
  const bool counted = std::all_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.writes.per_second > 0 && row.echoes.per_second > 0 && row.writes_per_sync > 0;
  });
  return counted ? 0 : 1;
}

}  // namespace
}  // namespace oriundo

int main(int argc, char** argv) {
  oriundo::Settings settings;
  bool smoke = false;
  std::string echo_port_file;
  std::string echo_synced_file;
  CLI::App app("Durable writes a second against an empty gRPC echo, by turns.");
  app.add_option("--in-flight", settings.in_flight, "Calls in flight, one setting each");
  app.add_option("--rounds", settings.rounds, "Rounds of writes and of echoes for each setting")->check(CLI::Range(1, 100));
  app.add_option("--round-ms", settings.round_ms, "How long a round is measured, milliseconds")->check(CLI::Range(50, 600'000));
  app.add_option("--projects", settings.projects,
                 "Projects that the writes are spread over: the fewer, the more they share state")
      ->check(CLI::Range(1, 1'000));
  app.add_flag("--smoke", smoke, "Only shows that numbers come out, in a few seconds");
  app.add_option("--echo-port-file", echo_port_file, "Be the echo server, and write the port there")->group("");
  app.add_option("--echo-synced-file", echo_synced_file, "What the echo server syncs")->group("");
  CLI11_PARSE(app, argc, argv);
  if (!echo_port_file.empty()) return oriundo::RunEchoServer(echo_port_file, echo_synced_file);
  if (smoke) settings = {.in_flight = {1, 8}, .rounds = 1, .round_ms = 300, .projects = 4};
  return oriundo::Run(settings);
}
