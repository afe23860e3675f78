#include "server/sequencer/batch.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/message_bytes.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/apply.h"
#include "server/ledger/field_table.h"
#include "server/ledger/fold.h"
#include "server/ledger/state.h"
#include "spdlog/spdlog.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

constexpr int64_t kMicrosecondsPerMinute = 60'000'000;
// Projects and programmes in which one batch lets things fall due, at most; the others come with the next batch.
constexpr std::size_t kDueProjectsPerBatchMax = 256;

// What is stored under a key; nullopt where nothing is.
using Stored = std::optional<std::string>;

// What a batch on its way to the store will have left under the keys it writes.
using Overlay = std::unordered_map<std::string_view, const Stored*>;

// What the store holds under keys that were asked for beforehand, or will hold once a batch on its way there has arrived.
class Fetched {
 public:
  Fetched(const Snapshot& snapshot, const Overlay& overlay) : snapshot_(snapshot), overlay_(overlay) {}

  // Wants `key` with the next Fetch().
  void Want(std::string key) {
    if (overlay_.contains(key)) return;
    if (values_.try_emplace(key).second) wanted_.push_back(std::move(key));
  }

  // Reads all wanted keys in one go.
  absl::Status Fetch() {
    if (wanted_.empty()) return absl::OkStatus();
    ORIUNDO_ASSIGN_OR_RETURN(std::vector<Stored> values, snapshot_.MultiGet(wanted_));
    for (std::size_t i = 0; i < wanted_.size(); ++i) values_[wanted_[i]] = std::move(values[i]);
    wanted_.clear();
    return absl::OkStatus();
  }

  // The value under `key`, kept here; reads it where it was not fetched. Never null.
  absl::StatusOr<const Stored*> Get(const std::string& key) {
    if (const auto found = overlay_.find(key); found != overlay_.end()) return found->second;
    const auto found = values_.find(key);
    if (found != values_.end()) return &found->second;
    ORIUNDO_ASSIGN_OR_RETURN(Stored value, snapshot_.Get(key));
    return &values_.emplace(key, std::move(value)).first->second;
  }

 private:
  const Snapshot& snapshot_;
  const Overlay& overlay_;
  std::unordered_map<std::string, Stored> values_;
  std::vector<std::string> wanted_;
};

// The key under which the command's request id is remembered; empty for the ledger's own first entry.
std::string KeyOfRequest(const Command& command) {
  if (command.request_id.empty()) return {};
  return RequestKey(command.actor.organization, UuidBytes(command.request_id));
}

// Records that are read or changed again and again: all but what stands below a project or an organisation, and communities, of which
// a catalogue has thousands.
bool IsWorthKeeping(const std::string& name) {
  if (name.starts_with("communities/")) return false;
  return name.starts_with("programs/") || RootOf(name) == name;
}

// A request id that this batch has used.
struct UsedRequest {
  std::string digest;
  std::size_t result = 0;  // Its place among the results.
};

}  // namespace

// What the worker knows of the ledger, durable or on its way there, and the batch in the making.
class BatchWorker::Memory {
 public:
  Memory(const Clock& clock, uint64_t epoch, RefusalQuota& quota, DueIndex& due)
      : clock_(clock), epoch_(epoch), quota_(quota), due_(due), state_([this](const std::string& name) { return ReadRecordBody(name); }) {}

  absl::Status Decide(const Snapshot& snapshot, std::span<const Command> commands) {
    Fetched fetched(snapshot, overlay_);
    std::vector<std::string> request_keys;
    request_keys.reserve(commands.size());
    for (const Command& command : commands) {
      request_keys.push_back(KeyOfRequest(command));
      if (!request_keys.back().empty()) fetched.Want(request_keys.back());
      for (const std::string& name : command.prefetch) {
        if (!state_.Knows(name)) fetched.Want(RecordKey(name));
      }
      for (const SealedText& text : command.sealed) {
        if (!secrets_.contains(text.subject)) fetched.Want(SubjectSecretKey(text.subject));
      }
    }
    ORIUNDO_RETURN_IF_ERROR(fetched.Fetch());
    if (!begun_) ORIUNDO_RETURN_IF_ERROR(Begin(snapshot));
    fetched_ = &fetched;
    absl::Status status = EmitDue();
    for (std::size_t i = 0; i < commands.size() && status.ok(); ++i) {
      status = DecideOne(commands[i], request_keys[i]);
      if (status.ok()) status = state_.status();
    }
    fetched_ = nullptr;
    return status;
  }

