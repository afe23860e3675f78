#include "client/cli/csv.h"

#include <gmock/gmock.h>

#include <sstream>

#include "absl/strings/str_cat.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// All that a file holds, one line an item: `2: a|b|c`, or `2:4 why it is not well formed`.
std::vector<std::string> Read(const std::string& text, const Words& words = Words()) {
  std::istringstream stream(text);
  CsvReader reader(stream, words);
  std::vector<std::string> found;
  while (true) {
    CsvRecord record;
    CsvProblem problem;
    switch (reader.Next(record, problem)) {
      case CsvReader::Found::kEnd:
        return found;
      case CsvReader::Found::kProblem:
        found.push_back(absl::StrCat(problem.place.line, ":", problem.place.column, " ", problem.reason));
        break;
      case CsvReader::Found::kRecord: {
        std::string line = absl::StrCat(record.line(), ": ");
        for (std::size_t i = 0; i < record.fields.size(); ++i) line += (i == 0 ? "" : "|") + record.fields[i].text;
        found.push_back(line);
      }
    }
  }
}

TEST(CsvReader, ReadsRecordsOfRfc4180WithEitherLineEnd) {
  EXPECT_THAT(Read("a,b,c\n1,,3\r\nlast,without,end"), ElementsAre("1: a|b|c", "2: 1||3", "3: last|without|end"));
  EXPECT_THAT(Read("a\n\"say \"\"hi\"\", all\"\n\"\"\n,\n"), ElementsAre("1: a", "2: say \"hi\", all", "3: ", "4: |"));
}

TEST(CsvReader, ReadsNothingFromAnEmptyFileAndSkipsEmptyLines) {
  EXPECT_THAT(Read(""), IsEmpty());
  EXPECT_THAT(Read("\xef\xbb\xbf"), IsEmpty());
  EXPECT_THAT(Read("\n\r\na\n\n\r\nb\n\n"), ElementsAre("3: a", "6: b"));
}

TEST(CsvReader, TakesAByteOrderMarkOffTheFirstNameAndOnlyThere) {
  EXPECT_THAT(Read("\xef\xbb\xbf"
                   "a,b\n"),
              ElementsAre("1: a|b"));
  EXPECT_THAT(Read("a\n\xef\xbb\xbf"
                   "b\n"),
              ElementsAre("1: a",
                          "2: \xef\xbb\xbf"
                          "b"));
  EXPECT_THAT(Read("\xef"
                   "a,b\nc\n"),
              ElementsAre(HasSubstr("1:1 "), "2: c"));
}

TEST(CsvReader, KeepsLineBreaksInQuotesAndCountsTheirLines) {
  EXPECT_THAT(Read("a,b\n\"one\ntwo\r\nthree\",x\nnext,y\n"), ElementsAre("1: a|b", "2: one\ntwo\r\nthree|x", "5: next|y"));
}

TEST(CsvReader, SaysWhereEachFieldBeginsInCharactersNotBytes) {
  std::istringstream stream("año,\"niño\",x\n");
  CsvReader reader(stream);
  CsvRecord record;
  CsvProblem problem;
  ASSERT_EQ(reader.Next(record, problem), CsvReader::Found::kRecord);
  EXPECT_EQ(record.fields[1].place.column, 5);
  EXPECT_EQ(record.fields[2].place.column, 12);
}

TEST(CsvReader, TellsAQuoteInTheWrongPlaceAndGoesOnWithTheNextLine) {
  EXPECT_THAT(Read("a,b\"c,d\nnext\n"), ElementsAre("1:4 a quote inside a field that does not begin with one", "2: next"));
  EXPECT_THAT(Read("\"a\"b,c\nnext\n"), ElementsAre(HasSubstr("1:4 text after the closing quote"), "2: next"));
}

TEST(CsvReader, TellsAQuoteThatIsNeverClosedWhereItWasOpened) {
  EXPECT_THAT(Read("a\nb,\"c\nd\n"), ElementsAre("1: a", "2:3 the quote opened here is never closed"));
}

