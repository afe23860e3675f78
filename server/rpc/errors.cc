#include "server/rpc/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "server/base/reason_status.h"

namespace oriundo {
namespace {

// Drops violations from the end until the details fit, and says how many more there are.
template <typename Detail, typename Violations>
void Shorten(Detail& detail, Violations* violations) {
  const int all = violations->size();
  while (violations->size() > 1 && detail.ByteSizeLong() > static_cast<std::size_t>(kErrorDetailsBytesMax)) violations->RemoveLast();
  if (violations->size() == all) return;
  auto& last = *violations->Mutable(violations->size() - 1);
  last.set_description(last.description() + " (and " + std::to_string(all - violations->size()) + " more)");
}

google::protobuf::Any PackDetail(const std::string& type_url, std::string value) {
  if (type_url.ends_with("/google.rpc.BadRequest")) {
    google::rpc::BadRequest detail;
    if (detail.ParseFromString(value)) Shorten(detail, detail.mutable_field_violations());
    value = detail.SerializeAsString();
  } else if (type_url.ends_with("/google.rpc.PreconditionFailure")) {
    google::rpc::PreconditionFailure detail;
    if (detail.ParseFromString(value)) Shorten(detail, detail.mutable_violations());
    value = detail.SerializeAsString();
  }
  google::protobuf::Any any;
  any.set_type_url(type_url);
  any.set_value(std::move(value));
  return any;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status with_reason = WithReason(status);
  google::rpc::Status details;
  details.set_code(static_cast<int>(with_reason.code()));
  details.set_message(std::string(with_reason.message()));
  with_reason.ForEachPayload([&](absl::string_view type_url, const absl::Cord& value) {
    *details.add_details() = PackDetail(std::string(type_url), std::string(value));
  });
  grpc::Status answer;
  // absl and gRPC share the canonical numbers.
  const grpc::Status packed = grpc::SetErrorDetails(details, &answer);
  return packed.ok() ? answer : grpc::Status(static_cast<grpc::StatusCode>(with_reason.code()), std::string(with_reason.message()));
}

}  // namespace oriundo
