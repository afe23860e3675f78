#include "client/cpp/random.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace oriundo {
namespace {

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "oriundo: %s\n", what);
  std::abort();
}

}  // namespace

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    Die("the system gives no randomness");
  return bytes;
}

std::string RandomUuid() { return UuidFromBytes(RandomBytes(16)); }

std::string UuidFromBytes(std::string_view bytes) {
  std::string uuid(bytes.substr(0, 16));
  uuid[6] = static_cast<char>((uuid[6] & 0x0f) | 0x40);  // Version 4 (RFC 4122, 4.1.3).
  uuid[8] = static_cast<char>((uuid[8] & 0x3f) | 0x80);  // The variant of that document (4.1.1).
  const std::string hex = HexOf(uuid);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string HexOf(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return hex;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(), nullptr) !=
      1) {
    Die("SHA-256 is not available");
  }
  return digest;
}

}  // namespace oriundo
