// The money trail: from a contribution to the invoices it paid, and from an invoice to who paid it (design notes, section 4).
//
// Worked out from the project's entries up to the reader's moment, by the rules of server/rules/money_trail.h. For every inflow
// SPENT, REFUNDED, TAKEN_BACK, EQUALISED and LEFT add up to what was received.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "oriundo/v1/audit_service.pb.h"
#include "server/queries/reader.h"

namespace oriundo {

// Rows handed over at once.
inline constexpr std::size_t kTrailRowsPerChunk = 256;

// Takes the next rows, at least one; false ends the trail. Called on the caller's thread, before the function returns.
using TrailSink = std::function<bool(std::span<const v1::TrailRow> rows)>;

// What became of the contribution, release or repayment `name`, in sequence order, and last what is left of it. No row where its
// money has not arrived. NOT_FOUND where it does not exist, INVALID_FIELD where `name` is of something else.
absl::Status TraceInflow(const Reader& reader, const std::string& name, const TrailSink& sink);

// Whose money paid the expenditure or refund `name`: the rows it wrote, and those that gave it back. Errors as TraceInflow.
absl::Status TraceOutflow(const Reader& reader, const std::string& name, const TrailSink& sink);

// All of the project `name`'s rows in sequence order, and last what is left of each inflow, oldest first. Errors as TraceInflow.
absl::Status TraceProject(const Reader& reader, const std::string& name, const TrailSink& sink);

}  // namespace oriundo
