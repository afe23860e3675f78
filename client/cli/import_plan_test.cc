#include "client/cli/import_plan.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/import_words.h"
#include "client/cpp/call_error.h"
#include "google/protobuf/text_format.h"

namespace oriundo {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kHeader[] = "id,place,kind,total,federal,municipal,club\n";

// Projects of one rule, led as far as their money.
constexpr char kProjects[] = R"(
  source: "a test"
  currency_code: "MXN"
  tables { name: "category" entries { from: "street" to: "INFRASTRUCTURE" } entries { from: "school" to: "COMMUNITY_SERVICES" } }
  rows {
    where { column: "id" empty: false }
    organizations {
      act_as: "administrator/root" id: "club-{place:slug}" kind: CLUB display_name: "Club de {place}" country_code: "US"
      registration { act_as: "consulate/registrar" folio: "SYN-{place:code}" valid_from: "2002-01-01" valid_to: "2099-12-31" }
    }
    project {
      id: "{id}" program: "mx-3x1" rule_version: "quarters" fiscal_year: "2014" title: "{kind}, {place}"
      category: "{kind:category}"
      locality_code: "{place:code}" club: "club-{place:slug}" executor: "builder" total_column: "total"
      funders { role: "federal" organization: "federation-mx" amount_column: "federal" }
      funders { role: "municipality" organization: "town-{place:slug}" amount_column: "municipal" }
      funders { role: "club" organization: "club-{place:slug}" amount_column: "club" }
      through: FUNDED office: "sedesol" verifier: "bank-check" account: "SYNTHETIC{id:digits}" agreement_date: "2014-01-02"
      bank_value_date: "2014-06-02" memo: "Synthetic but for the amounts"
    }
  }
)";

v1::ImportMapping MappingOf(const std::string& text) {
  v1::ImportMapping mapping;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &mapping));
  return mapping;
}

absl::StatusOr<ImportPlan> PlanOf(const std::string& mapping, const std::string& csv, Language language = Language::kEnglish) {
  std::istringstream stream(csv);
  return PlanImport(MappingOf(mapping), stream, "rows.csv", Words(language));
}

// Problems as `2:7 total: why`.
std::vector<std::string> ProblemsOf(const ImportPlan& plan) {
  std::vector<std::string> lines;
  for (const RowProblem& problem : plan.problems)
    lines.push_back(absl::StrCat(problem.line, ":", problem.position, " ", problem.column, ": ", problem.reason));
  return lines;
}

std::vector<std::string> MistakesOf(const absl::StatusOr<ImportPlan>& plan) {
  std::vector<std::string> lines;
  for (const auto& field : CallErrorOf(plan.status()).fields) lines.push_back(field.path + ": " + field.description);
  return lines;
}

// A file of the published figures, as it lies in the repository.
ImportPlan Published(const std::string& mapping, const std::string& csv) {
  std::ifstream text(std::string(ORIUNDO_SOURCE) + "/deploy/imports/" + mapping + ".textproto");
  std::ifstream stream(std::string(ORIUNDO_SOURCE) + "/deploy/imports/data/" + csv + ".csv");
  EXPECT_TRUE(text && stream) << mapping;
  absl::StatusOr<ImportPlan> plan =
      PlanImport(MappingOf(std::string(std::istreambuf_iterator<char>(text), {})), stream, csv, Words());
  EXPECT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(ProblemsOf(*plan), IsEmpty());
  return *std::move(plan);
}

// The figures that differ as `3 total, parts against total: 1262000 is printed, 126201850 computed, 1850 more`.
std::vector<std::string> DifferencesOf(const ImportPlan& plan) {
  std::vector<std::string> lines;
  for (const Figure& figure : plan.figures) {
    if (figure.difference() == 0) continue;
    lines.push_back(absl::StrCat(figure.line, " ", figure.column, " ", figure.subject, "|", figure.check, "|", figure.printed,
                                 "|", figure.computed_minor_units, "|", figure.difference()));
  }
  return lines;
}

