// TestSeed gives a random test its seed: a fresh one each run, or the one to replay from ORIUNDO_TEST_SEED. Put it in a
// SCOPED_TRACE, so that a failure names it. For tests only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace oriundo {

inline uint64_t TestSeed() {
  const char* given = std::getenv("ORIUNDO_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

inline std::string SeedTrace(uint64_t seed) { return "replay with ORIUNDO_TEST_SEED=" + std::to_string(seed); }

// A whole number from `least` to `most`, small ones as likely as large ones: its magnitude is drawn first.
inline int64_t AnyMagnitude(std::mt19937_64& random, int64_t least, int64_t most) {
  const int bits = std::uniform_int_distribution<int>(0, 62)(random);
  const int64_t span = std::min(most - least, (int64_t{1} << bits) - 1);
  return least + std::uniform_int_distribution<int64_t>(0, span)(random);
}

}  // namespace oriundo
