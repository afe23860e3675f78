// Shares at their edges: a role that owes nothing, a cap of nothing, and what the finished work opens.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/rule_shares.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using v1::Project;

// The club's weight is so small that it owes nothing of a tiny project, and what is above the federal cap falls to the state.
v1::RuleVersion TinyClubRule() {
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 100);
  federal.set_cap_bps(9'000);
  v1::RuleVersion rule = MakeRule({ClubShare(1), federal, FunderShare("state", v1::STATE_GOVERNMENT, 1)});
  rule.set_cap_policy(v1::RESIDUAL_PARTY);
  rule.set_residual_role("state");
  rule.clear_document_requirements();
  return rule;
}

// A draft of 20 minor units under that rule: 0, 18 and 2.
Project TinyDraft(const TestLedger& ledger, const std::vector<std::pair<std::string, std::string>>& parties) {
  return ledger.MakeDraft("tiny", 20, parties);
}

void CreateDraft(TestLedger& ledger, const std::string& id, const Project& draft) {
  v1::CreateProjectRequest create;
  create.set_project_id(id);
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
}

TEST(Shares, OfWhoOwesNothingAreCheckedAllTheSame) {
  TestLedger ledger;
  ledger.Publish("tiny", TinyClubRule());
  Project wrong = TinyDraft(ledger, {{"club", "club"}, {"federal", "federal"}, {"state", "state"}});
  wrong.mutable_parties(0)->set_due_minor_units(5);
  CreateDraft(ledger, "wrong", wrong);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("wrong")), v1::SHARES_DO_NOT_ADD_UP);
  // Another rule of the draft that is broken does not hide it.
  Project old = wrong;
  old.set_fiscal_year(2013);
  CreateDraft(ledger, "old", old);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("old")), v1::RULE_NOT_IN_FORCE);
  EXPECT_EQ(ledger.violations().size(), 2u);
  EXPECT_EQ(ledger.violations().back().reason, v1::SHARES_DO_NOT_ADD_UP);
}

TEST(Shares, LeaveNoBoundWhereTheClubOwesNothing) {
  TestLedger ledger;
  ledger.Publish("tiny", TinyClubRule());
  ledger.Agree("p", TinyDraft(ledger, {{"club", "club"}, {"federal", "federal"}, {"state", "state"}}));
  EXPECT_THAT(ledger.Project("p").role_weights(), testing::ElementsAre(0, 18, 2));
  // What it gives all the same is over-match.
  ledger.Contribute("p", "c1", "club", 3);
  ledger.Authorize("p");
  ledger.Pay("p", "r1", "federal", 1, 18);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 18);
}

TEST(Shares, RefuseAProjectThatACapOfNothingWouldScaleDownToNone) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1);
  federal.set_cap_minor_units(0);
  v1::RuleVersion rule = MakeRule({ClubShare(1), federal});
  rule.set_cap_policy(v1::SCALE_DOWN);
  rule.clear_document_requirements();
  ledger.Publish("nothing", rule);
  CreateDraft(ledger, "p", ledger.MakeDraft("nothing", 100, {{"club", "club"}, {"federal", "federal"}}));
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p")), v1::OVER_CAP);
}

TEST(Shares, OfPoolsAreNotTakenByProjectsThatNoPoolPays) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({ClubShare(1), FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, /*pooled=*/true)});
  rule.clear_document_requirements();
  v1::RuleVersion unpooled = MakeRule({ClubShare(1), FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1)});
  unpooled.clear_document_requirements();
  for (v1::RuleVersion* capped : {&rule, &unpooled}) {
    v1::CumulativeCap& cap = *capped->add_cumulative_caps();
    cap.set_scope(v1::CumulativeCap::CLUB_YEAR);
    cap.set_pools_bps_max(5'000);
  }
  ledger.Publish("pooled", rule);
  ledger.Publish("unpooled", unpooled);
  ledger.MakePool("federal", 1'000);
  ledger.Agree("p1", ledger.MakeDraft("pooled", 800, {{"club", "club"}, {"federal", "federal"}}));
  ledger.Agree("p2", ledger.MakeDraft("unpooled", 800, {{"club", "club"}, {"federal", "federal"}}));
  const auto tally = ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014");
  EXPECT_EQ(tally.project_count(), 2);
  EXPECT_EQ(tally.matched_minor_units(), 800);
  EXPECT_EQ(tally.pooled_minor_units(), 400);
}

TEST(Suspension, IsOverWhereTheProjectIsCancelled) {
  TestLedger ledger;
  ledger.Publish("fixed", MakeRule({ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("fixed", 200, {{"club", "club"}}));
  auto suspend = ProjectRequest<v1::SuspendProjectRequest>("p");
  suspend.mutable_reason()->set_text("a complaint");
  ledger.Must(Org("office"), suspend);
  EXPECT_EQ(ledger.Project("p").suspended_state(), Project::AGREED);
  ledger.Cancel("p");
  EXPECT_EQ(ledger.Project("p").suspended_state(), Project::STATE_UNSPECIFIED);
}

// After the completion nobody reports progress any more: the last tranche could never go out.
TEST(Conditions, OfALastTrancheAreMetByTheConfirmedCompletion) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, /*pooled=*/false, {5'000, 10'000});
  federal.add_tranche_conditions();
  federal.add_tranche_conditions()->set_verified_bps_min(10'000);
  v1::RuleVersion rule = MakeRule({ClubShare(1), federal});
  rule.clear_document_requirements();
  ledger.Publish("measured", rule);
  Project draft = ledger.MakeDraft("measured", 200, {{"club", "club"}, {"federal", "federal"}});
  draft.set_planned_quantity_milli(1'200'000);
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 100);
  ledger.Authorize("p");
  ledger.Pay("p", "r1", "federal", 1, 50);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "r2", "federal", 2, 50)), v1::MILESTONE_NOT_REACHED);
  ledger.Complete("p");
  ledger.Pay("p", "r2", "federal", 2, 50);
}

// As read through a day on which a repayment counts and what it repays does not yet.
TEST(RefundsOf, GivesWhatIsThereWhereADebtIsRepaidBeforeItArose) {
  v1::Project project;
  for (const int64_t left : {0, 30}) {
    v1::Party& party = *project.add_parties();
    party.set_paid_in_minor_units(100);
    party.set_left_minor_units(left);
  }
  project.mutable_parties(0)->set_receivable_minor_units(-100);
  EXPECT_THAT(RefundsOf(project, 30), testing::ElementsAre(15, 15));
}

}  // namespace
}  // namespace oriundo
