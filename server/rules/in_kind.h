// What goods and labour are worth, and how much of that counts (domain.md 4.10). Pure functions.
#pragma once

#include <cstdint>
#include <optional>

namespace oriundo {

// Quantity times unit value, rounded down to a minor unit: floor(quantity_milli * unit_value / 1000). nullopt where that is less than one
// minor unit or more than kAmountMinorUnitsMax. REQUIRES: both above zero.
std::optional<int64_t> InKindValue(int64_t quantity_milli, int64_t unit_value);

// What of `appraised` counts towards a `due` where at most `cap_bps` of the due may be given in kind: the lesser of appraised and
// floor(due * cap_bps / 10000). The rest is over-match in kind. REQUIRES: appraised, due >= 0; cap_bps from 0 to kBasisPoints.
int64_t InKindCounted(int64_t appraised, int64_t due, int32_t cap_bps);

}  // namespace oriundo
