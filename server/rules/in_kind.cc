#include "server/rules/in_kind.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/base/limits.h"

namespace oriundo {

std::optional<int64_t> InKindValue(int64_t quantity_milli, int64_t unit_value) {
  ORIUNDO_CHECK(quantity_milli > 0 && unit_value > 0);
  const __int128 value = static_cast<__int128>(quantity_milli) * unit_value / 1000;
  if (value < 1 || value > kAmountMinorUnitsMax) return std::nullopt;
  return static_cast<int64_t>(value);
}

int64_t InKindCounted(int64_t appraised, int64_t due, int32_t cap_bps) {
  ORIUNDO_CHECK(appraised >= 0 && due >= 0 && cap_bps >= 0 && cap_bps <= kBasisPoints);
  const auto most = static_cast<int64_t>(static_cast<__int128>(due) * cap_bps / kBasisPoints);
  return std::min(appraised, most);
}

}  // namespace oriundo
