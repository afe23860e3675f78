// What a mapping says about one row of a CSV file: templates to texts, cells to exact amounts, conditions to yes or no.
//
// See proto/oriundo/v1/import.proto for what a mapping may say. What is wrong in a row is gathered with its place, never mended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/csv.h"
#include "client/cli/words.h"
#include "google/protobuf/repeated_field.h"
#include "oriundo/v1/import.pb.h"

namespace oriundo {

// Something wrong with a row: the place in the file and the reason, for people.
struct RowProblem {
  // From 1; 0 where the file as a whole is meant.
  int64_t line = 0;
  // In characters, from 1; 0 where the whole row is meant.
  int64_t position = 0;
  // The column's heading; empty where none is meant.
  std::string column = {};
  std::string reason = {};
  // What the row is about, `projects/tekax-2014`; empty where that is not known.
  std::string subject = {};
  // The name of a v1::ErrorReason where a server said it; empty otherwise.
  std::string error_reason = {};
};

// The headings of a file.
class CsvHeader {
 public:
  CsvHeader() = default;
  // The first record of a file. INVALID_ARGUMENT where a heading is empty or stands twice.
  static absl::StatusOr<CsvHeader> Of(const CsvRecord& record, const Words& words);

  // The place of the column, or nullopt where there is none.
  std::optional<std::size_t> Find(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

// `number`, written as `format` says, in minor units of `currency_code`: exact, or INVALID_ARGUMENT that says why not.
absl::StatusOr<int64_t> ParseFigure(std::string_view number, const v1::NumberFormat& format, std::string_view currency_code,
                                    const Words& words);

// `number` as a whole number of at most 10^15.
absl::StatusOr<int64_t> ParseCount(std::string_view number, const v1::NumberFormat& format, const Words& words);

// `text` as an id: letters without accents and in small, everything else a dash. Not checked for length or first letter.
std::string SlugOf(std::string_view text);

// 18 digits that follow from `text`.
std::string DigitsOf(std::string_view text);

// Lists everything in the mapping that can be no mapping of a file with these headings, as BadFields with paths of the mapping.
absl::Status CheckMapping(const v1::ImportMapping& mapping, const CsvHeader& header, const Words& words);

// Reads one row. Problems are gathered; a value that could not be had is empty.
class RowReader {
 public:
  // All must outlive the reader.
  RowReader(const v1::ImportMapping& mapping, const CsvHeader& header, const CsvRecord& record, const Words& words)
      : mapping_(mapping), header_(header), record_(record), words_(words) {}

  // The cell. REQUIRES: the header has the column.
  const CsvField& Cell(std::string_view column) const { return record_.fields[*header_.Find(column)]; }
  // True where all conditions hold.
  bool Fits(const google::protobuf::RepeatedPtrField<v1::CellCondition>& conditions) const;
  // The template's text; empty where a cell it names is.
  std::string Text(const std::string& text_template);
  // The same; a problem where it is empty.
  std::string RequiredText(const std::string& text_template);
  // As an id of the ledger.
  std::string Id(const std::string& text_template);
  // As a day, `2014-09-10`.
  std::string Day(const std::string& text_template);
  // As a whole number from `least` on.
  int64_t Number(const std::string& text_template, int64_t least, int64_t most);
  // The cell as an amount in the mapping's currency; nullopt where it is empty or wrong.
  std::optional<int64_t> Amount(std::string_view column);
  // The cell as a whole number; nullopt where it is empty or wrong.
  std::optional<int64_t> Count(std::string_view column);
  // The row's currency.
  std::string Currency() { return RequiredText(mapping_.currency_code()); }

  // Tells of something wrong with the value of a template or column: its place is that of the first column named.
  void Complain(const std::string& text_template, const std::string& reason);
  void ComplainOfCell(std::string_view column, const std::string& reason);

  // True where the column's cell was told to be wrong: what follows from it is not known.
  bool IsBroken(std::string_view column) const;

  // What is wrong so far, each once.
  const std::vector<RowProblem>& problems() const { return problems_; }
  int64_t line() const { return record_.line(); }

 private:
  const v1::ImportMapping& mapping_;
  const CsvHeader& header_;
  const CsvRecord& record_;
  const Words& words_;
  std::vector<RowProblem> problems_;
};

}  // namespace oriundo
