#include "server/base/reason_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"

namespace oriundo {
namespace {

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(std::string("type.googleapis.com/") + Detail::descriptor()->full_name());
  Detail detail;
  EXPECT_TRUE(payload && detail.ParseFromString(std::string(*payload)));
  return detail;
}

TEST(ReasonStatus, EveryPublishedReasonHasACode) {
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<v1::ErrorReason>(reasons->value(i)->number());
    if (reason == v1::ERROR_REASON_UNSPECIFIED) continue;
    EXPECT_NE(CodeOf(reason), absl::StatusCode::kUnknown) << reasons->value(i)->name();
    EXPECT_EQ(ReasonOf(ReasonStatus(reason, "x")), reason);
  }
}

TEST(ReasonStatus, CarriesReasonFiguresAndWhenToTryAgain) {
  const absl::Status status = ReasonStatus(v1::QUEUE_FULL, "the queue is full", {{"commands", "4096"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "QUEUE_FULL");
  EXPECT_EQ(info.domain(), "oriundo");
  EXPECT_EQ(info.metadata().at("commands"), "4096");
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(status).retry_delay().nanos(), 100'000'000);
}

TEST(ReasonStatus, ListsAllFieldViolations) {
  const absl::Status status = FieldsStatus({{"a", "is required"}, {"b[1].c", "is too long"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()), "a: is required (and 1 more)");
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(1).field(), "b[1].c");
}

TEST(ReasonStatus, ARefusalSpeaksForItsGravestViolationAndListsAll) {
  const absl::Status status = RefusalStatus(Refusal{{{v1::OVER_CAP, "federal", "above the cap", {{"cap_minor_units", "5"}}},
                                                     {v1::DOCUMENT_MISSING, "projects/p", "no technical file",
                                                      {{"document_type", "TECHNICAL_FILE"}}}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::OVER_CAP);
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.metadata().at("cap_minor_units"), "5");
  EXPECT_EQ(info.metadata().at("subject"), "federal");
  EXPECT_EQ(info.metadata().at("violation_1_document_type"), "TECHNICAL_FILE") << "the figures of the others, by their place";
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  ASSERT_EQ(failure.violations_size(), 2);
  EXPECT_EQ(failure.violations(1).type(), "DOCUMENT_MISSING");
}

TEST(ReasonStatus, ARefusalSaysOneThingOnce) {
  const Violation merged{v1::ORGANIZATION_MERGED, "organizations/c", "c was merged into d", {{"successor", "organizations/d"}}};
  const absl::Status status = RefusalStatus(Refusal{{merged, merged, {v1::OVER_CAP, "federal", "above the cap", {}}}});
  EXPECT_EQ(std::string(status.message()), "c was merged into d (and 1 more)");
  EXPECT_EQ(DetailOf<google::rpc::PreconditionFailure>(status).violations_size(), 2);
}

TEST(ReasonStatus, WrongFieldsHaveTheirFiguresByTheirPlace) {
  const Refusal refusal{{{v1::INVALID_FIELD, "a", "is too much", {{"case", "AMOUNT"}, {"maximum", "5"}}},
                         {v1::INVALID_FIELD, "b", "is none", {{"case", "CURRENCY"}}}}};
  const auto info = DetailOf<google::rpc::ErrorInfo>(RefusalStatus(refusal));
  EXPECT_EQ(info.metadata().at("field"), "a");
  EXPECT_EQ(info.metadata().at("maximum"), "5");
  EXPECT_EQ(info.metadata().at("violation_1_case"), "CURRENCY");
}

TEST(ReasonStatus, AStorageErrorGetsItsReason) {
  EXPECT_EQ(ReasonOf(absl::DataLossError("rotten")), v1::JOURNAL_CORRUPT);
  EXPECT_EQ(WithReason(absl::UnavailableError("gone")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(WithReason(absl::ResourceExhaustedError("full"))).reason(), "STORAGE_FULL");
  EXPECT_TRUE(WithReason(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace oriundo
