// What was taken back: no edit, no delete, never a negative box (domain notes 4.14, design notes section 4).
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

// A project of two halves, agreed: `federal` in two tranches out of its pool, and `club`.
TestLedger Halves(int64_t total) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {5000, 10000}), ClubShare(1)}, 0));
  ledger.MakePool("federal", total / 2);
  ledger.Agree("p", ledger.MakeDraft("r1", total, {{"federal", "federal"}, {"club", "club"}}));
  return ledger;
}

// The club has paid 1,000, the federal side 500 and 500, and 1,500 of these 2,000 is spent: 250 of the federal money and 250 of
// the club's are left.
TestLedger SpentThreeQuarters() {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 1'500);
  return ledger;
}

// The amounts of a project that a reversal with nothing in between restores: all but what counts every coming and going.
std::string AmountsOf(const TestLedger& ledger) {
  v1::Project project = ledger.Project("p");
  std::string text;
  for (v1::Party& party : *project.mutable_parties()) {
    EXPECT_EQ(party.paid_in_minor_units() >= party.taken_back_minor_units(), true);
    party.set_paid_in_minor_units(party.paid_in_minor_units() - party.taken_back_minor_units());
    party.clear_taken_back_minor_units();
    text += party.ShortDebugString() + "\n";
  }
  for (const v1::AccountBalance& balance : project.balances()) text += balance.ShortDebugString() + "\n";
  for (const v1::Tranche& tranche : project.tranches()) text += tranche.ShortDebugString() + "\n";
  v1::Pool pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  pool.clear_update_sequence();
  return text + pool.ShortDebugString() + " spent " + std::to_string(project.spent_minor_units());
}

TEST(Reversal, OfAContributionWithNothingInBetweenRestoresEverything) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'200);
  const std::string before = AmountsOf(ledger);
  ledger.Contribute("p", "c2", "club", 300);
  ledger.Reverse("p", "rv", "contributions/c2");
  EXPECT_EQ(AmountsOf(ledger), before);
  EXPECT_EQ(ledger.Get<v1::Contribution>("projects/p/contributions/c2").state(), v1::Contribution::REVERSED);
}

TEST(Reversal, OfAnExpenditureReturnsItToTheSourcesItCameFrom) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 999);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 77);
  const std::string before = AmountsOf(ledger);
  ledger.Spend("p", "e2", 1'001, v1::LABOUR);
  ledger.Must(Org("contractor"), ledger.ReverseRequest("p", "rv", "expenditures/e2"));
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv"));
  EXPECT_EQ(AmountsOf(ledger), before);
  EXPECT_EQ(ledger.Get<v1::Expenditure>("projects/p/expenditures/e2").state(), v1::Expenditure::REVERSED);
}

TEST(Reversal, OfAReleaseWithNothingInBetweenRestoresEverything) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 999);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  const std::string before = AmountsOf(ledger);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Reverse("p", "rv", "releases/f2");
  EXPECT_EQ(AmountsOf(ledger), before);
  // It may go out again.
  ledger.Pay("p", "f3", "federal", 2, 0);
}

TEST(Reversal, OfAReleaseOnItsWayTurnsItRound) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 999);
  ledger.Authorize("p");
  const std::string before = AmountsOf(ledger);
  ledger.Release("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:transit:federal"), 500);
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_EQ(AmountsOf(ledger), before);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReceiveRequest("p", "f1", 500)), v1::WRONG_RESOURCE_STATE);
}

TEST(Reversal, OfSpentMoneyOpensAReceivableAndStopsReleases) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv", "contributions/c1");
  // 500 was left: the club's own 250, and 250 that covers for it. 500 more came from nobody knows where.
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Balance("p", "receivable:p:club"), 750);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -500);
  const v1::Party club = ledger.Party("p", "club");
  EXPECT_EQ(club.verified_minor_units(), 0);
  EXPECT_EQ(club.taken_back_minor_units(), 500);
  EXPECT_EQ(club.equalised_minor_units(), -250);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 250);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 0);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 2, 1)), v1::RECEIVABLE_OPEN);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e2", 1)), v1::INSUFFICIENT_FUNDS);

  // Repaid, the unknown cover first, everything stands as before but for whose money is left.
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RepayRequest("p", "rp0", "club", 751)), v1::REPAYMENT_ABOVE_RECEIVABLE);
  ledger.Repay("p", "rp1", "club", 600);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 100);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 2, 1)), v1::RECEIVABLE_OPEN);
  ledger.Repay("p", "rp2", "club", 150);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 250);
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").verified_minor_units(), 750);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 2, 1)), v1::RELEASE_ABOVE_TRANCHE);
}

