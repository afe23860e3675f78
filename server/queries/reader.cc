#include "server/queries/reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/reflection.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/clock.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/ledger/fold.h"
#include "server/ledger/state.h"
#include "server/queries/computed.h"
#include "storage/format/journal.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kCommitmentSuffix = "_commitment";

// What a timestamp may say: year 1 to 9999.
constexpr int64_t kSecondsMin = -62'135'596'800;
constexpr int64_t kSecondsMax = 253'402'300'799;

absl::Status Rotten(const std::string& name) { return absl::DataLossError("the record of " + name + " does not parse"); }

// When `record` came to be and last changed, by the bookkeeping fields that every resource has.
struct Life {
  int64_t created = 0;
  int64_t changed = 0;
};

Life LifeOf(const Message& record) {
  const Reflection& reflection = *record.GetReflection();
  const google::protobuf::Descriptor& type = *record.GetDescriptor();
  if (const FieldDescriptor* sequences = type.FindFieldByName("entry_sequences")) {
    const int count = reflection.FieldSize(record, sequences);
    if (count == 0) return {};
    return {reflection.GetRepeatedInt64(record, sequences, 0), reflection.GetRepeatedInt64(record, sequences, count - 1)};
  }
  return {reflection.GetInt64(record, type.FindFieldByName("create_sequence")),
          reflection.GetInt64(record, type.FindFieldByName("update_sequence"))};
}

absl::Status OpenTextsOf(const Snapshot& snapshot, const std::string& subject, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        Message& inner = field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                              : *reflection.MutableMessage(&message, field);
        ORIUNDO_RETURN_IF_ERROR(OpenTextsOf(snapshot, subject, inner));
      }
      continue;
    }
    const std::string_view name = field->name();
    if (field->is_repeated() || field->type() != FieldDescriptor::TYPE_BYTES || !name.ends_with(kCommitmentSuffix)) continue;
    const FieldDescriptor* text =
        message.GetDescriptor()->FindFieldByName(std::string(name.substr(0, name.size() - kCommitmentSuffix.size())));
    if (text == nullptr || text->type() != FieldDescriptor::TYPE_STRING) continue;  // A keyed commitment, which nothing opens.
    ORIUNDO_ASSIGN_OR_RETURN(std::optional<std::string> opened,
                             oriundo::Open(snapshot, subject, reflection.GetString(message, field)));
    if (opened.has_value()) reflection.SetString(&message, text, *std::move(opened));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NotFoundStatus(const std::string& name, std::optional<int64_t> later_sequence) {
  struct Row {
    std::string_view pattern;
    v1::ErrorReason reason;
  };
  static constexpr Row kRows[] = {
      {"organizations/*", v1::ORGANIZATION_NOT_FOUND},
      {"organizations/*/folios/*", v1::ORGANIZATION_NOT_FOUND},  // Nobody bears the number.
      {"accounts/*", v1::PROJECT_NOT_FOUND},  // No project has the account.
      {"communities/*", v1::COMMUNITY_NOT_FOUND},
      {"programs/*", v1::PROGRAM_NOT_FOUND},
      {"programs/*/versions/*", v1::RULE_VERSION_NOT_FOUND},
      {"programs/*/pools/*", v1::POOL_NOT_FOUND},
      {"programs/*/tallies/*", v1::TALLY_NOT_FOUND},
      {"projects/*", v1::PROJECT_NOT_FOUND},
      {"projects/*/tranches/*", v1::TRANCHE_NOT_FOUND},
      {"projects/*/pledges/*", v1::PLEDGE_NOT_FOUND},
      {"projects/*/contributions/*", v1::CONTRIBUTION_NOT_FOUND},
      {"projects/*/in-kinds/*", v1::IN_KIND_NOT_FOUND},
      {"projects/*/contracts/*", v1::CONTRACT_NOT_FOUND},
      {"projects/*/releases/*", v1::RELEASE_NOT_FOUND},
      {"projects/*/expenditures/*", v1::EXPENDITURE_NOT_FOUND},
      {"projects/*/interests/*", v1::INTEREST_NOT_FOUND},
      {"projects/*/refunds/*", v1::REFUND_NOT_FOUND},
      {"projects/*/repayments/*", v1::REPAYMENT_NOT_FOUND},
      {"projects/*/proposals/*", v1::PROPOSAL_NOT_FOUND},
      {"projects/*/reports/*", v1::PROGRESS_REPORT_NOT_FOUND},
      {"projects/*/deposits/*", v1::DEPOSIT_NOT_FOUND},
      {"projects/*/statements/*", v1::BANK_STATEMENT_NOT_FOUND},
      {"projects/*/lines/*", v1::BANK_LINE_NOT_FOUND},
      {"projects/*/references/*", v1::BANK_LINE_NOT_FOUND},  // Nothing was confirmed with it.
      {"projects/*/matches/*", v1::BANK_LINE_NOT_FOUND},     // No line belongs to it.
      {"projects/*/amendments/*", v1::AMENDMENT_NOT_FOUND},
      {"projects/*/reallocations/*", v1::REALLOCATION_NOT_FOUND},
  };
  for (const Row& row : kRows) {
    if (!IsResourceName(name, row.pattern)) continue;
    if (!later_sequence.has_value()) return ReasonStatus(row.reason, "there is no " + name, {{"name", name}});
    return ReasonStatus(row.reason, absl::StrCat(name, " did not exist yet at that point; entry ", *later_sequence, " created it"),
                        {{"name", name}, {"create_sequence", absl::StrCat(*later_sequence)}});
  }
  return FieldsStatus({{"name", "must be the name of a resource", {{"case", "NAME"}}}});
}

