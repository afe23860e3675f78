#include "server/rules/divide.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/rules/apportion.h"

namespace oriundo {
namespace {

int64_t ExcessOf(const RoleShare& role, int64_t due, int64_t total) {
  const std::optional<int64_t> most = MostOf(role, total);
  return most && due > *most ? due - *most : 0;
}

// The largest total, at most `total`, of which no role's exact share is above its absolute cap. Rounding might let the total be a few
// units larger, by the order of the roles.
int64_t ScaledTotal(int64_t total, std::span<const RoleShare> roles, __int128 weight_sum) {
  __int128 scaled = total;
  for (const RoleShare& role : roles) {
    // The ideal part is then at most the cap, a whole number, and so is the part that it is rounded to.
    if (role.absolute_cap && role.weight > 0) scaled = std::min(scaled, *role.absolute_cap * weight_sum / role.weight);
  }
  return static_cast<int64_t>(scaled);
}

// Holds each role at its cap in turn, and gives what is above to `residual` or, without one, to all that are not held.
void MoveExcess(std::span<const RoleShare> roles, std::optional<std::size_t> residual, Division& division) {
  std::vector<bool> held(roles.size(), false);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const int64_t excess = ExcessOf(roles[i], division.dues[i], division.total);
    if (excess == 0 || residual == i) continue;
    held[i] = true;
    std::vector<int64_t> takers(roles.size(), 0);
    int64_t taking = 0;
    for (std::size_t j = 0; j < roles.size(); ++j) {
      if (held[j] || (residual && residual != j)) continue;
      takers[j] = roles[j].weight;
      taking += takers[j];
    }
    if (taking == 0) return;  // Nobody is left to take it: the violation stands.
    division.dues[i] -= excess;
    const std::vector<int64_t> parts = Apportion(excess, takers);
    for (std::size_t j = 0; j < roles.size(); ++j) division.dues[j] += parts[j];
  }
}

}  // namespace

std::optional<int64_t> MostOf(const RoleShare& role, int64_t total) {
  std::optional<int64_t> most = role.absolute_cap;
  if (role.cap_bps) {
    const auto part = static_cast<int64_t>(static_cast<__int128>(total) * *role.cap_bps / kBasisPoints);
    most = std::min(part, most.value_or(part));
  }
  return most;
}

Division DivideShares(int64_t total, std::span<const RoleShare> roles, OverCap policy, std::size_t residual) {
  ORIUNDO_CHECK(policy != OverCap::kResidual || (residual < roles.size() && roles[residual].weight > 0));
  Division division{.total = total, .dues = {}, .weights = {}, .above_caps = 0, .violations = {}};
  __int128 weight_sum = 0;
  for (const RoleShare& role : roles) {
    ORIUNDO_CHECK(role.weight >= 0 && role.weight <= kRoleWeightMax);
    division.weights.push_back(role.weight);
    weight_sum += role.weight;
  }
  division.dues = Apportion(total, division.weights);
  for (std::size_t i = 0; i < roles.size(); ++i) division.above_caps += ExcessOf(roles[i], division.dues[i], total);
  if (division.above_caps > 0 && policy == OverCap::kScaleDown) {
    division.total = ScaledTotal(total, roles, weight_sum);
    division.dues = Apportion(division.total, division.weights);
  } else if (division.above_caps > 0 && policy != OverCap::kReject) {
    const std::vector<int64_t> before = division.dues;
    MoveExcess(roles, policy == OverCap::kResidual ? std::optional(residual) : std::nullopt, division);
    if (division.dues != before) division.weights = division.dues;
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const RoleShare& role = roles[i];
    const CapInput input{.amount = division.dues[i],
                         .total = division.total,
                         .absolute_cap = role.absolute_cap,
                         .cap_bps = role.cap_bps,
                         .floor_bps = role.weight > 0 ? role.floor_bps : std::nullopt};
    for (const CapViolation& violation : CheckCaps(input)) division.violations.push_back({i, violation});
  }
  return division;
}

}  // namespace oriundo