TEST(Reversal, OfTwoPartiesIsRepaidByEachForItself) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv-c", "contributions/c1");  // 250 its own, 250 of the federal side's, 500 of somebody unknown.
  ledger.Reverse("p", "rv-f", "releases/f2");       // 500 of somebody unknown.
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -1'000);
  ledger.Repay("p", "rp-c", "club", 750);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -500);
  // What it brings into the box is the federal money that had gone back with its own.
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 250);
  ledger.Repay("p", "rp-f", "federal", 500);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), 0);
  // Each has paid half of the 1,500 that were spent, and the club gave 750 in all, the federal side 1,000.
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 250);
}

TEST(Reversal, RunsEveryCheckAgainWhenAReleaseIsApproved) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 300);
  ledger.Contribute("p", "c2", "club", 200);
  ledger.Authorize("p");
  ledger.Propose("p", "f1", "federal", 1, 500);
  ledger.Reverse("p", "rv", "contributions/c2");
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "pr-f1")), v1::RELEASE_ABOVE_BOUND);
  EXPECT_EQ(ledger.Figure("excess_minor_units"), "200");
}

TEST(Reversal, OfASpentReleaseIsNotPromisedTwice) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv", "releases/f2");
  v1::Party federal = ledger.Party("p", "federal");
  // Of 500 the payer had 250 left in the box; the club's 250 covers the rest, which the payer owes.
  EXPECT_EQ(federal.received_minor_units(), 500);
  EXPECT_EQ(federal.released_minor_units(), 750);
  EXPECT_EQ(federal.committed_minor_units(), 250);
  EXPECT_EQ(federal.receivable_minor_units(), 250);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), 0);
  v1::Pool pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  EXPECT_EQ(pool.released_minor_units(), 750);
  EXPECT_EQ(pool.committed_minor_units(), 250);

  ledger.Repay("p", "rp", "federal", 250);
  ledger.Pay("p", "f3", "federal", 2, 0);
  federal = ledger.Party("p", "federal");
  EXPECT_EQ(federal.received_minor_units(), 1'000);
  EXPECT_EQ(federal.released_minor_units(), 1'000);
  EXPECT_EQ(federal.committed_minor_units(), 0);
  EXPECT_EQ(federal.over_match_minor_units(), 0);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal"), -1'000);
  pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  EXPECT_EQ(pool.released_minor_units(), 1'000);
  EXPECT_EQ(pool.free_minor_units(), 0);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f4", "federal", 2, 1)), v1::RELEASE_ABOVE_TRANCHE);
}

TEST(Reversal, AfterCancellationFreesThePoolOfWhatThePayerHasBack) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Cancel("p");
  ledger.Reverse("p", "rv", "releases/f2");
  const v1::Pool pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  EXPECT_EQ(pool.free_minor_units(), 250);
  EXPECT_EQ(pool.released_minor_units(), 750);
  EXPECT_EQ(pool.committed_minor_units(), 0);
}

TEST(Reversal, OfOverMatchIsRepaidAsOverMatch) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Contribute("p", "c2", "federal", 400);
  ledger.Contribute("p", "c3", "club", 100);
  ledger.Spend("p", "e2", 1'000);
  ledger.Reverse("p", "rv2", "contributions/c2");
  ledger.Reverse("p", "rv3", "contributions/c3");
  EXPECT_EQ(ledger.Party("p", "federal").over_match_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").over_match_minor_units(), 0);
  ledger.Repay("p", "rp2", "federal", 400);
  ledger.Repay("p", "rp3", "club", 100);
  EXPECT_EQ(ledger.Party("p", "federal").over_match_minor_units(), 400);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 1'000);
  EXPECT_EQ(ledger.Party("p", "club").over_match_minor_units(), 100);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal:over-match"), -400);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal"), -1'000);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club:over-match"), -100);
}

TEST(Reversal, IsProposedByVerifierOrOfficeAndHappensOnce) {
  TestLedger ledger = SpentThreeQuarters();
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ReverseRequest("p", "rv", "contributions/c1")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ReverseRequest("p", "rv", "contributions/c1")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1"));
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv-again", "contributions/c1"));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  // Approval runs the checks again: it is reversed already.
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv-again")), v1::WRONG_RESOURCE_STATE);
}

TEST(Reversal, OfAReleaseOnItsWayIsNotApprovedOnceItHasArrived) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 999);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 0);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "releases/f1"));
  ledger.Receive("p", "f1", 500);
  // The two would have agreed that it turned round on its way; now it would come out of the box.
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv")), v1::TARGET_CHANGED);
  EXPECT_EQ(ledger.Figure("last_sequence"), std::to_string(ledger.journal().size() - 1));
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/p/proposals/rv");
  ledger.Must(Org("verifier"), withdraw);
  ledger.Reverse("p", "rv-anew", "releases/f1");
  EXPECT_EQ(ledger.Party("p", "federal").taken_back_minor_units(), 500);
}

