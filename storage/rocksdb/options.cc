#include "storage/rocksdb/options.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"

namespace oriundo {
namespace {

// Two cores are the machine we measure on: one for flushes, one for compactions.
constexpr int kBackgroundJobs = 2;
// One memtable takes writes while two wait for the disk. Memory for writes is at most three memtables.
constexpr int kMemtablesMax = 3;
// One in a hundred absent keys reaches the disk; a request id is looked up before every write and is nearly always absent.
constexpr double kBloomBitsPerKey = 10;
// Larger blocks than RocksDB's 4 KiB compress journal entries better and halve the index; a point read still costs one.
constexpr std::size_t kBlockBytes = 8 << 10;
// 100 GiB are 800 files, inside the usual limit of 1,024 open ones.
constexpr uint64_t kFileBytes = uint64_t{128} << 20;
// What is deleted leaves the files at the latest so long after it reached them: a destroyed subject secret must not lie in an
// old file for ever.
constexpr uint64_t kRewriteSeconds = uint64_t{30} * 24 * 60 * 60;

// Hands warnings to the operator. Never to a file of RocksDB's own: when the disk is full, the packaged build aborts at the
// second line that it cannot write there.
class Warnings final : public rocksdb::Logger {
 public:
  explicit Warnings(const RocksDbOptions& options) : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), warn_(options.warn) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (!warn_) return;
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    warn_(line);
  }
  void LogHeader(const char*, va_list) override {}  // Says which options are set, which this file does.

 private:
  const std::function<void(const std::string& line)> warn_;
};

rocksdb::BlockBasedTableOptions TableSettings(const RocksDbOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  // Half of the cache is for blocks read twice, so that one long scan does not push out the hot state.
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, /*num_shard_bits=*/-1,
                                           /*strict_capacity_limit=*/false, /*high_pri_pool_ratio=*/0.5);
  // Indexes and filters count against the cache: memory is bounded by configuration, not by data.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.whole_key_filtering = true;
  table.block_size = kBlockBytes;
  // Every block is verified as it is read. XXH3, because the packaged CRC32C is computed in software.
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  return table;
}

}  // namespace

rocksdb::Options DatabaseSettings(const RocksDbOptions& options) {
  rocksdb::Options settings;

  // What is there.
  settings.create_if_missing = options.create_if_missing;
  settings.error_if_exists = false;
  settings.comparator = rocksdb::BytewiseComparator();  // The contract's order; backup tools fail on others.
  settings.is_fd_close_on_exec = true;

  // Integrity: refuse what is rotten, early.
  settings.paranoid_checks = true;
  settings.force_consistency_checks = true;
  settings.flush_verify_memtable_count = true;
  settings.check_flush_compaction_key_order = true;
  settings.verify_sst_unique_id_in_manifest = true;
  settings.skip_checking_sst_file_sizes_on_db_open = false;
  settings.best_efforts_recovery = false;
  // Reading every new file back proves little while it is still in the page cache, and costs as much as writing it.
  settings.paranoid_file_checks = false;
  // Only tracks write-ahead logs that are closed, and is known to report differences where there are none (rocksdb#12467). A log
  // or manifest that was cut off is found by file_mark.h.
  settings.track_and_verify_wals_in_manifest = false;

  // The write-ahead log: one sync for each batch, so at most its last record may be torn. Damage before that is acknowledged
  // data; the default, point-in-time, would drop it in silence. log_check.h tells the two apart.
  settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  settings.manual_wal_flush = false;
  settings.recycle_log_file_num = 0;            // No gain measured, and old records behind the end cloud what is torn.
  settings.wal_compression = rocksdb::kNoCompression;
  settings.avoid_flush_during_recovery = false;  // What was recovered goes to files at once, away from a torn log.
  settings.use_fsync = false;                   // fdatasync also makes a grown file's size durable.
  // After a failed write we stop, reopen and look (Recover); RocksDB must not resume behind our back.
  settings.max_bgerror_resume_count = 0;

  // One writer, whose batches are already groups: no pipelining, no relaxed order, no parallel inserts. The last would also
  // switch off the hint below.
  settings.enable_pipelined_write = false;
  settings.unordered_write = false;
  settings.two_write_queues = false;
  settings.allow_concurrent_memtable_write = false;

  // Memory of fresh writes.
  settings.write_buffer_size = options.memtable_bytes;
  settings.max_write_buffer_number = kMemtablesMax;
  settings.min_write_buffer_number_to_merge = 1;
  settings.max_write_buffer_size_to_maintain = 0;  // Flushed memtables are freed: no transactions look back at them.
  settings.db_write_buffer_size = 0;               // One column family: write_buffer_size says it all.
  // An insert near the last one of the same table (keys.h: the first byte) skips the search: segments, bundles and new
  // chunks come in order. A memtable insert is what limits throughput, and 250 bytes a table are nothing.
  settings.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
  // Absent request ids are found absent without a search. Two per cent of the memtable.
  settings.memtable_prefix_bloom_size_ratio = 0.02;
  settings.memtable_whole_key_filtering = true;

  // Files.
  settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableSettings(options)));
  settings.compression = rocksdb::kLZ4Compression;             // Cheap enough for every level.
  settings.bottommost_compression = rocksdb::kDisableCompressionOption;  // As above.
  settings.compaction_style = rocksdb::kCompactionStyleLevel;  // Bounded space: history is written once and kept for ever.
  settings.level_compaction_dynamic_level_bytes = true;        // Ninety per cent of the data in the last level.
  settings.target_file_size_base = kFileBytes;
  settings.max_bytes_for_level_base = std::max<uint64_t>(4 * options.memtable_bytes, kFileBytes);
  settings.level0_file_num_compaction_trigger = 4;
  settings.level0_slowdown_writes_trigger = 20;
  settings.level0_stop_writes_trigger = 36;
  settings.periodic_compaction_seconds = kRewriteSeconds;
  settings.ttl = kRewriteSeconds;
  // All files stay open, which periodic compaction needs; opening them at start also finds missing ones before the first read.
  settings.max_open_files = -1;
  settings.max_background_jobs = kBackgroundJobs;
  settings.max_subcompactions = 1;
  settings.bytes_per_sync = 1 << 20;  // Writes files out as they grow, so that a flush does not stall the log's sync.
  settings.wal_bytes_per_sync = 0;    // Every batch is synced anyway.
  settings.compaction_readahead_size = 2 << 20;
  // Some 20,000 changes. Each flush reads the list once to mark how far it goes (file_mark.h), and a new one costs little: it
  // begins with one line for each file.
  settings.max_manifest_file_size = 4 << 20;

  // The level is set because its default depends on how our own code is compiled.
  settings.info_log = std::make_shared<Warnings>(options);
  settings.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  settings.stats_dump_period_sec = 0;
  settings.stats_persist_period_sec = 0;
  settings.allow_data_in_errors = false;  // Keys may hold pseudonyms.
  return settings;
}

rocksdb::WriteOptions WriteSettings() {
  rocksdb::WriteOptions settings;
  settings.sync = true;
  settings.disableWAL = false;
  settings.no_slowdown = false;  // The queue before us is bounded: waiting for the disk is how callers learn of it.
  return settings;
}

rocksdb::ReadOptions ReadSettings(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions settings;
  settings.snapshot = snapshot;
  settings.verify_checksums = true;
  settings.fill_cache = true;
  settings.async_io = false;  // Not in Debian's build.
  return settings;
}

}  // namespace oriundo
