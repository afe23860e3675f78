// Kills the server with SIGKILL at random moments under concurrent writes and compares what is there afterwards with what had
// been acknowledged; and stops it politely under the same load.
//
// ORIUNDO_CRASH_RUNS says how often to kill (25 unless given), ORIUNDO_CRASH_SEED repeats a run as far as its threads allow.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "storage/engine/test_folder.h"
#include "tests/crash/book.h"
#include "tests/support/test_server.h"

namespace oriundo {
namespace {

using std::chrono::milliseconds;

constexpr int kWriters = 12;
constexpr int kProjects = 3;
// After so many kills the next store begins: checks read the whole journal, which grows with every round.
constexpr int kKillsPerStore = 25;
constexpr milliseconds kPatience{60'000};

int FromEnvironment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::atoi(value) : otherwise;
}

uint64_t Seed() {
  const uint64_t seed =
      static_cast<uint64_t>(FromEnvironment("ORIUNDO_CRASH_SEED", static_cast<int>(std::random_device()() >> 1)));
  std::cout << "repeat with ORIUNDO_CRASH_SEED=" << seed << std::endl;
  return seed;
}

milliseconds Upto(int most, std::mt19937_64& random) { return milliseconds(random() % static_cast<uint64_t>(most + 1)); }

// What the server and fsck said, for a failed test.
class Log {
 public:
  explicit Log(std::string path) : path_(std::move(path)) {}
  ~Log() {
    if (testing::Test::HasFailure()) std::system(("tail -n 40 " + path_).c_str());
  }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// A ledger in a folder, ready for writers; null where it cannot be made.
std::unique_ptr<TestServer> ServeNewLedger(const std::filesystem::path& data, const std::string& log, Book& book) {
  if (InitLedgerIn(data, log) != 0) return nullptr;
  auto server = std::make_unique<TestServer>(data, log);
  if (!server->WaitUntilListening() || !book.PrepareWorld(server->address())) return nullptr;
  return server;
}

TEST(Crash, KeepsEveryAcknowledgedWriteOnceAndNoHalfOfAnother) {
  const int kills = FromEnvironment("ORIUNDO_CRASH_RUNS", 25);
  std::mt19937_64 random(Seed());
  int64_t acknowledged = 0;
  int64_t written_unanswered = 0;
  std::map<std::string, int64_t> errors;
  for (int kill = 0; kill < kills && !testing::Test::HasFailure();) {
    TestFolder folder;
    const std::filesystem::path data = folder.path() / "data";
    const Log log(folder.path() / "log");
    Book book(kWriters, kProjects, random());
    std::unique_ptr<TestServer> server = ServeNewLedger(data, log.path(), book);
    ASSERT_NE(server, nullptr);
    for (const int last = std::min(kill + kKillsPerStore, kills); kill < last && !testing::Test::HasFailure(); ++kill) {
      SCOPED_TRACE("kill " + std::to_string(kill));
      book.Start(server->address());
      std::this_thread::sleep_for(Upto(400, random));
      if (random() % 4 == 0) {  // In the middle of its drain.
        server->process().Signal(SIGTERM);
        std::this_thread::sleep_for(Upto(40, random));
      }
      server->process().Kill();
      book.Join(kPatience);
      for (uint64_t early = random() % 3; early > 0; --early) {  // While it recovers from the kill before.
        TestServer starting(data, log.path());
        std::this_thread::sleep_for(Upto(120, random));
        starting.process().Kill();
      }
      EXPECT_EQ(FsckIn(data, log.path()), 0);
      server = std::make_unique<TestServer>(data, log.path());
      ASSERT_TRUE(server->WaitUntilListening());
      book.Compare(server->address());
      book.Settle(server->address());
    }
    server->process().Kill();
    EXPECT_EQ(FsckIn(data, log.path()), 0);
    acknowledged += book.acknowledged();
    written_unanswered += book.written_unanswered();
    for (const auto& [error, count] : book.errors()) errors[error] += count;
  }
  std::cout << kills << " kills, " << acknowledged << " acknowledged writes";
  for (const auto& [error, count] : errors) std::cout << ", " << count << " x " << error;
  std::cout << "; " << written_unanswered << " of these written all the same" << std::endl;
}

TEST(Crash, InitKilledAnywhereCanBeDoneAgainOrIsDone) {
  std::mt19937_64 random(Seed());
  for (int kill = 0; kill < 8; ++kill) {
    TestFolder folder;
    const std::filesystem::path data = folder.path() / "data";
    const Log log(folder.path() / "log");
    {
      ChildProcess init({.arguments = {std::filesystem::path(ORIUNDO_BIN_FOLDER) / "oriundod", "init", "--data", data, "--origin",
                                       "test.example/ledger"},
                         .log_path = log.path(),
                         .file_bytes_max = std::nullopt});
      std::this_thread::sleep_for(Upto(100, random));
    }
    InitLedgerIn(data, log.path());  // Refused where the first one had been done.
    TestServer server(data, log.path());
    ASSERT_TRUE(server.WaitUntilListening());
    Book book(1, 1, random());
    EXPECT_TRUE(book.PrepareWorld(server.address()));
    book.Compare(server.address());
  }
}

TEST(Terminate, UnderLoadAnswersAllItAcceptedAndExitsWithZero) {
  std::mt19937_64 random(Seed());
  TestFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  const Log log(folder.path() / "log");
  Book book(kWriters, kProjects, random());
  std::unique_ptr<TestServer> server = ServeNewLedger(data, log.path(), book);
  ASSERT_NE(server, nullptr);
  for (int stop = 0; stop < 5; ++stop) {
    SCOPED_TRACE("stop " + std::to_string(stop));
    book.Start(server->address());
    std::this_thread::sleep_for(Upto(300, random));
    server->process().Signal(SIGTERM);
    EXPECT_EQ(server->process().Wait(kPatience), 0);
    server->process().Kill();
    book.Join(kPatience);
    EXPECT_EQ(FsckIn(data, log.path()), 0);
    server = std::make_unique<TestServer>(data, log.path());
    ASSERT_TRUE(server->WaitUntilListening());
    book.Compare(server->address(), /*answered_all=*/true);
    book.Settle(server->address());
  }
  std::cout << book.acknowledged() << " acknowledged writes";
  for (const auto& [error, count] : book.errors()) std::cout << ", " << count << " x " << error;
  std::cout << std::endl;
}

}  // namespace
}  // namespace oriundo