TEST(Reversal, WaitsForRefundsToBePaid) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Complete("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1")), v1::REFUND_OPEN);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x2", "club"));
  // The box is empty: all of it becomes receivable.
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 1'000);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -1'000);
}

TEST(Reversal, OfRefundedOverMatchLeavesNoDebitOnAFund) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Contribute("p", "c2", "federal", 400);
  ledger.Complete("p");
  ledger.Refund("p");
  ledger.Reverse("p", "rv", "contributions/c2");
  ledger.Repay("p", "rp", "federal", 400);
  EXPECT_EQ(ledger.Party("p", "federal").over_match_minor_units(), 400);
}

TEST(Reversal, OfRefundedMoneyIsOwedEvenIfReversedSpendingBroughtItBack) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Complete("p");
  ledger.Refund("p");  // 250 to each.
  ledger.Reverse("p", "rv-e", "expenditures/e1");
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 750);
  ledger.Reverse("p", "rv-c", "contributions/c1");
  // It had paid 1,000 and has now got 250 and 1,000.
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 250);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 500);
}

TEST(Reversal, AfterAFeeOnTheWayTakesBackWhatHadArrived) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  ledger.Receive("p", "f1", 493);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 493);
  EXPECT_EQ(ledger.Party("p", "federal").released_minor_units(), 493);
  EXPECT_EQ(ledger.Party("p", "federal").committed_minor_units(), 507);
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_EQ(ledger.Party("p", "federal").released_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "federal").committed_minor_units(), 1'000);
  // 493 came back and must be sent again; 7 were sent, and banks kept them.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 1)), v1::TRANCHE_NOT_OPEN);
  EXPECT_EQ(ledger.Figure("unsent_minor_units"), "493");
  EXPECT_EQ(ledger.Figure("fee_minor_units"), "7");
  ledger.Pay("p", "f3", "federal", 1, 493);
  ledger.Pay("p", "f4", "federal", 2, 0);
}

TEST(Reversal, OfARefundMakesItPayableOnceMore) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Complete("p");
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 10));
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  const std::string before = AmountsOf(ledger);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "club"));
  // Also while the other party still waits for its refund.
  ledger.Reverse("p", "rv", "refunds/x1");
  EXPECT_EQ(AmountsOf(ledger), before);
  EXPECT_EQ(ledger.Get<v1::Refund>("projects/p/refunds/x1").state(), v1::Refund::REVERSED);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv2", "refunds/x1")), v1::WRONG_RESOURCE_STATE);
  EXPECT_EQ(ledger.Party("p", "club").payable_minor_units(), 255);
  EXPECT_EQ(ledger.Party("p", "club").interest_minor_units(), 5);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x2", "federal"));
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::REFUND_OPEN);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RefundRequest("p", "x1", "club")), v1::NAME_TAKEN);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x3", "club"));
  const auto paid = ledger.Get<v1::Refund>("projects/p/refunds/x3");
  EXPECT_EQ(paid.amount().minor_units(), 250);
  EXPECT_EQ(paid.interest().minor_units(), 5);
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 250);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(Reversal, OfARepaymentWithNothingInBetweenRestoresEverything) {
  for (const char* target : {"contributions/c1", "releases/f2"}) {
    TestLedger ledger = SpentThreeQuarters();
    ledger.Contribute("p", "gift", "federal", 100);  // 300 of federal money and 300 of the club's are left, or thereabouts.
    ledger.Reverse("p", "rv-1", target);
    const std::string who = *target == 'c' ? "club" : "federal";
    const int64_t owed = ledger.Party("p", who).receivable_minor_units();
    ASSERT_GT(owed, 0) << target;
    for (const int64_t amount : {owed, owed / 2, int64_t{1}}) {
      TestLedger copy = ledger;
      const std::string before = AmountsOf(copy);
      copy.Repay("p", "rp", who, amount);
      copy.Reverse("p", "rv-2", "repayments/rp");
      EXPECT_EQ(AmountsOf(copy), before) << target << " " << amount;
      EXPECT_EQ(copy.Get<v1::Repayment>("projects/p/repayments/rp").state(), v1::Repayment::REVERSED);
      EXPECT_EQ(copy.Try(Org("federal"), copy.ProposeRequest("p", "f9", "federal", 2, 1)), v1::RECEIVABLE_OPEN);
      copy.Repay("p", "rp2", who, owed);
    }
  }
}

