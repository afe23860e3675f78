#include "server/rules/share_check.h"

#include <algorithm>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

ShareCheck Check(int64_t total, std::vector<RoleAmounts> roles, int64_t tolerance) {
  return CheckShares(total, roles, tolerance);
}

auto DueAndDeviation(int64_t due, int64_t deviation) {
  return AllOf(Field(&SharePosition::due, due), Field(&SharePosition::deviation, deviation));
}

// AT2: the road of Tekax, 2014: 1,413,734.00 at 50/25/25, federal, municipality, club; published one peso short.
constexpr int64_t kTekaxTotal = 141'373'400;
const std::vector<RoleAmounts> kTekax = {{50, 70'686'700}, {25, 35'343'300}, {25, 35'343'300}};

TEST(CheckShares, FindsTheMissingPesoOfTekax) {
  const ShareCheck check = CheckShares(kTekaxTotal, kTekax, 50);
  EXPECT_THAT(check.positions,
              ElementsAre(DueAndDeviation(70'686'700, 0), DueAndDeviation(35'343'350, -50), DueAndDeviation(35'343'350, -50)));
  EXPECT_EQ(check.positions[1].shortfall, 50);
  EXPECT_EQ(check.gap, 100);
}

TEST(CheckShares, PassesTekaxAtAToleranceOfFiftyAndFailsItAtFortyNine) {
  EXPECT_TRUE(CheckShares(kTekaxTotal, kTekax, 50).complies);
  const ShareCheck strict = CheckShares(kTekaxTotal, kTekax, 49);
  EXPECT_FALSE(strict.complies);
  EXPECT_TRUE(strict.positions[0].complies);
  EXPECT_FALSE(strict.positions[1].complies);
  EXPECT_FALSE(strict.positions[2].complies);
}

// AT4: the street of Jalpilla in quarters, where the municipality (third here) paid 96,259.10 over its quarter.
const std::vector<RoleAmounts> kJalpilla = {{1, 29'143'985}, {1, 29'143'985}, {1, 38'769'895}, {1, 29'143'985}};

TEST(CheckShares, ShowsTheOverMatchOfJalpillaBesideTheShares) {
  const ShareCheck check = CheckShares(116'575'940, kJalpilla, 0);
  EXPECT_TRUE(check.complies);
  EXPECT_EQ(check.gap, 0);
  EXPECT_EQ(check.matched_base, 116'575'940);
  EXPECT_EQ(check.positions[2].over_match_matched, 9'625'910);
  EXPECT_EQ(check.positions[2].over_match_committed, 9'625'910);
  EXPECT_EQ(check.positions[3].over_match_matched, 0);
}

