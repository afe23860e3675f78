// How an absl::Status of the inner rooms looks on the wire.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace oriundo {

// Bytes of all lists of violations in one answer. In base64, beside message and ErrorInfo, they fit the 8 KiB of headers that
// HTTP/2 peers take by default.
inline constexpr std::size_t kViolationBytesMax = 4'000;

// The same code and message, with the payloads (ErrorInfo, BadRequest, PreconditionFailure, RetryInfo) as google.rpc.Status
// details. An error without a reason gets the one that base/reason_status.h names for it. Lists of violations that are too long
// are cut and say how many more there are.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace oriundo
