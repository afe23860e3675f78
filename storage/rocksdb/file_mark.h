// FileMark remembers, beside the store, how far its files went when last looked at.
//
// RocksDB takes a manifest (its list of table files) or a write-ahead log that ends too early for one that a power cut ended: it
// opens, shows an older store and deletes the table files that the shorter list does not name. The mark tells the two apart. It
// is a lower bound: files may have grown since it was written, they may never have shrunk, whatever crashed in between.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/rocksdb/log_check.h"

namespace oriundo {

// Name of the mark in the store's folder.
//
//   mark := "oriundo files 1\n" "manifest " number " " bytes "\n" ( "log " number " " bytes "\n" )* "crc " 8 hexadecimal digits
//   "\n"
//
// Numbers are decimal; the checksum is zlib's CRC-32 of every byte before its line.
inline constexpr char kFileMarkName[] = "ORIUNDO-FILES";

struct FileMark {
  // The manifest that CURRENT named, and how many bytes of whole records it had. 0 and 0 before the first manifest.
  uint64_t manifest_number = 0;
  uint64_t manifest_bytes = 0;
  // Write-ahead logs: number to the least bytes of whole records. 0 where it was only known to be there.
  std::map<uint64_t, uint64_t> logs;

  bool operator==(const FileMark&) const = default;
};

// Encodes and decodes the mark's bytes. kDataLoss where they are not what EncodeFileMark made.
std::string EncodeFileMark(const FileMark& mark);
absl::StatusOr<FileMark> DecodeFileMark(const std::string& bytes);

// The mark in `folder`. kDataLoss where there is none or where it is rotten.
absl::StatusOr<FileMark> ReadFileMark(const std::string& folder);

// Replaces the mark in `folder`, durably: after a crash the old one or the new one is there. kUnavailable where the system
// refuses.
absl::Status WriteFileMark(const std::string& folder, const FileMark& mark);

// Looks at the files in `folder` and writes what they are as the new mark.
//
// The manifest and the logs may grow meanwhile. Where `at_rest`, nobody writes to the logs, and all that is in them was synced:
// their lengths are remembered too; otherwise what the old mark says of a log is kept. Calls for one folder must not overlap.
absl::Status RenewFileMark(const std::string& folder, bool at_rest);

// kDataLoss, saying which file and what it lacks, where the files fall short of the mark; logs that are gone are not judged.
absl::Status CheckAgainstMark(const FileMark& mark, const LogState& found);

}  // namespace oriundo
