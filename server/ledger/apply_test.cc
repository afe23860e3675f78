#include "server/ledger/apply.h"
#include "server/ledger/fold.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using v1::ERROR_REASON_UNSPECIFIED;

// The parties' dues in order.
std::vector<int64_t> DuesOf(const v1::Project& project) {
  std::vector<int64_t> dues;
  for (const v1::Party& party : project.parties()) dues.push_back(party.due_minor_units());
  return dues;
}

// What the project's tranches pay in all, in order.
std::vector<int64_t> TranchesOf(const v1::Project& project) {
  std::vector<int64_t> amounts;
  for (const v1::Tranche& tranche : project.tranches()) amounts.push_back(tranche.amount_minor_units());
  return amounts;
}

std::vector<v1::ErrorReason> Reasons(const std::vector<Violation>& violations) {
  std::vector<v1::ErrorReason> reasons;
  for (const Violation& violation : violations) reasons.push_back(violation.reason);
  return reasons;
}

int64_t InputOf(const v1::Entry& entry, std::string_view name) {
  for (const v1::Input& input : entry.inputs()) {
    if (input.name() == name) return input.value();
  }
  ADD_FAILURE() << "no input " << name;
  return -1;
}

v1::RuleVersion Quarters(int64_t tolerance = 100) {
  return MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 25), FunderShare("state", v1::STATE_GOVERNMENT, 25),
                   FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25), ClubShare(25)},
                  tolerance);
}

const std::vector<std::pair<std::string, std::string>> kQuarterParties = {
    {"federal", "federal"}, {"state", "state"}, {"municipal", "municipality"}, {"club", "club"}};

// The Tekax road of 2014 (AT2): 50/25/25 with the state absent, each payment as the press gives it, down to the last invoice.
void LeadTekax(TestLedger& ledger, int64_t tolerance, int64_t federal, bool hand_over = true) {
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 50, /*pooled=*/true),
                                 FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25, /*pooled=*/true), ClubShare(25)},
                                tolerance));
  ledger.MakePool("federal", 100'000'000);
  ledger.MakePool("municipality", 35'343'350);
  ledger.Agree("tekax",
               ledger.MakeDraft("r1", 141'373'400, {{"federal", "federal"}, {"municipal", "municipality"}, {"club", "club"}}));
  ledger.Contribute("tekax", "c1", "club", 35'343'300);
  ledger.Authorize("tekax");
  ledger.Pay("tekax", "f1", "federal", 1, federal);
  ledger.Pay("tekax", "m1", "municipality", 1, 35'343'300);
  ledger.Spend("tekax", "e1", 100'000'000);
  ledger.Spend("tekax", "e2", federal + 2 * 35'343'300 - 100'000'000, v1::MATERIALS);
  ledger.Complete("tekax");
  if (hand_over) ledger.HandOver("tekax");
}

TEST(Apply, LeadsTheTekaxRoadFromDraftToClosedWithinATolerance) {
  TestLedger ledger;
  LeadTekax(ledger, 50, 70'686'700);
  EXPECT_THAT(DuesOf(ledger.Project("tekax")), ElementsAre(70'686'700, 35'343'350, 35'343'350));
  EXPECT_EQ(ledger.Party("tekax", "federal").received_minor_units() - 70'686'700, 0);
  EXPECT_EQ(ledger.Party("tekax", "municipality").received_minor_units() - 35'343'350, -50);
  EXPECT_EQ(ledger.Party("tekax", "club").verified_minor_units() - 35'343'350, -50);
  EXPECT_EQ(ledger.Balance("tekax", "spent:tekax:works"), 100'000'000);
  EXPECT_EQ(ledger.Balance("tekax", "spent:tekax:materials"), 41'373'300);
  EXPECT_EQ(ledger.Balance("tekax", "assets:tekax:bank"), 0);
  EXPECT_EQ(ledger.Balance("tekax", "funds:tekax:federal"), -70'686'700);

  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("tekax"));
  EXPECT_EQ(InputOf(ledger.journal().back(), "gap_minor_units"), 100);
  ledger.Must(Org("office"), ProjectRequest<v1::CloseProjectRequest>("tekax"));
  EXPECT_EQ(ledger.Project("tekax").state(), v1::Project::CLOSED);
}

TEST(Apply, GivesPoolsBackWhatTheToleranceLetStayUnreleased) {
  TestLedger ledger;
  LeadTekax(ledger, 50, 70'686'700);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/municipality-2014").committed_minor_units(), 50);
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("tekax"));
  const auto pool = ledger.Get<v1::Pool>("programs/mx/pools/municipality-2014");
  EXPECT_EQ(pool.committed_minor_units(), 0);
  EXPECT_EQ(pool.released_minor_units(), 35'343'300);
  EXPECT_EQ(pool.free_minor_units(), 50);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").free_minor_units(), 100'000'000 - 70'686'700);
  EXPECT_EQ(ledger.Party("tekax", "municipality").committed_minor_units(), 0);
}

TEST(Apply, RefusesToHandOverTekaxOneUnitBelowItsTolerance) {
  TestLedger ledger;
  LeadTekax(ledger, 49, 70'686'698, /*hand_over=*/false);
  auto sign = ProjectRequest<v1::SignHandoverRequest>("tekax");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_THAT(Reasons(ledger.violations()), ElementsAre(v1::SHARE_BELOW_TOLERANCE, v1::SHARE_BELOW_TOLERANCE));
  EXPECT_EQ(ledger.Figure("party"), Org("municipality"));
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "50");
  EXPECT_EQ(ledger.Figure("tolerance_minor_units"), "49");
  // Once handed over nothing could be paid any more; a completed project still takes it.
  ledger.Contribute("tekax", "c2", "club", 50);
  ledger.Pay("tekax", "m2", "municipality", 1, 0);
  ledger.Must(Org("club"), sign);
  EXPECT_EQ(ledger.Project("tekax").state(), v1::Project::HANDED_OVER);
}

TEST(Apply, LetsACompletedProjectMakeGoodWhatBanksKept) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 0);
  ledger.Receive("p", "f1", 490);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Complete("p");
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.Figure("party"), Org("federal"));
  EXPECT_EQ(ledger.Figure("due_minor_units"), "1000");
  EXPECT_EQ(ledger.Figure("confirmed_minor_units"), "990");
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "10");
  ledger.Pay("p", "f3", "federal", 1, 10);
  ledger.Spend("p", "e1", 2'000);
  ledger.Must(Org("club"), sign);
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Apply, NamesEntitledReleasedAskedAndExcessWhereTekaxsFederalHalfPassesItsBound) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 50),
                                 FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25), ClubShare(25)},
                                49));
  ledger.Agree("tekax",
               ledger.MakeDraft("r1", 141'373'400, {{"federal", "federal"}, {"municipal", "municipality"}, {"club", "club"}}));
  ledger.Contribute("tekax", "c1", "club", 35'343'300);
  ledger.Authorize("tekax");
  ledger.Pay("tekax", "f1", "federal", 1, 1'000'000);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("tekax", "f2", "federal", 1, 69'686'700)), v1::RELEASE_ABOVE_BOUND);
  EXPECT_EQ(ledger.Figure("entitled_minor_units"), "70686698");
  EXPECT_EQ(ledger.Figure("released_minor_units"), "1000000");
  EXPECT_EQ(ledger.Figure("asked_minor_units"), "69686700");
  EXPECT_EQ(ledger.Figure("excess_minor_units"), "2");
}

