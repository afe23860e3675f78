#include "client/cli/import_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace oriundo {
namespace {

using testing::HasSubstr;

TEST(PlainDecimal, IsExactAndWithoutSeparators) {
  EXPECT_EQ(PlainDecimal(1682366900, "USD"), "16823669.00");
  EXPECT_EQ(PlainDecimal(-5, "MXN"), "-0.05");
  EXPECT_EQ(PlainDecimal(-99900, "MXN"), "-999.00");
  EXPECT_EQ(PlainDecimal(7, "JPY"), "7");
  EXPECT_EQ(PlainDecimal(-429, ""), "-429");
}

ImportReport SomeReport() {
  ImportReport report{.file = "a,b.csv", .mapping = "m.textproto", .source = "a table"};
  report.figures.push_back({.line = 3,
                            .column = "total",
                            .check = "parts, \"all\"",
                            .subject = "projects/a",
                            .printed = "1,262,000",
                            .printed_minor_units = 126200000,
                            .computed_minor_units = 126201850,
                            .currency_code = "MXN",
                            .note = {}});
  report.problems.push_back({4, 7, "club", "1\n2 is no amount", "projects/b", ""});
  return report;
}

TEST(ImportReport, KeepsPrintedComputedAndDifferenceInCsv) {
  EXPECT_EQ(ImportReportCsv(SomeReport()),
            "kind,file,line,position,column,check,subject,printed,computed,difference,difference_minor_units,currency,note\n"
            "figure,\"a,b.csv\",3,,total,\"parts, \"\"all\"\"\",projects/a,\"1,262,000\",1262018.50,18.50,1850,MXN,\n"
            "problem,\"a,b.csv\",4,7,club,,projects/b,,,,,,\"1\n2 is no amount\"\n");
}

TEST(ImportReport, KeepsThemInJsonWithMinorUnitsAsStrings) {
  const auto json = nlohmann::json::parse(ImportReportJson(SomeReport()));
  EXPECT_EQ(json["figures"][0]["printed"], "1,262,000");
  EXPECT_EQ(json["figures"][0]["computed_minor_units"], "126201850");
  EXPECT_EQ(json["figures"][0]["difference_minor_units"], "1850");
  EXPECT_EQ(json["figures"][0]["line"], 3);
  EXPECT_EQ(json["problems"][0]["reason"], "1\n2 is no amount");
}

// A figure less than in the run that writes is explained.
TEST(PrintImportReport, SaysThatADryRunDoesNotFollowTheMoney) {
  const auto print = [](const ImportReport& report, Language language) {
    std::ostringstream out, err;
    PrintImportReport(report, {.out = out, .err = err, .words = Words(language)});
    return out.str();
  };
  ImportReport report = SomeReport();
  report.projects.written = 2;
  EXPECT_THAT(print(report, Language::kEnglish), testing::Not(HasSubstr("dry run")));
  report.dry_run = true;
  EXPECT_THAT(print(report, Language::kEnglish), HasSubstr("\nDeposits and spending, and what the ledger"));
  EXPECT_THAT(print(report, Language::kSpanish), HasSubstr("\nLos depósitos, los gastos y lo que el libro hace de ellos "));
  EXPECT_THAT(print(report, Language::kEnglish), HasSubstr("\nRows: 0; malformed: 0; left out by the mapping: 0.\n"));
  report.money.written = 1;
  EXPECT_THAT(print(report, Language::kEnglish), testing::Not(HasSubstr("Deposits and spending")));
}

TEST(ProblemLine, TellsFileLineColumnAndReasonWithoutSteeringTheTerminal) {
  const RowProblem problem{4, 7, "club", "\x1b[2J is no amount", "projects/b", "INVALID_FIELD"};
  EXPECT_EQ(ProblemLine("f.csv", problem, Words()), "f.csv:4:7, column \"club\", projects/b: ?[2J is no amount (INVALID_FIELD)");
  EXPECT_THAT(ProblemLine("f.csv", problem, Words(Language::kSpanish)), HasSubstr("columna \"club\""));
}

}  // namespace
}  // namespace oriundo