absl::Status VisitEntriesAt(const Snapshot& snapshot, const std::vector<uint64_t>& sequences,
                            const std::function<bool(const v1::Entry&)>& visit) {
  bool go_on = true;
  for (std::size_t begin = 0; begin < sequences.size() && go_on;) {
    const uint64_t bundle = sequences[begin] / kEntriesPerBundle;
    std::size_t end = begin;
    while (end < sequences.size() && sequences[end] / kEntriesPerBundle == bundle) ++end;
    std::size_t next = begin;
    absl::Status parsed;
    ORIUNDO_RETURN_IF_ERROR(
        ReadEntries(snapshot, sequences[begin], sequences[end - 1] + 1, [&](uint64_t sequence, std::string_view bytes) {
          if (sequence != sequences[next]) return true;
          ++next;
          v1::Entry entry;
          if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            parsed = absl::DataLossError(absl::StrCat("entry ", sequence, " does not parse"));
            return false;
          }
          go_on = visit(entry);
          return go_on;
        }));
    ORIUNDO_RETURN_IF_ERROR(parsed);
    if (go_on && next != end) return absl::DataLossError(absl::StrCat("entry ", sequences[next], " is missing"));
    begin = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Entry> ReadParsedEntry(const Snapshot& snapshot, int64_t sequence) {
  const absl::StatusOr<std::string> bytes = ReadEntry(snapshot, static_cast<uint64_t>(sequence));
  if (absl::IsNotFound(bytes.status())) {
    return ReasonStatus(v1::ENTRY_NOT_FOUND, absl::StrCat("the journal has no entry ", sequence, " yet"),
                        {{"sequence", absl::StrCat(sequence)}});
  }
  ORIUNDO_RETURN_IF_ERROR(bytes.status());
  v1::Entry entry;
  if (!entry.ParseFromString(*bytes)) return absl::DataLossError(absl::StrCat("entry ", sequence, " does not parse"));
  return entry;
}

absl::StatusOr<Reader> Reader::Open(const Engine& engine, const v1::KnownAt& known_at) {
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  return Open(std::move(snapshot), known_at);
}

absl::StatusOr<Reader> Reader::Open(std::unique_ptr<Snapshot> snapshot, const v1::KnownAt& known_at) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> head, ReadHead(*snapshot));
  Reader reader(std::move(snapshot), head.has_value() ? static_cast<int64_t>(head->last_sequence) : -1);
  ORIUNDO_RETURN_IF_ERROR(reader.FindMoment(known_at));
  return reader;
}

