// Draws decide whose money leaves a project's box (design.md section 4, "Money trail"). The ledger keeps one number a party,
// what the party has left in the box, and subtracts what these functions return; MoneyTrail breaks the same draws down to
// single inflows. Both agree because both call these. Pure functions; amounts in minor units, parties in declared order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace oriundo {

// Returns what an outflow of `amount` takes from each party: pro rata to what each has left, by largest remainder (domain
// 4.1). The parts add up to `amount` and no party is drawn below zero.
// REQUIRES: every left >= 0; 0 <= amount <= sum of left.
std::vector<int64_t> DrawProRata(int64_t amount, std::span<const int64_t> left);

// Whose money a payment to one party takes.
struct RefundDraw {
  // What leaves each party's left; adds up to the payment. What leaves the other parties' is equalised: they covered it.
  std::vector<int64_t> from_left;
};

// Returns what a payment of `amount` to `party` (a refund, or a returned contribution or release) takes from each party:
// first what the party has left itself, then the rest pro rata from the others. No party is drawn below zero.
// REQUIRES: party is an index of `left`; every left >= 0; 0 <= amount <= sum of left.
RefundDraw DrawForParty(int party, int64_t amount, std::span<const int64_t> left);

// Returns what payments of `amounts`, one to each party, take from each party; they are due together, so that the order in which they are
// paid changes nothing. First each takes what its party has left itself; then, in declared order, what it lacks of what all that leaves.
// The payment to party p takes draws[p].from_left.
// REQUIRES: as many amounts as left, all >= 0, adding up to at most the sum of left.
std::vector<RefundDraw> DrawForParties(std::span<const int64_t> amounts, std::span<const int64_t> left);

}  // namespace oriundo
