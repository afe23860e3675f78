#include "server/sequencer/sequencer.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"

namespace oriundo {
namespace {

// Between two looks at a store that cannot be read; doubled each time up to the second.
constexpr std::chrono::milliseconds kRecoverWaitFirst{10};
constexpr std::chrono::milliseconds kRecoverWaitLast{1'000};
// Room beyond what waits when a batch is begun, for what comes during the commit before it.
constexpr std::size_t kMoreCommands = 64;
// How often an idle writer looks whether something has fallen due.
constexpr std::chrono::milliseconds kDueWait{1'000};

absl::StatusOr<std::optional<JournalHead>> ReadHeadOf(const Engine& engine) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  return ReadHead(*snapshot);
}

// Raises the epoch in the head record, so that an earlier writer notices at its next batch.
absl::StatusOr<uint64_t> TakeLease(Engine& engine) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> head, ReadHeadOf(engine));
  if (!head) return absl::FailedPreconditionError("the store holds no ledger; make one with `oriundod init`");
  JournalHead taken = *head;
  ++taken.epoch;
  WriteBatch writes;
  writes.Put(HeadKey(), EncodeHead(taken));
  const CommitResult commit = engine.Commit(writes);
  if (commit.outcome == CommitOutcome::kOk) return taken.epoch;
  if (commit.outcome == CommitOutcome::kNotCommitted) return commit.status;
  ORIUNDO_RETURN_IF_ERROR(engine.Recover());
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> found, ReadHeadOf(engine));
  if (found != taken) return commit.status;
  return taken.epoch;
}

