#include "client/cli/bank_import.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace oriundo {
namespace {

v1::BankStatementMapping Mapping(const std::string& text) {
  v1::BankStatementMapping mapping;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &mapping));
  return mapping;
}

constexpr char kSpanish[] = R"(
  source: "a bank" currency_code: "MXN" numbers { decimal_separator: "," thousands_separator: "." }
  date_column: "Fecha" date_format: DAY_MONTH_YEAR credit_column: "Abono" debit_column: "Cargo" reference_column: "Referencia"
  balance_column: "Saldo")";

absl::StatusOr<BankFile> Read(const std::string& mapping, const std::string& text, Language language = Language::kEnglish) {
  std::istringstream stream(text);
  const v1::BankStatementMapping parsed = Mapping(mapping);
  return ReadBankFile(parsed, stream, Words(language));
}

TEST(ReadBankFile, ReadsDaysAmountsAndReferencesAsTheBankWritesThem) {
  const auto file = Read(kSpanish,
                         "Fecha,Concepto,Referencia,Cargo,Abono,Saldo\n"
                         "1/09/2014,SPEI,bnet 01-002,,\"1.000,50\",\"1.500,50\"\n"
                         "30-9-2014,CHEQUE,,\"200,00\",,\"1.300,50\"\n"
                         "30.09.2014,COM,-,\"-0,50\",0,\"1.300,00\"\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->problems.empty()) << file->problems.front().reason;
  ASSERT_EQ(file->lines.size(), 3u);
  EXPECT_EQ(file->lines[0].bank_value_date(), "2014-09-01");
  EXPECT_EQ(file->lines[0].minor_units(), 100'050);
  EXPECT_EQ(file->lines[0].bank_reference().reference(), "BNET 01-002");
  EXPECT_EQ(file->lines[1].minor_units(), -20'000);
  EXPECT_FALSE(file->lines[1].has_bank_reference());
  EXPECT_EQ(file->lines[2].minor_units(), -50);
  EXPECT_EQ(file->sum, 80'000);
  EXPECT_EQ(file->opening, 50'000);
  EXPECT_EQ(file->closing, 130'000);
}

TEST(ReadBankFile, KeepsReferencesApartThatTheBankWritesDifferently) {
  const auto file = Read(kSpanish,
                         "Fecha,Referencia,Cargo,Abono,Saldo\n"
                         "01/09/2014,  a   12 ,,\"1,00\",\n"
                         "01/09/2014,A12,,\"1,00\",\n"
                         "01/09/2014,pa\u00f1o#7,,\"1,00\",\n"
                         "01/09/2014,pao7,,\"1,00\",\n"
                         "01/09/2014, -- ,,\"1,00\",\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->problems.empty()) << file->problems.front().reason;
  std::vector<std::string> references;
  for (const v1::NewBankLine& line : file->lines) references.push_back(line.bank_reference().reference());
  EXPECT_EQ(references, (std::vector<std::string>{"A 12", "A12", "PA\u00f1O#7", "PAO7", ""}));
}

TEST(ReadBankFile, TellsWhatIsWrongWithLineColumnAndReason) {
  const auto file = Read(kSpanish,
                         "Fecha,Referencia,Cargo,Abono,Saldo\n"
                         "31/02/2014,,,\"1,00\",\n"
                         "01/03/2014,,\"1,00\",\"1,00\",\n"
                         "01/03/2014,,,,\n"
                         "01/03/2014,,,\"1,001\",\n"
                         "01/03/2014,,\n"
                         "01/03/2014,,,\"1,00\",\"10,00\"\n"
                         "01/03/2014,,,\"1,00\",\"12,00\"\n");
  ASSERT_TRUE(file.ok()) << file.status();
  std::vector<std::string> told;
  for (const RowProblem& problem : file->problems) {
    told.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.position) + " " + problem.column);
  }
  EXPECT_THAT(told, testing::ElementsAre("2:1 Fecha", "3:13 Cargo", "4:14 Abono", "5:14 Abono", "6:1 ", "8:21 Saldo"));
  EXPECT_THAT(file->problems.back().reason, testing::HasSubstr("a difference of 1.00 MXN"));
}

// With the value and the form that a day has, and in the order of the file, whatever found it.
TEST(ReadBankFile, TellsTheDayAsWrittenAndAsItShouldBe) {
  const auto file = Read(kSpanish,
                         "Fecha,Referencia,Cargo,Abono,Saldo\n"
                         "01/03/2014,,,\"1,00\",\"10,00\"\n"
                         "02/03/2014,,,\"1,00\",\"12,00\"\n"
                         "2014-31-03,,,\"1,00\",\n",
                         Language::kSpanish);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->problems.size(), 2u);
  EXPECT_EQ(file->problems[0].line, 3) << "the balance, found last";
  EXPECT_EQ(file->problems[1].reason, "\"2014-31-03\" no es un día como los escribe el mapeo, como 31/05/2014");
}

// What the bank's balance would be after a row that is not understood is not known, and is no second fault.
TEST(ReadBankFile, TellsABrokenRowOnce) {
  for (const bool newest_first : {false, true}) {
    const auto file = Read(absl::StrCat("source: \"s\" currency_code: \"MXN\" date_column: \"d\" amount_column: \"a\" "
                                        "balance_column: \"b\" newest_first: ", newest_first ? "true" : "false"),
                           newest_first ? "d,a,b\n2014-05-04,1,14\n2014-05-33,2,13\n2014-05-02,1,11\n"
                                        : "d,a,b\n2014-05-02,1,11\n2014-05-33,2,13\n2014-05-04,1,14\n");
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_EQ(file->problems.size(), 1u) << file->problems.back().reason;
    EXPECT_EQ(file->problems.front().line, 3);
    EXPECT_EQ(file->problems.front().column, "d");
  }
}

TEST(ReadBankFile, TakesTheNewestFirstAndLeavesRowsOut) {
  const auto file = Read(R"(source: "s" currency_code: "USD" date_column: "d" amount_column: "a" balance_column: "b" newest_first: true
                            where { column: "kind" differs_from: "note" })",
                         "d,a,b,kind\n2014-05-31,-5,7,line\n2014-05-30,x,y,note\n2014-05-01,12,12,line\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->problems.empty()) << file->problems.front().reason;
  ASSERT_EQ(file->lines.size(), 2u);
  EXPECT_EQ(file->lines[0].bank_value_date(), "2014-05-01");
  EXPECT_EQ(file->rows_left_out, 1);
  EXPECT_EQ(file->opening, 0);
  EXPECT_EQ(file->closing, 700);
}

TEST(ReadBankFile, RefusesAMappingThatDoesNotFit) {
  EXPECT_FALSE(Read(R"(source: "s" currency_code: "MXN" date_column: "day" amount_column: "a")", "d,a\n").ok());
  EXPECT_FALSE(Read(R"(source: "s" currency_code: "MXN" date_column: "d" credit_column: "a")", "d,a\n").ok());
  EXPECT_FALSE(Read(R"(source: "s" currency_code: "MXN" date_column: "d" amount_column: "a" debit_column: "a")", "d,a\n").ok());
  EXPECT_FALSE(Read(R"(source: "s" currency_code: "MXN" date_column: "d" amount_column: "a")", "").ok());
  EXPECT_FALSE(Read(R"(currency_code: "MXN" date_column: "d" amount_column: "a")", "d,a\n").ok());
}

TEST(ReadBankFile, SpeaksSpanish) {
  const auto file = Read(kSpanish, "Fecha,Referencia,Cargo,Abono,Saldo\n01/03/2014,,,,\n", Language::kSpanish);
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->problems.size(), 1u);
  EXPECT_THAT(file->problems[0].reason, testing::HasSubstr("un movimiento mueve algo"));
}

}  // namespace
}  // namespace oriundo
