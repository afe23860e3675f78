// Clock: the one place time comes from. Injected, so that tests and replays decide what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace oriundo {

// Microseconds since 1970 UTC. May stand still or go back, as the machine's clock does; called from one thread at a time.
using Clock = std::function<int64_t()>;

// The machine's clock.
inline int64_t SystemClock() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
}

}  // namespace oriundo