TEST(CheckShares, WouldWronglyFailJalpillaAgainstTheSumThatWasPaid) {
  int64_t sum = 0;
  for (const RoleAmounts& role : kJalpilla) sum += role.confirmed;
  EXPECT_EQ(sum, 126'201'850);
  EXPECT_EQ(sum - 126'200'000, 1'850);                 // Against the rounded total of the press.
  EXPECT_EQ(kJalpilla[3].confirmed * 10'000 / sum, 2'309);  // The club's naive share, 23.09 percent.
  const ShareCheck naive = CheckShares(sum, kJalpilla, 100);
  EXPECT_FALSE(naive.complies);
  EXPECT_FALSE(naive.positions[3].complies);
  EXPECT_EQ(naive.matched_base, 116'575'940);  // The matched base does not depend on the total asked about.
}

TEST(CheckShares, CountsAPartyThatPaidItsRoundedDueAsComplyingWithoutAnyTolerance) {
  // Due 13,993,034 and twice 13,993,033; the exact third is a third of a unit above the latter.
  EXPECT_TRUE(Check(41'979'100, {{1, 13'993'034}, {1, 13'993'033}, {1, 13'993'033}}, 0).complies);
  EXPECT_FALSE(Check(41'979'100, {{1, 13'993'034}, {1, 13'993'033}, {1, 13'993'032}}, 0).complies);
}

TEST(CheckShares, NeverCallsASurplusAViolation) {
  const ShareCheck check = Check(100, {{1, 50}, {1, kAmountMinorUnitsMax}}, 0);
  EXPECT_TRUE(check.complies);
  EXPECT_EQ(check.matched_base, 100);
  EXPECT_EQ(check.positions[1].over_match_matched, kAmountMinorUnitsMax - 50);
}

TEST(CheckShares, TreatsMoneyOfARoleWithoutWeightAsOverMatch) {
  const ShareCheck check = Check(100, {{1, 100}, {0, 7}}, 0);
  EXPECT_TRUE(check.complies);
  EXPECT_EQ(check.matched_base, 100);
  EXPECT_EQ(check.positions[1].due, 0);
  EXPECT_EQ(check.positions[1].over_match_committed, 7);
  EXPECT_EQ(check.positions[1].over_match_matched, 7);
}

TEST(CheckShares, FindsNothingMatchedWhileOneRoleHasPaidNothing) {
  const ShareCheck check = Check(400, {{1, 100}, {1, 0}, {1, 100}, {1, 100}}, 100);
  EXPECT_EQ(check.matched_base, 0);
  EXPECT_EQ(check.gap, 100);
  EXPECT_FALSE(check.complies);  // A tolerance of the whole due does not forgive who gave nothing.
  EXPECT_TRUE(Check(400, {{1, 100}, {1, 1}, {1, 100}, {1, 100}}, 100).complies);
  // Who owes nothing need not have given.
  EXPECT_TRUE(Check(1, {{3, 1}, {1, 0}}, 0).complies);
}

TEST(CheckShares, StaysExactAtTheLargestAmountsAndWeights) {
  const std::vector<RoleAmounts> roles(kRolesPerRuleMax, RoleAmounts{kRoleWeightMax, kAmountMinorUnitsMax});
  const ShareCheck check = CheckShares(kAmountMinorUnitsMax, roles, 0);
  EXPECT_TRUE(check.complies);
  EXPECT_EQ(check.matched_base, kAmountMinorUnitsMax * kRolesPerRuleMax);
  EXPECT_EQ(check.positions[0].over_match_matched, 0);
  // One weight a millionth of the other: its quotient alone would not fit in 64 bits.
  const ShareCheck uneven = Check(kAmountMinorUnitsMax, {{1, kAmountMinorUnitsMax}, {kWeightMax, kAmountMinorUnitsMax}}, 0);
  EXPECT_EQ(uneven.matched_base, kAmountMinorUnitsMax + kAmountMinorUnitsMax / kWeightMax);
}

TEST(CheckShares, MeasuresARoleByItsOwnTolerance) {
  const std::vector<RoleAmounts> roles = {{1, 90, 10}, {1, 95}};
  EXPECT_FALSE(CheckShares(200, roles, 0).complies);
  EXPECT_TRUE(CheckShares(200, roles, 0).positions[0].complies);
  EXPECT_TRUE(CheckShares(200, roles, 5).complies);
}

TEST(CheckShares, KeepsItsFiguresConsistentForAnyInput) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 10'000 && !testing::Test::HasFailure(); ++run) {
    std::vector<RoleAmounts> roles(std::uniform_int_distribution<std::size_t>(1, kRolesPerRuleMax)(random));
    for (RoleAmounts& role : roles) {
      role = {AnyMagnitude(random, 0, kRoleWeightMax), AnyMagnitude(random, 0, kAmountMinorUnitsMax)};
    }
    roles[0].weight = AnyMagnitude(random, 1, kRoleWeightMax);
    const int64_t total = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
    const int64_t tolerance = AnyMagnitude(random, 0, 1'000);
    const ShareCheck check = CheckShares(total, roles, tolerance);

    int64_t dues = 0;
    int64_t gap = 0;
    for (const SharePosition& position : check.positions) {
      dues += position.due;
      gap += position.shortfall;
      EXPECT_EQ(position.deviation, position.confirmed - position.due);
      EXPECT_EQ(position.deviation, position.over_match_committed - position.shortfall);
      EXPECT_GE(position.over_match_matched, 0);
      // Rounding moves a due by less than a unit: only at a shortfall of just the tolerance may the two measures differ.
      EXPECT_TRUE(position.complies || position.shortfall >= tolerance || position.confirmed == 0);
      EXPECT_FALSE(position.complies && position.shortfall > tolerance);
    }
    EXPECT_EQ(dues, total);
    EXPECT_EQ(gap, check.gap);
    // Every role covers the matched base, and the next larger total is not covered by all.
    EXPECT_TRUE(CheckShares(check.matched_base, roles, 0).complies);
    EXPECT_TRUE(std::any_of(roles.begin(), roles.end(), [&](const RoleAmounts& role) {
      __int128 weights = 0;
      for (const RoleAmounts& other : roles) weights += other.weight;
      return role.confirmed * weights < static_cast<__int128>(check.matched_base + 1) * role.weight;
    }));
  }
}

TEST(CheckSharesDeathTest, RefusesWhatItsCallersMustNotAsk) {
  EXPECT_DEATH(Check(1, {{1, 0}}, -1), "tolerance >= 0");
  EXPECT_DEATH(Check(1, {{1, -1}}, 0), "confirmed >= 0");
  EXPECT_DEATH(Check(1, {{0, 1}}, 0), "weight_sum > 0");
  EXPECT_DEATH(Check(1, {{kRoleWeightMax + 1, 1}}, 0), "kRoleWeightMax");
}

}  // namespace
}  // namespace oriundo
