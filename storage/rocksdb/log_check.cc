#include "storage/rocksdb/log_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

// RocksDB's log format, which it keeps readable across versions:
//   log      := block*                             -- of 32 KiB; the last may be shorter
//   block    := fragment* 0x00{0..6}               -- no fragment crosses a block
//   fragment := checksum:le32 size:le16 type:u8 payload:size bytes
//   record   := one whole fragment, or a first, any number of middle and a last one
constexpr std::size_t kBlockBytes = 32 << 10;
constexpr std::size_t kHeaderBytes = 7;
enum FragmentType : uint8_t { kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// CRC-32C, masked as RocksDB stores it. zlib's CRC-32 is another polynomial.
uint32_t MaskedCrc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) made[i] = made[i] >> 1 ^ (made[i] & 1 ? 0x82f63b78 : 0);
    }
    return made;
  }();
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

// The bytes of the sound fragment at the start of `rest`, a block's remainder; 0 where there is none.
std::size_t SoundFragmentBytes(std::string_view rest) {
  if (rest.size() < kHeaderBytes) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(rest[i])); };
  const std::size_t size = byte(4) | byte(5) << 8;
  if (byte(6) < kWhole || byte(6) > kLast || size > rest.size() - kHeaderBytes) return 0;
  const uint32_t checksum = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
  return MaskedCrc32c(rest.substr(6, 1 + size)) == checksum ? kHeaderBytes + size : 0;
}

bool BeginsRecord(std::string_view fragment) { return fragment[6] == kWhole || fragment[6] == kFirst; }
bool EndsRecord(std::string_view fragment) { return fragment[6] == kWhole || fragment[6] == kLast; }

// Reads one log. `is_damaged` says whether damage was met so far, in this log or an earlier one; `sound_bytes`, where the last
// whole record before any damage ends. False where a record begins, sound, behind damage.
bool IsDamagedAtMostAtItsEnd(const std::string_view whole, bool& is_damaged, uint64_t& sound_bytes) {
  sound_bytes = 0;
  for (std::string_view log = whole; !log.empty(); log.remove_prefix(std::min(kBlockBytes, log.size()))) {
    std::string_view rest = log.substr(0, kBlockBytes);
    while (rest.find_first_not_of('\0') != std::string_view::npos) {
      const std::size_t bytes = SoundFragmentBytes(rest);
      if (bytes > 0 && is_damaged && BeginsRecord(rest)) return false;
      // Behind damage a fragment may begin anywhere until the block ends.
      is_damaged |= bytes == 0;
      if (!is_damaged && EndsRecord(rest)) sound_bytes = static_cast<uint64_t>(rest.data() - whole.data()) + bytes;
      rest.remove_prefix(bytes > 0 ? bytes : 1);
    }
    // Zeros to the end of a block that is followed by another are damage too, unless too short for a fragment.
    if (rest.size() >= kHeaderBytes && log.size() > kBlockBytes) is_damaged = true;
  }
  return true;
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return absl::UnavailableError(absl::StrCat("cannot read ", path.string()));
  return bytes;
}

absl::Status Rotten(const std::filesystem::path& path) {
  return absl::DataLossError(absl::StrCat("acknowledged records are damaged in or before ", path.string()));
}

}  // namespace

absl::StatusOr<ManifestState> ReadManifest(const std::string& folder) {
  ORIUNDO_ASSIGN_OR_RETURN(std::string name, ReadFile(std::filesystem::path(folder) / "CURRENT"));
  while (!name.empty() && name.back() == '\n') name.pop_back();
  constexpr std::string_view kPrefix = "MANIFEST-";
  ManifestState manifest = {.path = std::filesystem::path(folder) / name};
  const bool is_named = name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
                        name.find_first_not_of("0123456789", kPrefix.size()) == std::string::npos;
  std::error_code error;
  if (!is_named || !std::filesystem::is_regular_file(manifest.path, error)) {
    return absl::DataLossError(absl::StrCat("CURRENT in ", folder, " does not name a manifest"));
  }
  manifest.number = std::strtoull(name.c_str() + kPrefix.size(), nullptr, 10);
  ORIUNDO_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(manifest.path));
  bool is_damaged = false;
  if (!IsDamagedAtMostAtItsEnd(bytes, is_damaged, manifest.sound_bytes)) return Rotten(manifest.path);
  return manifest;
}

absl::StatusOr<std::map<uint64_t, std::filesystem::path>> ListLogs(const std::string& folder) {
  std::map<uint64_t, std::filesystem::path> logs;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() == ".log") logs[std::strtoull(file.path().stem().c_str(), nullptr, 10)] = file.path();
  }
  if (error) return absl::UnavailableError(absl::StrCat("cannot list ", folder, ": ", error.message()));
  return logs;
}

absl::StatusOr<LogState> CheckLogs(const std::string& folder) {
  LogState state;
  ORIUNDO_ASSIGN_OR_RETURN(state.manifest, ReadManifest(folder));
  ORIUNDO_ASSIGN_OR_RETURN(const auto logs, ListLogs(folder));
  bool is_damaged = false;
  for (const auto& [number, path] : logs) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::string log, ReadFile(path));
    uint64_t sound_bytes = 0;
    if (!IsDamagedAtMostAtItsEnd(log, is_damaged, sound_bytes)) return Rotten(path);
    state.logs[number] = {.path = path, .sound_bytes = sound_bytes};
  }
  if (is_damaged) state.condition = LogCondition::kTorn;
  return state;
}

}  // namespace oriundo
