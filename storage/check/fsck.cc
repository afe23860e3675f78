#include "storage/check/fsck.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/base/limits.h"
#include "storage/check/rebuild.h"
#include "storage/format/big_endian.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

constexpr int64_t kProgressEvery = 1'024;

constexpr std::array kTables = {
    Table::kMeta,  Table::kSegments, Table::kBundles,  Table::kRecords,        Table::kRecordSnapshots,
    Table::kIndex, Table::kRequests, Table::kOpenings, Table::kSubjectSecrets, Table::kLedgerSecret};

std::string Words(const absl::Status& status) { return std::string(status.message()); }

std::string Hex(std::string_view bytes) { return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size())); }

// A key as a person can read it.
std::string Describe(std::string_view key) {
  if (const auto name = ParseRecordKey(key)) return "record " + *name;
  if (const auto id = ParseRecordSnapshotKey(key)) return absl::StrCat("record snapshot ", id->name, " at ", id->sequence);
  if (const auto id = ParseIndexChunkKey(key)) {
    return id->chunk_number == kIndexHeadChunk ? absl::StrCat("index head of ", id->subject)
                                               : absl::StrCat("index chunk ", id->chunk_number, " of ", id->subject);
  }
  if (const auto id = ParseRequestKey(key)) return absl::StrCat("request ", Hex(id->request_id), " of ", id->organization);
  if (const auto number = ParseBundleKey(key)) return absl::StrCat("bundle ", *number);
  if (const auto first = ParseSegmentKey(key)) return absl::StrCat("segment ", *first);
  if (key.starts_with(static_cast<char>(Table::kOpenings))) return "opening " + Hex(key.substr(1));
  if (key.starts_with(static_cast<char>(Table::kSubjectSecrets))) {
    return "secret of " + absl::CHexEscape(std::string(key.substr(1)));
  }
  return "key " + Hex(key);
}

// One key that must be there.
struct Wanted {
  std::string key;
  // The entry it goes back to.
  int64_t sequence = 0;

  bool operator<(const Wanted& other) const { return key < other.key; }
};

class Checker {
 public:
  Checker(const Snapshot& snapshot, const FsckProgress& progress)
      : snapshot_(snapshot),
        progress_(progress),
        rebuild_([this](std::string key, std::optional<int64_t> sequence, std::string description) {
          Add(std::move(key), sequence, std::move(description));
        }) {}

  FsckReport Run() {
    const bool whole = ReplayJournal();
    report_.entries = rebuild_.next_sequence();
    if (whole) {
      CompareRecords();
      CompareRecordSnapshots();
      CompareIndexes();
      CompareRequests();
      CompareTexts();
      CheckSecrets();
    } else {
      Add("journal", std::nullopt, "is not whole: what follows from it was not compared");
    }
    CheckForeignKeys();
    return std::move(report_);
  }

 private:
  // Empty where what is stored under a wanted key is right.
  using FaultOf = std::function<std::string(std::size_t index, std::string_view stored)>;

  void Add(std::string key, std::optional<int64_t> sequence, std::string description) {
    ++report_.finding_count;
    if (report_.findings.size() < kFindingsListedMax) {
      report_.findings.push_back({std::move(key), sequence, std::move(description)});
    }
  }

  void Progress(std::string_view phase, int64_t done, int64_t total) {
    if (progress_ && (done % kProgressEvery == 0 || done == total)) progress_(phase, done, total);
  }

  // Reads the journal from its first entry to its last into rebuild_. False where that is not all of it.
  bool ReplayJournal() {
    const absl::StatusOr<std::optional<JournalHead>> head = ReadHead(snapshot_);
    if (!head.ok()) Add("head", std::nullopt, Words(head.status()));
    total_ = head.ok() && head->has_value() ? static_cast<int64_t>((*head)->last_sequence) + 1 : 0;
    bool whole = ReplayBundles() && ReplaySegments();
    if (!head.ok()) return whole;
    if (total_ != rebuild_.next_sequence()) {
      Add("head", std::nullopt,
          absl::StrCat("says that the journal has ", total_, " entries; ", rebuild_.next_sequence(), " are there"));
      whole = false;
    } else if (head->has_value() && (*head)->commit_time_us != rebuild_.commit_time_us()) {
      Add("head", total_ - 1,
          absl::StrCat("says that the last entry was committed at ", (*head)->commit_time_us, " us, not at ",
                       rebuild_.commit_time_us(), " us"));
    }
    return whole;
  }

