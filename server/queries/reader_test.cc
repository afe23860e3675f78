#include "server/queries/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "oriundo/v1/resources.pb.h"
#include "server/base/clock.h"
#include "server/base/reason_status.h"
#include "server/queries/stored_ledger.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

const std::vector<StoredLedger::Funder> kHalfAndHalf = {
    {.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}}, {.role = "club", .kind = v1::CLUB}};

// Every record of the store: name to body.
std::map<std::string, std::string> AllRecords(const Snapshot& snapshot) {
  std::map<std::string, std::string> records;
  const KeyRange range = TableRange(Table::kRecords);
  EXPECT_TRUE(snapshot
                  .Scan(range.begin, range.end,
                        [&](std::string_view key, std::string_view value) {
                          records[*ParseRecordKey(key)] = std::string(*DecodeRecord(value));
                          return true;
                        })
                  .ok());
  return records;
}

// A ledger that remembers what its records were after each batch.
struct Remembering {
  Remembering() {
    ledger.after_each = [this] {
      const Reader reader = ledger.Read();
      history.emplace_back(reader.sequence(), AllRecords(reader.snapshot()));
    };
  }

  // Every moment of the past, for every record there is now, is what was stored then.
  void ExpectThePastAsItWas() {
    const std::map<std::string, std::string> now = AllRecords(ledger.Read().snapshot());
    for (const auto& [sequence, then] : history) {
      const Reader reader = ledger.Read(sequence);
      for (const auto& [name, body] : now) {
        const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> record = reader.Get(name);
        const auto expected = then.find(name);
        if (expected == then.end()) {
          ASSERT_TRUE(absl::IsNotFound(record.status())) << name << " at " << sequence;
        } else {
          ASSERT_TRUE(record.ok()) << name << " at " << sequence << ": " << record.status();
          ASSERT_EQ((*record)->SerializeAsString(), expected->second) << name << " at " << sequence;
        }
      }
    }
  }

  StoredLedger ledger;
  std::vector<std::pair<int64_t, std::map<std::string, std::string>>> history;
};

