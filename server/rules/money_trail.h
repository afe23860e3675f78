// MoneyTrail follows each unit of one project's money from the inflow that brought it to the outflow that took it
// (design.md section 4, "Money trail"). It is fed the project's movements in sequence order and breaks each down to rows of
// (outflow, inflow, amount):
//   - an outflow draws from the parties pro rata to what each has left (draw.h), and within a party from its inflows first
//     in, first out;
//   - a refund draws on the refunded party's own inflows, first in, first out; what exceeds them the other parties cover;
//   - a returned inflow draws on itself, then on the same party's other inflows, then on the other parties' cover;
//   - a reversed outflow gives every row back to the inflow it came from; so does a reversed refund, but its money is held for
//     the party it is payable to again: nothing else draws on it, and that party's next refund takes it first.
//
// Signs. For every inflow and every party, after every step:
//     received = spent + refunded + equalised + left
// `refunded` counts what was paid back to the party, wherever it came from. `equalised` is positive on the inflow whose money
// covered somebody else's refund or return and negative on the inflow of the party so paid, so each movement's equalised rows
// sum to zero, and so do the parties' sums at all times.
//
// Size. An outflow writes one row a party, plus one for each inflow it empties on the way; a refund or return may write one
// more, because a cover shows at both ends. A reversal writes as many rows as its outflow has, and each may refill an inflow
// that can then be emptied once more, or is held and given to the next refund. With O outflows, R refunds and returns, P parties,
// I inflows and G rows given back there are at most O*P + R*(P+1) + I + 2*G rows: O*P + I where nothing was refunded or reversed.
//
// Deterministic and without I/O: ledger, queries and an independent verifier get the same rows from the same movements. Not
// thread-safe. All amounts in minor units of the project's currency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/rules/draw.h"

namespace oriundo {

// Money that came into the box.
struct TrailInflow {
  // Resource name, unique in the project: projects/p/contributions/c, .../releases/r or .../repayments/r.
  std::string name;
  // Index of the paying party in declared order.
  int party = 0;
  // What the bank credited, >= 0.
  int64_t amount = 0;
  // Sequence of the entry that posted it.
  int64_t sequence = 0;
};

// What a row says about its inflow's money.
enum class TrailKind {
  // It paid an outflow; negative where the outflow was reversed and gave it back.
  kSpent,
  // It was paid back to its party by a refund.
  kRefunded,
  // It was paid back because a contribution or release of its party was reversed. Counted under `refunded`.
  kReturned,
  // It covered another party's refund or return (positive), or its party was covered by others (negative).
  kEqualised,
};

// One step of the trail.
struct TrailRow {
  // Resource name of the outflow or refund, or of the inflow that was returned.
  std::string outflow;
  // Resource name of the inflow whose money this is.
  std::string inflow;
  // The inflow's party, an index in declared order.
  int party;
  // Never zero.
  int64_t amount;
  TrailKind kind;
  // Sequence of the entry that moved it.
  int64_t sequence;

  friend bool operator==(const TrailRow&, const TrailRow&) = default;
};

// Where an inflow's or a party's money is: received = spent + refunded + equalised + left.
struct TrailSums {
  int64_t received = 0;
  // Net of what reversed outflows gave back. Never negative.
  int64_t spent = 0;
  // Paid back to the party, refunds and returns together. Never negative.
  int64_t refunded = 0;
  // Given to cover other parties, less what others gave to cover this one.
  int64_t equalised = 0;
  // Still in the box. Never negative.
  int64_t left = 0;

  friend bool operator==(const TrailSums&, const TrailSums&) = default;
};

// One inflow and where its money is.
struct TrailInflowState {
  std::string name;
  int party;
  TrailSums sums;
};

class MoneyTrail {
 public:
  // A trail of a box that `parties` parties pay into, empty. REQUIRES: 1 <= parties <= kPartiesPerProjectMax.
  explicit MoneyTrail(int parties);

  // Every movement REQUIRES: its amount >= 0 (a movement of zero writes no row); a sequence not below the last one's; where it
  // takes money out, no more than the box holds. All that was ever received adds up inside 64 bits.

  // Takes note of money that came in. REQUIRES: the name is new among inflows.
  void Inflow(const TrailInflow& inflow);

