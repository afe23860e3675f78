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
  }
}

}  // namespace

MoneyTrail::MoneyTrail(int parties, TrailRowSink sink) : sink_(std::move(sink)) {
  ORIUNDO_CHECK(parties >= 1 && parties <= kPartiesPerProjectMax);
  parties_.resize(parties);
  open_.resize(parties);
  last_.resize(parties, kNoInflow);
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
  const std::vector<int64_t> draw = DrawProRata(amount, LeftByParty());
  for (int party = 0; party < static_cast<int>(draw.size()); ++party) {
    TakeFifo(name, party, draw[party], TrailKind::kSpent, kept);
  }
  if (kept != nullptr) kept_rows_ += kept->size();
}

void MoneyTrail::Refund(std::string_view name, int party, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(party >= 0 && static_cast<std::size_t>(party) < parties_.size());
  ORIUNDO_CHECK(last_[party] != kNoInflow);
  PayParty(name, last_[party], amount, TrailKind::kRefunded);
}

void MoneyTrail::ReturnInflow(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(amount >= 0);
  const auto found = returnable_.find(name);
  ORIUNDO_CHECK(found != returnable_.end());
  const std::size_t inflow = found->second;

  const Kept& kept = inflows_.at(inflow);
  const int64_t own = std::min(amount, kept.left);
  if (own > 0) {
    ChangeLeft(inflow, -own);
    Book(name, kept, own, TrailKind::kReturned);
  }
  PayParty(name, inflow, amount - own, TrailKind::kReturned);
}

void MoneyTrail::ReverseOutflow(std::string_view name, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = reversible_.find(name);
  ORIUNDO_CHECK(found != reversible_.end());
  const std::vector<KeptRow> rows = std::move(found->second);
  reversible_.erase(found);
  kept_rows_ -= rows.size();
  for (const KeptRow& row : rows) {
    const auto [entry, is_new] = inflows_.try_emplace(
        row.inflow, Kept{.name = row.name, .party = row.party, .sequence = row.sequence, .left = 0, .may_return = false});
    ChangeLeft(row.inflow, row.amount);
    Book(name, entry->second, -row.amount, TrailKind::kSpent);
  }
}

std::optional<TrailLeft> MoneyTrail::NextLeft(std::size_t index) const {
  for (auto at = inflows_.lower_bound(index); at != inflows_.end(); ++at) {
    const Kept& kept = at->second;
    if (kept.left > 0) return TrailLeft{at->first, kept.name, kept.party, kept.left, kept.sequence};
  }
  return std::nullopt;
}

void MoneyTrail::AdvanceTo(int64_t sequence) {
  ORIUNDO_CHECK(sequence >= sequence_);
  sequence_ = sequence;
}

std::vector<int64_t> MoneyTrail::LeftByParty() const {
  std::vector<int64_t> left;
  left.reserve(parties_.size());
  for (const TrailSums& party : parties_) left.push_back(party.left);
  return left;
}

void MoneyTrail::Book(std::string_view outflow, const Kept& inflow, int64_t amount, TrailKind kind) {
  AddTo(parties_[inflow.party], amount, kind);
  sink_({std::string(outflow), inflow.name, inflow.party, amount, kind, sequence_});
}

void MoneyTrail::ChangeLeft(std::size_t inflow, int64_t change) {
  Kept& kept = inflows_.at(inflow);
  kept.left += change;
  parties_[kept.party].left += change;
  if (kept.left > 0) {
    open_[kept.party].insert(inflow);
  } else {
    open_[kept.party].erase(inflow);
  }
}

void MoneyTrail::Forget(std::size_t inflow) {
  const auto found = inflows_.find(inflow);
  const Kept& kept = found->second;
  if (kept.left == 0 && !kept.may_return && last_[kept.party] != inflow) inflows_.erase(found);
}

void MoneyTrail::TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind, std::vector<KeptRow>* kept) {
  while (amount > 0) {
    const std::size_t oldest = *open_[party].begin();
    const Kept& inflow = inflows_.at(oldest);
    const int64_t taken = std::min(amount, inflow.left);
    ChangeLeft(oldest, -taken);
    Book(outflow, inflow, taken, kind);
    if (kept != nullptr) kept->push_back({oldest, inflow.name, inflow.party, inflow.sequence, taken});
    Forget(oldest);
    amount -= taken;
  }
}

void MoneyTrail::PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind) {
  // Either the party's latest or one that may be returned: it stays while its money goes.
  const Kept& kept = inflows_.at(inflow);
  const int party = kept.party;
  const RefundDraw draw = DrawForParty(party, amount, LeftByParty());
  const int64_t own = draw.from_left[party];
  TakeFifo(outflow, party, own, kind, nullptr);
  for (int other = 0; other < static_cast<int>(draw.from_left.size()); ++other) {
    if (other != party) TakeFifo(outflow, other, draw.from_left[other], TrailKind::kEqualised, nullptr);
  }
  const int64_t cover = amount - own;
  if (cover == 0) return;
  Book(outflow, kept, cover, kind);
  Book(outflow, kept, -cover, TrailKind::kEqualised);
}

}  // namespace oriundo