  bool TakeAll(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
      if (!rebuild_.Take(rebuild_.next_sequence(), entry)) return false;
      Progress("entries", rebuild_.next_sequence(), total_);
    }
    return true;
  }

  bool ReplayBundles() {
    uint64_t next = 0;
    bool whole = true;
    const KeyRange range = TableRange(Table::kBundles);
    const absl::Status status = snapshot_.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
      whole = false;
      if (ParseBundleKey(key) != std::optional<uint64_t>(next)) {
        Add(absl::StrCat("bundle ", next), static_cast<int64_t>(next * kEntriesPerBundle), "is missing");
        return false;
      }
      const absl::StatusOr<std::vector<std::string>> entries = DecodeBundle(value);
      if (!entries.ok()) {
        Add(Describe(key), static_cast<int64_t>(next * kEntriesPerBundle), Words(entries.status()));
        return false;
      }
      ++next;
      whole = TakeAll(*entries);
      return whole;
    });
    if (!status.ok()) {
      Add(absl::StrCat("bundle ", next), static_cast<int64_t>(next * kEntriesPerBundle),
          absl::StrCat("cannot be read: ", Words(status)));
    }
    return whole && status.ok();
  }

  bool ReplaySegments() {
    const auto tail_begin = static_cast<uint64_t>(rebuild_.next_sequence());
    bool whole = true;
    const KeyRange range = TableRange(Table::kSegments);
    const absl::Status status = snapshot_.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
      const auto next = static_cast<uint64_t>(rebuild_.next_sequence());
      const std::optional<uint64_t> first = ParseSegmentKey(key);
      if (first.has_value() && *first < tail_begin) {
        Add(Describe(key), static_cast<int64_t>(*first), "is left over: a bundle holds these entries");
        return true;
      }
      whole = false;
      if (first != std::optional<uint64_t>(next)) {
        Add(absl::StrCat("segment ", next), static_cast<int64_t>(next), "is missing");
        return false;
      }
      absl::StatusOr<Segment> segment = DecodeSegment(next, value);
      if (!segment.ok()) {
        Add(Describe(key), static_cast<int64_t>(next), Words(segment.status()));
        return false;
      }
      if (next + segment->entries.size() >= tail_begin + kEntriesPerBundle) {
        Add(Describe(key), static_cast<int64_t>(next), "fills a bundle and stands as a segment");
      }
      whole = TakeAll(segment->entries);
      segments_.push_back({next, std::move(segment->entries), std::string(value)});
      return whole;
    });
    if (!status.ok()) {
      Add(absl::StrCat("segment ", rebuild_.next_sequence()), rebuild_.next_sequence(),
          absl::StrCat("cannot be read: ", Words(status)));
    }
    return whole && status.ok();
  }

  // Compares all of `range` with `wanted`, both ways. Where the range cannot be read through, goes on key by key.
  void Compare(const KeyRange& range, std::string_view phase, std::vector<Wanted> wanted, const FaultOf& fault_of) {
    const auto total = static_cast<int64_t>(wanted.size());
    std::size_t next = 0;
    const auto missing = [&](const Wanted& one) { Add(Describe(one.key), one.sequence, "is missing"); };
    const auto judge = [&](std::string_view stored) {
      const Wanted& one = wanted[next];
      if (std::string fault = fault_of(next, stored); !fault.empty()) Add(Describe(one.key), one.sequence, std::move(fault));
      Progress(phase, static_cast<int64_t>(next) + 1, total);
    };
    const absl::Status status = snapshot_.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
      for (; next < wanted.size() && wanted[next].key < key; ++next) missing(wanted[next]);
      if (next < wanted.size() && wanted[next].key == key) {
        judge(value);
        ++next;
      } else {
        Add(Describe(key), std::nullopt, "does not follow from any entry");
      }
      return true;
    });
    if (!status.ok()) Add(std::string(phase), std::nullopt, absl::StrCat("cannot be read through: ", Words(status)));
    for (; next < wanted.size(); ++next) {
      if (status.ok()) {
        missing(wanted[next]);
        continue;
      }
      const absl::StatusOr<std::optional<std::string>> stored = snapshot_.Get(wanted[next].key);
      if (!stored.ok()) {
        Add(Describe(wanted[next].key), wanted[next].sequence, absl::StrCat("cannot be read: ", Words(stored.status())));
      } else if (!stored->has_value()) {
        missing(wanted[next]);
      } else {
        judge(**stored);
      }
    }
  }

  void CompareRecords() {
    std::vector<std::pair<Wanted, std::string>> named;
    for (const std::string& name : rebuild_.state().changed()) {
      named.push_back({{RecordKey(name), LastSequence(rebuild_.state().Get(name))}, name});
    }
    std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Wanted> wanted;
    for (auto& [one, name] : named) wanted.push_back(std::move(one));
    report_.records = static_cast<int64_t>(wanted.size());
    Compare(TableRange(Table::kRecords), "records", std::move(wanted), [&](std::size_t i, std::string_view stored) {
      return stored == StoredRecord(rebuild_.state().Get(named[i].second)) ? "" : "differs from what the journal makes of it";
    });
  }

  // The last entry that changed `record`.
  static int64_t LastSequence(const google::protobuf::Message& record) {
    const google::protobuf::Reflection& reflection = *record.GetReflection();
    if (const auto* updated = record.GetDescriptor()->FindFieldByName("update_sequence")) {
      return reflection.GetInt64(record, updated);
    }
    const auto* sequences = record.GetDescriptor()->FindFieldByName("entry_sequences");
    return reflection.GetRepeatedInt64(record, sequences, reflection.FieldSize(record, sequences) - 1);
  }

  void CompareRecordSnapshots() {
    std::vector<Wanted> wanted;
    std::vector<std::string_view> values;
    for (const auto& [key, value] : rebuild_.record_snapshots()) {
      wanted.push_back({key, static_cast<int64_t>(ParseRecordSnapshotKey(key)->sequence)});
      values.push_back(value);
    }
    report_.record_snapshots = static_cast<int64_t>(wanted.size());
    Compare(TableRange(Table::kRecordSnapshots), "record snapshots", std::move(wanted),
            [&](std::size_t i, std::string_view stored) {
              return stored == values[i] ? "" : "differs from what the journal makes of it";
            });
  }

  // Segments hold the index of their own entries.
  void CompareSegments(const SubjectSequences& in_tail) {
    for (const StoredSegment& segment : segments_) {
      SubjectSequences touched;
      for (const auto& [subject, sequences] : in_tail) {
        const auto begin = std::lower_bound(sequences.begin(), sequences.end(), segment.first_sequence);
        const auto end = std::lower_bound(begin, sequences.end(), segment.first_sequence + segment.entries.size());
        if (begin != end) touched[subject].assign(begin, end);
      }
      if (segment.value == EncodeSegment(segment.first_sequence, segment.entries, touched)) continue;
      Add(Describe(SegmentKey(segment.first_sequence)), static_cast<int64_t>(segment.first_sequence),
          "differs from what the journal makes of it");
    }
  }

  void CompareIndexes() {
    std::vector<Wanted> wanted;
    std::map<std::string, std::string> values;
    const uint64_t tail_begin = static_cast<uint64_t>(rebuild_.next_sequence()) / kEntriesPerBundle * kEntriesPerBundle;
    SubjectSequences in_tail;
    for (auto& [subject, sequences] : rebuild_.subjects()) {
      const auto tail = std::lower_bound(sequences.begin(), sequences.end(), tail_begin);
      if (tail != sequences.end()) in_tail[subject].assign(tail, sequences.end());
      sequences.erase(tail, sequences.end());
      if (sequences.empty()) continue;
      WriteBatch batch;
      if (const auto head = AppendToIndex(subject, std::nullopt, sequences, batch); !head.ok()) {
        Add("index head of " + subject, std::nullopt, Words(head.status()));
      }
      for (const WriteBatch::Operation& put : batch.operations()) values.emplace(put.key, *put.value);
      sequences = {};
    }
    CompareSegments(in_tail);
    for (const auto& [key, value] : values) {
      // A chunk ends in its newest sequence.
      wanted.push_back({key, static_cast<int64_t>(ReadBe64(std::string_view(value).substr(value.size() - 8)))});
    }
    report_.index_chunks = static_cast<int64_t>(wanted.size());
    auto at = values.begin();
    std::size_t at_index = 0;
    Compare(TableRange(Table::kIndex), "index chunks", std::move(wanted), [&](std::size_t i, std::string_view stored) {
      for (; at_index < i; ++at_index) ++at;
      return stored == at->second ? "" : "differs from what the journal makes of it";
    });
  }

  void CompareRequests() {
    std::vector<Wanted> wanted;
    std::vector<RebuiltRequest> requests;
    for (const auto& [key, request] : rebuild_.requests()) {
      wanted.push_back({key, request.first_sequence});
      requests.push_back(request);
    }
    report_.requests = static_cast<int64_t>(wanted.size());
    Compare(TableRange(Table::kRequests), "requests", std::move(wanted),
            [&](std::size_t i, std::string_view stored) -> std::string {
              const absl::StatusOr<RequestRecord> record = DecodeRequest(stored);
              if (!record.ok()) return Words(record.status());
              // The digest is of the request's body under the ledger's key: no entry tells it, so only its place is checked.
              if (record->first_sequence == static_cast<uint64_t>(requests[i].first_sequence) &&
                  record->entry_count == requests[i].entry_count) {
                return "";
              }
              return absl::StrCat("points to ", record->entry_count, " entries from ", record->first_sequence, ", not to ",
                                  requests[i].entry_count, " from ", requests[i].first_sequence);
            });
  }

  void CompareTexts() {
    std::vector<Wanted> wanted;
    std::vector<std::pair<std::string_view, const RebuiltText*>> texts;  // By commitment.
    std::map<std::string, int64_t> closed;                               // Subject to texts that should open.
    for (const auto& [commitment, text] : rebuild_.texts()) {
      if (commitment.size() != kCommitmentBytes) continue;  // Told of when its entry was checked.
      wanted.push_back({OpeningKey(commitment), text.sequence});
      texts.emplace_back(commitment, &text);
    }
    Compare(TableRange(Table::kOpenings), "texts", std::move(wanted), [&](std::size_t i, std::string_view) -> std::string {
      const auto& [commitment, text] = texts[i];
      const absl::StatusOr<std::optional<std::string>> opened = Open(snapshot_, text->subject, commitment);
      if (!opened.ok()) return Words(opened.status());
      // The opening is there, so the one reason for not opening is that its secret is not, or not any more the one it was sealed
      // with.
      if (opened->has_value()) {
        ++report_.texts_open;
      } else if (rebuild_.IsErased(*text)) {
        ++report_.texts_erased;
      } else {
        ++closed[text->subject];
      }
      return "";
    });
    for (const auto& [subject, count] : closed) {
      Add(absl::StrCat("the secret of ", subject), std::nullopt,
          absl::StrCat("does not open ", count, " of its texts, and no entry says that they were erased"));
    }
  }

  void CheckSecrets() {
    if (rebuild_.next_sequence() > 0) {
      if (const absl::Status status = LedgerKey::Load(snapshot_).status(); !status.ok()) {
        Add("ledger secret", std::nullopt, Words(status));
      }
    }
    std::set<std::string, std::less<>> subjects;
    for (const auto& [commitment, text] : rebuild_.texts()) subjects.insert(text.subject);
    const KeyRange range = TableRange(Table::kSubjectSecrets);
    const absl::Status status = snapshot_.Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
      if (value.size() != kSecretBytes) Add(Describe(key), std::nullopt, "has a wrong size");
      if (!subjects.contains(key.substr(1))) Add(Describe(key), std::nullopt, "does not follow from any entry");
      return true;
    });
    if (!status.ok()) Add("secrets", std::nullopt, absl::StrCat("cannot be read through: ", Words(status)));
  }

  // Keys that no table has, and other keys beside the head and the ledger's secret.
  void CheckForeignKeys() {
    std::string begin;
    const auto foreign = [&](std::string_view key, std::string_view) {
      if (key != HeadKey() && key != LedgerSecretKey()) Add(Describe(key), std::nullopt, "is a key of no table");
      return true;
    };
    const auto scan = [&](const std::string& from, const std::string& to) {
      if (!to.empty() && from >= to) return;
      const absl::Status status = snapshot_.Scan(from, to, foreign);
      if (!status.ok()) Add("foreign keys", std::nullopt, absl::StrCat("cannot be read through: ", Words(status)));
    };
    for (const Table table : kTables) {
      const KeyRange range = TableRange(table);
      scan(begin, range.begin);
      if (table == Table::kMeta || table == Table::kLedgerSecret) scan(range.begin, range.end);
      begin = range.end;
    }
    scan(begin, "");
  }

  // A segment of the open tail, as it stands.
  struct StoredSegment {
    uint64_t first_sequence = 0;
    std::vector<std::string> entries;
    std::string value;
  };

  const Snapshot& snapshot_;
  const FsckProgress& progress_;
  FsckReport report_;
  int64_t total_ = 0;
  std::vector<StoredSegment> segments_;  // Fewer than 256 entries in all.
  Rebuild rebuild_;
};

}  // namespace

FsckReport Fsck(const Snapshot& snapshot, const FsckProgress& progress) { return Checker(snapshot, progress).Run(); }

}  // namespace oriundo