TEST(Reversal, OfARepaymentThatWasSpentAgainLeavesTheBoxAtZero) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv-c", "contributions/c1");
  ledger.Repay("p", "rp", "club", 750);  // 500 to whoever covered, 250 into the box.
  EXPECT_EQ(ledger.Get<v1::Repayment>("projects/p/repayments/rp").covered_minor_units(), 500);
  ledger.Spend("p", "e2", 150);
  ledger.Reverse("p", "rv-rp", "repayments/rp");
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 750);
  EXPECT_EQ(ledger.Party("p", "club").verified_minor_units(), 0);
  // 500 as before, and 150 that are spent.
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -650);
  ledger.Repay("p", "rp2", "club", 750);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 100);
  EXPECT_EQ(ledger.Party("p", "club").verified_minor_units(), 750);
}

TEST(Reversal, OfARepaymentIsCoveredByTheOthersMoneyInTheBox) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv-c", "contributions/c1");
  ledger.Repay("p", "rp", "club", 750);
  // The 250 in the box are the federal money that had stood in for the cheque; the invoice takes them.
  ledger.Spend("p", "e2", 250);
  ledger.Contribute("p", "c2", "federal", 200);
  ledger.Reverse("p", "rv-rp", "repayments/rp");
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Party("p", "federal").spent_minor_units(), 750 + 250);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 200);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 0);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -550);
}

// A club's cheque bounces after the works were paid: the federal money that stood in for it is in the box again once the club
// repays.
TEST(Reversal, OfAChequeIsRepaidToThoseWhoseMoneyStoodInForIt) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv", "contributions/c1");
  // 250 of the club's own and 250 of the federal money went back with it; 500 more somebody unknown covered.
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 250);
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 750);
  ledger.Repay("p", "rp1", "club", 600);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 100);
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").equalised_minor_units(), -150);
  ledger.Repay("p", "rp2", "club", 150);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 250);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").equalised_minor_units(), 0);
  // The cheque that bounces again takes from them what it had given them.
  const std::string before = AmountsOf(ledger);
  ledger.Reverse("p", "rv2", "repayments/rp2");
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 100);
  EXPECT_EQ(ledger.Party("p", "federal").equalised_minor_units(), 150);
  ledger.Repay("p", "rp3", "club", 150);
  EXPECT_EQ(AmountsOf(ledger), before);
  // What comes in now is the club's own, and the next invoice is drawn from both.
  ledger.Contribute("p", "c2", "club", 250);
  ledger.Spend("p", "e2", 300);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 100);
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 100);
}

TEST(Reversal, OfARepaymentForAReleaseOpensItsTrancheAgain) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Reverse("p", "rv", "releases/f2");
  ledger.Repay("p", "rp", "federal", 250);
  ledger.Reverse("p", "rv-rp", "repayments/rp");
  const v1::Tranche second = ledger.Project("p").tranches(1);
  EXPECT_EQ(second.receivable_minor_units(), 250);
  EXPECT_EQ(second.settled_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 500);
  EXPECT_EQ(ledger.Party("p", "federal").released_minor_units(), 750);
}

TEST(Reversal, OfOverMatchRepaidAndBouncedLeavesNoOverMatch) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Contribute("p", "c2", "federal", 400);
  ledger.Spend("p", "e2", 900);
  ledger.Reverse("p", "rv2", "contributions/c2");
  ledger.Repay("p", "rp2", "federal", 400);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal:over-match"), -400);
  ledger.Reverse("p", "rv-rp2", "repayments/rp2");
  EXPECT_EQ(ledger.Party("p", "federal").over_match_minor_units(), 0);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal:over-match"), 0);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal"), -1'400);
}

