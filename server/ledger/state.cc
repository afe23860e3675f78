#include "server/ledger/state.h"

#include <algorithm>

#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/ids.h"

namespace oriundo {

std::unique_ptr<google::protobuf::Message> NewRecord(std::string_view name) {
  // The collection is the segment before the id; the only top-level collections are the first five.
  const std::string_view root = RootOf(name);
  const std::string_view rest = name.substr(root.size());
  if (rest.empty()) {
    if (name.starts_with("projects/")) return std::make_unique<v1::Project>();
    if (name.starts_with("organizations/")) return std::make_unique<v1::Organization>();
    if (name.starts_with("programs/")) return std::make_unique<v1::Program>();
    if (name.starts_with("communities/")) return std::make_unique<v1::Community>();
    if (name.starts_with("accounts/")) return std::make_unique<v1::AccountUse>();
    return nullptr;
  }
  if (rest.starts_with("/contributions/")) return std::make_unique<v1::Contribution>();
  if (rest.starts_with("/in-kinds/")) return std::make_unique<v1::InKind>();
  if (rest.starts_with("/contracts/")) return std::make_unique<v1::Contract>();
  if (rest.starts_with("/releases/")) return std::make_unique<v1::Release>();
  if (rest.starts_with("/expenditures/")) return std::make_unique<v1::Expenditure>();
  if (rest.starts_with("/pledges/")) return std::make_unique<v1::Pledge>();
  if (rest.starts_with("/proposals/")) return std::make_unique<v1::Proposal>();
  if (rest.starts_with("/amendments/")) return std::make_unique<v1::Amendment>();
  if (rest.starts_with("/reallocations/")) return std::make_unique<v1::Reallocation>();
  if (rest.starts_with("/interests/")) return std::make_unique<v1::Interest>();
  if (rest.starts_with("/refunds/")) return std::make_unique<v1::Refund>();
  if (rest.starts_with("/repayments/")) return std::make_unique<v1::Repayment>();
  if (rest.starts_with("/versions/")) return std::make_unique<v1::RuleVersion>();
  if (rest.starts_with("/folios/")) return std::make_unique<v1::Folio>();
  if (rest.starts_with("/pools/")) return std::make_unique<v1::Pool>();
  if (rest.starts_with("/tallies/")) return std::make_unique<v1::Tally>();
  if (rest.starts_with("/reports/")) return std::make_unique<v1::ProgressReport>();
  if (rest.starts_with("/deposits/")) return std::make_unique<v1::Deposit>();
  if (rest.starts_with("/statements/")) return std::make_unique<v1::BankStatement>();
  if (rest.starts_with("/lines/")) return std::make_unique<v1::BankLine>();
  if (rest.starts_with("/references/")) return std::make_unique<v1::BankReferenceUse>();
  if (rest.starts_with("/matches/")) return std::make_unique<v1::BankMatch>();
  return nullptr;
}

void State::Preload(const std::string& name, const std::optional<std::string>& body) {
  auto [at, inserted] = slots_.try_emplace(name);
  if (!inserted) return;
  at->second.record = NewRecord(name);
  if (!body.has_value() || at->second.record == nullptr) return;
  at->second.exists = at->second.record->ParseFromString(*body);
  if (!at->second.exists && status_.ok()) status_ = absl::DataLossError("the record of " + name + " does not parse");
}

void State::Rebase(const std::function<bool(const std::string& name)>& keep) {
  changed_.clear();
  for (auto at = slots_.begin(); at != slots_.end();) {
    at->second.changed = false;
    at = keep(at->first) ? std::next(at) : slots_.erase(at);
  }
}

State::Slot& State::Load(const std::string& name) {
  const auto found = slots_.find(name);
  if (found != slots_.end()) return found->second;
  absl::StatusOr<std::optional<std::string>> body = source_(name);
  if (!body.ok()) {
    if (status_.ok()) status_ = body.status();
    body = std::nullopt;
  }
  Preload(name, *body);
  return slots_.find(name)->second;
}

google::protobuf::Message* State::Mutable(const std::string& name) {
  Slot& slot = Load(name);
  ORIUNDO_CHECK(slot.record != nullptr);
  slot.exists = true;
  if (!slot.changed) changed_.push_back(name);
  slot.changed = true;
  return slot.record.get();
}

std::vector<std::string> State::changed() const {
  std::vector<std::string> names = changed_;
  std::sort(names.begin(), names.end());
  return names;
}

const google::protobuf::Message& State::Get(const std::string& name) {
  const Slot& slot = Load(name);
  ORIUNDO_CHECK(slot.exists);
  return *slot.record;
}

}  // namespace oriundo
