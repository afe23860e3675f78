#include "client/cli/table.h"

#include <algorithm>
#include <cstdint>

#include "client/cli/wrap.h"

namespace oriundo {
namespace {

// What is left of a name that is cut may not be shorter than this.
constexpr std::size_t kNarrowestCell = 8;

// The first `width` characters of UTF-8 text, the last of them an ellipsis where something is cut off.
std::string Cut(const std::string& text, std::size_t width) {
  if (Characters(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 && ++characters == width) break;
  }
  return text.substr(0, end) + "\u2026";
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;  // U+0080 to U+009F.
    if (c1) ++i;
    clean.push_back(byte == '\n' || byte == '\t' ? ' ' : byte < 0x20 || byte == 0x7f || c1 ? '?' : text[i]);
  }
  return clean;
}

void Table::DropEmptyColumns() {
  for (std::size_t column = columns_.size(); column-- > 1;) {
    const bool used = std::any_of(rows_.begin(), rows_.end(),
                                  [column](const auto& row) { return column < row.size() && !row[column].empty(); });
    if (used) continue;
    columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(column));
    for (auto& row : rows_) {
      if (column < row.size()) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
    }
  }
}

void Table::Narrow(std::size_t width) {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(Characters(columns_[i].title));
    for (const auto& row : rows_) widths.back() = std::max(widths.back(), i < row.size() ? Characters(row[i]) : 0);
    total += widths.back() + (i > 0 ? 2 : 0);
  }
  while (total > width) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t least = std::max(kNarrowestCell, Characters(columns_[i].title));
      if (!columns_[i].right && widths[i] > least && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == columns_.size()) return;
    --widths[widest];
    --total;
    for (auto& row : rows_) {
      if (widest < row.size()) row[widest] = Cut(row[widest], widths[widest]);
    }
  }
}

void Table::Print(const Output& output) const {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = Characters(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, i < row.size() ? Characters(Printable(row[i])) : 0);
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = Printable(cell_of(i));
      const std::string padding(widths[i] - Characters(cell), ' ');
      if (i > 0) text += "  ";
      text += columns_[i].right ? padding + cell : cell + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width + 2;

  output.out << output.Bold(line([this](std::size_t i) { return columns_[i].title; })) << "\n";
  std::size_t heading = 0;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (; heading < headings_.size() && headings_[heading].first == r; ++heading) {
      output.out << output.Bold(Printable(headings_[heading].second)) << "\n";
    }
    if (std::find(lines_.begin(), lines_.end(), r) != lines_.end()) output.out << std::string(total - 2, '-') << "\n";
    output.out << line([&](std::size_t i) { return i < rows_[r].size() ? rows_[r][i] : std::string(); }) << "\n";
  }
}

}  // namespace oriundo
