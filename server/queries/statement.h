// A project's statement: what each party owes, gave and is missing, and whether that keeps the rule (domain notes 4.2, 4.5).
#pragma once

#include "absl/status/statusor.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "server/queries/reader.h"

namespace oriundo {

// The statement of `project` under its `rule`, without texts and sequence.
v1::ProjectStatement StatementOf(const v1::Project& project, const v1::RuleVersion& rule);

// The statement of project `request.name` at the reader's moment, texts opened. REQUIRES: `reader` was opened for
// request.known_at.
//
// Amounts are what counts through request.effective_through; with the holds as known.
//
// Shares are measured by role, summed over its parties: clubs by what is verified, all others by what is received. A voluntary
// excess counts as confirmed and for the matched base, never towards a due. A party that shares its role with others is measured
// against its own due. PROJECT_NOT_FOUND.
absl::StatusOr<v1::ProjectStatement> GetProjectStatement(const Reader& reader, const v1::GetProjectStatementRequest& request);

}  // namespace oriundo
