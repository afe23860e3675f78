// BatchWorker turns commands into one storage batch: what the ledger decides on them, and every key that follows from that.
//
// Reads one snapshot: one MultiGet for all that is surely needed, and a second for the indexes of subjects that only the
// decisions name. Puts one segment and one head a batch, and what its commands changed once a batch however often they changed
// it. Commits nothing and answers nobody. Used by one thread.
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

  // What the worker goes on with once `writes` are durable.
  JournalTail tail;
  RefusalQuota quota;
};

class BatchWorker {
 public:
  // Writes under `epoch`, the lease taken.
  BatchWorker(Clock clock, uint64_t epoch) : clock_(std::move(clock)), epoch_(epoch) {}

  // Works on `commands` in their order. REQUIRES: `snapshot` shows every batch committed so far.
  //
  // kAborted where another writer has taken the lease. Any other error means that the store could not be read: nothing is
  // decided.
  absl::StatusOr<Batch> Decide(const Snapshot& snapshot, std::span<const Command> commands);

  // Goes on from `batch`, which is durable now. A batch that is not adopted never was.
  void Adopt(Batch& batch);

 private:
  const Clock clock_;
  const uint64_t epoch_;
  // Taken by each batch and given back by Adopt; read from the snapshot again where a batch was lost.
  std::optional<JournalTail> tail_;
  RefusalQuota quota_;
};

}  // namespace oriundo
