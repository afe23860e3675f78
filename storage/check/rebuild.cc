#include "storage/check/rebuild.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/field_table.h"
#include "server/ledger/fold.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kCommitmentSuffix = "_commitment";

// The text that `field` commits to, or null where it commits to none.
const FieldDescriptor* TextOf(const FieldDescriptor& field) {
  const std::string_view name = field.name();
  if (field.is_repeated() || field.type() != FieldDescriptor::TYPE_BYTES || !name.ends_with(kCommitmentSuffix)) return nullptr;
  const FieldDescriptor* text =
      field.containing_type()->FindFieldByName(std::string(name.substr(0, name.size() - kCommitmentSuffix.size())));
  if (text == nullptr || text->type() != FieldDescriptor::TYPE_STRING) return nullptr;
  // An account's number is kept nowhere; its commitment is keyed and only ever compared.
  const FieldRow* row = FindFieldRow(*text);
  return row != nullptr && row->grammar == Grammar::kAccountNumber ? nullptr : text;
}

// True where the entry makes the organisation a party.
bool Joins(const v1::Entry& entry, const std::string& organization) {
  const auto& replacements = entry.amendment_signed().amended().terms().replacements();
  return std::any_of(replacements.begin(), replacements.end(),
                     [&](const auto& replacement) { return replacement.successor() == organization; });
}

bool HasParty(const v1::Project& project, const std::string& organization) {
  return std::any_of(project.parties().begin(), project.parties().end(),
                     [&](const v1::Party& party) { return party.organization() == organization; });
}

bool IsPooled(const v1::RuleVersion& rule, const v1::Party& party) {
  return std::any_of(rule.roles().begin(), rule.roles().end(),
                     [&](const v1::FunderRole& role) { return role.role() == party.role() && role.pooled(); });
}

}  // namespace

Rebuild::Rebuild(FaultSink faults)
    : faults_(std::move(faults)),
      state_([](const std::string&) -> absl::StatusOr<std::optional<std::string>> { return std::nullopt; }) {}

void Rebuild::Fault(int64_t sequence, std::string description) {
  faults_(absl::StrCat("entry ", sequence), sequence, std::move(description));
}

bool Rebuild::Take(int64_t sequence, std::string_view bytes) {
  v1::Entry entry;
  if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    Fault(sequence, "does not parse");
    return false;
  }
  if (entry.sequence() != sequence) Fault(sequence, absl::StrCat("says that it is entry ", entry.sequence()));
  entry.set_sequence(sequence);
  CheckEntry(entry);
  if (const std::string why = WhyNotFoldable(entry); !why.empty()) {
    Fault(sequence, why);
    return false;
  }
  Fold(entry, state_);
  const std::vector<std::string> touched = TouchedRecords(entry);
  for (const std::string& name : touched) {
    if (IsResourceName(name, "projects/*")) {
      const v1::Project& project = *state_.Find<v1::Project>(name);
      CheckProject(entry, project);
      if (IsProjectSnapshotDue(project.entry_count())) {
        record_snapshots_.emplace(RecordSnapshotKey(name, static_cast<uint64_t>(sequence)), StoredRecord(project));
      }
    } else if (IsResourceName(name, "programs/*/pools/*")) {
      CheckPool(entry, *state_.Find<v1::Pool>(name));
    }
  }
  for (const std::string& subject : SubjectsOf(entry)) subjects_[subject].push_back(static_cast<uint64_t>(sequence));
  if (!entry.request_id().empty() && IsUuidV4(entry.request_id())) {
    RebuiltRequest& request = requests_[RequestKey(entry.organization(), UuidBytes(entry.request_id()))];
    if (request.entry_count == 0) request.first_sequence = sequence;
    if (request.first_sequence + request.entry_count != sequence) {
      Fault(sequence, absl::StrCat("its request stands at entry ", request.first_sequence, " already"));
    }
    ++request.entry_count;
  }
  if (!touched.empty()) CollectTexts(std::string(RootOf(touched.front())), sequence, entry);
  if (entry.has_texts_erased()) erasures_[entry.texts_erased().subject()] = sequence;
  next_sequence_ = sequence + 1;
  return true;
}