  absl::StatusOr<std::shared_ptr<Batch>> Close(const Snapshot& snapshot) {
    ORIUNDO_CHECK(begun_);
    auto batch = std::make_shared<Batch>(std::move(batch_));
    batch->commands = static_cast<int>(batch->results.size()) - batch->repeats - batch->refused;
    if (!entries_.empty()) ORIUNDO_RETURN_IF_ERROR(PutWhatFollows(snapshot, *batch));
    batch_ = Batch();
    batch_.head = batch->head;
    begun_ = false;
    has_own_entries_ = false;
    noted_before_ = std::move(noted_);
    noted_.clear();
    entries_.clear();
    subjects_.clear();
    requests_.clear();
    secrets_.clear();
    // So that one batch over very many projects does not fill the memory for good.
    const bool full = state_.size() > kRecordsKeptMax;
    state_.Rebase([&](const std::string& name) { return !full && IsWorthKeeping(name); });
    overlay_.clear();
    for (const WriteBatch::Operation& operation : batch->writes.operations()) {
      overlay_[operation.key] = &operation.value;  // The later operation on a key wins.
    }
    last_ = batch;
    return batch;
  }

  bool has_own_entries() const { return has_own_entries_; }

  // What the index of deadlines learnt from batches that are not durable is looked at again.
  void DoubtDue() const {
    for (const std::set<std::string>* names : {&noted_, &noted_before_}) {
      for (const std::string& name : *names) due_.Doubt(name);
    }
  }

