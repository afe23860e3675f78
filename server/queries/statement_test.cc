#include "server/queries/statement.h"

#include <gtest/gtest.h>

#include <string>

#include "server/base/reason_status.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

using Line = v1::ProjectStatement::Line;

v1::ProjectStatement Statement(const Reader& reader, const std::string& project = "projects/p") {
  v1::GetProjectStatementRequest request;
  request.set_name(project);
  const absl::StatusOr<v1::ProjectStatement> statement = GetProjectStatement(reader, request);
  EXPECT_TRUE(statement.ok()) << statement.status();
  return statement.value_or(v1::ProjectStatement());
}

// The Tekax road of 2014: 50/25/25, a peso short (AT2).
struct Tekax {
  Tekax() {
    ledger.AddRule("r",
                   {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .weight = 50, .cumulative_bps = {10'000}},
                    {.role = "municipal", .kind = v1::MUNICIPAL_GOVERNMENT, .weight = 25, .cumulative_bps = {10'000}},
                    {.role = "club", .kind = v1::CLUB, .weight = 25}},
                   /*tolerance=*/50);
    ledger.AddProject("p", "r", 141'373'400);
  }

  void Fund() {
    ledger.Contribute("p", "c", "club", 35'343'300);
    ledger.Authorize("p");
    ledger.Release("p", "m", "municipal", 1, 35'343'300);
    ledger.Release("p", "f", "federal", 1, 70'686'700);
  }

  StoredLedger ledger;
};

TEST(Statement, OfTheTekaxRoadIsAPesoShortAndComplies) {
  Tekax tekax;
  tekax.Fund();
  tekax.ledger.Spend("p", "e", 41'373'300);
  const v1::ProjectStatement statement = Statement(tekax.ledger.Read());
  ASSERT_EQ(statement.lines_size(), 3);
  const int64_t dues[] = {70'686'700, 35'343'350, 35'343'350};
  const int64_t deviations[] = {0, -50, -50};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(statement.lines(i).party().due_minor_units(), dues[i]);
    EXPECT_EQ(statement.lines(i).deviation_minor_units(), deviations[i]);
    EXPECT_EQ(statement.lines(i).gap_minor_units(), -deviations[i]);
    EXPECT_TRUE(statement.lines(i).complies());
  }
  EXPECT_EQ(statement.lines(2).display_name(), "The club");
  EXPECT_EQ(statement.project().title(), "Works of p");
  EXPECT_EQ(statement.total_due_minor_units(), 141'373'400);
  EXPECT_EQ(statement.total_confirmed_minor_units(), 141'373'300);
  EXPECT_EQ(statement.gap_minor_units(), 100);
  EXPECT_EQ(statement.matched_base_minor_units(), 141'373'200);
  const int64_t matched[] = {70'686'600, 35'343'300, 35'343'300};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(statement.lines(i).matched_minor_units(), matched[i]);
  EXPECT_EQ(statement.spent_minor_units(), 41'373'300);
  EXPECT_EQ(statement.box_minor_units(), 100'000'000);
  EXPECT_TRUE(statement.complies());
  EXPECT_EQ(statement.currency_code(), "MXN");
  EXPECT_EQ(statement.sequence(), tekax.ledger.newest());
}

TEST(Statement, EntitlesByTheClubsVerifiedMoney) {
  Tekax tekax;
  EXPECT_EQ(Statement(tekax.ledger.Read()).lines(0).entitled_minor_units(), 100);  // Twice the tolerance.
  tekax.ledger.Contribute("p", "c", "club", 35'343'300);
  const v1::ProjectStatement statement = Statement(tekax.ledger.Read());
  EXPECT_EQ(statement.lines(0).entitled_minor_units(), 70'686'700);
  EXPECT_EQ(statement.lines(1).entitled_minor_units(), 35'343'350);
  EXPECT_FALSE(statement.lines(2).has_entitled_minor_units());
  EXPECT_FALSE(statement.complies());
  EXPECT_EQ(statement.lines(2).confirmed_share_bps(), 10'000);
}

TEST(Statement, EntitlesAReplacedPartyToWhatItHas) {
  Tekax tekax;
  StoredLedger& ledger = tekax.ledger;
  ledger.Contribute("p", "c", "club", 35'343'300);
  ledger.Authorize("p");
  ledger.Release("p", "m", "municipal", 1, 10'000'000);
  v1::CreateOrganizationRequest create;
  create.set_organization_id("heir");
  create.mutable_organization()->set_kind(v1::MUNICIPAL_GOVERNMENT);
  create.mutable_organization()->set_display_name("An heir");
  create.mutable_organization()->set_country_code("MX");
  ledger.Do("administrator", "organizations/heir", create);
  v1::CreatePoolRequest pool;
  pool.set_parent("programs/mx");
  pool.mutable_pool()->set_funder("organizations/heir");
  pool.mutable_pool()->set_fiscal_year(2014);
  pool.mutable_pool()->set_budget_minor_units(1'000'000'000'000);
  ledger.Do("heir", "programs/mx", pool);
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/p");
  propose.set_amendment_id("heir");
  propose.mutable_reason()->set_text("the town hands on");
  auto& replacement = *propose.mutable_terms()->add_replacements();
  replacement.set_organization("organizations/municipal");
  replacement.set_successor("organizations/heir");
  ledger.Do("office", "projects/p", propose);
  const auto amendment = ledger.Read().Get<v1::Amendment>("projects/p/amendments/heir");
  ASSERT_TRUE(amendment.ok()) << amendment.status();
  for (const std::string& signer : amendment->signers()) {
    v1::SignAmendmentRequest sign;
    sign.set_name(amendment->name());
    ledger.Do(signer.substr(signer.find('/') + 1), "projects/p", sign);
  }
  const v1::ProjectStatement statement = Statement(ledger.Read());
  int found = 0;
  for (const Line& line : statement.lines()) {
    const bool left = line.party().organization() == "organizations/municipal";
    const bool joined = line.party().organization() == "organizations/heir";
    if (left || joined) {
      EXPECT_EQ(line.entitled_minor_units(), left ? 10'000'000 : 25'343'350);
    }
    found += left || joined ? 1 : 0;
  }
  EXPECT_EQ(found, 2);
}

TEST(Statement, ShowsThePast) {
  Tekax tekax;
  const int64_t before = tekax.ledger.newest();
  tekax.Fund();
  const v1::ProjectStatement statement = Statement(tekax.ledger.Read(before));
  EXPECT_EQ(statement.sequence(), before);
  EXPECT_EQ(statement.total_confirmed_minor_units(), 0);
  EXPECT_EQ(statement.gap_minor_units(), 141'373'400);
  EXPECT_EQ(statement.project().state(), v1::Project::AGREED);
}

TEST(Statement, OfTheJalpillaStreetKeepsTheOverMatchApart) {  // AT4
  StoredLedger ledger;
  ledger.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                       {.role = "state", .kind = v1::STATE_GOVERNMENT, .cumulative_bps = {10'000}},
                       {.role = "municipal", .kind = v1::MUNICIPAL_GOVERNMENT, .cumulative_bps = {10'000}},
                       {.role = "club", .kind = v1::CLUB}});
  ledger.AddProject("p", "r", 116'575'940);
  ledger.Contribute("p", "c", "club", 29'143'985);
  ledger.Authorize("p");
  ledger.Release("p", "f", "federal", 1, 29'143'985);
  ledger.Release("p", "s", "state", 1, 29'143'985);
  ledger.Release("p", "m", "municipal", 1, 29'143'985);
  ledger.Contribute("p", "excess", "municipal", 9'625'910);
  const v1::ProjectStatement statement = Statement(ledger.Read());
  EXPECT_EQ(statement.total_confirmed_minor_units(), 126'201'850);
  EXPECT_EQ(statement.matched_base_minor_units(), 116'575'940);
  EXPECT_EQ(statement.over_match_minor_units(), 9'625'910);
  EXPECT_EQ(statement.gap_minor_units(), 0);
  EXPECT_TRUE(statement.complies());
  EXPECT_EQ(statement.lines(2).confirmed_minor_units(), 38'769'895);
  EXPECT_EQ(statement.lines(2).deviation_minor_units(), 9'625'910) << "a government's excess deviates as a club's does";
  EXPECT_EQ(statement.lines(2).gap_minor_units(), 0);
  EXPECT_EQ(statement.lines(2).party().over_match_minor_units(), 9'625'910);
  for (const auto& line : statement.lines()) EXPECT_EQ(line.matched_minor_units(), 29'143'985);
  EXPECT_EQ(statement.lines(3).confirmed_share_bps(), 2'309);
  EXPECT_TRUE(statement.lines(3).complies());
}

TEST(Statement, MeasuresPartiesThatShareARoleAgainstTheirOwnDues) {
  StoredLedger ledger;
  const StoredLedger::Funder federal = {.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}};
  ledger.AddRule("other", {federal, {.role = "club-b", .kind = v1::CLUB}});  // Makes the second club.
  ledger.AddRule("r", {federal, {.role = "club", .kind = v1::CLUB}}, /*tolerance=*/10);
  ledger.AddDraft("p", "r", 2'000);
  v1::UpdateProjectRequest update;
  update.set_name("projects/p");
  *update.mutable_project() = *ledger.Read().Get<v1::Project>("projects/p");
  update.set_etag(update.project().etag());
  update.mutable_project()->clear_title_commitment();
  update.mutable_project()->mutable_parties(1)->set_due_minor_units(600);
  v1::Party& second = *update.mutable_project()->add_parties();
  second.set_role("club");
  second.set_organization("organizations/club-b");
  second.set_due_minor_units(400);
  ledger.Do("club", "projects/p", update);
  ledger.Agree("p");
  ledger.Contribute("p", "c1", "club", 700);
  ledger.Contribute("p", "c2", "club-b", 300);

  const v1::ProjectStatement statement = Statement(ledger.Read());
  EXPECT_EQ(statement.lines(0).entitled_minor_units(), 1'010) << "by what both clubs have verified";
  EXPECT_EQ(statement.matched_base_minor_units(), 0);
  EXPECT_EQ(statement.lines(1).matched_minor_units(), 0);
  EXPECT_EQ(statement.lines(1).deviation_minor_units(), 100);
  EXPECT_EQ(statement.lines(1).party().over_match_minor_units(), 100);
  EXPECT_TRUE(statement.lines(1).complies());
  EXPECT_EQ(statement.lines(2).gap_minor_units(), 100);
  EXPECT_FALSE(statement.lines(2).complies());
  EXPECT_EQ(statement.gap_minor_units(), 1'000 + 100) << "one club's excess does not pay the other's due";

  ledger.Authorize("p");
  ledger.Release("p", "f", "federal", 1, 1'000);
  const v1::ProjectStatement matched = Statement(ledger.Read());
  EXPECT_EQ(matched.matched_base_minor_units(), 2'000);
  EXPECT_EQ(matched.lines(1).matched_minor_units(), 700) << "within a role, pro rata to what each has confirmed";
  EXPECT_EQ(matched.lines(2).matched_minor_units(), 300);
}

TEST(Statement, MatchesTheLargerMoneyOnlyAsFarAsTheSmallerGoes) {
  StoredLedger ledger;
  ledger.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                       {.role = "club", .kind = v1::CLUB}});
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 700);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 300);
  const v1::ProjectStatement statement = Statement(ledger.Read());
  EXPECT_EQ(statement.matched_base_minor_units(), 600);
  EXPECT_EQ(statement.lines(0).matched_minor_units(), 300);
  EXPECT_EQ(statement.lines(1).matched_minor_units(), 300) << "400 of the club's 700 nobody has matched yet";
}

TEST(Statement, OfADraftOwesNothingYet) {
  StoredLedger ledger;
  ledger.AddRule(
      "r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}}, {.role = "club", .kind = v1::CLUB}});
  ledger.AddDraft("p", "r", 2'000);
  const v1::ProjectStatement statement = Statement(ledger.Read());
  EXPECT_EQ(statement.lines_size(), 2);
  EXPECT_EQ(statement.total_due_minor_units(), 0);
  EXPECT_EQ(statement.gap_minor_units(), 0);
  EXPECT_FALSE(statement.complies());
}

TEST(Statement, CountsRefunds) {
  Tekax tekax;
  tekax.Fund();
  tekax.ledger.Cancel("p");
  tekax.ledger.ApportionRefunds("p");
  tekax.ledger.PayRefund("p", "r1", "club");
  const v1::ProjectStatement statement = Statement(tekax.ledger.Read());
  EXPECT_EQ(statement.refunded_minor_units(), 35'343'300);
  EXPECT_EQ(statement.box_minor_units(), 141'373'300 - 35'343'300);
}

TEST(Statement, IsOfAProjectThatExists) {
  StoredLedger ledger;
  v1::GetProjectStatementRequest request;
  request.set_name("projects/none");
  EXPECT_EQ(ReasonOf(GetProjectStatement(ledger.Read(), request).status()), v1::PROJECT_NOT_FOUND);
  request.set_name("organizations/office");
  EXPECT_EQ(ReasonOf(GetProjectStatement(ledger.Read(), request).status()), v1::INVALID_FIELD);
}

}  // namespace
}  // namespace oriundo
