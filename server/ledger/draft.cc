#include "server/ledger/draft.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/fold.h"

namespace oriundo {
namespace {

bool InRange(int64_t minor_units) { return minor_units >= -kAmountMinorUnitsMax && minor_units <= kAmountMinorUnitsMax; }

Refusal OutOfRange(const std::string& subject) {
  return Refusal{{{v1::AMOUNT_OUT_OF_RANGE, subject,
                   "an amount of " + subject + " would be larger than " + std::to_string(kAmountMinorUnitsMax) + " minor units",
                   {{"maximum_minor_units", std::to_string(kAmountMinorUnitsMax)}}}}};
}

// What no decision should ask for, and no server stops for: it costs the one command that would have done it.
Refusal BelowZero(const std::string& subject) {
  return Refusal{{{v1::AMOUNT_OUT_OF_RANGE, subject,
                   "an amount of " + subject + " would fall below zero, or below what is promised of it",
                   {{"minimum_minor_units", "0"}, {"case", "BELOW_ZERO"}}}}};
}

// The first of the party's or pool's amounts that leaves the range; every integer field of both is an amount or a sequence.
bool AmountsInRange(const google::protobuf::Message& record) {
  // Worked out once for each type.
  thread_local std::unordered_map<const google::protobuf::Descriptor*, std::vector<const google::protobuf::FieldDescriptor*>> known;
  const google::protobuf::Descriptor& type = *record.GetDescriptor();
  const auto [at, is_new] = known.try_emplace(&type);
  for (int i = 0; is_new && i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (!field->is_repeated() && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_INT64) at->second.push_back(field);
  }
  const auto* reflection = record.GetReflection();
  return std::all_of(at->second.begin(), at->second.end(),
                     [&](const auto* field) { return InRange(reflection->GetInt64(record, field)); });
}

}  // namespace

void Draft::Post(const std::string& account, int64_t minor_units) {
  if (minor_units == 0) return;
  for (v1::Posting& posting : *entry.mutable_postings()) {
    if (posting.account() != account) continue;
    posting.set_minor_units(posting.minor_units() + minor_units);
    return;
  }
  v1::Posting& posting = *entry.add_postings();
  posting.set_account(account);
  posting.set_minor_units(minor_units);
}

v1::PartyChange& Draft::Party(const std::string& organization) {
  for (v1::PartyChange& change : *entry.mutable_party_changes()) {
    if (change.organization() == organization) return change;
  }
  v1::PartyChange& change = *entry.add_party_changes();
  change.set_organization(organization);
  return change;
}

v1::TrancheChange& Draft::Tranche(const std::string& tranche) {
  for (v1::TrancheChange& change : *entry.mutable_tranche_changes()) {
    if (change.tranche() == tranche) return change;
  }
  v1::TrancheChange& change = *entry.add_tranche_changes();
  change.set_tranche(tranche);
  return change;
}

v1::PoolChange& Draft::Pool(const std::string& pool) {
  for (v1::PoolChange& change : *entry.mutable_pool_changes()) {
    if (change.pool() == pool) return change;
  }
  v1::PoolChange& change = *entry.add_pool_changes();
  change.set_pool(pool);
  return change;
}

v1::PoolPartChange& Draft::PoolPart(const std::string& organization, int fiscal_year) {
  v1::PartyChange& party = Party(organization);
  for (v1::PoolPartChange& change : *party.mutable_pool_parts()) {
    if (change.fiscal_year() == fiscal_year) return change;
  }
  v1::PoolPartChange& change = *party.add_pool_parts();
  change.set_fiscal_year(fiscal_year);
  return change;
}

v1::TallyChange& Draft::Tally(const std::string& tally) {
  for (v1::TallyChange& change : *entry.mutable_tally_changes()) {
    if (change.tally() == tally) return change;
  }
  v1::TallyChange& change = *entry.add_tally_changes();
  change.set_tally(tally);
  return change;
}

v1::ContractChange& Draft::Contract(const std::string& contract) {
  for (v1::ContractChange& change : *entry.mutable_contract_changes()) {
    if (change.contract() == contract) return change;
  }
  v1::ContractChange& change = *entry.add_contract_changes();
  change.set_contract(contract);
  return change;
}

void Draft::Input(std::string_view name, int64_t value, const std::string& organization) {
  v1::Input& input = *entry.add_inputs();
  input.set_name(std::string(name));
  input.set_value(value);
  input.set_organization(organization);
}

namespace {

// Each part of what pools promised and released to the party stands for itself, and together they are what the party's record
// says.
bool PoolPartsFit(const v1::PartyChange& change, const v1::Party& after) {
  if (after.pool_parts().empty() && change.pool_parts().empty()) return true;
  int64_t committed = 0;
  int64_t released = 0;
  for (const v1::PoolPart& part : after.pool_parts()) {
    if (part.committed_minor_units() < 0 || part.released_minor_units() < 0) return false;
    committed += part.committed_minor_units();
    released += part.released_minor_units();
  }
  return committed == after.committed_minor_units() && released == after.released_minor_units();
}

// Whose feeds show what changes no amount of theirs: the state of the project, an objection, something that ended by itself.
void NameConcerned(const v1::Project& project, v1::Entry& entry) {
  const bool changes_state = entry.project_state() != v1::Project::STATE_UNSPECIFIED;
  if (changes_state) entry.set_club(project.club());
  if (!changes_state && !entry.has_proposal_expired() && !entry.has_project_objected() && !entry.has_objection_withdrawn()) return;
  // By whom the entry is in their feeds already.
  std::set<std::string> named = {"", entry.organization(), entry.club()};
  for (const v1::PartyChange& change : entry.party_changes()) named.insert(change.organization());
  for (const std::string& organization : entry.concerned()) named.insert(organization);
  auto add = [&](const std::string& organization) {
    if (named.insert(organization).second) entry.add_concerned(organization);
  };
  add(project.club());
  for (const v1::Party& party : project.parties()) add(party.organization());
  add(project.executor());
  add(project.committee());
}

}  // namespace

std::optional<Refusal> Draft::Finish(State& state) {
  auto& postings = *entry.mutable_postings();
  postings.erase(std::remove_if(postings.begin(), postings.end(), [](const auto& posting) { return posting.minor_units() == 0; }),
                 postings.end());
  __int128 sum = 0;
  for (const v1::Posting& posting : postings) sum += posting.minor_units();
  ORIUNDO_CHECK(sum == 0);

  const v1::Project* project = entry.project().empty() ? nullptr : state.Find<v1::Project>(entry.project());
  if (project != nullptr) NameConcerned(*project, entry);
  for (const v1::Posting& posting : postings) {
    int64_t before = 0;
    for (const v1::AccountBalance& balance : project->balances()) {
      if (balance.account() == posting.account()) before = balance.minor_units();
    }
    // Both summands are far inside 64 bits: a posting is made of at most a project's parties' amounts.
    const int64_t after = before + posting.minor_units();
    if (!InRange(after)) return OutOfRange(posting.account());
    v1::AccountBalance& balance = *entry.add_balances_after();
    balance.set_account(posting.account());
    balance.set_minor_units(after);
  }
  for (const v1::PartyChange& change : entry.party_changes()) {
    // A party that joins with this entry begins at nothing.
    const v1::Party* before = FindParty(*project, change.organization());
    v1::Party after = before == nullptr ? v1::Party() : *before;
    AddChange(change, after);
    if (!AmountsInRange(after)) return OutOfRange(after.organization());
    const bool in_box = after.left_minor_units() >= 0 && after.payable_minor_units() >= 0 && after.receivable_minor_units() >= 0;
    const bool kept = after.reallocating_minor_units() >= 0 &&
                      after.reallocating_minor_units() <= after.payable_minor_units() - after.interest_minor_units();
    const bool in_kind = after.in_kind_declared_minor_units() >= 0 && after.in_kind_counted_minor_units() >= 0 &&
                         after.in_kind_counted_minor_units() <= after.in_kind_minor_units();
    const bool promised =
        after.proposed_minor_units() >= 0 && after.committed_minor_units() >= 0 && after.declared_minor_units() >= 0;
    if (!in_box || !kept || !in_kind || !promised || !PoolPartsFit(change, after)) return BelowZero(change.organization());
  }
  for (const v1::PoolChange& change : entry.pool_changes()) {
    const v1::Pool* before = state.Find<v1::Pool>(change.pool());
    if (before == nullptr) continue;  // Created by this very entry.
    v1::Pool after = *before;
    FoldRecord(entry, after.name(), after);
    if (!AmountsInRange(after)) return OutOfRange(change.pool());
    const bool cut = entry.has_pool_budget_reduced();
    const bool free = cut || after.free_minor_units() >= std::min<int64_t>(0, before->free_minor_units());
    if (!free || after.committed_minor_units() < 0 || after.released_minor_units() < 0) return BelowZero(change.pool());
  }
  for (const v1::ContractChange& change : entry.contract_changes()) {
    v1::Contract after = *state.Find<v1::Contract>(change.contract());
    FoldRecord(entry, change.contract(), after);
    if (!AmountsInRange(after)) return OutOfRange(change.contract());
    if (after.advance_open_minor_units() < 0 || after.retained_minor_units() < 0) return BelowZero(change.contract());
  }
  for (const v1::TallyChange& change : entry.tally_changes()) {
    const v1::Tally* before = state.Find<v1::Tally>(change.tally());
    v1::Tally after = before == nullptr ? v1::Tally() : *before;
    FoldRecord(entry, change.tally(), after);
    if (!AmountsInRange(after)) return OutOfRange(change.tally());
    const bool counted = after.project_count() >= 0 && after.matched_minor_units() >= 0 && after.pooled_minor_units() >= 0;
    if (!counted) return BelowZero(change.tally());
  }
  return std::nullopt;
}

}  // namespace oriundo
