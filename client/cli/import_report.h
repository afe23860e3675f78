// What an import tells: rows that did not go in, figures beside what was computed, and how many of what were written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/import_plan.h"
#include "client/cli/output.h"

namespace oriundo {

// How many items of one kind ended how.
struct ImportCounts {
  int64_t written = 0;
  int64_t already_there = 0;
  int64_t refused = 0;
  int64_t not_tried = 0;
};

// What the ledger's statements of the projects say in all, in one currency. Minor units.
struct ImportedMoney {
  // By role.
  std::map<std::string, int64_t> confirmed = {};
  int64_t spent = 0;
  int64_t refunded = 0;
  int64_t box = 0;
  int64_t over_match = 0;
  int64_t gap = 0;
};

// All that an import has to tell.
struct ImportReport {
  std::string file = {};
  std::string mapping = {};
  std::string source = {};
  bool dry_run = false;
  bool interrupted = false;
  // Records after the header, and how many of them led to nothing.
  int64_t rows = 0;
  int64_t rows_of_no_kind = 0;
  int64_t rows_malformed = 0;
  ImportCounts organizations = {};
  ImportCounts projects = {};
  // Rows of money alone.
  ImportCounts money = {};
  // Deposits, releases and spending that projects brought.
  ImportCounts money_of_projects = {};
  // Malformed rows and refusals.
  std::vector<RowProblem> problems = {};
  // Where the ledger has an organisation otherwise.
  std::vector<RowProblem> notes = {};
  std::vector<Figure> figures = {};
  std::map<std::string, ImportedMoney> in_ledger = {};
  int64_t calls = 0;
  int64_t milliseconds = 0;
};

// `-999.00`: exact, without separators; whole where the currency is empty.
std::string PlainDecimal(int64_t minor_units, const std::string& currency_code);

// The report as one JSON object, amounts as decimal strings and as minor units in strings.
std::string ImportReportJson(const ImportReport& report);

// The report as CSV: one line a figure, problem or note. Columns: kind, file, line, position, column, check, subject, printed,
// computed, difference, difference_minor_units, currency, note.
std::string ImportReportCsv(const ImportReport& report);

// Writes it to `path`, in the form that the path's end names. INVALID_ARGUMENT where that cannot be done.
absl::Status WriteImportReport(const ImportReport& report, const std::string& path, const Words& words);

// For people.
void PrintImportReport(const ImportReport& report, const Output& output);

// `projects.csv:12:7, column "total": ...`, as a row's problem is told.
std::string ProblemLine(const std::string& file, const RowProblem& problem, const Words& words);

}  // namespace oriundo