absl::StatusOr<std::string> Reader::Today() const {
  std::call_once(day_->once, [this] { day_->text = FindDay(); });
  return day_->text;
}

absl::StatusOr<std::string> Reader::FindDay() const {
  switch (known_at_.moment_case()) {
    case v1::KnownAt::kCommitTime: {
      // A time may lie further off than the days that the ledger knows.
      const std::string day = DateAt(known_at_.commit_time().seconds() * 1'000'000, 0);
      return IsDate(day) ? day : day < "1900" ? "1900-01-01" : "2999-12-31";
    }
    case v1::KnownAt::kSequence: {
      ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry entry, ReadParsedEntry(*snapshot_, known_at_.sequence()));
      return DateAt(entry.commit_time_us(), 0);
    }
    case v1::KnownAt::MOMENT_NOT_SET:
      break;
  }
  return DateAt(SystemClock(), 0);
}

absl::Status Reader::FindMoment(const v1::KnownAt& known_at) {
  known_at_ = known_at;
  if (known_at.moment_case() == v1::KnownAt::kSequence) {
    if (known_at.sequence() < 0 || known_at.sequence() > newest_sequence_) {
      if (newest_sequence_ < 0) {
        return FieldsStatus({{"known_at.sequence", "must be absent while the ledger is empty", {{"case", "EMPTY_LEDGER"}}}});
      }
      return FieldsStatus({{"known_at.sequence", absl::StrCat("must be from 0 to ", newest_sequence_, ", the newest sequence"),
                            {{"case", "UP_TO_NEWEST"}, {"minimum", "0"}, {"maximum", absl::StrCat(newest_sequence_)}}}});
    }
    sequence_ = known_at.sequence();
  }
  if (known_at.moment_case() != v1::KnownAt::kCommitTime) return absl::OkStatus();

  const google::protobuf::Timestamp& time = known_at.commit_time();
  if (time.seconds() < kSecondsMin || time.seconds() > kSecondsMax || time.nanos() < 0 || time.nanos() > 999'999'999) {
    return FieldsStatus({{"known_at.commit_time", "must be a time from year 1 to 9999", {{"case", "TIME"}}}});
  }
  const int64_t time_us = time.seconds() * 1'000'000 + time.nanos() / 1'000;
  // What nobody knows yet is no answer; a clock or a time zone may be somewhat ahead. What is in the journal has been, whatever
  // clock wrote it.
  int64_t now_us = SystemClock();
  if (time_us > now_us && newest_sequence_ >= 0) {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry newest, ReadParsedEntry(*snapshot_, newest_sequence_));
    now_us = std::max(now_us, newest.commit_time_us());
  }
  const std::string last = DateAfter(DateAt(now_us, 0), 1);
  // Days are compared as text, so by a time that has four digits of a year.
  if (time_us > now_us && DateAt(time_us, 0) > last) {
    return FieldsStatus({{"known_at.commit_time", absl::StrCat("must be at the latest on ", last, ", the day after today"),
                          {{"case", "DAY_BEYOND_TODAY"}, {"last_date", last}}}});
  }
  ORIUNDO_ASSIGN_OR_RETURN(sequence_, LastEarly(newest_sequence_, [&](int64_t commit_us) { return commit_us <= time_us; }));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Reader::LastEarly(int64_t last, const std::function<bool(int64_t)>& is_early) const {
  int64_t low = 0;
  int64_t high = last + 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry entry, ReadParsedEntry(*snapshot_, middle));
    if (is_early(entry.commit_time_us())) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

