// A preview of what a rule version makes of given amounts. Writes nothing and knows no project.
#pragma once

#include "absl/status/statusor.h"
#include "oriundo/v1/program_service.pb.h"
#include "server/queries/reader.h"

namespace oriundo {

// Dues, deviations, over-match, tranches and the releasable amount of each role, and in words every limit that the total or a due
// breaks. INVALID_FIELD where the amounts are out of range, in another currency than the programme's, or not one per role;
// RULE_VERSION_NOT_FOUND.
absl::StatusOr<v1::PreviewSharesResponse> PreviewShares(const Reader& reader, const v1::PreviewSharesRequest& request);

}  // namespace oriundo
