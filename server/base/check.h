// ORIUNDO_CHECK stops the process when something the code itself guarantees is not so, in release builds too.
//
// For broken invariants only. Bad input, a full disk and rotten bytes are absl::Status or a Refusal.
#pragma once

#include <cstdio>
#include <cstdlib>

#define ORIUNDO_CHECK(condition)                                                                       \
  do {                                                                                                 \
    if (!(condition)) [[unlikely]] {                                                                   \
      std::fprintf(stderr, "%s:%d: invariant does not hold: %s\n", __FILE__, __LINE__, #condition);    \
      std::abort();                                                                                    \
    }                                                                                                  \
  } while (false)
