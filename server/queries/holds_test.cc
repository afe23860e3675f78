#include "server/queries/holds.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/queries/statement.h"
#include "server/queries/statement_lines.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

// A town and a club that owe a thousand each; the club has given four hundred.
class HoldsTest : public testing::Test {
 protected:
  HoldsTest() {
    ledger_.AddRule("r", {{.role = "town", .kind = v1::MUNICIPAL_GOVERNMENT, .cumulative_bps = {10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
    ledger_.Contribute("p", "c1", "club", 400);
    ledger_.Authorize("p");
    ledger_.PassDays(20);
  }

  void Freeze() {
    v1::SuspendRegistrationRequest request;
    request.set_name("organizations/club");
    request.mutable_reason()->set_text("the board is not known any more");
    ledger_.Do("consulate", "organizations/club", request);
  }

  v1::ProjectStatement Statement(const Reader& reader) {
    v1::GetProjectStatementRequest request;
    request.set_name("projects/p");
    const auto statement = GetProjectStatement(reader, request);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement.value_or(v1::ProjectStatement());
  }

  v1::ListStatementLinesResponse Lines(const std::string& age_date = "") {
    v1::ListStatementLinesRequest request;
    request.set_subject("projects/p");
    request.set_age_date(age_date);
    const auto lines = ListStatementLines(ledger_.engine(), request);
    EXPECT_TRUE(lines.ok()) << lines.status();
    return lines.value_or(v1::ListStatementLinesResponse());
  }

  StoredLedger ledger_;
};

TEST_F(HoldsTest, AFrozenClubIsSaidWithItsDayAndBlamedForNothing) {
  const v1::StatementLine town_before = Lines().lines(0);
  EXPECT_EQ(town_before.late_minor_units(), 1'000);
  EXPECT_EQ(town_before.own_late_minor_units(), 400) << "the rest waits for the club";
  Freeze();
  const int64_t frozen = ledger_.newest();
  ledger_.PassDays(5);
  ledger_.Declare("p", "c2", "club", 100);

  const v1::ProjectStatement statement = Statement(ledger_.Read());
  ASSERT_EQ(statement.holds_size(), 1);
  EXPECT_EQ(statement.holds(0).kind(), v1::Hold::ORGANIZATION_FROZEN);
  EXPECT_EQ(statement.holds(0).organization(), "organizations/club");
  EXPECT_EQ(statement.holds(0).registration_state(), v1::Organization::SUSPENDED);
  EXPECT_EQ(statement.holds(0).held_by(), "organizations/consulate");
  EXPECT_EQ(statement.holds(0).since(), "2014-09-21");
  EXPECT_EQ(statement.holds(0).sequence(), frozen);
  const v1::ListStatementLinesResponse lines = Lines();
  for (const v1::StatementLine& line : lines.lines()) {
    EXPECT_EQ(line.late_minor_units(), 0) << line.organization();
    EXPECT_EQ(line.late_by_size(), 0);
    EXPECT_EQ(line.held_minor_units(), line.gap_minor_units());
    EXPECT_EQ(line.holds_size(), 1);
  }
  // Before the freeze nobody knew of it.
  EXPECT_EQ(Statement(ledger_.Read(frozen - 1)).holds_size(), 0);
}

// Another club takes the place of one that is frozen later: that keeps nothing from coming, and nothing more is due from it.
TEST_F(HoldsTest, AFrozenClubThatWasReplacedHoldsNothing) {
  v1::CreateOrganizationRequest create;
  create.set_organization_id("heir");
  create.mutable_organization()->set_kind(v1::CLUB);
  create.mutable_organization()->set_display_name("An heir");
  create.mutable_organization()->set_country_code("US");
  ledger_.Do("administrator", "organizations/heir", create);
  v1::RegisterOrganizationRequest note;
  note.set_name("organizations/heir");
  note.mutable_registration()->set_folio("TN-H1");
  note.mutable_registration()->set_valid_from("2014-01-01");
  note.mutable_registration()->set_valid_to("2015-12-31");
  ledger_.Do("consulate", "organizations/heir", note);
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/p");
  propose.set_amendment_id("heir");
  propose.mutable_reason()->set_text("the club hands on");
  auto& replacement = *propose.mutable_terms()->add_replacements();
  replacement.set_organization("organizations/club");
  replacement.set_successor("organizations/heir");
  ledger_.Do("office", "projects/p", propose);
  const auto amendment = ledger_.Read().Get<v1::Amendment>("projects/p/amendments/heir");
  ASSERT_TRUE(amendment.ok()) << amendment.status();
  for (const std::string& signer : amendment->signers()) {
    v1::SignAmendmentRequest sign;
    sign.set_name(amendment->name());
    ledger_.Do(signer.substr(signer.find('/') + 1), "projects/p", sign);
  }
  Freeze();
  const v1::ProjectStatement statement = Statement(ledger_.Read());
  EXPECT_EQ(statement.project().club(), "organizations/heir");
  EXPECT_EQ(statement.holds_size(), 0);
}

TEST_F(HoldsTest, ALiftedFreezeHoldsNothingAndANewOneBeginsAgain) {
  Freeze();
  v1::ReinstateRegistrationRequest lift;
  lift.set_name("organizations/club");
  lift.mutable_reason()->set_text("the board is known again");
  ledger_.Do("consulate", "organizations/club", lift);
  EXPECT_EQ(Statement(ledger_.Read()).holds_size(), 0);
  EXPECT_EQ(Lines().lines(1).late_minor_units(), 600);
  ledger_.PassDays(3);
  Freeze();
  EXPECT_EQ(Statement(ledger_.Read()).holds(0).since(), "2014-09-24");
}

TEST_F(HoldsTest, ASuspendedProjectHoldsAllThatIsMissing) {
  v1::SuspendProjectRequest request;
  request.set_name("projects/p");
  request.mutable_reason()->set_text("the works stand still");
  ledger_.Do("office", "projects/p", request);
  const v1::ProjectStatement statement = Statement(ledger_.Read());
  ASSERT_EQ(statement.holds_size(), 1);
  EXPECT_EQ(statement.holds(0).kind(), v1::Hold::PROJECT_SUSPENDED);
  EXPECT_EQ(statement.holds(0).held_by(), "organizations/office");
  EXPECT_EQ(statement.holds(0).since(), "2014-09-21");
  const v1::ListStatementLinesResponse lines = Lines();
  for (const v1::StatementLine& line : lines.lines()) {
    EXPECT_EQ(line.held_minor_units(), line.gap_minor_units());
    EXPECT_EQ(line.late_minor_units(), 0);
  }
}

TEST_F(HoldsTest, WhatIsLateOnlySinceALaterDayIsNotLate) {
  ledger_.bank_day = "2014-09-15";
  ledger_.Contribute("p", "c2", "club", 300);
  const v1::StatementLine now = Lines("2014-10-01").lines(0);
  EXPECT_EQ(now.own_late_minor_units(), 700);
  EXPECT_EQ(now.late_since(), "2014-08-29");
  EXPECT_EQ(now.late_days(), 33);
  const v1::StatementLine then = Lines("2014-09-10").lines(0);
  EXPECT_EQ(then.own_late_minor_units(), 400) << "the club's second deposit came five days later";
  EXPECT_EQ(then.late_days(), 12);
  const v1::ListStatementLinesResponse lines = Lines("2014-08-15");
  for (const v1::StatementLine& line : lines.lines()) {
    EXPECT_EQ(line.late_minor_units(), 0) << line.organization();
    EXPECT_FALSE(line.has_late_days());
  }
}

// After the handover only a share that has fallen short since is made good: what its tranche waits for is said, and of no other.
TEST_F(HoldsTest, ATrancheOutsideItsWindowIsHeldAfterTheHandoverWhereTheShareFellShort) {
  ledger_.AddRule("windowed", {{.role = "town", .kind = v1::MUNICIPAL_GOVERNMENT, .cumulative_bps = {10'000}},
                               {.role = "club", .kind = v1::CLUB}},
                  /*tolerance=*/100, [](v1::RuleVersion& rule) {
                    rule.mutable_roles(0)->add_tranche_conditions()->set_closes_month_day("09-30");
                  });
  ledger_.AddProject("w", "windowed", 2'000);
  ledger_.Contribute("w", "c1", "club", 1'000);
  ledger_.Authorize("w");
  ledger_.Release("w", "t1", "town", 1, 950);
  ledger_.Spend("w", "e1", 1'000);
  const v1::Project project = *ledger_.Read().Get<v1::Project>("projects/w");
  const std::string executor = project.executor().substr(14);
  v1::ReportCompletionRequest report;
  report.set_name("projects/w");
  report.set_quantity_milli(project.planned_quantity_milli());
  ledger_.Do(executor, "projects/w", report);
  v1::ConfirmCompletionRequest confirm;
  confirm.set_name("projects/w");
  confirm.set_quantity_milli(project.planned_quantity_milli());
  ledger_.Do("club", "projects/w", confirm);
  ledger_.PassDays(20);
  const auto tranche_holds = [&] {
    v1::GetProjectStatementRequest request;
    request.set_name("projects/w");
    const auto statement = GetProjectStatement(ledger_.Read(), request);
    EXPECT_TRUE(statement.ok()) << statement.status();
    int count = 0;
    for (const v1::Hold& hold : statement->holds()) {
      EXPECT_EQ(hold.kind(), v1::Hold::OUTSIDE_WINDOW);
      EXPECT_EQ(hold.tranche(), "projects/w/tranches/town-1");
      ++count;
    }
    return count;
  };
  EXPECT_EQ(tranche_holds(), 1) << "what is left of the tranche may still be sent while the project is completed";
  v1::SignHandoverRequest sign;
  sign.set_name("projects/w");
  ledger_.Do(executor, "projects/w", sign);
  ledger_.Do("club", "projects/w", sign);
  ASSERT_EQ(ledger_.Read().Get<v1::Project>("projects/w")->state(), v1::Project::HANDED_OVER);
  EXPECT_EQ(tranche_holds(), 0) << "the share is given within the tolerance";
  ledger_.Reverse("w", "rv", "releases/t1");
  EXPECT_EQ(tranche_holds(), 1);
}

}  // namespace
}  // namespace oriundo