absl::Status QueueFull(std::size_t commands) {
  const std::string waiting = absl::StrCat(commands);
  return ReasonStatus(v1::QUEUE_FULL, waiting + " calls wait, as many as the server takes; try again with the same request id",
                      {{"waiting", waiting}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sequencer>> Sequencer::Start(Engine& engine, Clock clock, const SequencerOptions& options) {
  ORIUNDO_ASSIGN_OR_RETURN(const uint64_t epoch, TakeLease(engine));
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(DueIndex due, DueIndex::Load(*snapshot));
  spdlog::info("sequencer: writing under epoch {}", epoch);
  return std::unique_ptr<Sequencer>(new Sequencer(engine, std::move(clock), options, epoch, std::move(due)));
}

Sequencer::Sequencer(Engine& engine, Clock clock, const SequencerOptions& options, uint64_t epoch, DueIndex due)
    : engine_(engine), options_(options), worker_(std::move(clock), epoch, std::move(due)) {
  replier_ = std::thread([this] { RunReplier(); });
  committer_ = std::thread([this] { RunCommitter(); });
  writer_ = std::thread([this] { RunWriter(); });
}

Sequencer::~Sequencer() { Stop(); }

absl::Status Sequencer::StatusOf(Mode mode) {
  switch (mode) {
    case Mode::kOpen:
      break;
    case Mode::kTailUnknown:
      return ReasonStatus(v1::JOURNAL_TAIL_UNKNOWN,
                          "the outcome of an earlier write is not known yet; try again with the same request id");
    case Mode::kSteppedDown:
      return ReasonStatus(v1::DRAINING, "another server writes this ledger now; try again there with the same request id");
    case Mode::kDraining:
      return ReasonStatus(v1::DRAINING, "the server is stopping; try again with the same request id");
  }
  return absl::OkStatus();
}

void Sequencer::Submit(Command command, Completion completion) {
  absl::Status refusal;
  bool wakes_writer = false;
  {
    MutexLock lock(mutex_);
    if (mode_ != Mode::kOpen) {
      refusal = StatusOf(mode_);
    } else if (waiting_commands_ >= options_.queue_commands_max ||
               waiting_bytes_ + command.size_bytes > options_.queue_bytes_max) {
      refusal = QueueFull(waiting_commands_);
    } else {
      ++waiting_commands_;
      waiting_bytes_ += command.size_bytes;
      queue_.push_back({std::move(command), std::move(completion)});
      wakes_writer = !committing_ || queue_.size() == options_.decide_ahead_commands_min;
    }
  }
  if (wakes_writer) queue_changed_.notify_one();
  if (!refusal.ok()) completion(std::move(refusal));
}

void Sequencer::Stop() {
  std::call_once(stopped_, [this] {
    {
      MutexLock lock(mutex_);
      mode_ = Mode::kDraining;  // Without Enter(): what was taken is finished.
    }
    queue_changed_.notify_all();
    commit_wanted_.notify_all();
    writer_.join();
    {
      MutexLock lock(mutex_);
      writer_stopped_ = true;
    }
    commit_wanted_.notify_all();
    committer_.join();
    {
      MutexLock lock(answers_mutex_);
      writer_done_ = true;
    }
    answers_changed_.notify_all();
    replier_.join();
    const SequencerCounters done = counters();
    spdlog::info("sequencer: stopped after {} commands, {} repeats, {} refusals in {} batches, {} syncs", done.commands,
                 done.repeats, done.refused, done.batches, done.syncs);
  });
}

SequencerCounters Sequencer::counters() const {
  SequencerCounters counters;
  counters.commands = commands_.load(std::memory_order_relaxed);
  counters.repeats = repeats_.load(std::memory_order_relaxed);
  counters.refused = refused_.load(std::memory_order_relaxed);
  counters.batches = batches_.load(std::memory_order_relaxed);
  counters.syncs = syncs_.load(std::memory_order_relaxed);
  return counters;
}

void Sequencer::RunWriter() {
  Work work;
  while (true) {
    switch (Await(work)) {
      case Turn::kDecide:
        Decide(work);
        break;
      case Turn::kCommit:
        HandOver(work);
        break;
      case Turn::kGiveUp: {
        Mode mode;
        {
          MutexLock lock(mutex_);
          mode = mode_;
        }
        GiveUp(work, StatusOf(mode == Mode::kOpen ? Mode::kTailUnknown : mode));
        break;
      }
      case Turn::kStop:
        return;
    }
  }
}

Sequencer::Turn Sequencer::Await(Work& work) {
  MutexLock lock(mutex_);
  while (true) {
    if (!work.is_empty() && (mode_ == Mode::kTailUnknown || mode_ == Mode::kSteppedDown)) return Turn::kGiveUp;
    if (!committing_) {
      if (decided_in_vain_) {
        decided_in_vain_ = false;
        worker_.Forget();
        work.decided = 0;
        work.has_own_entries = false;
      }
      if (work.decided < work.commands.size()) return Turn::kDecide;
      // The batch takes along what came during the commit that has just ended, and nothing later: it is not to wait for its callers.
      if (!std::exchange(work.is_complete, true) && !queue_.empty() && Take(work)) return Turn::kDecide;
      if (!work.is_empty()) return Turn::kCommit;
      work.is_complete = false;
      if (mode_ == Mode::kOpen && std::chrono::steady_clock::now() >= due_not_before_ && worker_.IsDue()) return Turn::kDecide;
    }
    // What could not be decided on beside a commit waits for its end.
    const bool has_room = work.decided == work.commands.size() && !decided_in_vain_;
    if (queue_.size() >= options_.decide_ahead_commands_min && has_room && Take(work)) return Turn::kDecide;
    if (mode_ == Mode::kDraining && queue_.empty() && work.is_empty() && !committing_) return Turn::kStop;
    lock.WaitFor(queue_changed_, kDueWait);
  }
}

bool Sequencer::Take(Work& work) {
  const std::size_t before = work.commands.size();
  const std::size_t room = alone_left_ > 0 ? 1 : options_.batch_commands_max;
  if (before == 0) {
    work.commands.reserve(std::min(queue_.size() + kMoreCommands, room));
    work.completions.reserve(work.commands.capacity());
  }
  while (!queue_.empty() && work.commands.size() < room) {
    Item& oldest = queue_.front();
    const std::size_t bytes = oldest.command.size_bytes;
    // The first command is taken whatever its size.
    if (!work.commands.empty() && work.bytes + bytes > options_.batch_bytes_max) break;
    work.bytes += bytes;
    work.commands.push_back(std::move(oldest.command));
    work.completions.push_back(std::move(oldest.completion));
    queue_.pop_front();
  }
  return work.commands.size() > before;
}

void Sequencer::Decide(Work& work) {
  const absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = engine_.NewSnapshot();
  if (!snapshot.ok()) return Fail(work, snapshot.status());
  const absl::Status status = worker_.Decide(**snapshot, std::span(work.commands).subspan(work.decided));
  if (!status.ok()) return Fail(work, status);
  work.decided = work.commands.size();
  work.has_own_entries = worker_.HasOwnEntries();
}

void Sequencer::HandOver(Work& work) {
  const absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = engine_.NewSnapshot();
  if (!snapshot.ok()) return Fail(work, snapshot.status());
  absl::StatusOr<std::shared_ptr<Batch>> batch = worker_.Close(**snapshot);
  if (!batch.ok()) return Fail(work, batch.status());
  batches_.fetch_add(1, std::memory_order_relaxed);
  if (alone_left_ > 0) --alone_left_;
  {
    MutexLock lock(mutex_);
    Leave(work);
    handed_over_ = Flight{*std::move(batch), std::move(work.completions)};
    committing_ = true;
  }
  commit_wanted_.notify_all();
  work = {};
}

void Sequencer::Leave(const Work& work) {
  waiting_commands_ -= work.commands.size();
  waiting_bytes_ -= work.bytes;
}

void Sequencer::GiveUp(Work& work, const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    Leave(work);
    decided_in_vain_ = true;
  }
  if (alone_left_ > 0) --alone_left_;
  AnswerAll(std::move(work.completions), status);
  work = {};
}

void Sequencer::Fail(Work& work, const absl::Status& status) {
  due_not_before_ = std::chrono::steady_clock::now() + kDueWait;
  if (status.code() == absl::StatusCode::kAborted) {
    spdlog::error("sequencer: another writer has taken the lease; nothing more is written");
    Enter(Mode::kSteppedDown);
    return GiveUp(work, StatusOf(Mode::kSteppedDown));
  }
  {
    MutexLock lock(mutex_);
    decided_in_vain_ = true;
    // A commit that fails takes the store away for a moment: try again when it is over.
    if (committing_) return;
    if (status.code() == absl::StatusCode::kDataLoss && work.commands.size() > 1) {
      // Something one of them needs is rotten. Each on its own, so that it stands in nobody else's way.
      alone_left_ = work.commands.size();
      for (std::size_t i = work.commands.size(); i > 0; --i) {
        queue_.push_front({std::move(work.commands[i - 1]), std::move(work.completions[i - 1])});
      }
      work = {};
      return;
    }
  }
  spdlog::error("sequencer: the store cannot be read: {}", status.ToString());
  GiveUp(work, WithReason(status));
}

void Sequencer::RunCommitter() {
  while (true) {
    std::optional<Flight> flight;
    {
      MutexLock lock(mutex_);
      while (!handed_over_) {
        if (writer_stopped_) return;
        lock.Wait(commit_wanted_);
      }
      flight = std::exchange(handed_over_, std::nullopt);
    }
    const bool durable = Commit(*std::move(flight));
    {
      MutexLock lock(mutex_);
      committing_ = false;
      if (!durable) decided_in_vain_ = true;
    }
    queue_changed_.notify_all();
  }
}

bool Sequencer::Commit(Flight flight) {
  Batch& batch = *flight.batch;
  const CommitResult commit = batch.writes.empty() ? CommitResult{} : engine_.Commit(batch.writes);
  CommitOutcome outcome = commit.outcome;
  if (outcome == CommitOutcome::kUnknown) {
    spdlog::error("sequencer: outcome of a commit unknown: {}", commit.status.ToString());
    const std::optional<bool> durable = FindOutcome(batch.head);
    if (!durable || !*durable) {
      AnswerAll(std::move(flight.completions),
                ReasonStatus(v1::JOURNAL_TAIL_UNKNOWN,
                             durable ? "the write was lost before it was durable; try again with the same request id"
                                     : "the write may or may not be durable; try again with the same request id"));
      return false;
    }
    outcome = CommitOutcome::kOk;
  }
  if (outcome == CommitOutcome::kNotCommitted) {
    spdlog::error("sequencer: nothing was committed: {}", commit.status.ToString());
    const bool full = commit.status.code() == absl::StatusCode::kResourceExhausted;
    AnswerAll(std::move(flight.completions),
              full ? ReasonStatus(v1::STORAGE_FULL, "the disk is full; nothing was written")
                   : ReasonStatus(v1::STORAGE_UNAVAILABLE, "the store does not take writes; nothing was written"));
    return false;
  }
  // From here on it is durable.
  if (!batch.writes.empty()) syncs_.fetch_add(1, std::memory_order_relaxed);
  commands_.fetch_add(static_cast<uint64_t>(batch.commands), std::memory_order_relaxed);
  repeats_.fetch_add(static_cast<uint64_t>(batch.repeats), std::memory_order_relaxed);
  refused_.fetch_add(static_cast<uint64_t>(batch.refused), std::memory_order_relaxed);
  Answer({std::move(flight.completions), std::move(batch.results)});
  return true;
}

std::optional<bool> Sequencer::FindOutcome(const JournalHead& head) {
  for (std::chrono::milliseconds wait = kRecoverWaitFirst;; wait = std::min(2 * wait, kRecoverWaitLast)) {
    absl::Status status = engine_.Recover();
    if (status.ok()) {
      const absl::StatusOr<std::optional<JournalHead>> found = ReadHeadOf(engine_);
      if (found.ok()) {
        if (!*found || (*found)->epoch != head.epoch) {
          spdlog::error("sequencer: another writer has taken the lease; nothing more is written");
          Enter(Mode::kSteppedDown);
          return std::nullopt;
        }
        const bool durable = (*found)->last_sequence == head.last_sequence;
        spdlog::info("sequencer: the commit was {}", durable ? "durable" : "lost");
        Enter(Mode::kOpen);
        return durable;
      }
      status = found.status();
    }
    spdlog::error("sequencer: the store cannot be read yet: {}", status.ToString());
    Enter(Mode::kTailUnknown);
    MutexLock lock(mutex_);
    if (mode_ == Mode::kDraining) return std::nullopt;
    lock.WaitFor(commit_wanted_, wait);
  }
}

void Sequencer::Enter(Mode mode) {
  Answers answers;
  {
    MutexLock lock(mutex_);
    if (mode_ == Mode::kDraining) {
      // Stop() was called: no new commands anyway. What was taken goes on waiting where it can still be written.
      if (mode == Mode::kOpen) return;
    } else {
      mode_ = mode;
    }
    if (mode == Mode::kOpen) return;
    for (Item& item : queue_) {
      --waiting_commands_;
      waiting_bytes_ -= item.command.size_bytes;
      answers.completions.push_back(std::move(item.completion));
      answers.results.push_back(StatusOf(mode));
    }
    queue_.clear();
  }
  queue_changed_.notify_all();  // The writer gives up what it holds.
  if (!answers.completions.empty()) Answer(std::move(answers));
}

void Sequencer::AnswerAll(std::vector<Completion> completions, const absl::Status& status) {
  Answers answers;
  answers.results.assign(completions.size(), absl::StatusOr<CommandResult>(status));
  answers.completions = std::move(completions);
  Answer(std::move(answers));
}

void Sequencer::Answer(Answers answers) {
  {
    MutexLock lock(answers_mutex_);
    while (answers_.size() >= options_.reply_batches_max) lock.Wait(answers_changed_);
    answers_.push_back(std::move(answers));
  }
  answers_changed_.notify_all();
}

void Sequencer::RunReplier() {
  while (true) {
    Answers answers;
    {
      MutexLock lock(answers_mutex_);
      while (answers_.empty()) {
        if (writer_done_) return;
        lock.Wait(answers_changed_);
      }
      answers = std::move(answers_.front());
      answers_.pop_front();
    }
    answers_changed_.notify_all();
    for (std::size_t i = 0; i < answers.completions.size(); ++i) answers.completions[i](std::move(answers.results[i]));
  }
}

}  // namespace oriundo
