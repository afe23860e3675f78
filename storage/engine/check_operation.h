// The size limits of engine.h, checked in one place for every engine.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/engine/engine.h"

namespace oriundo {

// kInvalidArgument for a key or value that no engine takes: trying again never helps.
inline absl::Status CheckOperation(const WriteBatch::Operation& operation) {
  if (operation.key.empty()) return absl::InvalidArgumentError("a key of 0 bytes");
  if (operation.key.size() > kKeyBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a key of ", operation.key.size(), " bytes, more than ", kKeyBytesMax));
  }
  if (operation.value && operation.value->size() > kValueBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a value of ", operation.value->size(), " bytes, more than ", kValueBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace oriundo
