// What a CSV file leads to under a mapping: organisations, projects and money to be had in the ledger, figures compared, and rows
// that are malformed. Nothing here speaks to a server.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/import_row.h"
#include "client/cli/words.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/import.pb.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// A printed figure beside the computed one. Neither is ever changed.
struct Figure {
  // Where the figure is printed. Line 0: nowhere in the file.
  int64_t line = 0;
  // The column's heading; empty where the figure stands elsewhere.
  std::string column = {};
  // What was compared.
  std::string check = {};
  // What it is about, `projects/tekax-2014`; empty for the file.
  std::string subject = {};
  // As printed, character by character.
  std::string printed = {};
  // In minor units, or whole for counts.
  int64_t printed_minor_units = 0;
  int64_t computed_minor_units = 0;
  // ISO 4217; empty for counts.
  std::string currency_code = {};
  // Where a figure that the file lacks was read, or how the computed one came about.
  std::string note = {};
  // Computed less printed, unless the ledger itself says the difference.
  std::optional<int64_t> stated_difference = std::nullopt;

  int64_t difference() const { return stated_difference.value_or(computed_minor_units - printed_minor_units); }
};

// An organisation to be had.
struct PlannedOrganization {
  int64_t line = 0;
  std::string act_as = {};
  // Without a request id.
  v1::CreateOrganizationRequest create = {};
  // Empty where it is not to be registered.
  std::string registrar = {};
  v1::RegisterOrganizationRequest registration = {};
};

// One funder of a planned project, in the rule's words.
struct PlannedFunder {
  std::string role = {};
  // `organizations/{organization}`.
  std::string organization = {};
  // The column with its amount; empty where the mapping names none.
  std::string column = {};
  // As printed.
  std::string printed = {};
  // Unknown where the cell is empty.
  std::optional<int64_t> amount = {};
};

// Spending to be recorded.
struct PlannedSpending {
  std::string id = {};
  // Without an amount: all that is in the box.
  std::optional<int64_t> amount = {};
  v1::SpendingCategory category = v1::SPENDING_CATEGORY_UNSPECIFIED;
  std::string payment_date = {};
  std::string vendor_name = {};
};

// A project to be had and led as far as `through`.
struct PlannedProject {
  int64_t line = 0;
  std::string id = {};
  // The draft without total and parties.
  v1::Project draft = {};
  std::string currency_code = {};
  std::string total_column = {};
  std::string printed_total_text = {};
  std::optional<int64_t> printed_total = {};
  v1::ProjectRow::AgreedTotal agreed_total = v1::ProjectRow::PRINTED;
  std::vector<PlannedFunder> funders = {};
  // What the row's amounts allow, at most what the mapping asks.
  v1::ProjectRow::Through through = v1::ProjectRow::DRAFT;
  // Who acts: `organization/principal` without the organisation, and organisations.
  std::string principal = {};
  std::string office = {};
  std::string verifier = {};
  std::string account = {};
  std::string agreement_date = {};
  std::string bank_value_date = {};
  std::string memo = {};
  std::vector<PlannedSpending> spending = {};
  int64_t quantity_milli = 0;
};

// A deposit or spending of a project that is there already.
struct PlannedMoney {
  int64_t line = 0;
  v1::MoneyRow::Kind kind = v1::MoneyRow::KIND_UNSPECIFIED;
  // Its id.
  std::string project = {};
  std::string id = {};
  std::string currency_code = {};
  int64_t amount = 0;
  // Where the amount is printed, and how.
  std::string column = {};
  std::string printed = {};
  std::string date = {};
  // Ids.
  std::string party = {};
  std::string verifier = {};
  std::string account = {};
  v1::SpendingCategory category = v1::SPENDING_CATEGORY_UNSPECIFIED;
  std::string vendor_name = {};
  std::string memo = {};
  std::string principal = {};
};

// What a file leads to.
struct ImportPlan {
  // One list a step: all of a list may be made at once, after all of the lists before it.
  std::vector<std::vector<PlannedOrganization>> organizations = {};
  std::vector<PlannedProject> projects = {};
  std::vector<PlannedMoney> money = {};
  std::vector<Figure> figures = {};
  // Malformed rows, in the file's order.
  std::vector<RowProblem> problems = {};
  // Well-formed rows that no kind of the mapping takes, though it has kinds.
  std::vector<int64_t> lines_of_no_kind = {};
  // Records after the header.
  int64_t rows = 0;
  // Of those, malformed.
  int64_t rows_malformed = 0;
};

// Reads the whole of `stream`. INVALID_ARGUMENT (see BadFields) where there is no header or the mapping does not fit it: then no
// row can be told from another.
absl::StatusOr<ImportPlan> PlanImport(const v1::ImportMapping& mapping, std::istream& stream, const std::string& path,
                                      const Words& words);

}  // namespace oriundo