TEST(Reversal, OfInterestTakesItOutWhereItIsStillThere) {
  TestLedger ledger = SpentThreeQuarters();
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 30));
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.InterestRequest("p", 30)), v1::NAME_TAKEN);
  const std::string before = AmountsOf(ledger);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 10, "i2"));
  ledger.Reverse("p", "rv", "interests/i2");
  EXPECT_EQ(AmountsOf(ledger), before);
  EXPECT_EQ(ledger.Project("p").interest_minor_units(), 30);
  EXPECT_EQ(ledger.Get<v1::Interest>("projects/p/interests/i2").state(), v1::Interest::REVERSED);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv2", "interests/i2")), v1::WRONG_RESOURCE_STATE);

  ledger.Complete("p");
  // Proposed before the apportionment, which leaves nothing of it to take back.
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv-i1", "interests/i1"));
  ledger.Refund("p");
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 12, "i3"));
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv-i1")), v1::INSUFFICIENT_FUNDS);
  EXPECT_EQ(ledger.Figure("available_minor_units"), "12");
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "18");
  ledger.Reverse("p", "rv-i3", "interests/i3");
  EXPECT_EQ(ledger.Project("p").interest_minor_units(), 0);
}

TEST(Fee, OnAnEarlierTrancheKeepsTheLaterOnesOpen) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 300);
  ledger.Receive("p", "f1", 297);
  // 200 of the first tranche were never sent.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 1)), v1::TRANCHE_NOT_OPEN);
  EXPECT_EQ(ledger.Figure("unsent_minor_units"), "200");
  ledger.Release("p", "f2", "federal", 1, 200);
  // On its way.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 2, 1)), v1::TRANCHE_NOT_OPEN);
  ledger.Receive("p", "f2", 196);
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 7);
  ledger.Pay("p", "f3", "federal", 2, 400);

  // The fee may be released again, in parts, and banks may keep some of it again.
  ledger.Release("p", "f4", "federal", 1, 5);
  EXPECT_EQ(ledger.Get<v1::Release>("projects/p/releases/f4").resent_fee_minor_units(), 5);
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 2);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f5", "federal", 2, 1)), v1::TRANCHE_NOT_OPEN);
  ledger.Receive("p", "f4", 4);
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 3);
  ledger.Pay("p", "f5", "federal", 1, 0);
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 0);
  EXPECT_EQ(ledger.Project("p").tranches(0).settled_minor_units(), 500);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f6", "federal", 1, 1)), v1::RELEASE_ABOVE_TRANCHE);
  ledger.Pay("p", "f6", "federal", 2, 0);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 1'000);
}

TEST(Fee, SentAgainAndTurnedRoundIsAsIfItHadNotBeenSentAgain) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  ledger.Receive("p", "f1", 493);
  const std::string before = AmountsOf(ledger);
  ledger.Release("p", "f2", "federal", 1, 7);
  ledger.Reverse("p", "rv", "releases/f2");
  EXPECT_EQ(AmountsOf(ledger), before);
  ledger.Pay("p", "f3", "federal", 2, 0);
}

TEST(Fee, SentAgainReceivedAndReturnedIsMissingLikeAnythingReturned) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  ledger.Receive("p", "f1", 493);
  ledger.Pay("p", "f2", "federal", 1, 7);
  ledger.Reverse("p", "rv", "releases/f2");
  // The payer has it back: no bank keeps it.
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 0);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 2, 1)), v1::TRANCHE_NOT_OPEN);
  ledger.Pay("p", "f3", "federal", 1, 7);
  ledger.Pay("p", "f4", "federal", 2, 0);
}

TEST(Fee, OfASpentReleaseThatWasReturnedStaysAFee) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  ledger.Receive("p", "f1", 490);
  ledger.Spend("p", "e1", 1'490);
  ledger.Reverse("p", "rv", "releases/f1");
  // All of it was spent: the payer owes 490, and the 10 that banks kept are still theirs.
  EXPECT_EQ(ledger.Project("p").tranches(0).receivable_minor_units(), 490);
  EXPECT_EQ(ledger.Project("p").tranches(0).fee_minor_units(), 10);
  ledger.Repay("p", "rp", "federal", 490);
  ledger.Pay("p", "f2", "federal", 2, 0);
}

TEST(Fee, OfAnEarlierTrancheMayBeMadeGoodWhenTheWorkIsComplete) {
  TestLedger ledger = Halves(2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  ledger.Receive("p", "f1", 493);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 1'993);
  ledger.Complete("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 1, 8)), v1::RELEASE_ABOVE_TRANCHE);
  ledger.Pay("p", "f3", "federal", 1, 7);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f4", "federal", 1, 1)), v1::WRONG_PROJECT_STATE);
  ledger.Spend("p", "e2", 7);
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

}  // namespace
}  // namespace oriundo