TEST(Apply, KeepsJalpillasMunicipalOverMatchApart) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("jalpilla", ledger.MakeDraft("r1", 116'575'940, kQuarterParties));
  ledger.Contribute("jalpilla", "c1", "club", 29'143'985);
  ledger.Authorize("jalpilla");
  for (const char* funder : {"federal", "state", "municipality"}) {
    ledger.Pay("jalpilla", std::string("r-") + funder, funder, 1, 0);
  }
  ledger.Contribute("jalpilla", "c2", "municipality", 9'625'910);

  const v1::Party municipality = ledger.Party("jalpilla", "municipality");
  EXPECT_EQ(municipality.due_minor_units(), 29'143'985);
  EXPECT_EQ(municipality.received_minor_units(), 29'143'985);
  EXPECT_EQ(municipality.over_match_minor_units(), 9'625'910);
  EXPECT_EQ(ledger.Balance("jalpilla", "funds:jalpilla:municipality"), -29'143'985);
  EXPECT_EQ(ledger.Balance("jalpilla", "funds:jalpilla:municipality:over-match"), -9'625'910);
  EXPECT_EQ(ledger.Balance("jalpilla", "assets:jalpilla:bank"), 126'201'850);
  // The excess creates no room for anybody.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("jalpilla", "f2", "federal", 1, 1)), v1::RELEASE_ABOVE_TRANCHE);

  ledger.Spend("jalpilla", "e1", 126'201'850);
  EXPECT_EQ(ledger.Party("jalpilla", "municipality").spent_minor_units(), 29'143'985 + 9'625'910);
  ledger.Complete("jalpilla");
  ledger.HandOver("jalpilla");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("jalpilla"));
  EXPECT_EQ(InputOf(ledger.journal().back(), "gap_minor_units"), 0);
}

TEST(Apply, ReleasesAsFarAsTheClubHasPaid) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {3000, 7000, 10000}), ClubShare(1)}, 0));
  ledger.MakePool("federal", 100'000'000);
  ledger.Agree("p", ledger.MakeDraft("r1", 200'000'000, {{"federal", "federal"}, {"club", "club"}}));
  EXPECT_THAT(TranchesOf(ledger.Project("p")), ElementsAre(30'000'000, 40'000'000, 30'000'000));
  std::vector<int64_t> released;
  auto release = [&](const std::string& id, int ordinal) {
    const int64_t before = ledger.Party("p", "federal").released_minor_units();
    ledger.Release("p", id, "federal", ordinal, 0);
    released.push_back(ledger.Party("p", "federal").released_minor_units() - before);
    ledger.Receive("p", id, released.back());
  };
  ledger.Contribute("p", "c1", "club", 25'000'000);
  ledger.Authorize("p");
  release("f1", 1);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "x", "federal", 1, 0)), v1::RELEASE_ABOVE_BOUND);
  ledger.Contribute("p", "c2", "club", 35'000'000);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "x", "federal", 2, 0)), v1::TRANCHE_NOT_OPEN);
  release("f2", 1);
  release("f3", 2);
  ledger.Contribute("p", "c3", "club", 40'000'000);
  release("f4", 2);
  release("f5", 3);
  EXPECT_THAT(released, ElementsAre(25'000'000, 5'000'000, 30'000'000, 10'000'000, 30'000'000));
  const auto pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  EXPECT_EQ(pool.released_minor_units(), 100'000'000);
  EXPECT_EQ(pool.committed_minor_units(), 0);
  EXPECT_EQ(pool.free_minor_units(), 0);
}

TEST(Apply, GivesNoRoomToOthersForWhatClubsGiveBeyondTheirDue) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), FunderShare("state", v1::STATE_GOVERNMENT, 1),
                                 ClubShare(1)},
                                0));
  v1::Project draft =
      ledger.MakeDraft("r1", 3'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}, {"club", "club2"}});
  draft.mutable_parties(2)->set_due_minor_units(600);
  draft.mutable_parties(3)->set_due_minor_units(400);
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 900);
  ledger.Authorize("p");
  // One club may stand in for the other, but together they owe 1,000.
  ledger.Pay("p", "f1", "federal", 1, 900);
  ledger.Contribute("p", "c2", "club2", 400);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 1, 101)), v1::RELEASE_ABOVE_TRANCHE);
  EXPECT_EQ(ledger.violations().back().reason, v1::RELEASE_ABOVE_BOUND);
  ledger.Pay("p", "f2", "federal", 1, 100);
}

