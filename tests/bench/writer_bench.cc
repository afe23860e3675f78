// Measures the way of a write without gRPC: microseconds a command spends in admission, decision, closing of its batch and commit,
// one thread, for several sizes of batch. Tells where the time of oriundo_bench goes.
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "server/admission/admission.h"
#include "server/base/check.h"
#include "server/sequencer/batch.h"
#include "server/sequencer/init_ledger.h"
#include "storage/engine/test_folder.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/support/world.h"

namespace oriundo {
namespace {

using Clock = std::chrono::steady_clock;

// The command of a call whose request type is known only at run time.
template <typename... Requests>
Command AdmitAny(const Admission& admission, const Call& call, const std::variant<Requests...>*) {
  absl::StatusOr<Command> command = absl::InternalError("no writing request");
  const auto try_one = [&](const auto* type) {
    using Type = std::remove_cv_t<std::remove_pointer_t<decltype(type)>>;
    if constexpr (!std::is_same_v<Type, v1::LedgerCreated>) {
      const auto* request = dynamic_cast<const Type*>(call.request.get());
      if (request != nullptr) command = admission.Admit({call.organization, "clerk"}, call.method->name(), *request);
    }
  };
  (try_one(static_cast<const Requests*>(nullptr)), ...);
  if (!command.ok()) std::fprintf(stderr, "%s\n", command.status().ToString().c_str());
  ORIUNDO_CHECK(command.ok());
  return *std::move(command);
}

double MicrosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

struct Times {
  double admit = 0;
  double decide = 0;
  double close = 0;
  double commit = 0;
};

class Bench {
 public:
  explicit Bench(int projects) : projects_(projects), random_(7) {
    RocksDbOptions options;
    options.path = folder_.path() / "data";
    options.create_if_missing = true;
    engine_ = *OpenRocksDbEngine(options);
    ORIUNDO_CHECK(InitLedger(*engine_, "bench.oriundo.example/writer", SystemClock).ok());
    admission_ = std::make_unique<Admission>(*LedgerKey::Load(**engine_->NewSnapshot()));
    worker_ = std::make_unique<BatchWorker>(SystemClock, /*epoch=*/1);
    Times ignored;
    for (const Call& call : AgreedWorldCalls(projects, random_)) {
      Work({AdmitAny(*admission_, call, static_cast<const Request*>(nullptr))}, ignored);
    }
  }

  // Declares `count` contributions in batches of `batch`.
  Times Run(int count, int batch) {
    Times times;
    for (int done = 0; done < count; done += batch) {
      std::vector<v1::DeclareContributionRequest> requests;
      for (int i = 0; i < batch; ++i) requests.push_back(NextRequest(i));
      std::vector<Command> commands;
      const Clock::time_point begin = Clock::now();
      for (int i = 0; i < batch; ++i) {
        commands.push_back(
            *admission_->Admit({requests[static_cast<std::size_t>(i)].contribution().party(), "clerk"}, "DeclareContribution",
                               std::move(requests[static_cast<std::size_t>(i)])));
      }
      times.admit += MicrosecondsSince(begin);
      Work(commands, times);
    }
    return times;
  }

 private:
  v1::DeclareContributionRequest NextRequest(int lane) {
    const int project = 1 + lane % projects_;
    v1::DeclareContributionRequest request;
    request.set_request_id(RandomRequestId(random_));
    request.set_parent(absl::StrCat("projects/work-", project));
    request.set_contribution_id(absl::StrCat("c", absl::Hex(random_()), "-", ++next_));
    request.mutable_contribution()->set_party(absl::StrCat("organizations/club-", project));
    request.mutable_contribution()->mutable_declared()->set_currency_code("MXN");
    request.mutable_contribution()->mutable_declared()->set_minor_units(12'345);
    return request;
  }

  void Work(const std::vector<Command>& commands, Times& times) {
    Clock::time_point begin = Clock::now();
    const std::unique_ptr<Snapshot> snapshot = *engine_->NewSnapshot();
    ORIUNDO_CHECK(worker_->Decide(*snapshot, commands).ok());
    times.decide += MicrosecondsSince(begin);
    begin = Clock::now();
    const std::shared_ptr<Batch> batch = *worker_->Close(*snapshot);
    times.close += MicrosecondsSince(begin);
    for (const auto& result : batch->results) {
      if (!result.ok()) std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
      ORIUNDO_CHECK(result.ok());
    }
    begin = Clock::now();
    ORIUNDO_CHECK(engine_->Commit(batch->writes).outcome == CommitOutcome::kOk);
    times.commit += MicrosecondsSince(begin);
  }

  TestFolder folder_;
  const int projects_;
  std::mt19937_64 random_;
  int64_t next_ = 0;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<BatchWorker> worker_;
};

}  // namespace
}  // namespace oriundo

int main(int argc, char** argv) {
  std::vector<int> batches = {1, 8, 32, 256, 8'192};
  int count = 16'384;
  int projects = 16;
  CLI::App app("Microseconds a command on the way of a write, without gRPC.");
  app.add_option("--batch", batches, "Commands of a batch, one setting each");
  app.add_option("--count", count, "Commands for each setting")->check(CLI::Range(1, 10'000'000));
  app.add_option("--projects", projects, "Projects that they are spread over")->check(CLI::Range(1, 1'000));
  CLI11_PARSE(app, argc, argv);
  oriundo::Bench bench(projects);
  std::printf("DeclareContribution on %d projects, RocksDB with a sync for every batch, one thread; microseconds a command\n",
              projects);
  std::printf("%7s | %7s %7s %7s %7s | %9s\n", "batch", "admit", "decide", "close", "commit", "a second");
  for (const int batch : batches) {
    // A batch of one is a sync each: fewer tell enough.
    const int commands = batch < 32 ? std::min(count, 2'048) / batch * batch : (count + batch - 1) / batch * batch;
    const oriundo::Times times = bench.Run(commands, batch);
    const double all = times.admit + times.decide + times.close + times.commit;
    std::printf("%7d | %7.2f %7.2f %7.2f %7.2f | %9.0f\n", batch, times.admit / commands, times.decide / commands,
                times.close / commands, times.commit / commands, 1e6 * commands / all);
  }
  return 0;
}
