#include "client/cpp/call_error.h"

#include <gmock/gmock.h>

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(CallError, ShowsEveryDetailOfAnAnswer) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("RELEASE_ABOVE_BOUND");
  (*info.mutable_metadata())["excess"] = "100";
  details.add_details()->PackFrom(info);
  google::rpc::PreconditionFailure failure;
  auto& violation = *failure.add_violations();
  violation.set_type("RELEASE_ABOVE_BOUND");
  violation.set_subject("organizations/sedesol");
  violation.set_description("1.00 MXN too much");
  details.add_details()->PackFrom(failure);
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("amount");
  details.add_details()->PackFrom(bad_request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(100'000'000);
  details.add_details()->PackFrom(retry);

  const CallError error = CallErrorOf(StatusFromGrpc(9, "above the bound", details.SerializeAsString()));
  EXPECT_EQ(error.code, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(error.message, "above the bound");
  EXPECT_EQ(error.reason, "RELEASE_ABOVE_BOUND");
  EXPECT_THAT(error.metadata, ElementsAre(Pair("excess", "100")));
  ASSERT_EQ(error.violations.size(), 1u);
  EXPECT_EQ(error.violations[0].subject, "organizations/sedesol");
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].path, "amount");
  EXPECT_EQ(error.retry_delay, absl::Milliseconds(100));
}

TEST(CallError, KeepsCodeAndMessageWhereDetailsAreMissingOrBroken) {
  for (const char* details : {"", "\xff\xff"}) {
    const CallError error = CallErrorOf(StatusFromGrpc(14, "connection refused", details));
    EXPECT_EQ(error.code, absl::StatusCode::kUnavailable);
    EXPECT_EQ(error.message, "connection refused");
    EXPECT_EQ(error.reason, "");
  }
}

TEST(BadFields, NamesTheFirstAndCarriesAll) {
  const absl::Status status = BadFields({{"--declared", "no currency"}, {"--party", "missing"}});
  EXPECT_EQ(std::string(status.message()), "--declared: no currency (and 1 more)");
  EXPECT_EQ(CallErrorOf(status).fields.size(), 2u);
  EXPECT_EQ(CallErrorOf(status).reason, "INVALID_FIELD");
}

}  // namespace
}  // namespace oriundo
