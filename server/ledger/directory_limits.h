// Limits of the directory and of what supervisors write, each with its reason.
#pragma once

#include "server/base/limits.h"

namespace oriundo {

// Organisations that were merged into one in all, directly or one through another. Who stands for whom, whose money somebody answers for and
// what clubs got out of a programme are followed through all of them with every release, signature and approval, and by every page of a feed:
// so a chain of mergers stays as short as one organisation's own list.
inline constexpr int kMergedIntoOneMax = 32;
// Objections of one project that are not withdrawn: each stands in the project's record, which every entry of the project writes anew.
inline constexpr int kOpenObjectionsMax = 16;
// Days that a request to open a closed fiscal year again waits for the second organisation: as long as a proposal where no rule says.
inline constexpr int kReopeningDays = kProposalDaysDefault;

static_assert(kMergedIntoOneMax >= kDirectoryListMax);

}  // namespace oriundo
