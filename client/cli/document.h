// Document is a report for people: a heading, facts, tables and notes, already in the reader's language. It is printed in a
// terminal or written as a page to read on a screen and to print.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/cli/output.h"
#include "client/cli/words.h"

namespace oriundo {

struct Document {
  struct Column {
    std::string title;
    // True for amounts and numbers.
    bool right = false;
    // Left out in a terminal, whose lines are short.
    bool page_only = false;
  };
  struct Row {
    enum class Kind { kPlain, kGroup, kTotal };
    // One a column; of a group one cell that stands over the rows that follow.
    std::vector<std::string> cells;
    Kind kind = Kind::kPlain;
  };
  struct Section {
    std::string heading;
    std::vector<Column> columns;
    std::vector<Row> rows;
  };

  std::string title;
  // What was asked, and at what moment it is answered: name and value.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Section> sections;
  // Sentences.
  std::string notes_heading;
  std::vector<std::string> notes;
};

// The widest line of a table in a terminal; names are cut to fit, amounts never.
inline constexpr std::size_t kTerminalColumns = 120;

// Prints headings, tables and notes as text.
void PrintDocument(const Document& document, const Output& output);

// The document as one HTML page that needs nothing from elsewhere and runs nothing. All text is escaped. It reads on a phone,
// prints on A4 and Letter with the table's heading on every page, and means nothing by colour alone.
std::string HtmlOf(const Document& document, const Words& words);

}  // namespace oriundo