TEST(PlanImport, ReadsARowToAProjectWithItsFundersAndItsClub) {
  const absl::StatusOr<ImportPlan> plan =
      PlanOf(kProjects, absl::StrCat(kHeader, "road-1,\"Lo de Peña, Colima\",street,400.00,200,100.5,99.50\n"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(ProblemsOf(*plan), IsEmpty());
  ASSERT_THAT(plan->organizations, ElementsAre(SizeIs(1)));
  EXPECT_EQ(plan->organizations[0][0].create.organization_id(), "club-lo-de-pena-colima");
  EXPECT_EQ(plan->organizations[0][0].create.organization().display_name(), "Club de Lo de Peña, Colima");
  EXPECT_EQ(plan->organizations[0][0].registration.registration().folio(), "SYN-LO-DE-PENA-COLIMA");
  ASSERT_THAT(plan->projects, SizeIs(1));
  const PlannedProject& project = plan->projects[0];
  EXPECT_EQ(project.line, 2);
  EXPECT_EQ(project.draft.rule_version(), "programs/mx-3x1/versions/quarters");
  EXPECT_EQ(project.draft.title(), "street, Lo de Peña, Colima");
  EXPECT_EQ(project.draft.category(), v1::INFRASTRUCTURE);
  EXPECT_EQ(project.draft.locality_code(), "LO-DE-PENA-COLIMA");
  EXPECT_EQ(project.printed_total, 40000);
  EXPECT_EQ(project.through, v1::ProjectRow::FUNDED);
  EXPECT_THAT(project.funders, ElementsAre(Field(&PlannedFunder::amount, 20000), Field(&PlannedFunder::amount, 10050),
                                           Field(&PlannedFunder::amount, 9950)));
  EXPECT_THAT(project.account, testing::MatchesRegex("SYNTHETIC[0-9]+"));
}

TEST(PlanImport, LeavesAProjectADraftWhereNotEveryAmountIsKnown) {
  const absl::StatusOr<ImportPlan> plan = PlanOf(kProjects, absl::StrCat(kHeader, "road-1,Tekax,street,400,200,,\n"));
  ASSERT_TRUE(plan.ok() && plan->projects.size() == 1);
  EXPECT_EQ(plan->projects[0].through, v1::ProjectRow::DRAFT);
}

TEST(PlanImport, TellsEveryMalformedRowWithLineColumnAndReasonAndKeepsTheOthers) {
  const absl::StatusOr<ImportPlan> plan = PlanOf(kProjects, absl::StrCat(kHeader,
                                                                         "road-1,Tekax,street,400,200,100,100\n"
                                                                         "road-2,Tekax,street,400,200.005,100,1x0\n"
                                                                         "road-3,Tekax,bridge,400,200,100,100\n"
                                                                         "Road 4,Tekax,street,-1,200,100,100\n"
                                                                         "road-5,Tekax\n"
                                                                         "road-6,\"Tekax\"x,street,400,200,100,100\n"
                                                                         "road-1,Tekax,street,400,200,100,100\n"
                                                                         "road-8,Tekax,street,,200,100,100\n"
                                                                         "road-9,Tekax,street,400,200,100,100\n"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(ProblemsOf(*plan),
              ElementsAre("3:25 federal: 200.005 has 3 decimals; MXN has 2",
                          "3:37 club: \"1x0\" is no amount as the mapping says amounts are written",
                          "4:14 kind: \"bridge\" is not in the table category of the mapping", "5:1 id: \"Road 4\" is no id",
                          "5:21 total: is not above zero", "6:0 : the row has 2 fields; the header names 7 columns",
                          "7:15 : text after the closing quote; a quote inside a quoted field is written twice",
                          "8:0 : projects/road-1 stands in line 2 already", "9:21 total: is empty and is needed"));
  EXPECT_EQ(plan->problems[0].subject, "projects/road-2");
  EXPECT_EQ(plan->rows, 9);
  EXPECT_EQ(plan->rows_malformed, 7);
  ASSERT_THAT(plan->projects, SizeIs(2));
  EXPECT_EQ(plan->projects[1].id, "road-9");
}

TEST(PlanImport, TellsMalformedRowsInSpanish) {
  const absl::StatusOr<ImportPlan> plan =
      PlanOf(kProjects, absl::StrCat(kHeader, "road-1,Tekax,street,400,200.005,100,\n"), Language::kSpanish);
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(ProblemsOf(*plan), ElementsAre("2:25 federal: 200.005 tiene 3 decimales; MXN tiene 2"));
}

TEST(PlanImport, MakesAnOrganizationOnceAndTellsWhereTwoRowsDescribeItOtherwise) {
  const absl::StatusOr<ImportPlan> plan = PlanOf(kProjects, absl::StrCat(kHeader,
                                                                         "road-1,Peña,street,400,200,100,100\n"
                                                                         "road-2,Peña,street,400,200,100,100\n"
                                                                         "road-3,Pena,street,400,200,100,100\n"));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->organizations, ElementsAre(SizeIs(1)));
  EXPECT_THAT(ProblemsOf(*plan), ElementsAre("4:0 : organizations/club-pena is described otherwise in line 2"));
}

TEST(PlanImport, NamesTheRowsThatTheMappingLeavesOut) {
  const absl::StatusOr<ImportPlan> plan = PlanOf(kProjects, absl::StrCat(kHeader, ",Tekax,street,400,200,100,100\n"));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->lines_of_no_kind, ElementsAre(2));
  EXPECT_THAT(plan->projects, IsEmpty());
}

TEST(PlanImport, ReadsMoneyOfProjectsThatAreThere) {
  const char mapping[] = R"(
    source: "a bank" currency_code: "MXN" numbers { decimal_separator: "," thousands_separator: "." }
    rows { money { kind: DEPOSIT project: "{project}" id: "{id}" amount_column: "amount" date: "{day}" party: "{party}"
                   verifier: "bank-check" account: "{account}" memo: "bank line {id}" } })";
  const absl::StatusOr<ImportPlan> plan = PlanOf(mapping,
                                                 "project,id,amount,day,party,account\n"
                                                 "road-1,d-1,\"1.413.734,00\",2014-05-05,club-tekax,012345678901234567\n"
                                                 "road-1,d-2,\"1413,5\",2014-02-30,club-tekax,0123\n"
                                                 "road-1,d-1,\"1\",2014-05-05,club-tekax,012345678901234567\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->money, SizeIs(1));
  EXPECT_EQ(plan->money[0].amount, 141373400);
  EXPECT_THAT(ProblemsOf(*plan), ElementsAre("3:21 day: \"2014-02-30\" is no day like 2014-09-10",
                                             "3:43 account: is no account: 6 to 34 capitals and digits",
                                             "4:0 : projects/road-1/contributions/d-1 stands in line 2 already"));
}

TEST(PlanImport, ListsEveryMistakeOfAMappingBeforeAnyRow) {
  const std::string mapping = absl::StrReplaceAll(kProjects, {{"{place:slug}", "{plaza:slug}"},
                                                              {"office: \"sedesol\"", ""},
                                                              {"title: \"{kind}, {place}\"", "title: \"{kind\""},
                                                              {"category: \"{kind:category}\"", "category: \"{kind:colour}\""},
                                                              {"total_column: \"total\"", ""}});
  EXPECT_THAT(
      MistakesOf(PlanOf(mapping, kHeader)),
      AllOf(Contains("rows[0].organizations[0].id: the file has no column \"plaza\""),
            Contains("rows[0].project.office: is required for what this asks"),
            Contains("rows[0].project.title: a brace stands alone; write two for a brace of the text"),
            Contains("rows[0].project.total_column: is required for what this asks"),
            Contains("rows[0].project.category: \"colour\" is neither slug, code, digits, upper nor a table of the mapping")));
  EXPECT_THAT(MistakesOf(PlanOf("currency_code: \"MXN\"", "a\n")),
              ElementsAre("source: is required", "rows: says neither what rows lead to nor what figures to check"));
}

TEST(PlanImport, RefusesAFileWithoutAHeaderThatTellsColumnsApart) {
  EXPECT_THAT(MistakesOf(PlanOf(kProjects, "")), ElementsAre("rows.csv: is empty; the first line names the columns"));
  EXPECT_THAT(MistakesOf(PlanOf(kProjects, "id,place,id\n")), ElementsAre(HasSubstr("the column \"id\" stands twice")));
  EXPECT_THAT(MistakesOf(PlanOf(kProjects, "id,\n")), ElementsAre(HasSubstr("a column has no name")));
}

TEST(ParseFigure, IsExactInEveryScaleAndRefusesWhatItCannotHold) {
  v1::NumberFormat format;
  const auto parse = [&](const char* text) { return ParseFigure(text, format, "MXN", Words()); };
  EXPECT_EQ(*parse(" 1413734.5 "), 141373450);
  EXPECT_EQ(*parse("-0.01"), -1);
  format.set_scale(v1::NumberFormat::MILLIONS);
  EXPECT_EQ(*parse("704.21"), 70421000000);
  EXPECT_EQ(*parse("0.00000001"), 1);
  EXPECT_FALSE(parse("0.000000001").ok());
  format.set_scale(v1::NumberFormat::THOUSANDS);
  EXPECT_EQ(*parse("12"), 1200000);
  format.set_scale(v1::NumberFormat::UNITS);
  for (const char* text : {"", "-", ".5", "5.", "1,000", "1e3", "0x10", "١", "1 000", "--1", "1.2.3", "99999999999999.99"})
    EXPECT_FALSE(parse(text).ok()) << text;
  format.set_thousands_separator(",");
  EXPECT_EQ(*parse("1,413,734.00"), 141373400);
  for (const char* text : {"1,4", "1413,734", ",100", "1,,000", "1,0000"}) EXPECT_FALSE(parse(text).ok()) << text;
}

TEST(SlugOf, MakesIdsOfPlaces) {
  EXPECT_EQ(SlugOf("Lo de Villa, Colima"), "lo-de-villa-colima");
  EXPECT_EQ(SlugOf("  Ñuñoa -- Ángel Ü. "), "nunoa-angel-u");
  EXPECT_EQ(SlugOf("..."), "");
}

TEST(Figures, AreTakenOverRowsOrFromTheOneRowThatPrintsThem) {
  const char mapping[] = R"(
    source: "a table" currency_code: "MXN"
    checks { name: "all" scope: ALL_ROWS unit: COUNT columns: "n" where { column: "what" differs_from: "Total" }
             printed_column: "n" printed_where { column: "what" equals: "Total" } }
    checks { name: "rows" scope: ALL_ROWS unit: COUNT where { column: "what" one_of { texts: "a" texts: "b" } }
             printed_text: "3" })";
  const absl::StatusOr<ImportPlan> plan = PlanOf(mapping, "what,n\na,1\nb,2\nTotal,4\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(DifferencesOf(*plan), ElementsAre("4 n |all|4|3|-1", "0  |rows|3|2|-1"));
  const absl::StatusOr<ImportPlan> twice = PlanOf(mapping, "what,n\na,1\nTotal,4\nTotal,4\n");
  ASSERT_TRUE(twice.ok());
  EXPECT_THAT(ProblemsOf(*twice), ElementsAre(HasSubstr("all: rows that print the figure: 2; one is wanted")));
}

// A sum without the cell that cannot be read would be off by all of it; a cell that is there is not called empty.
TEST(Figures, AreNotTakenOfARowWhoseCellsCannotBeRead) {
  const std::string checks = R"(
    checks { name: "parts" scope: EACH_ROW columns: "federal" columns: "club" printed_column: "total" })";
  const std::string rows = absl::StrCat(kHeader,
                                        "road-1,Tekax,street,400,\"200.000,00\",100,100\n"
                                        "road-2,Tekax,street,400,200,100,100\n");
  const absl::StatusOr<ImportPlan> plan = PlanOf(kProjects + checks, rows);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(ProblemsOf(*plan),
              ElementsAre("2:25 federal: \"200.000,00\" is no amount as the mapping says amounts are written"));
  ASSERT_THAT(plan->figures, SizeIs(1));
  EXPECT_EQ(plan->figures[0].line, 3);
}

TEST(PlanImport, DoesNotCallACellEmptyThatIsNot) {
  // Two fields read the year, and the table knows none of them.
  const char mapping[] = R"(
    source: "a test" currency_code: "MXN" tables { name: "years" entries { from: "2014" to: "2014" } }
    rows { money { kind: DEPOSIT project: "p" id: "{id:slug}" amount_column: "n" date: "{year:years}" party: "{year:years}"
                   memo: "m" verifier: "v" account: "SYNTHETIC1" } })";
  const absl::StatusOr<ImportPlan> plan = PlanOf(mapping, "id,year,n\nd1,2099,5\nd2,,5\n--,,5\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(ProblemsOf(*plan), ElementsAre("2:4 year: \"2099\" is not in the table years of the mapping",
                                             "3:4 year: is empty and is needed",
                                             "4:1 id: \"--\" has no letter and no digit", "4:4 year: is empty and is needed"));
}

