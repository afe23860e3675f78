// Randomness for callers: salts of evidence and request ids. From OpenSSL's generator, which is safe to share between threads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oriundo {

// `count` random bytes. Stops the process where the system has no randomness to give: a weak salt would be worse.
std::string RandomBytes(std::size_t count);

// A random UUID of version 4 in 36 lower-case characters, fit for `request_id`.
std::string RandomUuid();

// The 16 bytes as a UUID of version 4: six bits are overwritten by version and variant. REQUIRES: bytes.size() >= 16.
std::string UuidFromBytes(std::string_view bytes);

// Two lower-case hexadecimal digits a byte.
std::string HexOf(std::string_view bytes);

// SHA-256 of `bytes`, 32 bytes.
std::string Sha256(std::string_view bytes);

}  // namespace oriundo