TEST(Reader, ShowsEveryRecordAsItWasAtEveryMoment) {
  Remembering all;
  StoredLedger& ledger = all.ledger;
  ledger.AddRule("r", kHalfAndHalf);
  ledger.AddProject("p", "r", 2'000);
  ledger.AddProject("q", "r", 500);
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Contribute("p", "c2", "club", 400);
  ledger.Authorize("p");
  ledger.Release("p", "r1", "federal", 1, 1'000);
  ledger.Spend("p", "e1", 1'600);
  ledger.Spend("p", "e2", 300);
  ledger.Reverse("p", "undo", "expenditures/e2");
  ledger.Reverse("p", "bounced", "contributions/c1");
  ledger.Repay("p", "back", "club", 400);
  ledger.AddInterest("p", "i1", 11);
  ledger.Cancel("p");
  ledger.ApportionRefunds("p");
  ledger.PayRefund("p", "f1", "club");
  all.ExpectThePastAsItWas();
}

TEST(Reader, StartsFromAKeptCopyWhereAProjectHasManyEntries) {
  Remembering all;
  all.ledger.AddRule("r", kHalfAndHalf);
  all.ledger.AddProject("p", "r", 1'000'000);
  all.history.clear();
  auto remember = std::exchange(all.ledger.after_each, nullptr);
  for (int i = 0; i < 600; ++i) {
    if (i % 60 == 59) all.ledger.after_each = remember;
    all.ledger.Declare("p", "c" + std::to_string(i), "club", 1);
    all.ledger.after_each = nullptr;
  }
  ASSERT_TRUE(ReadPastRecord(all.ledger.Read().snapshot(), "projects/p", 400)->has_value());
  all.ExpectThePastAsItWas();
}

TEST(Reader, FindsTheLastEntryAtOrBeforeATime) {
  StoredLedger ledger;
  const int64_t newest = ledger.newest();
  const absl::StatusOr<v1::Entry> entry = ReadParsedEntry(ledger.Read().snapshot(), 2);
  ASSERT_TRUE(entry.ok());
  const auto at = [&](int64_t time_us) {
    v1::KnownAt known_at;
    known_at.mutable_commit_time()->set_seconds(time_us / 1'000'000);
    known_at.mutable_commit_time()->set_nanos(static_cast<int32_t>(time_us % 1'000'000 * 1'000));
    return Reader::Open(ledger.engine(), known_at)->sequence();
  };
  EXPECT_EQ(at(entry->commit_time_us()), 2);
  EXPECT_EQ(at(entry->commit_time_us() - 1), 1);
  EXPECT_EQ(at(entry->commit_time_us() + 1), 2);
  EXPECT_EQ(at(StoredLedger::kBeginUs - 1), -1);
  EXPECT_EQ(at(StoredLedger::kBeginUs + int64_t{86'400} * 1'000'000), newest);
}

TEST(Reader, RefusesMomentsThatHaveNotBeen) {
  StoredLedger ledger;
  const auto reason = [&](const v1::KnownAt& known_at) { return ReasonOf(Reader::Open(ledger.engine(), known_at).status()); };
  v1::KnownAt known_at;
  known_at.set_sequence(ledger.newest() + 1);
  EXPECT_EQ(reason(known_at), v1::INVALID_FIELD);
  known_at.set_sequence(-1);
  EXPECT_EQ(reason(known_at), v1::INVALID_FIELD);
  known_at.mutable_commit_time()->set_seconds(int64_t{1} << 60);
  EXPECT_EQ(reason(known_at), v1::INVALID_FIELD);
  // A day that is to come is no moment; the end of today is one, anywhere on earth.
  const int64_t now_seconds = SystemClock() / 1'000'000;
  known_at.mutable_commit_time()->set_seconds(now_seconds + 2 * 86'400);
  EXPECT_EQ(reason(known_at), v1::INVALID_FIELD);
  known_at.mutable_commit_time()->set_seconds(253'402'300'799);
  EXPECT_EQ(reason(known_at), v1::INVALID_FIELD);
  known_at.mutable_commit_time()->set_seconds(now_seconds + 86'400);
  EXPECT_TRUE(Reader::Open(ledger.engine(), known_at).ok());
}

TEST(Reader, ShowsAnEmptyLedger) {
  MemoryEngine engine;
  const absl::StatusOr<Reader> reader = Reader::Open(engine, v1::KnownAt());
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->sequence(), -1);
  EXPECT_EQ(ReasonOf(reader->Get("organizations/x").status()), v1::ORGANIZATION_NOT_FOUND);
}

TEST(Reader, SaysOfWhatCameLaterThatItDidNotExistYet) {
  StoredLedger ledger;
  ledger.AddRule("r", kHalfAndHalf);
  const int64_t before = ledger.newest();
  ledger.AddDraft("p", "r", 2'000);
  const absl::Status status = ledger.Read(before).Get("projects/p").status();
  EXPECT_EQ(ReasonOf(status), v1::PROJECT_NOT_FOUND);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("did not exist yet at that point"));
  EXPECT_THAT(std::string(ledger.Read(before).Get("projects/q").status().message()), testing::StartsWith("there is no"));
}

TEST(Reader, SaysWhatIsNotThere) {
  StoredLedger ledger;
  const Reader reader = ledger.Read();
  const std::pair<const char*, v1::ErrorReason> cases[] = {
      {"organizations/x", v1::ORGANIZATION_NOT_FOUND},
      {"programs/x", v1::PROGRAM_NOT_FOUND},
      {"programs/x/versions/y", v1::RULE_VERSION_NOT_FOUND},
      {"programs/x/pools/y-2014", v1::POOL_NOT_FOUND},
      {"projects/x", v1::PROJECT_NOT_FOUND},
      {"projects/x/pledges/y", v1::PLEDGE_NOT_FOUND},
      {"projects/x/contributions/y", v1::CONTRIBUTION_NOT_FOUND},
      {"projects/x/releases/y", v1::RELEASE_NOT_FOUND},
      {"projects/x/expenditures/y", v1::EXPENDITURE_NOT_FOUND},
      {"projects/x/refunds/y", v1::REFUND_NOT_FOUND},
      {"projects/x/interests/y", v1::INTEREST_NOT_FOUND},
      {"projects/x/repayments/y", v1::REPAYMENT_NOT_FOUND},
      {"projects/x/proposals/y", v1::PROPOSAL_NOT_FOUND},
      {"nothing", v1::INVALID_FIELD},
      {"projects/x/nothing/y", v1::INVALID_FIELD},
  };
  for (const auto& [name, reason] : cases) EXPECT_EQ(ReasonOf(reader.Get(name).status()), reason) << name;
  EXPECT_EQ(ReasonOf(ReadParsedEntry(reader.snapshot(), 1'000).status()), v1::ENTRY_NOT_FOUND);
}

TEST(Reader, OpensTextsUntilTheyAreErased) {
  StoredLedger ledger;
  ledger.AddRule("r", kHalfAndHalf);
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 600);
  const auto memo = [&] {
    const Reader reader = ledger.Read();
    v1::Contribution contribution = *reader.Get<v1::Contribution>("projects/p/contributions/c1");
    EXPECT_EQ(contribution.memo(), "");
    EXPECT_TRUE(reader.OpenTexts(contribution).ok());
    return contribution.memo();
  };
  EXPECT_EQ(memo(), "note on c1");
  WriteBatch batch;
  DestroySubjectKey(batch, "projects/p");
  ASSERT_EQ(ledger.engine().Commit(batch).outcome, CommitOutcome::kOk);
  EXPECT_EQ(memo(), "");
}

TEST(Reader, OpensTextsOfMessagesInside) {
  StoredLedger ledger;
  ledger.AddRule("r", kHalfAndHalf);
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Cancel("p");
  v1::ProposeExpenditureRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id("owed");
  request.set_expenditure_id("e1");
  *request.mutable_expenditure()->mutable_amount() = Mxn(100);
  request.mutable_expenditure()->set_category(v1::WORKS);
  request.mutable_expenditure()->set_payment_date("2014-08-29");
  request.mutable_expenditure()->set_vendor_name("Pedregal");
  request.mutable_expenditure()->add_evidence()->set_type(v1::INVOICE);
  request.mutable_expenditure()->mutable_evidence(0)->set_salted_sha256(std::string(32, 'd'));
  request.mutable_reason()->set_text("delivered in August");
  ledger.Do("executor", "projects/p", request);
  const Reader reader = ledger.Read();
  v1::Proposal proposal = *reader.Get<v1::Proposal>("projects/p/proposals/owed");
  ASSERT_TRUE(reader.OpenTexts(proposal).ok());
  EXPECT_EQ(proposal.reason(), "delivered in August");
  EXPECT_EQ(proposal.expenditure().expenditure().vendor_name(), "Pedregal");
}

TEST(Reader, CallsRottenBytesWhatTheyAre) {
  StoredLedger ledger;
  ASSERT_TRUE(ledger.engine().RotValue(RecordKey("organizations/office")));
  EXPECT_EQ(ReasonOf(ledger.Read().Get("organizations/office").status()), v1::JOURNAL_CORRUPT);
}

// Two clubs of one project, each with a tally of its own, are merged.
TEST(Reader, AddsUpTheTalliesOfMergedClubsWithEachProjectOnce) {
  StoredLedger ledger;
  ledger.AddRule("other", {kHalfAndHalf[0], {.role = "club-b", .kind = v1::CLUB}});
  ledger.AddRule("capped", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .weight = 2, .cumulative_bps = {10'000}},
                            {.role = "club-a", .kind = v1::CLUB, .weight = 2}}, 100, [](v1::RuleVersion& rule) {
    rule.mutable_roles(1)->set_role("clubs");
    rule.add_cumulative_caps()->set_scope(v1::CumulativeCap::CLUB_YEAR);
    rule.mutable_cumulative_caps(0)->set_projects_max(9);
  });
  v1::CreateProjectRequest create;
  create.set_project_id("both");
  v1::Project& project = *create.mutable_project();
  project.set_program("programs/mx");
  project.set_rule_version("programs/mx/versions/capped");
  project.set_fiscal_year(2014);
  project.set_title("Works of both");
  project.set_category(v1::EQUIPMENT);
  project.set_locality_code("31-096");
  project.set_executor("organizations/executor");
  project.set_total_minor_units(4'000);
  project.set_club("organizations/club-a");
  using Filled = std::tuple<std::string, std::string, int64_t>;
  for (const auto& [role, who, due] :
       {Filled{"federal", "federal", 2'000}, Filled{"clubs", "club-a", 1'200}, Filled{"clubs", "club-b", 800}}) {
    v1::Party& party = *project.add_parties();
    party.set_role(role);
    party.set_organization("organizations/" + who);
    party.set_due_minor_units(due);
  }
  ledger.Do("club-a", "projects/both", create);
  ledger.Agree("both");
  const int64_t before = ledger.newest();
  v1::ProposeMergeRequest propose;
  propose.set_name("organizations/club-a");
  propose.set_successor("organizations/club-b");
  propose.mutable_reason()->set_text("together");
  ledger.Do("club-a", "organizations/club-a", propose);
  v1::AcceptMergeRequest accept;
  accept.set_name("organizations/club-a");
  ledger.Do("club-b", "organizations/club-a", accept);
  ledger.AddRule("later", {kHalfAndHalf[0], {.role = "club-b", .kind = v1::CLUB}}, 100, [](v1::RuleVersion& rule) {
    rule.add_cumulative_caps()->set_scope(v1::CumulativeCap::CLUB_YEAR);
    rule.mutable_cumulative_caps(0)->set_projects_max(2);
  });
  ledger.AddProject("second", "later", 600);
  const std::string name = "programs/mx/tallies/club-club-b-2014";
  const auto tally = *ledger.Read().Get<v1::Tally>(name);
  EXPECT_EQ(tally.project_count(), 2);
  EXPECT_EQ(tally.matched_minor_units(), 2'300);
  EXPECT_EQ(tally.together_project_count(), 2) << "club-a had no other project";
  EXPECT_EQ(tally.together_matched_minor_units(), 2'300);
  EXPECT_EQ(ledger.Read().Get<v1::Tally>("programs/mx/tallies/club-club-a-2014")->together_project_count(), 1);
  EXPECT_EQ(ledger.Read(before).Get<v1::Tally>(name)->together_project_count(), 1);
}

}  // namespace
}  // namespace oriundo
