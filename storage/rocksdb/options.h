// How Oriundo sets RocksDB: the one place, for the engine's own use. Each setting has its reason in options.cc.
#pragma once

#include "rocksdb/options.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace oriundo {

// How the database is opened, without listeners. Writes and reads are as WriteSettings() and ReadSettings() say.
rocksdb::Options DatabaseSettings(const RocksDbOptions& options);

rocksdb::WriteOptions WriteSettings();

rocksdb::ReadOptions ReadSettings(const rocksdb::Snapshot* snapshot);

}  // namespace oriundo
