#include "server/ledger/fold.h"

#include <map>
#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using testing::Contains;
using testing::ElementsAre;

// A ledger in which nearly every kind of event has happened.
TestLedger Eventful() {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {5000, 10000}), ClubShare(1)}));
  ledger.MakePool("federal", 90'000);
  v1::IncreasePoolBudgetRequest increase;
  increase.set_name("programs/mx/pools/federal-2014");
  *increase.mutable_increase() = Mxn(10'000);
  ledger.Must(Org("federal"), increase);
  ledger.Agree("p", ledger.MakeDraft("r1", 20'000, {{"federal", "federal"}, {"club", "club"}}));
  v1::CreatePledgeRequest pledge;
  pledge.set_parent("projects/p");
  pledge.set_pledge_id("pl");
  pledge.mutable_pledge()->set_party(Org("club"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(9'000);
  ledger.Must(Org("federation"), pledge);
  ledger.Declare("p", "c1", "club", 9'990);
  v1::EvidenceContributionRequest evidence;
  evidence.set_name("projects/p/contributions/c1");
  *evidence.mutable_evidence() = Document(v1::BANK_RECEIPT);
  ledger.Must(Org("club"), evidence);
  ledger.Verify("p", "c1", 9'980);
  ledger.Declare("p", "c2", "club", 5);
  v1::RejectContributionRequest reject;
  reject.set_name("projects/p/contributions/c2");
  reject.mutable_reason()->set_text("never came");
  ledger.Must(Org("verifier"), reject);
  ledger.Declare("p", "c4", "club", 6);
  v1::WithdrawContributionRequest withdraw_declared;
  withdraw_declared.set_name("projects/p/contributions/c4");
  withdraw_declared.mutable_reason()->set_text("mistyped");
  ledger.Must(Org("club"), withdraw_declared);
  ledger.Contribute("p", "c3", "club", 20);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Propose("p", "f2", "federal", 2, 300);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/p/proposals/pr-f2");
  ledger.Must(Org("federal"), withdraw);
  ledger.Release("p", "f3", "federal", 2, 300);
  ledger.Reverse("p", "rv-f3", "releases/f3");
  ledger.Spend("p", "e1", 14'999);
  ledger.Spend("p", "e2", 1, v1::FEES);
  ledger.Reverse("p", "rv-e2", "expenditures/e2");
  ledger.Reverse("p", "rv-c3", "contributions/c3");
  if (const int64_t owed = ledger.Party("p", "club").receivable_minor_units(); owed > 0) {
    ledger.Repay("p", "rp", "club", owed);
    ledger.Reverse("p", "rv-rp", "repayments/rp");
    ledger.Repay("p", "rp2", "club", owed);
  }
  ledger.Pay("p", "f4", "federal", 2, 0);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 7));
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 3, "i2"));
  ledger.Reverse("p", "rv-i2", "interests/i2");
  ledger.Complete("p");
  ledger.Refund("p");
  ledger.Reverse("p", "rv-rf", "refunds/rf-club");
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf-club2", "club"));
  ledger.HandOver("p");
  return ledger;
}

TEST(Fold, RebuildsEveryRecordFromTheEntriesThatTouchItAlone) {
  const TestLedger ledger = Eventful();
  std::map<std::string, std::unique_ptr<google::protobuf::Message>> rebuilt;
  for (const v1::Entry& entry : ledger.journal()) {
    // From the entry's bytes, as fsck reads them.
    v1::Entry read;
    ASSERT_TRUE(read.ParseFromString(entry.SerializeAsString()));
    for (const std::string& name : TouchedRecords(read)) {
      auto& record = rebuilt[name];
      if (record == nullptr) record = NewRecord(name);
      ASSERT_NE(record, nullptr) << name;
      FoldRecord(read, name, *record);
    }
  }
  ASSERT_EQ(rebuilt.size(), ledger.records().size());
  for (const auto& [name, bytes] : ledger.records()) EXPECT_EQ(rebuilt.at(name)->SerializeAsString(), bytes) << name;
}

TEST(Fold, TouchesTheProjectFirstAndNothingTwice) {
  for (const TestLedger ledger = Eventful(); const v1::Entry& entry : ledger.journal()) {
    const std::vector<std::string> names = TouchedRecords(entry);
    ASSERT_FALSE(names.empty());
    if (!entry.project().empty()) {
      EXPECT_EQ(names.front(), entry.project());
    }
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    EXPECT_THAT(names, Contains(ResultName(entry)));
  }
}

TEST(Fold, ListsAnEntryForEveryoneInWhoseNameItWasMade) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c1", "club", 10);
  ledger.Must(Org("federation"), declare);
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), ElementsAre("projects/p", Org("federation"), Org("club")));
  for (const v1::Entry& entry : ledger.journal()) {
    if (!entry.has_project_created()) continue;
    EXPECT_THAT(SubjectsOf(entry),
                testing::UnorderedElementsAre("projects/p", "programs/mx", Org("club"), Org("contractor"), Org("federal")));
  }
}

TEST(Fold, KeepsBalancesSortedAndFreeOfZeros) {
  TestLedger ledger = Eventful();
  const v1::Project project = ledger.Project("p");
  for (int i = 0; i < project.balances_size(); ++i) {
    EXPECT_NE(project.balances(i).minor_units(), 0);
    if (i > 0) {
      EXPECT_LT(project.balances(i - 1).account(), project.balances(i).account());
    }
  }
}

TEST(Fold, CountsEntriesAndGivesEachItsOwnEtag) {
  TestLedger ledger = Eventful();
  int64_t count = 0;
  std::string etag;
  for (const v1::Entry& entry : ledger.journal()) {
    if (entry.project() != "projects/p") continue;
    ++count;
    etag = "\"" + std::to_string(entry.sequence()) + "\"";
  }
  EXPECT_EQ(ledger.Project("p").entry_count(), count);
  EXPECT_EQ(ledger.Project("p").etag(), etag);
  EXPECT_TRUE(IsProjectSnapshotDue(kEntriesPerProjectSnapshot));
  EXPECT_FALSE(IsProjectSnapshotDue(kEntriesPerProjectSnapshot + 1));
  EXPECT_FALSE(IsProjectSnapshotDue(0));
}

TEST(Fold, RemembersTheEntriesOfAChild) {
  TestLedger ledger = Eventful();
  const auto contribution = ledger.Get<v1::Contribution>("projects/p/contributions/c1");
  ASSERT_EQ(contribution.entry_sequences_size(), 3);
  for (int64_t sequence : contribution.entry_sequences()) {
    EXPECT_THAT(TouchedRecords(ledger.journal()[static_cast<std::size_t>(sequence)]), Contains(contribution.name()));
  }
  const auto proposal = ledger.Get<v1::Proposal>("projects/p/proposals/rv-f3");
  EXPECT_EQ(proposal.state(), v1::Proposal::APPROVED);
  EXPECT_EQ(proposal.approver(), Org("office"));
}

}  // namespace
}  // namespace oriundo
