// Sequencer gives each command its one place in the journal.
//
// Any thread may Submit(). One writer thread takes what is waiting and decides on it in the order of arrival; a committer thread
// makes what was decided durable, one batch at a time. While a commit is under way the writer decides on what arrives, for the
// next batch: the more callers, the more commands share a sync. A replier thread calls the completions. A completion says OK only
// once its entry is on stable storage: a caller told so may lose power and find it.
//
// When a commit fails for certain, its callers are told, and what was decided after it is decided anew. When its outcome is
// unknown, nothing is written until the store has been read again; what had been accepted is then answered by what is there.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/ledger/command.h"
#include "server/sequencer/batch.h"
#include "storage/engine/engine.h"

namespace oriundo {

// Called exactly once per submitted command, on the replier's thread or, where it is refused at once, on the submitter's.
// MUST NOT block: it holds up every other answer.
using Completion = std::function<void(absl::StatusOr<CommandResult>)>;

// Bounds of what waits for a commit, and of a batch; the defaults are those of limits.h.
struct SequencerOptions {
  std::size_t queue_commands_max = kQueueCommandsMax;
  std::size_t queue_bytes_max = kQueueBytesMax;
  std::size_t batch_commands_max = kBatchCommandsMax;
  // Requests of one batch: their entries are written at once and must fit one write of the store's log.
  std::size_t batch_bytes_max = 8 << 20;
  // While a commit is under way the writer waits for so many commands before it decides on them: waking for each would cost more
  // than it gains.
  std::size_t decide_ahead_commands_min = 8;
  // Batches that may wait for the replier; the writer then waits for room.
  std::size_t reply_batches_max = 16;
};

// What the sequencer has done since it started.
struct SequencerCounters {
  uint64_t commands = 0;  // Durably committed, without repeats and refusals.
  uint64_t repeats = 0;   // Answered with the result of an earlier command.
  uint64_t refused = 0;   // Refused by the ledger.
  uint64_t batches = 0;   // Worked on, commands shared.
  uint64_t syncs = 0;     // Commits that the store made durable.
};

class Sequencer {
 public:
  // Takes the writer's lease of the ledger in `engine` (raises its epoch) and starts its threads. `engine` must outlive the
  // result. kFailedPrecondition for a store without a ledger, kDataLoss for a rotten one, the store's error otherwise.
  static absl::StatusOr<std::unique_ptr<Sequencer>> Start(Engine& engine, Clock clock, const SequencerOptions& options = {});

  // Stops.
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Hands over a command. Refused at once with QUEUE_FULL, DRAINING or JOURNAL_TAIL_UNKNOWN where it cannot be taken.
  void Submit(Command command, Completion completion);

  // Refuses new commands, finishes and answers all that were taken, and returns then. Idempotent; not from a completion.
  void Stop();

  SequencerCounters counters() const;

 private:
  struct Item {
    Command command;
    Completion completion;
  };
  // Commands that become one batch, and who waits for them, in the same order. The writer's own.
  struct Work {
    std::vector<Command> commands;
    std::vector<Completion> completions;
    // How many of them, from the first, are decided on.
    std::size_t decided = 0;
    std::size_t bytes = 0;
    // Whatever came during the commit before has been added.
    bool is_complete = false;
    // The batch has entries that nobody asked for, of what has fallen due.
    bool has_own_entries = false;

    bool is_empty() const { return commands.empty() && !has_own_entries; }
  };
  // A batch on its way to the store, and who waits for it.
  struct Flight {
    std::shared_ptr<Batch> batch;
    std::vector<Completion> completions;
  };
  struct Answers {
    std::vector<Completion> completions;
    std::vector<absl::StatusOr<CommandResult>> results;
  };

  // Whether commands are taken, and if not, why.
  enum class Mode {
    kOpen,
    kTailUnknown,  // A commit's outcome is unknown; open again once it is known.
    kSteppedDown,  // Another writer has the lease. For good.
    kDraining,     // Stop() was called. For good.
  };

  // What the writer does next.
  enum class Turn {
    kDecide,  // On commands that were added to its work, or that wait there, and on what has fallen due.
    kCommit,  // Hand over what it decided on.
    kGiveUp,  // Tell the callers of its work that nothing is written now.
    kStop,    // Nothing is left and nothing comes.
  };

  Sequencer(Engine& engine, Clock clock, const SequencerOptions& options, uint64_t epoch, DueIndex due);

  static absl::Status StatusOf(Mode mode);

  void RunWriter();
  void RunCommitter();
  void RunReplier();
  // Waits until there is something to do; takes waiting commands into `work` for kDecide.
  Turn Await(Work& work);
  // Takes from the queue what `work` has room for. False where that is nothing.
  bool Take(Work& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Decides on what of `work` is not decided on yet.
  void Decide(Work& work);
  // Closes the batch and hands it to the committer, which MUST be idle.
  void HandOver(Work& work);
  // Deciding on `work` has failed: answers it, or begins again where another way is left.
  void Fail(Work& work, const absl::Status& status);
  // Answers all of `work` with `status`.
  void GiveUp(Work& work, const absl::Status& status);
  // `work` waits no more.
  void Leave(const Work& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Commits a batch and answers its callers. False where it is not durable, or nobody knows.
  bool Commit(Flight flight);
  // After an unknown outcome: reads the store again until it is known whether `head` stands there. nullopt where it was not
  // known before Stop() was called, or another writer wrote meanwhile.
  std::optional<bool> FindOutcome(const JournalHead& head);
  // Hands answers to the replier; waits while too many are with it.
  void Answer(Answers answers);
  void AnswerAll(std::vector<Completion> completions, const absl::Status& status);
  // Takes commands from now on or no more; answers those in the queue where no more.
  void Enter(Mode mode);

  Engine& engine_;
  const SequencerOptions options_;
  BatchWorker worker_;  // The writer's own.
  // The writer's own: so many commands have a batch each, because something that one of them needs is rotten.
  std::size_t alone_left_ = 0;
  // The writer's own: after a failure it looks at what has fallen due no sooner than this.
  std::chrono::steady_clock::time_point due_not_before_;

  Mutex mutex_;
  std::condition_variable queue_changed_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);  // Oldest first.
  // Of the queue and of the writer's work, which both wait.
  std::size_t waiting_commands_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Mode mode_ ABSL_GUARDED_BY(mutex_) = Mode::kOpen;
  std::optional<Flight> handed_over_ ABSL_GUARDED_BY(mutex_);  // For the committer.
  bool committing_ ABSL_GUARDED_BY(mutex_) = false;            // From the hand-over until its callers are answered.
  bool decided_in_vain_ ABSL_GUARDED_BY(mutex_) = false;       // What the worker knows is void once the committer is idle.
  bool writer_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::condition_variable commit_wanted_;

  Mutex answers_mutex_;
  std::condition_variable answers_changed_;
  std::deque<Answers> answers_ ABSL_GUARDED_BY(answers_mutex_);  // Oldest first; at most reply_batches_max.
  bool writer_done_ ABSL_GUARDED_BY(answers_mutex_) = false;

  std::atomic<uint64_t> commands_{0};
  std::atomic<uint64_t> repeats_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> batches_{0};
  std::atomic<uint64_t> syncs_{0};

  std::once_flag stopped_;
  std::thread writer_;
  std::thread committer_;
  std::thread replier_;
};

}  // namespace oriundo
