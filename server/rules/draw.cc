#include "server/rules/draw.h"

#include <algorithm>
#include <cstddef>

#include "server/base/check.h"
#include "server/rules/apportion.h"

namespace oriundo {

std::vector<int64_t> DrawProRata(int64_t amount, std::span<const int64_t> left) {
  ORIUNDO_CHECK(amount >= 0);
  __int128 box = 0;
  for (const int64_t party_left : left) box += party_left;
  ORIUNDO_CHECK(amount <= box);
  if (amount == 0) return std::vector<int64_t>(left.size());
  // With amount <= box the ideal part is at most what the party has left; rounding up does not pass a whole number.
  return Apportion(amount, left);
}

RefundDraw DrawForParty(int party, int64_t amount, std::span<const int64_t> left) {
  ORIUNDO_CHECK(party >= 0 && static_cast<std::size_t>(party) < left.size());
  ORIUNDO_CHECK(amount >= 0 && left[party] >= 0);
  const int64_t own = std::min(amount, left[party]);
  std::vector<int64_t> others(left.begin(), left.end());
  others[party] = 0;
  RefundDraw draw = {.from_left = DrawProRata(amount - own, others)};
  draw.from_left[party] = own;
  return draw;
}

}  // namespace oriundo