void Rebuild::CheckEntry(const v1::Entry& entry) {
  if (entry.commit_time_us() <= commit_time_us_) {
    Fault(entry.sequence(), absl::StrCat("was committed at ", entry.commit_time_us(), " us, not after the entry before it at ",
                                         commit_time_us_, " us"));
  }
  commit_time_us_ = std::max(commit_time_us_, entry.commit_time_us());
  if (const std::string exposed = FindExposedText(entry); !exposed.empty()) {
    Fault(entry.sequence(), absl::StrCat("holds what no entry may hold in ", exposed));
  }
  if (!entry.request_id().empty() && !IsUuidV4(entry.request_id())) Fault(entry.sequence(), "has a request_id that is no UUID");
  CheckPostings(entry);
}

void Rebuild::CheckPostings(const v1::Entry& entry) {
  __int128 sum = 0;
  std::map<std::string, int64_t> posted;
  for (const v1::Posting& posting : entry.postings()) {
    sum += posting.minor_units();
    int64_t& balance = balances_[posting.account()];
    if (__builtin_add_overflow(balance, posting.minor_units(), &balance)) {
      Fault(entry.sequence(), absl::StrCat("takes ", posting.account(), " out of the range of amounts"));
    }
    posted[posting.account()] = balance;
  }
  if (sum != 0) Fault(entry.sequence(), "has postings that do not add up to zero");
  std::map<std::string, int64_t> said;
  for (const v1::AccountBalance& after : entry.balances_after()) said[after.account()] = after.minor_units();
  if (said == posted && said.size() == static_cast<std::size_t>(entry.balances_after_size())) return;
  for (const auto& [account, balance] : posted) {
    const auto found = said.find(account);
    if (found != said.end() && found->second == balance) continue;
    Fault(entry.sequence(), absl::StrCat("leaves ", balance, " minor units on ", account, " and says ",
                                         found == said.end() ? std::string("nothing") : absl::StrCat(found->second)));
    return;
  }
  Fault(entry.sequence(), "says balances of accounts that it does not post to");
}

std::string Rebuild::WhyNotFoldable(const v1::Entry& entry) {
  if (entry.event_case() == v1::Entry::EVENT_NOT_SET) return "says of nothing that it happened";
  for (const std::string& name : TouchedRecords(entry)) {
    if (!IsAnyResourceName(name) || NewRecord(name) == nullptr) return absl::StrCat("changes `", name, "`, which is no record");
  }
  if (entry.party_changes().empty() && !entry.has_project_submitted()) return "";
  const v1::Project* project = entry.project().empty() ? nullptr : state_.Find<v1::Project>(entry.project());
  if (project == nullptr) return "changes parties of a project that does not exist";
  for (const v1::PartyChange& change : entry.party_changes()) {
    if (!HasParty(*project, change.organization()) && !Joins(entry, change.organization())) {
      return absl::StrCat("changes ", change.organization(), ", which is no party");
    }
  }
  if (entry.project_submitted().due_minor_units_size() > project->parties_size()) {
    return "sets dues of more parties than there are";
  }
  return "";
}

void Rebuild::CheckProject(const v1::Entry& entry, const v1::Project& project) {
  CheckPoolParts(entry, project);
  __int128 box = project.interest_minor_units();
  __int128 equalised = 0;
  __int128 spent = 0;
  for (const v1::Party& party : project.parties()) {
    const __int128 explained = static_cast<__int128>(party.spent_minor_units()) + party.refunded_minor_units() +
                               party.taken_back_minor_units() + party.equalised_minor_units() + party.payable_minor_units() -
                               party.interest_minor_units() + party.left_minor_units();
    if (explained != party.paid_in_minor_units()) {
      Fault(entry.sequence(), absl::StrCat(party.organization(), " of ", project.name(), " paid in ", party.paid_in_minor_units(),
                                           " minor units; spent, refunded, taken back, equalised, payable and left add up to ",
                                           static_cast<int64_t>(explained)));
    }
    box += static_cast<__int128>(party.left_minor_units()) + party.payable_minor_units();
    equalised += party.equalised_minor_units();
    spent += party.spent_minor_units();
  }
  if (equalised != 0) Fault(entry.sequence(), absl::StrCat("leaves the equalised amounts of ", project.name(), " off zero"));
  // An invoice counts whole when it is recorded; what is retained of it leaves the box later, and an advance left it before.
  if (spent != static_cast<__int128>(project.spent_minor_units()) - project.retained_minor_units() + project.advance_open_minor_units()) {
    Fault(entry.sequence(), absl::StrCat("leaves ", project.name(), " with spending that its parties' does not add up to"));
  }
  // What nobody has identified is in the box too, and nobody's.
  if (const auto unidentified = balances_.find(chart::Deposits(project.name())); unidentified != balances_.end()) box -= unidentified->second;
  const auto bank = balances_.find(chart::Bank(project.name()));
  const int64_t in_bank = bank == balances_.end() ? 0 : bank->second;
  if (box != in_bank) {
    Fault(entry.sequence(), absl::StrCat("leaves ", in_bank, " minor units in the box of ", project.name(),
                                         "; its parties, interest and deposits have ", static_cast<int64_t>(box)));
  }
}