TEST(Apply, LetsWhoHasSignedCorrectTheAccountAndAsksTheOthersAgain) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Approve("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  v1::SignAgreementRequest mistyped = ledger.SignRequest("p");
  mistyped.mutable_account()->set_number("999999999999999999");
  ledger.Must(Org("club"), mistyped);
  ledger.Must(Org("contractor"), mistyped);
  // Who has not signed cannot overrule those who have, and hears who they are.
  EXPECT_EQ(ledger.Try(Org("state"), ledger.SignRequest("p")), v1::ACCOUNT_MISMATCH);
  EXPECT_EQ(ledger.Figure("signers"), "organizations/club, organizations/contractor");
  EXPECT_THAT(ledger.violations().front().description, testing::HasSubstr("sign again"));
  EXPECT_EQ(ledger.Try(Org("club"), mistyped), v1::ALREADY_SIGNED);

  ledger.Must(Org("club"), ledger.SignRequest("p"));
  EXPECT_THAT(ledger.journal().back().agreement_signed().signatures_taken_back(), ElementsAre(Org("contractor")));
  EXPECT_FALSE(ledger.Project("p").has_executor_signature_sequence());
  EXPECT_EQ(ledger.Party("p", "club").signature_sequence(), static_cast<int64_t>(ledger.journal().size()) - 1);
  // Now it is the other account that nobody may sign for.
  EXPECT_EQ(ledger.Try(Org("contractor"), mistyped), v1::ACCOUNT_MISMATCH);
  ledger.Must(Org("state"), ledger.SignRequest("p"));
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::APPROVED);
  ledger.Must(Org("contractor"), ledger.SignRequest("p"));
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::AGREED);
  EXPECT_THAT(TranchesOf(ledger.Project("p")), ElementsAre(1'000));
  // What is agreed stays.
  EXPECT_EQ(ledger.Try(Org("club"), mistyped), v1::WRONG_PROJECT_STATE);
  ledger.Contribute("p", "c1", "club", 10);
}

TEST(Apply, LetsDeclarerAndClubWithdrawWhatIsDeclaredAndNotYetVerified) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  // The federation mistypes its club's amount.
  ledger.Must(Org("federation"), ledger.DeclareRequest("p", "c1", "club", 100'000));
  v1::WithdrawContributionRequest withdraw;
  withdraw.set_name("projects/p/contributions/c1");
  withdraw.mutable_reason()->set_text("two zeros too many");
  for (const char* who : {"club2", "state", "office", "verifier", "contractor", "confederation"}) {
    EXPECT_EQ(ledger.Try(Org(who), withdraw), v1::ACTOR_NOT_ALLOWED) << who;
  }
  for (const char* who : {"club", "federation"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), withdraw);
    EXPECT_EQ(copy.Get<v1::Contribution>("projects/p/contributions/c1").state(), v1::Contribution::WITHDRAWN);
    EXPECT_EQ(copy.Party("p", "club").declared_minor_units(), 0);
    EXPECT_EQ(copy.journal().back().contribution_withdrawn().reason().text_commitment().size(), 32u);
    EXPECT_EQ(copy.Try(Org(who), withdraw), v1::WRONG_RESOURCE_STATE);
    EXPECT_EQ(copy.Try(Org("verifier"), copy.VerifyRequest("p", "c1", 1'000)), v1::WRONG_RESOURCE_STATE);
  }
  ledger.Verify("p", "c1", 1'000);
  EXPECT_EQ(ledger.Try(Org("club"), withdraw), v1::WRONG_RESOURCE_STATE);
  withdraw.set_name("projects/p/contributions/none");
  EXPECT_EQ(ledger.Try(Org("club"), withdraw), v1::CONTRIBUTION_NOT_FOUND);
}

TEST(Apply, LetsNoBankActBeforeTheAgreement) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Approve("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  // The paper is older than its record here; whoever names the latest day decides.
  v1::SignAgreementRequest sign = ledger.SignRequest("p");
  sign.set_agreement_date("2014-09-11");
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::DATE_IN_FUTURE);
  sign.set_agreement_date("2012-12-31");
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Figure("first_date"), "2013-01-01");
  sign.set_agreement_date("2014-08-02");
  ledger.Must(Org("club"), sign);
  sign.set_agreement_date("2014-08-03");
  ledger.Must(Org("state"), sign);
  sign.set_agreement_date("2014-08-01");
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.journal().back().agreement_signed().agreement_date(), "2014-08-01");
  EXPECT_EQ(ledger.Project("p").agreement_date(), "2014-08-03");

  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 1'000);
  verify.set_bank_value_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::DATE_BEFORE_AGREEMENT);
  EXPECT_EQ(ledger.Figure("date"), "2014-08-02");
  EXPECT_EQ(ledger.Figure("agreement_date"), "2014-08-03");
  verify.set_bank_value_date("2014-08-03");
  ledger.Must(Org("verifier"), verify);
  ledger.Authorize("p");
  ledger.Release("p", "s1", "state", 1, 0);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "s1", 1'000);
  receive.set_bank_value_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), receive), v1::DATE_BEFORE_AGREEMENT);
  ledger.Receive("p", "s1", 1'000);
  v1::RecordExpenditureRequest spend = ledger.SpendRequest("p", "e1", 500);
  spend.mutable_expenditure()->set_payment_date("1900-01-01");
  EXPECT_EQ(ledger.Try(Org("contractor"), spend), v1::DATE_BEFORE_AGREEMENT);
  ledger.Spend("p", "e1", 500);
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 3);
  interest.mutable_interest()->set_bank_value_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::DATE_BEFORE_AGREEMENT);
  v1::ProposeReversalRequest reverse = ledger.ReverseRequest("p", "rv", "expenditures/e1");
  reverse.set_bank_value_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), reverse), v1::DATE_BEFORE_AGREEMENT);
  ledger.Spend("p", "e2", 1'500);
  ledger.Reverse("p", "rv", "contributions/c1");
  v1::RecordRepaymentRequest repay = ledger.RepayRequest("p", "rp", "club", 1'000);
  repay.mutable_repayment()->set_bank_value_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), repay), v1::DATE_BEFORE_AGREEMENT);
  ledger.Repay("p", "rp", "club", 1'000);
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 3));
  ledger.Must(Org("office"), apportion);
  v1::PayRefundRequest refund = ledger.RefundRequest("p", "rf", "club");
  refund.mutable_refund()->set_payment_date("2014-08-02");
  EXPECT_EQ(ledger.Try(Org("verifier"), refund), v1::DATE_BEFORE_AGREEMENT);
}

TEST(Apply, ShowsInPublicThatMoneyReachedTheAgreedAccount) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  std::string agreed;
  int confirmed = 0;
  for (const v1::Entry& entry : ledger.journal()) {
    if (entry.has_agreement_signed()) agreed = entry.agreement_signed().account_commitment();
    if (entry.has_contribution_verified()) {
      EXPECT_EQ(entry.contribution_verified().account_commitment(), agreed);
      ++confirmed;
    }
    if (entry.has_release_received()) {
      EXPECT_EQ(entry.release_received().account_commitment(), agreed);
      ++confirmed;
    }
  }
  EXPECT_EQ(agreed.size(), 32u);
  EXPECT_EQ(confirmed, 2);
}

