#include "server/rules/apportion.h"

#include <algorithm>
#include <cstddef>

#include "server/base/check.h"

namespace oriundo {

std::vector<int64_t> Apportion(int64_t total, std::span<const int64_t> weights) {
  ORIUNDO_CHECK(total >= 0);
  __int128 weight_sum = 0;
  for (const int64_t weight : weights) {
    ORIUNDO_CHECK(weight >= 0);
    weight_sum += weight;
  }
  ORIUNDO_CHECK(weight_sum > 0);

  struct Remainder {
    __int128 value;
    std::size_t party;
  };
  std::vector<int64_t> parts(weights.size());
  std::vector<Remainder> remainders(weights.size());
  int64_t missing = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const __int128 product = static_cast<__int128>(total) * weights[i];  // Two 63-bit factors: no overflow.
    parts[i] = static_cast<int64_t>(product / weight_sum);
    remainders[i] = {product % weight_sum, i};
    missing -= parts[i];
  }
  if (missing == 0) return parts;

  // The remainders add up to missing * weight_sum and each is below weight_sum: more than `missing` parties have one.
  std::partial_sort(remainders.begin(), remainders.begin() + missing, remainders.end(),
                    [](const Remainder& a, const Remainder& b) {
                      return a.value != b.value ? a.value > b.value : a.party < b.party;
                    });
  for (int64_t i = 0; i < missing; ++i) ++parts[remainders[i].party];
  return parts;
}

}  // namespace oriundo
