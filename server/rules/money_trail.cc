#include "server/rules/money_trail.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/base/check.h"
#include "server/base/limits.h"

namespace oriundo {
namespace {

// A party that has paid nothing in yet.
constexpr std::size_t kNoInflow = std::numeric_limits<std::size_t>::max();

void AddTo(TrailSums& sums, int64_t amount, TrailKind kind) {
  switch (kind) {
    case TrailKind::kSpent:
      sums.spent += amount;
      break;
    case TrailKind::kRefunded:
    case TrailKind::kReturned:
      sums.refunded += amount;
      break;
    case TrailKind::kEqualised:
      sums.equalised += amount;
      break;
    case TrailKind::kInKind:
      break;
  }
}

}  // namespace

MoneyTrail::MoneyTrail(int parties, TrailRowSink sink) : sink_(std::move(sink)) {
  ORIUNDO_CHECK(parties >= 1 && parties <= kPartiesPerProjectMax);
  parties_.resize(parties);
  open_.resize(parties);
  last_.resize(parties, kNoInflow);
  held_of_party_.resize(parties, 0);
  held_for_.resize(parties);
  covering_.resize(parties);
}

void MoneyTrail::Inflow(const TrailInflow& inflow) {
  AdvanceTo(inflow.sequence);
  ORIUNDO_CHECK(inflow.party >= 0 && static_cast<std::size_t>(inflow.party) < parties_.size());
  ORIUNDO_CHECK(inflow.amount >= 0);
  // Every sum kept here is bounded by what was ever received.
  ORIUNDO_CHECK(inflow.amount <= std::numeric_limits<int64_t>::max() - received_);
  const std::size_t index = next_inflow_++;
  if (inflow.may_return) ORIUNDO_CHECK(returnable_.emplace(inflow.name, index).second);

  received_ += inflow.amount;
  inflows_.emplace(index, Kept{.name = inflow.name,
                               .party = inflow.party,
                               .sequence = inflow.sequence,
                               .left = 0,
                               .held = 0,
                               .may_return = inflow.may_return});
  parties_[inflow.party].received += inflow.amount;
  const std::size_t before = std::exchange(last_[inflow.party], index);
  if (before != kNoInflow) Forget(before);
  ChangeLeft(index, inflow.amount);
}

void MoneyTrail::Outflow(std::string_view name, int64_t amount, int64_t sequence, bool may_reverse) {
  AdvanceTo(sequence);
  std::vector<KeptRow>* kept = nullptr;
  if (may_reverse) {
    const auto [entry, is_new] = reversible_.try_emplace(std::string(name));
    ORIUNDO_CHECK(is_new);
    kept = &entry->second;
  }
  const std::vector<int64_t> draw = DrawProRata(amount, FreeByParty());
  for (int party = 0; party < static_cast<int>(draw.size()); ++party) {
    TakeFifo(name, party, draw[party], TrailKind::kSpent, kept);
  }
  if (kept != nullptr) kept_rows_ += kept->size();
}

void MoneyTrail::Refund(std::string_view name, int party, int64_t amount, int64_t sequence, bool may_reverse) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(party >= 0 && static_cast<std::size_t>(party) < parties_.size());
  ORIUNDO_CHECK(last_[party] != kNoInflow && amount >= 0);
  KeptRefund refund{.party = party, .rows = {}, .cover = false};
  std::vector<KeptRow>* const kept = may_reverse ? &refund.rows : nullptr;
  int64_t rest = amount;
  int64_t covered = 0;
  std::deque<Held>& held = held_for_[party];
  while (!held.empty() && rest > 0) {
    Held& oldest = held.front();
    const int64_t taken = std::min(rest, oldest.amount);
    const bool own = inflows_.at(oldest.inflow).party == party;
    ChangeHeld(oldest.inflow, -taken);
    ChangeLeft(oldest.inflow, -taken);
    Book(name, oldest.inflow, taken, own ? TrailKind::kRefunded : TrailKind::kEqualised, kept);
    if (!own) ChangeCovering(oldest.inflow, taken);
    Forget(oldest.inflow);
    if (!own) covered += taken;
    rest -= taken;
    oldest.amount -= taken;
    if (oldest.amount == 0) held.pop_front();
  }
  refund.cover = PayParty(name, last_[party], rest, covered, TrailKind::kRefunded, kept);
  if (!may_reverse) return;
  kept_rows_ += refund.rows.size();
  ORIUNDO_CHECK(refunds_.emplace(std::string(name), std::move(refund)).second);
}

void MoneyTrail::HoldForRefunds(const std::vector<int64_t>& amounts, int64_t sequence) {
  AdvanceTo(sequence);
  const std::vector<RefundDraw> draws = DrawForParties(amounts, FreeByParty());
  for (std::size_t party = 0; party < draws.size(); ++party) {
    for (std::size_t payer = 0; payer < draws.size(); ++payer) {
      for (int64_t rest = draws[party].from_left[payer]; rest > 0;) {
        const std::size_t oldest = *open_[payer].begin();
        const int64_t held = std::min(rest, inflows_.at(oldest).free());
        ChangeHeld(oldest, held);
        held_for_[party].push_back({oldest, held});
        rest -= held;
      }
    }
  }
}

