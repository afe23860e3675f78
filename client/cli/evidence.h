// Evidence made from a document on this machine. The ledger gets a salted hash only; document and salt stay with their holder.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// What the ledger gets, and what its holder must keep to prove later that the document is the one.
struct SaltedEvidence {
  // Hash and size; the type is not set.
  v1::Evidence evidence;
  // 32 random bytes.
  std::string salt;
};

// SHA-256 of a fresh salt followed by the file's bytes. NOT_FOUND where the file cannot be read.
absl::StatusOr<SaltedEvidence> EvidenceOfFile(const std::string& path);

}  // namespace oriundo
