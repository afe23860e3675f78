// CheckShares compares what each funder role has confirmed with what the agreement makes due (domain.md 4.2). It answers
// two different questions and keeps them apart: does a role fall short of its due by more than the tolerance (one-sided: a
// surplus is never a violation), and how large is the project that the confirmed money would match, with every unit beyond
// it shown as over-match instead of distorting the other roles' percentages. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace oriundo {

// One funder role: its weight and its money, summed over the parties of the role.
struct RoleAmounts {
  // What the role weighs in the project, 0 to kRoleWeightMax. Only its proportion to the sum counts.
  int64_t weight = 0;
  // Minor units, >= 0: verified money of clubs, received money of governments, and counted in-kind.
  int64_t confirmed = 0;
  // How far below its due this role may stay, minor units, >= 0; absent means as the others.
  std::optional<int64_t> tolerance = std::nullopt;
};

// Where one role stands. All amounts in minor units.
struct SharePosition {
  // The role's part of the agreed total, by largest remainder (domain 4.1).
  int64_t due = 0;
  // As given.
  int64_t confirmed = 0;
  // confirmed - due; negative while money is missing.
  int64_t deviation = 0;
  // What is missing: max(0, due - confirmed).
  int64_t shortfall = 0;
  // Excess over what was agreed, for reporting on base COMMITTED_TOTAL: max(0, confirmed - due).
  int64_t over_match_committed = 0;
  // Excess over what the other roles match, for reporting on base MATCHED: confirmed - floor(matched_base * w / W). Never
  // negative.
  int64_t over_match_matched = 0;
  // confirmed * W >= total * w - tolerance * W, measured against the exact share, and something is confirmed: a tolerance never stands for
  // the whole of a small share. Or the rounded due is paid in full, so that nobody can owe the fraction of a unit that rounding gave to
  // another party.
  bool complies = false;
};

// The whole project.
struct ShareCheck {
  // One per role, in the order given.
  std::vector<SharePosition> positions;
  // Sum of the shortfalls. A project with a gap above the tolerance cannot be settled (domain 4.2).
  int64_t gap = 0;
  // B: the largest total that every role with a weight has covered, min of floor(confirmed * W / w). Minor units.
  int64_t matched_base = 0;
  // Every role complies.
  bool complies = false;
};

// Checks `roles` against an agreed `total` with a `tolerance` per role that has none of its own, both in minor units.
// REQUIRES: total >= 0; tolerance >= 0; the ranges stated at RoleAmounts; the weights add up to more than zero; the confirmed
// amounts add up inside 64 bits.
ShareCheck CheckShares(int64_t total, std::span<const RoleAmounts> roles, int64_t tolerance);

}  // namespace oriundo
