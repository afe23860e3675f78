#include "server/rules/tranche.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/base/limits.h"

namespace oriundo {

std::vector<int64_t> SplitCommitment(int64_t commitment, std::span<const int32_t> cumulative_bps) {
  ORIUNDO_CHECK(commitment >= 0);
  ORIUNDO_CHECK(!cumulative_bps.empty() && cumulative_bps.size() <= kTrancheStepsMax);
  ORIUNDO_CHECK(cumulative_bps.back() == kBasisPoints);

  std::vector<int64_t> tranches;
  tranches.reserve(cumulative_bps.size());
  int64_t reached = 0;
  int32_t reached_bps = 0;
  for (const int32_t bps : cumulative_bps) {
    ORIUNDO_CHECK(bps > reached_bps);
    const auto next = static_cast<int64_t>(static_cast<__int128>(commitment) * bps / kBasisPoints);
    tranches.push_back(next - reached);
    reached = next;
    reached_bps = bps;
  }
  return tranches;
}

int64_t EntitledRelease(const ReleaseBound& bound) {
  ORIUNDO_CHECK(bound.club_verified >= 0 && bound.tolerance >= 0);
  ORIUNDO_CHECK(bound.weight >= 0 && bound.weight <= kWeightMax);
  ORIUNDO_CHECK(bound.club_weight > 0 && bound.club_weight <= kWeightMax);
  ORIUNDO_CHECK(bound.multiple_bps >= 0 && bound.multiple_bps <= kMultipleBpsMax);

  // 63 bits of money, 20 of weight and 17 of multiple: inside 127.
  const __int128 money = static_cast<__int128>(bound.club_verified) + bound.tolerance;
  const __int128 entitled = money * bound.weight * bound.multiple_bps / (static_cast<__int128>(bound.club_weight) * kBasisPoints);
  return static_cast<int64_t>(std::min<__int128>(entitled, kAmountMinorUnitsMax));
}

}  // namespace oriundo
