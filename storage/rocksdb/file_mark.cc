#include "storage/rocksdb/file_mark.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

constexpr char kTitle[] = "oriundo files 1\n";

absl::Status Failed(const std::string& doing, const std::string& path) {
  return absl::UnavailableError(absl::StrCat("cannot ", doing, " ", path, ": ", std::strerror(errno)));
}

// Makes the bytes of a file, or the names in a folder, durable.
absl::Status Sync(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed("open", path);
  const absl::Cleanup close = [file] { ::close(file); };
  return ::fsync(file) == 0 ? absl::OkStatus() : Failed("sync", path);
}

std::string Checksum(const std::string& bytes) {
  const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return absl::StrFormat("crc %08x\n", static_cast<uint32_t>(crc));
}

absl::Status Unusable(const std::string& why) {
  return absl::DataLossError(absl::StrCat("the file ", kFileMarkName, ", which remembers how far the store's files go, ", why,
                                          ": put the whole folder back from a backup, or look with oriundo-fsck --ignore-mark"));
}

absl::Status TooShort(const std::string& file, uint64_t bytes, uint64_t wanted) {
  return absl::DataLossError(absl::StrCat(file, " was cut or damaged: it is sound up to byte ", bytes,
                                          " and once was up to byte ", wanted,
                                          ": acknowledged entries are missing; put the whole folder back from a backup"));
}

}  // namespace

std::string EncodeFileMark(const FileMark& mark) {
  std::string bytes = absl::StrCat(kTitle, "manifest ", mark.manifest_number, " ", mark.manifest_bytes, "\n");
  for (const auto& [number, size] : mark.logs) absl::StrAppend(&bytes, "log ", number, " ", size, "\n");
  return bytes + Checksum(bytes);
}

absl::StatusOr<FileMark> DecodeFileMark(const std::string& bytes) {
  FileMark mark;
  std::istringstream words(bytes);
  std::string title;
  std::getline(words, title);
  std::string word;
  uint64_t number = 0;
  uint64_t size = 0;
  words >> word >> mark.manifest_number >> mark.manifest_bytes;
  while (words >> word && word == "log" && words >> number >> size) mark.logs.emplace(number, size);
  // Whatever else was read, the checksum decides.
  if (EncodeFileMark(mark) != bytes) return Unusable("is rotten");
  return mark;
}

absl::StatusOr<FileMark> ReadFileMark(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder) / kFileMarkName;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    if (error) return absl::UnavailableError(absl::StrCat("cannot look for ", path.string(), ": ", error.message()));
    return Unusable("is missing");
  }
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return absl::UnavailableError(absl::StrCat("cannot read ", path.string()));
  return DecodeFileMark(bytes);
}

absl::Status WriteFileMark(const std::string& folder, const FileMark& mark) {
  const std::string path = absl::StrCat(folder, "/", kFileMarkName);
  const std::string fresh = path + ".new";
  const std::string bytes = EncodeFileMark(mark);
  // What the mark speaks of must be durable before it: a log made just now is in the folder only once the folder is synced.
  ORIUNDO_RETURN_IF_ERROR(Sync(folder));
  {
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return Failed("make", fresh);
    const absl::Cleanup close = [file] { ::close(file); };
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return Failed("write", fresh);
    if (::fsync(file) != 0) return Failed("sync", fresh);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return Failed("replace", path);
  return Sync(folder);
}

absl::Status RenewFileMark(const std::string& folder, bool at_rest) {
  std::map<uint64_t, uint64_t> known;
  if (!at_rest) {
    if (absl::StatusOr<FileMark> old = ReadFileMark(folder); old.ok()) known = std::move(old->logs);
  }
  ORIUNDO_ASSIGN_OR_RETURN(const ManifestState manifest, ReadManifest(folder));
  // What is read may still be on its way to the disk.
  ORIUNDO_RETURN_IF_ERROR(Sync(manifest.path));
  FileMark mark = {.manifest_number = manifest.number, .manifest_bytes = manifest.sound_bytes, .logs = {}};
  ORIUNDO_ASSIGN_OR_RETURN(const auto logs, ListLogs(folder));
  for (const auto& [number, path] : logs) {
    std::error_code error;
    const uint64_t size = at_rest ? std::filesystem::file_size(path, error) : known[number];
    if (!error) mark.logs[number] = size;  // Otherwise it was deleted just now, and so was not needed any more.
  }
  return WriteFileMark(folder, mark);
}

absl::Status CheckAgainstMark(const FileMark& mark, const LogState& found) {
  if (found.manifest.number < mark.manifest_number) {
    return absl::DataLossError(absl::StrCat("CURRENT names the list of files number ", found.manifest.number,
                                            ", which an older store had; number ", mark.manifest_number,
                                            " was there: put the whole folder back from a backup"));
  }
  if (found.manifest.number == mark.manifest_number && found.manifest.sound_bytes < mark.manifest_bytes) {
    return TooShort(found.manifest.path, found.manifest.sound_bytes, mark.manifest_bytes);
  }
  for (const auto& [number, log] : found.logs) {
    const auto marked = mark.logs.find(number);
    if (marked != mark.logs.end() && log.sound_bytes < marked->second) {
      return TooShort(log.path, log.sound_bytes, marked->second);
    }
  }
  return absl::OkStatus();
}

}  // namespace oriundo
