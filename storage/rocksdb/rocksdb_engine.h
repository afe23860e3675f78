// The default Engine: RocksDB in this process, in one folder.
//
// One process at a time opens a folder; a read-only opening excludes writers too, since offline tools work on a stopped store.
// A snapshot keeps the database open, also past the engine's end; Recover() therefore waits for readers to finish.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/engine/engine.h"

namespace oriundo {

// What an operator may choose. Everything else is decided, with its reason, in storage/rocksdb/options.cc.
struct RocksDbOptions {
  // The folder of the store.
  std::string path;
  // Makes a new, empty store where there is none. Only `oriundod init` and tests: a server that meets an empty folder
  // has lost its data and must say so.
  bool create_if_missing = false;
  // For offline tools: commits are refused with kNotCommitted and no file changes.
  bool read_only = false;
  // With read_only: opens the store although its mark (file_mark.h) is missing or says that files were cut off, to see what is
  // left.
  bool ignore_mark = false;
  // Commits are refused while the disk would have less than this left. Covers the flush and compaction of what
  // memory holds; 0 means only the batch itself must fit.
  uint64_t free_disk_bytes_min = uint64_t{64} << 20;
  // Memory for blocks, indexes and filters read from files.
  std::size_t block_cache_bytes = std::size_t{256} << 20;
  // Memory of one table of fresh writes; at most three exist at once.
  std::size_t memtable_bytes = std::size_t{64} << 20;
  // Takes RocksDB's warnings, a line each, from any thread. Empty: nobody does.
  std::function<void(const std::string& line)> warn = nullptr;
};

// Opens the store in options.path.
//
// kNotFound: no store there and !create_if_missing. kFailedPrecondition: another process holds it.
// kDataLoss: files missing, rotten or cut off; nothing in the folder was changed. kUnavailable: the system refuses (permissions,
// disk full, too many files).
absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDbEngine(const RocksDbOptions& options);

// Accepts the files in the folder `path` as they are: what is missing of them by now is no longer missed. For an operator who has
// looked with `ignore_mark`. Errors as OpenRocksDbEngine.
absl::Status AcceptRocksDbFiles(const std::string& path);

}  // namespace oriundo
