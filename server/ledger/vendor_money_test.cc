// Goods and labour, what is held back from vendors or paid them in advance, savings, lapses, and what goes back when a year ends.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/money_limits.h"
#include "server/ledger/test_deeds.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

// A bank pays two thirds, whoever is on the club's side one third, half of that in kind at most.
v1::RuleVersion BankRule(bool in_bound) {
  v1::FunderRole club = ClubShare(1);
  club.set_in_kind_cap_bps(5'000);
  v1::RuleVersion rule = MakeRule({FunderShare("bank", v1::FEDERAL_GOVERNMENT, 2), club}, 0);
  rule.set_in_kind_allowed(true);
  rule.set_in_kind_in_bound(in_bound);
  return rule;
}

TEST(InKind, CountsUpToTheRulesPartOfTheDueAndKeepsTheRestApart) {
  // AT16: the bank's 17,211.00 are two thirds; 4,000.00 in cash and 4,605.50 in kind stand against 8,605.50.
  TestLedger ledger;
  ledger.Publish("r1", BankRule(true));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'581'650, {{"bank", "federal"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Party("p", "club").due_minor_units(), 860'550);
  ledger.Contribute("p", "c1", "club", 400'000);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 92'110, 5'000));
  EXPECT_EQ(ledger.Party("p", "club").in_kind_declared_minor_units(), 460'550);
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 92'110, 5'000));
  const v1::Party club = ledger.Party("p", "club");
  EXPECT_EQ(club.in_kind_declared_minor_units(), 0);
  EXPECT_EQ(club.in_kind_minor_units(), 460'550);
  EXPECT_EQ(club.in_kind_counted_minor_units(), 430'275);
  EXPECT_EQ(club.due_minor_units() - club.verified_minor_units() - club.in_kind_counted_minor_units(), 30'275);
  EXPECT_EQ(ledger.Balance("p", "assets:p:in-kind"), 460'550);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club:in-kind"), -430'275);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club:in-kind-over-match"), -30'275);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 400'000);
  // What counts opens the bank's tranche: twice what the club has given.
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "b1", "federal", 1, 1'660'551)), v1::RELEASE_ABOVE_BOUND);
  ledger.Pay("p", "b1", "federal", 1, 1'660'550);
  // Taken back by two, it counts no more; the money stays.
  ledger.Reverse("p", "rv", "in-kinds/g1");
  EXPECT_EQ(ledger.Party("p", "club").in_kind_counted_minor_units(), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:in-kind"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 2'060'550);
}

TEST(InKind, CountsForTheShareAndNotForTheBoundWhereTheRuleSaysSo) {
  TestLedger ledger;
  ledger.Publish("r1", BankRule(false));
  ledger.Agree("p", ledger.MakeDraft("r1", 3'000, {{"bank", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Must(Org("federation"), GoodsRequest("g1", "club", 1'000, 400));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 400));
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "b1", "federal", 1, 1'201)), v1::RELEASE_ABOVE_BOUND);
  ledger.Pay("p", "b1", "federal", 1, 1'200);
  ledger.Complete("p");
  // The club has given its thousand; the bank has not, but the bound keeps it: it may not be handed over.
  EXPECT_EQ(ledger.Try(Org("club"), GoodsRequest("g2", "club", 1'000, 1)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c2", "club", 1)), v1::CONTRIBUTION_ABOVE_DUE);
}

TEST(InKind, IsAppraisedByNeitherGiverNorExecutorAndNeverRefundedInCash) {
  TestLedger ledger;
  ledger.Publish("r1", BankRule(false));
  ledger.Agree("p", ledger.MakeDraft("r1", 3'000, {{"bank", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 400));
  for (const char* who : {"club", "federation", "contractor", "office"}) {
    EXPECT_EQ(ledger.Try(Org(who), AppraisalRequest("g1", 1'000, 400)), v1::VERIFIER_NOT_INDEPENDENT) << who;
  }
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 300));
  ledger.Cancel("p");
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 600);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:in-kind"), 300);
}

// A contract of 10,000 in a project of 20,000, wholly paid in.
class Vendors : public testing::Test {
 protected:
  Vendors() {
    v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0);
    rule.set_advance_bps_max(3'000);
    rule.set_accounted_bps(5'000);
    ledger_.Publish("r1", rule);
    ledger_.Agree("p", ledger_.MakeDraft("r1", 20'000, {{"state", "state"}, {"club", "club"}}));
    ledger_.Contribute("p", "c1", "club", 10'000);
    ledger_.Authorize("p");
    ledger_.Pay("p", "s1", "state", 1, 0);
    ledger_.Must(Org("contractor"), ledger_.ContractRequest("p", "k", 10'000));
  }

  v1::Contract Contract() const { return ledger_.Get<v1::Contract>("projects/p/contracts/k"); }
  void Must(v1::RecordExpenditureRequest request) { ledger_.Must(Org("contractor"), std::move(request)); }
  v1::ErrorReason Try(v1::RecordExpenditureRequest request) { return ledger_.Try(Org("contractor"), std::move(request)); }

  TestLedger ledger_;
};

TEST_F(Vendors, AnAdvanceIsBoundedAndCountsAsSpentOnceInvoicesHaveAmortisedIt) {
  EXPECT_EQ(Try(PayVendor(ledger_, "a1", 3'001, v1::ADVANCE)), v1::ADVANCE_ABOVE_MAXIMUM);
  EXPECT_EQ(ledger_.Figure("excess_minor_units"), "1");
  Must(PayVendor(ledger_, "a1", 3'000, v1::ADVANCE));
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 0);
  EXPECT_EQ(ledger_.Balance("p", "advances:p:k"), 3'000);
  EXPECT_EQ(ledger_.Party("p", "club").spent_minor_units() + ledger_.Party("p", "state").spent_minor_units(), 3'000);
  // Half of the 15,000 received must be accounted for before the next tranche; an advance does not account for anything.
  Must(PayVendor(ledger_, "e1", 4'499, v1::INVOICE_PAYMENT));
  EXPECT_EQ(ledger_.Try(Org("state"), ledger_.ProposeRequest("p", "s2", "state", 2, 0)), v1::TRANCHE_NOT_OPEN);
  EXPECT_EQ(Try(PayVendor(ledger_, "e2", 0, v1::INVOICE_PAYMENT, 0, 3'001)), v1::ADVANCE_TOO_SMALL);
  Must(PayVendor(ledger_, "e2", 1, v1::INVOICE_PAYMENT, 0, 3'000));
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 7'500);
  EXPECT_EQ(ledger_.Balance("p", "advances:p:k"), 0);
  ledger_.Must(Org("state"), ledger_.ProposeRequest("p", "s2", "state", 2, 0));
  EXPECT_EQ(Contract().invoiced_minor_units(), 7'500);
  // An advance that invoices have amortised is not reversed.
  EXPECT_EQ(ledger_.Try(Org("verifier"), ledger_.ReverseRequest("p", "rv", "expenditures/a1")), v1::ADVANCE_TOO_SMALL);
}

TEST_F(Vendors, AnAdvanceThatIsPaidBackGoesBackToItsSourcesExactly) {
  Must(PayVendor(ledger_, "a1", 3'000, v1::ADVANCE));
  Must(PayVendor(ledger_, "e1", 100, v1::INVOICE_PAYMENT, 0, 1'000));
  EXPECT_EQ(ledger_.Try(Org("verifier"), RecoveryRequest(ledger_, "a1", 2'001)), v1::ADVANCE_TOO_SMALL);
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a1", 500));
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a1", 1'500));
  EXPECT_EQ(Contract().advance_open_minor_units(), 0);
  EXPECT_EQ(Contract().advanced_minor_units(), 1'000);
  const auto advance = ledger_.Get<v1::Expenditure>("projects/p/expenditures/a1");
  EXPECT_EQ(advance.recovered_minor_units(), 2'000);
  EXPECT_EQ(advance.given_back_minor_units(0) + advance.given_back_minor_units(1), 2'000);
  EXPECT_EQ(ledger_.Party("p", "club").left_minor_units() + ledger_.Party("p", "state").left_minor_units(), 13'900);
  // One that nobody amortised may also be reversed: what is not back yet goes back.
  Must(PayVendor(ledger_, "a2", 2'000, v1::ADVANCE));
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a2", 300));
  ledger_.Reverse("p", "rv", "expenditures/a2");
  EXPECT_EQ(Contract().advance_open_minor_units(), 0);
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 13'900);
}

TEST_F(Vendors, ARecoveryRecordedByMistakeIsReversedByTwoAndTheAdvanceIsOpenAgain) {
  Must(PayVendor(ledger_, "a1", 3'000, v1::ADVANCE));
  const int64_t club = ledger_.Party("p", "club").left_minor_units();
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a1", 500));
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a1", 700));
  auto advance = ledger_.Get<v1::Expenditure>("projects/p/expenditures/a1");
  ASSERT_EQ(advance.recoveries_size(), 2);
  EXPECT_EQ(advance.recoveries(1).minor_units(), 700);
  const auto request = [&](const std::string& id, const std::string& target, int64_t sequence) {
    v1::ProposeReversalRequest reverse = ledger_.ReverseRequest("p", id, target);
    reverse.set_recovery_sequence(sequence);
    return reverse;
  };
  EXPECT_EQ(ledger_.Try(Org("verifier"), request("rv", "expenditures/a1", advance.recoveries(0).sequence() + 5)), v1::INVALID_FIELD);
  EXPECT_EQ(ledger_.Try(Org("verifier"), request("rv", "contributions/c1", advance.recoveries(0).sequence())), v1::INVALID_FIELD);
  ledger_.Must(Org("verifier"), request("r1", "expenditures/a1", advance.recoveries(0).sequence()));
  ledger_.Must(Org("verifier"), request("r2", "expenditures/a1", advance.recoveries(1).sequence()));
  EXPECT_EQ(ledger_.Try(Org("verifier"), ledger_.ApproveRequest("p", "r1")), v1::APPROVER_NOT_INDEPENDENT);
  ledger_.Must(Org("office"), ledger_.ApproveRequest("p", "r1"));
  EXPECT_EQ(ledger_.Try(Org("office"), ledger_.ApproveRequest("p", "r2")), v1::TARGET_CHANGED);
  advance = ledger_.Get<v1::Expenditure>("projects/p/expenditures/a1");
  EXPECT_EQ(advance.recovered_minor_units(), 700);
  EXPECT_TRUE(advance.recoveries(0).has_reversal_sequence());
  EXPECT_FALSE(advance.recoveries(1).has_reversal_sequence());
  EXPECT_EQ(Contract().advance_open_minor_units(), 2'300);
  EXPECT_EQ(Contract().advanced_minor_units(), 2'300);
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 12'700);
  EXPECT_EQ(ledger_.Try(Org("verifier"), request("r3", "expenditures/a1", advance.recoveries(0).sequence())), v1::WRONG_RESOURCE_STATE);
  ledger_.Must(Org("verifier"), request("r3", "expenditures/a1", advance.recoveries(1).sequence()));
  ledger_.Must(Org("office"), ledger_.ApproveRequest("p", "r3"));
  // With nothing in between all is as it was.
  EXPECT_EQ(ledger_.Party("p", "club").left_minor_units(), club);
  EXPECT_EQ(ledger_.Balance("p", "advances:p:k"), 3'000);
  // It may be recovered once more, and what the money was spent on meanwhile is paid by all that is left, or not at all.
  ledger_.Must(Org("verifier"), RecoveryRequest(ledger_, "a1", 1'000));
  Must(ledger_.SpendRequest("p", "e1", 12'500));
  advance = ledger_.Get<v1::Expenditure>("projects/p/expenditures/a1");
  const int64_t third = advance.recoveries(2).sequence();
  EXPECT_EQ(ledger_.Try(Org("verifier"), request("r4", "expenditures/a1", third)), v1::INSUFFICIENT_FUNDS);
  EXPECT_EQ(ledger_.Figure("missing_minor_units"), "500");
  ledger_.Reverse("p", "rv-e1", "expenditures/e1");
  ledger_.Must(Org("verifier"), request("r4", "expenditures/a1", third));
  ledger_.Must(Org("office"), ledger_.ApproveRequest("p", "r4"));
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 12'000);
  // The advance itself is reversed whole.
  ledger_.Reverse("p", "rv-a1", "expenditures/a1");
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 15'000);
  EXPECT_EQ(ledger_.Try(Org("verifier"), request("r5", "expenditures/a1", third)), v1::WRONG_RESOURCE_STATE);
}

TEST_F(Vendors, WhatIsRetainedStaysInTheBoxUntilTheWorkIsDone) {
  Must(PayVendor(ledger_, "e1", 9'000, v1::INVOICE_PAYMENT, 1'000));
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 10'000);
  EXPECT_EQ(ledger_.Balance("p", "retention:p:k"), -1'000);
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 6'000);
  // Nothing else is paid with it.
  EXPECT_EQ(Try(ledger_.SpendRequest("p", "e2", 5'001)), v1::INSUFFICIENT_FUNDS);
  EXPECT_EQ(ledger_.Figure("available_minor_units"), "5000");
  EXPECT_EQ(Try(PayVendor(ledger_, "x1", 1'000, v1::RETENTION_RELEASE)), v1::WRONG_PROJECT_STATE);
  ledger_.Must(Org("state"), ledger_.ProposeRequest("p", "s2", "state", 2, 0));
  ledger_.Must(Org("office"), ledger_.ApproveRequest("p", "pr-s2"));
  ledger_.Receive("p", "s2", 5'000);
  ledger_.Complete("p");
  EXPECT_EQ(Try(PayVendor(ledger_, "x1", 1'001, v1::RETENTION_RELEASE)), v1::RETENTION_TOO_SMALL);
  ledger_.HandOver("p");
  // What is saved does not wait for the vendor: of 11,000 in the box 1,000 stay for it.
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger_.Must(Org("office"), apportion);
  EXPECT_EQ(ledger_.Party("p", "club").payable_minor_units(), 5'000);
  EXPECT_EQ(ledger_.Party("p", "state").payable_minor_units(), 5'000);
  EXPECT_EQ(Try(PayVendor(ledger_, "x1", 400, v1::RETENTION_RELEASE)), v1::REFUND_OPEN);
  for (const char* party : {"club", "state"}) {
    ledger_.Must(Org("verifier"), ledger_.RefundRequest("p", std::string("r-") + party, party));
  }
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 1'000);
  EXPECT_EQ(ledger_.Try(Org("office"), apportion), v1::NOTHING_TO_REFUND);
  Must(PayVendor(ledger_, "x1", 400, v1::RETENTION_RELEASE));
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 10'000);
  EXPECT_EQ(ledger_.Try(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p")), v1::BALANCE_NOT_ZERO);
  EXPECT_EQ(ledger_.Figure("case"), "RETAINED") << "nothing else is in the box";
  EXPECT_EQ(ledger_.violations().size(), 1u);
  // The rest is forfeited by two; the work cost so much less, and it is saved.
  ledger_.Must(Org("contractor"), ForfeitRequest("f1", 600));
  EXPECT_EQ(ledger_.Try(Org("contractor"), ledger_.ApproveRequest("p", "f1"), FakePrincipal("another")), v1::ACTOR_NOT_ALLOWED);
  ledger_.Must(Org("office"), ledger_.ApproveRequest("p", "f1"));
  EXPECT_EQ(Contract().retained_minor_units(), 0);
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 9'400);
  ledger_.Refund("p");
  EXPECT_EQ(ledger_.Party("p", "club").refunded_minor_units(), 5'300);
  EXPECT_EQ(ledger_.Party("p", "state").refunded_minor_units(), 5'300);
  ledger_.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 0);
}

TEST_F(Vendors, AnInvoiceIsReversedAsLongAsWhatItRetainedIsThere) {
  Must(PayVendor(ledger_, "e1", 0, v1::INVOICE_PAYMENT, 1'000));
  ledger_.Must(Org("office"), ForfeitRequest("f1", 1));
  ledger_.Must(Org("club"), ledger_.ApproveRequest("p", "f1"));
  Must(PayVendor(ledger_, "e2", 500, v1::INVOICE_PAYMENT, 200));
  ledger_.Reverse("p", "rv", "expenditures/e2");
  EXPECT_EQ(Contract().retained_minor_units(), 999);
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 15'000);
  // What was paid to the vendor is not there any more.
  ledger_.Complete("p");
  Must(PayVendor(ledger_, "w1", 10, v1::RETENTION_RELEASE));
  EXPECT_EQ(ledger_.Try(Org("verifier"), ledger_.ReverseRequest("p", "rv2", "expenditures/e1")), v1::RETENTION_TOO_SMALL);
}

TEST_F(Vendors, AnInvoiceIsReversedWithWhatWasForfeitedOfIt) {
  Must(PayVendor(ledger_, "e1", 500, v1::INVOICE_PAYMENT, 1'000));
  ledger_.Must(Org("office"), ForfeitRequest("f1", 600));
  ledger_.Must(Org("club"), ledger_.ApproveRequest("p", "f1"));
  ASSERT_EQ(Contract().forfeited_size(), 1);
  EXPECT_EQ(Contract().forfeited(0).category(), v1::WORKS);
  EXPECT_EQ(Contract().forfeited(0).minor_units(), 600);
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 900);
  // As if neither had been: nothing is spent, retained, forfeited or invoiced.
  ledger_.Reverse("p", "rv", "expenditures/e1");
  EXPECT_EQ(ledger_.Project("p").spent_minor_units(), 0);
  EXPECT_EQ(ledger_.Project("p").retained_minor_units(), 0);
  EXPECT_EQ(Contract().invoiced_minor_units(), 0);
  EXPECT_EQ(Contract().retained_minor_units(), 0);
  EXPECT_EQ(Contract().forfeited(0).minor_units(), 0);
  EXPECT_EQ(ledger_.Balance("p", "assets:p:bank"), 15'000);
  EXPECT_EQ(ledger_.Balance("p", "spent:p:works"), 0);
  EXPECT_EQ(ledger_.Balance("p", "retention:p:k"), 0);
  // What another invoice retained since is not touched by it.
  Must(PayVendor(ledger_, "e2", 0, v1::INVOICE_PAYMENT, 300));
  EXPECT_EQ(Contract().retained_minor_units(), 300);
}

TEST(Lapses, WhatIsNeitherDeclaredNorVerifiedOfAPledgeLapses) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_pledge_lapse_days(30);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  v1::CreatePledgeRequest pledge;
  pledge.set_parent("projects/p");
  pledge.set_pledge_id("g1");
  pledge.mutable_pledge()->set_party(Org("club"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(1'000);
  pledge.mutable_pledge()->set_deadline("2014-10-11");
  EXPECT_EQ(ledger.Try(Org("club"), pledge), v1::INVALID_FIELD);
  pledge.mutable_pledge()->set_deadline("2014-09-09");
  EXPECT_EQ(ledger.Try(Org("club"), pledge), v1::INVALID_FIELD);
  pledge.mutable_pledge()->clear_deadline();
  ledger.Must(Org("club"), pledge);
  EXPECT_EQ(ledger.Get<v1::Pledge>("projects/p/pledges/g1").deadline(), "2014-10-10");
  auto declare = [&](const std::string& id, int64_t amount) {
    v1::DeclareContributionRequest request = ledger.DeclareRequest("p", id, "club", amount);
    request.mutable_contribution()->set_pledge("projects/p/pledges/g1");
    ledger.Must(Org("club"), request);
  };
  declare("c1", 300);
  ledger.Verify("p", "c1", 250);
  declare("c2", 200);
  declare("c3", 50);
  v1::WithdrawContributionRequest withdraw;
  withdraw.set_name("projects/p/contributions/c3");
  withdraw.mutable_reason()->set_text("mistyped");
  ledger.Must(Org("club"), withdraw);
  ASSERT_EQ(ledger.Project("p").deadlines_size(), 1);
  EXPECT_EQ(ledger.Project("p").deadlines(0).open_minor_units(), 550);
  Command lapse;
  lapse.request.emplace<v1::PledgeLapsed>().set_pledge("projects/p/pledges/g1");
  EXPECT_TRUE(ledger.Apply(lapse).refusal.has_value());
  ledger.SetTime(ledger.Project("p").deadlines(0).time_us());
  ASSERT_FALSE(ledger.Apply(lapse).refusal.has_value());
  EXPECT_EQ(ledger.Get<v1::Pledge>("projects/p/pledges/g1").lapsed_minor_units(), 550);
  EXPECT_EQ(ledger.Party("p", "club").pledged_minor_units(), 450);
  EXPECT_EQ(ledger.Project("p").deadlines_size(), 0);
  // What was declared in time is still verified.
  ledger.Verify("p", "c2", 200);
}

TEST(Lapses, WhatIsRejectedAfterThePledgesDayLapsesThenAndNoMoreThanWasPledged) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_pledge_lapse_days(30);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  v1::CreatePledgeRequest pledge;
  pledge.set_parent("projects/p");
  pledge.set_pledge_id("g1");
  pledge.mutable_pledge()->set_party(Org("club"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(500);
  ledger.Must(Org("club"), pledge);
  const auto declare = [&](const std::string& id, int64_t amount) {
    v1::DeclareContributionRequest request = ledger.DeclareRequest("p", id, "club", amount);
    request.mutable_contribution()->set_pledge("projects/p/pledges/g1");
    ledger.Must(Org("club"), request);
  };
  const auto reject = [&](const std::string& id) {
    v1::RejectContributionRequest request;
    request.set_name("projects/p/contributions/" + id);
    request.mutable_reason()->set_text("not at the bank");
    ledger.Must(Org("verifier"), request);
  };
  const auto lapsed = [&] { return ledger.Get<v1::Pledge>("projects/p/pledges/g1").lapsed_minor_units(); };
  const auto pledged = [&] { return ledger.Party("p", "club").pledged_minor_units(); };
  declare("c1", 300);
  declare("c2", 250);
  declare("c3", 50);
  Command lapse;
  lapse.request.emplace<v1::PledgeLapsed>().set_pledge("projects/p/pledges/g1");
  ledger.SetTime(ledger.Project("p").deadlines(0).time_us());
  ASSERT_FALSE(ledger.Apply(lapse).refusal.has_value());
  EXPECT_EQ(lapsed(), 0);
  EXPECT_EQ(ledger.Get<v1::Pledge>("projects/p/pledges/g1").excess_minor_units(), 100);
  // 100 more than the pledge is declared, so the first 100 that fall away were never pledged.
  reject("c2");
  EXPECT_EQ(lapsed(), 150);
  EXPECT_EQ(pledged(), 350);
  EXPECT_EQ(ledger.Get<v1::Pledge>("projects/p/pledges/g1").state(), v1::Pledge::LAPSED);
  // Less at the bank than was declared, taken out by the club, taken back by the bank: all the same.
  ledger.Verify("p", "c1", 280);
  EXPECT_EQ(lapsed(), 170);
  v1::WithdrawContributionRequest withdraw;
  withdraw.set_name("projects/p/contributions/c3");
  withdraw.mutable_reason()->set_text("mistyped");
  ledger.Must(Org("club"), withdraw);
  EXPECT_EQ(lapsed(), 220);
  // What is declared for it late brings nothing back, and falling away takes nothing more.
  declare("c4", 60);
  reject("c4");
  EXPECT_EQ(lapsed(), 220);
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(lapsed(), 500);
  EXPECT_EQ(pledged(), 0);
}

TEST(Lapses, AnAgreementThatIsNotCompleteInTimeCancelsTheProject) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1, true), ClubShare(1)}, 0);
  rule.set_agreement_days(10);
  ledger.Publish("r1", rule);
  ledger.MakePool("state", 1'000);
  ledger.Approve("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/state-2014").free_minor_units(), 0);
  ASSERT_EQ(ledger.Project("p").deadlines_size(), 1);
  ledger.SetTime(ledger.Project("p").deadlines(0).time_us());
  EXPECT_EQ(ledger.Try(Org("state"), ledger.SignRequest("p")), v1::WRONG_PROJECT_STATE);
  Command lapse;
  lapse.request.emplace<v1::Deadline>().set_resource("projects/p");
  ASSERT_FALSE(ledger.Apply(lapse).refusal.has_value());
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::CANCELLED);
  EXPECT_EQ(ledger.Project("p").deadlines_size(), 0);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/state-2014").free_minor_units(), 1'000);
}

TEST(YearEnd, WhatAFunderHasLeftOfTheYearGoesBackWithItsYields) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000});
  federal.set_returns_unspent_at_year_end(true);
  federal.set_year_end_return_days(15);
  v1::RuleVersion rule = MakeRule({federal, ClubShare(1)}, 0);
  rule.set_advance_bps_max(10'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 4'000));
  ledger.Must(Org("contractor"), PayVendor(ledger, "e1", 600, v1::INVOICE_PAYMENT, 300));
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 30));
  v1::ProposeYearEndReturnRequest propose;
  propose.set_parent("projects/p");
  propose.set_proposal_id("y1");
  propose.set_party(Org("federal"));
  propose.set_fiscal_year(2014);
  propose.mutable_reason()->set_text("the year is over");
  EXPECT_EQ(ledger.Try(Org("office"), propose), v1::YEAR_END_RETURN_NOT_DUE);
  ledger.SetTime(1'420'459'200'000'000);  // Noon of the 5th of January 2015.
  propose.set_party(Org("club"));
  EXPECT_EQ(ledger.Try(Org("office"), propose), v1::YEAR_END_RETURN_NOT_DUE);
  propose.set_party(Org("federal"));
  // A tranche of the new year is not money of the old one.
  ledger.Must(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-f2"));
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "f2", 1'000);
  receive.set_bank_value_date("2015-01-03");
  ledger.Must(Org("verifier"), receive);
  EXPECT_EQ(ledger.Party("p", "federal").received_year(), 2015);
  EXPECT_EQ(ledger.Party("p", "federal").year_received_minor_units(), 1'000);
  ledger.Must(Org("office"), propose);
  // Of its 1,000 a third of 600 is spent; of the 300 retained its part of what is in the box, 1,800 of 3,400, stays.
  const auto action = ledger.Get<v1::Proposal>("projects/p/proposals/y1").year_end_return();
  EXPECT_EQ(action.amount().minor_units(), 1'000 - 200 - 159);
  EXPECT_EQ(action.interest().minor_units(), 15);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ApproveRequest("p", "y1")), v1::APPROVER_NOT_INDEPENDENT);
  TestLedger spending = ledger;
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 656);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e2", 1)), v1::REFUND_OPEN);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 641);
  EXPECT_EQ(ledger.Party("p", "federal").interest_paid_minor_units(), 15);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 0);
  ledger.Spend("p", "e2", 1);
  // Who proposed one amount does not get another.
  spending.Spend("p", "e2", 100);
  EXPECT_EQ(spending.Try(Org("club"), spending.ApproveRequest("p", "y1")), v1::TARGET_CHANGED);
}

}  // namespace
}  // namespace oriundo