absl::StatusOr<int64_t> Reader::LastSequenceBefore(const std::string& date) const {
  return LastEarly(sequence_, [&](int64_t commit_us) { return DateAt(commit_us, 0) < date; });
}

absl::StatusOr<std::unique_ptr<Message>> Reader::Get(const std::string& name) const {
  if (NewRecord(name) == nullptr) return NotFoundStatus(name);
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> body, ReadRecord(*snapshot_, name));
  if (!body.has_value()) return NotFoundStatus(name);
  return FromStored(name, *body);
}

absl::StatusOr<std::unique_ptr<Message>> Reader::FromStored(const std::string& name, std::string_view body) const {
  absl::StatusOr<std::unique_ptr<Message>> record = Fold(name, body);
  if (!record.ok()) return record;
  ORIUNDO_RETURN_IF_ERROR(FillFromOthers(**record));
  if (!HasComputedFields(**record)) return record;
  ORIUNDO_ASSIGN_OR_RETURN(const std::string today, Today());
  FillComputedFields(today, **record);
  return record;
}

absl::Status Reader::FillFromOthers(Message& record) const {
  if (auto* tally = dynamic_cast<v1::Tally*>(&record)) return FillTogether(*tally);
  if (auto* line = dynamic_cast<v1::BankLine*>(&record)) {
    ORIUNDO_ASSIGN_OR_RETURN(const bool ended, IsEnded(line->statement()));
    if (ended) line->set_state(v1::BankLine::WITHDRAWN);
    return absl::OkStatus();
  }
  auto* reallocation = dynamic_cast<v1::Reallocation*>(&record);
  if (reallocation == nullptr || reallocation->state() != v1::Reallocation::RECEIVED) return absl::OkStatus();
  ORIUNDO_ASSIGN_OR_RETURN(const v1::Contribution arrived, Get<v1::Contribution>(reallocation->contribution()));
  if (arrived.state() == v1::Contribution::REVERSED) reallocation->set_state(v1::Reallocation::TAKEN_BACK);
  return absl::OkStatus();
}

absl::StatusOr<bool> Reader::IsEnded(const std::string& statement) const {
  const std::lock_guard<std::mutex> lock(statement_->mutex);
  if (statement_->name == statement) return statement_->ended;
  ORIUNDO_ASSIGN_OR_RETURN(const v1::BankStatement record, Get<v1::BankStatement>(statement));
  statement_->name = statement;
  statement_->ended = record.state() == v1::BankStatement::WITHDRAWN || record.state() == v1::BankStatement::DISCARDED;
  return statement_->ended;
}

