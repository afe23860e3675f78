#include "storage/format/journal.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/status_macros.h"
#include "storage/format/big_endian.h"
#include "storage/format/keys.h"

namespace oriundo {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kVersionBytes = 1;
constexpr std::size_t kChecksumBytes = 4;
constexpr uint64_t kBundleEntries = kEntriesPerBundle;
constexpr uint64_t kChunkSequences = kSequencesPerIndexChunk;

// A full bundle of the largest entries is a value that every engine takes.
static_assert(kVersionBytes + kEntriesPerBundle * (2 + kEntryBytesMax) + kChecksumBytes <= kValueBytesMax);

uint32_t ChecksumOf(std::string_view bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void AppendItem(std::string& out, std::string_view entry) {
  ORIUNDO_CHECK(entry.size() <= kEntryBytesMax);
  AppendBe16(out, static_cast<uint16_t>(entry.size()));
  out.append(entry);
}

// What stands between version byte and checksum, both verified.
absl::StatusOr<std::string_view> CheckedBody(const std::string& what, std::string_view value) {
  if (value.size() < kVersionBytes + kChecksumBytes) return absl::DataLossError(absl::StrCat(what, " is cut short"));
  const std::string_view checked = value.substr(0, value.size() - kChecksumBytes);
  if (ChecksumOf(checked) != ReadBe32(value.substr(checked.size()))) {
    return absl::DataLossError(absl::StrCat(what, " does not match its checksum"));
  }
  if (checked[0] != kVersion) return absl::DataLossError(absl::StrCat(what, " has an unknown version ", int{checked[0]}));
  return checked.substr(kVersionBytes);
}

std::string WithChecksum(std::string value) {
  AppendBe32(value, ChecksumOf(value));
  return value;
}

// Takes `count` entries off the front of `items`.
absl::StatusOr<std::vector<std::string_view>> TakeItems(const std::string& what, std::string_view& items, uint64_t count) {
  std::vector<std::string_view> entries;
  entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    if (items.size() < 2 || items.size() - 2 < ReadBe16(items)) {
      return absl::DataLossError(absl::StrCat(what, " ends inside item ", i));
    }
    entries.push_back(items.substr(2, ReadBe16(items)));
    items.remove_prefix(2 + entries.back().size());
  }
  return entries;
}

// A segment, taken apart; points into its value.
struct SegmentView {
  std::vector<std::string_view> entries;
  std::string_view touches;  // As they stand.
};

absl::StatusOr<SegmentView> SplitSegment(const std::string& what, std::string_view value) {
  ORIUNDO_ASSIGN_OR_RETURN(std::string_view body, CheckedBody(what, value));
  if (body.size() < 4) return absl::DataLossError(absl::StrCat(what, " is cut short"));
  const uint32_t count = ReadBe32(body);
  if (count == 0 || count > kBundleEntries) return absl::DataLossError(absl::StrCat(what, " claims ", count, " entries"));
  body.remove_prefix(4);
  SegmentView segment;
  ORIUNDO_ASSIGN_OR_RETURN(segment.entries, TakeItems(what, body, count));
  segment.touches = body;
  return segment;
}

// Visits a segment's subjects in order, with the places of the entries that touch them.
absl::Status ReadTouches(const std::string& what, const SegmentView& segment,
                         const std::function<void(std::string_view subject, std::string_view places)>& visit) {
  std::string_view rest = segment.touches;
  std::string_view previous;
  while (!rest.empty()) {
    const std::size_t subject_size = rest.size() < 2 ? rest.size() : ReadBe16(rest);
    if (rest.size() < 2 + subject_size + 2) return absl::DataLossError(absl::StrCat(what, " ends inside a subject"));
    const std::string_view subject = rest.substr(2, subject_size);
    rest.remove_prefix(2 + subject_size);
    const std::size_t count = ReadBe16(rest);
    if (rest.size() < 2 + count) return absl::DataLossError(absl::StrCat(what, " ends inside the places of a subject"));
    const std::string_view places = rest.substr(2, count);
    rest.remove_prefix(2 + count);
    bool rises = count > 0 && subject > previous && static_cast<unsigned char>(places.back()) < segment.entries.size();
    for (std::size_t i = 1; i < count; ++i) {
      rises = rises && static_cast<unsigned char>(places[i]) > static_cast<unsigned char>(places[i - 1]);
    }
    if (!rises) return absl::DataLossError(absl::StrCat(what, " has subjects or places that do not rise"));
    visit(subject, places);
    previous = subject;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string_view>> SplitBundle(const std::string& what, std::string_view value) {
  ORIUNDO_ASSIGN_OR_RETURN(std::string_view body, CheckedBody(what, value));
  ORIUNDO_ASSIGN_OR_RETURN(std::vector<std::string_view> entries, TakeItems(what, body, kBundleEntries));
  if (!body.empty()) return absl::DataLossError(absl::StrCat(what, " holds more than ", kBundleEntries, " items"));
  return entries;
}

std::vector<std::string> Copies(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

std::string NameOfSegment(uint64_t first_sequence) { return absl::StrCat("the journal segment at sequence ", first_sequence); }
std::string NameOfBundle(uint64_t bundle_number) {
  return absl::StrCat("the journal bundle at sequence ", bundle_number * kBundleEntries);
}

absl::Status MissingEntry(uint64_t sequence) {
  return absl::DataLossError(absl::StrCat("the journal has no entry at sequence ", sequence));
}

// How many entries there are.
absl::StatusOr<uint64_t> EntryCount(const Snapshot& snapshot) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> head, ReadHead(snapshot));
  return head ? head->last_sequence + 1 : 0;
}

// Visits the segments in [first, end), which begin where the one before ended. `first` is a multiple of 256.
absl::Status ScanSegments(const Snapshot& snapshot, uint64_t first, uint64_t end,
                          const std::function<bool(uint64_t, const SegmentView&)>& visit) {
  absl::Status status;
  bool is_stopped = false;
  uint64_t expected = first;
  const KeyRange range = SegmentRange(first, end);
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
    const std::optional<uint64_t> sequence = ParseSegmentKey(key);
    if (sequence != expected) {
      status = MissingEntry(expected);
      return false;
    }
    const auto segment = SplitSegment(NameOfSegment(*sequence), value);
    if (!segment.ok()) {
      status = segment.status();
      return false;
    }
    expected += segment->entries.size();
    is_stopped = !visit(*sequence, *segment);
    return !is_stopped;
  }));
  ORIUNDO_RETURN_IF_ERROR(status);
  if (!is_stopped && expected < end) return MissingEntry(expected);
  return absl::OkStatus();
}