TEST(Figures, WarnWhereMalformedRowsMayBeMissingFromASum) {
  const char mapping[] = R"(
    source: "a table" currency_code: "MXN" checks { name: "all" scope: ALL_ROWS columns: "n" printed_text: "3" })";
  const absl::StatusOr<ImportPlan> plan = PlanOf(mapping, "what,n\na,1\nb,2x\n");
  ASSERT_TRUE(plan.ok());
  ASSERT_THAT(plan->figures, SizeIs(1));
  EXPECT_EQ(plan->figures[0].difference(), -200);
  EXPECT_EQ(plan->figures[0].note, "malformed rows may be missing from the sum");
}

TEST(KnownDifferences, At17TheRowsOfTable6AreOneDollarBelowThePrintedTotal) {
  const ImportPlan plan = Published("zacatecas_table6", "zacatecas_table6_3x1");
  EXPECT_THAT(DifferencesOf(plan), ElementsAre("0  |investment of all years|16823670|1682366900|-100"));
  EXPECT_THAT(plan.projects, SizeIs(8));
}

TEST(KnownDifferences, At18ThePackageOf2011IsNineHundredNinetyNinePesosBelowItsPrintedTotal) {
  const ImportPlan plan = Published("press_projects", "press_projects");
  EXPECT_THAT(DifferencesOf(plan), Contains("0  |package of 2011, Zacatecas|4219998|421899900|-99900"));
}