TEST(CsvReader, TellsNulBytesAndBytesThatAreNoUtf8) {
  EXPECT_THAT(Read(std::string("a,b\0c\nnext\n", 11)), ElementsAre("1:4 a NUL byte; the file is no text", "2: next"));
  EXPECT_THAT(Read(std::string("\"a\0\"\nnext\n", 10)), ElementsAre("1:3 a NUL byte; the file is no text", "2: next"));
  EXPECT_THAT(Read("x,a\xf1o\nnext\n"), ElementsAre("1:4 a byte that is no UTF-8; save the file as UTF-8", "2: next"));
}

TEST(CsvReader, TellsACarriageReturnAlone) {
  EXPECT_THAT(Read("a\rb\nnext\n"), ElementsAre("1:2 a carriage return without a line feed", "2: next"));
  EXPECT_THAT(Read("\ra\nnext\n"), ElementsAre("1:1 a carriage return without a line feed", "2: next"));
}

TEST(CsvReader, TurnsAwayAFieldOfTenMegabytesAndGoesOn) {
  const std::string huge(10 << 20, 'x');
  EXPECT_THAT(Read("a," + huge + "\nnext\n"), ElementsAre(HasSubstr("1:3 the record is longer than 1048576 bytes"), "2: next"));
  EXPECT_THAT(Read("a,\"" + huge + "\"\nnext\n"), ElementsAre(HasSubstr("1:3 the record is longer"), "2: next"));
  EXPECT_THAT(Read(std::string(kCsvRecordBytesMax, 'x')), ElementsAre(testing::SizeIs(kCsvRecordBytesMax + 3)));
}

TEST(CsvReader, TurnsAwayMoreThanAThousandFields) {
  EXPECT_THAT(Read(std::string(kCsvFieldsMax - 1, ',') + "\nnext\n"), ElementsAre(HasSubstr("1: |||"), "2: next"));
  EXPECT_THAT(Read(std::string(kCsvFieldsMax, ',') + "\nnext\n"),
              ElementsAre(HasSubstr("1:1001 more than 1000 fields"), "2: next"));
}

TEST(CsvReader, SaysWhatIsWrongInSpanishToo) {
  EXPECT_THAT(Read("\"a", Words(Language::kSpanish)), ElementsAre("1:1 las comillas abiertas aquí nunca se cierran"));
}

// Whatever the bytes: reading ends, and never fails to move on.
TEST(CsvReader, ReadsEveryStringOfFewHostileBytesToItsEnd) {
  const std::string bytes("\"\",\r\n\0a\xef\xbb\xbf\xf1", 11);
  std::string text(5, ' ');
  for (int number = 0; number < 161'051; ++number) {
    int rest = number;
    for (char& c : text) {
      c = bytes[static_cast<std::size_t>(rest % 11)];
      rest /= 11;
    }
    ASSERT_LE(Read(text).size(), 5u) << "string " << number;
  }
}

TEST(FirstNonUtf8, TakesCharactersOfAllLengthsAndNothingElse) {
  const auto bad_at = [](const std::string& text) { return FirstNonUtf8(text); };
  EXPECT_EQ(bad_at("a\u00f1\u20ac\U0001f30e"), 10u);
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5", "\xc3", "\xe2\x82", "\xc3("})
    EXPECT_EQ(bad_at(text), 0u) << text;
}

TEST(CsvQuoted, QuotesOnlyWhatMustBeAndIsReadBack) {
  EXPECT_EQ(CsvQuoted("plain text"), "plain text");
  for (const char* text : {"a,b", "say \"hi\"", "two\nlines", "cr\r"})
    EXPECT_THAT(Read("x," + CsvQuoted(text) + "\n"), ElementsAre(absl::StrCat("1: x|", text)));
}

}  // namespace
}  // namespace oriundo
