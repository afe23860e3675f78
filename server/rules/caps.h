// CheckCaps and CheckTotal test amounts against the ceilings and floors of a rule version (domain.md 4.3). Every limit is
// evaluated and every violation returned, with what would have been allowed and by how much the amount misses it, so that an
// applicant learns all of it at once. What follows from a violation is the rule's policy; REJECT refuses the amounts.
// Percentages hold exactly, not to a rounded quotient. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace oriundo {

// What a limit says that an amount does not keep. This list may grow.
enum class CapViolationKind {
  // A party's amount is above its absolute cap.
  kOverAbsoluteCap,
  // A party's amount is above its cap as a part of the total.
  kOverRelativeCap,
  // A party's amount is below its floor as a part of the total.
  kBelowFloor,
  // The project's total is below the least the rule supports.
  kTotalBelowMinimum,
  // The project's total is above the most the rule supports.
  kTotalAboveMaximum,
};

// One limit not kept. Amounts in minor units.
struct CapViolation {
  CapViolationKind kind;
  // The nearest amount that would keep the limit: the most under a cap, the least over a floor.
  int64_t allowed;
  // How far the amount is from `allowed`: the excess over a cap, what is missing to a floor. Always positive.
  int64_t difference;

  friend bool operator==(const CapViolation&, const CapViolation&) = default;
};

// One party's amount and its limits. An absent limit is not checked.
struct CapInput {
  // The party's amount, minor units, >= 0.
  int64_t amount = 0;
  // The project's total, minor units, >= 0.
  int64_t total = 0;
  // Most the party may give, minor units, >= 0.
  std::optional<int64_t> absolute_cap = std::nullopt;
  // Most the party may give as basis points of the total, 0 to kBasisPoints: amount * 10000 <= total * bps.
  std::optional<int64_t> cap_bps = std::nullopt;
  // Least the party must give as basis points of the total, 0 to kBasisPoints: amount * 10000 >= total * bps.
  std::optional<int64_t> floor_bps = std::nullopt;
};

// The project's total and its limits. An absent limit is not checked.
struct TotalInput {
  // The project's total, minor units, >= 0.
  int64_t total = 0;
  // Least total the rule supports, minor units, >= 0.
  std::optional<int64_t> minimum = std::nullopt;
  // Most total the rule supports, minor units, >= 0.
  std::optional<int64_t> maximum = std::nullopt;
};

// Returns every limit that the party's amount breaks, in the order of CapViolationKind; empty if it keeps them all.
// REQUIRES: the ranges stated at CapInput.
std::vector<CapViolation> CheckCaps(const CapInput& input);

// Returns every limit that the total breaks, in the order of CapViolationKind; empty if it keeps them all.
// REQUIRES: the ranges stated at TotalInput.
std::vector<CapViolation> CheckTotal(const TotalInput& input);

}  // namespace oriundo
