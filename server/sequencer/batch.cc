#include "server/sequencer/batch.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/apply.h"
#include "server/ledger/field_table.h"
#include "server/ledger/fold.h"
#include "server/ledger/state.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

constexpr int64_t kMicrosecondsPerMinute = 60'000'000;

// The bytes of an entry, made once: these are stored, hashed and exported.
std::string Serialize(const v1::Entry& entry) {
  std::string bytes;
  bytes.reserve(entry.ByteSizeLong());
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    ORIUNDO_CHECK(entry.SerializeToCodedStream(&coded));
  }
  return bytes;
}

// What one snapshot holds under keys that were asked for beforehand.
class Fetched {
 public:
  explicit Fetched(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // Wants `key` with the next Fetch().
  void Want(std::string key) {
    if (values_.try_emplace(key).second) wanted_.push_back(std::move(key));
  }

  // Reads all wanted keys in one go.
  absl::Status Fetch() {
    if (wanted_.empty()) return absl::OkStatus();
    ORIUNDO_ASSIGN_OR_RETURN(std::vector<std::optional<std::string>> values, snapshot_.MultiGet(wanted_));
    for (std::size_t i = 0; i < wanted_.size(); ++i) values_[wanted_[i]] = std::move(values[i]);
    wanted_.clear();
    return absl::OkStatus();
  }

  // The value under `key`, kept here; reads it where it was not fetched. Never null.
  absl::StatusOr<const std::optional<std::string>*> Get(const std::string& key) {
    const auto found = values_.find(key);
    if (found != values_.end()) return &found->second;
    ORIUNDO_ASSIGN_OR_RETURN(std::optional<std::string> value, snapshot_.Get(key));
    return &values_.emplace(key, std::move(value)).first->second;
  }

 private:
  const Snapshot& snapshot_;
  std::unordered_map<std::string, std::optional<std::string>> values_;
  std::vector<std::string> wanted_;
};

// The key under which the command's request id is remembered; empty for the ledger's own first entry.
std::string KeyOfRequest(const Command& command) {
  if (command.request_id.empty()) return {};
  return RequestKey(command.actor.organization, UuidBytes(command.request_id));
}

// What the commands of a batch have come to so far.
struct Decided {
  explicit Decided(State::Source source) : state(std::move(source)) {}

  State state;
  std::vector<absl::StatusOr<CommandResult>> results;
  std::vector<std::string> entries;                        // As they are stored, in order.
  std::map<std::string, std::vector<uint64_t>> subjects;   // Subject to the sequences that touch it.
  std::vector<std::pair<std::string, std::string>> puts;   // Requests and project snapshots.
  std::vector<const SealedText*> sealed;                   // Texts of the commands that were accepted.
  std::unordered_map<std::string, std::size_t> requests;   // Request key to the command here that used it first.
  JournalHead head;
  RefusalQuota quota;
  int repeats = 0;
  int refused = 0;
};

// Decides command by command. A command whose entry came out too large is named in `too_large`: by then it is folded in, so
// that the whole has to be done again without it.
class Decider {
 public:
  Decider(Fetched& fetched, std::span<const Command> commands, const std::vector<std::string>& request_keys,
          const std::vector<bool>& excluded, const Clock& clock, uint64_t next_sequence, Decided& decided)
      : fetched_(fetched), commands_(commands), request_keys_(request_keys), excluded_(excluded), clock_(clock),
        next_sequence_(next_sequence), decided_(decided) {}

  absl::Status Run() {
    for (std::size_t i = 0; i < commands_.size() && !too_large_; ++i) {
      ORIUNDO_RETURN_IF_ERROR(DecideOne(i));
      ORIUNDO_RETURN_IF_ERROR(decided_.state.status());
    }
    return absl::OkStatus();
  }

  std::optional<std::size_t> too_large() const { return too_large_; }

