#include "server/queries/statement_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/reason_status.h"
#include "server/queries/lists.h"
#include "server/queries/statement.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kConfederation[] = "organizations/confederation";
constexpr char kFederation[] = "organizations/federation";

StoredLedger::Funder Federal() { return {"federal", v1::FEDERAL_GOVERNMENT, 50, {5'000, 10'000}}; }
StoredLedger::Funder Town() { return {"town", v1::MUNICIPAL_GOVERNMENT, 25, {10'000}}; }

// Two clubs below a federation below a confederation, one without, and a rule for each: `of-{club}`.
class Ledger : public StoredLedger {
 public:
  Ledger() {
    AddAbove("confederation", v1::CONFEDERATION, "");
    AddAbove("federation", v1::FEDERATION, kConfederation);
    AddClub("club-a", kFederation);
    AddClub("club-b", kFederation);
    for (const char* club : {"club-a", "club-b", "club-c"}) {
      AddRule(absl::StrCat("of-", club), {Federal(), Town(), {.role = club, .kind = v1::CLUB, .weight = 25}});
    }
  }

  // Verifies with the bank's day stated.
  void VerifyOn(const std::string& project, const std::string& id, int64_t credited, const std::string& day) {
    v1::VerifyContributionRequest request;
    request.set_name("projects/" + project + "/contributions/" + id);
    *request.mutable_credited() = Mxn(credited);
    request.set_bank_value_date(day);
    request.mutable_account()->set_number_commitment(std::string(32, 'a'));
    v1::Evidence& receipt = *request.add_documents();
    receipt.set_type(v1::BANK_RECEIPT);
    receipt.set_salted_sha256(std::string(32, 'd'));
    Do("verifier", "projects/" + project, request);
  }

 private:
  void AddAbove(const std::string& id, v1::OrganizationKind kind, const std::string& parent) {
    v1::CreateOrganizationRequest request;
    request.set_organization_id(id);
    request.mutable_organization()->set_kind(kind);
    request.mutable_organization()->set_display_name("The " + id);
    request.mutable_organization()->set_country_code("US");
    request.mutable_organization()->set_parent(parent);
    Do("administrator", "organizations/" + id, request);
  }

  void AddClub(const std::string& id, const std::string& parent) {
    AddAbove(id, v1::CLUB, parent);
    v1::RegisterOrganizationRequest request;
    request.set_name("organizations/" + id);
    request.mutable_registration()->set_folio("TN-" + std::to_string(++folios_));
    request.mutable_registration()->set_valid_from("2014-01-01");
    request.mutable_registration()->set_valid_to("2015-12-31");
    Do("consulate", request.name(), request);
  }

 private:
  int folios_ = 0;
};

// All lines of `request`, page by page.
std::vector<v1::StatementLine> Lines(StoredLedger& ledger, v1::ListStatementLinesRequest request, int page_size = 0) {
  request.set_page_size(page_size);
  std::vector<v1::StatementLine> lines;
  do {
    const absl::StatusOr<v1::ListStatementLinesResponse> page = ListStatementLines(ledger.engine(), request);
    if (!page.ok()) {
      ADD_FAILURE() << page.status();
      return lines;
    }
    if (page_size > 0) {
      EXPECT_LE(page->lines_size(), page_size);
    }
    lines.insert(lines.end(), page->lines().begin(), page->lines().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return lines;
}

std::vector<v1::StatementLine> LinesOf(StoredLedger& ledger, const std::string& subject, int page_size = 0) {
  v1::ListStatementLinesRequest request;
  request.set_subject(subject);
  request.set_age_date("2014-09-08");
  return Lines(ledger, request, page_size);
}

// `project party` of each line.
std::vector<std::string> Keys(const std::vector<v1::StatementLine>& lines) {
  std::vector<std::string> keys;
  for (const v1::StatementLine& line : lines) keys.push_back(line.project().substr(9) + " " + line.organization().substr(14));
  return keys;
}

v1::StatementLine LineOf(const std::vector<v1::StatementLine>& lines, const std::string& project, const std::string& party) {
  for (const v1::StatementLine& line : lines) {
    if (line.project() == "projects/" + project && line.organization() == "organizations/" + party) return line;
  }
  ADD_FAILURE() << "no line of " << party << " in " << project;
  return v1::StatementLine();
}

TEST(StatementLines, AreThoseOfTheSubject) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000);
  ledger.AddProject("p2", "of-club-b", 4'000);
  ledger.AddProject("p3", "of-club-c", 4'000);
  EXPECT_THAT(Keys(LinesOf(ledger, "")), ElementsAre("p1 federal", "p1 town", "p1 club-a", "p2 federal", "p2 town", "p2 club-b",
                                                     "p3 federal", "p3 town", "p3 club-c"));
  EXPECT_THAT(Keys(LinesOf(ledger, "organizations/town")), ElementsAre("p1 town", "p2 town", "p3 town"));
  EXPECT_THAT(Keys(LinesOf(ledger, "organizations/club-b")), ElementsAre("p2 club-b"));
  EXPECT_THAT(Keys(LinesOf(ledger, kFederation)), ElementsAre("p1 club-a", "p2 club-b"));
  EXPECT_THAT(Keys(LinesOf(ledger, kConfederation)), ElementsAre("p1 club-a", "p2 club-b"));
  EXPECT_THAT(Keys(LinesOf(ledger, "projects/p2")), ElementsAre("p2 federal", "p2 town", "p2 club-b"));
  EXPECT_EQ(LinesOf(ledger, "programs/mx").size(), 9u);
  EXPECT_THAT(LinesOf(ledger, "organizations/verifier"), IsEmpty());
}

TEST(StatementLines, OfASuccessorAreAlsoThoseOfWhomItTookOver) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000);
  ledger.AddProject("p2", "of-club-b", 4'000);
  ledger.AddProject("p3", "of-club-c", 4'000);
  // club-a into club-c, and that one into club-b.
  const auto merge = [&](const std::string& from, const std::string& into) {
    v1::ProposeMergeRequest propose;
    propose.set_name("organizations/" + from);
    propose.set_successor("organizations/" + into);
    ledger.Do(from, propose.name(), propose);
    v1::AcceptMergeRequest accept;
    accept.set_name(propose.name());
    ledger.Do(into, accept.name(), accept);
  };
  merge("club-a", "club-c");
  EXPECT_THAT(Keys(LinesOf(ledger, "organizations/club-c")), ElementsAre("p1 club-a", "p3 club-c"));
  EXPECT_THAT(Keys(LinesOf(ledger, kFederation)), ElementsAre("p2 club-b"));  // club-c belongs to no federation.
  merge("club-c", "club-b");
  EXPECT_THAT(Keys(LinesOf(ledger, "organizations/club-b")), ElementsAre("p1 club-a", "p2 club-b", "p3 club-c"));
  EXPECT_THAT(Keys(LinesOf(ledger, "organizations/club-c")), ElementsAre("p1 club-a", "p3 club-c"));
  EXPECT_THAT(Keys(LinesOf(ledger, kConfederation)), ElementsAre("p1 club-a", "p2 club-b", "p3 club-c"));
}

TEST(StatementLines, OfAYearOrAProgrammeAreNoOthers) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000);
  v1::ListStatementLinesRequest request;
  request.set_fiscal_year(2014);
  EXPECT_EQ(Lines(ledger, request).size(), 3u);
  request.set_fiscal_year(2015);
  EXPECT_THAT(Lines(ledger, request), IsEmpty());
  request.set_fiscal_year(2014);
  request.set_program("programs/mx");
  request.set_subject("organizations/club-a");
  EXPECT_EQ(Lines(ledger, request).size(), 1u);
  request.set_program("programs/none");
  EXPECT_EQ(ReasonOf(ListStatementLines(ledger.engine(), request).status()), v1::PROGRAM_NOT_FOUND);
  request.clear_program();
  request.set_subject("organizations/none");
  EXPECT_EQ(ReasonOf(ListStatementLines(ledger.engine(), request).status()), v1::ORGANIZATION_NOT_FOUND);
}

TEST(StatementLines, SayWhatTheProjectsStatementSays) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000'000);
  ledger.Contribute("p1", "c1", "club-a", 600'000);
  ledger.Authorize("p1");
  ledger.Release("p1", "f1", "federal", 1, 1'000'000);
  ledger.Spend("p1", "e1", 123'457);
  v1::GetProjectStatementRequest request;
  request.set_name("projects/p1");
  const absl::StatusOr<v1::ProjectStatement> statement = GetProjectStatement(ledger.Read(), request);
  ASSERT_TRUE(statement.ok()) << statement.status();
  const std::vector<v1::StatementLine> lines = LinesOf(ledger, "projects/p1");
  ASSERT_EQ(lines.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const v1::ProjectStatement::Line& wanted = statement->lines(i);
    const v1::StatementLine& line = lines[static_cast<std::size_t>(i)];
    EXPECT_EQ(line.title(), "Works of p1");
    EXPECT_EQ(line.display_name(), wanted.display_name());
    EXPECT_EQ(line.role(), wanted.party().role());
    EXPECT_EQ(line.due_minor_units(), wanted.party().due_minor_units());
    EXPECT_EQ(line.confirmed_minor_units(), wanted.confirmed_minor_units());
    EXPECT_EQ(line.gap_minor_units(), wanted.gap_minor_units());
    EXPECT_EQ(line.spent_minor_units(), wanted.party().spent_minor_units());
    EXPECT_EQ(line.left_minor_units(), wanted.party().left_minor_units());
    EXPECT_EQ(line.complies(), wanted.complies());
    EXPECT_EQ(line.project_state(), v1::Project::EXECUTING);
    EXPECT_EQ(line.locality_code(), "31-096");
    EXPECT_EQ(line.project_total_minor_units(), 4'000'000);
  }
  EXPECT_EQ(lines[0].organization_kind(), v1::FEDERAL_GOVERNMENT);
  EXPECT_TRUE(lines[2].club_money());
}

// Due: federal 2,000,000; town and club 1,000,000 each. Agreed on 2014-08-29; ages to 2014-09-08.
TEST(StatementLines, BlameNobodyForAnothersDelay) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  std::vector<v1::StatementLine> lines = LinesOf(ledger, "");
  EXPECT_THAT(LineOf(lines, "p", "club-a").late_by(), ElementsAre("organizations/club-a"));
  EXPECT_EQ(LineOf(lines, "p", "club-a").late_since(), "2014-08-29");
  EXPECT_EQ(LineOf(lines, "p", "club-a").late_days(), 10);
  EXPECT_THAT(LineOf(lines, "p", "federal").late_by(), ElementsAre("organizations/club-a")) << "its tranches wait for the club";
  EXPECT_EQ(LineOf(lines, "p", "federal").late_minor_units(), 2'000'000);

  // Half of the club's money: of the federal gap half is the office's, which has not authorised, and half still the club's.
  ledger.Declare("p", "c1", "club-a", 500'000);
  ledger.VerifyOn("p", "c1", 500'000, "2014-08-30");
  lines = LinesOf(ledger, "");
  EXPECT_EQ(LineOf(lines, "p", "club-a").late_minor_units(), 500'000);
  EXPECT_THAT(LineOf(lines, "p", "federal").late_by(), ElementsAre("organizations/office", "organizations/club-a"));
  EXPECT_EQ(LineOf(lines, "p", "federal").late_since(), "2014-08-30");
  EXPECT_EQ(LineOf(lines, "p", "federal").late_days(), 9);

  // The rest of the club's money, and the authorisation: now it is the payers' own delay, since the day that entitled them.
  ledger.Declare("p", "c2", "club-a", 500'000);
  ledger.VerifyOn("p", "c2", 500'000, "2014-08-31");
  ledger.Authorize("p");
  lines = LinesOf(ledger, "");
  EXPECT_THAT(LineOf(lines, "p", "club-a").late_by(), IsEmpty());
  EXPECT_FALSE(LineOf(lines, "p", "club-a").has_late_days());
  EXPECT_THAT(LineOf(lines, "p", "federal").late_by(), ElementsAre("organizations/federal"));
  EXPECT_EQ(LineOf(lines, "p", "federal").late_since(), "2014-08-30");
  EXPECT_THAT(LineOf(lines, "p", "town").late_by(), ElementsAre("organizations/town"));
  EXPECT_EQ(LineOf(lines, "p", "town").late_minor_units(), 1'000'000);

  // What the first deposit entitled to is paid: the delay that is left began with the second.
  ledger.Release("p", "f1", "federal", 1, 1'000'000);
  const v1::StatementLine federal = LineOf(LinesOf(ledger, ""), "p", "federal");
  EXPECT_EQ(federal.gap_minor_units(), 1'000'000);
  EXPECT_EQ(federal.late_minor_units(), 1'000'000);
  EXPECT_EQ(federal.late_since(), "2014-08-31");
  EXPECT_EQ(federal.late_days(), 8);
}

TEST(StatementLines, BlameNobodyForATrancheThatTheRuleHoldsBack) {
  Ledger ledger;
  ledger.AddRule("windowed", {Federal(), {.role = "club-a", .kind = v1::CLUB, .weight = 25}}, /*tolerance=*/0, [](v1::RuleVersion& rule) {
    rule.mutable_roles(0)->add_tranche_conditions();
    rule.mutable_roles(0)->add_tranche_conditions()->set_opens_month_day("09-08");
  });
  ledger.AddProject("p", "windowed", 3'000'000);
  ledger.Declare("p", "c1", "club-a", 1'000'000);
  ledger.VerifyOn("p", "c1", 1'000'000, "2014-08-30");
  ledger.Authorize("p");
  const auto federal = [&](const std::string& age_date) {
    v1::ListStatementLinesRequest request;
    request.set_age_date(age_date);
    return LineOf(Lines(ledger, request), "p", "federal");
  };
  v1::StatementLine line = federal("2014-09-07");
  EXPECT_EQ(line.own_late_minor_units(), 1'000'000) << "the first tranche alone";
  EXPECT_EQ(line.late_since(), "2014-08-30");
  EXPECT_EQ(line.held_minor_units(), 1'000'000);
  ASSERT_EQ(line.holds_size(), 1);
  EXPECT_EQ(line.holds(0).kind(), v1::Hold::OUTSIDE_WINDOW);
  EXPECT_EQ(line.holds(0).tranche(), "projects/p/tranches/federal-2");

  ledger.Release("p", "f1", "federal", 1, 1'000'000);
  line = federal("2014-09-07");
  EXPECT_EQ(line.late_minor_units(), 0);
  EXPECT_THAT(line.late_by(), IsEmpty());
  EXPECT_EQ(line.held_minor_units(), 1'000'000);

  // From the first day of the window on the delay is its own.
  line = federal("2014-09-08");
  EXPECT_EQ(line.own_late_minor_units(), 1'000'000);
  EXPECT_EQ(line.late_since(), "2014-09-08");
  EXPECT_EQ(line.late_days(), 0);
  EXPECT_THAT(line.holds(), IsEmpty());
}

// An amendment puts `joining` in the place of `leaving`; signed by all.
void Replace(Ledger& ledger, const std::string& project, const std::string& id, const std::string& leaving,
             const std::string& joining) {
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/" + project);
  propose.set_amendment_id(id);
  propose.mutable_terms()->add_replacements()->set_organization("organizations/" + leaving);
  propose.mutable_terms()->mutable_replacements(0)->set_successor("organizations/" + joining);
  propose.mutable_reason()->set_text("they cannot go on");
  ledger.Do("office", "projects/" + project, propose);
  v1::SignAmendmentRequest sign;
  sign.set_name("projects/" + project + "/amendments/" + id);
  const auto amendment = *ledger.Read().Get<v1::Amendment>(sign.name());
  for (const std::string& signer : amendment.signers()) ledger.Do(signer.substr(14), "projects/" + project, sign);
}

// An amendment of `p` raises the total; signed by all.
void RaiseTotal(Ledger& ledger, const std::string& id, int64_t total) {
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/p");
  propose.set_amendment_id(id);
  propose.mutable_terms()->set_total_minor_units(total);
  propose.mutable_reason()->set_text("prices went up");
  ledger.Do("office", "projects/p", propose);
  v1::SignAmendmentRequest sign;
  sign.set_name("projects/p/amendments/" + id);
  const auto amendment = *ledger.Read().Get<v1::Amendment>(sign.name());
  for (const std::string& signer : amendment.signers()) ledger.Do(signer.substr(14), "projects/p", sign);
}

// Due: federal 2,000,000; town and club 1,000,000 each; from 2014-09-06 on a tenth more.
TEST(StatementLines, BlameForWhatAnAmendmentRaisedSinceThatDayOnly) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  ledger.Declare("p", "c1", "club-a", 1'000'000);
  ledger.VerifyOn("p", "c1", 1'000'000, "2014-08-30");
  ledger.PassDays(5);
  RaiseTotal(ledger, "a1", 4'400'000);
  const v1::StatementLine club = LineOf(LinesOf(ledger, ""), "p", "club-a");
  EXPECT_EQ(club.late_minor_units(), 100'000);
  EXPECT_EQ(club.late_since(), "2014-09-06");
  EXPECT_EQ(club.late_days(), 2);
  // Before that it had given all that it owed.
  v1::ListStatementLinesRequest earlier;
  earlier.set_age_date("2014-09-05");
  EXPECT_THAT(LineOf(Lines(ledger, earlier), "p", "club-a").late_by(), IsEmpty());
  // What was owed before and is missing is late since then.
  ledger.bank_day = "2014-09-06";
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(LineOf(LinesOf(ledger, ""), "p", "club-a").late_since(), "2014-08-29");
}

// Due: federal 2,000,000; town and club 1,000,000 each; from 2014-09-06 on a tenth more, and as much again from 2014-09-11 on.
TEST(StatementLines, CountNothingAsOwedBeforeItWasDue) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  ledger.Contribute("p", "c1", "club-a", 1'000'000);
  ledger.Authorize("p");
  ledger.Release("p", "t1", "town", 1, 900'000);
  ledger.PassDays(5);
  RaiseTotal(ledger, "a1", 4'400'000);
  ledger.PassDays(5);
  RaiseTotal(ledger, "a2", 4'800'000);
  const auto on = [&](const std::string& day, const std::string& party) {
    v1::ListStatementLinesRequest request;
    request.set_age_date(day);
    return LineOf(Lines(ledger, request), "p", party);
  };
  EXPECT_EQ(on("2014-09-12", "club-a").late_minor_units(), 200'000);
  EXPECT_EQ(on("2014-09-12", "club-a").late_since(), "2014-09-06");
  // Between the two days half of what is missing now was owed.
  EXPECT_EQ(on("2014-09-08", "club-a").late_minor_units(), 100'000);
  EXPECT_EQ(on("2014-09-08", "club-a").late_since(), "2014-09-06");
  EXPECT_EQ(on("2014-09-05", "club-a").late_minor_units(), 0);
  // The town was late with a tenth all the time, and waits for the club's part of what was raised.
  EXPECT_EQ(on("2014-09-05", "town").late_minor_units(), 100'000);
  EXPECT_THAT(on("2014-09-05", "town").late_by(), ElementsAre("organizations/town"));
  EXPECT_EQ(on("2014-09-08", "town").late_minor_units(), 200'000);
  EXPECT_EQ(on("2014-09-12", "town").late_minor_units(), 300'000);
  EXPECT_THAT(on("2014-09-12", "town").late_by(), ElementsAre("organizations/town", "organizations/club-a"));
  // A suspension holds up what was owed, and no more.
  v1::SuspendProjectRequest suspend;
  suspend.set_name("projects/p");
  suspend.mutable_reason()->set_text("somebody objects");
  ledger.Do("office", "projects/p", suspend);
  EXPECT_EQ(on("2014-09-08", "club-a").held_minor_units(), 100'000);
}

TEST(StatementLines, BlameWhoJoinedLaterSinceTheDayItsDueBegan) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  ledger.PassDays(5);
  Replace(ledger, "p", "a1", "club-a", "club-b");
  std::vector<v1::StatementLine> lines = LinesOf(ledger, "");
  EXPECT_THAT(LineOf(lines, "p", "club-a").late_by(), IsEmpty());
  EXPECT_THAT(LineOf(lines, "p", "club-b").late_by(), ElementsAre("organizations/club-b"));
  EXPECT_EQ(LineOf(lines, "p", "club-b").late_since(), "2014-09-06");
  EXPECT_EQ(LineOf(lines, "p", "club-b").late_days(), 2);
  // Who waits for it waits since then as well.
  EXPECT_THAT(LineOf(lines, "p", "town").late_by(), ElementsAre("organizations/club-b"));
  EXPECT_EQ(LineOf(lines, "p", "town").late_since(), "2014-09-06");
  // Before it owed nobody was late.
  v1::ListStatementLinesRequest earlier;
  earlier.set_age_date("2014-09-05");
  EXPECT_THAT(LineOf(Lines(ledger, earlier), "p", "club-b").late_by(), IsEmpty());
  EXPECT_THAT(LineOf(Lines(ledger, earlier), "p", "town").late_by(), IsEmpty());
}

TEST(StatementLines, BlameAPayerThatJoinedLaterForNothingBefore) {
  Ledger ledger;
  ledger.AddRule("towns", {{"town2", v1::MUNICIPAL_GOVERNMENT, 1, {10'000}}, {.role = "club-c", .kind = v1::CLUB}});
  ledger.AddProject("p", "of-club-a", 4'000'000);
  ledger.Declare("p", "c1", "club-a", 1'000'000);
  ledger.VerifyOn("p", "c1", 1'000'000, "2014-08-30");
  ledger.Authorize("p");
  EXPECT_EQ(LineOf(LinesOf(ledger, ""), "p", "town").late_since(), "2014-08-30");
  ledger.PassDays(5);
  Replace(ledger, "p", "a1", "town", "town2");
  const v1::StatementLine town = LineOf(LinesOf(ledger, ""), "p", "town2");
  EXPECT_THAT(town.late_by(), ElementsAre("organizations/town2"));
  EXPECT_EQ(town.late_minor_units(), 1'000'000);
  EXPECT_EQ(town.late_since(), "2014-09-06");
}

TEST(StatementLines, DateGoodsByTheDayOnWhichTheyWereAppraised) {
  Ledger ledger;
  ledger.AddRule("goods", {Federal(), {.role = "club-a", .kind = v1::CLUB, .weight = 50}}, 100, [](v1::RuleVersion& rule) {
    rule.set_in_kind_allowed(true);
    rule.set_in_kind_in_bound(true);
    rule.mutable_roles(1)->set_in_kind_cap_bps(5'000);
  });
  ledger.AddProject("p", "goods", 4'000'000);
  ledger.PassDays(10);
  const auto give = [&](const std::string& id, int64_t unit_value, const std::string& date) {
    v1::DeclareInKindRequest declare;
    declare.set_parent("projects/p");
    declare.set_in_kind_id(id);
    v1::InKind& goods = *declare.mutable_in_kind();
    goods.set_party("organizations/club-a");
    goods.set_item(v1::IN_KIND_LABOUR);
    goods.set_unit(v1::IN_KIND_DAY);
    goods.set_quantity_milli(1'000);
    *goods.mutable_unit_value() = Mxn(unit_value);
    v1::Evidence& photograph = *goods.add_evidence();
    photograph.set_type(v1::PHOTOGRAPH);
    photograph.set_salted_sha256(std::string(32, 'e'));
    ledger.Do("club-a", "projects/p", declare);
    v1::AppraiseInKindRequest appraise;
    appraise.set_name("projects/p/in-kinds/" + id);
    appraise.set_quantity_milli(1'000);
    *appraise.mutable_unit_value() = Mxn(unit_value);
    appraise.set_appraisal_date(date);
    *appraise.add_documents() = photograph;
    ledger.Do("verifier", "projects/p", appraise);
  };
  // Of 2,000,000 half may be goods; the second appraisal counts for 400,000 only. The federal side owes as much as the club.
  give("g1", 600'000, "2014-09-02");
  give("g2", 900'000, "2014-09-04");
  std::vector<v1::StatementLine> lines = LinesOf(ledger, "");
  EXPECT_EQ(LineOf(lines, "p", "federal").own_late_minor_units(), 1'000'000);
  EXPECT_EQ(LineOf(lines, "p", "federal").late_since(), "2014-09-02");
  v1::ListStatementLinesRequest earlier;
  earlier.set_age_date("2014-09-03");
  EXPECT_EQ(LineOf(Lines(ledger, earlier), "p", "federal").own_late_minor_units(), 600'000);
  // Once that much is paid the rest is late since the second day.
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 600'000);
  lines = LinesOf(ledger, "");
  EXPECT_EQ(LineOf(lines, "p", "federal").own_late_minor_units(), 400'000);
  EXPECT_EQ(LineOf(lines, "p", "federal").late_since(), "2014-09-04");
}

TEST(StatementLines, OfMoneyOnItsWayBlameNobody) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  ledger.Contribute("p", "c1", "club-a", 1'000'000);
  ledger.Authorize("p");
  v1::ProposeReleaseRequest propose;
  propose.set_parent("projects/p");
  propose.set_proposal_id("t1");
  propose.set_tranche("projects/p/tranches/town-1");
  *propose.mutable_amount() = Mxn(1'000'000);
  propose.set_release_id("t1");
  ledger.Do("town", "projects/p", propose);
  EXPECT_THAT(LineOf(LinesOf(ledger, ""), "p", "town").late_by(), ElementsAre("organizations/town"));
  v1::ApproveProposalRequest approve;
  approve.set_name("projects/p/proposals/t1");
  ledger.Do("office", "projects/p", approve);
  const v1::StatementLine town = LineOf(LinesOf(ledger, ""), "p", "town");
  EXPECT_EQ(town.gap_minor_units(), 1'000'000);
  EXPECT_EQ(town.released_minor_units(), 1'000'000);
  EXPECT_EQ(town.received_minor_units(), 0);
  EXPECT_THAT(town.late_by(), IsEmpty());
  EXPECT_EQ(town.late_minor_units(), 0);
}

TEST(StatementLines, BlameNobodyWithinTheToleranceBeforeTheAgreementOrAfterTheEnd) {
  Ledger ledger;
  ledger.AddDraft("draft", "of-club-a", 4'000'000);
  ledger.AddProject("short", "of-club-a", 4'000'000);
  ledger.Contribute("short", "c", "club-a", 999'900);
  ledger.AddProject("gone", "of-club-a", 4'000'000);
  ledger.Cancel("gone");
  const std::vector<v1::StatementLine> lines = LinesOf(ledger, "");
  EXPECT_THAT(LineOf(lines, "draft", "club-a").late_by(), IsEmpty());
  EXPECT_THAT(LineOf(lines, "short", "club-a").late_by(), IsEmpty());
  EXPECT_EQ(LineOf(lines, "short", "club-a").gap_minor_units(), 100);
  EXPECT_THAT(LineOf(lines, "gone", "club-a").late_by(), IsEmpty());
  EXPECT_EQ(LineOf(lines, "gone", "club-a").gap_minor_units(), 1'000'000);
}

TEST(StatementLines, CountDaysToTheDayAskedForAndNeverBackwards) {
  Ledger ledger;
  ledger.AddProject("p", "of-club-a", 4'000'000);
  v1::ListStatementLinesRequest request;
  request.set_subject("organizations/club-a");
  absl::StatusOr<v1::ListStatementLinesResponse> page = ListStatementLines(ledger.engine(), request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->age_date(), "2014-09-01") << "the day of the last entry";
  EXPECT_EQ(page->commit_time().seconds(), 1'409'529'600 + page->sequence());
  EXPECT_EQ(page->lines(0).late_days(), 3);
  request.set_age_date("2014-08-01");
  page = ListStatementLines(ledger.engine(), request);
  EXPECT_EQ(page->lines(0).late_days(), 0);
  EXPECT_EQ(DaysBetween("2014-12-31", "2015-03-01"), 60);
  EXPECT_EQ(DaysBetween("2016-02-28", "2016-03-01"), 2);
}

TEST(StatementLines, ShowThePast) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000'000);
  const int64_t before = ledger.newest();
  ledger.Contribute("p1", "c1", "club-a", 1'000'000);
  ledger.AddProject("p2", "of-club-b", 4'000'000);
  v1::ListStatementLinesRequest request;
  request.mutable_known_at()->set_sequence(before);
  const std::vector<v1::StatementLine> lines = Lines(ledger, request, 1);
  EXPECT_THAT(Keys(lines), ElementsAre("p1 federal", "p1 town", "p1 club-a"));
  EXPECT_EQ(lines[2].confirmed_minor_units(), 0);
  EXPECT_EQ(lines[2].gap_minor_units(), 1'000'000);
}

TEST(StatementLines, StayAtTheFirstPagesSequence) {
  Ledger ledger;
  ledger.AddProject("p1", "of-club-a", 4'000'000);
  ledger.AddProject("p2", "of-club-b", 4'000'000);
  v1::ListStatementLinesRequest request;
  request.set_page_size(4);
  const absl::StatusOr<v1::ListStatementLinesResponse> first = ListStatementLines(ledger.engine(), request);
  ASSERT_TRUE(first.ok());
  ledger.Contribute("p2", "c1", "club-b", 1'000'000);
  ledger.AddProject("p3", "of-club-c", 4'000'000);
  request.set_page_token(first->next_page_token());
  const absl::StatusOr<v1::ListStatementLinesResponse> second = ListStatementLines(ledger.engine(), request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->sequence(), first->sequence());
  EXPECT_EQ(second->age_date(), first->age_date());
  ASSERT_EQ(second->lines_size(), 2);
  EXPECT_EQ(second->lines(1).confirmed_minor_units(), 0);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_fiscal_year(2014);
  EXPECT_EQ(ReasonOf(ListStatementLines(ledger.engine(), request).status()), v1::PAGE_TOKEN_INVALID);
}

// What the books of a party say, added up from the single contributions, releases, expenditures and refunds.
struct Books {
  int64_t declared = 0, verified = 0, released = 0, received = 0, spent = 0, refunded = 0;
};

template <typename Response, typename Request>
std::vector<Response> AllOf(StoredLedger& ledger, const std::string& parent) {
  Request request;
  request.set_parent(parent);
  request.set_page_size(1'000);
  const absl::StatusOr<Response> page = List<Response>(ledger.engine(), request);
  EXPECT_TRUE(page.ok()) << page.status();
  return {page.value_or(Response())};
}

std::map<std::string, Books> SlowBooks(StoredLedger& ledger, const v1::Project& project) {
  std::map<std::string, Books> books;
  for (const auto& page : AllOf<v1::ListContributionsResponse, v1::ListContributionsRequest>(ledger, project.name())) {
    for (const v1::Contribution& row : page.contributions()) {
      if (row.state() == v1::Contribution::DECLARED) books[row.party()].declared += row.declared().minor_units();
      if (row.state() == v1::Contribution::VERIFIED) books[row.party()].verified += row.credited().minor_units();
    }
  }
  for (const auto& page : AllOf<v1::ListReleasesResponse, v1::ListReleasesRequest>(ledger, project.name())) {
    for (const v1::Release& row : page.releases()) {
      if (row.state() != v1::Release::RETURNED) books[row.party()].released += row.amount().minor_units();
      if (row.state() == v1::Release::RECEIVED) books[row.party()].received += row.credited().minor_units();
    }
  }
  for (const auto& page : AllOf<v1::ListExpendituresResponse, v1::ListExpendituresRequest>(ledger, project.name())) {
    for (const v1::Expenditure& row : page.expenditures()) {
      for (int i = 0; row.state() == v1::Expenditure::RECORDED && i < row.drawn_minor_units_size(); ++i) {
        books[project.parties(i).organization()].spent += row.drawn_minor_units(i);
      }
    }
  }
  for (const auto& page : AllOf<v1::ListRefundsResponse, v1::ListRefundsRequest>(ledger, project.name())) {
    for (const v1::Refund& row : page.refunds()) books[row.party()].refunded += row.amount().minor_units();
  }
  return books;
}

// Random lives of projects, some drafts, some cancelled and refunded; every line must say what adding up says.
TEST(StatementLines, AddUpToTheSingleMovementsInEveryPageSize) {
  const uint32_t seed = 20'260'707;
  SCOPED_TRACE(absl::StrCat("replay with seed ", seed));
  std::mt19937 random(seed);
  const auto draw = [&](int64_t most) { return 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(most)); };
  Ledger ledger;
  for (int i = 0; i < 24; ++i) {
    const std::string id = absl::StrCat("p", i);
    const std::string club = std::vector<std::string>{"club-a", "club-b", "club-c"}[random() % 3];
    const int64_t total = 4 * draw(1'000'000) + draw(3);
    if (i % 6 == 0) {
      ledger.AddDraft(id, "of-" + club, total);
      continue;
    }
    ledger.AddProject(id, "of-" + club, total);
    const int64_t due = LineOf(LinesOf(ledger, "projects/" + id), id, club).due_minor_units();
    const int64_t paid = draw(due);
    ledger.Contribute(id, "c1", club, paid);
    if (random() % 2 == 0) ledger.Declare(id, "c2", club, draw(due));
    ledger.Authorize(id);
    if (random() % 4 != 0) ledger.Release(id, "t1", "town", 1, draw(paid));
    if (random() % 4 != 0) ledger.Release(id, "f1", "federal", 1, draw(paid));
    if (ledger.Read().Get<v1::Project>("projects/" + id)->state() != v1::Project::EXECUTING) continue;
    ledger.Spend(id, "e1", draw(paid));
    if (i % 5 == 0) {
      ledger.Cancel(id);
      ledger.ApportionRefunds(id);
      ledger.PayRefund(id, "r1", club);
    }
  }
  const std::vector<v1::StatementLine> lines = LinesOf(ledger, "", 1'000);
  ASSERT_EQ(lines.size(), 72u);
  for (const v1::StatementLine& line : lines) {
    SCOPED_TRACE(line.ShortDebugString());
    const v1::Project project = *ledger.Read().Get<v1::Project>(line.project());
    const Books books = SlowBooks(ledger, project)[line.organization()];
    EXPECT_EQ(line.declared_minor_units(), books.declared);
    EXPECT_EQ(line.verified_minor_units(), books.verified);
    EXPECT_EQ(line.released_minor_units(), books.released);
    EXPECT_EQ(line.received_minor_units(), books.received);
    EXPECT_EQ(line.spent_minor_units(), books.spent);
    EXPECT_EQ(line.refunded_minor_units(), books.refunded);
    const int64_t counted = line.club_money() ? books.verified : books.received;
    EXPECT_EQ(line.gap_minor_units(), std::max<int64_t>(0, line.due_minor_units() - counted));
    EXPECT_LE(line.late_minor_units(), line.gap_minor_units());
    EXPECT_EQ(line.late_minor_units() > 0, line.late_by_size() > 0);
    EXPECT_EQ(line.has_late_days(), line.late_by_size() > 0);
    const bool own = line.late_by_size() > 0 && line.late_by(0) == line.organization();
    if (own && !line.club_money()) {
      EXPECT_LT(line.released_minor_units(), line.due_minor_units());
    }
  }
  const auto bytes = [](const std::vector<v1::StatementLine>& all) {
    std::string text;
    for (const v1::StatementLine& line : all) text += line.SerializeAsString();
    return text;
  };
  for (const int page_size : {1, 2, 5, 71, 72}) {
    EXPECT_EQ(bytes(LinesOf(ledger, "", page_size)), bytes(lines)) << "pages of " << page_size;
  }
  for (const std::string subject : {"organizations/federal", kFederation}) {
    EXPECT_EQ(bytes(LinesOf(ledger, subject, 1)), bytes(LinesOf(ledger, subject, 1'000))) << subject;
  }
}

}  // namespace
}  // namespace oriundo
