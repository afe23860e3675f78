// Limits of what one project keeps about contracts, pledges and goods (see also server/base/limits.h).
#pragma once

#include <cstdint>

namespace oriundo {

// Contracts of a project: each may keep two accounts in the project's record.
inline constexpr int kContractsPerProjectMax = 64;
// Pledges of a project whose deadline is to come: each keeps a row in the project's record.
inline constexpr int kLapsingPledgesMax = 64;
// Fiscal years whose pools pay one party of a project: each keeps a row in the project's record, and no work goes on for longer.
inline constexpr int kPoolPartsMax = 8;
// A thousand million units of anything.
inline constexpr int64_t kInKindQuantityMilliMax = 1'000'000'000'000;
// Days until a pledge or an agreement lapses: ten years.
inline constexpr int kLapseDaysMax = 3'660;
// Days within which unspent money goes back after the end of a year.
inline constexpr int kYearEndReturnDaysMax = 366;

}  // namespace oriundo
