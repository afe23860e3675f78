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

std::vector<RefundDraw> DrawForParties(std::span<const int64_t> amounts, std::span<const int64_t> left) {
  ORIUNDO_CHECK(amounts.size() == left.size());
  std::vector<int64_t> rest(left.begin(), left.end());
  std::vector<RefundDraw> draws(left.size());
  for (std::size_t party = 0; party < left.size(); ++party) {
    ORIUNDO_CHECK(amounts[party] >= 0 && left[party] >= 0);
    const int64_t own = std::min(amounts[party], left[party]);
    draws[party].from_left.resize(left.size());
    draws[party].from_left[party] = own;
    rest[party] -= own;
  }
  for (std::size_t party = 0; party < left.size(); ++party) {
    const int64_t lacks = amounts[party] - draws[party].from_left[party];
    const std::vector<int64_t> parts = DrawProRata(lacks, rest);  // Whoever lacks anything has nothing left itself.
    for (std::size_t other = 0; other < left.size(); ++other) {
      draws[party].from_left[other] += parts[other];
      rest[other] -= parts[other];
    }
  }
  return draws;
}

}  // namespace oriundo
