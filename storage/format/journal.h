// The bytes of every value that is not a secret, and how the journal, the indexes and the records are read and written.
//
//   head          := version:u8 last_sequence:be64 commit_time_us:be64 epoch:be64
//   segment       := version:u8 count:be32 item{count} touch{*} crc32:be32  -- never crosses a multiple of 256
//   bundle        := version:u8 item{256} crc32:be32                 -- item{256} is the C2SP entry bundle (log-formats 1.6)
//   item          := length:be16 entry
//   touch         := length:be16 subject count:be16 place:u8{count}  -- which of the segment's entries touch subject: their places in
//                                                                    -- it, rising; subjects rise too
//   record        := version:u8 protobuf                             -- a resource message
//   index chunk   := sequence:be64{256}                              -- rising
//   index head    := count_before:be64 sequence:be64{1..256}         -- rising; count_before in full chunks, 256 each
//   request       := version:u8 first_sequence:be64 entry_count:be32 digest:16 bytes
//
// crc32 is zlib's, over every byte before it. version is 1.
//
// Entry s stands in the bundle s / 256 once that is full, and before that in the segment of its batch. The same goes for its place
// in the index: a chunk or head once the bundle is full, the segment before that, so that a subject that every batch touches costs
// a key every 256 entries and not every batch. What stands on disk follows from the entries alone, segments aside, whose cut follows
// from the batches.
//
// Functions that read answer kDataLoss, naming the key's sequence or name, where bytes are missing, rotten or out of order.
// Any thread may call them; a JournalTail belongs to the one writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/limits.h"
#include "storage/engine/engine.h"

namespace oriundo {

// Bytes of a request's keyed digest.
inline constexpr std::size_t kRequestDigestBytes = 16;

// The newest entry and who wrote it. There is no head before the first entry.
struct JournalHead {
  uint64_t last_sequence = 0;
  int64_t commit_time_us = 0;  // Microseconds since 1970 UTC; not negative.
  uint64_t epoch = 0;          // The writer's lease under which it was written.

  bool operator==(const JournalHead&) const = default;
};

std::string EncodeHead(const JournalHead& head);
absl::StatusOr<JournalHead> DecodeHead(std::string_view value);
// nullopt in a store without entries.
absl::StatusOr<std::optional<JournalHead>> ReadHead(const Snapshot& snapshot);

// The sequences of the entries that touch each subject, rising.
using SubjectSequences = std::map<std::string, std::vector<uint64_t>>;

// The entries of one batch, or the part of them before or after a multiple of 256.
struct Segment {
  std::vector<std::string> entries;
  SubjectSequences subjects;
};

// REQUIRES: 1 to 256 entries, each at most kEntryBytesMax bytes; `subjects` names only sequences of theirs.
std::string EncodeSegment(uint64_t first_sequence, std::span<const std::string> entries, const SubjectSequences& subjects);
absl::StatusOr<Segment> DecodeSegment(uint64_t first_sequence, std::string_view value);

// REQUIRES: exactly kEntriesPerBundle entries, each at most kEntryBytesMax bytes.
std::string EncodeBundle(std::span<const std::string> entries);
absl::StatusOr<std::vector<std::string>> DecodeBundle(std::string_view value);
// The C2SP entry bundle inside a bundle's value, as it is served to verifiers. Points into `value`.
absl::StatusOr<std::string_view> BundleTileBytes(std::string_view value);

// The writer's memory of the entries after the last full bundle. A value: append on a copy, adopt the copy once the
// batch is durable, drop it otherwise.
//
//   JournalTail next = tail;
//   const SubjectSequences folded = next.AppendToBatch(entries, subjects, batch);
//   ... AppendToIndex for each subject of `folded` ...
//   if (engine.Commit(batch).outcome == CommitOutcome::kOk) tail = std::move(next);
class JournalTail {
 public:
  // The tail of an empty journal.
  JournalTail() = default;

  // The tail of the journal in `snapshot`. kDataLoss where head, bundles and segments disagree.
  static absl::StatusOr<JournalTail> Load(const Snapshot& snapshot);

  // The sequence that the next entry takes; also how many entries there are.
  uint64_t next_sequence() const { return next_sequence_; }

  // Puts `entries` at next_sequence() and after: a bundle for each 256 that fill, a delete for each segment such a
  // bundle covers, and one segment for what remains. Leaves the head record to the caller, and the index of what the bundles that
  // fill hold: the result.
  // REQUIRES: each entry is at most kEntryBytesMax bytes; `subjects[i]` are those that `entries[i]` touches, none twice.
  SubjectSequences AppendToBatch(std::span<const std::string> entries, std::span<const std::vector<std::string>> subjects,
                                 WriteBatch& batch);

 private:
  uint64_t next_sequence_ = 0;
  std::string open_items_;               // Items since the last multiple of 256, as they will stand in the bundle.
  std::vector<uint64_t> open_segments_;  // First sequences of the segments that hold them.
  SubjectSequences open_subjects_;       // What they touch.
};

// The entry at `sequence`. kNotFound past the newest one.
absl::StatusOr<std::string> ReadEntry(const Snapshot& snapshot, uint64_t sequence);

// Visits the entries in [first, end) in order, and stops early at the newest one or where `visit` returns false.
absl::Status ReadEntries(const Snapshot& snapshot, uint64_t first, uint64_t end,
                         const std::function<bool(uint64_t sequence, std::string_view entry)>& visit);

// Adds `sequences`, of entries whose bundle is full, to the index of `subject`: puts the chunks that fill and the new head into `batch`.
//
// `head` is the value under IndexHeadKey(subject), nullopt where there is none. Returns the new head's value, so that
// a second call for the same batch can go on from it. kDataLoss for a rotten `head`.
// REQUIRES: `sequences` rise and come after those of `head`.
absl::StatusOr<std::string> AppendToIndex(std::string_view subject, std::optional<std::string_view> head,
                                          std::span<const uint64_t> sequences, WriteBatch& batch);

// Visits, in rising order, the sequences in [first, end) of the entries that touch `subject`, until `visit` returns false.
// Costs a few reads to find `first`, and one per 256 sequences after that.
absl::Status ReadIndex(const Snapshot& snapshot, std::string_view subject, uint64_t first, uint64_t end,
                       const std::function<bool(uint64_t sequence)>& visit);

// `body` as it is stored, and back. The decoded view points into `value`.
std::string EncodeRecord(std::string_view body);
absl::StatusOr<std::string_view> DecodeRecord(std::string_view value);

// The body of the record of resource `name`; nullopt where there is none.
absl::StatusOr<std::optional<std::string>> ReadRecord(const Snapshot& snapshot, std::string_view name);

// A resource as it was right after the entry `sequence`.
struct PastRecord {
  uint64_t sequence = 0;
  std::string body;
};
// The newest stored past of resource `name` taken at or before `sequence`; nullopt where there is none.
absl::StatusOr<std::optional<PastRecord>> ReadPastRecord(const Snapshot& snapshot, std::string_view name, uint64_t sequence);

// What became of a request: the entries it caused, and a keyed digest of its body to tell a retry from a reuse.
struct RequestRecord {
  uint64_t first_sequence = 0;
  uint32_t entry_count = 0;
  std::string digest;  // kRequestDigestBytes bytes.

  bool operator==(const RequestRecord&) const = default;
};

// REQUIRES: record.digest.size() == kRequestDigestBytes.
std::string EncodeRequest(const RequestRecord& record);
absl::StatusOr<RequestRecord> DecodeRequest(std::string_view value);

}  // namespace oriundo
