#include "server/base/reason_status.h"

#include <algorithm>
#include <cstddef>

#include <optional>
#include <string_view>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "server/base/check.h"

namespace oriundo {
namespace {

constexpr std::string_view kTypePrefix = "type.googleapis.com/";

template <typename Detail>
std::string TypeUrl() {
  return std::string(kTypePrefix) + Detail::descriptor()->full_name();
}

template <typename Detail>
void Attach(const Detail& detail, absl::Status& status) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

// How long to wait before the same call is worth trying again; nullopt where waiting does not help.
std::optional<int64_t> RetryDelayMilliseconds(v1::ErrorReason reason) {
  switch (reason) {
    case v1::QUEUE_FULL:
      return 100;  // A full queue is half a second's work.
    case v1::TOO_MANY_STREAMS:
    case v1::DRAINING:
    case v1::JOURNAL_TAIL_UNKNOWN:
    case v1::STORAGE_UNAVAILABLE:
      return 1'000;
    case v1::STORAGE_FULL:
      return 60'000;  // Somebody has to make room first.
    default:
      return std::nullopt;
  }
}

// Violations whose figures stand in the metadata: the details travel in a trailer of some kilobytes.
constexpr std::size_t kViolationsWithFiguresMax = 8;

// Adds the figures of the violation at `index`; those of the first stand under their own keys.
void AddFigures(std::size_t index, const ReasonMetadata& figures, ReasonMetadata& metadata) {
  const std::string prefix = index == 0 ? "" : absl::StrCat("violation_", index, "_");
  for (const auto& [key, value] : figures) metadata.emplace_back(prefix + key, value);
}

absl::Status Make(v1::ErrorReason reason, const std::string& message, const ReasonMetadata& metadata) {
  ORIUNDO_CHECK(reason != v1::ERROR_REASON_UNSPECIFIED);
  absl::Status status(CodeOf(reason), message);
  google::rpc::ErrorInfo info;
  info.set_reason(v1::ErrorReason_Name(reason));
  info.set_domain("oriundo");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  Attach(info, status);
  if (const std::optional<int64_t> delay = RetryDelayMilliseconds(reason)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(*delay / 1'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(*delay % 1'000 * 1'000'000));
    Attach(retry, status);
  }
  return status;
}

}  // namespace

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  const int number = reason;
  if (number < 1) return absl::StatusCode::kUnknown;
  if (number < 20) return absl::StatusCode::kInvalidArgument;
  if (number < 30) return absl::StatusCode::kUnauthenticated;
  if (number < 50) return absl::StatusCode::kPermissionDenied;
  if (number < 80) return absl::StatusCode::kNotFound;
  if (number < 100) return absl::StatusCode::kAlreadyExists;
  // What came later stands among the others.
  if (v1::ErrorReason_Name(reason).ends_with("_NOT_FOUND")) return absl::StatusCode::kNotFound;
  if (number < 200) return absl::StatusCode::kFailedPrecondition;
  if (number < 210) return absl::StatusCode::kAborted;
  if (number < 220) return absl::StatusCode::kResourceExhausted;
  if (number < 230) return absl::StatusCode::kUnavailable;
  if (number < 240) return absl::StatusCode::kDataLoss;
  return absl::StatusCode::kUnknown;
}

absl::Status ReasonStatus(v1::ErrorReason reason, std::string message, const ReasonMetadata& metadata) {
  return Make(reason, message, metadata);
}

absl::Status FieldsStatus(const std::vector<FieldViolation>& violations) {
  ORIUNDO_CHECK(!violations.empty());
  const FieldViolation& first = violations.front();
  std::string message = absl::StrCat(first.field, ": ", first.description);
  if (violations.size() > 1) absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  ReasonMetadata metadata = {{"field", first.field}, {"violations", absl::StrCat(violations.size())}};
  for (std::size_t i = 0; i < std::min(violations.size(), kViolationsWithFiguresMax); ++i) AddFigures(i,
                                                                                                      violations[i].metadata,
                                                                                                          metadata);
  absl::Status status = Make(v1::INVALID_FIELD, message, metadata);
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    google::rpc::BadRequest::FieldViolation& row = *bad_request.add_field_violations();
    row.set_field(violation.field);
    row.set_description(violation.description);
  }
  Attach(bad_request, status);
  return status;
}

absl::Status NameStatus(const std::string& field, const std::string& pattern) {
  return FieldsStatus({{field, "must be a name like " + pattern, {{"case", "NAME_LIKE"}, {"pattern", pattern}}}});
}

absl::Status RefusalStatus(const Refusal& refusal) {
  // One thing is said once, also where a club is both the project's and a party of it.
  std::vector<Violation> violations;
  for (const Violation& violation : refusal.violations) {
    const bool said = std::any_of(violations.begin(), violations.end(), [&](const Violation& before) {
      return before.reason == violation.reason && before.subject == violation.subject &&
             before.description == violation.description;
    });
    if (!said) violations.push_back(violation);
  }
  const Violation& gravest = violations.front();
  if (gravest.reason == v1::INVALID_FIELD) {
    // Fields whose fault only the ledger can see, such as an order of dates or steps.
    std::vector<FieldViolation> fields;
    for (const Violation& violation : violations) {
      fields.push_back({violation.subject, violation.description, violation.metadata});
    }
    return FieldsStatus(fields);
  }
  std::string message = gravest.description;
  if (violations.size() > 1) absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  ReasonMetadata metadata;
  if (!gravest.subject.empty()) metadata.emplace_back("subject", gravest.subject);
  // The figures of the others too, by their place in the list: a reader in another language builds their sentences from them.
  const std::size_t told = std::min(violations.size(), kViolationsWithFiguresMax);
  for (std::size_t i = 0; i < told; ++i) AddFigures(i, violations[i].metadata, metadata);
  absl::Status status = Make(gravest.reason, message, metadata);
  google::rpc::PreconditionFailure failure;
  for (const Violation& violation : violations) {
    google::rpc::PreconditionFailure::Violation& row = *failure.add_violations();
    row.set_type(v1::ErrorReason_Name(violation.reason));
    row.set_subject(violation.subject);
    row.set_description(violation.description);
  }
  if (violations.size() > 1 || status.code() == absl::StatusCode::kFailedPrecondition) Attach(failure, status);
  return status;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  if (status.ok()) return v1::ERROR_REASON_UNSPECIFIED;
  if (const auto payload = status.GetPayload(TypeUrl<google::rpc::ErrorInfo>())) {
    google::rpc::ErrorInfo info;
    v1::ErrorReason reason;
    if (info.ParseFromString(std::string(*payload)) && v1::ErrorReason_Parse(info.reason(), &reason)) return reason;
  }
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return v1::JOURNAL_CORRUPT;
    case absl::StatusCode::kResourceExhausted:
      return v1::STORAGE_FULL;
    default:
      return v1::STORAGE_UNAVAILABLE;
  }
}

absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || status.GetPayload(TypeUrl<google::rpc::ErrorInfo>())) return status;
  return Make(ReasonOf(status), std::string(status.message()), {});
}

}  // namespace oriundo