 private:
  // Looks at the head of the journal before a batch's first command.
  absl::Status Begin(const Snapshot& snapshot) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> stored, ReadHead(snapshot));
    if (stored && stored->epoch != epoch_) return absl::AbortedError("another writer has taken the lease of this ledger");
    const uint64_t count = stored ? stored->last_sequence + 1 : 0;
    if (!tail_) {
      ORIUNDO_ASSIGN_OR_RETURN(tail_, JournalTail::Load(snapshot));
      if (stored) batch_.head = *stored;
    }
    // The batch closed last may or may not show yet.
    const bool is_before_last = last_ != nullptr && count == closed_from_;
    if (tail_->next_sequence() != count && !is_before_last) {
      return absl::DataLossError("the journal's head and tail disagree");
    }
    closed_from_ = tail_->next_sequence();
    batch_.head.epoch = epoch_;
    begun_ = true;
    return absl::OkStatus();
  }

  // Writes the entries of what has fallen due by now, before the commands that come after it.
  absl::Status EmitDue() {
    const int64_t now_us = NextStamp().commit_time_us;
    for (const std::string& name : due_.DueAt(now_us, kDueProjectsPerBatchMax)) {
      if (name.starts_with("programs/")) {
        ORIUNDO_RETURN_IF_ERROR(EmitDueReopening(name, now_us));
        continue;
      }
      const v1::Project* project = state_.Find<v1::Project>(name);
      ORIUNDO_RETURN_IF_ERROR(LetGoIfRotten(name));
      if (project == nullptr) {
        due_.Drop(name);
        continue;
      }
      const std::vector<v1::Deadline> deadlines(project->deadlines().begin(), project->deadlines().end());
      for (const v1::Deadline& deadline : deadlines) {
        if (deadline.time_us() > now_us) break;
        // The end of an agreement ends the project's pledges too.
        const bool stands = std::any_of(project->deadlines().begin(), project->deadlines().end(),
                                        [&](const v1::Deadline& other) { return other.resource() == deadline.resource(); });
        if (!stands) continue;
        Command command;
        SetEnding(deadline.resource(), command);
        Outcome outcome = Apply(state_, command, NextStamp());
        ORIUNDO_RETURN_IF_ERROR(LetGoIfRotten(name));
        if (outcome.refusal) {
          // The project's record says that it is open and that its time has come. It must not hold up everybody else.
          spdlog::error("sequencer: a deadline of {} is not one: {}", name, outcome.refusal->violations[0].description);
          break;
        }
        KeepAll(outcome.entries);
        has_own_entries_ = true;
      }
      Note(name);
      // Whatever is still due after all that would be due for ever.
      if (project = state_.Find<v1::Project>(name); !project->deadlines().empty() && project->deadlines(0).time_us() <= now_us) {
        due_.Drop(name);
      }
    }
    return absl::OkStatus();
  }

  // The same for the one thing that ends by itself in a programme.
  absl::Status EmitDueReopening(const std::string& name, int64_t now_us) {
    const v1::Program* program = state_.Find<v1::Program>(name);
    ORIUNDO_RETURN_IF_ERROR(LetGoIfRotten(name));
    if (program == nullptr) {
      due_.Drop(name);
      return absl::OkStatus();
    }
    const google::protobuf::Timestamp& expires = program->reopening().expire_time();
    if (program->has_reopening() && expires.seconds() * 1'000'000 + expires.nanos() / 1'000 <= now_us) {
      Command command;
      command.method = "ReopeningExpired";
      v1::ReopeningExpired expired;
      expired.set_program(name);
      expired.set_fiscal_year(program->reopening().fiscal_year());
      command.request = std::move(expired);
      Outcome outcome = Apply(state_, command, NextStamp());
      ORIUNDO_RETURN_IF_ERROR(LetGoIfRotten(name));
      if (outcome.refusal) {
        // The programme's record says that it waits and that its time has come. It must not hold up everybody else.
        spdlog::error("sequencer: the reopening of {} is not due: {}", name, outcome.refusal->violations[0].description);
        due_.Drop(name);
        return absl::OkStatus();
      }
      KeepAll(outcome.entries);
      has_own_entries_ = true;
    }
    NoteProgram(name);
    return absl::OkStatus();
  }

  // The command that ends what has a deadline.
  static void SetEnding(const std::string& resource, Command& command) {
    if (IsResourceName(resource, "projects/*/pledges/*")) {
      command.method = "PledgeLapsed";
      command.request.emplace<v1::PledgeLapsed>().set_pledge(resource);
    } else if (IsResourceName(resource, "projects/*/amendments/*")) {
      command.method = "AmendmentExpired";
      command.request.emplace<v1::AmendmentExpired>().set_amendment(resource);
    } else if (IsResourceName(resource, "projects/*")) {
      command.method = "AgreementLapsed";
      command.request.emplace<v1::Deadline>().set_resource(resource);
    } else {
      command.method = "ProposalExpired";
      command.request.emplace<v1::ProposalExpired>().set_proposal(resource);
    }
  }

  // True where the entry may add a deadline of its project or take one away.
  static bool MayChangeDeadlines(const v1::Entry& entry) {
    if (entry.project().empty()) return false;
    return entry.has_proposal_created() || entry.has_proposal_withdrawn() || entry.has_pledge_created() || entry.has_amendment_proposed() ||
           entry.has_amendment_signed() || entry.has_amendment_withdrawn() || entry.project_state() != v1::Project::STATE_UNSPECIFIED;
  }

  // The state's status. What is due in a project with a rotten record is looked after no more, or every batch would stumble over it.
  absl::Status LetGoIfRotten(const std::string& project) {
    if (state_.status().code() == absl::StatusCode::kDataLoss) {
      spdlog::error("sequencer: what is due in {} cannot be read and is let go: {}", project, state_.status().ToString());
      due_.Drop(project);
      noted_.erase(project);
      noted_before_.erase(project);
    }
    return state_.status();
  }

  void KeepAll(const std::vector<v1::Entry>& entries) {
    for (const v1::Entry& entry : entries) {
      Keep(entry);
      KeepProjectSnapshot(entry);
    }
  }

  // The index of deadlines follows the project.
  void Note(const std::string& name) {
    due_.Note(*state_.Find<v1::Project>(name));
    noted_.insert(name);
  }

  void NoteProgram(const std::string& name) {
    due_.Note(*state_.Find<v1::Program>(name));
    noted_.insert(name);
  }

  absl::StatusOr<Stored> ReadRecordBody(const std::string& name) {
    ORIUNDO_ASSIGN_OR_RETURN(const Stored* value, fetched_->Get(RecordKey(name)));
    if (!*value) return std::nullopt;
    ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(**value));
    return std::string(body);
  }

  absl::Status DecideOne(const Command& command, const std::string& request_key) {
    ORIUNDO_ASSIGN_OR_RETURN(Earlier earlier, FindEarlier(command, request_key));
    if (earlier) {
      ++(earlier->ok() ? batch_.repeats : batch_.refused);
      batch_.results.push_back(*std::move(earlier));
      return absl::OkStatus();
    }
    const Stamp stamp = NextStamp();
    Outcome outcome = Apply(state_, command, stamp);
    if (outcome.refusal) {
      ++batch_.refused;
      batch_.results.push_back(RefusalStatus(*outcome.refusal));
      if (outcome.refused && quota_.Take(command.actor.organization, stamp.commit_time_us)) Keep(*outcome.refused);
      return absl::OkStatus();
    }
    CommandResult result;
    result.sequence = stamp.sequence;
    KeepAll(outcome.entries);
    if (std::holds_alternative<v1::ApproveProposalRequest>(command.request) || MayChangeDeadlines(outcome.entries.back())) {
      Note(outcome.entries.back().project());
    }
    if (std::holds_alternative<v1::ProposeReopeningRequest>(command.request) ||
        std::holds_alternative<v1::WithdrawReopeningRequest>(command.request) ||
        std::holds_alternative<v1::ApproveReopeningRequest>(command.request)) {
      NoteProgram(ResultName(outcome.entries.back()));
    }
    result.last_sequence = outcome.entries.back().sequence();
    result.result_name = ResultName(outcome.entries.front());
    // What changes no resource answers nobody.
    if (!result.result_name.empty()) {
      const google::protobuf::Message& record = state_.Get(result.result_name);
      std::shared_ptr<google::protobuf::Message> copy(record.New());
      copy->MergeFrom(record);  // It is empty; CopyFrom would walk through it first, to see whether one is a part of the other.
      result.record = std::move(copy);
    }

    for (const SealedText& text : command.sealed) ORIUNDO_RETURN_IF_ERROR(PutOpening(text));
    if (!request_key.empty()) {
      requests_.emplace(request_key, UsedRequest{command.digest, batch_.results.size()});
      batch_.writes.Put(request_key, EncodeRequest({static_cast<uint64_t>(stamp.sequence),
                                                    static_cast<uint32_t>(outcome.entries.size()), command.digest}));
    }
    batch_.results.push_back(std::move(result));
    return absl::OkStatus();
  }

  // The answer to a request id that was used before, in this batch or earlier; nullopt for a new one.
  using Earlier = std::optional<absl::StatusOr<CommandResult>>;
  absl::StatusOr<Earlier> FindEarlier(const Command& command, const std::string& key) {
    if (key.empty()) return Earlier();
    const auto reused = [&] {
      return Earlier(ReasonStatus(
          v1::REQUEST_ID_REUSED,
          absl::StrCat("request id ", command.request_id, " was used before with another body; take a new one"),
          {{"request_id", command.request_id}}));
    };
    if (const auto found = requests_.find(key); found != requests_.end()) {
      if (found->second.digest != command.digest) return reused();
      CommandResult result = *batch_.results[found->second.result];
      result.replayed = true;
      return Earlier(std::move(result));
    }
    ORIUNDO_ASSIGN_OR_RETURN(const Stored* stored, fetched_->Get(key));
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
    stamp.sequence = static_cast<int64_t>(tail_->next_sequence() + entries_.size());
    stamp.commit_time_us = std::max(clock_(), batch_.head.commit_time_us + 1);
    return stamp;
  }

  // Takes `entry` into the journal.
  void Keep(const v1::Entry& entry) {
    const uint64_t sequence = tail_->next_sequence() + entries_.size();
    ORIUNDO_CHECK(entry.sequence() == static_cast<int64_t>(sequence));
    ORIUNDO_CHECK(entry.commit_time_us() > batch_.head.commit_time_us);
    __int128 sum = 0;
    for (const v1::Posting& posting : entry.postings()) sum += posting.minor_units();
    ORIUNDO_CHECK(sum == 0);
    entries_.push_back(MessageBytes(entry));  // Made once: these are stored, hashed and exported.
    ORIUNDO_CHECK(entries_.back().size() <= kEntryBytesMax);
    ORIUNDO_CHECK(FindExposedText(*v1::Entry::descriptor(), entries_.back()).empty());  // Whatever is in the journal stays there.
    subjects_.push_back(SubjectsOf(entry));
    batch_.head.last_sequence = sequence;
    batch_.head.commit_time_us = entry.commit_time_us();
  }

  // Keeps the project as it is right after `entry`, every so many of its entries.
  void KeepProjectSnapshot(const v1::Entry& entry) {
    if (entry.project().empty()) return;
    const v1::Project& project = *state_.Find<v1::Project>(entry.project());
    if (!IsProjectSnapshotDue(project.entry_count())) return;
    // True as long as a command writes one entry; a later one of the same command would be folded in here already.
    ORIUNDO_CHECK(project.update_sequence() == entry.sequence());
    batch_.writes.Put(RecordSnapshotKey(entry.project(), static_cast<uint64_t>(entry.sequence())), StoredRecord(project));
  }

  // Puts the opening of a sealed text, with a new secret for a subject that has none.
  absl::Status PutOpening(const SealedText& text) {
    auto known = secrets_.find(text.subject);
    if (known == secrets_.end()) {
      ORIUNDO_ASSIGN_OR_RETURN(const Stored* stored, fetched_->Get(SubjectSecretKey(text.subject)));
      std::string secret = *stored ? **stored : RandomBytes(kSecretBytes);
      if (secret.size() != kSecretBytes) {
        return absl::DataLossError(absl::StrCat("the secret of ", text.subject, " has a wrong size"));
      }
      if (!*stored) PutSubjectSecret(batch_.writes, text.subject, secret);
      known = secrets_.emplace(text.subject, std::move(secret)).first;
    }
    SealInto(batch_.writes, known->second, text.commitment, text.salt, text.text);
    return absl::OkStatus();
  }

  // Puts what follows from the batch's entries: journal, index, head and the records they changed.
  absl::Status PutWhatFollows(const Snapshot& snapshot, Batch& batch) {
    const SubjectSequences folded = tail_->AppendToBatch(entries_, subjects_, batch.writes);
    Fetched fetched(snapshot, overlay_);
    for (const auto& [subject, sequences] : folded) fetched.Want(IndexHeadKey(subject));
    ORIUNDO_RETURN_IF_ERROR(fetched.Fetch());
    for (const auto& [subject, sequences] : folded) {
      ORIUNDO_ASSIGN_OR_RETURN(const Stored* index, fetched.Get(IndexHeadKey(subject)));
      ORIUNDO_RETURN_IF_ERROR(AppendToIndex(subject, *index, sequences, batch.writes).status());
    }
    for (const std::string& name : state_.changed()) batch.writes.Put(RecordKey(name), StoredRecord(state_.Get(name)));
    batch.writes.Put(HeadKey(), EncodeHead(batch.head));
    return absl::OkStatus();
  }

  const Clock& clock_;
  const uint64_t epoch_;
  RefusalQuota& quota_;
  DueIndex& due_;

  // The batch closed last, and what it writes.
  std::shared_ptr<const Batch> last_;
  Overlay overlay_;
  // The sequence it began at, where one was closed.
  uint64_t closed_from_ = 0;

  std::optional<JournalTail> tail_;
  State state_;
  Fetched* fetched_ = nullptr;  // During Decide().

  // The batch in the making.
  bool begun_ = false;
  bool has_own_entries_ = false;
  // Projects and programmes whose deadlines were noted in this batch, and in the one closed last.
  std::set<std::string> noted_;
  std::set<std::string> noted_before_;
  Batch batch_;
  std::vector<std::string> entries_;                       // As they are stored, in order.
  std::vector<std::vector<std::string>> subjects_;         // What each of them touches.
  std::unordered_map<std::string, UsedRequest> requests_;  // By request key.
  std::map<std::string, std::string> secrets_;             // Of the subjects whose texts were sealed.
};

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