TEST(Apply, ShowsWhatALetterAndARefundRestOn) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), FunderShare("state", v1::STATE_GOVERNMENT, 1),
                                 ClubShare(1)},
                                0));
  ledger.Agree("p", ledger.MakeDraft("r1", 3'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 700);
  EXPECT_EQ(ledger.journal().back().inputs(0).organization(), Org("club"));
  ledger.Authorize("p");
  EXPECT_EQ(InputOf(ledger.journal().back(), "club_verified_minor_units"), 700);
  EXPECT_EQ(InputOf(ledger.journal().back(), "entitled_minor_units"), 700);
  ledger.Pay("p", "f1", "federal", 1, 300);
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  // Everybody's cash with its owner, also where it is none.
  std::vector<std::pair<std::string, int64_t>> paid_in;
  for (const v1::Input& input : ledger.journal().back().inputs()) {
    if (input.name() == "paid_in_minor_units") paid_in.emplace_back(input.organization(), input.value());
  }
  EXPECT_THAT(paid_in, ElementsAre(std::pair{Org("federal"), int64_t{300}}, std::pair{Org("state"), int64_t{0}},
                                   std::pair{Org("club"), int64_t{700}}));
}

TEST(Apply, LetsNoGovernmentPayForTheWorkBeforeTheClubByCallingItAContribution) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {5000, 10000}), ClubShare(1)}, 100));
  ledger.MakePool("federal", 1'000);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.DeclareRequest("p", "c1", "federal", 2'000)), v1::WRONG_PROJECT_STATE);
  ledger.Contribute("p", "c1", "club", 1);
  ledger.Reverse("p", "rv", "contributions/c1");
  // Within its tolerance the bound would let 100 go; but no club has given anything.
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::AuthorizeProjectRequest>("p")), v1::NOT_RELEASABLE);
  EXPECT_EQ(ledger.Figure("role"), "club");
  ledger.Contribute("p", "c2", "club", 1'000);
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.DeclareRequest("p", "c3", "federal", 2'000)), v1::DUE_NOT_RECEIVED);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "1000");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Release("p", "f2", "federal", 2, 0);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.DeclareRequest("p", "c3", "federal", 2'000)), v1::DUE_NOT_RECEIVED);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "500");
  // What banks keep on the way is no reason to wait.
  ledger.Receive("p", "f2", 490);
  ledger.Declare("p", "c3", "federal", 2'000);
  ledger.Verify("p", "c3", 2'000);
  EXPECT_EQ(ledger.Party("p", "federal").over_match_minor_units(), 2'000);
  // Nor may what was declared in time be verified once the tranche has gone back.
  ledger.Declare("p", "c4", "federal", 5);
  ledger.Reverse("p", "rv2", "releases/f1");
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c4", 5)), v1::DUE_NOT_RECEIVED);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "500");
}

TEST(Apply, ConfirmsNoMoneyWithoutABankReceipt) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 600);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 600);
  verify.clear_documents();
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::DOCUMENT_MISSING);
  EXPECT_EQ(ledger.Figure("document_type"), "BANK_RECEIPT");
  *verify.add_documents() = Document(v1::PHOTOGRAPH);
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::DOCUMENT_MISSING);
  v1::EvidenceContributionRequest evidence;
  evidence.set_name("projects/p/contributions/c1");
  *evidence.mutable_evidence() = Document(v1::OTHER_DOCUMENT);
  ledger.Must(Org("club"), evidence);
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::DOCUMENT_MISSING);
  // What the declarer attached serves as well as what the verifier brings.
  *evidence.mutable_evidence() = Document(v1::BANK_RECEIPT);
  ledger.Must(Org("club"), evidence);
  verify.clear_documents();
  ledger.Must(Org("verifier"), verify);
  ledger.Contribute("p", "c2", "club", 400);
  EXPECT_EQ(ledger.Get<v1::Contribution>("projects/p/contributions/c2").evidence_size(), 1);
  ledger.Authorize("p");
  ledger.Release("p", "s1", "state", 1, 0);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "s1", 1'000);
  receive.clear_documents();
  EXPECT_EQ(ledger.Try(Org("verifier"), receive), v1::DOCUMENT_MISSING);
  ledger.Receive("p", "s1", 1'000);
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 3);
  interest.mutable_interest()->clear_evidence();
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::DOCUMENT_MISSING);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 3));
}

TEST(Apply, OverwritesNoDueThatALonePartyStates) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  create.mutable_project()->mutable_parties(0)->set_due_minor_units(1'999);
  create.mutable_project()->mutable_parties(1)->set_due_minor_units(1'000);
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::SHARES_DO_NOT_ADD_UP);
  EXPECT_EQ(ledger.violations().size(), 1u);
  EXPECT_EQ(ledger.Figure("sum_minor_units"), "1999");
  EXPECT_EQ(ledger.Figure("role_due_minor_units"), "1000");
  EXPECT_THAT(ledger.violations().front().description, testing::HasSubstr("a difference of"));
}

TEST(Apply, WaitsForNoDepositWhereTheRuleHasNoClub) {
  TestLedger ledger;
  ledger.Publish("r1",
                 MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), FunderShare("state", v1::STATE_GOVERNMENT, 1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"state", "state"}}));
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::EXECUTING);
}

TEST(Apply, LeadsAProjectOfClubsAloneFromDraftToClosedWithSpending) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({ClubShare(1)}, 0));
  v1::Project draft = ledger.MakeDraft("r1", 1'000, {{"club", "club"}, {"club", "club2"}});
  draft.mutable_parties(0)->set_due_minor_units(700);
  draft.mutable_parties(1)->set_due_minor_units(300);
  ledger.Agree("p", draft);
  EXPECT_EQ(ledger.Project("p").tranches_size(), 0);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::AuthorizeProjectRequest>("p")), v1::WRONG_PROJECT_STATE);
  ledger.Contribute("p", "c1", "club", 700);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1)), v1::WRONG_PROJECT_STATE);
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::EXECUTING);
  ledger.Contribute("p", "c2", "club2", 300);
  ledger.Spend("p", "e1", 1'000);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  ledger.Must(Org("office"), ProjectRequest<v1::CloseProjectRequest>("p"));
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::CLOSED);
  EXPECT_EQ(ledger.Party("p", "club").spent_minor_units(), 700);
}

TEST(Apply, WaitsForNoTrancheThatPaysNothing) {
  TestLedger ledger;
  // One centavo in halves: the club owes it, and the state's tranches pay nothing.
  ledger.Publish("r1", MakeRule({ClubShare(1), FunderShare("state", v1::STATE_GOVERNMENT, 1, false, {5000, 10000})}));
  ledger.Agree("p", ledger.MakeDraft("r1", 1, {{"club", "club"}, {"state", "state"}}));
  EXPECT_THAT(TranchesOf(ledger.Project("p")), ElementsAre(0, 0));
  ledger.Contribute("p", "c1", "club", 1);
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::EXECUTING);
}

TEST(Apply, ReleasesAWholeTrancheOrNothingWhereTheRuleSaysSo) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000});
  federal.set_release_mode(v1::ALL_OR_NOTHING);
  ledger.Publish("r1", MakeRule({federal, ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 499);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::AuthorizeProjectRequest>("p")), v1::NOT_RELEASABLE);
  EXPECT_THAT(Reasons(ledger.violations()), ElementsAre(v1::NOT_RELEASABLE, v1::RELEASE_ABOVE_BOUND));
  ledger.Contribute("p", "c2", "club", 1);
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, 499)), v1::RELEASE_ABOVE_TRANCHE);
  ledger.Pay("p", "f1", "federal", 1, 500);
}