void Rebuild::CheckPoolParts(const v1::Entry& entry, const v1::Project& project) {
  const v1::RuleVersion* rule = state_.Find<v1::RuleVersion>(project.rule_version());
  for (const v1::Party& party : project.parties()) {
    __int128 committed = 0;
    __int128 released = 0;
    bool below_zero = false;
    for (const v1::PoolPart& part : party.pool_parts()) {
      committed += part.committed_minor_units();
      released += part.released_minor_units();
      below_zero |= part.committed_minor_units() < 0 || part.released_minor_units() < 0;
    }
    const bool fit = !below_zero && committed == party.committed_minor_units() && released == party.released_minor_units();
    if (fit || (party.pool_parts().empty() && !(rule != nullptr && IsPooled(*rule, party)))) continue;
    Fault(entry.sequence(), absl::StrCat("leaves ", party.organization(), " of ", project.name(),
                                         " with parts of its pools that do not add up to what it has promised and released"));
  }
  // Only projects have a pool promise or release anything, so what pools say is what all their projects' parts say.
  std::map<std::string, std::pair<int64_t, int64_t>> differences;
  for (const v1::PartyChange& party : entry.party_changes()) {
    for (const v1::PoolPartChange& part : party.pool_parts()) {
      auto& [committed, released] = differences[PoolName(project.program(), party.organization(), part.fiscal_year())];
      committed += part.committed_minor_units();
      released += part.released_minor_units();
    }
  }
  for (const v1::PoolChange& pool : entry.pool_changes()) {
    auto& [committed, released] = differences[pool.pool()];
    committed -= pool.committed_minor_units();
    released -= pool.released_minor_units();
  }
  for (const auto& [pool, difference] : differences) {
    if (difference == std::pair<int64_t, int64_t>()) continue;
    Fault(entry.sequence(), absl::StrCat("changes ", pool, " otherwise than the part that it has in ", project.name()));
  }
}

void Rebuild::CheckPool(const v1::Entry& entry, const v1::Pool& pool) {
  // A cut of its budget may leave a pool with less than it has promised; nothing else may, and from then on it only gets better.
  const auto before = underfunded_.find(pool.name());
  const bool worse = pool.free_minor_units() < (before == underfunded_.end() ? 0 : before->second);
  if (pool.free_minor_units() < 0) {
    underfunded_[pool.name()] = pool.free_minor_units();
  } else if (before != underfunded_.end()) {
    underfunded_.erase(before);
  }
  if ((!worse || entry.has_pool_budget_reduced()) && pool.committed_minor_units() >= 0 && pool.released_minor_units() >= 0) return;
  Fault(entry.sequence(), absl::StrCat("overdraws ", pool.name()));
}

bool Rebuild::IsErased(const RebuiltText& text) const {
  const auto erased = erasures_.find(text.subject);
  return erased != erasures_.end() && erased->second > text.sequence;
}

void Rebuild::CollectTexts(const std::string& subject, int64_t sequence, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        CollectTexts(
            subject, sequence,
            field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field));
      }
    } else if (TextOf(*field) != nullptr) {
      // An approved proposal's texts come again in the entry that carries it out; the first is where they were sealed.
      texts_.try_emplace(reflection.GetString(message, field), RebuiltText{.subject = subject, .sequence = sequence});
    }
  }
}

}  // namespace oriundo