// An index head, taken apart.
struct IndexHead {
  uint64_t count_before = 0;
  std::vector<uint64_t> sequences;
};

absl::Status AppendSequences(const std::string& what, std::string_view packed, std::vector<uint64_t>& sequences) {
  if (packed.size() % 8 != 0) return absl::DataLossError(absl::StrCat(what, " is cut inside a sequence"));
  for (; !packed.empty(); packed.remove_prefix(8)) {
    const uint64_t sequence = ReadBe64(packed);
    if (!sequences.empty() && sequence <= sequences.back()) {
      return absl::DataLossError(absl::StrCat(what, " does not rise at sequence ", sequence));
    }
    sequences.push_back(sequence);
  }
  return absl::OkStatus();
}

std::string NameOfIndex(std::string_view subject) { return absl::StrCat("the index of ", std::string(subject)); }

absl::StatusOr<IndexHead> DecodeIndexHead(std::string_view subject, std::string_view value) {
  const std::string what = NameOfIndex(subject);
  IndexHead head;
  if (value.size() < 16 || value.size() > 8 * (1 + kChunkSequences)) {
    return absl::DataLossError(absl::StrCat(what, " has a head of ", value.size(), " bytes"));
  }
  head.count_before = ReadBe64(value);
  if (head.count_before % kChunkSequences != 0 || head.count_before / kChunkSequences >= kIndexHeadChunk) {
    return absl::DataLossError(absl::StrCat(what, " claims ", head.count_before, " sequences in full chunks"));
  }
  ORIUNDO_RETURN_IF_ERROR(AppendSequences(what, value.substr(8), head.sequences));
  return head;
}

absl::StatusOr<std::vector<uint64_t>> DecodeIndexChunk(std::string_view subject, std::string_view value) {
  std::vector<uint64_t> sequences;
  if (value.size() != 8 * kChunkSequences) {
    return absl::DataLossError(absl::StrCat(NameOfIndex(subject), " has a chunk of ", value.size(), " bytes"));
  }
  ORIUNDO_RETURN_IF_ERROR(AppendSequences(NameOfIndex(subject), value, sequences));
  return sequences;
}

