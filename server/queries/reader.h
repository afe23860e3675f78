// Reader answers "what was recorded, as known at this moment" from one snapshot of the store.
//
// A record now is what the store holds. A record of the past is folded from the entries that made it, up to that moment:
// a child (a contribution, a release) from the entries it names itself, a project from the last kept copy of its record, and any
// other resource from its index. So the past costs as much as the record has changed, never as much as the ledger is long.
//
// Thread-safe. A Reader keeps its snapshot until it goes; a stream may hold one, a session must not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/money.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/status_macros.h"
#include "storage/engine/engine.h"

namespace oriundo {

class Reader {
 public:
  // Takes a snapshot of `engine` and finds the moment asked for in it.
  //
  // A time shows the last entry committed at or before it, and an empty ledger where there is none. INVALID_FIELD for a
  // sequence the journal has not reached and for a time after the day after today, as reads through a day have it. kUnavailable
  // and
  // kDataLoss as the engine says.
  static absl::StatusOr<Reader> Open(const Engine& engine, const v1::KnownAt& known_at);
  // The same on a snapshot already taken.
  static absl::StatusOr<Reader> Open(std::unique_ptr<Snapshot> snapshot, const v1::KnownAt& known_at);

  // The last sequence that the answers show; -1 where they show an empty ledger.
  int64_t sequence() const { return sequence_; }
  // The last sequence of the journal in the snapshot; -1 where it is empty.
  int64_t newest_sequence() const { return newest_sequence_; }
  const Snapshot& snapshot() const { return *snapshot_; }

  // The resource `name`, texts closed. NOT_FOUND with the reason of its collection where there is none, or was none yet at that
  // moment; INVALID_FIELD where no collection has such names.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Get(const std::string& name) const;

  // The same with its type. REQUIRES: T is the type of the resources named like `name`.
  template <typename T>
  absl::StatusOr<T> Get(const std::string& name) const {
    ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<google::protobuf::Message> record, Get(name));
    return std::move(static_cast<T&>(*record));
  }

  // The day (UTC) at the moment asked for, on which what is worked out on read depends: today where the newest is asked for, the
  // day of a time, the day on which a sequence was committed.
  absl::StatusOr<std::string> Today() const;

  // The last sequence shown that was committed before `date` (YYYY-MM-DD, UTC) began; -1 where there is none.
  absl::StatusOr<int64_t> LastSequenceBefore(const std::string& date) const;

  // As Get, for a caller that has read `body`, the record as it is stored now.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FromStored(const std::string& name, std::string_view body) const;

  // Fills what depends on the day, and every text of `resource`, and of the messages inside it, whose commitment stands beside
  // it. What was erased stays empty. REQUIRES: `resource` has a `name`.
  absl::Status OpenTexts(google::protobuf::Message& resource) const;

  // The same for an entry: its texts belong to the resource that it is about first of all, the project where there is one.
  absl::Status OpenEntryTexts(v1::Entry& entry) const;

  // Visits the entries of `subject` (a top-level resource) in (after, sequence()], oldest first, until `visit` returns false.
  absl::Status VisitEntries(const std::string& subject, int64_t after, const std::function<bool(const v1::Entry&)>& visit) const;

 private:
  Reader(std::unique_ptr<Snapshot> snapshot, int64_t newest_sequence)
      : snapshot_(std::move(snapshot)), newest_sequence_(newest_sequence), sequence_(newest_sequence) {}

  absl::Status FindMoment(const v1::KnownAt& known_at);
  // The last sequence up to `last` whose commit time is one that `is_early`; -1 where there is none. Commit times rise strictly,
  // so the early ones are a prefix.
  absl::StatusOr<int64_t> LastEarly(int64_t last, const std::function<bool(int64_t)>& is_early) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Fold(const std::string& name, std::string_view body) const;
  // What the tally's organisation and all that were merged into it got together.
  absl::Status FillTogether(v1::Tally& tally) const;
  // True where the statement of that name was discarded or withdrawn.
  absl::StatusOr<bool> IsEnded(const std::string& statement) const;
  // What of a record stands in another one.
  absl::Status FillFromOthers(google::protobuf::Message& record) const;
  absl::StatusOr<std::string> FindDay() const;

  // Found once, when it is first asked for: few resources depend on it.
  struct Day {
    std::once_flag once;
    absl::StatusOr<std::string> text = "";
  };

  // The statement that was asked for last: all lines of one stand together.
  struct Statement {
    std::mutex mutex;
    std::string name;
    bool ended = false;
  };

  std::unique_ptr<Snapshot> snapshot_;
  v1::KnownAt known_at_;
  std::unique_ptr<Day> day_ = std::make_unique<Day>();
  std::unique_ptr<Statement> statement_ = std::make_unique<Statement>();
  int64_t newest_sequence_;
  int64_t sequence_;
};

// The entry `sequence` of the snapshot. ENTRY_NOT_FOUND past the newest one, kDataLoss where its bytes are rotten.
// REQUIRES: sequence >= 0.
absl::StatusOr<v1::Entry> ReadParsedEntry(const Snapshot& snapshot, int64_t sequence);

// Visits the entries at `sequences`, which rise, until `visit` returns false. Reads a bundle once for all of them that it holds.
absl::Status VisitEntriesAt(const Snapshot& snapshot, const std::vector<uint64_t>& sequences,
                            const std::function<bool(const v1::Entry&)>& visit);

// NOT_FOUND, with the reason of the collection that `name` belongs to. With the sequence that created it, where that came after the moment
// asked for, the message says that it did not exist yet.
absl::Status NotFoundStatus(const std::string& name, std::optional<int64_t> later_sequence = std::nullopt);

}  // namespace oriundo
