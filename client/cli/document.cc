#include "client/cli/document.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/table.h"
#include "client/cli/wrap.h"

namespace oriundo {
namespace {

constexpr char kStyle[] = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.45 "Noto Sans", "Liberation Sans", Arial, Helvetica, sans-serif; color: #111; background: #fff;
  margin: 1.5rem auto; padding: 0 1rem; max-width: 84rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; border-bottom: 2px solid #111; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .25rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; }
th, td, dd, h1, li { unicode-bidi: isolate; overflow-wrap: break-word; }
thead th { border-bottom: 2px solid #111; vertical-align: bottom; overflow-wrap: normal; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
thead .n { white-space: normal; }
tr.group th { background: #eee; padding-top: .5rem; font-weight: 600; }
tr.total td { font-weight: 700; border-top: 2px solid #111; }
li { margin: .2rem 0; }
@media screen { section { overflow-x: auto; } }
@media screen and (max-width: 60rem) {
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .3rem; }
  table, tbody, tr, td, tr.group th { display: block; }
  thead { display: none; }
  tr { border: 1px solid #111; border-top-width: 2px; margin-bottom: .6rem; }
  td { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid #ddd; }
  td::before { content: attr(data-label); font-weight: 600; flex: none; max-width: 50%; }
  td:empty { display: none; }
  tr.total td { border-top: none; }
}
@page { size: landscape; margin: 14mm 12mm 16mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
@media print {
  body { font-size: 9pt; margin: 0; padding: 0; max-width: none; }
  h1 { font-size: 15pt; }
  h2 { font-size: 11pt; break-after: avoid; }
  table { font-size: 8pt; }
  th, td { padding: 1mm 1.5mm; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  tr.group { break-after: avoid; }
  tr.group th { background: none; border-top: 1px solid #111; }
  section.notes { break-inside: avoid; }
}
)css";

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

void PrintSection(const Document::Section& section, const Output& output) {
  output.out << "\n" << output.Bold(Printable(section.heading)) << "\n";
  std::vector<Table::Column> columns;
  for (const Document::Column& column : section.columns) {
    if (!column.page_only) columns.push_back({column.title, column.right});
  }
  Table table(columns);
  for (const Document::Row& row : section.rows) {
    if (row.kind == Document::Row::Kind::kGroup) {
      table.Heading(row.cells.front());
      continue;
    }
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (!section.columns[i].page_only) cells.push_back(row.cells[i]);
    }
    if (row.kind == Document::Row::Kind::kTotal) table.Line();
    table.Add(std::move(cells));
  }
  table.DropEmptyColumns();
  table.Narrow(kTerminalColumns);
  if (table.empty()) {
    output.out << output.words("Nothing to show.") << "\n";
  } else {
    table.Print(output);
  }
}

// The columns in which anything stands; the first always.
std::vector<std::size_t> UsedColumns(const Document::Section& section) {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < section.columns.size(); ++i) {
    const bool any = std::any_of(section.rows.begin(), section.rows.end(), [i](const Document::Row& row) {
      return row.kind != Document::Row::Kind::kGroup && i < row.cells.size() && !row.cells[i].empty();
    });
    if (any || i == 0) used.push_back(i);
  }
  return used;
}

std::string HtmlOfRow(const Document::Section& section, const std::vector<std::size_t>& used, const Document::Row& row) {
  if (row.kind == Document::Row::Kind::kGroup) {
    return absl::StrCat("<tr class=\"group\"><th colspan=\"", used.size(), "\" scope=\"rowgroup\">", Escaped(row.cells.front()),
                        "</th></tr>\n");
  }
  std::string html = row.kind == Document::Row::Kind::kTotal ? "<tr class=\"total\">" : "<tr>";
  for (const std::size_t i : used) {
    const Document::Column& column = section.columns[i];
    absl::StrAppend(&html, "<td", column.right ? " class=\"n\"" : "", " data-label=\"", Escaped(column.title), "\">",
                    i < row.cells.size() ? Escaped(row.cells[i]) : "", "</td>");
  }
  return html + "</tr>\n";
}

std::string HtmlOfSection(const Document::Section& section, const Words& words) {
  std::string html = absl::StrCat("<section>\n<h2>", Escaped(section.heading), "</h2>\n");
  if (section.rows.empty()) return absl::StrCat(html, "<p>", Escaped(words("Nothing to show.")), "</p>\n</section>\n");
  absl::StrAppend(&html, "<table>\n<thead><tr>");
  const std::vector<std::size_t> used = UsedColumns(section);
  for (const std::size_t i : used) {
    const Document::Column& column = section.columns[i];
    absl::StrAppend(&html, "<th scope=\"col\"", column.right ? " class=\"n\"" : "", ">", Escaped(column.title), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const Document::Row& row : section.rows) html += HtmlOfRow(section, used, row);
  return html + "</tbody>\n</table>\n</section>\n";
}

}  // namespace

void PrintDocument(const Document& document, const Output& output) {
  output.out << output.Bold(Printable(document.title)) << "\n";
  for (const auto& [name, value] : document.facts) output.out << Printable(name) << ": " << Printable(value) << "\n";
  for (const Document::Section& section : document.sections) PrintSection(section, output);
  if (document.notes.empty()) return;
  output.out << "\n" << output.Bold(document.notes_heading) << "\n";
  for (const std::string& note : document.notes) output.out << Wrapped("- " + Printable(note), kTerminalColumns, "  ") << "\n";
}

std::string HtmlOf(const Document& document, const Words& words) {
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"", words.Choose("en", "es"), "\">\n<head>\n<meta charset=\"utf-8\">\n",
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", Escaped(document.title),
      "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<header>\n<h1>", Escaped(document.title), "</h1>\n<dl>\n");
  for (const auto& [name, value] : document.facts) {
    absl::StrAppend(&html, "<dt>", Escaped(name), "</dt><dd>", Escaped(value), "</dd>\n");
  }
  absl::StrAppend(&html, "</dl>\n</header>\n<main>\n");
  for (const Document::Section& section : document.sections) html += HtmlOfSection(section, words);
  if (!document.notes.empty()) {
    absl::StrAppend(&html, "<section class=\"notes\">\n<h2>", Escaped(document.notes_heading), "</h2>\n<ul>\n");
    for (const std::string& note : document.notes) absl::StrAppend(&html, "<li>", Escaped(note), "</li>\n");
    absl::StrAppend(&html, "</ul>\n</section>\n");
  }
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace oriundo
