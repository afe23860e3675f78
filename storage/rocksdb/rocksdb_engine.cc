#include "storage/rocksdb/rocksdb_engine.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "storage/engine/check_operation.h"
#include "storage/rocksdb/file_mark.h"
#include "storage/rocksdb/log_check.h"
#include "storage/rocksdb/options.h"

namespace oriundo {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }
std::string_view FromSlice(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// How a failed read or opening looks to our callers.
absl::Status ToStatus(const std::string& doing, const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(doing, ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  // A file that the manifest names and that is gone.
  if (status.IsPathNotFound()) return absl::DataLossError(message);
  return absl::UnavailableError(message);
}

// RocksDB has no code for a lock that somebody holds, only these words.
bool IsLockHeld(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && text.find("LOCK") != std::string::npos &&
         (text.find("temporarily unavailable") != std::string::npos || text.find("lock hold") != std::string::npos);
}

struct Unlock {
  void operator()(rocksdb::FileLock* lock) const { rocksdb::Env::Default()->UnlockFile(lock); }
};
using HeldLock = std::unique_ptr<rocksdb::FileLock, Unlock>;

// Renews the mark whenever the files it speaks of change: a log is closed and the next begun, a flush or compaction changes the
// list of table files. An old mark is a weaker one, never a wrong one, so a failure is only told.
class MarkKeeper final : public rocksdb::EventListener {
 public:
  explicit MarkKeeper(const RocksDbOptions& options) : options_(options) {}

  // The writer itself closes a log, between two batches.
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override { Renew(/*at_rest=*/true); }
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { Renew(/*at_rest=*/false); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { Renew(/*at_rest=*/false); }

  // REQUIRES: where `at_rest`, no batch is being written and none has failed.
  void Renew(bool at_rest) {
    MutexLock lock(mutex_);
    if (!is_open_) return;
    const absl::Status status = RenewFileMark(options_.path, at_rest);
    if (!status.ok() && options_.warn) options_.warn(absl::StrCat("the store's file mark is not renewed: ", status.message()));
  }

  // Only in between is the mark renewed. Before, the files belong to RocksDB's own recovery; after a failed write, to the next
  // one.
  void SetOpen(bool is_open) {
    MutexLock lock(mutex_);
    is_open_ = is_open;
  }

 private:
  const RocksDbOptions options_;
  Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
};

// An open database, and for a read-only one the lock that RocksDB does not take itself. The database goes first.
struct Database {
  HeldLock lock;
  std::shared_ptr<MarkKeeper> mark;  // Null where nothing is written.
  std::unique_ptr<rocksdb::DB> db;
};

// Whether there is a store in options.path; if not, an empty folder stands ready for one. An error where neither may be.
absl::StatusOr<bool> FindStore(const RocksDbOptions& options) {
  const std::filesystem::path folder = options.path;
  std::error_code error;
  if (std::filesystem::exists(folder / "CURRENT", error)) return true;
  if (error) return absl::UnavailableError(absl::StrCat("cannot look into ", options.path, ": ", error.message()));
  // RocksDB would start afresh here and delete what it no longer knows.
  if (std::filesystem::exists(folder / kFileMarkName, error)) {
    ORIUNDO_ASSIGN_OR_RETURN(const FileMark mark, ReadFileMark(folder));
    if (mark.manifest_number > 0) {
      return absl::DataLossError(absl::StrCat("the store in ", options.path, " has lost its file CURRENT"));
    }
  }
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() == ".sst" || file.path().extension() == ".log") {
      return absl::DataLossError(absl::StrCat("the store in ", options.path, " has lost its file CURRENT"));
    }
  }
  if (!options.create_if_missing) return absl::NotFoundError(absl::StrCat("there is no store in ", options.path));
  if (std::filesystem::create_directories(folder, error)) {
    // The store holds secrets: nobody but its owner looks in.
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", options.path, ": ", error.message()));
  // The mark comes first, so that a store without one has lost it.
  ORIUNDO_RETURN_IF_ERROR(WriteFileMark(options.path, FileMark()));
  return false;
}

absl::StatusOr<HeldLock> LockStore(const std::string& path) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile(absl::StrCat(path, "/LOCK"), &lock);
  if (IsLockHeld(status)) {
    return absl::FailedPreconditionError(absl::StrCat("the store in ", path, " is in use by another process; stop it first"));
  }
  if (!status.ok()) return ToStatus(absl::StrCat("cannot lock the store in ", path), status);
  return HeldLock(lock);
}

// Whether a log that the mark names and that is gone had been needed: the manifest, which was found whole, says from which on.
absl::Status CheckMissingLogs(const RocksDbOptions& options, const FileMark& mark, const LogState& found) {
  uint64_t newest_missing = 0;
  for (const auto& [number, bytes] : mark.logs) {
    if (!found.logs.contains(number)) newest_missing = number;
  }
  if (newest_missing == 0) return absl::OkStatus();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(DatabaseSettings(options), options.path, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return ToStatus(absl::StrCat("cannot open the store in ", options.path), status);
  uint64_t first_needed = 0;
  if (!db->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_needed)) {
    return absl::UnavailableError("RocksDB does not say which logs it needs");
  }
  if (newest_missing < first_needed) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the write-ahead log number ", newest_missing, " of the store in ", options.path,
                   " is missing, and what was written last with it: put the whole folder back from a backup"));
}