  // Draws `amount` for the outflow `name`. REQUIRES: the name is new among outflows.
  void Outflow(std::string_view name, int64_t amount, int64_t sequence);

  // Pays `amount` back to `party`. What the party's own inflows do not hold any more is booked on its last inflow as covered
  // by the others. REQUIRES: the party has an inflow (a refund is apportioned by cash paid in, domain 4.7, so it has).
  // What a reversed refund of the party gave back goes first. REQUIRES: the name is new among refunds.
  void Refund(std::string_view name, int party, int64_t amount, int64_t sequence);

  // Takes the refund `name` back: each row returns to its inflow, where it is left again and held for the party's next refund.
  // REQUIRES: the refund is known and not yet reversed.
  void ReverseRefund(std::string_view name, int64_t sequence);

  // Takes out `amount` because the inflow `name` was reversed: all of it, or as much as the box holds where the rest became a
  // receivable. REQUIRES: the inflow is known.
  void ReturnInflow(std::string_view name, int64_t amount, int64_t sequence);

  // Gives back what the outflow `name` took, each row to its inflow; also to one that has been returned since, where it adds to
  // what its party has left. REQUIRES: the outflow is known and not yet reversed.
  void ReverseOutflow(std::string_view name, int64_t sequence);

  // The rows so far, in the order of the movements. Within an outflow: parties in declared order, inflows first in, first out.
  // Within a refund or return: the party's own money, what the others cover, and that cover booked on the party's inflow.
  const std::vector<TrailRow>& rows() const { return rows_; }

  // The inflows so far, in the order they came in.
  const std::vector<TrailInflowState>& inflows() const { return inflows_; }

  // The sums of each party, in declared order.
  const std::vector<TrailSums>& parties() const { return parties_; }

 private:
  // The rows an outflow wrote: rows_[first] and the following, `count` of them.
  struct OutflowRows {
    std::size_t first;
    std::size_t count;
    bool reversed = false;
  };
  // The same of a refund; with `cover` the last two of its rows book on the party what others paid for it, and moved no money.
  struct RefundRows {
    int party;
    std::size_t first;
    std::size_t count;
    bool cover;
    bool reversed = false;
  };
  // Money of one inflow that a reversed refund gave back.
  struct Held {
    std::size_t inflow;
    int64_t amount;
  };

  void AdvanceTo(int64_t sequence);
  // What each party has left that is not held for a refund.
  std::vector<int64_t> FreeByParty() const;
  int64_t FreeOf(std::size_t inflow) const { return inflows_[inflow].sums.left - held_of_inflow_[inflow]; }
  // Changes what is held of an inflow.
  void ChangeHeld(std::size_t inflow, int64_t change);
  // Books `amount` on the inflow and its party as `kind`, and writes the row.
  void Book(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind);
  // Changes what is left of an inflow and of its party.
  void ChangeLeft(std::size_t inflow, int64_t change);
  // Takes `amount` out of the party's inflows, first in, first out, and books it as `kind`.
  void TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind);
  // Pays `amount` to the party of `inflow`, booking on `inflow` what the other parties cover, `covered` by them already included.
  // True where there is such cover.
  bool PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, int64_t covered, TrailKind kind);

  int64_t sequence_ = 0;
  int64_t received_ = 0;
  std::vector<TrailRow> rows_;
  std::vector<TrailInflowState> inflows_;
  std::vector<TrailSums> parties_;
  // Per party the inflows (indices of inflows_) with something left that is not held, oldest first.
  std::vector<std::set<std::size_t>> open_;
  // What is held: per inflow and per party that paid it in; and for whom, in the order in which it was given back.
  std::vector<int64_t> held_of_inflow_;
  std::vector<int64_t> held_of_party_;
  std::vector<std::vector<Held>> held_for_;
  // Per party its latest inflow, or none yet.
  std::vector<std::size_t> last_;
  std::map<std::string, std::size_t, std::less<>> inflow_by_name_;
  std::map<std::string, OutflowRows, std::less<>> outflow_by_name_;
  std::map<std::string, RefundRows, std::less<>> refund_by_name_;
};

}  // namespace oriundo
