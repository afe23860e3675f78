// Comma-separated values, as RFC 4180 has them but with plain line feeds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace oriundo {

// One line with its line feed. A cell with a comma, a quote or a line break stands in double quotes.
std::string CsvLine(const std::vector<std::string>& cells);

// `text` that others wrote, for a cell: where it begins as a formula would (= + - @ or a tab), an apostrophe comes before it, so
// that a spreadsheet shows it and runs nothing. Control characters are replaced as Printable does.
std::string CsvText(std::string_view text);

// The rows of a small file, each as long as it is, as CsvReader reads them. INVALID_ARGUMENT with line and column of the first that
// is not well formed.
absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(std::string_view text);

}  // namespace oriundo
