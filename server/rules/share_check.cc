#include "server/rules/share_check.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/rules/apportion.h"

namespace oriundo {
namespace {

// min over roles with a weight of floor(confirmed * W / w). It is at most the sum of all that is confirmed, because the weighted
// mean of these quotients is that sum; so it fits in 64 bits even where a single quotient does not.
int64_t MatchedBase(std::span<const RoleAmounts> roles, __int128 weight_sum) {
  __int128 base = std::numeric_limits<int64_t>::max();
  for (const RoleAmounts& role : roles) {
    if (role.weight > 0) base = std::min(base, role.confirmed * weight_sum / role.weight);
  }
  return static_cast<int64_t>(base);
}

}  // namespace

ShareCheck CheckShares(int64_t total, std::span<const RoleAmounts> roles, int64_t tolerance) {
  ORIUNDO_CHECK(tolerance >= 0);
  std::vector<int64_t> weights;
  weights.reserve(roles.size());
  __int128 weight_sum = 0;
  __int128 confirmed_sum = 0;
  for (const RoleAmounts& role : roles) {
    ORIUNDO_CHECK(role.weight >= 0 && role.weight <= kRoleWeightMax && role.confirmed >= 0 && role.tolerance.value_or(0) >= 0);
    weights.push_back(role.weight);
    weight_sum += role.weight;
    confirmed_sum += role.confirmed;
  }
  ORIUNDO_CHECK(confirmed_sum <= std::numeric_limits<int64_t>::max());
  const std::vector<int64_t> dues = Apportion(total, weights);

  ShareCheck check;
  check.matched_base = MatchedBase(roles, weight_sum);
  check.complies = true;
  check.positions.reserve(roles.size());
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const RoleAmounts& role = roles[i];
    const __int128 matched = static_cast<__int128>(check.matched_base) * role.weight / weight_sum;
    const __int128 with_tolerance = static_cast<__int128>(role.confirmed) + role.tolerance.value_or(tolerance);
    const int64_t deviation = role.confirmed - dues[i];
    const SharePosition position = {
        .due = dues[i],
        .confirmed = role.confirmed,
        .deviation = deviation,
        .shortfall = std::max<int64_t>(0, -deviation),
        .over_match_committed = std::max<int64_t>(0, deviation),
        .over_match_matched = role.confirmed - static_cast<int64_t>(matched),
        .complies = deviation >= 0 ||
                    (role.confirmed > 0 && with_tolerance * weight_sum >= static_cast<__int128>(total) * role.weight),
    };
    check.gap += position.shortfall;
    check.complies = check.complies && position.complies;
    check.positions.push_back(position);
  }
  return check;
}

}  // namespace oriundo
