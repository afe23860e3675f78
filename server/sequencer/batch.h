// BatchWorker turns commands into storage batches: what the ledger decides on them, and every key that follows from that.
//
// It may work on a batch while the one before it is being committed: it builds on what that one will have written. Should that
// fail, both are worth nothing and Forget() makes it start again from the store. Reads a snapshot: one MultiGet for all that a
// call of Decide() surely needs. Puts one segment and one head a batch, and what its commands changed once a batch however often
// they changed it. What is read and written all the time (organisations, programmes, projects) it keeps in memory, as many records
// as kRecordsKeptMax. Commits nothing and answers nobody. Used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/base/clock.h"
#include "server/ledger/command.h"
#include "server/sequencer/due_index.h"
#include "storage/engine/engine.h"
#include "storage/format/journal.h"

namespace oriundo {

// What a command that was not refused has come to.
struct CommandResult {
  // Sequences of its first and last entry.
  int64_t sequence = 0;
  int64_t last_sequence = 0;
  // The resource that the call answers with, and that resource as it was right after last_sequence, texts not opened.
  // Empty and null for the repeat of an earlier batch's request: its entry tells.
  std::string result_name;
  std::shared_ptr<const google::protobuf::Message> record;
  // True where an earlier command with this request id did the work.
  bool replayed = false;
};

// How many refused entries each organisation has caused in the running minute.
struct RefusalQuota {
  int64_t minute = 0;  // Since 1970.
  std::map<std::string, int> entries;

  // Takes one out of the organisation's quota; false where it has none left.
  bool Take(const std::string& organization, int64_t time_us);
};

// A batch ready to be committed.
struct Batch {
  // Empty where no command wrote anything.
  WriteBatch writes;
  // The head of the journal once `writes` are durable.
  JournalHead head;
  // One for each command, in their order. To be told only once `writes` are durable: what was refused may have been so because of
  // what comes before it here.
  std::vector<absl::StatusOr<CommandResult>> results;
  // How many of the results are new, repeated and refused.
  int commands = 0;
  int repeats = 0;
  int refused = 0;
};

class BatchWorker {
 public:
  // Writes under `epoch`, the lease taken; `due` is what the ledger has fall due.
  BatchWorker(Clock clock, uint64_t epoch, DueIndex due = {});
  ~BatchWorker();

  // Writes the entries of what has fallen due, then decides on `commands` in their order, after those decided on since the last
  // Close(). `snapshot` shows every batch closed so far but may lack the last one.
  //
  // kAborted where another writer has taken the lease. Any other error means that the store could not be read. After an error
  // everything since the last Close() is void, and Forget() is due.
  absl::Status Decide(const Snapshot& snapshot, std::span<const Command> commands);

  // The batch of what was decided since the last Close(). Errors as Decide(). Its writes MUST stay as they are: the next batch is
  // decided by them.
  absl::StatusOr<std::shared_ptr<Batch>> Close(const Snapshot& snapshot);

  // Drops what is not durable: the batch closed last has failed, or a call above. The next snapshot MUST show all that is durable.
  void Forget();

  // True where something has fallen due that the next Decide() writes.
  bool IsDue() const;
  // True where the batch in the making has entries that no command asked for.
  bool HasOwnEntries() const;

 private:
  class Memory;

  const Clock clock_;
  const uint64_t epoch_;
  DueIndex due_;
  std::unique_ptr<Memory> memory_;
  // Not part of what a failed batch takes back: a bound on refused entries holds all the same.
  RefusalQuota quota_;
};

// What `command` by itself writes, under `epoch`, where no sequencer runs: the ledger's first entry, or what is done to a ledger that
// is not being served. Its refusal as a status; otherwise errors as BatchWorker::Decide().
absl::StatusOr<WriteBatch> WritesOf(const Command& command, const Snapshot& snapshot, const Clock& clock, uint64_t epoch);

}  // namespace oriundo
