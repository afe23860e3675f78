// DivideShares makes the dues of a project out of its rule: total, weights, caps and floors, and what the rule does with what is above a
// cap (domain.md 4.1 and 4.3). A pure function; equal inputs give equal dues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/rules/caps.h"

namespace oriundo {

// What becomes of what a role would owe above its cap.
enum class OverCap {
  kReject,     // Nothing: the violation stands.
  kScaleDown,  // The total shrinks until no absolute cap is broken. A cap that is a part of the total is not helped by that.
  kResidual,   // It falls to one role.
  kSpread,     // It falls to the roles that are not held at a cap of theirs, by their weights.
};

// One role of the rule.
struct RoleShare {
  // Its weight, 0 to kRoleWeightMax; 0 for a role that is absent from the project, which owes nothing and breaks no floor.
  int64_t weight = 0;
  // Its limits, as in CapInput.
  std::optional<int64_t> absolute_cap = std::nullopt;
  std::optional<int64_t> cap_bps = std::nullopt;
  std::optional<int64_t> floor_bps = std::nullopt;
};

// A limit that a role breaks after the policy was applied.
struct RoleViolation {
  // The role's place.
  std::size_t role = 0;
  CapViolation violation;

  friend bool operator==(const RoleViolation&, const RoleViolation&) = default;
};

// The outcome.
struct Division {
  // What the dues add up to, minor units: the total asked for, or less under kScaleDown.
  int64_t total = 0;
  // One per role, minor units.
  std::vector<int64_t> dues;
  // What each role weighs for bounds and share checks: the weights given, or where a policy moved money between roles the dues themselves.
  std::vector<int64_t> weights;
  // What is above caps before the policy is applied, minor units: the shortfall of the capped roles.
  int64_t above_caps = 0;
  // By role, within a role in the order of CapViolationKind; empty where all limits hold.
  std::vector<RoleViolation> violations;
};

// The most that the role may owe of `total`, the lower of its caps; absent without a cap.
std::optional<int64_t> MostOf(const RoleShare& role, int64_t total);

// Divides `total` (minor units, >= 0) among `roles`. `residual` is the place of the role that takes what is above caps under kResidual.
// The policy is applied once, over the roles in order: a role that it pushes over a cap of its own stays there, as a violation.
// REQUIRES: the ranges stated at RoleShare and CapInput; some weight above zero; `residual` in range under kResidual, of weight above zero.
Division DivideShares(int64_t total, std::span<const RoleShare> roles, OverCap policy, std::size_t residual = 0);

}  // namespace oriundo
