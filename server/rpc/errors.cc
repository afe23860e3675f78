#include "server/rpc/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "server/base/reason_status.h"

namespace oriundo {
namespace {

// Drops violations from the end until they take at most `bytes_max`, and says how many more there are.
template <typename Detail, typename Violations>
std::string Shortened(const Detail& detail, Violations* violations, std::size_t bytes_max) {
  const int all = violations->size();
  while (violations->size() > 1 && detail.ByteSizeLong() > bytes_max) violations->RemoveLast();
  if (violations->size() < all) {
    auto& last = *violations->Mutable(violations->size() - 1);
    last.set_description(last.description() + " (and " + std::to_string(all - violations->size()) + " more)");
  }
  return detail.SerializeAsString();
}

// Cuts the violations in `details` down to what an answer may carry.
void Shorten(google::rpc::Status& details) {
  std::size_t lists = 0;
  for (const google::protobuf::Any& detail : details.details()) {
    lists += detail.Is<google::rpc::BadRequest>() || detail.Is<google::rpc::PreconditionFailure>() ? 1 : 0;
  }
  for (google::protobuf::Any& detail : *details.mutable_details()) {
    google::rpc::BadRequest bad_request;
    google::rpc::PreconditionFailure failure;
    if (detail.UnpackTo(&bad_request)) {
      detail.set_value(Shortened(bad_request, bad_request.mutable_field_violations(), kViolationBytesMax / lists));
    } else if (detail.UnpackTo(&failure)) {
      detail.set_value(Shortened(failure, failure.mutable_violations(), kViolationBytesMax / lists));
    }
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status with_reason = WithReason(status);
  google::rpc::Status details;
  details.set_code(static_cast<int>(with_reason.code()));
  details.set_message(std::string(with_reason.message()));
  with_reason.ForEachPayload([&](absl::string_view type_url, const absl::Cord& value) {
    google::protobuf::Any& detail = *details.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(value));
  });
  Shorten(details);
  grpc::Status answer;
  // absl and gRPC share the canonical numbers. Without details only where protobuf cannot serialise them, which it always can.
  const grpc::Status packed = grpc::SetErrorDetails(details, &answer);
  if (packed.ok()) return answer;
  return grpc::Status(static_cast<grpc::StatusCode>(with_reason.code()), std::string(with_reason.message()));
}

}  // namespace oriundo
