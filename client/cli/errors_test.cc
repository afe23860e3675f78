#include "client/cli/errors.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cpp/call_error.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

absl::Status AboveBound() {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("RELEASE_ABOVE_BOUND");
  (*info.mutable_metadata())["excess_minor_units"] = "100";
  details.add_details()->PackFrom(info);
  google::rpc::PreconditionFailure failure;
  for (const char* subject : {"organizations/sedesol", "organizations/yucatan"}) {
    auto& violation = *failure.add_violations();
    violation.set_type("RELEASE_ABOVE_BOUND");
    violation.set_subject(subject);
    violation.set_description("1.00 MXN above what is entitled\x1b[2J");
  }
  details.add_details()->PackFrom(failure);
  return StatusFromGrpc(9, "entitled 5.00 MXN, asked 6.00 MXN", details.SerializeAsString());
}

struct Printed {
  std::string out, err;
};

Printed Print(const absl::Status& status, bool json, Attempted attempted = {}) {
  std::ostringstream out, err;
  PrintError(status, attempted, {.out = out, .err = err, .json = json, .words = Words()});
  return {out.str(), err.str()};
}

TEST(ExitCode, TellsRefusalsMistakesOutagesAndFaultsApart) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::AlreadyExistsError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 4);
}

TEST(PrintError, SaysTheSentenceEveryViolationTheReasonAndWhatToDo) {
  const Printed printed = Print(AboveBound(), false);
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(
      printed.err,
      "Error: entitled 5.00 MXN, asked 6.00 MXN\n"
      "Rules that forbid it:\n"
      "  - RELEASE_ABOVE_BOUND, organizations/sedesol: 1.00 MXN above what is entitled?[2J\n"
      "  - RELEASE_ABOVE_BOUND, organizations/yucatan: 1.00 MXN above what is entitled?[2J\n"
      "Reason: RELEASE_ABOVE_BOUND (FAILED_PRECONDITION): The release would exceed what the club's verified money entitles to.\n"
      "What to do: Release what the bound leaves (leave out --amount), or have more of the club's money verified first.\n");
}

TEST(PrintError, DoesNotSayTheOnlyViolationTwice) {
  google::rpc::Status details;
  google::rpc::PreconditionFailure failure;
  failure.add_violations()->set_description("the box holds 1.00 MXN");
  details.add_details()->PackFrom(failure);
  EXPECT_EQ(Print(StatusFromGrpc(9, "the box holds 1.00 MXN", details.SerializeAsString()), false).err,
            "Error: the box holds 1.00 MXN\n");
}

TEST(PrintError, GivesScriptsTheWholeErrorOnStdout) {
  const Printed printed = Print(AboveBound(), true, {.request_id = "r1"});
  EXPECT_EQ(printed.err, "");
  const auto error = nlohmann::json::parse(printed.out)["error"];
  EXPECT_EQ(error["code"], "FAILED_PRECONDITION");
  EXPECT_EQ(error["exit_code"], 1);
  EXPECT_EQ(error["reason"], "RELEASE_ABOVE_BOUND");
  EXPECT_EQ(error["metadata"]["excess_minor_units"], "100");
  EXPECT_EQ(error["violations"].size(), 2u);
  EXPECT_EQ(error["request_id"], "r1");
}

TEST(PrintError, NamesTheFlagOfAWrongField) {
  const absl::Status status = BadFields({{"contribution.declared.minor_units", "must be above zero"}});
  EXPECT_THAT(Print(status, false, {.flags = FlagsOf(*v1::DeclareContributionRequest::descriptor())}).err,
              HasSubstr("  - --declared (contribution.declared.minor_units): must be above zero\n"));
}

TEST(PrintError, TellsHowToRetryAWriteOfUnknownOutcome) {
  EXPECT_THAT(Print(absl::UnavailableError("connection lost"), false, {.request_id = "r1"}).err,
              HasSubstr("again with --request-id r1"));
}

}  // namespace
}  // namespace oriundo