void MoneyTrail::ReverseRefund(std::string_view name, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = refunds_.find(name);
  ORIUNDO_CHECK(found != refunds_.end());
  const KeptRefund refund = std::move(found->second);
  refunds_.erase(found);
  kept_rows_ -= refund.rows.size();
  const std::size_t moved = refund.rows.size() - (refund.cover ? 2 : 0);
  for (std::size_t i = 0; i < refund.rows.size(); ++i) {
    const KeptRow& row = refund.rows[i];
    Restore(row);
    Book(name, row.inflow, -row.amount, row.kind);
    if (i < moved) {
      ChangeLeft(row.inflow, row.amount);
      ChangeHeld(row.inflow, row.amount);
      if (row.kind == TrailKind::kEqualised) ChangeCovering(row.inflow, -row.amount);
      held_for_[refund.party].push_back({row.inflow, row.amount});
    } else {
      Forget(row.inflow);
    }
  }
}

void MoneyTrail::ReturnInflow(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(amount >= 0);
  const auto found = returnable_.find(name);
  ORIUNDO_CHECK(found != returnable_.end());
  const std::size_t inflow = found->second;

  const int64_t own = std::min(amount, inflows_.at(inflow).free());
  if (own > 0) {
    ChangeLeft(inflow, -own);
    Book(name, inflow, own, TrailKind::kReturned);
  }
  PayParty(name, inflow, amount - own, 0, TrailKind::kReturned, nullptr);
}

void MoneyTrail::ReverseOutflow(std::string_view name, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = reversible_.find(name);
  ORIUNDO_CHECK(found != reversible_.end());
  const std::vector<KeptRow> rows = std::move(found->second);
  reversible_.erase(found);
  kept_rows_ -= rows.size();
  for (const KeptRow& row : rows) {
    Restore(row);
    ChangeLeft(row.inflow, row.amount);
    Book(name, row.inflow, -row.amount, row.kind);
  }
}

void MoneyTrail::GiveToCoverers(int party, const std::vector<int64_t>& parts, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(party >= 0 && static_cast<std::size_t>(party) < parties_.size() && parts.size() <= parties_.size());
  ORIUNDO_CHECK(last_[party] != kNoInflow);
  const std::size_t giver = last_[party];
  const std::string name = inflows_.at(giver).name;
  int64_t given = 0;
  for (std::size_t other = 0; other < parts.size(); ++other) {
    ORIUNDO_CHECK(parts[other] >= 0 && parts[other] <= std::max<int64_t>(0, parties_[other].equalised));
    given += parts[other];
  }
  ORIUNDO_CHECK(given <= inflows_.at(giver).free());
  if (given == 0) return;
  ChangeLeft(giver, -given);
  Book(name, giver, given, TrailKind::kEqualised);
  // Should the refund that others covered come back after all, it has given this for them.
  ChangeCovering(giver, given);
  for (std::size_t other = 0; other < parts.size(); ++other) {
    for (int64_t rest = parts[other]; rest > 0;) {
      // What a party has equalised is what its inflows cover and gave back, less what others cover for it: there is enough of it.
      std::map<std::size_t, Covering>& all = covering_[other];
      const auto last = std::find_if(all.rbegin(), all.rend(), [](const auto& covering) { return covering.second.amount > 0; });
      ORIUNDO_CHECK(last != all.rend());
      const std::size_t inflow = last->first;
      const int64_t part = std::min(rest, last->second.amount);
      Restore({.inflow = inflow,
               .name = last->second.name,
               .party = static_cast<int>(other),
               .sequence = last->second.sequence,
               .amount = part,
               .kind = TrailKind::kEqualised});
      ChangeLeft(inflow, part);
      Book(name, inflow, -part, TrailKind::kEqualised);
      ChangeCovering(inflow, -part);
      rest -= part;
    }
  }
}

void MoneyTrail::GiveBack(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = reversible_.find(name);
  ORIUNDO_CHECK(found != reversible_.end() && amount >= 0);
  std::vector<KeptRow>& rows = found->second;
  std::vector<int64_t> taken(parties_.size());
  for (const KeptRow& row : rows) taken[row.party] += row.amount;
  std::vector<int64_t> back = DrawProRata(amount, taken);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const int64_t part = std::min(back[row->party], row->amount);
    if (part == 0) continue;
    Restore(*row);
    ChangeLeft(row->inflow, part);
    Book(name, row->inflow, -part, row->kind);
    row->amount -= part;
    back[row->party] -= part;
  }
  kept_rows_ -= std::erase_if(rows, [](const KeptRow& row) { return row.amount == 0; });
}

