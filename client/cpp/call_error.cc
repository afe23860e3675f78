#include "client/cpp/call_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace oriundo {
namespace {

// A payload of the client's own; no server sends it.
constexpr char kNotReached[] = "oriundo.client/not-reached";

template <typename Detail>
std::string TypeUrl() {
  return "type.googleapis.com/" + Detail::descriptor()->full_name();
}

template <typename Detail>
std::optional<Detail> DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

template <typename Detail>
void Attach(const Detail& detail, absl::Status& status) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

}  // namespace

CallError CallErrorOf(const absl::Status& status) {
  CallError error;
  error.code = status.code();
  error.message = std::string(status.message());
  if (const auto info = DetailOf<google::rpc::ErrorInfo>(status)) {
    error.reason = info->reason();
    error.metadata.insert(info->metadata().begin(), info->metadata().end());
  }
  if (const auto bad_request = DetailOf<google::rpc::BadRequest>(status)) {
    for (const auto& field : bad_request->field_violations()) error.fields.push_back({field.field(), field.description()});
  }
  if (const auto failure = DetailOf<google::rpc::PreconditionFailure>(status)) {
    for (const auto& row : failure->violations()) error.violations.push_back({row.type(), row.subject(), row.description()});
  }
  if (const auto retry = DetailOf<google::rpc::RetryInfo>(status)) {
    error.retry_delay = absl::Seconds(retry->retry_delay().seconds()) + absl::Nanoseconds(retry->retry_delay().nanos());
  }
  error.not_reached = status.GetPayload(kNotReached).has_value();
  return error;
}

void MarkNotReached(absl::Status& status) { status.SetPayload(kNotReached, absl::Cord()); }

absl::Status StatusFromGrpc(int code, const std::string& message, const std::string& serialized) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  google::rpc::Status details;
  if (status.ok() || !details.ParseFromString(serialized)) return status;
  for (const google::protobuf::Any& detail : details.details()) status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return status;
}

absl::Status BadFields(const std::vector<CallError::Field>& fields) {
  std::string message = absl::StrCat(fields.front().path, ": ", fields.front().description);
  if (fields.size() > 1) absl::StrAppend(&message, " (and ", fields.size() - 1, " more)");
  absl::Status status = absl::InvalidArgumentError(message);
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  info.set_domain("oriundo");
  Attach(info, status);
  google::rpc::BadRequest bad_request;
  for (const CallError::Field& field : fields) {
    auto& row = *bad_request.add_field_violations();
    row.set_field(field.path);
    row.set_description(field.description);
  }
  Attach(bad_request, status);
  return status;
}

}  // namespace oriundo
