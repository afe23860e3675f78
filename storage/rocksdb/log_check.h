// Tells logs that a power cut left unfinished from logs that rotted, before RocksDB reads them.
//
// Each record of RocksDB's write-ahead logs and of its manifest is synced before the next is written, so a power cut can only
// tear the last one, of which nobody was told. Damage with a sound record behind it has hit what was acknowledged. RocksDB cannot
// say which it is: a wrong length in a log's last block is the end to it, and after other damage it skips to the next block of
// 32 KiB, over as many sound records as stand there.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace oriundo {

enum class LogCondition {
  kSound,
  kTorn,  // The write-ahead log's last record is unfinished. Recovery must drop it.
};

// The list of table files that CURRENT names.
struct ManifestState {
  std::filesystem::path path;
  // From its name, MANIFEST-000012; a later list has a larger one.
  uint64_t number = 0;
  // Where its last whole record ends.
  uint64_t sound_bytes = 0;
};

// One write-ahead log.
struct WriteAheadLogState {
  std::filesystem::path path;
  // Where its last whole record ends.
  uint64_t sound_bytes = 0;
};

// What stands in a store's folder.
struct LogState {
  LogCondition condition = LogCondition::kSound;
  ManifestState manifest;
  std::map<uint64_t, WriteAheadLogState> logs;  // By number, which rises in time.
};

// The condition of the store in `folder`. kDataLoss where its manifest or write-ahead logs are rotten, kUnavailable where they
// cannot be read. A log that was cut off between two records is sound: nothing in it tells; file_mark.h does.
absl::StatusOr<LogState> CheckLogs(const std::string& folder);

// The manifest of the store in `folder`, which may be growing. Errors as CheckLogs.
absl::StatusOr<ManifestState> ReadManifest(const std::string& folder);

// The write-ahead logs in `folder`, by number.
absl::StatusOr<std::map<uint64_t, std::filesystem::path>> ListLogs(const std::string& folder);

}  // namespace oriundo