TEST(Apply, OpensTheNextTrancheOnceTheReceiptsAreAccountedFor) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0);
  rule.set_accounted_bps(5'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 749);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0)), v1::TRANCHE_NOT_OPEN);
  EXPECT_EQ(ledger.Figure("receipts_minor_units"), "1500");
  ledger.Spend("p", "e2", 1);
  ledger.Pay("p", "f2", "federal", 2, 0);
}

TEST(Apply, SplitsACommitmentIntoTranchesThatAddUp) {
  TestLedger ledger;
  ledger.Publish("r1",
                 MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 50),
                           FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25, false, {3000, 7000, 10000}), ClubShare(25)}));
  ledger.Agree("a",
               ledger.MakeDraft("r1", 141'373'400, {{"federal", "federal"}, {"municipal", "municipality"}, {"club", "club"}}));
  EXPECT_THAT(TranchesOf(ledger.Project("a")), ElementsAre(70'686'700, 10'603'005, 14'137'340, 10'603'005));
  ledger.Publish("r2", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {3333, 6666, 10000}), ClubShare(1)}));
  ledger.Agree("b", ledger.MakeDraft("r2", 200'000'002, {{"federal", "federal"}, {"club", "club"}}));
  EXPECT_THAT(TranchesOf(ledger.Project("b")), ElementsAre(33'330'000, 33'330'000, 33'340'001));
}

TEST(Apply, DividesATotalByTheRuleInTheRulesOrder) {
  TestLedger ledger;
  ledger.Publish("zac", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 40),
                                  FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 35), ClubShare(25)}));
  ledger.Agree("zac",
               ledger.MakeDraft("zac", 1'292'618'987, {{"state", "state"}, {"municipal", "municipality"}, {"club", "club"}}));
  EXPECT_THAT(DuesOf(ledger.Project("zac")), ElementsAre(517'047'595, 452'416'645, 323'154'747));
  ledger.Publish("thirds", MakeRule({ClubShare(1), FunderShare("state", v1::STATE_GOVERNMENT, 1),
                                     FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1)}));
  ledger.Agree("cayo",
               ledger.MakeDraft("thirds", 41'979'100, {{"club", "club"}, {"state", "state"}, {"municipal", "municipality"}}));
  EXPECT_THAT(DuesOf(ledger.Project("cayo")), ElementsAre(13'993'034, 13'993'033, 13'993'033));
  ledger.Agree("fresnillo",
               ledger.MakeDraft("thirds", 199'376'800, {{"club", "club"}, {"state", "state"}, {"municipal", "municipality"}}));
  EXPECT_THAT(DuesOf(ledger.Project("fresnillo")), ElementsAre(66'458'934, 66'458'933, 66'458'933));
}

TEST(Apply, LetsSeveralClubsShareTheClubsPart) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::Project draft =
      ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}, {"club", "club2"}, {"club", "federation"}});
  draft.mutable_parties(1)->set_due_minor_units(500);
  draft.mutable_parties(2)->set_due_minor_units(300);
  draft.mutable_parties(3)->set_due_minor_units(200);
  ledger.Agree("p", draft);
  // A federation declares for its clubs, a club for itself.
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c1", "club", 500);
  ledger.Must(Org("federation"), declare);
  ledger.Verify("p", "c1", 500);
  ledger.Contribute("p", "c2", "club2", 350);
  EXPECT_EQ(ledger.Party("p", "club2").over_match_minor_units(), 50);
  ledger.Authorize("p");
  // The bound takes the clubs together.
  ledger.Pay("p", "f1", "federal", 1, 850);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 1, 1)), v1::RELEASE_ABOVE_BOUND);
}

// Agrees a project of four quarters of a million pesos and pays in what `paid` says, the club last.
void PayIn(TestLedger& ledger, const std::vector<int64_t>& paid) {
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 400'000'000, kQuarterParties));
  ledger.Contribute("p", "c1", "club", paid[3]);
  ledger.Authorize("p");
  const std::vector<std::string> funders = {"federal", "state", "municipality"};
  for (std::size_t i = 0; i < funders.size(); ++i) {
    if (paid[i] > 0) ledger.Pay("p", "r-" + funders[i], funders[i], 1, paid[i]);
  }
}

std::vector<int64_t> Refunded(const TestLedger& ledger, bool interest) {
  std::vector<int64_t> amounts;
  for (const v1::Project project = ledger.Project("p"); const v1::Party& party : project.parties()) {
    amounts.push_back(interest ? party.interest_paid_minor_units() : party.refunded_minor_units());
  }
  return amounts;
}

TEST(Apply, RefundsUnspentMoneyAndInterestOfACancelledProjectByCashPaidIn) {
  TestLedger ledger;
  PayIn(ledger, {25'000'000, 0, 25'000'000, 25'000'000});
  ledger.Spend("p", "e1", 43'721'953);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 104'337));
  ledger.Cancel("p");
  ledger.Refund("p");
  EXPECT_THAT(Refunded(ledger, false), ElementsAre(10'426'016, 0, 10'426'016, 10'426'015));
  EXPECT_THAT(Refunded(ledger, true), ElementsAre(34'779, 0, 34'779, 34'779));
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Balance("p", "funds:p:interest"), 0);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RefundRequest("p", "again", "state")), v1::NOTHING_TO_REFUND);
  // What was drawn by what each had left and what is refunded by what each paid in differ by single units.
  int64_t equalised = 0;
  for (const v1::Project project = ledger.Project("p"); const v1::Party& party : project.parties())
    equalised += party.equalised_minor_units();
  EXPECT_EQ(equalised, 0);
}

TEST(Apply, RefundsUnequalPayersByWhatEachPaidIn) {
  TestLedger ledger;
  PayIn(ledger, {100'000'000, 75'000'000, 61'250'000, 100'000'000});
  ledger.Spend("p", "e1", 199'999'999);
  ledger.Cancel("p");
  ledger.Refund("p");
  EXPECT_THAT(Refunded(ledger, false), ElementsAre(40'520'446, 30'390'335, 24'818'774, 40'520'446));
}

TEST(Apply, NeverRefundsMoreThanWasPaidInHoweverOften) {
  TestLedger ledger;
  PayIn(ledger, {125, 0, 11, 310});
  ledger.Spend("p", "e1", 148);
  ledger.Cancel("p");
  ledger.Refund("p");
  ledger.Reverse("p", "rv1", "expenditures/e1");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  for (const char* who : {"federal", "municipality", "club"}) {
    ledger.Must(Org("verifier"), ledger.RefundRequest("p", std::string("again-") + who, who));
  }
  EXPECT_THAT(Refunded(ledger, false), ElementsAre(125, 0, 11, 310));
}

