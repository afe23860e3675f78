// Tells logs that a power cut left unfinished from logs that rotted, before RocksDB reads them.
//
// Each record of RocksDB's write-ahead logs and of its manifest is synced before the next is written, so a power cut can only
// tear the last one, of which nobody was told. Damage with a sound record behind it has hit what was acknowledged. RocksDB cannot
// say which it is: a wrong length in a log's last block is the end to it, and after other damage it skips to the next block of
// 32 KiB, over as many sound records as stand there.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace oriundo {

enum class LogCondition {
  kSound,
  kTorn,  // The write-ahead log's last record is unfinished. Recovery must drop it.
};

// The condition of the store in `folder`. kDataLoss where its manifest or write-ahead logs are rotten, kUnavailable where they
// cannot be read. A log that was cut off between two records is sound: nothing in it tells.
absl::StatusOr<LogCondition> CheckLogs(const std::string& folder);

}  // namespace oriundo
