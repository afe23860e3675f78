#include "client/cli/document.h"

#include <gmock/gmock.h>

#include <sstream>

#include "client/cli/csv_text.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kHostile[] = "<script>alert('x')</script> & \"Roads\"";

Document HostileDocument() {
  Document document;
  document.title = kHostile;
  document.facts = {{kHostile, kHostile}};
  document.sections.push_back({.heading = kHostile,
                               .columns = {{kHostile}, {"name", false, /*page_only=*/true}, {"amount", true}},
                               .rows = {{{kHostile}, Document::Row::Kind::kGroup},
                                        {{kHostile, "long name", "1.00"}},
                                        {{"total", "", "1.00"}, Document::Row::Kind::kTotal}}});
  document.notes_heading = "Notes";
  document.notes = {kHostile};
  return document;
}

std::string Printed(const Document& document) {
  std::ostringstream out, err;
  PrintDocument(document, Output{.out = out, .err = err});
  return out.str();
}

TEST(Html, EscapesAllThatOthersWrote) {
  const std::string html = HtmlOf(HostileDocument(), Words());
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("alert('x')")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Roads&quot;"));
  Document control;
  control.title =
      "a\x1b[31m\x07"
      "b";
  EXPECT_THAT(HtmlOf(control, Words()), HasSubstr("<h1>a?[31m?b</h1>"));
}

TEST(Html, NeedsNothingFromElsewhereAndRunsNothing) {
  const std::string html = HtmlOf(HostileDocument(), Words());
  for (const char* outside : {"http://", "https://", "src=", "href=", "url(", "@import", "<link", "<img", "onload"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(Html, SaysItsLanguageAndRepeatsTheHeadingsOfATable) {
  EXPECT_THAT(HtmlOf(HostileDocument(), Words()), HasSubstr("<html lang=\"en\">"));
  const std::string html = HtmlOf(HostileDocument(), Words(Language::kSpanish));
  EXPECT_THAT(html, HasSubstr("<html lang=\"es\">"));
  EXPECT_THAT(html, HasSubstr("thead { display: table-header-group; }"));
  EXPECT_THAT(html, HasSubstr("<td class=\"n\" data-label=\"amount\">1.00</td>"));
  EXPECT_THAT(html, HasSubstr("<td data-label=\"name\">long name</td>"));
  EXPECT_THAT(html, HasSubstr("<tr class=\"total\">"));
  EXPECT_THAT(html, HasSubstr("<th colspan=\"3\" scope=\"rowgroup\">"));
}

TEST(PrintDocument, LeavesOutWhatOnlyAPageHasRoomFor) {
  const std::string text = Printed(HostileDocument());
  EXPECT_THAT(text, Not(HasSubstr("long name")));
  EXPECT_THAT(text, HasSubstr("total"));
}

TEST(PrintDocument, CutsNamesAndNeverAmountsToTheTerminalsWidth) {
  Document document;
  const std::string name(63, 'x');
  const std::string amount = "9,999,999,999,999.99";
  document.sections.push_back(
      {.heading = "Lines",
       .columns = {{"project"}, {"party"}, {"due", true}, {"in", true}, {"gap", true}, {"late by"}},
       .rows = {{{name, name, amount, amount, amount, name + ", " + name}}, {{"ñandú", "short", "1.00", "1.00", "1.00", ""}}}});
  std::istringstream lines(Printed(document));
  std::size_t amounts = 0;
  for (std::string line; std::getline(lines, line);) {
    std::size_t characters = 0;
    for (const char c : line) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    EXPECT_LE(characters, kTerminalColumns) << line;
    for (std::size_t at = line.find(amount); at != std::string::npos; at = line.find(amount, at + 1)) ++amounts;
  }
  EXPECT_EQ(amounts, 3u);
  EXPECT_THAT(Printed(document), HasSubstr("xx\u2026"));
}

TEST(CsvLine, QuotesWhatNeedsIt) {
  EXPECT_EQ(CsvLine({"a", "b,c", "say \"hi\"", "two\nlines", ""}), "a,\"b,c\",\"say \"\"hi\"\"\",\"two\nlines\",\n");
}

TEST(CsvText, RunsNoFormulaInASpreadsheet) {
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)"}) EXPECT_EQ(CsvText(formula), std::string("'") + formula);
  EXPECT_EQ(CsvText("\t=1"), "' =1");
  EXPECT_EQ(CsvText("Road = good"), "Road = good");
  EXPECT_EQ(CsvText(""), "");
}

TEST(ParseCsv, ReadsWhatCsvLineWrites) {
  const std::vector<std::string> cells = {"a", "b,c", "say \"hi\"", "two\nlines", ""};
  const auto rows = ParseCsv(
      "\xef\xbb\xbf"
      "x,y\r\n\n" +
      CsvLine(cells) + "last,one");
  ASSERT_TRUE(rows.ok());
  EXPECT_THAT(*rows, ElementsAre(std::vector<std::string>{"x", "y"}, cells, std::vector<std::string>{"last", "one"}));
  EXPECT_FALSE(ParseCsv("a,\"b").ok());
}

}  // namespace
}  // namespace oriundo
