#include "client/cli/year_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "client/cli/csv_text.h"
#include "client/cli/party_statement.h"
#include "client/cpp/call_error.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Table 15 of the IOM report: two of its rows, as published.
constexpr char kTable15[] =
    "year,federal_budget_mxn_millions,total_investment_mxn_millions,projects,municipalities,states,clubs,note\n"
    "2008,704.21,2816.82,2457,564,27,797,\"report text says 787 clubs for 2008, table says 797\"\n"
    "2018,329.04,1316.16,1058,,,599,municipalities and states not given\n";

// What is wrong with the file, in Spanish.
std::string Problem(const std::string& csv, const std::string& row = "2008", const std::string& currency = "MXN") {
  const absl::StatusOr<Published> published = ParsePublished(csv, row, currency, Words(Language::kSpanish));
  if (published.ok()) return "";
  const CallError error = CallErrorOf(published.status());
  EXPECT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].path, "--published");
  return error.fields[0].description;
}

TEST(ParsePublished, ReadsMillionsToTheUnit) {
  const absl::StatusOr<Published> published = ParsePublished(kTable15, "2008", "MXN", Words());
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->federal_budget, 70'421'000'000);
  EXPECT_EQ(published->total_investment, 281'682'000'000);
  EXPECT_EQ(published->projects, 2'457);
  EXPECT_EQ(published->municipalities, 564);
  EXPECT_EQ(published->states, 27);
  EXPECT_EQ(published->clubs, 797);
  EXPECT_EQ(published->note, "report text says 787 clubs for 2008, table says 797");
}

TEST(ParsePublished, LeavesOutWhatTheRowDoesNotSay) {
  const absl::StatusOr<Published> published = ParsePublished(kTable15, "2018", "MXN", Words());
  ASSERT_TRUE(published.ok());
  EXPECT_FALSE(published->municipalities.has_value());
  EXPECT_FALSE(published->states.has_value());
  EXPECT_EQ(published->clubs, 599);
}

TEST(ParsePublished, KeepsEveryDecimalOfAMillion) {
  const auto budget = [](const std::string& millions, const char* currency = "MXN") {
    const std::string name = currency == std::string("JPY") ? "jpy" : "mxn";
    return ParsePublished("year,federal_budget_" + name + "_millions\n1," + millions + "\n", "1", currency, Words())
        ->federal_budget;
  };
  EXPECT_EQ(budget("0.00000001"), 1);
  EXPECT_EQ(budget("704"), 70'400'000'000);
  EXPECT_EQ(budget("9999999.99999999"), 999'999'999'999'999);
  EXPECT_EQ(budget("0.000001", "JPY"), 1);
}

TEST(ParsePublished, SaysWhatIsWrong) {
  EXPECT_EQ(Problem(""), "no es un archivo CSV con encabezado y renglones");
  EXPECT_EQ(Problem("a,\"b"), "no es un archivo CSV con encabezado y renglones");
  EXPECT_EQ(Problem(kTable15, "1999"), "no tiene el renglón 1999");
  EXPECT_EQ(Problem(kTable15, "2008", "HNL"), "federal_budget_mxn_millions: la moneda aquí es HNL, no MXN");
  EXPECT_EQ(Problem("year,projects\n2008,many\n"), "projects: \"many\" no es una cantidad");
  EXPECT_EQ(Problem("year,projects\n2008,-1\n"), "projects: \"-1\" no es una cantidad");
  for (const char* wrong : {"-1", "1e3", "1.", ".5", "\"1,000\"", "1 000", "x"}) {
    EXPECT_THAT(Problem(std::string("year,total_investment_mxn_millions\n2008,") + wrong + "\n"),
                HasSubstr("no es un importe en millones, como 704.21"))
        << wrong;
  }
  EXPECT_THAT(Problem("year,total_investment_mxn_millions\n2008,0.000000001\n"), HasSubstr("decimales"));
  EXPECT_THAT(Problem("year,total_investment_mxn_millions\n2008,99999999999\n"), HasSubstr("es más de lo que admite el libro"));
}

v1::StatementLine LineOf(const std::string& project, const std::string& role, v1::OrganizationKind kind, const std::string& party,
                         int64_t due, int64_t confirmed, v1::Project::State state = v1::Project::EXECUTING) {
  v1::StatementLine line;
  line.set_project("projects/" + project);
  line.set_project_state(state);
  line.set_role(role);
  line.set_organization("organizations/" + party);
  line.set_organization_kind(kind);
  line.set_currency_code("MXN");
  line.set_locality_code("31-" + project);
  line.set_due_minor_units(due);
  line.set_confirmed_minor_units(confirmed);
  line.set_gap_minor_units(std::max<int64_t>(0, due - confirmed));
  return line;
}

YearReport SmallYear() {
  YearReport report;
  report.program.set_name("programs/mx-3x1");
  report.program.set_display_name("3x1");
  report.program.set_currency_code("MXN");
  report.fiscal_year = 2008;
  report.lines.set_sequence(77);
  report.lines.mutable_commit_time()->set_seconds(1'410'350'405);
  for (const auto& [project, state] : {std::pair("p1", v1::Project::EXECUTING), std::pair("p2", v1::Project::CLOSED),
                                       std::pair("p3", v1::Project::DRAFT), std::pair("p4", v1::Project::CANCELLED)}) {
    *report.lines.add_lines() = LineOf(project, "federal", v1::FEDERAL_GOVERNMENT, "nation", 200'000, 150'000, state);
    *report.lines.add_lines() = LineOf(project, "municipality", v1::MUNICIPAL_GOVERNMENT, "town", 100'000, 100'000, state);
    *report.lines.add_lines() = LineOf(project, "club", v1::CLUB, std::string("club-") + project, 100'000, 99'950, state);
  }
  for (const char* funder : {"nation", "state"}) {
    v1::Pool& pool = report.pools.emplace_back();
    pool.set_name(std::string("programs/mx-3x1/pools/") + funder + "-2008");
    pool.set_funder(std::string("organizations/") + funder);
    pool.set_currency_code("MXN");
    pool.set_budget_minor_units(1'000'000);
    pool.set_released_minor_units(600'000);
    pool.set_free_minor_units(400'000);
  }
  return report;
}

TEST(AddUp, CountsApprovedProjectsAndDifferentParties) {
  YearReport report = SmallYear();
  AddUp({"organizations/nation"}, report);
  EXPECT_EQ(report.projects, 2);
  EXPECT_EQ(report.clubs, 2);
  EXPECT_EQ(report.municipalities, 1);
  EXPECT_EQ(report.states, 0);
  EXPECT_EQ(report.localities, 2);
  EXPECT_EQ(report.not_approved, 1);
  EXPECT_EQ(report.cancelled, 1);
  EXPECT_EQ(report.federal_due, 400'000);
  EXPECT_EQ(report.federal_pools, 1'000'000);
  EXPECT_EQ(report.total.due, 800'000);
  EXPECT_EQ(report.total.gap, 100'100);
  ASSERT_EQ(report.roles.size(), 3u);
  EXPECT_EQ(report.roles[2].role, "club");
  EXPECT_EQ(report.roles[2].confirmed, 199'900);
}

// Roles add up to the total, and the total to the lines, whatever the lines are.
TEST(AddUp, LosesNoUnitOfRandomLines) {
  const uint32_t seed = 77;
  SCOPED_TRACE("replay with seed 77");
  std::mt19937_64 random(seed);
  YearReport report;
  int64_t due = 0, confirmed = 0;
  std::set<std::string> projects;
  for (int i = 0; i < 5'000; ++i) {
    const auto state = static_cast<v1::Project::State>(1 + random() % 14);
    const std::string project = "p" + std::to_string(random() % 900) + "-" + std::to_string(state);
    const v1::StatementLine line =
        LineOf(project, "role-" + std::to_string(random() % 5), v1::CLUB, "c", static_cast<int64_t>(random() % 1'000'000'000'000),
               static_cast<int64_t>(random() % 1'000'000'000'000), state);
    *report.lines.add_lines() = line;
    const bool counted = state >= v1::Project::APPROVED && state != v1::Project::REJECTED && state != v1::Project::CANCELLED;
    if (!counted) continue;
    due += line.due_minor_units();
    confirmed += line.confirmed_minor_units();
    projects.insert(line.project());
  }
  AddUp({}, report);
  EXPECT_EQ(report.total.due, due);
  EXPECT_EQ(report.total.confirmed, confirmed);
  EXPECT_EQ(report.projects, static_cast<int64_t>(projects.size()));
  int64_t of_roles = 0;
  for (const RoleSums& role : report.roles) of_roles += role.due;
  EXPECT_EQ(of_roles, due);
}

TEST(YearReport, StandsBesideThePublishedFiguresToTheUnit) {
  YearReport report = SmallYear();
  AddUp({"organizations/nation"}, report);
  report.published = *ParsePublished(kTable15, "2008", "MXN", Words());
  const nlohmann::json json = nlohmann::json::parse(JsonOf(report));
  EXPECT_EQ(json["figures"]["projects"]["difference"], "-2455");
  EXPECT_EQ(json["figures"]["federal_due"]["ledger_minor_units"], "400000");
  EXPECT_EQ(json["figures"]["federal_due"]["published_minor_units"], "70421000000");
  EXPECT_EQ(json["figures"]["federal_due"]["difference_minor_units"], "-70420600000");
  EXPECT_FALSE(json["figures"]["localities"].contains("published"));
  EXPECT_EQ(json["roles"]["club"]["gap_minor_units"], "100");
  EXPECT_EQ(json["total"]["due_minor_units"], "800000");
  EXPECT_EQ(json["pools"]["programs/mx-3x1/pools/state-2008"]["free_minor_units"], "400000");
  EXPECT_EQ(json["sequence"], "77");
  EXPECT_EQ(json["commit_time"], "2014-09-10T12:00:05Z");

  const auto rows = ParseCsv(CsvOf(report));
  ASSERT_TRUE(rows.ok());
  EXPECT_THAT(rows->front(), ElementsAre("section", "name", "measure", "currency_code", "ledger", "ledger_decimal", "published",
                                         "published_decimal", "difference", "difference_decimal", "sequence"));
  EXPECT_THAT((*rows)[1], ElementsAre("figure", "", "projects", "", "2", "2", "2457", "2457", "-2455", "-2455", "77"));
  EXPECT_THAT((*rows)[8], ElementsAre("figure", "", "total_due", "MXN", "800000", "8000.00", "281682000000", "2816820000.00",
                                      "-281681200000", "-2816812000.00", "77"));
  for (const auto& row : *rows) EXPECT_EQ(row.size(), rows->front().size());
}

// A year as large as 2008: 2,457 projects of 797 clubs in 564 municipalities of 27 states, in four equal roles. The federal
// budget is published to the hundredth of a million, and a quarter of the total is half a hundredth less.
TEST(YearReport, OfTwoThousandEightDiffersOnlyByTheRoundingOfWhatWasPublished) {
  constexpr int kProjects = 2'457;
  constexpr int64_t kRoleTotal = 281'682'000'000 / 4;
  YearReport report = SmallYear();
  report.lines.clear_lines();
  for (int i = 0; i < kProjects; ++i) {
    const std::string project = "p" + std::to_string(i);
    const int64_t due = kRoleTotal / kProjects + (i < kRoleTotal % kProjects ? 1 : 0);
    const std::pair<v1::OrganizationKind, int> parties[] = {
        {v1::FEDERAL_GOVERNMENT, 1}, {v1::STATE_GOVERNMENT, 27}, {v1::MUNICIPAL_GOVERNMENT, 564}, {v1::CLUB, 797}};
    for (const auto& [kind, count] : parties) {
      const std::string role = v1::OrganizationKind_Name(kind);
      *report.lines.add_lines() = LineOf(project, role, kind, role + std::to_string(i % count), due, due);
    }
  }
  AddUp({}, report);
  report.published = *ParsePublished(kTable15, "2008", "MXN", Words());
  const nlohmann::json figures = nlohmann::json::parse(JsonOf(report))["figures"];
  for (const char* exact : {"projects", "clubs", "municipalities", "states"})
    EXPECT_EQ(figures[exact]["difference"], "0") << exact;
  EXPECT_EQ(figures["total_due"]["ledger_minor_units"], "281682000000");
  EXPECT_EQ(figures["total_due"]["difference_minor_units"], "0");
  EXPECT_EQ(figures["federal_due"]["difference_minor_units"], "-500000") << "5,000.00 MXN";
}

std::string Printed(const Document& document, const Words& words) {
  std::ostringstream out, err;
  PrintDocument(document, Output{.out = out, .err = err, .words = words});
  return out.str();
}

TEST(YearReport, ReadsInSpanish) {
  YearReport report = SmallYear();
  AddUp({"organizations/nation"}, report);
  report.published = *ParsePublished(kTable15, "2008", "MXN", Words());
  const Words spanish(Language::kSpanish);
  const std::string text = Printed(DocumentOf(report, ReaderLocale(Language::kSpanish), spanish), spanish);
  EXPECT_THAT(text, testing::StartsWith("3x1 (mx-3x1), ejercicio 2008\n"
                                        "Importes en: MXN\n"
                                        "Al: asiento 77, 10 sept 2014, 12:00:05 UTC\n"
                                        "\n"
                                        "Cifras\n"
                                        "cifra                 libro         publicado         diferencia\n"
                                        "proyectos                 2             2,457             -2,455\n"
                                        "clubes                    2               797               -795\n"
                                        "municipios                1               564               -563\n"
                                        "estados                   0                27                -27\n"
                                        "localidades               2\n"
                                        "parte federal      4,000.00    704,210,000.00    -704,206,000.00\n"
                                        "bolsas federales  10,000.00    704,210,000.00    -704,200,000.00\n"
                                        "inversión total    8,000.00  2,816,820,000.00  -2,816,812,000.00\n"));
  EXPECT_THAT(text, HasSubstr("Además el ejercicio tiene 1 sin aprobar y 1 cancelados."));
  EXPECT_THAT(text, HasSubstr("Observación de la fuente: report text says 787 clubs for 2008, table says 797"));
}

}  // namespace
}  // namespace oriundo