 private:
  absl::Status DecideOne(std::size_t i) {
    const Command& command = commands_[i];
    ORIUNDO_ASSIGN_OR_RETURN(Earlier earlier, FindEarlier(i));
    if (earlier) {
      ++(earlier->ok() ? decided_.repeats : decided_.refused);
      decided_.results.push_back(*std::move(earlier));
      return absl::OkStatus();
    }
    if (excluded_[i]) {
      ++decided_.refused;
      decided_.results.push_back(ReasonStatus(
          v1::ENTRY_TOO_LARGE,
          absl::StrCat("the entry of this call would be larger than the ", kEntryBytesMax, " bytes that the journal takes"),
          {{"entry_bytes_max", absl::StrCat(kEntryBytesMax)}}));
      return absl::OkStatus();
    }
    const Stamp stamp = NextStamp();
    Outcome outcome = Apply(decided_.state, command, stamp);
    if (outcome.refusal) {
      ++decided_.refused;
      decided_.results.push_back(RefusalStatus(*outcome.refusal));
      if (outcome.record_refusal && decided_.quota.Take(command.actor.organization, stamp.commit_time_us)) {
        Keep(MakeRefusedEntry(command, *outcome.refusal, stamp));
      }
      return absl::OkStatus();
    }
    CommandResult result;
    result.sequence = stamp.sequence;
    for (const v1::Entry& entry : outcome.entries) {
      if (!Keep(entry)) {
        too_large_ = i;
        return absl::OkStatus();
      }
      KeepProjectSnapshot(entry);
    }
    result.last_sequence = outcome.entries.back().sequence();
    result.result_name = ResultName(outcome.entries.front());
    const google::protobuf::Message& record = decided_.state.Get(result.result_name);
    std::shared_ptr<google::protobuf::Message> copy(record.New());
    copy->CopyFrom(record);
    result.record = std::move(copy);
    decided_.results.push_back(std::move(result));

    for (const SealedText& text : command.sealed) decided_.sealed.push_back(&text);
    if (!request_keys_[i].empty()) {
      decided_.requests.emplace(request_keys_[i], i);
      decided_.puts.emplace_back(request_keys_[i],
                                 EncodeRequest({static_cast<uint64_t>(stamp.sequence),
                                                static_cast<uint32_t>(outcome.entries.size()), command.digest}));
    }
    return absl::OkStatus();
  }

  // The answer to a request id that was used before, in this batch or earlier; nullopt for a new one.
  using Earlier = std::optional<absl::StatusOr<CommandResult>>;
  absl::StatusOr<Earlier> FindEarlier(std::size_t i) {
    const Command& command = commands_[i];
    const std::string& key = request_keys_[i];
    if (key.empty()) return Earlier();
    const auto reused = [&] {
      return Earlier(ReasonStatus(
          v1::REQUEST_ID_REUSED,
          absl::StrCat("request id ", command.request_id, " was used before with another body; take a new one"),
          {{"request_id", command.request_id}}));
    };
    if (const auto found = decided_.requests.find(key); found != decided_.requests.end()) {
      if (commands_[found->second].digest != command.digest) return reused();
      CommandResult result = *decided_.results[found->second];
      result.replayed = true;
      return Earlier(std::move(result));
    }
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string>* stored, fetched_.Get(key));
    if (!*stored) return Earlier();
    ORIUNDO_ASSIGN_OR_RETURN(const RequestRecord record, DecodeRequest(**stored));
    if (record.digest != command.digest) return reused();
    CommandResult result;
    result.sequence = static_cast<int64_t>(record.first_sequence);
    result.last_sequence = result.sequence + record.entry_count - 1;
    result.replayed = true;
    return Earlier(std::move(result));
  }

  Stamp NextStamp() const {
    Stamp stamp;
    stamp.sequence = static_cast<int64_t>(next_sequence_ + decided_.entries.size());
    stamp.commit_time_us = std::max(clock_(), decided_.head.commit_time_us + 1);
    return stamp;
  }

  // Takes `entry` into the journal; false where it is too large for it.
  bool Keep(const v1::Entry& entry) {
    const uint64_t sequence = next_sequence_ + decided_.entries.size();
    ORIUNDO_CHECK(entry.sequence() == static_cast<int64_t>(sequence));
    ORIUNDO_CHECK(entry.commit_time_us() > decided_.head.commit_time_us);
    __int128 sum = 0;
    for (const v1::Posting& posting : entry.postings()) sum += posting.minor_units();
    ORIUNDO_CHECK(sum == 0);
    ORIUNDO_CHECK(FindExposedText(entry).empty());  // Three microseconds; whatever is in the journal stays there.
    std::string bytes = Serialize(entry);
    if (bytes.size() > kEntryBytesMax) return false;
    for (std::string& subject : SubjectsOf(entry)) decided_.subjects[std::move(subject)].push_back(sequence);
    decided_.entries.push_back(std::move(bytes));
    decided_.head.last_sequence = sequence;
    decided_.head.commit_time_us = entry.commit_time_us();
    return true;
  }

  // Keeps the project as it is right after `entry`, every so many of its entries.
  void KeepProjectSnapshot(const v1::Entry& entry) {
    if (entry.project().empty()) return;
    const v1::Project& project = *decided_.state.Find<v1::Project>(entry.project());
    if (!IsProjectSnapshotDue(project.entry_count())) return;
    // True as long as a command writes one entry; a later one of the same command would be folded in here already.
    ORIUNDO_CHECK(project.update_sequence() == entry.sequence());
    decided_.puts.emplace_back(RecordSnapshotKey(entry.project(), static_cast<uint64_t>(entry.sequence())),
                               StoredRecord(project));
  }

  Fetched& fetched_;
  const std::span<const Command> commands_;
  const std::vector<std::string>& request_keys_;
  const std::vector<bool>& excluded_;
  const Clock& clock_;
  const uint64_t next_sequence_;
  Decided& decided_;
  std::optional<std::size_t> too_large_;
};

