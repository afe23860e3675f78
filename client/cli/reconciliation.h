// The reconciliation of a project's box with its bank statements, as people read it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/cli/output.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// Prints a table of days and, in sentences, what is covered, what differs and what belongs to nothing. `project` is
// the project's name.
void RenderReconciliation(const v1::ReconcileBoxResponse& response, const std::string& project, const Output& output);

// Prints what moved by the ledger and by the bank, one row for both where they belong together and both are there.
void RenderBoxItems(const v1::ListBoxItemsResponse& response, const Output& output);

// OK where everything is reconciled. Otherwise what the command ends with: exit code 1, though the call was answered; see
// IsDifference.
absl::Status DifferenceOf(const v1::ReconcileBoxResponse& response);

// True for what DifferenceOf returned: it has been told in full and is no error of a call.
bool IsDifference(const absl::Status& status);

}  // namespace oriundo
