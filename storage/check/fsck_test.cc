#include "storage/check/fsck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/queries/reader.h"
#include "server/queries/stored_ledger.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"
#include "storage/memory/memory_engine.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

// A ledger with something in every table: more than a bundle of entries, a full index chunk, a kept copy of a project, all kinds
// of events.
class FsckTest : public testing::Test {
 protected:
  FsckTest() {
    ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
    ledger_.Contribute("p", "c1", "club", 600);
    ledger_.Contribute("p", "c2", "club", 400);
    ledger_.Authorize("p");
    ledger_.Release("p", "r1", "federal", 1, 1'000);
    ledger_.Spend("p", "e1", 1'600);
    ledger_.Spend("p", "e2", 300);
    ledger_.Reverse("p", "undo", "expenditures/e2");
    ledger_.Reverse("p", "bounced", "contributions/c1");
    ledger_.Repay("p", "back", "club", 400);
    ledger_.AddInterest("p", "i1", 11);
    for (int i = 0; i < 300; ++i) ledger_.Declare("p", "d" + std::to_string(i), "club", 1);
    ledger_.Cancel("p");
    ledger_.ApportionRefunds("p");
    ledger_.PayRefund("p", "f1", "club");
    v1::CreatePoolRequest refused;
    refused.set_parent("programs/mx");
    refused.mutable_pool()->set_funder("organizations/federal");
    refused.mutable_pool()->set_fiscal_year(2014);
    EXPECT_FALSE(ledger_.Try("club", "programs/mx", refused).ok());  // Leaves a Refused entry.
  }

  FsckReport Check() { return Fsck(*Snap()); }

  std::unique_ptr<Snapshot> Snap() { return *ledger_.engine().NewSnapshot(); }

  void Commit(const std::function<void(WriteBatch&)>& fill) {
    WriteBatch batch;
    fill(batch);
    ASSERT_EQ(ledger_.engine().Commit(batch).outcome, CommitOutcome::kOk);
  }

  void Put(const std::string& key, const std::string& value) {
    Commit([&](WriteBatch& batch) { batch.Put(key, value); });
  }
  void Delete(const std::string& key) {
    Commit([&](WriteBatch& batch) { batch.Delete(key); });
  }

  // A key of the table, the first, second ... one.
  std::string KeyOf(Table table, int which = 0) {
    std::string found;
    const KeyRange range = TableRange(table);
    EXPECT_TRUE(Snap()
                    ->Scan(range.begin, range.end,
                           [&](std::string_view key, std::string_view) {
                             found = key;
                             return which-- > 0;
                           })
                    .ok());
    EXPECT_FALSE(found.empty());
    return found;
  }

  std::string ValueOf(const std::string& key) { return **Snap()->Get(key); }

  // Changes the journal's last entry, checksums and all, so that only its contents are wrong.
  void ChangeLastEntry(const std::function<void(v1::Entry&)>& change) {
    std::string last;
    const KeyRange range = TableRange(Table::kSegments);
    ASSERT_TRUE(Snap()
                    ->Scan(range.begin, range.end,
                           [&](std::string_view key, std::string_view) {
                             last = key;
                             return true;
                           })
                    .ok());
    Segment segment = *DecodeSegment(*ParseSegmentKey(last), ValueOf(last));
    v1::Entry entry;
    ASSERT_TRUE(entry.ParseFromString(segment.entries.back()));
    change(entry);
    segment.entries.back() = entry.SerializeAsString();
    Put(last, EncodeSegment(*ParseSegmentKey(last), segment.entries, segment.subjects));
  }

  // What the check says, one finding a line.
  static std::string Text(const FsckReport& report) {
    std::string text;
    for (const Finding& finding : report.findings) {
      text += finding.key + (finding.sequence.has_value() ? " @" + std::to_string(*finding.sequence) : "") + ": " +
              finding.description + "\n";
    }
    return text;
  }

  StoredLedger ledger_;
};

TEST_F(FsckTest, FindsNothingInASoundStore) {
  const FsckReport report = Check();
  EXPECT_TRUE(report.clean()) << Text(report);
  EXPECT_EQ(report.entries, ledger_.newest() + 1);
  EXPECT_GT(report.entries, 300);
  EXPECT_GT(report.records, 300);
  EXPECT_EQ(report.record_snapshots, 1);
  EXPECT_GT(report.index_chunks, 5);
  EXPECT_GT(report.requests, 300);
  EXPECT_GT(report.texts_open, 300);
  EXPECT_EQ(report.texts_erased, 0);
}

TEST(Fsck, FindsNothingInAnEmptyStore) {
  MemoryEngine engine;
  const FsckReport report = Fsck(**engine.NewSnapshot());
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.entries, 0);
}

// A budget may be cut below what is promised (domain notes F12); the store is none the worse for it.
TEST_F(FsckTest, FindsNothingInAPoolThatWasCut) {
  ledger_.AddProject("q", "r", 2'000);
  v1::ReducePoolBudgetRequest cut;
  cut.set_name("programs/mx/pools/federal-2014");
  *cut.mutable_reduction() = Mxn((*ledger_.Read().Get<v1::Pool>(cut.name())).budget_minor_units() - 1'500);
  ledger_.Do("office", "programs/mx", cut);
  ASSERT_LT((*ledger_.Read().Get<v1::Pool>(cut.name())).free_minor_units(), 0);
  EXPECT_THAT(Check().findings, testing::IsEmpty());
  ledger_.Cancel("q");
  EXPECT_THAT(Check().findings, testing::IsEmpty());
}

TEST_F(FsckTest, TellsHowFarItIs) {
  std::map<std::string, std::pair<int64_t, int64_t>> last;
  Fsck(*Snap(), [&](std::string_view phase, int64_t done, int64_t total) { last[std::string(phase)] = {done, total}; });
  for (const char* phase : {"entries", "records", "index chunks", "requests", "texts"}) {
    ASSERT_TRUE(last.contains(phase)) << phase;
    EXPECT_EQ(last[phase].first, last[phase].second) << phase;
  }
}

// One store for each table, whose first value rots.
class RottenTableTest : public FsckTest, public testing::WithParamInterface<Table> {};

TEST_P(RottenTableTest, IsFound) {
  ASSERT_TRUE(ledger_.engine().RotValue(KeyOf(GetParam())));
  EXPECT_FALSE(Check().clean());
}

INSTANTIATE_TEST_SUITE_P(EachTable, RottenTableTest,
                         testing::Values(Table::kMeta, Table::kSegments, Table::kBundles, Table::kRecords,
                                         Table::kRecordSnapshots, Table::kIndex, Table::kRequests, Table::kOpenings,
                                         Table::kSubjectSecrets, Table::kLedgerSecret));

TEST_F(FsckTest, FindsWhatIsMissingFromEveryTable) {
  for (const Table table : {Table::kMeta, Table::kSegments, Table::kBundles, Table::kRecords, Table::kRecordSnapshots,
                            Table::kIndex, Table::kRequests, Table::kOpenings, Table::kLedgerSecret}) {
    const std::string key = KeyOf(table);
    const std::string value = ValueOf(key);
    Delete(key);
    EXPECT_FALSE(Check().clean()) << static_cast<int>(table);
    Put(key, value);
    EXPECT_TRUE(Check().clean()) << static_cast<int>(table);
  }
}

TEST_F(FsckTest, FindsWhatFollowsFromNoEntry) {
  const std::pair<std::string, std::string> extras[] = {
      {RecordKey("projects/zzz"), StoredRecord(v1::Project())},
      {RecordKey("aaa/b"), "x"},
      {RecordSnapshotKey("projects/p", 3), StoredRecord(v1::Project())},
      {IndexHeadKey("projects/zzz"), std::string(16, '\0')},
      {RequestKey("organizations/club", std::string(16, 'r')), EncodeRequest({1, 1, std::string(16, 'd')})},
      {OpeningKey(std::string(32, 'o')), "x"},
      {SubjectSecretKey("projects/zzz"), std::string(32, 's')},
      {BundleKey(7), ValueOf(BundleKey(0))},
      {SegmentKey(100'000), ValueOf(KeyOf(Table::kSegments))},
      {SegmentKey(3), ValueOf(KeyOf(Table::kSegments))},
      {std::string("\x02stray"), "x"},
      {std::string("\x01head2"), "x"},
      {std::string("\xff"), "x"},
  };
  for (const auto& [key, value] : extras) {
    Put(key, value);
    const FsckReport report = Check();
    EXPECT_FALSE(report.clean()) << testing::PrintToString(key);
    Delete(key);
  }
  EXPECT_TRUE(Check().clean());
}

TEST_F(FsckTest, NamesTheRecordThatDiffersAndItsLastEntry) {
  const Reader reader = ledger_.Read();
  v1::Project project = *reader.Get<v1::Project>("projects/p");
  project.set_spent_minor_units(project.spent_minor_units() + 1);
  Put(RecordKey("projects/p"), StoredRecord(project));
  const FsckReport report = Check();
  EXPECT_EQ(Text(report),
            "record projects/p @" + std::to_string(project.update_sequence()) + ": differs from what the journal makes of it\n");
}

TEST_F(FsckTest, NamesTheRequestThatPointsElsewhere) {
  const std::string key = KeyOf(Table::kRequests);
  RequestRecord record = *DecodeRequest(ValueOf(key));
  record.digest = std::string(kRequestDigestBytes, 'x');
  Put(key, EncodeRequest(record));
  EXPECT_TRUE(Check().clean()) << "the digest does not follow from the journal";
  record.first_sequence += 1;
  Put(key, EncodeRequest(record));
  EXPECT_THAT(Text(Check()), HasSubstr("points to"));
}

TEST_F(FsckTest, NamesTheHeadThatIsWrong) {
  JournalHead head = **ReadHead(*Snap());
  ++head.epoch;
  Put(HeadKey(), EncodeHead(head));
  EXPECT_TRUE(Check().clean()) << "any epoch is right";
  ++head.commit_time_us;
  Put(HeadKey(), EncodeHead(head));
  EXPECT_THAT(Text(Check()), HasSubstr("committed at"));
  --head.commit_time_us;
  ++head.last_sequence;
  Put(HeadKey(), EncodeHead(head));
  EXPECT_THAT(Text(Check()), HasSubstr("says that the journal has"));
}

TEST_F(FsckTest, NamesTheSecretThatIsGoneWithoutAnEntry) {
  Commit([](WriteBatch& batch) { DestroySubjectKey(batch, "projects/p"); });
  FsckReport report = Check();
  EXPECT_EQ(report.findings.size(), 1u) << "one for all its texts";
  EXPECT_THAT(Text(report), HasSubstr("the secret of projects/p"));
  EXPECT_EQ(report.texts_erased, 0);
  // Nor is one that another has taken the place of.
  Commit([](WriteBatch& batch) { PutSubjectSecret(batch, "projects/p", std::string(kSecretBytes, 'n')); });
  EXPECT_THAT(Text(Check()), HasSubstr("the secret of projects/p"));
}

TEST_F(FsckTest, NamesTheOpeningThatWasSwapped) {
  const std::string one = KeyOf(Table::kOpenings, 0);
  const std::string other = KeyOf(Table::kOpenings, 1);
  Put(one, ValueOf(other));
  EXPECT_THAT(Text(Check()), HasSubstr("opening "));
}

TEST_F(FsckTest, ChecksWhatEntriesSay) {
  const std::pair<std::function<void(v1::Entry&)>, const char*> cases[] = {
      {[](v1::Entry& entry) { entry.set_sequence(3); }, "says that it is entry 3"},
      {[](v1::Entry& entry) { entry.set_commit_time_us(5); }, "not after the entry before it"},
      {[](v1::Entry& entry) { entry.set_effective_date("call 555-1234"); }, "holds what no entry may hold"},
      {[](v1::Entry& entry) {
         entry.add_postings()->set_account("assets:p:bank");
         entry.mutable_postings(0)->set_minor_units(5);
       },
       "do not add up to zero"},
      {[](v1::Entry& entry) { entry.add_balances_after()->set_account("assets:p:bank"); }, "does not post to"},
      {[](v1::Entry& entry) { entry.clear_event(); }, "says of nothing"},
      {[](v1::Entry& entry) { entry.mutable_organization_registered()->set_organization("nobody"); }, "is no record"},
      {[](v1::Entry& entry) {
         entry.set_project("projects/p");
         entry.add_party_changes()->set_organization("organizations/office");
       },
       "is no party"},
      {[](v1::Entry& entry) {
         entry.set_project("projects/p");
         entry.mutable_project_closed();
         entry.add_party_changes()->set_organization("organizations/club");
         entry.mutable_party_changes(0)->set_left_minor_units(7);
       },
       "paid in"},
      {[](v1::Entry& entry) {
         entry.set_project("projects/p");
         entry.mutable_project_closed();
         entry.add_party_changes()->set_organization("organizations/club");
         entry.mutable_party_changes(0)->set_left_minor_units(7);
         entry.mutable_party_changes(0)->set_paid_in_minor_units(7);
       },
       "in the box"},
      {[](v1::Entry& entry) {
         entry.mutable_pool_budget_increased()->set_pool("programs/mx/pools/federal-2014");
         entry.add_pool_changes()->set_pool("programs/mx/pools/federal-2014");
         entry.mutable_pool_changes(0)->set_committed_minor_units(2'000'000'000'000);
       },
       "overdraws"},
      {[](v1::Entry& entry) {
         entry.set_project("projects/p");
         entry.mutable_project_closed();
         v1::PartyChange& change = *entry.add_party_changes();
         change.set_organization("organizations/federal");
         change.add_pool_parts()->set_fiscal_year(2014);
         change.mutable_pool_parts(0)->set_committed_minor_units(7);
       },
       "parts of its pools that do not add up"},
      {[](v1::Entry& entry) {
         entry.set_project("projects/p");
         entry.mutable_project_closed();
         entry.add_pool_changes()->set_pool("programs/mx/pools/federal-2014");
         entry.mutable_pool_changes(0)->set_released_minor_units(7);
       },
       "changes programs/mx/pools/federal-2014 otherwise than the part that it has in projects/p"},
  };
  const std::string segment = [&] {
    std::string last;
    const KeyRange range = TableRange(Table::kSegments);
    EXPECT_TRUE(Snap()
                    ->Scan(range.begin, range.end,
                           [&](std::string_view key, std::string_view) {
                             last = key;
                             return true;
                           })
                    .ok());
    return last;
  }();
  const std::string sound = ValueOf(segment);
  for (const auto& [change, words] : cases) {
    ChangeLastEntry(change);
    const FsckReport report = Check();
    EXPECT_THAT(Text(report), HasSubstr(words));
    EXPECT_THAT(Text(report), HasSubstr("entry " + std::to_string(ledger_.newest()) + " @"));
    Put(segment, sound);
  }
  EXPECT_TRUE(Check().clean());
}

TEST_F(FsckTest, ListsAHundredFindingsAndCountsTheRest) {
  const KeyRange range = CollectionRange("projects/p/contributions");
  std::vector<std::string> keys;
  ASSERT_TRUE(Snap()
                  ->Scan(range.begin, range.end,
                         [&](std::string_view key, std::string_view) {
                           keys.emplace_back(key);
                           return true;
                         })
                  .ok());
  Commit([&](WriteBatch& batch) {
    for (const std::string& key : keys) batch.Delete(key);
  });
  const FsckReport report = Check();
  EXPECT_EQ(report.findings.size(), kFindingsListedMax);
  EXPECT_EQ(report.finding_count, static_cast<int64_t>(keys.size()));
}

TEST_F(FsckTest, GoesOnKeyByKeyWhereATableCannotBeReadThrough) {
  ASSERT_TRUE(ledger_.engine().RotValue(RecordKey("organizations/club")));
  Delete(RecordKey("projects/p"));
  const FsckReport report = Check();
  EXPECT_EQ(report.finding_count, 3) << Text(report);
  EXPECT_THAT(Text(report), HasSubstr("record organizations/club"));
  EXPECT_THAT(Text(report), HasSubstr("record projects/p"));
}

}  // namespace
}  // namespace oriundo
