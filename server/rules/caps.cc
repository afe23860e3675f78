#include "server/rules/caps.h"

#include "server/base/check.h"
#include "server/base/limits.h"

namespace oriundo {
namespace {

bool IsAmountOrAbsent(const std::optional<int64_t>& amount) { return !amount || *amount >= 0; }

bool IsPartOrAbsent(const std::optional<int64_t>& bps) { return !bps || (*bps >= 0 && *bps <= kBasisPoints); }

}  // namespace

std::vector<CapViolation> CheckCaps(const CapInput& input) {
  ORIUNDO_CHECK(input.amount >= 0 && input.total >= 0);
  ORIUNDO_CHECK(IsAmountOrAbsent(input.absolute_cap));
  ORIUNDO_CHECK(IsPartOrAbsent(input.cap_bps) && IsPartOrAbsent(input.floor_bps));

  std::vector<CapViolation> violations;
  if (input.absolute_cap && input.amount > *input.absolute_cap) {
    violations.push_back({CapViolationKind::kOverAbsoluteCap, *input.absolute_cap, input.amount - *input.absolute_cap});
  }
  if (input.cap_bps) {
    // An integer amount keeps amount * 10000 <= total * bps exactly if it is not above the quotient rounded down.
    const auto most = static_cast<int64_t>(static_cast<__int128>(input.total) * *input.cap_bps / kBasisPoints);
    if (input.amount > most) violations.push_back({CapViolationKind::kOverRelativeCap, most, input.amount - most});
  }
  if (input.floor_bps) {
    // And keeps a floor exactly if it is not below the quotient rounded up.
    const __int128 product = static_cast<__int128>(input.total) * *input.floor_bps;
    const auto least = static_cast<int64_t>((product + kBasisPoints - 1) / kBasisPoints);
    if (input.amount < least) violations.push_back({CapViolationKind::kBelowFloor, least, least - input.amount});
  }
  return violations;
}

std::vector<CapViolation> CheckTotal(const TotalInput& input) {
  ORIUNDO_CHECK(input.total >= 0);
  ORIUNDO_CHECK(IsAmountOrAbsent(input.minimum) && IsAmountOrAbsent(input.maximum));

  std::vector<CapViolation> violations;
  if (input.minimum && input.total < *input.minimum) {
    violations.push_back({CapViolationKind::kTotalBelowMinimum, *input.minimum, *input.minimum - input.total});
  }
  if (input.maximum && input.total > *input.maximum) {
    violations.push_back({CapViolationKind::kTotalAboveMaximum, *input.maximum, input.total - *input.maximum});
  }
  return violations;
}

}  // namespace oriundo
