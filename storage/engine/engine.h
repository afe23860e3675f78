// Engine is the durable, ordered key-value store under the ledger. It knows keys, snapshots and one atomic batch;
// it knows nothing of money.
//
// Contract, proved for every engine by storage/engine/conformance_test.cc:
//  - Keys sort bytewise. A key is 1 to kKeyBytesMax bytes, a value at most kValueBytesMax.
//  - Commit MUST make the whole batch durable (it survives power loss) before it returns kOk, or leave no trace of it
//    and return kNotCommitted. Where it cannot know, it MUST return kUnknown and refuse every later Commit with
//    kNotCommitted until Recover() has returned OK.
//  - A snapshot MUST see all of the batches committed before it was taken, nothing of later ones, and never part of one.
//  - Purge(keys) MUST NOT return OK while a file of the store holds a value that one of the keys
//    had earlier: a deleted or replaced one. It MUST change nothing that a snapshot shows, and MUST refuse while a snapshot that
//    was taken before it could still show such a value. What it cannot reach: blocks that a file system or a disk freed and has
//    not yet overwritten, and copies made of the folder.
//  - Any thread may take and read snapshots; only one thread at a time may Commit, Recover or Purge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace oriundo {

// Bytes of a key: resource names are shorter by far; RocksDB and PostgreSQL index rows both take this.
inline constexpr std::size_t kKeyBytesMax = 1024;
// Bytes of a value: a full bundle of 256 entries of 65,535 bytes and its length prefixes.
inline constexpr std::size_t kValueBytesMax = 256 * (65'535 + 2) + 64;

// What became of a batch.
enum class CommitOutcome {
  kOk,            // Durable.
  kNotCommitted,  // Certainly nothing happened; the same batch may be tried again.
  kUnknown,       // May or may not be durable: Recover(), then read what is there.
};

// The outcome of a commit and, where it is not kOk, why.
struct CommitResult {
  CommitOutcome outcome = CommitOutcome::kOk;
  // OK for kOk. kResourceExhausted when the disk is full, kInvalidArgument for a key or value over its size, kFailedPrecondition
  // for a store opened read-only, kUnavailable otherwise.
  absl::Status status;
};

// Puts and deletes that happen together or not at all. A later operation on the same key wins.
class WriteBatch {
 public:
  struct Operation {
    std::string key;
    std::optional<std::string> value;  // Absent: delete.
  };

  void Put(std::string key, std::string value) { operations_.push_back({std::move(key), std::move(value)}); }
  void Delete(std::string key) { operations_.push_back({std::move(key), std::nullopt}); }
  const std::vector<Operation>& operations() const { return operations_; }
  bool empty() const { return operations_.empty(); }

 private:
  std::vector<Operation> operations_;
};

// A frozen view of the store. Every method may be called from several threads at once.
// Rotten bytes are kDataLoss, never a wrong value and never "absent".
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // The value under `key`, or nullopt where there is none.
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const = 0;

  // One answer per key, in the order asked. Faster than as many Gets.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(std::span<const std::string> keys) const = 0;

  // Calls `visit(key, value)` for every key in [begin, end) in rising order until it returns false.
  // An empty `end` means the end of the key space.
  virtual absl::Status Scan(std::string_view begin, std::string_view end,
                            const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Makes `batch` durable as one. See the contract above.
  virtual CommitResult Commit(const WriteBatch& batch) = 0;

  // After kUnknown: finds out what is on disk. After OK, snapshots show it and commits are taken again.
  // kUnavailable while readers still hold the store or it cannot be opened; call again later. kDataLoss where it comes back
  // rotten.
  virtual absl::Status Recover() = 0;

  // Makes earlier values of `keys` unreadable in the store's own files; see the contract above. For secrets that were deleted:
  // costs as much as rewriting the files that hold the keys' neighbours.
  //
  // kUnavailable while an earlier snapshot is open, between kUnknown and Recover(), or where old files cannot be removed yet:
  // call again. kResourceExhausted when the disk is full, kFailedPrecondition for a store opened read-only. kUnimplemented for an
  // engine that cannot, such as a test's own.
  virtual absl::Status Purge(std::span<const std::string> keys) {
    static_cast<void>(keys);
    return absl::UnimplementedError("this engine cannot purge");
  }

  // A snapshot of everything committed. kUnavailable between kUnknown and a successful Recover().
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> NewSnapshot() const = 0;
};

}  // namespace oriundo
