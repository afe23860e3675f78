// Early returns for absl::Status and absl::StatusOr.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function unless `expression` is OK.
#define ORIUNDO_RETURN_IF_ERROR(expression)                      \
  do {                                                           \
    if (absl::Status status_ = (expression); !status_.ok()) {    \
      return status_;                                            \
    }                                                            \
  } while (false)

#define ORIUNDO_CONCAT_INNER_(a, b) a##b
#define ORIUNDO_CONCAT_(a, b) ORIUNDO_CONCAT_INNER_(a, b)
#define ORIUNDO_ASSIGN_OR_RETURN_INNER_(result, target, expression) \
  auto result = (expression);                                       \
  if (!result.ok()) {                                               \
    return std::move(result).status();                              \
  }                                                                 \
  target = *std::move(result)

// Declares or assigns `target` from a StatusOr, or returns its error from the enclosing function.
#define ORIUNDO_ASSIGN_OR_RETURN(target, expression) \
  ORIUNDO_ASSIGN_OR_RETURN_INNER_(ORIUNDO_CONCAT_(status_or_, __LINE__), target, expression)