TEST(Apply, GivesInterestOfMoneyThatNobodyPaidInToAllByTheirDues) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 400'000'000, kQuarterParties));
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 5));
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 5);
  EXPECT_EQ(ledger.Party("p", "federal").interest_minor_units() + ledger.Party("p", "state").interest_minor_units() +
                ledger.Party("p", "municipality").interest_minor_units() + ledger.Party("p", "club").interest_minor_units(),
            5);
  for (const char* who : {"federal", "state", "municipality", "club"}) {
    ledger.Must(Org("verifier"), ledger.RefundRequest("p", std::string("rf-") + who, who));
  }
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(Apply, RefundsASavingOnlyOnceAllHaveGivenTheirShares) {
  // A club that unlocked the match, took its money out again and let the match be paid all the same would have paid next to nothing.
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 20'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 10'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 5'000);
  ledger.Complete("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.Figure("party"), Org("federal"));
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 7'500);
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 7'500);
}

TEST(Apply, SetsADebtOffAgainstWhatTheDebtorWouldGetBack) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 500);
  ledger.Contribute("p", "c2", "club", 500);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 900);
  ledger.Reverse("p", "rv", "contributions/c1");
  ASSERT_EQ(ledger.Party("p", "club").receivable_minor_units(), 100);
  ASSERT_EQ(ledger.Party("p", "federal").left_minor_units() + ledger.Party("p", "club").left_minor_units(), 100);
  ledger.Cancel("p");
  // 200 would be unspent if the club repaid its 100: by cash, 600 of the club and 500 of the government, 109 and 91.
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 9);
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 91);
  // What it repays after all is its own.
  ledger.Repay("p", "rp", "club", 100);
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 109);
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 91);
}

TEST(Apply, NeitherSpendsNorRefundsWhatSomebodyUnknownCovers) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 1'500);
  ledger.Reverse("p", "rv1", "contributions/c1");  // The box held 500; 500 more went back, and nobody knows whose.
  ASSERT_EQ(ledger.Balance("p", "suspense:p"), -500);
  ledger.Reverse("p", "rv2", "expenditures/e1");
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e2", 1'001)), v1::INSUFFICIENT_FUNDS);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "1");
  ledger.Spend("p", "e3", 1'000);
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::BALANCE_NOT_ZERO);
  EXPECT_EQ(ledger.Figure("minor_units"), "500");
  ledger.Repay("p", "rp", "club", ledger.Party("p", "club").receivable_minor_units());
  ledger.Must(Org("office"), apportion);
}