// Puts the openings of the sealed texts, with a new secret for each subject that has none.
absl::Status PutOpenings(Fetched& fetched, const std::vector<const SealedText*>& sealed, WriteBatch& writes) {
  std::map<std::string, std::string> secrets;
  for (const SealedText* text : sealed) {
    auto known = secrets.find(text->subject);
    if (known == secrets.end()) {
      ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string>* stored, fetched.Get(SubjectSecretKey(text->subject)));
      std::string secret = *stored ? **stored : RandomBytes(kSecretBytes);
      if (secret.size() != kSecretBytes) {
        return absl::DataLossError(absl::StrCat("the secret of ", text->subject, " has a wrong size"));
      }
      if (!*stored) PutSubjectSecret(writes, text->subject, secret);
      known = secrets.emplace(text->subject, std::move(secret)).first;
    }
    SealInto(writes, known->second, text->commitment, text->salt, text->text);
  }
  return absl::OkStatus();
}

}  // namespace

bool RefusalQuota::Take(const std::string& organization, int64_t time_us) {
  if (const int64_t now = time_us / kMicrosecondsPerMinute; now != minute) {
    minute = now;
    entries.clear();
  }
  int& count = entries[organization];
  if (count >= kRefusedEntriesPerMinuteMax) return false;
  ++count;
  return true;
}

absl::StatusOr<Batch> BatchWorker::Decide(const Snapshot& snapshot, std::span<const Command> commands) {
  Fetched fetched(snapshot);
  fetched.Want(HeadKey());
  std::vector<std::string> request_keys;
  request_keys.reserve(commands.size());
  for (const Command& command : commands) {
    request_keys.push_back(KeyOfRequest(command));
    if (!request_keys.back().empty()) fetched.Want(request_keys.back());
    for (const std::string& name : command.prefetch) {
      fetched.Want(RecordKey(name));
      if (RootOf(name) == name) fetched.Want(IndexHeadKey(name));
    }
    for (const SealedText& text : command.sealed) fetched.Want(SubjectSecretKey(text.subject));
  }
  ORIUNDO_RETURN_IF_ERROR(fetched.Fetch());

  JournalHead head;
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string>* head_value, fetched.Get(HeadKey()));
  if (*head_value) {
    ORIUNDO_ASSIGN_OR_RETURN(head, DecodeHead(**head_value));
    if (head.epoch != epoch_) return absl::AbortedError("another writer has taken the lease of this ledger");
  }
  head.epoch = epoch_;
  if (!tail_) {
    ORIUNDO_ASSIGN_OR_RETURN(tail_, JournalTail::Load(snapshot));
  }
  if (tail_->next_sequence() != (*head_value ? head.last_sequence + 1 : 0)) {
    return absl::DataLossError("the journal's head and tail disagree");
  }

  const State::Source source = [&](const std::string& name) -> absl::StatusOr<std::optional<std::string>> {
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string>* value, fetched.Get(RecordKey(name)));
    if (!*value) return std::nullopt;
    ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(**value));
    return std::string(body);
  };
  std::vector<bool> excluded(commands.size(), false);
  std::optional<Decided> decided;
  while (true) {
    decided.emplace(source);
    decided->results.reserve(commands.size());
    decided->head = head;
    decided->quota = quota_;
    Decider decider(fetched, commands, request_keys, excluded, clock_, tail_->next_sequence(), *decided);
    ORIUNDO_RETURN_IF_ERROR(decider.Run());
    if (!decider.too_large()) break;
    excluded[*decider.too_large()] = true;
  }

  Batch batch;
  batch.head = decided->head;
  batch.quota = std::move(decided->quota);
  batch.repeats = decided->repeats;
  batch.refused = decided->refused;
  batch.commands = static_cast<int>(decided->results.size()) - decided->repeats - decided->refused;
  batch.results = std::move(decided->results);
  if (decided->entries.empty()) {
    batch.tail = *std::exchange(tail_, std::nullopt);
    return batch;
  }

  for (const auto& [subject, sequences] : decided->subjects) fetched.Want(IndexHeadKey(subject));
  ORIUNDO_RETURN_IF_ERROR(fetched.Fetch());
  for (const auto& [subject, sequences] : decided->subjects) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string>* index, fetched.Get(IndexHeadKey(subject)));
    ORIUNDO_RETURN_IF_ERROR(AppendToIndex(subject, *index, sequences, batch.writes).status());
  }
  for (const std::string& name : decided->state.changed()) {
    batch.writes.Put(RecordKey(name), StoredRecord(decided->state.Get(name)));
  }
  for (auto& [key, value] : decided->puts) batch.writes.Put(std::move(key), std::move(value));
  ORIUNDO_RETURN_IF_ERROR(PutOpenings(fetched, decided->sealed, batch.writes));
  batch.writes.Put(HeadKey(), EncodeHead(batch.head));
  batch.tail = *std::exchange(tail_, std::nullopt);
  batch.tail.AppendToBatch(decided->entries, batch.writes);
  return batch;
}

void BatchWorker::Adopt(Batch& batch) {
  tail_ = std::move(batch.tail);
  quota_ = std::move(batch.quota);
}

}  // namespace oriundo
