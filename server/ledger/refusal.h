// Refusal: why the ledger does not do what it was asked, whole, so that the caller can mend everything at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "oriundo/v1/error_reason.pb.h"

namespace oriundo {

// One rule that a command would break.
struct Violation {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // The resource, party or field that it is about; names only, never text.
  std::string subject;
  // A sentence: what is allowed, what was asked, what is missing.
  std::string description;
  // The same figures for programs, for example {"entitled_minor_units", "25000000"}.
  std::vector<std::pair<std::string, std::string>> metadata;
};

// All violations found, the gravest first; never empty. The first one's reason is the reason of the whole.
struct Refusal {
  std::vector<Violation> violations;

  v1::ErrorReason reason() const { return violations.front().reason; }
};

}  // namespace oriundo