TEST(Apply, GivesInterestToThoseWhoseMoneyEarnedItEvenIfAllOfItWasTakenBack) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 400'000'000, kQuarterParties));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 5));
  ledger.Reverse("p", "rv", "contributions/c1");
  ledger.Cancel("p");
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").interest_paid_minor_units(), 5);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(Apply, SaysWhatATransferLostAndHowItsPledgeMoved) {
  TestLedger ledger;
  // The rate is real and its pairing with a tax law of 2026 synthetic (AT11).
  ledger.SetTime(1'764'158'400'000'000);  // The 26th of November 2025.
  v1::RegisterOrganizationRequest renew;
  renew.set_name(Org("club"));
  renew.mutable_registration()->set_folio("TN-2025");
  renew.mutable_registration()->set_cause(v1::EXPIRY);
  renew.mutable_registration()->set_valid_from("2025-01-01");
  renew.mutable_registration()->set_valid_to("2026-12-31");
  ledger.Must(Org("consulate"), renew);
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 400'000'000, kQuarterParties));

  struct Row {
    std::string id;
    int64_t pledge_rate;
    std::string pledge_date;
    int64_t paid_rate;
    std::string paid_date;
    int64_t movement;
  };
  for (const Row& row : {Row{"a", 213'775, "2022-03-08", 166'895, "2023-07-28", -6'094'400},
                         Row{"b", 185'089, "2016-11-08", 210'511, "2016-11-11", 3'304'860}}) {
    v1::CreatePledgeRequest pledge;
    pledge.set_parent("projects/p");
    pledge.set_pledge_id("pl-" + row.id);
    pledge.mutable_pledge()->set_party(Org("club"));
    pledge.mutable_pledge()->mutable_amount()->set_currency_code("USD");
    pledge.mutable_pledge()->mutable_amount()->set_minor_units(1'300'000);
    pledge.mutable_pledge()->mutable_reference_rate()->set_units(row.pledge_rate);
    pledge.mutable_pledge()->mutable_reference_rate()->set_scale(4);
    pledge.mutable_pledge()->set_reference_date(row.pledge_date);
    ledger.Must(Org("club"), pledge);
    v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c-" + row.id, "club", 24'815'875);
    declare.mutable_contribution()->set_pledge("projects/p/pledges/pl-" + row.id);
    ledger.Must(Org("club"), declare);
    v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c-" + row.id, 24'815'875);
    verify.set_bank_value_date(row.paid_date);
    v1::Transfer& transfer = *verify.mutable_transfer();
    transfer.mutable_paid()->set_currency_code("USD");
    transfer.mutable_paid()->set_minor_units(1'400'000);
    transfer.mutable_reference_rate()->set_units(row.paid_rate);
    transfer.mutable_reference_rate()->set_scale(4);
    transfer.set_reference_series("BANXICO_FIX");
    transfer.set_reference_date(row.paid_date);
    ledger.Must(Org("verifier"), verify);
    EXPECT_EQ(ledger.Get<v1::Contribution>("projects/p/contributions/c-" + row.id).transfer().pledge_movement_minor_units(),
              row.movement);
  }

  ledger.Declare("p", "cash", "club", 24'815'875);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "cash", 24'815'875);
  verify.set_bank_value_date("2025-11-26");
  v1::Transfer& transfer = *verify.mutable_transfer();
  transfer.mutable_paid()->set_currency_code("USD");
  transfer.mutable_paid()->set_minor_units(1'400'000);
  transfer.mutable_tax()->set_currency_code("USD");
  transfer.mutable_tax()->set_minor_units(14'000);
  transfer.mutable_fee()->set_currency_code("USD");
  transfer.mutable_fee()->set_minor_units(3'500);
  transfer.mutable_provider_rate()->set_units(179'500);
  transfer.mutable_provider_rate()->set_scale(4);
  transfer.mutable_reference_rate()->set_units(184'308);
  transfer.mutable_reference_rate()->set_scale(4);
  transfer.set_reference_series("BANXICO_FIX");
  transfer.set_reference_date("2025-11-25");
  transfer.set_channel(v1::CASH_TRANSFER);
  ledger.Must(Org("verifier"), verify);
  const v1::Transfer booked = ledger.Get<v1::Contribution>("projects/p/contributions/cash").transfer();
  EXPECT_EQ(booked.net_minor_units(), 1'382'500);
  EXPECT_EQ(booked.spread_loss_minor_units(), 664'706);
  EXPECT_EQ(booked.total_loss_minor_units(), 987'245);
  EXPECT_EQ(booked.total_loss_bps(), 382);
  // The books take what the bank credited.
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 3 * 24'815'875);
}

TEST(Apply, NamesEveryViolationOfASubmissionAtOnce) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 60);
  federal.set_cap_minor_units(100);
  federal.set_cap_bps(5'000);
  v1::FunderRole club = ClubShare(10);
  club.set_floor_bps(2'000);
  v1::RuleVersion rule = MakeRule({federal, FunderShare("state", v1::STATE_GOVERNMENT, 30), club});
  rule.set_total_maximum_minor_units(999);
  ledger.Publish("r1", rule);
  v1::Project draft =
      ledger.MakeDraft("r1", 1'000, {{"club", "club2"}, {"federal", "municipality"}, {"federal", "federal"}, {"moon", "office"}});
  draft.set_fiscal_year(2013);
  draft.set_category(v1::PRODUCTIVE);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = draft;
  // Who does not fit into the rule is named when the draft is made.
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::ROLE_MISMATCH);
  EXPECT_THAT(Reasons(ledger.violations()), ElementsAre(v1::ROLE_MISMATCH,    // A municipality in the federal role.
                                                        v1::ROLE_MISMATCH));  // No role `moon`.
  draft = ledger.MakeDraft("r1", 1'000, {{"club", "club2"}, {"federal", "federal"}});
  draft.set_fiscal_year(2013);
  draft.set_category(v1::PRODUCTIVE);
  draft.mutable_parties(1)->set_due_minor_units(599);
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
  ledger.PassDays(200);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p")), v1::RULE_NOT_IN_FORCE);
  EXPECT_THAT(Reasons(ledger.violations()), ElementsAre(v1::RULE_NOT_IN_FORCE, v1::CATEGORY_NOT_ALLOWED,
                                                        v1::SHARES_DO_NOT_ADD_UP,  // 599 is not 600.
                                                        v1::OVER_CAP, v1::OVER_CAP,
                                                        v1::ROLE_MISMATCH,  // Nobody fills the state's role.
                                                        v1::BELOW_FLOOR,
                                                        v1::TOTAL_ABOVE_MAXIMUM,
                                                        v1::ROLE_MISMATCH,  // The project's club is no party.
                                                        v1::REGISTRATION_INVALID, v1::REGISTRATION_INVALID));
  draft.set_category(v1::INFRASTRUCTURE);
  v1::UpdateProjectRequest update = ProjectRequest<v1::UpdateProjectRequest>("p");
  update.set_etag(ledger.Project("p").etag());
  *update.mutable_project() = draft;
  ledger.Must(Org("club"), update);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p")), v1::RULE_NOT_IN_FORCE);
  EXPECT_EQ(ledger.violations().back().reason, v1::DOCUMENT_MISSING);
}

TEST(Apply, OrdersThePartiesOfADraftByTheRuleWhateverTheirOrder) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1),
                                 FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1)}));
  v1::Project draft = ledger.MakeDraft(
      "r1", 10, {{"municipal", "municipality"}, {"club", "club2"}, {"club", "club"}, {"state", "state"}});
  draft.mutable_parties(1)->set_due_minor_units(2);
  draft.mutable_parties(2)->set_due_minor_units(1);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
  auto parties = [&] {
    std::vector<std::string> names;
    for (const v1::Project project = ledger.Project("p"); const v1::Party& party : project.parties())
      names.push_back(party.organization());
    return names;
  };
  EXPECT_THAT(parties(), ElementsAre(Org("state"), Org("club2"), Org("club"), Org("municipality")));
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);

  // A new draft is put into the order of the rule that it names.
  ledger.Publish("r2", MakeRule({FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1),
                                 FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}));
  draft.set_rule_version("programs/mx/versions/r2");
  v1::UpdateProjectRequest update = ProjectRequest<v1::UpdateProjectRequest>("p");
  update.set_etag(ledger.Project("p").etag());
  *update.mutable_project() = draft;
  ledger.Must(Org("club"), update);
  EXPECT_THAT(parties(), ElementsAre(Org("municipality"), Org("state"), Org("club2"), Org("club")));
  ledger.Must(Org("club"), submit);
  // The centavo that is over goes to the rule's first.
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(4, 3, 2, 1));
}

TEST(Apply, KeepsPledgesThroughANewDraft) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 4'000, kQuarterParties);
  ledger.Must(Org("club"), create);
  for (const char* who : {"club", "municipality"}) {
    v1::CreatePledgeRequest pledge;
    pledge.set_parent("projects/p");
    pledge.set_pledge_id(std::string("pl-") + who);
    pledge.mutable_pledge()->set_party(Org(who));
    *pledge.mutable_pledge()->mutable_amount() = Mxn(700);
    ledger.Must(Org(who), pledge);
  }
  v1::UpdateProjectRequest update = ProjectRequest<v1::UpdateProjectRequest>("p");
  update.set_etag(ledger.Project("p").etag());
  *update.mutable_project() = ledger.MakeDraft("r1", 8'000, {{"federal", "federal"}, {"club", "club"}});
  EXPECT_EQ(ledger.Try(Org("club"), update), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.violations().front().subject, Org("municipality"));
  *update.mutable_project() = ledger.MakeDraft("r1", 8'000, {{"municipal", "municipality"}, {"club", "club"}});
  ledger.Must(Org("club"), update);
  EXPECT_EQ(ledger.Party("p", "club").pledged_minor_units(), 700);
  EXPECT_EQ(ledger.Party("p", "municipality").pledged_minor_units(), 700);
}

TEST(Apply, CommitsNoPoolWhereNothingIsDue) {
  TestLedger ledger;
  // One centavo in quarters: the first role owes it all, the pooled others owe nothing and need no pool.
  ledger.Publish("r1", MakeRule({ClubShare(25), FunderShare("federal", v1::FEDERAL_GOVERNMENT, 25, true),
                                 FunderShare("state", v1::STATE_GOVERNMENT, 25, true)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 1, {{"club", "club"}, {"federal", "federal"}, {"state", "state"}}));
  EXPECT_EQ(ledger.records().count("programs/mx/pools/federal-2014"), 0u);
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::AGREED);
}

TEST(Apply, HoldsTheLargestAmountAndNotOneMore) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true), ClubShare(1)}, 0));
  ledger.MakePool("federal", kAmountMinorUnitsMax - 1);
  v1::IncreasePoolBudgetRequest increase;
  increase.set_name("programs/mx/pools/federal-2014");
  *increase.mutable_increase() = Mxn(2);
  EXPECT_EQ(ledger.Try(Org("office"), increase), v1::AMOUNT_OUT_OF_RANGE);
  *increase.mutable_increase() = Mxn(1);
  ledger.Must(Org("office"), increase);
  ledger.Agree("p", ledger.MakeDraft("r1", kAmountMinorUnitsMax, {{"federal", "federal"}, {"club", "club"}}));
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(kAmountMinorUnitsMax / 2, kAmountMinorUnitsMax / 2));
  ledger.Contribute("p", "c1", "club", kAmountMinorUnitsMax);
  EXPECT_EQ(ledger.Party("p", "club").over_match_minor_units(), kAmountMinorUnitsMax / 2);
  ledger.Declare("p", "c2", "club", 1);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 1)), v1::AMOUNT_OUT_OF_RANGE);
  // Declared beside what is open already.
  ledger.Declare("p", "c3", "club", kAmountMinorUnitsMax - 1);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c4", "club", 1)), v1::AMOUNT_OUT_OF_RANGE);
  ledger.Authorize("p");
  // The box is full: the release may go out, but cannot arrive.
  ledger.Release("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Party("p", "federal").released_minor_units(), kAmountMinorUnitsMax / 2);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReceiveRequest("p", "f1", kAmountMinorUnitsMax / 2)), v1::AMOUNT_OUT_OF_RANGE);
}

