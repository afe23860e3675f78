// `oriundo report year`: what a programme's fiscal year adds up to, beside published figures, with the differences to the unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/document.h"
#include "client/cli/locale.h"
#include "client/cli/words.h"
#include "client/cpp/client.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// Published figures of one year. Amounts in minor units; absent where the row says nothing.
struct Published {
  std::optional<int64_t> federal_budget;
  std::optional<int64_t> total_investment;
  std::optional<int64_t> projects;
  std::optional<int64_t> municipalities;
  std::optional<int64_t> states;
  std::optional<int64_t> clubs;
  // What the publisher remarks; may be empty.
  std::string note;
};

// The row of `csv` whose first column is `row`. Columns are `projects`, `municipalities`, `states`, `clubs`, `note`, and
// `federal_budget_{currency}_millions` and `total_investment_{currency}_millions`, decimals that become minor units exactly.
// Other columns are left alone. INVALID_ARGUMENT where the row is not there or a figure is none, or in another currency.
absl::StatusOr<Published> ParsePublished(const std::string& csv, const std::string& row, const std::string& currency_code,
                                         const Words& words);

// What one role gave, or all of them.
struct RoleSums {
  std::string role;
  int64_t due = 0;
  int64_t confirmed = 0;
  int64_t released = 0;
  int64_t spent = 0;
  int64_t refunded = 0;
  int64_t gap = 0;
  int64_t over_match = 0;
};

// A year of a programme. Counts and sums are of projects that were approved and not cancelled.
struct YearReport {
  v1::Program program;
  int32_t fiscal_year = 0;
  // All lines of the year, the others too; what the figures are made of.
  v1::ListStatementLinesResponse lines;
  int64_t projects = 0;
  // Clubs that are parties.
  int64_t clubs = 0;
  // Municipal governments that are parties.
  int64_t municipalities = 0;
  // State governments that are parties.
  int64_t states = 0;
  // Different locality codes.
  int64_t localities = 0;
  // Projects not approved (or turned down), and cancelled.
  int64_t not_approved = 0;
  int64_t cancelled = 0;
  // In the order in which the projects name them.
  std::vector<RoleSums> roles;
  RoleSums total;
  // Due of federal governments.
  int64_t federal_due = 0;
  // Budgets of the year's pools of federal governments.
  int64_t federal_pools = 0;
  // The pools of the year.
  std::vector<v1::Pool> pools;
  std::optional<Published> published;
};

// Adds up `lines`. `federal` are the names of federal governments among the pools' funders.
void AddUp(const std::vector<std::string>& federal, YearReport& report);

// Reads a year at one sequence. `published_file` may be empty; `published_row` is the year where it is empty. INVALID_ARGUMENT
// where the file cannot be read or understood; the ledger's errors as they are.
struct YearQuery {
  std::string program;
  int32_t fiscal_year = 0;
  v1::KnownAt known_at;
  // A day, YYYY-MM-DD; empty for all.
  std::string effective_through = {};
  std::string published_file;
  std::string published_row;
};
absl::StatusOr<YearReport> ReadYear(const YearQuery& query, const Client& client, const Words& words);

// The report for people, for a spreadsheet (one measure a line, English names that stay) and for programs.
Document DocumentOf(const YearReport& report, const ReaderLocale& locale, const Words& words);
std::string CsvOf(const YearReport& report);
std::string JsonOf(const YearReport& report);

}  // namespace oriundo
