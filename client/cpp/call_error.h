// CallError is what a refused call says, taken apart: the reason for programs, every violation, when to try again.
//
// Details travel on an absl::Status as payloads, one a type, under the type URL of google.rpc.ErrorInfo and its like.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"

namespace oriundo {

// An error taken apart.
struct CallError {
  // One field of the request that is wrong.
  struct Field {
    // Path in the request, for example `contribution.declared`.
    std::string path;
    // What is wrong and what is allowed.
    std::string description;
  };
  // One rule that the call would break.
  struct Violation {
    // The name of a v1::ErrorReason.
    std::string type;
    // The resource or party the rule is about.
    std::string subject;
    // What the rule allows, what was asked, what is missing.
    std::string description;
  };

  absl::StatusCode code = absl::StatusCode::kOk;
  // The sentence for a person.
  std::string message;
  // The name of a v1::ErrorReason; empty where the answer did not come from Oriundo (no connection, for example).
  std::string reason;
  // The figures of the message.
  std::map<std::string, std::string> metadata;
  // All that is wrong with the request.
  std::vector<Field> fields;
  // All rules that forbid it, the gravest first.
  std::vector<Violation> violations;
  // The least time to wait before the same call is worth trying again.
  std::optional<absl::Duration> retry_delay;
  // True where no server was reached: nothing was sent, so nothing was carried out.
  bool not_reached = false;
};

// Takes `status` apart. OK gives a CallError with code kOk and nothing else.
CallError CallErrorOf(const absl::Status& status);

// The status of a gRPC answer: `serialized` is its `grpc-status-details-bin` trailer, a google.rpc.Status; details that do not
// parse are dropped.
absl::Status StatusFromGrpc(int code, const std::string& message, const std::string& serialized);

// Marks the status of a call that reached no server; CallErrorOf tells it as `not_reached`.
void MarkNotReached(absl::Status& status);

// INVALID_ARGUMENT with reason INVALID_FIELD and all of `fields`: how the client itself refuses what it need not send. REQUIRES:
// not empty.
absl::Status BadFields(const std::vector<CallError::Field>& fields);

}  // namespace oriundo
