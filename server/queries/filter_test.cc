#include "server/queries/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "oriundo/v1/resources.pb.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"

namespace oriundo {
namespace {

v1::Contribution Sample() {
  v1::Contribution contribution;
  contribution.set_name("projects/p/contributions/c");
  contribution.set_state(v1::Contribution::VERIFIED);
  contribution.set_party("organizations/club-tekax");
  contribution.mutable_declared()->set_minor_units(500);
  contribution.mutable_declared()->set_currency_code("MXN");
  contribution.set_bank_value_date("2014-09-10");
  return contribution;
}

bool Matches(const std::string& filter, const v1::Contribution& contribution = Sample()) {
  const absl::StatusOr<Filter> parsed = Filter::Parse(filter, *v1::Contribution::descriptor());
  EXPECT_TRUE(parsed.ok()) << filter << ": " << parsed.status();
  return parsed.ok() && parsed->Matches(contribution);
}

// What the error says, empty where there is none.
std::string ErrorOf(const std::string& filter, const google::protobuf::Descriptor& type = *v1::Contribution::descriptor()) {
  const absl::StatusOr<Filter> parsed = Filter::Parse(filter, type);
  if (parsed.ok()) return "";
  EXPECT_EQ(ReasonOf(parsed.status()), v1::FILTER_INVALID) << filter;
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(parsed.status().message());
}

TEST(Filter, BlankIsTrueOfEverything) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches(" \t"));
}

TEST(Filter, ComparesTextsNumbersEnumsAndBooleans) {
  EXPECT_TRUE(Matches("party = \"organizations/club-tekax\""));
  EXPECT_FALSE(Matches("party != \"organizations/club-tekax\""));
  EXPECT_TRUE(Matches("state = VERIFIED"));
  EXPECT_TRUE(Matches("state != REJECTED"));
  EXPECT_TRUE(Matches("state = \"VERIFIED\"")) << "in quotes as texts are";
  EXPECT_TRUE(Matches("declared.minor_units > 499"));
  EXPECT_TRUE(Matches("declared.minor_units>=500"));
  EXPECT_FALSE(Matches("declared.minor_units < 500"));
  EXPECT_TRUE(Matches("declared.minor_units <= 500"));
  EXPECT_TRUE(Matches("declared.minor_units > -1"));
  EXPECT_TRUE(Matches("bank_value_date >= \"2014-09-01\" AND bank_value_date < \"2014-10-01\""));

  v1::RuleVersion rule;
  const absl::StatusOr<Filter> flag = Filter::Parse("single_organization_approvals = false", *v1::RuleVersion::descriptor());
  ASSERT_TRUE(flag.ok());
  EXPECT_TRUE(flag->Matches(rule));
  rule.set_single_organization_approvals(true);
  EXPECT_FALSE(flag->Matches(rule));
}

TEST(Filter, BindsOrTighterThanAnd) {
  // (state = VERIFIED OR state = REJECTED) AND party = "x" is false; with AND tighter it would be true.
  EXPECT_FALSE(Matches("state = VERIFIED OR state = REJECTED AND party = \"x\""));
  EXPECT_TRUE(Matches("state = VERIFIED OR (state = REJECTED AND party = \"x\")"));
}

TEST(Filter, NegatesTheTermThatFollows) {
  EXPECT_FALSE(Matches("NOT state = VERIFIED"));
  EXPECT_TRUE(Matches("NOT state = REJECTED AND NOT NOT state = VERIFIED"));
  EXPECT_TRUE(Matches("NOT (state = REJECTED OR state = DECLARED)"));
}

TEST(Filter, HoldsNothingAboutAnAbsentMessage) {
  EXPECT_FALSE(Matches("credited.minor_units = 0"));
  EXPECT_FALSE(Matches("credited.minor_units != 7"));
  EXPECT_TRUE(Matches("NOT credited.minor_units = 0"));
}