absl::StatusOr<std::vector<uint64_t>> ReadIndexChunk(const Snapshot& snapshot, std::string_view subject, uint32_t number) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.Get(IndexChunkKey(subject, number)));
  if (!value) return absl::DataLossError(absl::StrCat(NameOfIndex(subject), " has no chunk ", number));
  return DecodeIndexChunk(subject, *value);
}

std::string PackSequences(std::string prefix, std::span<const uint64_t> sequences) {
  for (const uint64_t sequence : sequences) AppendBe64(prefix, sequence);
  return prefix;
}

// Visits the sequences of [first, end) that stand in full chunks and in the head. False in `go_on` where `visit` wants no more.
absl::Status ReadFoldedIndex(const Snapshot& snapshot, std::string_view subject, uint64_t first, uint64_t end,
                             const std::function<bool(uint64_t sequence)>& visit, bool& go_on) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> head_value, snapshot.Get(IndexHeadKey(subject)));
  if (!head_value) return absl::OkStatus();
  ORIUNDO_ASSIGN_OR_RETURN(const IndexHead head, DecodeIndexHead(subject, *head_value));

  // False once there is nothing more to visit.
  const auto visit_wanted = [&](const std::vector<uint64_t>& sequences) {
    for (auto it = std::lower_bound(sequences.begin(), sequences.end(), first); it != sequences.end() && go_on; ++it) {
      go_on = *it < end && visit(*it);
    }
    return go_on;
  };

  // The first full chunk whose last sequence reaches `first`.
  const uint32_t chunk_count = static_cast<uint32_t>(head.count_before / kChunkSequences);
  uint32_t chunk = 0;
  if (first > 0) {
    for (uint32_t behind = chunk_count; chunk < behind;) {
      const uint32_t middle = chunk + (behind - chunk) / 2;
      ORIUNDO_ASSIGN_OR_RETURN(const std::vector<uint64_t> sequences, ReadIndexChunk(snapshot, subject, middle));
      if (sequences.back() < first) {
        chunk = middle + 1;
      } else {
        behind = middle;
      }
    }
  }
  std::optional<uint64_t> previous;
  for (; chunk < chunk_count; ++chunk) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::vector<uint64_t> sequences, ReadIndexChunk(snapshot, subject, chunk));
    if (previous && sequences.front() <= *previous) {
      return absl::DataLossError(absl::StrCat(NameOfIndex(subject), " does not rise at chunk ", chunk));
    }
    previous = sequences.back();
    if (!visit_wanted(sequences)) return absl::OkStatus();
  }
  if (previous && head.sequences.front() <= *previous) {
    return absl::DataLossError(absl::StrCat(NameOfIndex(subject), " does not rise at its head"));
  }
  visit_wanted(head.sequences);
  return absl::OkStatus();
}

}  // namespace

std::string EncodeHead(const JournalHead& head) {
  ORIUNDO_CHECK(head.commit_time_us >= 0);
  std::string value(1, kVersion);
  AppendBe64(value, head.last_sequence);
  AppendBe64(value, static_cast<uint64_t>(head.commit_time_us));
  AppendBe64(value, head.epoch);
  return value;
}

absl::StatusOr<JournalHead> DecodeHead(std::string_view value) {
  if (value.size() != kVersionBytes + 3 * 8 || value[0] != kVersion) {
    return absl::DataLossError("the journal's head is malformed");
  }
  JournalHead head;
  head.last_sequence = ReadBe64(value.substr(1));
  head.commit_time_us = static_cast<int64_t>(ReadBe64(value.substr(9)));
  head.epoch = ReadBe64(value.substr(17));
  if (head.commit_time_us < 0 || head.last_sequence == std::numeric_limits<uint64_t>::max()) {
    return absl::DataLossError("the journal's head is out of range");
  }
  return head;
}

absl::StatusOr<std::optional<JournalHead>> ReadHead(const Snapshot& snapshot) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.Get(HeadKey()));
  if (!value) return std::nullopt;
  return DecodeHead(*value);
}

