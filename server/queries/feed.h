// The feed of an organisation: what was done in its name or touches it, and for a federation what was done for its clubs.
#pragma once

#include "absl/status/statusor.h"
#include "oriundo/v1/directory_service.pb.h"
#include "storage/engine/engine.h"

namespace oriundo {

// A page of the feed, oldest first, from the indexes of the organisation, of those merged into it and of the clubs below it; the
// journal itself is read only where a row stands. Every page shows the journal as long as it was at the first page.
// ORGANIZATION_NOT_FOUND, INVALID_FIELD, PAGE_TOKEN_INVALID.
absl::StatusOr<v1::ListOrganizationFeedResponse> ListOrganizationFeed(const Engine& engine,
                                                                      const v1::ListOrganizationFeedRequest& request);

}  // namespace oriundo
