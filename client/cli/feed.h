// What an organisation reads of itself: its feed.
#pragma once

#include <string>
#include <string_view>

#include "client/cli/output.h"
#include "oriundo/v1/directory_service.pb.h"

namespace oriundo {

// Prints the rows as a table, and what to do about those that need attention.
void RenderFeed(const v1::ListOrganizationFeedResponse& response, const std::string& organization, const Output& output);

// What happened in the reader's words: "contribution verified" for `contribution_verified`.
std::string EventText(std::string_view event, const Words& words);

}  // namespace oriundo