std::string EncodeSegment(uint64_t first_sequence, std::span<const std::string> entries, const SubjectSequences& subjects) {
  ORIUNDO_CHECK(!entries.empty() && entries.size() <= kBundleEntries);
  std::string value(1, kVersion);
  AppendBe32(value, static_cast<uint32_t>(entries.size()));
  for (const std::string& entry : entries) AppendItem(value, entry);
  for (const auto& [subject, sequences] : subjects) {
    ORIUNDO_CHECK(!subject.empty() && subject.size() <= kKeyBytesMax && !sequences.empty());
    AppendBe16(value, static_cast<uint16_t>(subject.size()));
    value.append(subject);
    AppendBe16(value, static_cast<uint16_t>(sequences.size()));
    for (const uint64_t sequence : sequences) {
      ORIUNDO_CHECK(sequence >= first_sequence && sequence - first_sequence < entries.size());
      value.push_back(static_cast<char>(sequence - first_sequence));
    }
  }
  return WithChecksum(std::move(value));
}

absl::StatusOr<Segment> DecodeSegment(uint64_t first_sequence, std::string_view value) {
  const std::string what = NameOfSegment(first_sequence);
  ORIUNDO_ASSIGN_OR_RETURN(const SegmentView view, SplitSegment(what, value));
  Segment segment{.entries = Copies(view.entries), .subjects = {}};
  ORIUNDO_RETURN_IF_ERROR(ReadTouches(what, view, [&](std::string_view subject, std::string_view places) {
    std::vector<uint64_t>& sequences = segment.subjects[std::string(subject)];
    for (const char place : places) sequences.push_back(first_sequence + static_cast<unsigned char>(place));
  }));
  return segment;
}

std::string EncodeBundle(std::span<const std::string> entries) {
  ORIUNDO_CHECK(entries.size() == kBundleEntries);
  std::string value(1, kVersion);
  for (const std::string& entry : entries) AppendItem(value, entry);
  return WithChecksum(std::move(value));
}

absl::StatusOr<std::vector<std::string>> DecodeBundle(std::string_view value) {
  ORIUNDO_ASSIGN_OR_RETURN(const auto entries, SplitBundle("a journal bundle", value));
  return Copies(entries);
}

absl::StatusOr<std::string_view> BundleTileBytes(std::string_view value) {
  ORIUNDO_RETURN_IF_ERROR(SplitBundle("a journal bundle", value).status());
  return value.substr(kVersionBytes, value.size() - kVersionBytes - kChecksumBytes);
}

absl::StatusOr<JournalTail> JournalTail::Load(const Snapshot& snapshot) {
  JournalTail tail;
  ORIUNDO_ASSIGN_OR_RETURN(tail.next_sequence_, EntryCount(snapshot));
  const uint64_t open_begin = tail.next_sequence_ / kBundleEntries * kBundleEntries;
  if (open_begin > 0) {
    // What the writer builds on is there; the bundles before are fsck's business.
    const uint64_t last_bundle = open_begin / kBundleEntries - 1;
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.Get(BundleKey(last_bundle)));
    if (!value) return MissingEntry(last_bundle * kBundleEntries);
    ORIUNDO_RETURN_IF_ERROR(SplitBundle(NameOfBundle(last_bundle), *value).status());
  }
  uint64_t end = open_begin;
  absl::Status status;
  ORIUNDO_RETURN_IF_ERROR(
      ScanSegments(snapshot, open_begin, tail.next_sequence_, [&](uint64_t first, const SegmentView& segment) {
        tail.open_segments_.push_back(first);
        for (const std::string_view entry : segment.entries) AppendItem(tail.open_items_, entry);
        end = first + segment.entries.size();
        status = ReadTouches(NameOfSegment(first), segment, [&](std::string_view subject, std::string_view places) {
          std::vector<uint64_t>& sequences = tail.open_subjects_[std::string(subject)];
          for (const char place : places) sequences.push_back(first + static_cast<unsigned char>(place));
        });
        return status.ok();
      }));
  ORIUNDO_RETURN_IF_ERROR(status);
  if (end != tail.next_sequence_) {
    return absl::DataLossError(
        absl::StrCat("the journal's head says ", tail.next_sequence_, " entries, its segments ", end));
  }
  return tail;
}