void MoneyTrail::TakeAgain(std::string_view name, const std::vector<int64_t>& parts, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = reversible_.find(name);
  ORIUNDO_CHECK(found != reversible_.end() && parts.size() <= parties_.size());
  std::vector<KeptRow>& rows = found->second;
  const std::size_t before = rows.size();
  for (int party = 0; party < static_cast<int>(parts.size()); ++party) TakeFifo(name, party, parts[party], TrailKind::kSpent, &rows);
  kept_rows_ += rows.size() - before;
}

std::optional<TrailLeft> MoneyTrail::NextLeft(std::size_t index) const {
  for (auto at = inflows_.lower_bound(index); at != inflows_.end(); ++at) {
    const Kept& kept = at->second;
    if (kept.left > 0) return TrailLeft{at->first, kept.name, kept.party, kept.left, kept.sequence};
  }
  return std::nullopt;
}

std::size_t MoneyTrail::items() const {
  std::size_t items = inflows_.size() + kept_rows_;
  for (const std::map<std::size_t, Covering>& covering : covering_) items += covering.size();
  return items;
}

int64_t MoneyTrail::held() const {
  int64_t held = 0;
  for (const int64_t of_party : held_of_party_) held += of_party;
  return held;
}

void MoneyTrail::AdvanceTo(int64_t sequence) {
  ORIUNDO_CHECK(sequence >= sequence_);
  sequence_ = sequence;
}

std::vector<int64_t> MoneyTrail::FreeByParty() const {
  std::vector<int64_t> free;
  free.reserve(parties_.size());
  for (std::size_t party = 0; party < parties_.size(); ++party) free.push_back(parties_[party].left - held_of_party_[party]);
  return free;
}

void MoneyTrail::Book(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind, std::vector<KeptRow>* kept) {
  const Kept& booked = inflows_.at(inflow);
  AddTo(parties_[booked.party], amount, kind);
  sink_({std::string(outflow), booked.name, booked.party, amount, kind, sequence_});
  if (kept != nullptr) kept->push_back({inflow, booked.name, booked.party, booked.sequence, amount, kind});
}

void MoneyTrail::ChangeCovering(std::size_t inflow, int64_t amount) {
  const Kept& kept = inflows_.at(inflow);
  std::map<std::size_t, Covering>& covering = covering_[kept.party];
  const auto at = covering.try_emplace(inflow, Covering{.name = kept.name, .sequence = kept.sequence, .amount = 0}).first;
  at->second.amount += amount;
  if (at->second.amount == 0) covering.erase(at);
}

void MoneyTrail::ChangeLeft(std::size_t inflow, int64_t change) {
  Kept& kept = inflows_.at(inflow);
  kept.left += change;
  parties_[kept.party].left += change;
  if (kept.free() > 0) {
    open_[kept.party].insert(inflow);
  } else {
    open_[kept.party].erase(inflow);
  }
}

void MoneyTrail::ChangeHeld(std::size_t inflow, int64_t change) {
  Kept& kept = inflows_.at(inflow);
  kept.held += change;
  held_of_party_[kept.party] += change;
  ChangeLeft(inflow, 0);
}

void MoneyTrail::Restore(const KeptRow& row) {
  inflows_.try_emplace(row.inflow, Kept{.name = row.name,
                                        .party = row.party,
                                        .sequence = row.sequence,
                                        .left = 0,
                                        .held = 0,
                                        .may_return = false});
}

void MoneyTrail::Forget(std::size_t inflow) {
  const auto found = inflows_.find(inflow);
  const Kept& kept = found->second;
  if (kept.left == 0 && !kept.may_return && last_[kept.party] != inflow) inflows_.erase(found);
}

void MoneyTrail::TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind, std::vector<KeptRow>* kept) {
  while (amount > 0) {
    const std::size_t oldest = *open_[party].begin();
    const int64_t taken = std::min(amount, inflows_.at(oldest).free());
    ChangeLeft(oldest, -taken);
    Book(outflow, oldest, taken, kind, kept);
    if (kind == TrailKind::kEqualised) ChangeCovering(oldest, taken);
    Forget(oldest);
    amount -= taken;
  }
}

bool MoneyTrail::PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, int64_t covered, TrailKind kind,
                          std::vector<KeptRow>* kept) {
  // Either the party's latest or one that may be returned: it stays while its money goes.
  const int party = inflows_.at(inflow).party;
  const RefundDraw draw = DrawForParty(party, amount, FreeByParty());
  const int64_t own = draw.from_left[party];
  TakeFifo(outflow, party, own, kind, kept);
  for (int other = 0; other < static_cast<int>(draw.from_left.size()); ++other) {
    if (other != party) TakeFifo(outflow, other, draw.from_left[other], TrailKind::kEqualised, kept);
  }
  const int64_t cover = covered + amount - own;
  if (cover == 0) return false;
  Book(outflow, inflow, cover, kind, kept);
  Book(outflow, inflow, -cover, TrailKind::kEqualised, kept);
  return true;
}

}  // namespace oriundo
