// Apportion splits a whole number of minor units by weights so that the parts add up to it exactly: the largest
// remainder method of domain.md 4.1. One method and one party order serve dues, draws, refunds, interest and claims, so that
// nobody has to ask which rounding was used where. A pure function: any thread may call it, equal inputs give equal parts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace oriundo {

// Returns one part per weight, in the order of `weights`, which is the declared party order. Part i is
// floor(total * weights[i] / W), W being the sum of the weights; the units still missing go one each to the parts with the
// largest remainders, ties to the earlier party. So every part is less than one unit from the ideal, a weight of zero gets
// nothing, and if total <= W no part exceeds its weight.
// REQUIRES: total >= 0; every weight >= 0; the weights add up to more than zero (and may exceed 64 bits together).
std::vector<int64_t> Apportion(int64_t total, std::span<const int64_t> weights);

}  // namespace oriundo
