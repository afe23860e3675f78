#include "client/cli/csv_text.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/cli/csv.h"
#include "client/cli/output.h"

namespace oriundo {

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i > 0 ? "," : "") + CsvQuoted(cells[i]);
  return line + "\n";
}

std::string CsvText(std::string_view text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  return (formula ? "'" : "") + Printable(text);
}

absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(std::string_view text) {
  std::istringstream stream{std::string(text)};
  CsvReader reader(stream);
  std::vector<std::vector<std::string>> rows;
  CsvRecord record;
  CsvProblem problem;
  while (true) {
    switch (reader.Next(record, problem)) {
      case CsvReader::Found::kEnd:
        return rows;
      case CsvReader::Found::kProblem:
        return absl::InvalidArgumentError(
            absl::StrCat("line ", problem.place.line, ", column ", problem.place.column, ": ", problem.reason));
      case CsvReader::Found::kRecord:
        rows.emplace_back();
        for (CsvField& field : record.fields) rows.back().push_back(std::move(field.text));
    }
  }
}

}  // namespace oriundo
