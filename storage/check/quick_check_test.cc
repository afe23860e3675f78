#include "storage/check/quick_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "server/queries/stored_ledger.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

class QuickCheckTest : public testing::Test {
 protected:
  absl::Status Check() { return QuickCheck(**ledger_.engine().NewSnapshot()); }

  void Expect(const std::string& words) {
    const absl::Status status = Check();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
    EXPECT_THAT(std::string(status.message()), HasSubstr("oriundo-fsck"));
  }

  void Delete(const std::string& key) {
    WriteBatch batch;
    batch.Delete(key);
    ASSERT_EQ(ledger_.engine().Commit(batch).outcome, CommitOutcome::kOk);
  }
  void Put(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.Put(key, value);
    ASSERT_EQ(ledger_.engine().Commit(batch).outcome, CommitOutcome::kOk);
  }
  JournalHead Head() { return **ReadHead(**ledger_.engine().NewSnapshot()); }

  StoredLedger ledger_;
};

TEST_F(QuickCheckTest, PassesWhateverTheWriterLeaves) {
  int checked = 0;
  ledger_.after_each = [&] {
    EXPECT_TRUE(Check().ok()) << Check();
    ++checked;
  };
  ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                        {.role = "club", .kind = v1::CLUB}});
  ledger_.AddProject("p", "r", 2'000);
  for (int i = 0; i < 280; ++i) ledger_.Declare("p", "c" + std::to_string(i), "club", 1);
  ledger_.Contribute("p", "c", "club", 1'000);
  ledger_.Authorize("p");
  ledger_.Release("p", "r1", "federal", 1, 1'000);
  ledger_.Spend("p", "e1", 900);
  ledger_.Reverse("p", "undo", "expenditures/e1");
  EXPECT_GT(checked, 300);
  EXPECT_TRUE(QuickCheck(**MemoryEngine().NewSnapshot()).ok()) << "no ledger at all";
}

TEST_F(QuickCheckTest, FindsAHeadFromAnotherDay) {
  JournalHead head = Head();
  --head.last_sequence;
  Put(HeadKey(), EncodeHead(head));
  Expect("more entries stand behind");
  head.last_sequence += 2;
  Put(HeadKey(), EncodeHead(head));
  Expect("no entry at sequence");
  --head.last_sequence;
  ++head.commit_time_us;
  Put(HeadKey(), EncodeHead(head));
  Expect("the newest entry says that it is entry");
  Delete(HeadKey());
  Expect("more entries stand behind");
}

TEST_F(QuickCheckTest, FindsAMissingSegmentBundleRecordAndKey) {
  ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                        {.role = "club", .kind = v1::CLUB}});
  ledger_.AddProject("p", "r", 2'000);
  for (int i = 0; i < 280; ++i) ledger_.Declare("p", "c" + std::to_string(i), "club", 1);
  const auto without = [&](const std::string& key, const std::string& words) {
    const std::string value = (**ledger_.engine().NewSnapshot()).Get(key)->value();
    Delete(key);
    Expect(words);
    Put(key, value);
    EXPECT_TRUE(Check().ok());
  };
  without(SegmentKey(Head().last_sequence), "no entry at sequence");
  without(SegmentKey(256), "no entry at sequence 256");
  without(BundleKey(Head().last_sequence / 256 - 1), "no entry at sequence 0");
  without(RecordKey("projects/p/contributions/c279"), "projects/p/contributions/c279 does not know of entry");
  without(LedgerSecretKey(), "no ledger secret");
}

TEST_F(QuickCheckTest, FindsRottenBytes) {
  ASSERT_TRUE(ledger_.engine().RotValue(SegmentKey(Head().last_sequence)));
  Expect("does not match its checksum");
}

}  // namespace
}  // namespace oriundo
