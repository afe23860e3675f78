// Leads one project from what a row says to where its mapping wants it, by what the ledger already has of it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/import_plan.h"
#include "client/cli/import_report.h"
#include "client/cli/import_session.h"
#include "client/cli/words.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// How an item of an import ended.
enum class ImportOutcome {
  // Something was written for it.
  kWritten,
  // All of it was there already.
  kAlreadyThere,
  // A dry run found nothing against it.
  kWouldBeWritten,
};

// What a project came to.
struct ImportedProject {
  ImportOutcome outcome = ImportOutcome::kAlreadyThere;
  // What the ledger says beside what the row prints: agreed total, deviations, over-match, differences.
  std::vector<Figure> figures;
  // The statement; not set for drafts and dry runs.
  v1::ProjectStatement statement;
  // Deposits, releases and spending of the row.
  ImportCounts money = {};
  // The column that the ledger has otherwise; empty where it is not one column.
  std::string problem_column = {};
};

// Reads what the ledger has of the project and does what is missing. Run again, after whatever end of an earlier run, it goes on
// where that stopped. FAILED_PRECONDITION where the ledger has the project otherwise than the row: it is never changed beyond its
// draft.
//
// An amount that the row prints otherwise than an earlier run recorded it is a figure of `result`, with both and their
// difference, and FAILED_PRECONDITION: a grown row is never taken for an excess that the earlier run did not come to. `result` is
// filled whatever the outcome.
absl::Status ImportProject(const PlannedProject& plan, ImportSession& session, const Words& words, ImportedProject& result);

// Finds what is against the project as far as that can be told without writing: the rule's violations, and what the ledger has of
// it.
absl::Status TryProject(const PlannedProject& plan, ImportSession& session, const Words& words, ImportedProject& result);

// Records one deposit or spending of a project that is there; a dry run finds whether it is. Where the ledger has it with another
// amount, `figures` gets both.
absl::StatusOr<ImportOutcome> ImportMoney(const PlannedMoney& plan, bool dry_run, ImportSession& session, const Words& words,
                                          std::vector<Figure>& figures);

// Makes the organisation and its registration exist. `note` tells where the ledger has it otherwise; that is left as it is.
absl::StatusOr<ImportOutcome> ImportOrganization(const PlannedOrganization& plan, bool dry_run, ImportSession& session,
                                                 const Words& words, std::string& note);

}  // namespace oriundo
