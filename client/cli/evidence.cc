#include "client/cli/evidence.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cpp/random.h"

namespace oriundo {

absl::StatusOr<SaltedEvidence> EvidenceOfFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  const auto unreadable = [&path] { return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno))); };
  if (!file) return unreadable();

  SaltedEvidence result;
  result.salt = RandomBytes(32);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool hashed = hash != nullptr && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1 &&
                EVP_DigestUpdate(hash.get(), result.salt.data(), result.salt.size()) == 1;
  int64_t size = 0;
  std::array<char, 1 << 16> buffer;
  while (hashed && file) {
    file.read(buffer.data(), buffer.size());
    size += file.gcount();
    hashed = EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(file.gcount())) == 1;
  }
  if (!file.eof()) return unreadable();  // A folder opens, and fails when read.
  std::array<unsigned char, 32> digest;
  if (!hashed || EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) != 1)
    return absl::InternalError("SHA-256 is not available");
  result.evidence.set_salted_sha256(digest.data(), digest.size());
  result.evidence.set_size_bytes(size);
  return result;
}

}  // namespace oriundo
