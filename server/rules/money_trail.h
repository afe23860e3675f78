// MoneyTrail follows each unit of one project's money from the inflow that brought it to the outflow that took it
// (design.md section 4, "Money trail"). It is fed the project's movements in sequence order and breaks each down to rows of
// (outflow, inflow, amount):
//   - an outflow draws from the parties pro rata to what each has left (draw.h), and within a party from its inflows first
//     in, first out;
//   - a refund draws on the refunded party's own inflows, first in, first out; what exceeds them the other parties cover;
//   - a returned inflow draws on itself, then on the same party's other inflows, then on the other parties' cover;
//   - an inflow that makes up for what others covered gives it back to them, within a party to the inflows that covered last;
//   - an outflow of which a part came back gives it to the parties pro rata to what they still have in it, and within a party to the
//     inflows it took last;
//   - what seemed to come back of an outflow and did not is taken again, from the parties it is told;
//   - a reversed outflow gives every row back to the inflow it came from; so does a reversed refund, but its money is held for
//     the party it is payable to again: nothing else draws on it, and that party's next refund takes it first.
//
// Signs. For every inflow and every party, after every step:
//     received = spent + refunded + equalised + left
// `refunded` counts what was paid back to the party, wherever it came from. `equalised` is positive on the inflow whose money
// covered somebody else's refund or return and negative on the inflow of the party so paid; where that party gives it back, the
// other way round. So each movement's equalised rows sum to zero, and so do the parties' sums at all times.
//
// Size. An outflow writes one row a party, plus one for each inflow it empties on the way; a refund or return may write one
// more, because a cover shows at both ends. A reversal writes as many rows as its outflow has, and each may refill an inflow
// that can then be emptied once more, or is held and given to the next refund; so may each row of what is given back to those
// who covered. With O outflows and what is taken again for one, R refunds and returns, P parties, I inflows and G rows given back
// there are at most O*P + R*(P+1) + I + 2*G rows: O*P + I where nothing was refunded or reversed.
//
// Memory. Rows are handed to the caller as they are written and are not kept, except those of an outflow or refund that may yet be
// reversed. An inflow is kept while it has something left, while it may yet be returned, and while it is its party's latest. So
// items() is at most the inflows with money left, the returns and reversals to come with their rows, one inflow a party, and one
// more for each inflow that covered for others, or gave back to those who had, and has not got it back.
//
// Deterministic and without I/O: ledger, queries and an independent verifier get the same rows from the same movements. Not
// thread-safe. All amounts in minor units of the project's currency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
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
  // False promises that no ReturnInflow() will name it, so that it can be forgotten once it is empty.
  bool may_return = true;
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
  // It was given in kind and never was in the box. MoneyTrail writes no such row; whoever shows a project's trail adds them.
  kInKind,
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

// Something left of an inflow.
struct TrailLeft {
  // The inflow's place among all inflows, in the order they came in, from 0.
  std::size_t index;
  std::string name;
  int party;
  // More than zero.
  int64_t amount;
  // Sequence of the entry that brought it.
  int64_t sequence;

  friend bool operator==(const TrailLeft&, const TrailLeft&) = default;
};

// Takes the next row. Within an outflow: parties in declared order, inflows first in, first out. Within a refund or return: the
// party's own money, what the others cover, and that cover booked on the party's inflow.
using TrailRowSink = std::function<void(const TrailRow& row)>;

class MoneyTrail {
 public:
  // A trail of a box that `parties` parties pay into, empty. Its rows go to `sink` before the movement that writes them returns.
  // REQUIRES: 1 <= parties <= kPartiesPerProjectMax.
  MoneyTrail(int parties, TrailRowSink sink);

  // Every movement REQUIRES: its amount >= 0 (a movement of zero writes no row); a sequence not below the last one's; where it
  // takes money out, no more than the box holds. All that was ever received adds up inside 64 bits.

  // Takes note of money that came in. REQUIRES: the name is new among inflows; checked among those kept.
  void Inflow(const TrailInflow& inflow);

  // Draws `amount` for the outflow `name`. Where not `may_reverse`, no ReverseOutflow() will name it, and its rows are forgotten
  // at once. REQUIRES: the name is new among outflows; checked among those kept.
  void Outflow(std::string_view name, int64_t amount, int64_t sequence, bool may_reverse = true);

  // Pays `amount` back to `party`. What the party's own inflows do not hold any more is booked on its last inflow as covered
  // by the others. REQUIRES: the party has an inflow (a refund is apportioned by cash paid in, domain 4.7, so it has).
  // What is held for the party goes first: what was kept for its refunds, and what a reversed one gave back. Where not `may_reverse`, no ReverseRefund() will name it.
  // REQUIRES: the name is new among refunds; checked among those kept.
  void Refund(std::string_view name, int party, int64_t amount, int64_t sequence, bool may_reverse = true);

  // Keeps so much for the refunds of each party, in declared order, as DrawForParties has it: nothing else takes it, and the party's next
  // refunds take it first. Within a party from its inflows first in, first out. REQUIRES: as many amounts as parties, all >= 0, together
  // no more than is left and not held.
  void HoldForRefunds(const std::vector<int64_t>& amounts, int64_t sequence);

  // Takes the refund `name` back: each row returns to its inflow, where it is left again and held for the party's next refund.
  // REQUIRES: HoldsRefund(name).
  void ReverseRefund(std::string_view name, int64_t sequence);

  // Takes out `amount` because the inflow `name` was reversed: all of it, or as much as the box holds where the rest became a
  // receivable. REQUIRES: HoldsInflow(name).
  void ReturnInflow(std::string_view name, int64_t amount, int64_t sequence);

