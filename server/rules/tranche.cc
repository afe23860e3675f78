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
  ORIUNDO_CHECK(bound.weight >= 0 && bound.weight <= kRoleWeightMax);
  ORIUNDO_CHECK(bound.club_weight > 0 && bound.club_weight <= kRoleWeightMax);
  ORIUNDO_CHECK(bound.multiple_bps >= 0 && bound.multiple_bps <= kMultipleBpsMax);

  // 64 bits of money and 50 of weight are inside 127; with 17 of multiple they might not be, so saturation is looked at first.
  const __int128 product = (static_cast<__int128>(bound.club_verified) + bound.tolerance) * bound.weight;
  const __int128 divisor = static_cast<__int128>(bound.club_weight) * kBasisPoints;
  const __int128 saturating = divisor * kAmountMinorUnitsMax;
  if (bound.multiple_bps > 0 && product >= (saturating + bound.multiple_bps - 1) / bound.multiple_bps) return kAmountMinorUnitsMax;
  return static_cast<int64_t>(std::min<__int128>(product * bound.multiple_bps / divisor, kAmountMinorUnitsMax));
}

}  // namespace oriundo
