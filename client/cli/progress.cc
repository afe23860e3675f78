#include "client/cli/progress.h"

#include "absl/strings/str_cat.h"

namespace oriundo {

void ShowBar(int64_t done, int64_t all, const std::string& title, const Output& output) {
  if (!output.terminal || output.json) return;
  constexpr int64_t kWidth = 30;
  const auto filled = static_cast<std::size_t>(all == 0 ? kWidth : done * kWidth / all);
  output.err << "\r\x1b[K[" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] " << done << "/" << all << " "
             << Printable(title) << std::flush;
}

void ClearBar(const Output& output) {
  if (output.terminal && !output.json) output.err << "\r\x1b[K" << std::flush;
}

std::string AppliedSentence(const AppliedCounts& counts, bool dry_run, const Words& words) {
  return words(dry_run ? "{applied} would be applied, {unchanged} already there, {refused} refused, {skipped} not tried"
                       : "{applied} applied, {unchanged} already there, {refused} refused, {skipped} not tried",
               {{"applied", absl::StrCat(counts.applied)},
                {"unchanged", absl::StrCat(counts.unchanged)},
                {"refused", absl::StrCat(counts.refused)},
                {"skipped", absl::StrCat(counts.skipped)}});
}

}  // namespace oriundo
