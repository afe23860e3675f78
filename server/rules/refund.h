// ApportionRefund divides what a box still holds among those who paid into it (domain.md 4.7): by cash actually
// paid in, not by the weights of the rule, so a party that never paid gets nothing. Interest is divided by the same function and
// kept in its own account. Which inflows a refund draws on, and what parties owe each other for it, is the money trail's
// matter (money_trail.h). A pure function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace oriundo {

// Returns each party's part of `unspent` (minor units) in declared party order, by largest remainder (domain 4.1) over
// `paid_in`; all zeros if there is nothing to refund. The parts add up to `unspent`.
// REQUIRES: unspent >= 0; every paid_in >= 0; if unspent > 0, somebody has paid in.
std::vector<int64_t> ApportionRefund(int64_t unspent, std::span<const int64_t> paid_in);

}  // namespace oriundo
