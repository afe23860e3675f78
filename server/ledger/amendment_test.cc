// How an agreement is amended, conditions of tranches are let go, and a payer's refund pays what it owes elsewhere.
#include <numeric>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/fold.h"
#include "server/ledger/test_deeds.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;
using v1::Amendment;
using v1::Project;

constexpr char kP[] = "projects/p";
constexpr char kNewAccount[] = "998877665544332211";

v1::RuleVersion Thirds(bool pooled = false) {
  return MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, pooled, {3000, 7000, 10000}),
                   FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
}

// A project of 3,000 pesos in thirds, agreed; `federal` pays in three steps.
TestLedger Agreed(const v1::RuleVersion& rule = Thirds()) {
  TestLedger ledger;
  if (rule.roles(0).pooled()) ledger.MakePool("federal", 150'000);
  ledger.Publish("r1", rule);
  v1::Project draft = ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}});
  draft.set_planned_quantity_milli(1'000'000);
  ledger.Agree("p", draft);
  return ledger;
}

Amendment Get(const TestLedger& ledger, const std::string& id) {
  return ledger.Get<Amendment>(std::string(kP) + "/amendments/" + id);
}

// Everybody who must signs; the last one's outcome is the amendment's.
void SignByAll(TestLedger& ledger, const std::string& id, const std::string& account = {}) {
  const Amendment amendment = Get(ledger, id);
  for (const std::string& signer : amendment.signers()) {
    ledger.Must(signer, SignAmendmentRequest(id, account));
  }
}

void Amend(TestLedger& ledger, const std::string& id, const v1::AmendmentTerms& terms) {
  ledger.Must(Org("office"), AmendRequest(id, terms));
  SignByAll(ledger, id, terms.account().number());
  EXPECT_EQ(Get(ledger, id).state(), Amendment::IN_FORCE);
}

v1::AmendmentTerms Total(int64_t total) {
  v1::AmendmentTerms terms;
  terms.set_total_minor_units(total);
  return terms;
}

v1::AmendmentTerms NewAccount() {
  v1::AmendmentTerms terms;
  terms.mutable_account()->set_number(kNewAccount);
  return terms;
}

std::vector<int64_t> DuesOf(const Project& project) {
  std::vector<int64_t> dues;
  for (const v1::Party& party : project.parties()) dues.push_back(party.due_minor_units());
  return dues;
}

std::vector<int64_t> TranchesOf(const Project& project, std::string_view organization) {
  std::vector<int64_t> amounts;
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.party() == Org(organization)) amounts.push_back(tranche.amount_minor_units());
  }
  return amounts;
}