SubjectSequences JournalTail::AppendToBatch(std::span<const std::string> entries,
                                            std::span<const std::vector<std::string>> subjects, WriteBatch& batch) {
  ORIUNDO_CHECK(entries.size() == subjects.size());
  SubjectSequences folded;
  while (!entries.empty()) {
    const uint64_t room = kBundleEntries - next_sequence_ % kBundleEntries;
    const std::size_t count = std::min<uint64_t>(room, entries.size());
    SubjectSequences touched;
    for (std::size_t i = 0; i < count; ++i) {
      AppendItem(open_items_, entries[i]);
      for (const std::string& subject : subjects[i]) touched[subject].push_back(next_sequence_ + i);
    }
    for (const auto& [subject, sequences] : touched) {
      std::vector<uint64_t>& open = open_subjects_[subject];
      open.insert(open.end(), sequences.begin(), sequences.end());
    }
    if (count < room) {
      batch.Put(SegmentKey(next_sequence_), EncodeSegment(next_sequence_, entries.first(count), touched));
      open_segments_.push_back(next_sequence_);
    } else {
      std::string bundle(1, kVersion);
      bundle.append(open_items_);
      batch.Put(BundleKey(next_sequence_ / kBundleEntries), WithChecksum(std::move(bundle)));
      for (const uint64_t segment : open_segments_) batch.Delete(SegmentKey(segment));
      for (const auto& [subject, sequences] : open_subjects_) {
        std::vector<uint64_t>& all = folded[subject];
        all.insert(all.end(), sequences.begin(), sequences.end());
      }
      open_items_.clear();
      open_segments_.clear();
      open_subjects_.clear();
    }
    next_sequence_ += count;
    entries = entries.subspan(count);
    subjects = subjects.subspan(count);
  }
  return folded;
}

absl::StatusOr<std::string> ReadEntry(const Snapshot& snapshot, uint64_t sequence) {
  std::optional<std::string> found;
  if (sequence < std::numeric_limits<uint64_t>::max()) {
    ORIUNDO_RETURN_IF_ERROR(ReadEntries(snapshot, sequence, sequence + 1, [&](uint64_t, std::string_view entry) {
      found = entry;
      return false;
    }));
  }
  if (!found) return absl::NotFoundError(absl::StrCat("the journal does not reach sequence ", sequence));
  return *std::move(found);
}

absl::Status ReadEntries(const Snapshot& snapshot, uint64_t first, uint64_t end,
                         const std::function<bool(uint64_t sequence, std::string_view entry)>& visit) {
  ORIUNDO_ASSIGN_OR_RETURN(const uint64_t count, EntryCount(snapshot));
  end = std::min(end, count);
  if (first >= end) return absl::OkStatus();
  const uint64_t open_begin = count / kBundleEntries * kBundleEntries;

  // Visits those of `entries`, which begin at `begin`, that were asked for.
  bool is_stopped = false;
  const auto visit_wanted = [&](uint64_t begin, const std::vector<std::string_view>& entries) {
    for (uint64_t i = first > begin ? first - begin : 0; i < entries.size() && begin + i < end && !is_stopped; ++i) {
      is_stopped = !visit(begin + i, entries[i]);
    }
    return !is_stopped;
  };

  if (first < open_begin) {
    absl::Status status;
    uint64_t number = first / kBundleEntries;
    const uint64_t end_number = std::min((end - 1) / kBundleEntries + 1, open_begin / kBundleEntries);
    const KeyRange range = BundleRange(number, end_number);
    ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
      if (ParseBundleKey(key) != number) {
        status = MissingEntry(number * kBundleEntries);
        return false;
      }
      const auto entries = SplitBundle(NameOfBundle(number), value);
      if (!entries.ok()) {
        status = entries.status();
        return false;
      }
      return visit_wanted(number++ * kBundleEntries, *entries);
    }));
    ORIUNDO_RETURN_IF_ERROR(status);
    if (is_stopped) return absl::OkStatus();
    if (number < end_number) return MissingEntry(number * kBundleEntries);
  }
  if (end <= open_begin) return absl::OkStatus();
  return ScanSegments(snapshot, open_begin, end,
                      [&](uint64_t begin, const SegmentView& segment) { return visit_wanted(begin, segment.entries); });
}