  // The latest inflow of `party` gives each party, in declared order, so much of it back for having covered for `party`. The rows
  // name that inflow as their outflow. REQUIRES: the inflow came just now and holds so much; no part is above what its party has
  // equalised.
  void GiveToCoverers(int party, const std::vector<int64_t>& parts, int64_t sequence);

  // Gives back `amount` of what the outflow `name` took, also to inflows that have been returned since; the rest may still be given back or
  // reversed. REQUIRES: HoldsOutflow(name); no more than what it took and has not given back.
  void GiveBack(std::string_view name, int64_t amount, int64_t sequence);

  // Takes so much of each party, in declared order, for the outflow `name` again: what it had given back had not come back after all. Within
  // a party from its inflows first in, first out. REQUIRES: HoldsOutflow(name); of no party more than it has free.
  void TakeAgain(std::string_view name, const std::vector<int64_t>& parts, int64_t sequence);

  // Gives back what the outflow `name` took and has not given back yet, each row to its inflow; also to one that has been returned since, where it adds to
  // what its party has left. REQUIRES: HoldsOutflow(name).
  void ReverseOutflow(std::string_view name, int64_t sequence);

  // True where the inflow came with `may_return`.
  bool HoldsInflow(std::string_view name) const { return returnable_.find(name) != returnable_.end(); }
  // True where the outflow came with `may_reverse` and was not reversed yet.
  bool HoldsOutflow(std::string_view name) const { return reversible_.find(name) != reversible_.end(); }

  // True where the refund came with `may_reverse` and was not reversed yet.
  bool HoldsRefund(std::string_view name) const { return refunds_.find(name) != refunds_.end(); }

  // The first inflow at or behind the place `index` with something left; nullopt where there is none.
  std::optional<TrailLeft> NextLeft(std::size_t index) const;

  // What is kept for refunds, and what reversed ones gave back, and the next ones take.
  int64_t held() const;

  // What each party has left that is not held for a refund, in declared order.
  std::vector<int64_t> FreeByParty() const;

  // Inflows and rows kept in memory, and the inflows that covered for others.
  std::size_t items() const;

  // The sums of each party, in declared order.
  const std::vector<TrailSums>& parties() const { return parties_; }

 private:
  // An inflow that is kept.
  struct Kept {
    std::string name;
    int party;
    int64_t sequence;
    int64_t left;
    // What of that is held for a refund.
    int64_t held;
    bool may_return;

    int64_t free() const { return left - held; }
  };
  // A row of an outflow or refund that may be reversed, with what is needed to bring its inflow back where that was forgotten.
  struct KeptRow {
    std::size_t inflow;
    std::string name;
    int party;
    int64_t sequence;
    int64_t amount;
    TrailKind kind;
  };
  // A refund that may be reversed; with `cover` the last two of its rows book on the party what others paid for it, and moved no
  // money.
  struct KeptRefund {
    int party = 0;
    std::vector<KeptRow> rows;
    bool cover = false;
  };
  // Money of one inflow that is kept for a party's refund.
  struct Held {
    std::size_t inflow;
    int64_t amount;
  };

  // What an inflow covered for other parties, or gave back to those who had, and has not got back.
  struct Covering {
    std::string name;
    int64_t sequence = 0;
    // Below zero where a refund that it covered was reversed after it had got that back.
    int64_t amount = 0;
  };

  void AdvanceTo(int64_t sequence);
  // Adds `amount` to what the inflow covers for others. REQUIRES: it is kept.
  void ChangeCovering(std::size_t inflow, int64_t amount);
  // Books `amount` on the inflow and its party as `kind`, and writes the row; adds it to `kept`, if that is not null.
  void Book(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind, std::vector<KeptRow>* kept = nullptr);
  // Changes what is left of an inflow and of its party.
  void ChangeLeft(std::size_t inflow, int64_t change);
  // Changes what is held of an inflow.
  void ChangeHeld(std::size_t inflow, int64_t change);
  // The inflow of a row that is given back, brought back where it was forgotten.
  void Restore(const KeptRow& row);
  // Forgets the inflow where nothing can ask for it any more.
  void Forget(std::size_t inflow);
  // Takes `amount` out of the party's inflows, first in, first out, and books it as `kind`; adds the rows to `kept`, if it is not
  // null.
  void TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind, std::vector<KeptRow>* kept);
  // Pays `amount` to the party of `inflow`, booking on `inflow` what the other parties cover, `covered` by them already included.
  // True where there is such cover.
  bool PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, int64_t covered, TrailKind kind,
                std::vector<KeptRow>* kept);

  const TrailRowSink sink_;
  int64_t sequence_ = 0;
  int64_t received_ = 0;
  // The place of the next inflow.
  std::size_t next_inflow_ = 0;
  // By place, so oldest first.
  std::map<std::size_t, Kept> inflows_;
  std::vector<TrailSums> parties_;
  // Per party the inflows with something left that is not held, oldest first.
  std::vector<std::set<std::size_t>> open_;
  // Per party its latest inflow, or none yet.
  std::vector<std::size_t> last_;
  std::map<std::string, std::size_t, std::less<>> returnable_;
  std::map<std::string, std::vector<KeptRow>, std::less<>> reversible_;
  std::map<std::string, KeptRefund, std::less<>> refunds_;
  std::size_t kept_rows_ = 0;
  // Of each party the inflows that cover for others, oldest first.
  std::vector<std::map<std::size_t, Covering>> covering_;
  // What is held: of each party's inflows; and for each party, in the order in which it was given back.
  std::vector<int64_t> held_of_party_;
  std::vector<std::deque<Held>> held_for_;
};

}  // namespace oriundo
