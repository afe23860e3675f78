// What an operator does to a stopped ledger, with the programs themselves: erases a subject, and starts a server on damaged
// files.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/engine/test_folder.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/sealed/sealed_store.h"
#include "tests/crash/book.h"
#include "tests/support/test_server.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

constexpr std::chrono::milliseconds kPatience{60'000};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class OperatorTest : public testing::Test {
 protected:
  OperatorTest() : data_(folder_.path() / "data"), log_(folder_.path() / "log") {
    EXPECT_EQ(InitLedgerIn(data_, log_), 0);
    Serve();
    EXPECT_TRUE(book_.PrepareWorld(server_->address()));
  }

  void Serve() {
    server_ = std::make_unique<TestServer>(data_, log_);
    ASSERT_TRUE(server_->WaitUntilListening());
  }

  void Stop() {
    server_->process().Signal(SIGTERM);
    EXPECT_EQ(server_->process().Wait(kPatience), 0);
  }

  struct Ran {
    int code = 0;
    std::string output;
  };
  Ran Erase(const std::string& subject) {
    const std::string log = folder_.path() / "erase.log";
    std::filesystem::remove(log);
    ChildProcess process(
        {.arguments = {std::filesystem::path(ORIUNDO_BIN_FOLDER) / "oriundod", "erase", "--data", data_, "--subject", subject},
         .log_path = log,
         .file_bytes_max = std::nullopt});
    const std::optional<int> code = process.Wait(kPatience);
    return {.code = code.value_or(-1), .output = ReadFile(log)};
  }

  std::string SecretOf(const std::string& subject) {
    const auto engine = OpenRocksDbEngine({.path = data_, .read_only = true});
    EXPECT_TRUE(engine.ok()) << engine.status();
    return (*ReadSubjectSecret(**(*engine)->NewSnapshot(), subject)).value_or("");
  }

  int FilesWith(const std::string& bytes) {
    int count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(data_)) {
      count += file.is_regular_file() && ReadFile(file.path()).find(bytes) != std::string::npos;
    }
    return count;
  }

  TestFolder folder_;
  const std::filesystem::path data_;
  const std::string log_;
  Book book_{2, 2, /*seed=*/1};
  std::unique_ptr<TestServer> server_;
};

TEST_F(OperatorTest, ErasesASubjectFromEveryFileAndKeepsTheLedgerWhole) {
  EXPECT_THAT(Erase("projects/work-1").output, HasSubstr("in use by another process"));
  book_.Start(server_->address());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  Stop();
  book_.Join(kPatience);
  const std::string secret = SecretOf("projects/work-1");
  ASSERT_EQ(secret.size(), kSecretBytes);
  // The middle: compression may have taken a byte at either end for one it saw before.
  const std::string middle = secret.substr(8, 16);
  ASSERT_GE(FilesWith(middle), 1);

  const Ran erased = Erase("projects/work-1");
  EXPECT_EQ(erased.code, 0) << erased.output;
  EXPECT_THAT(erased.output, HasSubstr("The secret of projects/work-1 is destroyed and purged from every file of "));
  EXPECT_EQ(FilesWith(middle), 0);
  EXPECT_THAT(Erase("projects/work-1").output, HasSubstr("has no secret"));
  EXPECT_EQ(Erase("projects/nowhere").code, 1);
  EXPECT_EQ(FsckIn(data_, log_), 0) << ReadFile(log_);
  Serve();
  Stop();
  EXPECT_EQ(FilesWith(middle), 0);
}

TEST_F(OperatorTest, AServerRefusesFilesThatWereCutAndSaysWhatToDo) {
  Stop();
  std::string manifest = ReadFile(data_ / "CURRENT");
  manifest.pop_back();
  const std::filesystem::path path = data_ / manifest;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  TestServer server(data_, log_);
  EXPECT_FALSE(server.WaitUntilListening());
  EXPECT_EQ(server.process().Wait(kPatience), 1);
  EXPECT_THAT(ReadFile(log_), HasSubstr("acknowledged entries are missing; put the whole folder back from a backup"));
  EXPECT_EQ(FsckIn(data_, log_), 2);
}

}  // namespace
}  // namespace oriundo
