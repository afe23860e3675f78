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

std::vector<int64_t> RecutCommitment(int64_t commitment, std::span<const int32_t> cumulative_bps, std::span<const int64_t> amounts,
                                     std::span<const int64_t> sent, std::size_t begun) {
  const std::size_t count = cumulative_bps.size();
  ORIUNDO_CHECK(count > 0 && count <= kTrancheStepsMax && cumulative_bps.back() == kBasisPoints);
  ORIUNDO_CHECK(amounts.size() == count && sent.size() == count && begun <= count);
  std::vector<int64_t> cut(amounts.begin(), amounts.end());
  int64_t rest = commitment;
  int64_t before = 0;
  int64_t sent_later = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ORIUNDO_CHECK(sent[i] >= 0 && amounts[i] >= sent[i]);
    before += amounts[i];
    rest -= i < begun ? amounts[i] : 0;
    sent_later += i < begun ? 0 : sent[i];
  }
  if (before == commitment) return cut;
  // What a step that stands has not sent may be cut off again; the last first.
  for (std::size_t i = begun; i > 0 && rest < sent_later; --i) {
    const int64_t given = std::min(cut[i - 1] - sent[i - 1], sent_later - rest);
    cut[i - 1] -= given;
    rest += given;
  }
  ORIUNDO_CHECK(rest >= sent_later);
  std::vector<bool> is_set(count);
  for (std::size_t i = 0; i < begun; ++i) is_set[i] = true;
  // Each round either gives all or sets one step to what it has sent already.
  while (true) {
    int64_t widths = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_set[i]) widths += cumulative_bps[i] - (i == 0 ? 0 : cumulative_bps[i - 1]);
    }
    if (widths == 0) {
      cut[count - 1] += rest;
      return cut;
    }
    int64_t reached = 0;
    int64_t reached_width = 0;
    bool too_little = false;
    for (std::size_t i = 0; i < count && !too_little; ++i) {
      if (is_set[i]) continue;
      reached_width += cumulative_bps[i] - (i == 0 ? 0 : cumulative_bps[i - 1]);
      const auto next = static_cast<int64_t>(static_cast<__int128>(rest) * reached_width / widths);
      cut[i] = next - reached;
      reached = next;
      if (cut[i] >= sent[i]) continue;
      too_little = true;
      is_set[i] = true;
      cut[i] = sent[i];
      rest -= sent[i];
    }
    if (!too_little) return cut;
  }
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
