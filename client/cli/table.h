// Table lays out rows of text in aligned columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/cli/output.h"

namespace oriundo {

// Collects rows, then prints them. Widths count characters, not bytes.
class Table {
 public:
  // One column.
  struct Column {
    // Its heading.
    std::string title;
    // True for amounts and numbers.
    bool right = false;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Adds a row; missing cells are empty. REQUIRES: no more cells than columns.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Draws a line above the next row, as before totals.
  void Line() { lines_.push_back(rows_.size()); }
  // Prints `text` above the next row, over all columns, whose widths it leaves alone.
  void Heading(std::string text) { headings_.emplace_back(rows_.size(), std::move(text)); }
  // Cuts the widest left-aligned cells, with an ellipsis, until a line has at most `width` characters or they are all short;
  // amounts are never cut.
  void Narrow(std::size_t width);
  // Leaves out the columns in which every cell is empty, but never the first.
  void DropEmptyColumns();
  // Prints heading and rows; nothing where there are no rows.
  void Print(const Output& output) const;
  // True where there are no rows.
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
  // The row below each, and its text.
  std::vector<std::pair<std::size_t, std::string>> headings_;
};

}  // namespace oriundo
