#include "server/rules/divide.h"

#include <numeric>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum CapViolationKind;

// AT5: quarters of 5,200,000.00 with a federal cap of 1,000,000.00; federal, state, municipality, club.
std::vector<RoleShare> FederalQuarters() {
  std::vector<RoleShare> roles(4, RoleShare{.weight = 1});
  roles[0].absolute_cap = 100'000'000;
  return roles;
}
constexpr int64_t kTotal = 520'000'000;
constexpr std::size_t kMunicipality = 2;

TEST(DivideShares, RejectsTheFederalQuarterAboveItsCeiling) {
  const Division division = DivideShares(kTotal, FederalQuarters(), OverCap::kReject);
  EXPECT_EQ(division.above_caps, 30'000'000);
  EXPECT_THAT(division.violations, ElementsAre(RoleViolation{0, {kOverAbsoluteCap, 100'000'000, 30'000'000}}));
}

TEST(DivideShares, ScalesTheProjectDownToFourTimesTheCeiling) {
  const Division division = DivideShares(kTotal, FederalQuarters(), OverCap::kScaleDown);
  EXPECT_EQ(division.total, 400'000'000);
  EXPECT_THAT(division.dues, ElementsAre(100'000'000, 100'000'000, 100'000'000, 100'000'000));
  EXPECT_THAT(division.weights, ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(division.violations, IsEmpty());
}

TEST(DivideShares, GivesTheMunicipalityWhatIsAboveTheCeiling) {
  const Division division = DivideShares(kTotal, FederalQuarters(), OverCap::kResidual, kMunicipality);
  EXPECT_THAT(division.dues, ElementsAre(100'000'000, 130'000'000, 160'000'000, 130'000'000));
  EXPECT_EQ(division.weights, division.dues);
  EXPECT_THAT(division.violations, IsEmpty());
}

TEST(DivideShares, SpreadsWhatIsAboveTheCeilingOverTheOthers) {
  const Division division = DivideShares(kTotal, FederalQuarters(), OverCap::kSpread);
  EXPECT_THAT(division.dues, ElementsAre(100'000'000, 140'000'000, 140'000'000, 140'000'000));
  EXPECT_THAT(division.violations, IsEmpty());
}

TEST(DivideShares, AppliesThePolicyOnceAndRejectsWhoeverItPushesOverACap) {
  std::vector<RoleShare> roles = FederalQuarters();
  roles[kMunicipality].absolute_cap = 135'000'000;
  EXPECT_THAT(DivideShares(kTotal, roles, OverCap::kResidual, kMunicipality).violations,
              ElementsAre(RoleViolation{kMunicipality, {kOverAbsoluteCap, 135'000'000, 25'000'000}}));
  // Spread: the federal part brings the municipality to 140,000,000, and its own turn comes after.
  EXPECT_THAT(DivideShares(kTotal, roles, OverCap::kSpread).dues, ElementsAre(100'000'000, 142'500'000, 135'000'000, 142'500'000));
}

TEST(DivideShares, DoesNotScaleAwayACapThatIsAPartOfTheTotal) {
  std::vector<RoleShare> roles(2, RoleShare{.weight = 1});
  roles[0].cap_bps = 4'000;
  const Division scaled = DivideShares(1'000, roles, OverCap::kScaleDown);
  EXPECT_EQ(scaled.total, 1'000);
  EXPECT_THAT(scaled.violations, ElementsAre(RoleViolation{0, {kOverRelativeCap, 400, 100}}));
  EXPECT_THAT(DivideShares(1'000, roles, OverCap::kSpread).dues, ElementsAre(400, 600));
}

// The Tekax road: the state is absent and the federal weight is two.
TEST(DivideShares, AsksNothingOfAnAbsentRole) {
  std::vector<RoleShare> roles = {{.weight = 2}, {.weight = 0}, {.weight = 1}, {.weight = 1}};
  roles[1].floor_bps = 1'000;
  const Division division = DivideShares(141'373'400, roles, OverCap::kReject);
  EXPECT_THAT(division.dues, ElementsAre(70'686'700, 0, 35'343'350, 35'343'350));
  EXPECT_THAT(division.violations, IsEmpty());
}

TEST(DivideShares, LeavesTheViolationWhereNobodyMayTakeTheRest) {
  std::vector<RoleShare> roles(2, RoleShare{.weight = 1, .absolute_cap = 100});
  const Division division = DivideShares(1'000, roles, OverCap::kSpread);
  EXPECT_EQ(std::accumulate(division.dues.begin(), division.dues.end(), int64_t{0}), 1'000);
  EXPECT_THAT(division.violations, testing::SizeIs(1));
}

TEST(DivideShares, AddsUpAndKeepsEveryCapItDoesNotReportForAnyInput) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  auto up_to = [&](int64_t most) { return std::uniform_int_distribution<int64_t>(0, most)(random); };
  for (int run = 0; run < 10'000 && !testing::Test::HasFailure(); ++run) {
    const int64_t total = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
    std::vector<RoleShare> roles(static_cast<std::size_t>(1 + up_to(kRolesPerRuleMax - 1)));
    for (RoleShare& role : roles) {
      role.weight = AnyMagnitude(random, 0, kWeightMax);
      if (up_to(2) == 0) role.absolute_cap = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
      if (up_to(3) == 0) role.cap_bps = up_to(kBasisPoints);
      if (up_to(3) == 0) role.floor_bps = up_to(2'000);
    }
    const auto residual = static_cast<std::size_t>(up_to(static_cast<int64_t>(roles.size()) - 1));
    roles[residual].weight = AnyMagnitude(random, 1, kWeightMax);
    for (OverCap policy : {OverCap::kReject, OverCap::kScaleDown, OverCap::kResidual, OverCap::kSpread}) {
      const Division division = DivideShares(total, roles, policy, residual);
      EXPECT_EQ(std::accumulate(division.dues.begin(), division.dues.end(), int64_t{0}), division.total);
      EXPECT_TRUE(division.total == total || (policy == OverCap::kScaleDown && division.total < total));
      for (std::size_t i = 0; i < roles.size(); ++i) {
        EXPECT_GE(division.dues[i], 0);
        EXPECT_TRUE(roles[i].weight > 0 || division.dues[i] == 0);
        const bool over = roles[i].absolute_cap && division.dues[i] > *roles[i].absolute_cap;
        const bool told = std::any_of(division.violations.begin(), division.violations.end(), [&](const RoleViolation& violation) {
          return violation.role == i && violation.violation.kind == kOverAbsoluteCap;
        });
        EXPECT_EQ(over, told);
        // Scaling down always mends an absolute cap.
        EXPECT_FALSE(over && policy == OverCap::kScaleDown);
      }
    }
  }
}

}  // namespace
}  // namespace oriundo
