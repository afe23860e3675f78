#include "storage/check/quick_check.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/entry.pb.h"
#include "server/base/status_macros.h"
#include "server/ledger/fold.h"
#include "server/ledger/state.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

absl::Status Broken(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat(what, ": run oriundo-fsck on the stopped store, and put it back from a backup where that agrees"));
}

// Wraps what a reader of the journal found.
absl::Status Explained(const absl::Status& status) { return absl::IsDataLoss(status) ? Broken(status.message()) : status; }

// The newest entry that `record` knows of; -1 where it is of a kind that says nothing.
int64_t NewestEntryOf(const google::protobuf::Message& record) {
  const google::protobuf::Reflection& reflection = *record.GetReflection();
  if (const auto* updated = record.GetDescriptor()->FindFieldByName("update_sequence")) {
    return reflection.GetInt64(record, updated);
  }
  const auto* sequences = record.GetDescriptor()->FindFieldByName("entry_sequences");
  const int count = sequences == nullptr ? 0 : reflection.FieldSize(record, sequences);
  return count == 0 ? -1 : reflection.GetRepeatedInt64(record, sequences, count - 1);
}

// Bundles and segments that begin after the last entry.
absl::Status NothingBeyond(const Snapshot& snapshot, uint64_t end) {
  bool found = false;
  const auto note = [&](std::string_view, std::string_view) {
    found = true;
    return false;
  };
  const std::string segments_end = TableRange(Table::kSegments).end;
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(SegmentKey(end), segments_end, note));
  const std::string bundles_end = TableRange(Table::kBundles).end;
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(BundleKey(end / kEntriesPerBundle), bundles_end, note));
  if (found)
    return Broken(absl::StrCat("the journal's head says that it ends before entry ", end, ", and more entries stand behind"));
  return absl::OkStatus();
}

}  // namespace

absl::Status QuickCheck(const Snapshot& snapshot) {
  const absl::StatusOr<std::optional<JournalHead>> head = ReadHead(snapshot);
  if (!head.ok()) return Explained(head.status());
  if (const absl::Status status = NothingBeyond(snapshot, head->has_value() ? (*head)->last_sequence + 1 : 0); !status.ok()) {
    return status;
  }
  if (!head->has_value()) return absl::OkStatus();
  if (const absl::Status status = JournalTail::Load(snapshot).status(); !status.ok()) return Explained(status);
  if (const absl::Status status = LedgerKey::Load(snapshot).status(); !status.ok()) {
    return absl::IsNotFound(status) ? Broken(status.message()) : Explained(status);
  }

  const uint64_t last = (*head)->last_sequence;
  const absl::StatusOr<std::string> bytes = ReadEntry(snapshot, last);
  if (!bytes.ok()) return Explained(bytes.status());
  v1::Entry entry;
  if (!entry.ParseFromString(*bytes)) return Broken(absl::StrCat("entry ", last, ", the newest, does not parse"));
  if (entry.sequence() != static_cast<int64_t>(last) || entry.commit_time_us() != (*head)->commit_time_us) {
    return Broken(absl::StrCat("the newest entry says that it is entry ", entry.sequence(), " of ", entry.commit_time_us(),
                               " us, the journal's head entry ", last, " of ", (*head)->commit_time_us, " us"));
  }
  for (const std::string& name : TouchedRecords(entry)) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> body, ReadRecord(snapshot, name));
    const auto record = NewRecord(name);
    if (!body || record == nullptr || !record->ParseFromString(*body) ||
        NewestEntryOf(*record) != static_cast<int64_t>(last)) {
      return Broken(absl::StrCat("the record of ", name, " does not know of entry ", last, ", the newest, which changed it"));
    }
  }
  return absl::OkStatus();
}

}  // namespace oriundo
