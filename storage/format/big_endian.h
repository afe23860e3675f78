// Unsigned integers as big-endian bytes: the one byte order of Oriundo's keys and values, because it sorts as it counts.
//
// Reading past the end is the caller's fault; codecs check lengths first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace oriundo {

// Appends the low `Bytes` bytes of `value` to `out`, highest first.
template <std::size_t Bytes>
void AppendBigEndian(std::string& out, uint64_t value) {
  static_assert(Bytes >= 1 && Bytes <= 8);
  for (std::size_t i = Bytes; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

inline void AppendBe16(std::string& out, uint16_t value) { AppendBigEndian<2>(out, value); }
inline void AppendBe32(std::string& out, uint32_t value) { AppendBigEndian<4>(out, value); }
inline void AppendBe64(std::string& out, uint64_t value) { AppendBigEndian<8>(out, value); }

// The integer in the first `Bytes` bytes of `bytes`. REQUIRES: bytes.size() >= Bytes.
template <std::size_t Bytes>
uint64_t ReadBigEndian(std::string_view bytes) {
  static_assert(Bytes >= 1 && Bytes <= 8);
  uint64_t value = 0;
  for (std::size_t i = 0; i < Bytes; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

inline uint16_t ReadBe16(std::string_view bytes) { return static_cast<uint16_t>(ReadBigEndian<2>(bytes)); }
inline uint32_t ReadBe32(std::string_view bytes) { return static_cast<uint32_t>(ReadBigEndian<4>(bytes)); }
inline uint64_t ReadBe64(std::string_view bytes) { return ReadBigEndian<8>(bytes); }

}  // namespace oriundo