TEST(Amendment, TakesEffectWithTheLastSignatureAndNotBefore) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("club"), AmendRequest("a1", Total(360'000)));
  EXPECT_THAT(Get(ledger, "a1").signers(), ElementsAre(Org("federal"), Org("state"), Org("club"), Org("contractor")));
  for (const char* who : {"club", "state", "contractor"}) ledger.Must(Org(who), SignAmendmentRequest("a1"));
  EXPECT_EQ(ledger.Project("p").total_minor_units(), 300'000);
  EXPECT_EQ(ledger.Try(Org("state"), SignAmendmentRequest("a1")), v1::ALREADY_SIGNED);
  EXPECT_EQ(ledger.Try(Org("municipality"), SignAmendmentRequest("a1")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("federal"), SignAmendmentRequest("a1"));
  const Project project = ledger.Project("p");
  EXPECT_EQ(project.total_minor_units(), 360'000);
  EXPECT_THAT(DuesOf(project), ElementsAre(120'000, 120'000, 120'000));
  EXPECT_THAT(TranchesOf(project, "federal"), ElementsAre(36'000, 48'000, 36'000));
  EXPECT_EQ(ledger.Party("p", "federal").committed_minor_units(), 120'000);
  EXPECT_THAT(project.amendments(), ElementsAre(std::string(kP) + "/amendments/a1"));
  EXPECT_THAT(project.deadlines(), IsEmpty());
  EXPECT_EQ(Get(ledger, "a1").state(), Amendment::IN_FORCE);
  // Every party's feed shows it.
  EXPECT_THAT(SubjectsOf(ledger.journal().back()),
              IsSupersetOf({std::string(kP), Org("federal"), Org("state"), Org("club"), Org("contractor")}));
}

TEST(Amendment, LetsReleasedStepsStandAndSpreadsTheRestOverThoseStillClosed) {
  TestLedger ledger = Agreed();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  Amend(ledger, "a1", Total(450'000));
  EXPECT_THAT(TranchesOf(ledger.Project("p"), "federal"), ElementsAre(30'000, 68'571, 51'429));
  // Down again, as far as what is released lets it.
  v1::AmendmentTerms low = Total(60'000);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", low)), v1::AMENDMENT_BELOW_GIVEN);
  EXPECT_THAT(ledger.violations(), SizeIs(2));  // The federation has released 300 and the club given 1,000.
  EXPECT_EQ(ledger.Figure("given_minor_units"), "30000");
  Amend(ledger, "a2", Total(300'000));
  EXPECT_THAT(TranchesOf(ledger.Project("p"), "federal"), ElementsAre(30'000, 40'000, 30'000));
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Pay("p", "f3", "federal", 3, 0);
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 300'000);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Amendment, ReservesAndFreesThePoolOnlyWhenAllHaveSigned) {
  TestLedger ledger = Agreed(Thirds(/*pooled=*/true));
  const std::string pool = "programs/mx/pools/federal-2014";
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", Total(460'000))), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "3334");
  ledger.Must(Org("office"), AmendRequest("a1", Total(450'000)));
  EXPECT_EQ(ledger.Get<v1::Pool>(pool).free_minor_units(), 50'000);
  SignByAll(ledger, "a1");
  EXPECT_EQ(ledger.Get<v1::Pool>(pool).free_minor_units(), 0);
  Amend(ledger, "a2", Total(240'000));
  EXPECT_EQ(ledger.Get<v1::Pool>(pool).free_minor_units(), 70'000);
  // What was free when it was proposed may be gone when the last one signs.
  ledger.Must(Org("office"), AmendRequest("a3", Total(390'000)));
  v1::ReducePoolBudgetRequest reduce;
  reduce.set_name(pool);
  *reduce.mutable_reduction() = Mxn(60'000);
  ledger.Must(Org("federal"), reduce);
  for (const char* who : {"federal", "state", "club"}) ledger.Must(Org(who), SignAmendmentRequest("a3"));
  EXPECT_EQ(ledger.Try(Org("contractor"), SignAmendmentRequest("a3")), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Project("p").total_minor_units(), 240'000);
}

TEST(Amendment, MovesADueInsideARoleAndNotOutOfIt) {
  TestLedger ledger;
  ledger.Publish("r1", Thirds());
  v1::Project draft =
      ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}, {"club", "club2"}});
  draft.mutable_parties(2)->set_due_minor_units(60'000);
  draft.mutable_parties(3)->set_due_minor_units(40'000);
  ledger.Agree("p", draft);
  const auto dues = [](int64_t club, int64_t club2) {
    v1::AmendmentTerms terms;
    terms.add_dues()->set_organization(Org("club"));
    terms.mutable_dues(0)->set_due_minor_units(club);
    terms.add_dues()->set_organization(Org("club2"));
    terms.mutable_dues(1)->set_due_minor_units(club2);
    return terms;
  };
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", dues(70'000, 40'000))), v1::SHARES_DO_NOT_ADD_UP);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", dues(60'000, 40'000))), v1::AMENDMENT_CHANGES_NOTHING);
  ledger.Contribute("p", "c1", "club2", 55'000);
  EXPECT_EQ(ledger.Party("p", "club2").over_match_minor_units(), 15'000);
  Amend(ledger, "a1", dues(50'000, 50'000));
  // Its voluntary excess has become its due.
  EXPECT_EQ(ledger.Party("p", "club2").over_match_minor_units(), 5'000);
  EXPECT_EQ(ledger.Balance("p", chart::OverMatch(kP, Org("club2"))), -5'000);
  EXPECT_EQ(ledger.Balance("p", chart::Funds(kP, Org("club2"))), -50'000);
  // Executors have no say in who of the clubs pays what.
  EXPECT_THAT(Get(ledger, "a1").signers(), Not(Contains(Org("contractor"))));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", dues(60'000, 40'000))), v1::AMENDMENT_BELOW_GIVEN);
}

TEST(Amendment, KeepsToTheRulesCapsAndTotals) {
  v1::RuleVersion rule = Thirds();
  rule.mutable_roles(0)->set_cap_minor_units(110'000);
  rule.set_total_minimum_minor_units(200'000);
  rule.set_total_maximum_minor_units(500'000);
  TestLedger ledger = Agreed(rule);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", Total(333'000))), v1::OVER_CAP);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", Total(150'000))), v1::TOTAL_BELOW_MINIMUM);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", Total(600'000))), v1::OVER_CAP);
  Amend(ledger, "a1", Total(330'000));
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(110'000, 110'000, 110'000));
}

TEST(Amendment, LetsASuccessorClubTakeOverWhatTheOldOneHasNotPaid) {
  v1::RuleVersion rule = Thirds();
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(v1::CumulativeCap::CLUB_YEAR);
  cap.set_projects_max(1);
  TestLedger ledger = Agreed(rule);
  ledger.Contribute("p", "c1", "club", 30'000);
  ledger.Must(Org("club"), AmendRequest("a1", Replace("club", "club2")));
  EXPECT_THAT(Get(ledger, "a1").signers(), ElementsAre(Org("federal"), Org("state"), Org("club"), Org("club2")));
  SignByAll(ledger, "a1");
  const Project project = ledger.Project("p");
  EXPECT_EQ(project.club(), Org("club2"));
  EXPECT_THAT(DuesOf(project), ElementsAre(100'000, 100'000, 30'000, 70'000));
  EXPECT_EQ(ledger.Party("p", "club").replaced_by(), Org("club2"));
  EXPECT_EQ(ledger.Party("p", "club").paid_in_minor_units(), 30'000);
  EXPECT_EQ(ledger.Party("p", "club2").replaces(), Org("club"));
  EXPECT_TRUE(ledger.Party("p", "club2").has_signature_sequence());
  // It is the new club's project of the year now.
  EXPECT_THAT(project.tallies(), ElementsAre("programs/mx/tallies/club-club2-2014"));
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014").project_count(), 0);
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club2-2014").project_count(), 1);
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club2-2014").matched_minor_units(), 200'000);
  // Who left gives nothing more, and signs nothing more.
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c2", "club", 1)), v1::PARTY_REPLACED);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", Replace("club", "club2"))), v1::PARTY_REPLACED);
  EXPECT_EQ(ledger.Try(Org("club"), AmendRequest("a2", Total(310'000))), v1::ACTOR_NOT_ALLOWED);
  ledger.Contribute("p", "c2", "club2", 70'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Pay("p", "f3", "federal", 3, 0);
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 290'000);
  ledger.Complete("p");
  // Each has back of the saving by what it paid in.
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 1'000);
  EXPECT_EQ(ledger.Party("p", "club2").refunded_minor_units(), 2'333);
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club2-2014").matched_minor_units(), 200'000);
}

v1::DeclareInKindRequest LabourRequest(const std::string& id, const std::string& club, int64_t worth) {
  v1::DeclareInKindRequest declare;
  declare.set_parent(kP);
  declare.set_in_kind_id(id);
  v1::InKind& labour = *declare.mutable_in_kind();
  labour.set_party(Org(club));
  labour.set_item(v1::IN_KIND_LABOUR);
  labour.set_unit(v1::IN_KIND_DAY);
  labour.set_quantity_milli(1'000);
  *labour.mutable_unit_value() = Mxn(worth);
  *labour.add_evidence() = Document(v1::PHOTOGRAPH);
  return declare;
}

// Labour of this worth, declared by the club and appraised.
void GiveInKind(TestLedger& ledger, const std::string& id, const std::string& club, int64_t worth) {
  ledger.Must(Org(club), LabourRequest(id, club, worth));
  v1::AppraiseInKindRequest appraise;
  appraise.set_name(std::string(kP) + "/in-kinds/" + id);
  appraise.set_quantity_milli(1'000);
  *appraise.mutable_unit_value() = Mxn(worth);
  appraise.set_appraisal_date("2014-09-10");
  *appraise.add_documents() = Document(v1::OTHER_DOCUMENT);
  ledger.Must(Org("verifier"), appraise);
}

TEST(Amendment, KeepsWhatAReplacedClubGaveInKindForWhatItCovered) {
  v1::RuleVersion rule = Thirds();
  rule.set_in_kind_allowed(true);
  rule.mutable_roles(2)->set_in_kind_cap_bps(5'000);
  TestLedger ledger = Agreed(rule);
  ledger.Contribute("p", "c1", "club", 20'000);
  GiveInKind(ledger, "g1", "club", 30'000);
  GiveInKind(ledger, "g2", "club", 25'000);
  EXPECT_EQ(ledger.Party("p", "club").in_kind_counted_minor_units(), 50'000);
  // Nothing is left undecided when it goes.
  ledger.Must(Org("club"), LabourRequest("g3", "club", 1));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "club2"))), v1::BALANCE_NOT_ZERO);
  v1::WithdrawInKindRequest withdraw;
  withdraw.set_name(std::string(kP) + "/in-kinds/g3");
  withdraw.mutable_reason()->set_text("it goes");
  ledger.Must(Org("club"), withdraw);
  Amend(ledger, "a1", Replace("club", "club2"));
  // 20,000 in money and 50,000 in kind: that is what it owed in the end, and all of it counts.
  v1::Party left = ledger.Party("p", "club");
  EXPECT_EQ(left.due_minor_units(), 70'000);
  EXPECT_EQ(left.in_kind_counted_minor_units(), 50'000);
  EXPECT_EQ(left.in_kind_minor_units(), 55'000);
  EXPECT_EQ(ledger.Party("p", "club2").due_minor_units(), 30'000);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club:in-kind"), -50'000);
  EXPECT_EQ(ledger.Try(Org("club"), LabourRequest("g4", "club", 1)), v1::PARTY_REPLACED);
  // Half of what the place owes may be given in kind, and that half is given.
  GiveInKind(ledger, "h1", "club2", 10'000);
  EXPECT_EQ(ledger.Party("p", "club2").in_kind_counted_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club2").in_kind_minor_units(), 10'000);
  // What turns out not to have been given counts for the one no more, and leaves room for the other.
  ledger.Reverse("p", "rv", "in-kinds/g1");
  left = ledger.Party("p", "club");
  EXPECT_EQ(left.in_kind_minor_units(), 25'000);
  EXPECT_EQ(left.in_kind_counted_minor_units(), 25'000);
  EXPECT_EQ(ledger.Party("p", "club2").in_kind_counted_minor_units(), 10'000);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club2:in-kind"), -10'000);
  EXPECT_EQ(ledger.Balance("p", "funds:p:club2:in-kind-over-match"), 0);
}

TEST(Amendment, LetsAnotherFunderTakeOverTheTranchesThatAreNotReleased) {
  TestLedger ledger = Agreed(Thirds(/*pooled=*/true));
  CreateOrganization(ledger, "federal2", v1::FEDERAL_GOVERNMENT);
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 0);
  // Two would answer for what is on its way.
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("federal", "federal2"))), v1::BALANCE_NOT_ZERO);
  ledger.Receive("p", "f1", 29'990);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("federal", "federal2"))), v1::POOL_EXCEEDED);
  ledger.MakePool("federal2", 100'000);
  Amend(ledger, "a1", Replace("federal", "federal2"));
  const Project project = ledger.Project("p");
  EXPECT_THAT(DuesOf(project), ElementsAre(29'990, 100'000, 100'000, 70'010));
  EXPECT_THAT(TranchesOf(project, "federal"), ElementsAre(29'990, 0, 0));
  EXPECT_THAT(TranchesOf(project, "federal2"), ElementsAre(10, 40'000, 30'000));
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").committed_minor_units(), 0);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal2-2014").committed_minor_units(), 70'010);
  EXPECT_EQ(ledger.Party("p", "federal2").committed_minor_units(), 70'010);
  EXPECT_EQ(ledger.Try(Org("federal2"), ledger.ProposeRequest("p", "g2", "federal2", 2, 0)), v1::TRANCHE_NOT_OPEN);
  for (int ordinal = 1; ordinal <= 3; ++ordinal) ledger.Pay("p", "g" + std::to_string(ordinal), "federal2", ordinal, 0);
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 300'000);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Amendment, AsksARevokedClubForNoSignature) {
  TestLedger ledger = Agreed();
  v1::RevokeRegistrationRequest revoke;
  revoke.set_name(Org("club"));
  revoke.mutable_reason()->set_text("invented members");
  ledger.Must(Org("consulate"), revoke);
  ledger.Must(Org("office"), AmendRequest("a1", Replace("club", "club2")));
  EXPECT_THAT(Get(ledger, "a1").signers(), ElementsAre(Org("federal"), Org("state"), Org("club2")));
  SignByAll(ledger, "a1");
  ledger.Contribute("p", "c1", "club2", 100'000);
}

TEST(Amendment, RefusesASuccessorThatMayNotTakeThePlace) {
  TestLedger ledger = Agreed();
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "nobody"))), v1::ORGANIZATION_NOT_FOUND);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "municipality"))), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "federal"))), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("municipality", "club2"))), v1::PARTY_NOT_FOUND);
  // Who only joins by this amendment is no party yet that it could replace.
  CreateOrganization(ledger, "state2", v1::STATE_GOVERNMENT);
  CreateOrganization(ledger, "state3", v1::STATE_GOVERNMENT);
  v1::AmendmentTerms chain = Replace("state", "state2");
  chain.MergeFrom(Replace("state2", "state3"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", chain)), v1::PARTY_NOT_FOUND);
  // The project's own club is replaced by a club; a federation would do for another funder of the club's side.
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "federation"))), v1::ROLE_MISMATCH);
  CreateOrganization(ledger, "club3", v1::CLUB);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "club3"))), v1::REGISTRATION_INVALID);
  ledger.Declare("p", "c1", "club", 5'000);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "club2"))), v1::BALANCE_NOT_ZERO);
  // Two of its money were taken back after they were spent.
  ledger.Verify("p", "c1", 5'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 10'000);
  ledger.Reverse("p", "r1", "contributions/c1");
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "club2"))), v1::RECEIVABLE_OPEN);
}

// The executor that leaves is not asked, and hears of it all the same; so does the one that comes.
TEST(Amendment, StandsInTheFeedsOfTheExecutorsThatLeaveAndCome) {
  TestLedger ledger = Agreed();
  CreateOrganization(ledger, "builder", v1::EXECUTOR);
  CreateOrganization(ledger, "state2", v1::STATE_GOVERNMENT);
  v1::AmendmentTerms terms;
  terms.set_executor(Org("builder"));
  const auto both = IsSupersetOf({Org("contractor"), Org("builder")});
  ledger.Must(Org("office"), AmendRequest("a1", terms));
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), both);
  v1::WithdrawAmendmentRequest withdraw;
  withdraw.set_name(std::string(kP) + "/amendments/a1");
  withdraw.mutable_reason()->set_text("not so");
  ledger.Must(Org("office"), withdraw);
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), both);
  ledger.Must(Org("office"), AmendRequest("a2", terms));
  SignByAll(ledger, "a2");
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), both);
  // And a party that is replaced without being asked.
  ledger.Must(Org("office"), AmendRequest("a3", Replace("state", "state2")));
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), IsSupersetOf({Org("state"), Org("state2")}));
  SignByAll(ledger, "a3");
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), IsSupersetOf({Org("state"), Org("state2")}));
}

TEST(Amendment, TellsSinceWhenWhoJoinedOwes) {
  TestLedger ledger = Agreed();
  ledger.PassDays(30);
  Amend(ledger, "a1", Replace("club", "club2"));
  EXPECT_EQ(ledger.Party("p", "club2").joined_date(), "2014-10-10");
  EXPECT_EQ(ledger.Party("p", "club").joined_date(), "");
}

// A club that joins a project of another keeps the project counted for both; once they are merged it counts once, and once where
// one leaves.
TEST(Amendment, CountsAProjectInSeveralTalliesAsLongAsItHasSeveralClubs) {
  v1::RuleVersion rule = Thirds();
  rule.add_cumulative_caps()->set_scope(v1::CumulativeCap::CLUB_YEAR);
  rule.mutable_cumulative_caps(0)->set_projects_max(5);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  Project draft = ledger.MakeDraft(
      "r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}, {"club", "federation"}});
  draft.mutable_parties(2)->set_due_minor_units(60'000);
  draft.mutable_parties(3)->set_due_minor_units(40'000);
  ledger.Agree("p", draft);
  const auto shared = [&](const std::string& club) {
    return ledger.Get<v1::Tally>("programs/mx/tallies/club-" + club + "-2014").shared_projects();
  };
  EXPECT_THAT(shared("club"), IsEmpty());
  Amend(ledger, "a1", Replace("federation", "club2"));
  for (const char* club : {"club", "club2"}) {
    ASSERT_THAT(shared(club), SizeIs(1)) << club;
    EXPECT_EQ(shared(club)[0].matched_minor_units(), 200'000);
  }
  v1::AmendmentTerms more = Total(330'000);
  for (const auto& [club, due] : {std::pair{"club", 66'000}, std::pair{"club2", 44'000}}) {
    more.add_dues()->set_organization(Org(club));
    more.mutable_dues(more.dues_size() - 1)->set_due_minor_units(due);
  }
  Amend(ledger, "a2", more);
  EXPECT_EQ(shared("club")[0].matched_minor_units(), 220'000);
  EXPECT_EQ(shared("club2")[0].matched_minor_units(), 220'000);
  CreateOrganization(ledger, "federation2", v1::FEDERATION, /*registered=*/true);
  Amend(ledger, "a3", Replace("club2", "federation2"));
  EXPECT_THAT(shared("club"), IsEmpty());
  EXPECT_THAT(shared("club2"), IsEmpty());
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014").matched_minor_units(), 220'000);
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club2-2014").project_count(), 0);
}

// Domain notes 1.3: the handover is signed by the executor, the club or a mirror club, and the community.
TEST(Handover, TakesTheCommunitysOwnSignatureWhereTheRuleAsksForIt) {
  v1::RuleVersion rule = Thirds();
  rule.set_community_signature_required(true);
  TestLedger ledger = Agreed(rule);
  CreateOrganization(ledger, "vecinos", v1::COMMITTEE);
  CreateOrganization(ledger, "espejo", v1::MIRROR_CLUB);
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  for (const int step : {1, 2, 3}) ledger.Pay("p", "f" + std::to_string(step), "federal", step, 0);
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Complete("p");
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  for (const char* who : {"contractor", "club"}) {
    EXPECT_EQ(ledger.Try(Org(who), sign), v1::COMMITTEE_MISSING) << who;
    EXPECT_THAT(ledger.violations()[0].description, testing::HasSubstr("terms.committee"));
  }
  v1::AmendmentTerms terms;
  for (const char* who : {"verifier", "contractor", "state"}) {
    terms.set_committee(Org(who));
    EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", terms)), v1::ROLE_MISMATCH) << who;
  }
  terms.set_committee(Org("nobody"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a0", terms)), v1::ORGANIZATION_NOT_FOUND);
  terms.set_committee(Org("vecinos"));
  ledger.Must(Org("office"), AmendRequest("a1", terms));
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), IsSupersetOf({Org("vecinos"), Org("contractor")}));
  SignByAll(ledger, "a1");
  EXPECT_EQ(ledger.Project("p").committee(), Org("vecinos"));
  ledger.Must(Org("contractor"), sign);
  ledger.Must(Org("club"), sign);
  EXPECT_EQ(ledger.Project("p").state(), Project::COMPLETED);
  // Another committee signs another record.
  terms.set_committee(Org("espejo"));
  Amend(ledger, "a2", terms);
  EXPECT_THAT(ledger.Project("p").handover_signatures(), IsEmpty());
  ledger.Must(Org("club"), sign);
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.Project("p").state(), Project::COMPLETED);
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  EXPECT_EQ(ledger.Try(Org("vecinos"), sign), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("espejo"), sign);
  EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
}

TEST(Handover, TakesTwoSignaturesForClubAndCommunityWhereTheRuleAsksForTheCommunitys) {
  for (const bool asked : {false, true}) {
    v1::RuleVersion rule = Thirds();
    rule.set_community_signature_required(asked);
    TestLedger ledger;
    ledger.Publish("r1", rule);
    CreateOrganization(ledger, "espejo", v1::MIRROR_CLUB, /*registered=*/false, Org("club"));
    Project draft = ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}});
    draft.set_committee(Org("espejo"));
    ledger.Agree("p", draft);
    ledger.Contribute("p", "c1", "club", 100'000);
    ledger.Authorize("p");
    for (const int step : {1, 2, 3}) ledger.Pay("p", "f" + std::to_string(step), "federal", step, 0);
    ledger.Pay("p", "s1", "state", 1, 0);
    ledger.Complete("p");
    auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
    *sign.add_documents() = Document(v1::HANDOVER_RECORD);
    ledger.Must(Org("contractor"), sign);
    // The club's mirror club signs for the community; for the club as well only where the rule does not ask for a word of its
    // own.
    ledger.Must(Org("espejo"), sign);
    EXPECT_EQ(ledger.Project("p").state(), asked ? Project::COMPLETED : Project::HANDED_OVER);
    if (asked) ledger.Must(Org("club"), sign);
    EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
  }
}

TEST(Amendment, ReplacesTheExecutorWithTheNewOnesSignature) {
  TestLedger ledger = Agreed();
  CreateOrganization(ledger, "builder", v1::EXECUTOR);
  v1::AmendmentTerms terms;
  terms.set_executor(Org("verifier2"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", terms)), v1::ROLE_MISMATCH);
  terms.set_executor(Org("builder"));
  ledger.Must(Org("office"), AmendRequest("a1", terms));
  EXPECT_THAT(Get(ledger, "a1").signers(), ElementsAre(Org("federal"), Org("state"), Org("club"), Org("builder")));
  SignByAll(ledger, "a1");
  const Project project = ledger.Project("p");
  EXPECT_EQ(project.executor(), Org("builder"));
  EXPECT_EQ(project.executor_signature_sequence(), static_cast<int64_t>(ledger.journal().size()) - 1);
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1)), v1::ACTOR_NOT_ALLOWED);
  ledger.Spend("p", "e1", 1);
}

TEST(Amendment, ChangesScopeAndDates) {
  TestLedger ledger = Agreed();
  v1::AmendmentTerms terms;
  terms.set_title("Another road");
  terms.set_category(v1::EQUIPMENT);
  terms.set_planned_quantity_milli(2'000'000);
  terms.set_quantity_unit(v1::SQUARE_METRE);
  terms.set_works_start_date("2014-10-01");
  terms.set_works_end_date("2014-12-01");
  terms.add_due_dates()->set_tranche("projects/p/tranches/federal-2");
  terms.mutable_due_dates(0)->set_due_date("2014-11-15");
  Amend(ledger, "a1", terms);
  const Project project = ledger.Project("p");
  EXPECT_EQ(project.title_commitment(), FakeCommitment("Another road"));
  EXPECT_EQ(project.category(), v1::EQUIPMENT);
  EXPECT_EQ(project.planned_quantity_milli(), 2'000'000);
  EXPECT_EQ(project.quantity_unit(), v1::SQUARE_METRE);
  EXPECT_EQ(project.works_end_date(), "2014-12-01");
  EXPECT_EQ(project.tranches(1).due_date(), "2014-11-15");
  v1::AmendmentTerms bad;
  bad.set_category(v1::SCHOLARSHIP);
  bad.set_works_end_date("2014-09-30");
  bad.add_due_dates()->set_tranche("projects/p/tranches/federal-9");
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", bad)), v1::CATEGORY_NOT_ALLOWED);
  EXPECT_THAT(ledger.violations(), SizeIs(3));
}

TEST(Amendment, CarriesTheBoxToAnotherAccountAsTheBankSays) {
  TestLedger ledger = Agreed();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  const std::string old = ledger.Project("p").account_commitment();
  ledger.Must(Org("office"), AmendRequest("a1", NewAccount()));
  EXPECT_EQ(ledger.Try(Org("federal"), SignAmendmentRequest("a1")), v1::ACCOUNT_MISMATCH);
  SignByAll(ledger, "a1", kNewAccount);
  EXPECT_EQ(ledger.Project("p").account_commitment(), FakeCommitment(kNewAccount));
  EXPECT_THAT(ledger.Project("p").former_account_commitments(), ElementsAre(old));
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 200'000);
  // Money seen on the old account is confirmed no more, and nothing is paid from it but its bank's fees.
  ledger.Declare("p", "c2", "club", 10);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 10)), v1::ACCOUNT_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1)), v1::BALANCE_NOT_CARRIED);
  ledger.Spend("p", "fee", 50, v1::FEES);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 199'950);
  v1::CarryBalanceRequest carry;
  carry.set_name(kP);
  *carry.mutable_credited() = Mxn(199'951);
  carry.set_bank_value_date("2014-09-10");
  carry.mutable_account()->set_number(kNewAccount);
  *carry.add_documents() = Document(v1::BANK_RECEIPT);
  EXPECT_EQ(ledger.Try(Org("verifier"), carry), v1::CREDIT_ABOVE_RELEASE);
  EXPECT_EQ(ledger.Try(Org("contractor"), carry), v1::VERIFIER_NOT_INDEPENDENT);
  *carry.mutable_credited() = Mxn(100'000);
  ledger.Must(Org("verifier"), carry);
  ledger.Spend("p", "e1", 100'000);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e2", 1)), v1::BALANCE_NOT_CARRIED);
  // What is retained of an invoice leaves no bank.
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 1'000));
  v1::RecordExpenditureRequest retained = ledger.SpendRequest("p", "e3", 0);
  retained.mutable_expenditure()->set_contract("projects/p/contracts/k");
  retained.mutable_expenditure()->set_retained_minor_units(50);
  ledger.Must(Org("contractor"), retained);
  *carry.mutable_credited() = Mxn(99'950);
  ledger.Must(Org("verifier"), carry);
  ledger.Spend("p", "e2", 99'900);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 0);
}

TEST(Amendment, IsWithdrawnByItsProposerAndExpiresOfItself) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("club"), AmendRequest("a1", Total(360'000)));
  auto withdraw = ProjectRequest<v1::WithdrawAmendmentRequest>("p/amendments/a1");
  EXPECT_EQ(ledger.Try(Org("state"), withdraw), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), withdraw);
  EXPECT_EQ(Get(ledger, "a1").state(), Amendment::WITHDRAWN);
  EXPECT_EQ(ledger.Try(Org("club"), SignAmendmentRequest("a1")), v1::WRONG_RESOURCE_STATE);
  ledger.Must(Org("club"), AmendRequest("a2", Total(360'000)));
  EXPECT_THAT(ledger.Project("p").deadlines(), SizeIs(1));
  v1::AmendmentExpired expired;
  expired.set_amendment(std::string(kP) + "/amendments/a2");
  EXPECT_EQ(ledger.Try("", expired), v1::WRONG_RESOURCE_STATE);
  ledger.PassDays(31);
  EXPECT_EQ(ledger.Try(Org("club"), SignAmendmentRequest("a2")), v1::WRONG_RESOURCE_STATE);
  ledger.Must("", expired);
  EXPECT_EQ(Get(ledger, "a2").state(), Amendment::EXPIRED);
  EXPECT_THAT(ledger.Project("p").deadlines(), IsEmpty());
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), IsSupersetOf({Org("federal"), Org("state"), Org("club")}));
  EXPECT_EQ(ledger.Try(Org("club"), SignAmendmentRequest("none")), v1::AMENDMENT_NOT_FOUND);
}

TEST(Amendment, IsSignedNoMoreOnceAnotherHasChangedTheAgreement) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("club"), AmendRequest("a1", Total(360'000)));
  ledger.Must(Org("club"), SignAmendmentRequest("a1"));
  Amend(ledger, "a2", Total(330'000));
  EXPECT_EQ(ledger.Try(Org("state"), SignAmendmentRequest("a1")), v1::AGREEMENT_CHANGED);
  ledger.Must(Org("club"), ProjectRequest<v1::WithdrawAmendmentRequest>("p/amendments/a1"));
}

TEST(Amendment, BlocksNothingWhileItWaits) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("office"), AmendRequest("a1", Total(360'000)));
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 200'000);
  SignByAll(ledger, "a1");
  EXPECT_THAT(TranchesOf(ledger.Project("p"), "state"), ElementsAre(120'000));
  ledger.Contribute("p", "c2", "club", 20'000);
  ledger.Pay("p", "s2", "state", 1, 0);
}

TEST(Amendment, IsForAgreementsInForce) {
  TestLedger ledger = Agreed();
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", {})), v1::AMENDMENT_CHANGES_NOTHING);
  v1::AmendmentTerms twice;
  for (int i = 0; i < 2; ++i) twice.add_dues()->set_organization(Org("club"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", twice)), v1::AMENDMENT_CHANGES_NOTHING);
  EXPECT_EQ(ledger.Try(Org("municipality"), AmendRequest("a1", Total(1))), v1::ACTOR_NOT_ALLOWED);
  ledger.Cancel("p");
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Total(1))), v1::WRONG_PROJECT_STATE);
}

// Conditions that can no longer be met.

v1::ProposeWaiverRequest WaiverRequest(const std::string& id, const std::string& tranche, std::vector<v1::Tranche::Waiver> waivers) {
  v1::ProposeWaiverRequest request;
  request.set_parent(kP);
  request.set_proposal_id(id);
  request.set_tranche("projects/p/tranches/" + tranche);
  for (const v1::Tranche::Waiver waiver : waivers) request.add_waivers(waiver);
  request.mutable_reason()->set_text("less was built");
  return request;
}

TEST(Waiver, LetsTheLastTranchesOutOfAFinishedWorkThatIsLessThanPlanned) {
  v1::RuleVersion rule = Thirds();
  rule.set_single_organization_approvals(true);
  for (int i = 0; i < 3; ++i) rule.mutable_roles(0)->add_tranche_conditions();
  rule.mutable_roles(0)->mutable_tranche_conditions(2)->set_verified_bps_min(9'000);
  rule.mutable_roles(0)->mutable_tranche_conditions(2)->set_closes_month_day("09-15");
  TestLedger ledger = Agreed(rule);
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "s1", "state", 1, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(379'000);
  ledger.Must(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(380'000);
  EXPECT_EQ(ledger.Try(Org("club"), confirm), v1::QUANTITY_OUT_OF_ORDER);
  confirm.set_quantity_milli(379'000);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w0", "federal-3", {v1::Tranche::VERIFIED_WORK})), v1::CONDITION_NOT_WAIVABLE);
  ledger.Must(Org("club"), confirm);
  // Two unsent tranches: neither goes out.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 3, 0)), v1::TRANCHE_NOT_OPEN);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w0", "federal-2", {v1::Tranche::VERIFIED_WORK})), v1::CONDITION_NOT_WAIVABLE);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w0", "federal-3", {v1::Tranche::DATE_WINDOW})), v1::CONDITION_NOT_WAIVABLE);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w0", "federal-3", {v1::Tranche::LAST_TRANCHES_ONLY})), v1::CONDITION_NOT_WAIVABLE);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w0", "federal-9", {v1::Tranche::DATE_WINDOW})), v1::TRANCHE_NOT_FOUND);
  ledger.Must(Org("federal"), WaiverRequest("w1", "federal-2", {v1::Tranche::LAST_TRANCHES_ONLY}));
  // Two organisations, whatever the rule says of approvals.
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ApproveRequest("p", "w1"), FakePrincipal("another")), v1::APPROVER_NOT_INDEPENDENT);
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "w1"));
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest("w2", "federal-2", {v1::Tranche::LAST_TRANCHES_ONLY})), v1::CONDITION_NOT_WAIVABLE);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.PassDays(10);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 3, 0)), v1::MILESTONE_NOT_REACHED);
  ledger.Must(Org("office"), WaiverRequest("w3", "federal-3", {v1::Tranche::VERIFIED_WORK}));
  ledger.Must(Org("state"), ledger.ApproveRequest("p", "w3"));
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 3, 0)), v1::OUTSIDE_DATE_WINDOW);
  ledger.Must(Org("office"), WaiverRequest("w4", "federal-3", {v1::Tranche::DATE_WINDOW}));
  ledger.Must(Org("state"), ledger.ApproveRequest("p", "w4"));
  EXPECT_THAT(ledger.Project("p").tranches(2).waivers(), ElementsAre(v1::Tranche::VERIFIED_WORK, v1::Tranche::DATE_WINDOW));
  ledger.Pay("p", "f3", "federal", 3, 0);
  ledger.Spend("p", "e1", 300'000);
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Completion, IsReportedBelowEarlierReportsOnlyAsAStatedCorrection) {
  TestLedger ledger = Agreed();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  v1::ReportProgressRequest progress;
  progress.set_parent(kP);
  progress.set_report_id("r1");
  progress.mutable_report()->set_report_date("2014-09-10");
  progress.mutable_report()->set_reported_quantity_milli(900'000);
  *progress.mutable_report()->add_evidence() = Document(v1::PHOTOGRAPH);
  ledger.Must(Org("contractor"), progress);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(800'000);
  EXPECT_EQ(ledger.Try(Org("contractor"), report), v1::QUANTITY_OUT_OF_ORDER);
  report.set_correction(true);
  ledger.Must(Org("contractor"), report);
  EXPECT_TRUE(ledger.journal().back().completion_reported().correction());
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(800'000);
  ledger.Must(Org("club"), confirm);
  // What was reported before and not looked at is still inspected, and found to be no more than what was confirmed.
  v1::VerifyProgressRequest verify;
  verify.set_name("projects/p/reports/r1");
  verify.set_quantity_milli(800'001);
  *verify.add_documents() = Document(v1::PHOTOGRAPH);
  EXPECT_EQ(ledger.Try(Org("club"), verify), v1::QUANTITY_OUT_OF_ORDER);
  verify.set_quantity_milli(800'000);
  ledger.Must(Org("club"), verify);
  EXPECT_EQ(ledger.Project("p").progress_quantity_milli(), 800'000);
}

// Money that goes to another project.

v1::ProposeReallocationRequest ReallocationRequest(const std::string& proposal, const std::string& id, int64_t amount,
                                                   const std::string& target = "q") {
  v1::ProposeReallocationRequest request;
  request.set_parent(kP);
  request.set_proposal_id(proposal);
  request.set_reallocation_id(id);
  request.set_party(Org("club"));
  request.set_target_project("projects/" + target);
  *request.mutable_amount() = Mxn(amount);
  request.mutable_reason()->set_text("the school needs it");
  return request;
}

TEST(Reallocation, MovesAClubsRefundIntoWhatItOwesToAnotherProject) {
  TestLedger ledger = Agreed();
  ledger.Agree("q", ledger.MakeDraft("r1", 150'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 80'000);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 500));
  ledger.Cancel("p");
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest("x1", "m1", 40'000)), v1::NOTHING_TO_REFUND);
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent(kP);
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest("x1", "m1", 50'001)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Try(Org("state"), ReallocationRequest("x1", "m1", 40'000)), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest("x1", "m1", 40'000, "p")), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest("x1", "m1", 40'000, "none")), v1::PROJECT_NOT_FOUND);
  EXPECT_EQ(ledger.Try(Org("federation"), ReallocationRequest("x1", "m1", 40'000)), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), ReallocationRequest("x1", "m1", 40'000));
  EXPECT_EQ(ledger.Party("p", "club").reallocating_minor_units(), 40'000);
  // No more than is payable together, and neither payer nor proposer is the second person.
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest("x2", "m2", 40'001)), v1::NOTHING_TO_REFUND);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ApproveRequest("p", "x1")), v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ApproveRequest("p", "x1")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "x1"));
  const std::string name = std::string(kP) + "/reallocations/m1";
  EXPECT_EQ(ledger.Get<v1::Reallocation>(name).state(), v1::Reallocation::APPROVED);
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("q", "c1", "club", 39'999);
  declare.mutable_contribution()->set_reallocation(name);
  EXPECT_EQ(ledger.Try(Org("club"), declare), v1::INVALID_FIELD);
  *declare.mutable_contribution()->mutable_declared() = Mxn(40'000);
  ledger.Must(Org("club"), declare);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("q", "c1", 40'000)), v1::WRONG_RESOURCE_STATE);
  // The rest and the interest go to the club itself.
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf1", "club"));
  EXPECT_EQ(ledger.Get<v1::Refund>("projects/p/refunds/rf1").amount().minor_units(), 40'000);
  EXPECT_EQ(ledger.Get<v1::Refund>("projects/p/refunds/rf1").interest().minor_units(), 500);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RefundRequest("p", "rf2", "club")), v1::NOTHING_TO_REFUND);
  v1::PayRefundRequest send = ledger.RefundRequest("p", "rf2", "club");
  send.mutable_refund()->set_reallocation(name);
  ledger.Must(Org("verifier"), send);
  EXPECT_EQ(ledger.Get<v1::Reallocation>(name).state(), v1::Reallocation::SENT);
  EXPECT_EQ(ledger.Balance("p", chart::Bank(kP)), 0);
  // The bank sent it back, and it goes once more.
  ledger.Reverse("p", "rv1", "refunds/rf2");
  EXPECT_EQ(ledger.Get<v1::Reallocation>(name).state(), v1::Reallocation::APPROVED);
  EXPECT_EQ(ledger.Party("p", "club").reallocating_minor_units(), 40'000);
  send.set_refund_id("rf3");
  ledger.Must(Org("verifier"), send);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("q", "c1", 40'001)), v1::CREDIT_ABOVE_RELEASE);
  ledger.Verify("q", "c1", 39'980);
  const auto moved = ledger.Get<v1::Reallocation>(name);
  EXPECT_EQ(moved.state(), v1::Reallocation::RECEIVED);
  EXPECT_EQ(moved.refund(), "projects/p/refunds/rf3");
  EXPECT_EQ(moved.contribution(), "projects/q/contributions/c1");
  EXPECT_EQ(ledger.Party("q", "club").verified_minor_units(), 39'980);
  EXPECT_EQ(ledger.Project("q").state(), Project::FUNDING);
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), IsSupersetOf({std::string("projects/p"), std::string("projects/q")}));
  // What has arrived is not taken back in the project that gave it.
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv2", "refunds/rf1"));
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv3", "refunds/rf3")), v1::WRONG_RESOURCE_STATE);
  v1::DeclareContributionRequest again = ledger.DeclareRequest("q", "c2", "club", 40'000);
  again.mutable_contribution()->set_reallocation(name);
  EXPECT_EQ(ledger.Try(Org("club"), again), v1::WRONG_RESOURCE_STATE);
}

TEST(Reallocation, IsGivenUpBeforeItIsSent) {
  TestLedger ledger = Agreed();
  ledger.Agree("q", ledger.MakeDraft("r1", 150'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 50'000);
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent(kP);
  ledger.Must(Org("office"), apportion);
  ledger.Must(Org("club"), ReallocationRequest("x1", "m1", 20'000));
  auto withdraw = ProjectRequest<v1::WithdrawProposalRequest>("p/proposals/x1");
  ledger.Must(Org("club"), withdraw);
  EXPECT_EQ(ledger.Party("p", "club").reallocating_minor_units(), 0);
  ledger.Must(Org("club"), ReallocationRequest("x2", "m2", 20'000));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "x2"));
  v1::CancelReallocationRequest cancel;
  cancel.set_name(std::string(kP) + "/reallocations/none");
  cancel.mutable_reason()->set_text("no");
  EXPECT_EQ(ledger.Try(Org("club"), cancel), v1::REALLOCATION_NOT_FOUND);
  cancel.set_name(std::string(kP) + "/reallocations/m2");
  EXPECT_EQ(ledger.Try(Org("state"), cancel), v1::NOT_OWN_CLUB);
  ledger.Must(Org("club"), cancel);
  EXPECT_EQ(ledger.Party("p", "club").reallocating_minor_units(), 0);
  EXPECT_EQ(ledger.Try(Org("club"), cancel), v1::WRONG_RESOURCE_STATE);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf1", "club"));
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 50'000);
}

}  // namespace
}  // namespace oriundo