TEST(KnownDifferences, TekaxIsOnePesoShortAndJalpillaHasEighteenFiftyMore) {
  const ImportPlan plan = Published("press_projects", "press_projects");
  EXPECT_THAT(DifferencesOf(plan), Contains("2 total projects/tekax-2014|parts against total|1413734|141373300|-100"));
  EXPECT_THAT(DifferencesOf(plan), Contains("3 total projects/jalpilla-dovarganes|parts against total|1262000|126201850|1850"));
  EXPECT_THAT(plan.projects, SizeIs(21));
  EXPECT_THAT(plan.lines_of_no_kind, ElementsAre(23));
}

TEST(KnownDifferences, Table15IsFourTimesTheBudgetButForRoundedMillions) {
  EXPECT_THAT(DifferencesOf(Published("iom_table15", "iom_table15_federal_3x1")),
              ElementsAre("2 total_investment_mxn_millions |four times the federal budget|874.03|87404000000|1000000",
                          "3 total_investment_mxn_millions |four times the federal budget|714.41|71440000000|-1000000",
                          "4 total_investment_mxn_millions |four times the federal budget|2816.82|281684000000|2000000",
                          "6 total_investment_mxn_millions |four times the federal budget|2529.79|252980000000|1000000"));
}

TEST(KnownDifferences, Table5AddsUpBothWays) {
  const ImportPlan plan = Published("iom_table5", "iom_table5_diaspora_orgs");
  EXPECT_THAT(plan.figures, SizeIs(13));
  EXPECT_THAT(DifferencesOf(plan), IsEmpty());
}

// The `{name}`s of a sentence.
std::multiset<std::string> NamesOf(std::string_view sentence) {
  std::multiset<std::string> names;
  for (std::size_t open = sentence.find('{'); open != std::string_view::npos; open = sentence.find('{', open + 1))
    names.insert(std::string(sentence.substr(open, sentence.find('}', open) - open)));
  return names;
}

TEST(ImportSpanish, SaysTheSameFiguresAsTheEnglish) {
  for (const auto& [english, spanish] : ImportSpanish()) EXPECT_EQ(NamesOf(english), NamesOf(spanish)) << english;
}

}  // namespace
}  // namespace oriundo
