// How far a command of many calls is: the bar on a terminal, and the sentence at its end.
#pragma once

#include <cstdint>
#include <string>

#include "client/cli/output.h"

namespace oriundo {

// Draws the bar over the one before: `done` of `all`, and what is at work. Nothing where there is no terminal, or for scripts.
void ShowBar(int64_t done, int64_t all, const std::string& title, const Output& output);
void ClearBar(const Output& output);

// How many items of a command that makes things exist ended how.
struct AppliedCounts {
  int64_t applied = 0;
  int64_t unchanged = 0;
  int64_t refused = 0;
  int64_t skipped = 0;
};

// `3 applied, 2 already there, 0 refused, 0 not tried`, and for a dry run what would be.
std::string AppliedSentence(const AppliedCounts& counts, bool dry_run, const Words& words);

}  // namespace oriundo
