#include "server/sequencer/erase.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "server/queries/stored_ledger.h"
#include "server/sequencer/init_ledger.h"
#include "storage/check/fsck.h"
#include "storage/engine/test_folder.h"
#include "storage/format/journal.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

// A ledger with a project, copied to a store on disk.
class EraseTest : public testing::Test {
 protected:
  EraseTest() {
    ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
    Open(/*create=*/true);
    WriteBatch batch;
    EXPECT_TRUE(ledger_.Read()
                    .snapshot()
                    .Scan("", "",
                          [&](std::string_view key, std::string_view value) {
                            batch.Put(std::string(key), std::string(value));
                            return true;
                          })
                    .ok());
    EXPECT_EQ(engine_->Commit(batch).outcome, CommitOutcome::kOk);
  }

  void Open(bool create = false) {
    engine_.reset();
    engine_ = *OpenRocksDbEngine({.path = folder_.path() / "store", .create_if_missing = create, .free_disk_bytes_min = 0});
  }

  absl::StatusOr<Erasure> Erase(const std::string& subject) { return EraseSubject(*engine_, subject, SystemClock); }

  std::optional<std::string> Secret(const std::string& subject) {
    return *ReadSubjectSecret(**engine_->NewSnapshot(), subject);
  }

  // Files of the store that hold `bytes`.
  int FilesWith(const std::string& bytes) {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path() / "store")) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), {}};
      count += content.find(bytes) != std::string::npos;
    }
    return count;
  }

  StoredLedger ledger_;
  TestFolder folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EraseTest, LeavesNoByteOfTheSecretInAnyFile) {
  for (const bool reopens : {false, true}) {
    const std::string subject = reopens ? "organizations/office" : "projects/p";
    const std::string secret = Secret(subject).value();
    const std::string middle = secret.substr(8, 16);
    if (reopens) Open();  // Which moves what the log held to a table file.
    ASSERT_GE(FilesWith(middle), 1);
    const absl::StatusOr<Erasure> erasure = Erase(subject);
    ASSERT_TRUE(erasure.ok()) << erasure.status();
    EXPECT_TRUE(erasure->had_secret);
    EXPECT_GE(erasure->texts, 1);
    EXPECT_EQ(FilesWith(middle), 0);
    EXPECT_EQ(Secret(subject), std::nullopt);
    Open();
    EXPECT_EQ(FilesWith(middle), 0);
  }
}

TEST_F(EraseTest, ClosesTheTextsOfItsSubjectAndNoOther) {
  ASSERT_TRUE(Erase("projects/p").ok());
  const auto title_of = [&](const std::string& name) {
    const Reader reader = *Reader::Open(*engine_, {});
    auto record = *reader.Get(name);
    EXPECT_TRUE(reader.OpenTexts(*record).ok());
    const auto* field = record->GetDescriptor()->FindFieldByName(name.starts_with("projects/") ? "title" : "display_name");
    return record->GetReflection()->GetString(*record, field);
  };
  EXPECT_EQ(title_of("projects/p"), "");
  EXPECT_EQ(title_of("organizations/club"), "The club");
}

TEST_F(EraseTest, IsAnEntryThatSaysWhatWasErased) {
  const FsckReport before = Fsck(**engine_->NewSnapshot());
  ASSERT_TRUE(before.clean());
  const absl::StatusOr<Erasure> erasure = Erase("projects/p");
  ASSERT_TRUE(erasure.ok()) << erasure.status();
  const auto snapshot = *engine_->NewSnapshot();
  const JournalHead head = **ReadHead(*snapshot);
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(*ReadEntry(*snapshot, head.last_sequence)));
  EXPECT_EQ(entry.organization(), kAdministrator);
  EXPECT_EQ(entry.texts_erased().subject(), "projects/p");
  EXPECT_EQ(entry.texts_erased().texts(), erasure->texts);
  const FsckReport report = Fsck(*snapshot);
  EXPECT_TRUE(report.clean()) << (report.clean() ? "" : report.findings.front().description);
  EXPECT_EQ(report.entries, before.entries + 1);
  EXPECT_EQ(report.texts_erased, erasure->texts);
  EXPECT_EQ(report.texts_open, before.texts_open - erasure->texts);
}

TEST_F(EraseTest, DoneAgainFindsNothingLeft) {
  ASSERT_TRUE(Erase("projects/p").ok());
  const absl::StatusOr<Erasure> again = Erase("projects/p");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->had_secret);
  EXPECT_EQ(again->texts, 0);
  EXPECT_TRUE(Fsck(**engine_->NewSnapshot()).clean());
}

TEST_F(EraseTest, RefusesWhatIsNoSubject) {
  EXPECT_EQ(Erase("projects/none").status().code(), absl::StatusCode::kNotFound);
  for (const char* name : {"projects/p/contributions/c", "projects", "", "ledger"}) {
    EXPECT_EQ(Erase(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_NE(Secret("projects/p"), std::nullopt);
}

TEST_F(EraseTest, WaitsForReadersAndCanBeFinishedLater) {
  auto reader = *engine_->NewSnapshot();
  EXPECT_EQ(Erase("projects/p").status().code(), absl::StatusCode::kUnavailable);
  reader.reset();
  EXPECT_TRUE(Erase("projects/p").ok());
  EXPECT_EQ(Secret("projects/p"), std::nullopt);
}

}  // namespace
}  // namespace oriundo
