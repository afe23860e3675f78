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
  parties_[inflow.party].received += inflow.amount;
  last_[inflow.party] = index;
  ChangeLeft(index, inflow.amount);
}

void MoneyTrail::Outflow(std::string_view name, int64_t amount, int64_t sequence) {
  AdvanceTo(sequence);
  const std::size_t first = rows_.size();
  const std::vector<int64_t> draw = DrawProRata(amount, LeftByParty());
  for (int party = 0; party < static_cast<int>(draw.size()); ++party) TakeFifo(name, party, draw[party], TrailKind::kSpent);
  const OutflowRows written = {.first = first, .count = rows_.size() - first};
  ORIUNDO_CHECK(outflow_by_name_.emplace(name, written).second);
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
  const auto found = inflow_by_name_.find(name);
  ORIUNDO_CHECK(found != inflow_by_name_.end());
  const std::size_t inflow = found->second;

  const int64_t own = std::min(amount, inflows_[inflow].sums.left);
  if (own > 0) {
    ChangeLeft(inflow, -own);
    Book(name, inflow, own, TrailKind::kReturned);
  }
  PayParty(name, inflow, amount - own, TrailKind::kReturned);
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

std::vector<int64_t> MoneyTrail::LeftByParty() const {
  std::vector<int64_t> left;
  left.reserve(parties_.size());
  for (const TrailSums& party : parties_) left.push_back(party.left);
  return left;
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
  if (state.sums.left > 0) {
    open_[state.party].insert(inflow);
  } else {
    open_[state.party].erase(inflow);
  }
}

void MoneyTrail::TakeFifo(std::string_view outflow, int party, int64_t amount, TrailKind kind) {
  while (amount > 0) {
    const std::size_t oldest = *open_[party].begin();
    const int64_t taken = std::min(amount, inflows_[oldest].sums.left);
    ChangeLeft(oldest, -taken);
    Book(outflow, oldest, taken, kind);
    amount -= taken;
  }
}

void MoneyTrail::PayParty(std::string_view outflow, std::size_t inflow, int64_t amount, TrailKind kind) {
  const int party = inflows_[inflow].party;
  const RefundDraw draw = DrawForParty(party, amount, LeftByParty());
  const int64_t own = draw.from_left[party];
  TakeFifo(outflow, party, own, kind);
  for (int other = 0; other < static_cast<int>(draw.from_left.size()); ++other) {
    if (other != party) TakeFifo(outflow, other, draw.from_left[other], TrailKind::kEqualised);
  }
  const int64_t cover = amount - own;
  if (cover == 0) return;
  Book(outflow, inflow, cover, kind);
  Book(outflow, inflow, -cover, TrailKind::kEqualised);
}

}  // namespace oriundo
