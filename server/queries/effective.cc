#include "server/queries/effective.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/entry.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/fold.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Takes each amount of `change` off the field of the same name of `record`.
void TakeOff(const Message& change, Message& record) {
  for (int i = 0; i < change.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& by = *change.GetDescriptor()->field(i);
    if (by.cpp_type() != FieldDescriptor::CPPTYPE_INT64 || by.is_repeated()) continue;
    const FieldDescriptor* of = record.GetDescriptor()->FindFieldByName(by.name());
    if (of == nullptr || of->cpp_type() != FieldDescriptor::CPPTYPE_INT64) continue;
    const int64_t before = record.GetReflection()->GetInt64(record, of);
    record.GetReflection()->SetInt64(&record, of, before - change.GetReflection()->GetInt64(change, &by));
  }
}

absl::Status DoesNotFit(const v1::Entry& entry, const std::string& name) {
  return absl::DataLossError(absl::StrCat("entry ", entry.sequence(), " changes ", name, ", which its project does not have"));
}

// What an entry added to the interest that waits to be apportioned.
int64_t InterestOf(const v1::Entry& entry) {
  switch (entry.event_case()) {
    case v1::Entry::kInterestRecorded:
      return entry.interest_recorded().interest().amount().minor_units();
    case v1::Entry::kInterestReversed:
      return -entry.interest_reversed().amount().minor_units();
    case v1::Entry::kRefundsApportioned:
      return -entry.refunds_apportioned().interest_minor_units();
    case v1::Entry::kYearEndReturnApproved:
      return -entry.year_end_return_approved().interest_minor_units();
    default:
      return 0;
  }
}

// What a return at the end of a year had the party owe again.
void TakeOffLaterDue(const v1::Entry& entry, v1::Project& project) {
  int64_t rest = entry.year_end_return_approved().reopened_minor_units();
  for (v1::Party& party : *project.mutable_parties()) {
    if (party.organization() != entry.year_end_return_approved().party()) continue;
    auto& dues = *party.mutable_later_dues();
    for (int i = dues.size() - 1; i >= 0 && rest > 0; --i) {
      if (dues[i].date() > entry.effective_date()) continue;
      const int64_t part = std::min(rest, dues[i].minor_units());
      dues[i].set_minor_units(dues[i].minor_units() - part);
      rest -= part;
    }
  }
}

// True where nothing changes but what is pledged. A draft written anew may leave out who had pledged to it.
bool IsPledgeAlone(v1::PartyChange change) {
  change.clear_pledged_minor_units();
  change.clear_organization();
  return change.ByteSizeLong() == 0;
}

absl::Status TakeOut(const v1::Entry& entry, v1::Project& project, std::map<std::string, int64_t>& balances, LaterMoney& later) {
  for (const v1::PartyChange& change : entry.party_changes()) {
    v1::Party* changed = nullptr;
    for (v1::Party& party : *project.mutable_parties()) {
      if (party.organization() == change.organization()) changed = &party;
    }
    if (changed == nullptr && IsPledgeAlone(change)) continue;
    if (changed == nullptr) return DoesNotFit(entry, change.organization());
    TakeOff(change, *changed);
    for (const v1::PoolPartChange& part : change.pool_parts()) {
      AddPoolPart(part.fiscal_year(), -part.committed_minor_units(), -part.released_minor_units(),
                  *changed->mutable_pool_parts());
    }
  }
  for (const v1::ContractChange& change : entry.contract_changes()) TakeOff(change, project);
  for (const v1::TrancheChange& change : entry.tranche_changes()) {
    v1::Tranche* changed = nullptr;
    for (v1::Tranche& tranche : *project.mutable_tranches()) {
      if (tranche.name() == change.tranche()) changed = &tranche;
    }
    if (changed == nullptr) return DoesNotFit(entry, change.tranche());
    TakeOff(change, *changed);
  }
  for (const v1::Posting& posting : entry.postings()) {
    balances[posting.account()] -= posting.minor_units();
    if (posting.account().starts_with("spent:")) project.set_spent_minor_units(project.spent_minor_units() - posting.minor_units());
  }
  project.set_interest_minor_units(project.interest_minor_units() - InterestOf(entry));
  if (entry.has_year_end_return_approved()) TakeOffLaterDue(entry, project);
  if (entry.has_contribution_verified()) later.verified.insert(entry.contribution_verified().contribution());
  if (entry.has_contribution_reversed()) later.reversed.insert(entry.contribution_reversed().contribution());
  if (entry.has_in_kind_appraised()) later.verified.insert(entry.in_kind_appraised().in_kind());
  if (entry.has_in_kind_reversed()) later.reversed.insert(entry.in_kind_reversed().in_kind());
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckThrough(const Reader& reader, const std::string& effective_through) {
  if (effective_through.empty()) return absl::OkStatus();
  if (!IsDate(effective_through)) return FieldsStatus({{"effective_through", "must be a day like 2014-09-10", {{"case",
                                                                                                                "DAY"}}}});
  ORIUNDO_ASSIGN_OR_RETURN(const std::string today, reader.Today());
  const std::string last = DateAfter(today, 1);
  if (effective_through <= last) return absl::OkStatus();
  return FieldsStatus({{"effective_through", absl::StrCat("must be at the latest ", last, ", the day after the moment asked for"),
                        {{"case", "DAY_BEYOND_MOMENT"}, {"last_date", last}}}});
}

absl::StatusOr<LaterMoney> CountThrough(const Reader& reader, const std::string& effective_through, v1::Project& project) {
  LaterMoney later;
  if (effective_through.empty()) return later;
  std::map<std::string, int64_t> balances;
  for (const v1::AccountBalance& balance : project.balances()) balances[balance.account()] = balance.minor_units();
  // Clocks stand at most 14 hours from UTC: what counts after the day was committed after the day before it.
  ORIUNDO_ASSIGN_OR_RETURN(const int64_t earlier, reader.LastSequenceBefore(effective_through));
  absl::Status status;
  ORIUNDO_RETURN_IF_ERROR(reader.VisitEntries(project.name(), earlier, [&](const v1::Entry& entry) {
    ++later.entries;
    // The index of a project also holds entries that concern it and change another.
    if (entry.project() == project.name() && entry.effective_date() > effective_through) {
      status = TakeOut(entry, project, balances, later);
    }
    return status.ok();
  }));
  ORIUNDO_RETURN_IF_ERROR(status);
  project.clear_balances();
  for (const auto& [account, minor_units] : balances) {
    if (minor_units == 0) continue;
    v1::AccountBalance& balance = *project.add_balances();
    balance.set_account(account);
    balance.set_minor_units(minor_units);
  }
  return later;
}

}  // namespace oriundo