TEST(Filter, HoldsNothingAboutAnAbsentOptionalField) {
  const absl::StatusOr<Filter> filter = Filter::Parse("executor_signature_sequence >= 0", *v1::Project::descriptor());
  ASSERT_TRUE(filter.ok());
  v1::Project project;
  EXPECT_FALSE(filter->Matches(project));
  project.set_executor_signature_sequence(0);
  EXPECT_TRUE(filter->Matches(project));
}

TEST(Filter, TakesEscapedQuotes) {
  v1::Contribution contribution;
  contribution.set_party("a\"b\\c");
  EXPECT_TRUE(Matches(R"(party = "a\"b\\c")", contribution));
}

TEST(Filter, NamesTheFieldAtFault) {
  EXPECT_THAT(ErrorOf("colour = \"red\""), testing::HasSubstr("no field colour"));
  EXPECT_THAT(ErrorOf("declared.size = 3"), testing::HasSubstr("no field declared.size"));
  EXPECT_THAT(ErrorOf("party.x = \"y\""), testing::HasSubstr("no field party.x"));
  EXPECT_THAT(ErrorOf("declared = 3"), testing::HasSubstr("declared is made of several fields"));
  EXPECT_THAT(ErrorOf("entry_sequences = 3"), testing::HasSubstr("entry_sequences is a list"));
  EXPECT_THAT(ErrorOf("declared.minor_units = \"3\""), testing::HasSubstr("declared.minor_units"));
  EXPECT_THAT(ErrorOf("party = club"), testing::HasSubstr("party is compared with a text"));
  EXPECT_THAT(ErrorOf("state = PAID"),
              testing::HasSubstr("state is compared by = or != with one of DECLARED, EVIDENCED, VERIFIED"));
  EXPECT_THAT(ErrorOf("state < VERIFIED"), testing::HasSubstr("state is compared by = or !="));
  EXPECT_THAT(ErrorOf("single_organization_approvals = 1", *v1::RuleVersion::descriptor()), testing::HasSubstr("true or false"));
  EXPECT_THAT(ErrorOf("memo_commitment = \"x\""), testing::HasSubstr("bytes"));
}

TEST(Filter, RefusesToSearchErasableTexts) {
  EXPECT_THAT(ErrorOf("memo = \"x\""), testing::HasSubstr("memo is a text that may be erased"));
}

TEST(Filter, RefusesNumbersBeyond64Bits) {
  EXPECT_TRUE(Matches("declared.minor_units < 9223372036854775807"));
  EXPECT_NE(ErrorOf("declared.minor_units < 9223372036854775808"), "");
  EXPECT_NE(ErrorOf("declared.minor_units < 1e3"), "");
  EXPECT_NE(ErrorOf("declared.minor_units < -"), "");
}

TEST(Filter, RefusesWhatDoesNotParse) {
  for (const std::string filter :
       {"state", "state =", "= VERIFIED", "state == VERIFIED", "state = VERIFIED AND", "AND state = VERIFIED",
        "(state = VERIFIED", "state = VERIFIED)", "state = VERIFIED state = VERIFIED", "party = \"x", "party = \"\\n\"",
        "party ! \"x\"", "NOT", ".", "party. = \"x\"", "state = VERIFIED;", "\xff", "()"}) {
    EXPECT_NE(ErrorOf(filter), "") << filter;
  }
}

TEST(Filter, IsBoundedInLengthAndDepth) {
  EXPECT_THAT(ErrorOf(std::string(kFilterCharactersMax + 1, ' ')), testing::HasSubstr("longer"));
  const std::string fits = std::string(kFilterDepthMax, '(') + "state = VERIFIED" + std::string(kFilterDepthMax, ')');
  EXPECT_TRUE(Matches(fits));
  EXPECT_THAT(ErrorOf("(" + fits + ")"), testing::HasSubstr("deeper"));
}

}  // namespace
}  // namespace oriundo