absl::Status CheckMark(const RocksDbOptions& options, const LogState& found) {
  ORIUNDO_ASSIGN_OR_RETURN(const FileMark mark, ReadFileMark(options.path));
  ORIUNDO_RETURN_IF_ERROR(CheckAgainstMark(mark, found));
  return CheckMissingLogs(options, mark, found);
}

absl::StatusOr<std::shared_ptr<Database>> OpenDatabase(const RocksDbOptions& options) {
  ORIUNDO_ASSIGN_OR_RETURN(const bool is_there, FindStore(options));
  auto database = std::make_shared<Database>();
  ORIUNDO_ASSIGN_OR_RETURN(database->lock, LockStore(options.path));
  rocksdb::Options settings = DatabaseSettings(options);
  if (is_there) {
    ORIUNDO_ASSIGN_OR_RETURN(const LogState found, CheckLogs(options.path));
    if (!options.read_only || !options.ignore_mark) ORIUNDO_RETURN_IF_ERROR(CheckMark(options, found));
    if (found.condition == LogCondition::kTorn) settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (options.read_only) {
    status = rocksdb::DB::OpenForReadOnly(settings, options.path, &db);
  } else {
    database->lock.reset();  // Opening for writing takes it itself.
    database->mark = std::make_shared<MarkKeeper>(options);
    settings.listeners.push_back(database->mark);
    status = rocksdb::DB::Open(settings, options.path, &db);
  }
  database->db.reset(db);
  if (!status.ok()) return ToStatus(absl::StrCat("cannot open the store in ", options.path), status);
  if (database->mark != nullptr) {
    database->mark->SetOpen(true);
    // A log that was torn may still be there.
    database->mark->Renew(/*at_rest=*/false);
  }
  return database;
}

class RocksDbSnapshot final : public Snapshot {
 public:
  explicit RocksDbSnapshot(std::shared_ptr<const Database> database)
      : database_(std::move(database)), snapshot_(database_->db->GetSnapshot()) {}
  ~RocksDbSnapshot() override { database_->db->ReleaseSnapshot(snapshot_); }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = database_->db->Get(ReadSettings(snapshot_), ToSlice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return ToStatus("cannot read from the store", status);
    return value;
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(std::span<const std::string> keys) const override {
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_->db->MultiGet(ReadSettings(snapshot_), database_->db->DefaultColumnFamily(), keys.size(), slices.data(),
                             values.data(), statuses.data(), /*sorted_input=*/false);
    std::vector<std::optional<std::string>> answers(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return ToStatus("cannot read from the store", statuses[i]);
      answers[i] = values[i].ToString();
    }
    return answers;
  }

  absl::Status Scan(std::string_view begin, std::string_view end,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    rocksdb::ReadOptions settings = ReadSettings(snapshot_);
    const rocksdb::Slice upper = ToSlice(end);
    if (!end.empty()) settings.iterate_upper_bound = &upper;
    if (!end.empty() && begin >= end) return absl::OkStatus();
    const std::unique_ptr<rocksdb::Iterator> iterator(database_->db->NewIterator(settings));
    for (iterator->Seek(ToSlice(begin)); iterator->Valid(); iterator->Next()) {
      if (!visit(FromSlice(iterator->key()), FromSlice(iterator->value()))) return absl::OkStatus();
    }
    return ToStatus("cannot scan the store", iterator->status());
  }

 private:
  const std::shared_ptr<const Database> database_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksDbEngine final : public Engine {
 public:
  RocksDbEngine(const RocksDbOptions& options, std::shared_ptr<Database> database)
      : options_(options), database_(std::move(database)) {}

  ~RocksDbEngine() override {
    MutexLock lock(mutex_);
    if (database_ == nullptr || database_->mark == nullptr) return;
    // Nothing is written any more, though a snapshot may keep the database open. After a failed write the mark stays as it was.
    database_->mark->Renew(/*at_rest=*/true);
  }

  CommitResult Commit(const WriteBatch& batch) override {
    const std::shared_ptr<Database> database = Current();
    if (database == nullptr) {
      return {CommitOutcome::kNotCommitted,
              absl::UnavailableError("the outcome of an earlier commit is unknown: the store must recover first")};
    }
    if (absl::Status refusal = Refuse(batch); !refusal.ok()) return {CommitOutcome::kNotCommitted, std::move(refusal)};

    // In the order of the keys each insert into the memtable begins near the one before it. Of two operations on one key the later
    // one stays the later.
    std::vector<const WriteBatch::Operation*> operations;
    operations.reserve(batch.operations().size());
    for (const WriteBatch::Operation& operation : batch.operations()) operations.push_back(&operation);
    std::stable_sort(operations.begin(), operations.end(),
                     [](const WriteBatch::Operation* a, const WriteBatch::Operation* b) { return a->key < b->key; });
    rocksdb::WriteBatch writes;
    for (const WriteBatch::Operation* operation : operations) {
      const rocksdb::Status status =
          operation->value ? writes.Put(operation->key, *operation->value) : writes.Delete(operation->key);
      if (!status.ok()) return {CommitOutcome::kNotCommitted, ToStatus("cannot build the batch", status)};
    }
    const rocksdb::Status status = database->db->Write(WriteSettings(), &writes);
    if (status.ok()) return {};
    // Part of the batch may be in the log, and the next reader of the log decides whether it counts.
    database->mark->SetOpen(false);
    MutexLock lock(mutex_);
    is_broken_ = true;
    const std::string message = absl::StrCat("writing to the store failed: ", status.ToString());
    return {CommitOutcome::kUnknown,
            status.IsNoSpace() ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message)};
  }

  absl::Status Recover() override {
    {
      MutexLock lock(mutex_);
      if (!is_broken_) return absl::OkStatus();
      // While it is broken nobody new can take hold of the database, so once we are alone we stay alone.
      if (database_.use_count() > 1) {
        return absl::UnavailableError("the store cannot be reopened before its readers have finished");
      }
      database_.reset();
    }
    absl::StatusOr<std::shared_ptr<Database>> reopened = OpenDatabase(options_);
    if (absl::IsDataLoss(reopened.status())) return reopened.status();
    if (!reopened.ok()) return absl::UnavailableError(reopened.status().message());
    MutexLock lock(mutex_);
    database_ = *std::move(reopened);
    is_broken_ = false;
    return absl::OkStatus();
  }

  absl::Status Purge(std::span<const std::string> keys) override {
    if (options_.read_only) return absl::FailedPreconditionError("the store is open for reading only");
    std::shared_ptr<Database> database;
    {
      MutexLock lock(mutex_);
      if (is_broken_) return absl::UnavailableError("the store is recovering from a failed write");
      // A snapshot holds the database, and with it the old values of the keys.
      if (database_.use_count() > 1)
        return absl::UnavailableError("nothing can be purged before the store's readers have finished");
      database = database_;
    }
    rocksdb::DB& db = *database->db;
    // Out of memory into files, which also begins a new log.
    rocksdb::FlushOptions flush;
    flush.wait = true;
    flush.allow_write_stall = true;
    if (const rocksdb::Status status = db.Flush(flush); !status.ok()) return ToStatus("cannot flush the store", status);
    // Then every file that may hold one of the keys is written anew, down to the last level, where a deletion leaves nothing
    // behind.
    rocksdb::CompactRangeOptions compact;
    compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    compact.exclusive_manual_compaction = true;
    compact.allow_write_stall = true;
    for (const std::string& key : keys) {
      const rocksdb::Slice slice = ToSlice(key);
      if (const rocksdb::Status status = db.CompactRange(compact, &slice, &slice); !status.ok()) {
        return ToStatus("cannot compact the store", status);
      }
    }
    // And the old files go now, not when a background job comes round to them. A job under way is waited for: what it writes is
    // no table file of the store yet, and what it reads is still one.
    rocksdb::Status status = db.PauseBackgroundWork();
    if (!status.ok()) return ToStatus("cannot pause the store's background work", status);
    status = db.DisableFileDeletions();
    if (status.ok()) status = db.EnableFileDeletions(/*force=*/true);
    absl::Status gone = status.ok() ? OldFilesAreGone(db) : ToStatus("cannot delete files of the store", status);
    status = db.ContinueBackgroundWork();
    if (gone.ok() && !status.ok()) gone = ToStatus("cannot resume the store's background work", status);
    return gone;
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> NewSnapshot() const override {
    std::shared_ptr<Database> database = Current();
    if (database == nullptr) return absl::UnavailableError("the store is recovering from a failed write");
    return std::make_unique<RocksDbSnapshot>(std::move(database));
  }

 private:
  // The database; nullptr between a commit of unknown outcome and recovery.
  std::shared_ptr<Database> Current() const {
    MutexLock lock(mutex_);
    return is_broken_ ? nullptr : database_;
  }

  // OK once the folder holds no table file and no log that the database does not need any more.
  absl::Status OldFilesAreGone(rocksdb::DB& db) const {
    std::vector<rocksdb::LiveFileMetaData> live;
    db.GetLiveFilesMetaData(&live);
    std::set<std::string> names;
    for (const rocksdb::LiveFileMetaData& file : live) names.insert(std::filesystem::path(file.name).filename());
    uint64_t first_log_needed = 0;
    if (!db.GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_log_needed)) {
      return absl::UnavailableError("RocksDB does not say which logs it needs");
    }
    ORIUNDO_ASSIGN_OR_RETURN(const auto logs, ListLogs(options_.path));
    std::error_code error;
    std::string left_over;
    for (const auto& [number, path] : logs) {
      if (number < first_log_needed) left_over = path.filename();
    }
    for (const auto& file : std::filesystem::directory_iterator(options_.path, error)) {
      const std::string name = file.path().filename();
      if (file.path().extension() == ".sst" && !names.contains(name)) left_over = name;
    }
    if (error) return absl::UnavailableError(absl::StrCat("cannot list ", options_.path, ": ", error.message()));
    if (left_over.empty()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("the old file ", left_over, " is not deleted yet; try again"));
  }

  // Why `batch` cannot be tried at all. OK if it can.
  absl::Status Refuse(const WriteBatch& batch) const {
    if (options_.read_only) return absl::FailedPreconditionError("the store is open for reading only");
    uint64_t bytes = 0;
    for (const WriteBatch::Operation& operation : batch.operations()) {
      ORIUNDO_RETURN_IF_ERROR(CheckOperation(operation));
      bytes += operation.key.size() + (operation.value ? operation.value->size() : 0);
    }
    struct statvfs disk = {};
    if (::statvfs(options_.path.c_str(), &disk) != 0) {
      return absl::UnavailableError(absl::StrCat("cannot measure the disk: ", std::strerror(errno)));
    }
    const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
    const uint64_t needed = options_.free_disk_bytes_min + bytes;
    if (free < needed) {
      return absl::ResourceExhaustedError(absl::StrCat("disk full: ", free, " bytes free, ", needed, " needed"));
    }
    return absl::OkStatus();
  }

  const RocksDbOptions options_;
  mutable Mutex mutex_;
  std::shared_ptr<Database> database_ ABSL_GUARDED_BY(mutex_);  // Null only inside and after a failed Recover().
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

absl::Status AcceptRocksDbFiles(const std::string& path) {
  ORIUNDO_RETURN_IF_ERROR(FindStore({.path = path}).status());
  ORIUNDO_ASSIGN_OR_RETURN(const HeldLock lock, LockStore(path));
  std::error_code error;
  // Without the old one nothing of it is kept.
  std::filesystem::remove(std::filesystem::path(path) / kFileMarkName, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot remove the old mark in ", path, ": ", error.message()));
  return RenewFileMark(path, /*at_rest=*/false);
}

absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDbEngine(const RocksDbOptions& options) {
  ORIUNDO_ASSIGN_OR_RETURN(std::shared_ptr<Database> database, OpenDatabase(options));
  return std::make_unique<RocksDbEngine>(options, std::move(database));
}

}  // namespace oriundo
