// Published reasons of the interface as absl::Status, so that every layer says no in the same words.
//
// The details that a client gets (google.rpc ErrorInfo, BadRequest, PreconditionFailure, RetryInfo) travel as payloads of the
// status, one per type, under their type URL; rpc packs them into the answer as they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/ledger/refusal.h"

namespace oriundo {

// Figures for programs that say what the message says in words.
using ReasonMetadata = std::vector<std::pair<std::string, std::string>>;

// A field of a request that is malformed or out of range.
struct FieldViolation {
  // Its path in the request: `project.parties[2].organization`.
  std::string field;
  // What is allowed, in words and without the value.
  std::string description;
  // The same for programs: the case of INVALID_FIELD and its figures (refusal_cases.h).
  ReasonMetadata metadata = {};
};

// The canonical code of a reason, as error_reason.proto groups them. kUnknown for a reason without a group.
absl::StatusCode CodeOf(v1::ErrorReason reason);

// An error with ErrorInfo{reason, metadata}, and RetryInfo where the same call may be tried again. REQUIRES: not UNSPECIFIED.
absl::Status ReasonStatus(v1::ErrorReason reason, std::string message, const ReasonMetadata& metadata = {});

// INVALID_FIELD with all of `violations` in a BadRequest and the figures of the first ones. REQUIRES: not empty.
absl::Status FieldsStatus(const std::vector<FieldViolation>& violations);

// The same for one field that names something of another kind than `pattern`, `projects/*`.
absl::Status NameStatus(const std::string& field, const std::string& pattern);

// The ledger's refusal: reason and figures of the gravest violation, all of them in a PreconditionFailure, and for INVALID_FIELD
// those about fields in a BadRequest.
absl::Status RefusalStatus(const Refusal& refusal);

// The reason of an error. One without ErrorInfo comes from storage: kDataLoss is JOURNAL_CORRUPT, kResourceExhausted
// STORAGE_FULL, anything else STORAGE_UNAVAILABLE. UNSPECIFIED for OK.
v1::ErrorReason ReasonOf(const absl::Status& status);

// `status` with a reason: itself where it has one, otherwise the published error that ReasonOf names for it. OK stays OK.
absl::Status WithReason(const absl::Status& status);

}  // namespace oriundo
