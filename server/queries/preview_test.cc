#include "server/queries/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/reason_status.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Funder = StoredLedger::Funder;

Funder Club(int64_t weight) { return {.role = "club", .kind = v1::CLUB, .weight = weight}; }
Funder Federal(int64_t weight, std::vector<int32_t> steps = {10'000}) {
  return {.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .weight = weight, .cumulative_bps = std::move(steps)};
}
Funder State(int64_t weight) {
  return {.role = "state", .kind = v1::STATE_GOVERNMENT, .weight = weight, .cumulative_bps = {10'000}};
}
Funder Municipal(int64_t weight) {
  return {.role = "municipal", .kind = v1::MUNICIPAL_GOVERNMENT, .weight = weight, .cumulative_bps = {10'000}};
}

v1::PreviewSharesRequest Request(const std::string& rule, int64_t total, const std::vector<int64_t>& confirmed = {}) {
  v1::PreviewSharesRequest request;
  request.set_rule_version("programs/mx/versions/" + rule);
  *request.mutable_total() = Mxn(total);
  for (const int64_t amount : confirmed) request.add_confirmed_minor_units(amount);
  return request;
}

v1::PreviewSharesResponse Preview(const StoredLedger& ledger, const v1::PreviewSharesRequest& request) {
  const absl::StatusOr<v1::PreviewSharesResponse> response = PreviewShares(ledger.Read(), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.value_or(v1::PreviewSharesResponse());
}

template <typename Field>
std::vector<int64_t> Each(const v1::PreviewSharesResponse& response, Field field) {
  std::vector<int64_t> values;
  for (const auto& share : response.shares()) values.push_back((share.*field)());
  return values;
}

using Share = v1::PreviewSharesResponse::RoleShare;

TEST(PreviewShares, SplitsATotalByLargestRemainder) {  // AT1, AT3
  StoredLedger ledger;
  ledger.AddRule("at1", {State(40), Municipal(35), Club(25)});
  EXPECT_THAT(Each(Preview(ledger, Request("at1", 1'292'618'987)), &Share::due_minor_units),
              ElementsAre(517'047'595, 452'416'645, 323'154'747));
  ledger.AddRule("at3", {Club(1), State(1), Municipal(1)});
  EXPECT_THAT(Each(Preview(ledger, Request("at3", 41'979'100)), &Share::due_minor_units),
              ElementsAre(13'993'034, 13'993'033, 13'993'033));
  EXPECT_THAT(Each(Preview(ledger, Request("at3", 199'376'800)), &Share::due_minor_units),
              ElementsAre(66'458'934, 66'458'933, 66'458'933));
}

TEST(PreviewShares, BoundsNobodyByAClubThatACapLeavesNothingToOwe) {
  StoredLedger ledger;
  ledger.AddRule("plain", {Federal(1), Club(1)});
  v1::PublishRuleVersionRequest request;
  request.set_parent("programs/mx");
  request.set_rule_version_id("capped");
  v1::RuleVersion& rule = *request.mutable_rule_version();
  rule = *ledger.Read().Get<v1::RuleVersion>("programs/mx/versions/plain");
  rule.clear_name();
  rule.set_cap_policy(v1::SPREAD);
  rule.mutable_roles(1)->set_cap_bps(1);
  ledger.Do("office", "programs/mx", request);
  // A ten-thousandth of a peso is no cent.
  const v1::PreviewSharesResponse preview = Preview(ledger, Request("capped", 100));
  EXPECT_THAT(Each(preview, &Share::due_minor_units), ElementsAre(100, 0));
  EXPECT_FALSE(preview.shares(0).has_entitled_minor_units());
}

TEST(PreviewShares, ToleratesTheTekaxRoadsMissingPesoAtFiftyAndNotAtFortyNine) {  // AT2
  StoredLedger ledger;
  ledger.AddRule("fifty", {Federal(50), Municipal(25), Club(25)}, /*tolerance=*/50);
  ledger.AddRule("forty-nine", {Federal(50), Municipal(25), Club(25)}, /*tolerance=*/49);
  const std::vector<int64_t> paid = {70'686'700, 35'343'300, 35'343'300};
  const v1::PreviewSharesResponse fifty = Preview(ledger, Request("fifty", 141'373'400, paid));
  EXPECT_THAT(Each(fifty, &Share::due_minor_units), ElementsAre(70'686'700, 35'343'350, 35'343'350));
  EXPECT_THAT(Each(fifty, &Share::deviation_minor_units), ElementsAre(0, -50, -50));
  EXPECT_EQ(fifty.gap_minor_units(), 100);
  EXPECT_TRUE(fifty.complies());
  const v1::PreviewSharesResponse forty_nine = Preview(ledger, Request("forty-nine", 141'373'400, paid));
  EXPECT_FALSE(forty_nine.complies());
  EXPECT_THAT(Each(forty_nine, &Share::complies), ElementsAre(1, 0, 0));
}

TEST(PreviewShares, ShowsTheJalpillaStreetsOverMatch) {  // AT4
  StoredLedger ledger;
  ledger.AddRule("at4", {Federal(1), State(1), Municipal(1), Club(1)});
  const v1::PreviewSharesResponse response =
      Preview(ledger, Request("at4", 116'575'940, {29'143'985, 29'143'985, 38'769'895, 29'143'985}));
  EXPECT_EQ(response.confirmed_minor_units(), 126'201'850);
  EXPECT_EQ(response.matched_base_minor_units(), 116'575'940);
  EXPECT_THAT(Each(response, &Share::over_match_minor_units), ElementsAre(0, 0, 9'625'910, 0));
  EXPECT_EQ(response.shares(3).confirmed_share_bps(), 2'309);
  EXPECT_TRUE(response.complies());
}

TEST(PreviewShares, CutsTranchesThatAddUp) {  // AT6a, AT6b
  StoredLedger ledger;
  ledger.AddRule("at6a", {Federal(1, {3'000, 7'000, 10'000}), Club(1)});
  EXPECT_THAT(Preview(ledger, Request("at6a", 70'686'700)).shares(0).tranche_minor_units(),
              ElementsAre(10'603'005, 14'137'340, 10'603'005));
  ledger.AddRule("at6b", {Federal(1, {3'333, 6'666, 10'000}), Club(1)});
  EXPECT_THAT(Preview(ledger, Request("at6b", 200'000'002)).shares(0).tranche_minor_units(),
              ElementsAre(33'330'000, 33'330'000, 33'340'001));
}

TEST(PreviewShares, EntitlesToAsMuchAsTheClubHasConfirmed) {  // AT6c
  StoredLedger ledger;
  ledger.AddRule("at6c", {Federal(1), Club(1)}, /*tolerance=*/0);
  for (const int64_t club : {25'000'000, 60'000'000, 100'000'000}) {
    const v1::PreviewSharesResponse response = Preview(ledger, Request("at6c", 200'000'000, {0, club}));
    EXPECT_EQ(response.shares(0).entitled_minor_units(), club);
    EXPECT_FALSE(response.shares(1).has_entitled_minor_units());
    EXPECT_THAT(response.shares(1).tranche_minor_units(), IsEmpty());
  }
}

TEST(PreviewShares, SaysInWordsWhatTheRuleForbids) {
  StoredLedger ledger;
  v1::PublishRuleVersionRequest request;
  ledger.AddRule("plain", {Federal(1), Club(1)});  // Makes the organisations.
  request.set_parent("programs/mx");
  request.set_rule_version_id("capped");
  v1::RuleVersion& rule = *request.mutable_rule_version();
  rule = *ledger.Read().Get<v1::RuleVersion>("programs/mx/versions/plain");
  rule.clear_name();
  rule.mutable_roles(0)->set_cap_minor_units(100'000);
  rule.mutable_roles(1)->set_floor_bps(6'000);
  rule.set_total_maximum_minor_units(250'000);
  ledger.Do("office", "programs/mx", request);
  const v1::PreviewSharesResponse response = Preview(ledger, Request("capped", 300'000));
  std::vector<std::string> told;
  for (const auto& violation : response.violations()) told.push_back(violation.description());
  EXPECT_THAT(told, ElementsAre("the total of 3,000.00 MXN is above the most of 2,500.00 MXN by 500.00 MXN",
                                "the role `federal` would owe 1,500.00 MXN; it may owe at most 1,000.00 MXN, 500.00 MXN less",
                                "the role `club` would owe 1,500.00 MXN; it may owe at least 1,800.00 MXN, 300.00 MXN more"));
  EXPECT_EQ(response.violations(1).reason(), v1::OVER_CAP);
  EXPECT_EQ(response.violations(1).subject(), "federal");
  EXPECT_EQ(response.violations(1).figures().at("difference_minor_units"), "50000");
  EXPECT_EQ(response.violations(1).figures().at("currency_code"), "MXN");
}

// A rule of quarters whose federal part has a cap of 1,000.00 MXN, with the state free to stay away in the municipality's favour.
struct Capped {
  explicit Capped(v1::CapPolicy policy) {
    ledger.AddRule("plain", {Federal(1), State(1), Municipal(1), Club(1)});  // Makes the organisations.
    v1::PublishRuleVersionRequest request;
    request.set_parent("programs/mx");
    request.set_rule_version_id("capped");
    v1::RuleVersion& rule = *request.mutable_rule_version();
    rule = *ledger.Read().Get<v1::RuleVersion>("programs/mx/versions/plain");
    rule.clear_name();
    rule.set_cap_policy(policy);
    if (policy == v1::RESIDUAL_PARTY) rule.set_residual_role("municipal");
    rule.mutable_roles(0)->set_cap_minor_units(100'000);
    rule.mutable_roles(1)->set_may_be_absent(true);
    rule.mutable_roles(1)->set_absence_absorbed_by("municipal");
    ledger.Do("office", "programs/mx", request);
  }
  StoredLedger ledger;
};

TEST(PreviewShares, SaysWhichCapActedAndWhatTheRuleDoesWithWhatIsAboveIt) {  // AT5, a tenth of it
  struct Case {
    v1::CapPolicy policy;
    std::vector<int64_t> dues;
  };
  for (const auto& [policy, dues] :
       {Case{v1::REJECT, {130'000, 130'000, 130'000, 130'000}}, Case{v1::SCALE_DOWN, {100'000, 100'000, 100'000, 100'000}},
        Case{v1::RESIDUAL_PARTY, {100'000, 130'000, 160'000, 130'000}}, Case{v1::SPREAD, {100'000, 140'000, 140'000, 140'000}}}) {
    const Capped capped(policy);
    const v1::PreviewSharesResponse response = Preview(capped.ledger, Request("capped", 520'000));
    ASSERT_EQ(response.caps_size(), 1) << v1::CapPolicy_Name(policy);
    EXPECT_EQ(response.caps(0).role(), "federal");
    EXPECT_EQ(response.caps(0).cap_minor_units(), 100'000);
    EXPECT_EQ(response.caps(0).above_minor_units(), 30'000);
    EXPECT_FALSE(response.caps(0).of_total());
    EXPECT_EQ(response.cap_policy(), policy);
    EXPECT_EQ(response.residual_role(), policy == v1::RESIDUAL_PARTY ? "municipal" : "");
    EXPECT_EQ(Each(response, &Share::due_minor_units), dues) << v1::CapPolicy_Name(policy);
    EXPECT_THAT(Each(response, &Share::share_minor_units), testing::Each(130'000)) << "before any cap";
  }
  const Capped capped(v1::SPREAD);
  EXPECT_EQ(Preview(capped.ledger, Request("capped", 400'000)).caps_size(), 0) << "just at the cap";
}

TEST(PreviewShares, CountsMoneyOfAnAbsentRoleForNobodysDue) {
  const Capped capped(v1::SPREAD);
  v1::PreviewSharesRequest request = Request("capped", 400'000, {100'000, 70'000, 200'000, 100'000});
  request.add_absent_roles("state");
  const v1::PreviewSharesResponse response = Preview(capped.ledger, request);
  EXPECT_THAT(Each(response, &Share::absent), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(Each(response, &Share::due_minor_units), ElementsAre(100'000, 0, 200'000, 100'000)) << "the municipality takes it "
      "over";
  EXPECT_THAT(Each(response, &Share::over_match_minor_units), ElementsAre(0, 70'000, 0, 0));
  EXPECT_EQ(response.gap_minor_units(), 0);
  request.set_confirmed_minor_units(2, 150'000);
  EXPECT_EQ(Preview(capped.ledger, request).gap_minor_units(), 50'000) << "the absent role's money fills nobody's gap";
}

TEST(PreviewShares, ListsEveryFieldAtFault) {
  StoredLedger ledger;
  ledger.AddRule("r", {Federal(1), Club(1)});
  const auto error = [&](const v1::PreviewSharesRequest& request) { return PreviewShares(ledger.Read(), request).status(); };
  v1::PreviewSharesRequest request = Request("r", 0, {1});
  request.mutable_total()->set_currency_code("USD");
  EXPECT_EQ(ReasonOf(error(request)), v1::INVALID_FIELD);
  EXPECT_EQ(ReasonOf(error(Request("r", 100, {-1, 0}))), v1::INVALID_FIELD);
  EXPECT_EQ(ReasonOf(error(Request("none", 100))), v1::RULE_VERSION_NOT_FOUND);
  request.set_rule_version("programs/mx");
  EXPECT_EQ(ReasonOf(error(request)), v1::INVALID_FIELD);
}

}  // namespace
}  // namespace oriundo
