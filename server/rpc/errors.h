// How an absl::Status of the inner rooms looks on the wire.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace oriundo {

// Bytes of error details that fit the trailers of a call beside everything else: HTTP/2 peers take 8 KiB of headers by default.
inline constexpr int kErrorDetailsBytesMax = 4'096;

// The same code and message, with the payloads (ErrorInfo, BadRequest, PreconditionFailure, RetryInfo) as google.rpc.Status details. An error
// without a reason gets the one that base/reason_status.h names for it. A list of violations that is too long is cut and says so.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace oriundo
