#include "client/cli/evidence.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/cpp/random.h"

namespace oriundo {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::optional<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string secret{std::istreambuf_iterator<char>(file), {}};
  if (!file || secret.size() != kSecretBytes) return std::nullopt;
  return secret;
}

// Writes the secret whole under another name and links it into place, so that of two runs at once both read the same.
void KeepSecret(const std::string& path, const std::string& secret) {
  const std::string draft = absl::StrCat(path, ".", HexOf(RandomBytes(8)));
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return;
  const bool written = write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && fsync(file) == 0;
  close(file);
  // Fails where another run was faster; its secret is then read.
  if (written && link(draft.c_str(), path.c_str()) != 0) errno = 0;
  unlink(draft.c_str());
}

}  // namespace

absl::StatusOr<std::string> ReadDocument(const std::string& path, const Words& words) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string document;
  if (file) {
    std::array<char, 1 << 16> buffer;
    while (file) {
      file.read(buffer.data(), buffer.size());
      document.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.eof()) return document;  // A folder opens, and fails when read.
  }
  return absl::NotFoundError(words("cannot read {path}: {why}", {{"path", path}, {"why", FaultOfFile(errno, words)}}));
}

v1::Evidence EvidenceOf(std::string_view salt, std::string_view document) {
  v1::Evidence evidence;
  evidence.set_salted_sha256(Sha256(absl::StrCat(std::string(salt), std::string(document))));
  evidence.set_size_bytes(static_cast<int64_t>(document.size()));
  return evidence;
}

std::string SaltOf(std::string_view secret, std::string_view request_id, std::string_view document) {
  const std::string text = absl::StrCat("oriundo salt\n", std::string(request_id), "\n", Sha256(document));
  std::array<unsigned char, 32> salt;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), salt.data(), &size) == nullptr ||
      size != salt.size()) {
    return RandomBytes(salt.size());  // Without HMAC a repeat fails; the evidence is as good.
  }
  return std::string(salt.begin(), salt.end());
}

std::string ConfigFolder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') return absl::StrCat(config, "/oriundo");
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? absl::StrCat(home, "/.config/oriundo") : "";
}

std::string SaltSecret(const std::string& folder) {
  const std::string fresh = RandomBytes(kSecretBytes);
  if (folder.empty()) return fresh;
  const std::string path = folder + "/salt-secret";
  if (const auto secret = ReadSecret(path)) return *secret;
  std::error_code error;
  if (std::filesystem::create_directories(folder, error); !error) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  KeepSecret(path, fresh);
  return ReadSecret(path).value_or(fresh);
}

}  // namespace oriundo
