#include "storage/format/keys.h"

#include "server/base/check.h"
#include "storage/format/big_endian.h"

namespace oriundo {
namespace {

std::string Key(Table table, std::string_view rest = {}) {
  std::string key(1, static_cast<char>(table));
  key.append(rest);
  return key;
}

std::string NumberedKey(Table table, uint64_t number) {
  std::string key = Key(table);
  AppendBe64(key, number);
  return key;
}

std::optional<uint64_t> ParseNumberedKey(Table table, std::string_view key) {
  if (key.size() != 9 || key[0] != static_cast<char>(table)) return std::nullopt;
  return ReadBe64(key.substr(1));
}

// A key of `table` that ends in 0x00 and `suffix_bytes` more, taken apart; nullopt for anything else.
struct NamedKey {
  std::string_view name;
  std::string_view suffix;
};
std::optional<NamedKey> ParseNamedKey(Table table, std::string_view key, std::size_t suffix_bytes) {
  if (key.size() < 2 + suffix_bytes || key[0] != static_cast<char>(table)) return std::nullopt;
  const std::size_t separator = key.size() - suffix_bytes - 1;
  const std::string_view name = key.substr(1, separator - 1);
  if (key[separator] != '\0' || name.find('\0') != std::string_view::npos) return std::nullopt;
  return NamedKey{name, key.substr(separator + 1)};
}

}  // namespace

KeyRange TableRange(Table table) {
  return {Key(table), std::string(1, static_cast<char>(static_cast<uint8_t>(table) + 1))};
}

std::string KeyAfter(std::string_view key) {
  std::string after(key);
  after.push_back('\0');
  return after;
}

std::string HeadKey() { return Key(Table::kMeta, "head"); }

std::string SegmentKey(uint64_t first_sequence) { return NumberedKey(Table::kSegments, first_sequence); }
KeyRange SegmentRange(uint64_t first_sequence, uint64_t end_sequence) {
  return {SegmentKey(first_sequence), SegmentKey(end_sequence)};
}

std::string BundleKey(uint64_t bundle_number) { return NumberedKey(Table::kBundles, bundle_number); }
KeyRange BundleRange(uint64_t first_bundle, uint64_t end_bundle) { return {BundleKey(first_bundle), BundleKey(end_bundle)}; }

std::optional<uint64_t> ParseSegmentKey(std::string_view key) { return ParseNumberedKey(Table::kSegments, key); }
std::optional<uint64_t> ParseBundleKey(std::string_view key) { return ParseNumberedKey(Table::kBundles, key); }

std::string RecordKey(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const bool has_collection = slash != std::string_view::npos;
  std::string key = Key(Table::kRecords, has_collection ? name.substr(0, slash) : "");
  key.push_back('\0');
  key.append(has_collection ? name.substr(slash + 1) : name);
  return key;
}

std::optional<std::string> ParseRecordKey(std::string_view key) {
  if (key.empty() || key[0] != static_cast<char>(Table::kRecords)) return std::nullopt;
  const std::size_t separator = key.find('\0');
  if (separator == std::string_view::npos) return std::nullopt;
  std::string name(key.substr(1, separator - 1));
  name.push_back('/');
  name.append(key.substr(separator + 1));
  return name;
}

KeyRange CollectionRange(std::string_view collection) {
  KeyRange range = {Key(Table::kRecords, collection), Key(Table::kRecords, collection)};
  range.begin.push_back('\0');
  range.end.push_back('\1');
  return range;
}

KeyRange DescendantsRange(std::string_view name) {
  KeyRange range = {Key(Table::kRecords, name), Key(Table::kRecords, name)};
  range.begin.push_back('/');
  range.end.push_back('/' + 1);
  return range;
}

std::string RecordSnapshotKey(std::string_view name, uint64_t sequence) {
  std::string key = Key(Table::kRecordSnapshots, name);
  key.push_back('\0');
  AppendBe64(key, ~sequence);
  return key;
}

KeyRange RecordSnapshotRange(std::string_view name, uint64_t sequence) {
  return {RecordSnapshotKey(name, sequence), KeyAfter(RecordSnapshotKey(name, 0))};
}

std::optional<RecordSnapshotId> ParseRecordSnapshotKey(std::string_view key) {
  const std::optional<NamedKey> named = ParseNamedKey(Table::kRecordSnapshots, key, 8);
  if (!named) return std::nullopt;
  return RecordSnapshotId{std::string(named->name), ~ReadBe64(named->suffix)};
}

std::string IndexChunkKey(std::string_view subject, uint32_t chunk_number) {
  std::string key = Key(Table::kIndex, subject);
  key.push_back('\0');
  AppendBe32(key, chunk_number);
  return key;
}

std::string IndexHeadKey(std::string_view subject) { return IndexChunkKey(subject, kIndexHeadChunk); }

KeyRange IndexRange(std::string_view subject, uint32_t first_chunk) {
  return {IndexChunkKey(subject, first_chunk), KeyAfter(IndexHeadKey(subject))};
}

std::optional<IndexChunkId> ParseIndexChunkKey(std::string_view key) {
  const std::optional<NamedKey> named = ParseNamedKey(Table::kIndex, key, 4);
  if (!named) return std::nullopt;
  return IndexChunkId{std::string(named->name), ReadBe32(named->suffix)};
}

std::string RequestKey(std::string_view organization, std::string_view request_id) {
  ORIUNDO_CHECK(request_id.size() == kRequestIdBytes);
  std::string key = Key(Table::kRequests, organization);
  key.push_back('\0');
  key.append(request_id);
  return key;
}

std::optional<RequestId> ParseRequestKey(std::string_view key) {
  const std::optional<NamedKey> named = ParseNamedKey(Table::kRequests, key, kRequestIdBytes);
  if (!named) return std::nullopt;
  return RequestId{std::string(named->name), std::string(named->suffix)};
}

std::string OpeningKey(std::string_view commitment) {
  ORIUNDO_CHECK(commitment.size() == kCommitmentBytes);
  return Key(Table::kOpenings, commitment);
}

std::string SubjectSecretKey(std::string_view subject) { return Key(Table::kSubjectSecrets, subject); }
std::string LedgerSecretKey() { return Key(Table::kLedgerSecret); }

}  // namespace oriundo
