// Runs oriundo-fsck as an operator does, on stores on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "server/queries/stored_ledger.h"
#include "storage/format/keys.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

struct Ran {
  int code = 0;
  std::string output;
};

Ran Check(const std::string& arguments) {
  Ran ran;
  FILE* pipe = popen((std::string(ORIUNDO_FSCK) + " " + arguments + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) ran.output.append(buffer.data(), count);
  ran.code = WEXITSTATUS(pclose(pipe));
  return ran;
}

TEST(FsckMain, SaysWhichVersionItIs) {
  const Ran ran = Check("--version");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.output, testing::StartsWith("oriundo-fsck 0."));
}

class FsckMainTest : public testing::Test {
 protected:
  FsckMainTest() : path_(testing::TempDir() + "oriundo_fsck_" + std::to_string(getpid())) {
    std::filesystem::remove_all(path_);
    StoredLedger ledger;
    WriteBatch batch;
    EXPECT_TRUE((*ledger.engine().NewSnapshot())
                    ->Scan("", "",
                           [&](std::string_view key, std::string_view value) {
                             batch.Put(std::string(key), std::string(value));
                             return true;
                           })
                    .ok());
    Commit(batch, /*create=*/true);
  }
  ~FsckMainTest() override { std::filesystem::remove_all(path_); }

  void Commit(const WriteBatch& batch, bool create = false) {
    const auto engine = OpenRocksDbEngine({.path = path_, .create_if_missing = create});
    ASSERT_TRUE(engine.ok()) << engine.status();
    ASSERT_EQ((*engine)->Commit(batch).outcome, CommitOutcome::kOk);
  }

  const std::string path_;
};

TEST_F(FsckMainTest, ExitsZeroOnASoundStore) {
  const Ran ran = Check("--data " + path_);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("6 entries, "));
  EXPECT_THAT(ran.output, HasSubstr(": clean\n"));
  const nlohmann::json json = nlohmann::json::parse(Check("--json --data " + path_).output);
  EXPECT_EQ(json["clean"], true);
  EXPECT_EQ(json["entries"], 6);
  EXPECT_TRUE(json["findings"].empty());
}

TEST_F(FsckMainTest, ExitsOneOnFindings) {
  WriteBatch batch;
  batch.Delete(RecordKey("organizations/office"));
  Commit(batch);
  const Ran ran = Check("--data " + path_);
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("record organizations/office (sequence 1): is missing\n"));
  EXPECT_THAT(ran.output, HasSubstr("1 finding\n"));
  const Ran json = Check("--json --progress --data " + path_);
  EXPECT_EQ(json.code, 1);
  const nlohmann::json report = nlohmann::json::parse(json.output);
  EXPECT_EQ(report["finding_count"], 1);
  EXPECT_EQ(report["findings"][0]["key"], "record organizations/office");
  EXPECT_EQ(report["findings"][0]["sequence"], 1);
}

TEST_F(FsckMainTest, AcceptsFilesWithoutTheirMarkOnlyWhenToldTwice) {
  std::filesystem::remove(path_ + "/ORIUNDO-FILES");
  const Ran refused = Check("--data " + path_);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.output, HasSubstr("ORIUNDO-FILES"));
  EXPECT_EQ(Check("--accept-files --data " + path_).code, 2);
  EXPECT_EQ(Check("--ignore-mark --data " + path_).code, 0);
  EXPECT_EQ(Check("--data " + path_).code, 2);
  EXPECT_EQ(Check("--ignore-mark --accept-files --data " + path_).code, 0);
  EXPECT_EQ(Check("--data " + path_).code, 0);
}

TEST_F(FsckMainTest, ExitsTwoWhereItCannotCheck) {
  EXPECT_EQ(Check("--data " + path_ + "/nothing/there").code, 2);
  EXPECT_FALSE(std::filesystem::exists(path_ + "/nothing"));
  EXPECT_EQ(Check("").code, 2);
  const auto holder = OpenRocksDbEngine({.path = path_});
  ASSERT_TRUE(holder.ok());
  EXPECT_EQ(Check("--data " + path_).code, 2);
}

}  // namespace
}  // namespace oriundo
