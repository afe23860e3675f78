// What a treasurer and an auditor read: a project's statement and its money trail.
#pragma once

#include <vector>

#include "client/cli/output.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// Prints the parties as columns with every amount the statement has, totals, tranches, and in sentences who owes what.
void RenderStatement(const v1::ProjectStatement& statement, const Output& output);

// Prints rows of a trail from inflow to outflow, and what they add up to by kind.
void RenderTrail(const std::vector<v1::TrailRow>& rows, const Output& output);

}  // namespace oriundo
