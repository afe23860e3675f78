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

MoneyTrail::MoneyTrail(int parties) {
  ORIUNDO_CHECK(parties >= 1 && parties <= kPartiesPerProjectMax);
  parties_.resize(parties);
  open_.resize(parties);
  last_.resize(parties, kNoInflow);
  held_of_party_.resize(parties, 0);
  held_for_.resize(parties);
}

void MoneyTrail::Inflow(const TrailInflow& inflow) {
  AdvanceTo(inflow.sequence);
  ORIUNDO_CHECK(inflow.party >= 0 && static_cast<std::size_t>(inflow.party) < parties_.size());
  ORIUNDO_CHECK(inflow.amount >= 0);
  // Every sum kept here is bounded by what was ever received.
  ORIUNDO_CHECK(inflow.amount <= std::numeric_limits<int64_t>::max() - received_);
  const std::size_t index = inflows_.size();
  ORIUNDO_CHECK(inflow_by_name_.emplace(inflow.name, index).second);

  received_ += inflow.amount;
  inflows_.push_back({inflow.name, inflow.party, {.received = inflow.amount}});
  held_of_inflow_.push_back(0);
  parties_[inflow.party].received += inflow.amount;
  last_[inflow.party] = index;
  ChangeLeft(index, inflow.amount);
}

void MoneyTrail::Outflow(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  const std::size_t first = rows_.size();
  const std::vector<int64_t> draw = DrawProRata(amount, FreeByParty());
  for (int party = 0; party < static_cast<int>(draw.size()); ++party) TakeFifo(name, party, draw[party], TrailKind::kSpent);
  const OutflowRows written = {.first = first, .count = rows_.size() - first};
  ORIUNDO_CHECK(outflow_by_name_.emplace(name, written).second);
}

void MoneyTrail::Refund(std::string_view name, int party, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(party >= 0 && static_cast<std::size_t>(party) < parties_.size());
  ORIUNDO_CHECK(last_[party] != kNoInflow && amount >= 0);
  const std::size_t first = rows_.size();
  int64_t rest = amount;
  int64_t covered = 0;
  std::vector<Held>& held = held_for_[party];
  while (!held.empty() && rest > 0) {
    Held& oldest = held.front();
    const int64_t taken = std::min(rest, oldest.amount);
    const bool own = inflows_[oldest.inflow].party == party;
    ChangeHeld(oldest.inflow, -taken);
    ChangeLeft(oldest.inflow, -taken);
    Book(name, oldest.inflow, taken, own ? TrailKind::kRefunded : TrailKind::kEqualised);
    if (!own) covered += taken;
    rest -= taken;
    oldest.amount -= taken;
    if (oldest.amount == 0) held.erase(held.begin());
  }
  const bool cover = PayParty(name, last_[party], rest, covered, TrailKind::kRefunded);
  const RefundRows written = {.party = party, .first = first, .count = rows_.size() - first, .cover = cover};
  ORIUNDO_CHECK(refund_by_name_.emplace(name, written).second);
}

void MoneyTrail::ReverseRefund(std::string_view name, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = refund_by_name_.find(name);
  ORIUNDO_CHECK(found != refund_by_name_.end() && !found->second.reversed);
  RefundRows& written = found->second;
  written.reversed = true;
  const std::size_t moved = written.count - (written.cover ? 2 : 0);
  for (std::size_t i = 0; i < written.count; ++i) {
    const TrailRow row = rows_[written.first + i];
    const std::size_t inflow = inflow_by_name_.find(row.inflow)->second;
    Book(name, inflow, -row.amount, row.kind);
    if (i >= moved) continue;
    ChangeLeft(inflow, row.amount);
    ChangeHeld(inflow, row.amount);
    held_for_[written.party].push_back({inflow, row.amount});
  }
}

void MoneyTrail::ReturnInflow(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  ORIUNDO_CHECK(amount >= 0);
  const auto found = inflow_by_name_.find(name);
  ORIUNDO_CHECK(found != inflow_by_name_.end());
  const std::size_t inflow = found->second;

  const int64_t own = std::min(amount, FreeOf(inflow));
  if (own > 0) {
    ChangeLeft(inflow, -own);
    Book(name, inflow, own, TrailKind::kReturned);
  }
  PayParty(name, inflow, amount - own, 0, TrailKind::kReturned);
}

void MoneyTrail::ReverseOutflow(std::string_view name, int64_t sequence) {
  AdvanceTo(sequence);
  const auto found = outflow_by_name_.find(name);
  ORIUNDO_CHECK(found != outflow_by_name_.end() && !found->second.reversed);
  OutflowRows& written = found->second;
  written.reversed = true;
  for (std::size_t i = written.first; i < written.first + written.count; ++i) {
    const std::size_t inflow = inflow_by_name_.find(rows_[i].inflow)->second;
    const int64_t amount = rows_[i].amount;
    ChangeLeft(inflow, amount);
    Book(name, inflow, -amount, TrailKind::kSpent);
  }
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

void MoneyTrail::Book(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind) {
  TrailInflowState& state = inflows_[inflow];
  AddTo(state.sums, amount, kind);
  AddTo(parties_[state.party], amount, kind);
  rows_.push_back({std::string(outflow), state.name, state.party, amount, kind, sequence_});
}

void MoneyTrail::ChangeLeft(std::size_t inflow, int64_t change) {
  TrailInflowState& state = inflows_[inflow];
  state.sums.left += change;
  parties_[state.party].left += change;
  if (FreeOf(inflow) > 0) {
    open_[state.party].insert(inflow);
  } else {
    open_[state.party].erase(inflow);
  }
}

void MoneyTrail::ChangeHeld(std::size_t inflow, int64_t change) {
  held_of_inflow_[inflow] += change;
  held_of_party_[inflows_[inflow].party] += change;
  ChangeLeft(inflow, 0);
}

void MoneyTrail::TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind) {
  while (amount > 0) {
    const std::size_t oldest = *open_[party].begin();
    const int64_t taken = std::min(amount, FreeOf(oldest));
    ChangeLeft(oldest, -taken);
    Book(outflow, oldest, taken, kind);
    amount -= taken;
  }
}

bool MoneyTrail::PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, int64_t covered, TrailKind kind) {
  const int party = inflows_[inflow].party;
  const RefundDraw draw = DrawForParty(party, amount, FreeByParty());
  const int64_t own = draw.from_left[party];
  TakeFifo(outflow, party, own, kind);
  for (int other = 0; other < static_cast<int>(draw.from_left.size()); ++other) {
    if (other != party) TakeFifo(outflow, other, draw.from_left[other], TrailKind::kEqualised);
  }
  const int64_t cover = covered + amount - own;
  if (cover == 0) return false;
  Book(outflow, inflow, cover, kind);
  Book(outflow, inflow, -cover, TrailKind::kEqualised);
  return true;
}

}  // namespace oriundo