BatchWorker::BatchWorker(Clock clock, uint64_t epoch, DueIndex due) : clock_(std::move(clock)), epoch_(epoch), due_(std::move(due)) {
  Forget();
}
BatchWorker::~BatchWorker() = default;

absl::Status BatchWorker::Decide(const Snapshot& snapshot, std::span<const Command> commands) {
  return memory_->Decide(snapshot, commands);
}

absl::StatusOr<std::shared_ptr<Batch>> BatchWorker::Close(const Snapshot& snapshot) { return memory_->Close(snapshot); }

void BatchWorker::Forget() {
  if (memory_ != nullptr) memory_->DoubtDue();
  memory_ = std::make_unique<Memory>(clock_, epoch_, quota_, due_);
}

bool BatchWorker::IsDue() const {
  const std::optional<int64_t> next = due_.next_us();
  return next && *next <= clock_();
}

bool BatchWorker::HasOwnEntries() const { return memory_->has_own_entries(); }

absl::StatusOr<WriteBatch> WritesOf(const Command& command, const Snapshot& snapshot, const Clock& clock, uint64_t epoch) {
  BatchWorker worker(clock, epoch);
  ORIUNDO_RETURN_IF_ERROR(worker.Decide(snapshot, std::span(&command, 1)));
  ORIUNDO_ASSIGN_OR_RETURN(const std::shared_ptr<Batch> batch, worker.Close(snapshot));
  ORIUNDO_RETURN_IF_ERROR(batch->results.front().status());
  return batch->writes;
}

}  // namespace oriundo