TEST(Apply, RefusesNumbersAtTheEdgesOfInt64WithoutOverflow) {
  TestLedger ledger;
  ledger.Publish("r1",
                 MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, kWeightMax), ClubShare(1)}, kToleranceMinorUnitsMax));
  ledger.Agree("p", ledger.MakeDraft("r1", kAmountMinorUnitsMax, {{"federal", "federal"}, {"club", "club"}}));
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c1", "club", kMax)), v1::INVALID_FIELD);
  ledger.Contribute("p", "c1", "club", 1);
  ledger.Authorize("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, kMax)), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, kAmountMinorUnitsMax)),
            v1::RELEASE_ABOVE_TRANCHE);
  ledger.Pay("p", "f1", "federal", 1, 1);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", kMax)), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", kAmountMinorUnitsMax)), v1::INSUFFICIENT_FUNDS);
}

TEST(Apply, LeavesACompactRefusedEntryThatDoesNotBurnTheRequestId) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, kQuarterParties));
  Command command = MakeCommand(Org("contractor"), ledger.SpendRequest("p", "e1", 5));
  command.request_id = "6f1b0a64-0f0e-4c0e-9d0a-3e9a8f6f0001";
  // What the caller names beside the project must not say where the refusal is filed.
  command.prefetch = {"projects/a", "projects/p"};
  const Outcome outcome = ledger.Apply(command);
  ASSERT_TRUE(outcome.refusal.has_value());
  ASSERT_TRUE(outcome.refused.has_value());
  const v1::Entry& entry = *outcome.refused;
  EXPECT_EQ(entry.refused().method(), "RecordExpenditure");
  EXPECT_EQ(entry.refused().reason(), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(entry.project(), "projects/p");
  EXPECT_EQ(entry.organization(), Org("contractor"));
  EXPECT_EQ(entry.request_id(), "");
  EXPECT_EQ(entry.club(), "");
}

TEST(Apply, FilesARefusalUnderTheProjectThatExistsAndTellsTheClubWhoseNameWasUsed) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, kQuarterParties));
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c1", "club", 10);
  declare.mutable_contribution()->set_reallocation("projects/a-person/reallocations/m1");
  const Outcome outcome = ledger.Apply(MakeCommand(Org("municipality"), declare));
  ASSERT_TRUE(outcome.refused.has_value());
  EXPECT_EQ(outcome.refused->refused().reason(), v1::NOT_OWN_CLUB);
  EXPECT_EQ(outcome.refused->project(), "projects/p");
  EXPECT_EQ(outcome.refused->club(), Org("club"));
  EXPECT_EQ(outcome.refused->effective_date(), ledger.journal().back().effective_date()) << "the programme's day, as of all entries";
  EXPECT_THAT(SubjectsOf(*outcome.refused), testing::UnorderedElementsAre("projects/p", Org("municipality"), Org("club")));
}

TEST(Apply, FilesWhatAnAuditorTriesUnderTheProjectThatIsThere) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, kQuarterParties));
  EXPECT_EQ(ledger.Apply(MakeCommand(Org("auditor"), ProjectRequest<v1::CloseProjectRequest>("p"))).refused->project(), "projects/p");
  EXPECT_EQ(ledger.Apply(MakeCommand(Org("auditor"), ProjectRequest<v1::CloseProjectRequest>("a-person"))).refused->project(), "");
}

TEST(Apply, RecordsRefusalsOfRulesAndRightsOnly) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, kQuarterParties));
  EXPECT_FALSE(ledger.Apply(MakeCommand(Org("nobody"), ledger.InterestRequest("p", 1))).refused.has_value());
  EXPECT_FALSE(ledger.Apply(MakeCommand(Org("club"), ledger.InterestRequest("q", 1))).refused.has_value());
  EXPECT_TRUE(ledger.Apply(MakeCommand(Org("club"), ledger.InterestRequest("p", 1))).refused.has_value());
  EXPECT_TRUE(ledger.Apply(MakeCommand(Org("office"), ProjectRequest<v1::CloseProjectRequest>("p"))).refused.has_value());
}

TEST(Apply, StampsEveryEntryWithWhoWhenAndUnderWhichRule) {
  TestLedger ledger;
  ledger.Publish("r1", Quarters());
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, kQuarterParties));
  ledger.Declare("p", "c1", "club", 100);
  const v1::Entry& entry = ledger.journal().back();
  EXPECT_EQ(entry.sequence(), static_cast<int64_t>(ledger.journal().size()) - 1);
  EXPECT_EQ(entry.organization(), Org("club"));
  EXPECT_EQ(entry.principal(), FakePrincipal(Org("club")));
  EXPECT_EQ(entry.effective_date(), "2014-09-10");
  EXPECT_EQ(entry.rule_version(), "programs/mx/versions/r1");
  EXPECT_EQ(entry.algorithm_version(), kAlgorithmVersion);
  EXPECT_EQ(entry.currency_code(), "MXN");
  // In the night of the programme's time it is still the day before.
  ledger.SetTime(1'410'408'000'000'000);  // 2014-09-11, 04:00 UTC.
  ledger.Declare("p", "c2", "club", 100);
  EXPECT_EQ(ledger.journal().back().effective_date(), "2014-09-10");
  EXPECT_EQ(ERROR_REASON_UNSPECIFIED, 0);
}

}  // namespace
}  // namespace oriundo