absl::Status Reader::FillTogether(v1::Tally& tally) const {
  v1::Tally sum;
  std::set<std::string> projects;
  AddTally(tally, projects, sum);
  // `{scope}-{whose}-{year}`; `whose` may hold hyphens, the others do not.
  const std::string id(IdOf(tally.name()));
  const std::size_t first = id.find('-');
  const std::size_t last = id.rfind('-');
  const std::string scope = id.substr(0, first);
  std::vector<std::string> names;
  if (first < last && (scope == "club" || scope == "federation")) {
    names.push_back("organizations/" + id.substr(first + 1, last - first - 1));
  }
  // Grows while it is walked, as far as AcceptMerge lets it; whoever is counted was there before the tally.
  for (std::size_t i = 0; i < names.size(); ++i) {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization organization, Get<v1::Organization>(names[i]));
    names.insert(names.end(), organization.predecessors().begin(), organization.predecessors().end());
    if (i == 0) continue;
    const std::string other = absl::StrCat(std::string(ParentOf(tally.name())), "/tallies/", scope, "-", std::string(IdOf(names[i])), std::string(id.substr(last)));
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> body, ReadRecord(*snapshot_, other));
    if (!body.has_value()) continue;
    const absl::StatusOr<std::unique_ptr<Message>> record = Fold(other, *body);
    if (absl::IsNotFound(record.status())) continue;  // Came later.
    ORIUNDO_RETURN_IF_ERROR(record.status());
    AddTally(static_cast<const v1::Tally&>(**record), projects, sum);
  }
  tally.set_together_project_count(sum.project_count());
  tally.set_together_matched_minor_units(sum.matched_minor_units());
  tally.set_together_pooled_minor_units(sum.pooled_minor_units());
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Message>> Reader::Fold(const std::string& name, std::string_view body) const {
  std::unique_ptr<Message> record = NewRecord(name);
  if (record == nullptr || !record->ParseFromArray(body.data(), static_cast<int>(body.size()))) return Rotten(name);
  const Life life = LifeOf(*record);
  if (life.changed <= sequence_) return record;
  if (life.created > sequence_) return NotFoundStatus(name, life.created);

  // Children know their entries.
  if (const FieldDescriptor* field = record->GetDescriptor()->FindFieldByName("entry_sequences")) {
    std::vector<uint64_t> sequences;
    for (const int64_t sequence : record->GetReflection()->GetRepeatedFieldRef<int64_t>(*record, field)) {
      if (sequence <= sequence_) sequences.push_back(static_cast<uint64_t>(sequence));
    }
    record = NewRecord(name);
    ORIUNDO_RETURN_IF_ERROR(VisitEntriesAt(*snapshot_, sequences, [&](const v1::Entry& entry) {
      FoldRecord(entry, name, *record);
      return true;
    }));
    return record;
  }

  // The others begin with their last kept copy, if there is one, and go through the index of the top-level resource they belong
  // to.
  record = NewRecord(name);
  int64_t folded = life.created - 1;
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<PastRecord> past,
                           ReadPastRecord(*snapshot_, name, static_cast<uint64_t>(sequence_)));
  if (past.has_value()) {
    if (!record->ParseFromString(past->body)) return Rotten(name);
    folded = static_cast<int64_t>(past->sequence);
  }
  ORIUNDO_RETURN_IF_ERROR(VisitEntries(std::string(RootOf(name)), folded, [&](const v1::Entry& entry) {
    for (const std::string& touched : TouchedRecords(entry)) {
      if (touched == name) FoldRecord(entry, name, *record);
    }
    return true;
  }));
  return record;
}

absl::Status Reader::OpenTexts(Message& resource) const {
  if (HasComputedFields(resource)) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::string today, Today());
    FillComputedFields(today, resource);
  }
  const FieldDescriptor* name = resource.GetDescriptor()->FindFieldByName("name");
  const std::string subject(RootOf(resource.GetReflection()->GetString(resource, name)));
  return OpenTextsOf(*snapshot_, subject, resource);
}

absl::Status Reader::OpenEntryTexts(v1::Entry& entry) const {
  const std::vector<std::string> touched = TouchedRecords(entry);
  if (touched.empty()) return absl::OkStatus();
  return OpenTextsOf(*snapshot_, std::string(RootOf(touched.front())), entry);
}

absl::Status Reader::VisitEntries(const std::string& subject, int64_t after,
                                  const std::function<bool(const v1::Entry&)>& visit) const {
  // Sequences are gathered a bundle's worth at a time, so that memory stays bounded and each bundle is read about once.
  uint64_t next = static_cast<uint64_t>(after + 1);
  const uint64_t end = static_cast<uint64_t>(sequence_ + 1);
  bool go_on = true;
  while (go_on && next < end) {
    std::vector<uint64_t> sequences;
    ORIUNDO_RETURN_IF_ERROR(ReadIndex(*snapshot_, subject, next, end, [&](uint64_t sequence) {
      sequences.push_back(sequence);
      return sequences.size() < kEntriesPerBundle;
    }));
    if (sequences.empty()) break;
    next = sequences.back() + 1;
    ORIUNDO_RETURN_IF_ERROR(VisitEntriesAt(*snapshot_, sequences, [&](const v1::Entry& entry) {
      go_on = visit(entry);
      return go_on;
    }));
  }
  return absl::OkStatus();
}

}  // namespace oriundo