absl::StatusOr<std::string> AppendToIndex(std::string_view subject, std::optional<std::string_view> head,
                                          std::span<const uint64_t> sequences, WriteBatch& batch) {
  ORIUNDO_CHECK(!sequences.empty());
  IndexHead open;
  if (head) {
    ORIUNDO_ASSIGN_OR_RETURN(open, DecodeIndexHead(subject, *head));
  }
  for (const uint64_t sequence : sequences) {
    ORIUNDO_CHECK(open.sequences.empty() || sequence > open.sequences.back());
    // The head gives its sequences away only when it must, so that it always names the subject's newest entry.
    if (open.sequences.size() == kChunkSequences) {
      const uint64_t number = open.count_before / kChunkSequences;
      ORIUNDO_CHECK(number < kIndexHeadChunk);
      batch.Put(IndexChunkKey(subject, static_cast<uint32_t>(number)), PackSequences({}, open.sequences));
      open.count_before += kChunkSequences;
      open.sequences.clear();
    }
    open.sequences.push_back(sequence);
  }
  std::string value;
  AppendBe64(value, open.count_before);
  value = PackSequences(std::move(value), open.sequences);
  batch.Put(IndexHeadKey(subject), value);
  return value;
}

absl::Status ReadIndex(const Snapshot& snapshot, std::string_view subject, uint64_t first, uint64_t end,
                       const std::function<bool(uint64_t sequence)>& visit) {
  ORIUNDO_ASSIGN_OR_RETURN(const uint64_t count, EntryCount(snapshot));
  end = std::min(end, count);
  if (first >= end) return absl::OkStatus();
  const uint64_t open_begin = count / kBundleEntries * kBundleEntries;
  bool go_on = true;
  if (first < open_begin) {
    ORIUNDO_RETURN_IF_ERROR(ReadFoldedIndex(snapshot, subject, first, std::min(end, open_begin), visit, go_on));
  }
  if (!go_on || end <= open_begin) return absl::OkStatus();
  absl::Status status;
  ORIUNDO_RETURN_IF_ERROR(ScanSegments(snapshot, open_begin, end, [&](uint64_t begin, const SegmentView& segment) {
    status = ReadTouches(NameOfSegment(begin), segment, [&](std::string_view touched, std::string_view places) {
      if (touched != subject) return;
      for (const char place : places) {
        const uint64_t sequence = begin + static_cast<unsigned char>(place);
        if (sequence < first || !go_on) continue;
        go_on = sequence < end && visit(sequence);
      }
    });
    return status.ok() && go_on;
  }));
  return status;
}

std::string EncodeRecord(std::string_view body) {
  std::string value(1, kVersion);
  value.append(body);
  return value;
}

absl::StatusOr<std::string_view> DecodeRecord(std::string_view value) {
  if (value.empty() || value[0] != kVersion) return absl::DataLossError("a record has an unknown version");
  return value.substr(kVersionBytes);
}

absl::StatusOr<std::optional<std::string>> ReadRecord(const Snapshot& snapshot, std::string_view name) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.Get(RecordKey(name)));
  if (!value) return std::nullopt;
  const absl::StatusOr<std::string_view> body = DecodeRecord(*value);
  if (!body.ok()) return absl::DataLossError(absl::StrCat("the record of ", std::string(name), " has an unknown version"));
  return std::string(*body);
}

absl::StatusOr<std::optional<PastRecord>> ReadPastRecord(const Snapshot& snapshot, std::string_view name, uint64_t sequence) {
  std::optional<PastRecord> past;
  bool is_malformed = false;
  const KeyRange range = RecordSnapshotRange(name, sequence);
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
    const std::optional<RecordSnapshotId> id = ParseRecordSnapshotKey(key);
    const absl::StatusOr<std::string_view> body = DecodeRecord(value);
    is_malformed = !id || !body.ok();
    if (!is_malformed) past = PastRecord{id->sequence, std::string(*body)};
    return false;
  }));
  if (is_malformed) {
    return absl::DataLossError(absl::StrCat("a past record of ", std::string(name), " at or before sequence ", sequence,
                                            " is malformed"));
  }
  return past;
}

std::string EncodeRequest(const RequestRecord& record) {
  ORIUNDO_CHECK(record.digest.size() == kRequestDigestBytes);
  std::string value(1, kVersion);
  AppendBe64(value, record.first_sequence);
  AppendBe32(value, record.entry_count);
  value.append(record.digest);
  return value;
}

absl::StatusOr<RequestRecord> DecodeRequest(std::string_view value) {
  if (value.size() != kVersionBytes + 8 + 4 + kRequestDigestBytes || value[0] != kVersion) {
    return absl::DataLossError("a request record is malformed");
  }
  return RequestRecord{ReadBe64(value.substr(1)), ReadBe32(value.substr(9)), std::string(value.substr(13))};
}

}  // namespace oriundo
