// Every key of the store, in one table. No other file of Oriundo builds or parses a key.
//
//   key              := head | segment | bundle | record | record_snapshot | index_chunk | request
//                     | opening | subject_secret | ledger_secret
//   head             := 0x01 "head"                        -- the newest entry: head record
//   segment          := 0x10 first_sequence:be64           -- entries of the open tail, one batch each: segment
//   bundle           := 0x11 bundle_number:be64            -- entries 256n .. 256n+255: bundle
//   record           := 0x20 collection 0x00 id            -- a resource as it is now: record
//   record_snapshot  := 0x21 name 0x00 newness:be64        -- a resource right after one entry (sparse): record
//   index_chunk      := 0x30 subject 0x00 chunk_number:be32 -- sequences of the entries that touch subject: chunk
//   request          := 0x40 organization 0x00 request_id:16 bytes -- what became of a request: request record
//   opening          := 0x50 commitment:32 bytes           -- encrypted text behind a commitment
//   subject_secret   := 0x51 subject                       -- the secret that opens a subject's texts
//   ledger_secret    := 0x52                               -- the ledger's own secret
//
//   name             := collection "/" id                  -- "projects/p1/contributions/c1"; id holds no "/"
//   newness          := 2^64-1 - sequence                  -- so that the newest snapshot comes first in a forward scan
//   chunk_number     := 0, 1, 2 ...  | 0xFFFFFFFF          -- full chunks, then the open head
//
// The values are laid down in storage/format/journal.h and storage/sealed/sealed_store.h.
//
// Names, subjects and organizations hold no 0x00 byte, so no key is a prefix of a sibling's. Because 0x00 sorts before
// "/", a collection comes without its members' children, and children come after all of their parent's siblings:
//
//   projects 0x00 p1 | projects 0x00 p2 | projects/p1/contributions 0x00 c1 | projects/p1/tranches 0x00 t1
//
// so CollectionRange("projects") is the first two, CollectionRange("projects/p1/contributions") the third, and
// DescendantsRange("projects/p1") the last two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace oriundo {

// First byte of a key. Values are stored: add, never renumber.
enum class Table : uint8_t {
  kMeta = 0x01,
  kSegments = 0x10,
  kBundles = 0x11,
  kRecords = 0x20,
  kRecordSnapshots = 0x21,
  kIndex = 0x30,
  kRequests = 0x40,
  kOpenings = 0x50,
  kSubjectSecrets = 0x51,
  kLedgerSecret = 0x52,
};

// Keys from `begin` up to and without `end`, as Snapshot::Scan takes them.
struct KeyRange {
  std::string begin;
  std::string end;
};

// Bytes of a request id: a UUID.
inline constexpr std::size_t kRequestIdBytes = 16;
// Bytes of a commitment: HMAC-SHA256.
inline constexpr std::size_t kCommitmentBytes = 32;
// The chunk number of a subject's open head; sorts after every full chunk.
inline constexpr uint32_t kIndexHeadChunk = std::numeric_limits<uint32_t>::max();

// All keys of a table.
KeyRange TableRange(Table table);

// The smallest key after `key`: where a list goes on that showed `key` last.
std::string KeyAfter(std::string_view key);

std::string HeadKey();

// Segments that begin in [first_sequence, end_sequence).
std::string SegmentKey(uint64_t first_sequence);
KeyRange SegmentRange(uint64_t first_sequence, uint64_t end_sequence);

// Bundles in [first_bundle, end_bundle).
std::string BundleKey(uint64_t bundle_number);
KeyRange BundleRange(uint64_t first_bundle, uint64_t end_bundle);

// The number at the end of a segment's or bundle's key. nullopt for anything else.
std::optional<uint64_t> ParseSegmentKey(std::string_view key);
std::optional<uint64_t> ParseBundleKey(std::string_view key);

// A resource's record. Total: a string that is no resource name gives a key under which nothing is ever stored.
std::string RecordKey(std::string_view name);
// The resource name of a record's key. nullopt for anything else.
std::optional<std::string> ParseRecordKey(std::string_view key);
// The members of a collection ("projects", "projects/p1/contributions"), without their children.
KeyRange CollectionRange(std::string_view collection);
// Everything below a resource ("projects/p1"), at any depth, collection by collection; not the resource itself.
KeyRange DescendantsRange(std::string_view name);

// A resource as it was right after entry `sequence`.
std::string RecordSnapshotKey(std::string_view name, uint64_t sequence);
// A resource's snapshots taken at or before `sequence`, the newest first.
KeyRange RecordSnapshotRange(std::string_view name, uint64_t sequence);
struct RecordSnapshotId {
  std::string name;
  uint64_t sequence = 0;
};
std::optional<RecordSnapshotId> ParseRecordSnapshotKey(std::string_view key);

// A chunk of the index of `subject`, full or (kIndexHeadChunk) open.
std::string IndexChunkKey(std::string_view subject, uint32_t chunk_number);
std::string IndexHeadKey(std::string_view subject);
// The full chunks of `subject` from `first_chunk` on, and then its head.
KeyRange IndexRange(std::string_view subject, uint32_t first_chunk);
struct IndexChunkId {
  std::string subject;
  uint32_t chunk_number = 0;
};
std::optional<IndexChunkId> ParseIndexChunkKey(std::string_view key);

// REQUIRES: request_id.size() == kRequestIdBytes.
std::string RequestKey(std::string_view organization, std::string_view request_id);
struct RequestId {
  std::string organization;
  std::string request_id;  // kRequestIdBytes bytes.
};
std::optional<RequestId> ParseRequestKey(std::string_view key);

// REQUIRES: commitment.size() == kCommitmentBytes.
std::string OpeningKey(std::string_view commitment);
std::string SubjectSecretKey(std::string_view subject);
std::string LedgerSecretKey();

}  // namespace oriundo
