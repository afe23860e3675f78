#include "server/rules/caps.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rules/apportion.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum CapViolationKind;

// AT5: quarters of 5,200,000.00 with a federal cap of 1,000,000.00 lack 300,000.00.
TEST(CheckCaps, FindsTheFederalQuarterAboveItsCeiling) {
  const std::vector<int64_t> dues = Apportion(520'000'000, std::vector<int64_t>{1, 1, 1, 1});
  EXPECT_THAT(CheckCaps({.amount = dues[0], .total = 520'000'000, .absolute_cap = 100'000'000}),
              ElementsAre(CapViolation{kOverAbsoluteCap, 100'000'000, 30'000'000}));
}

// AT12: the Moldovan DAR 1+3: total at least 300,000 lei; government at most half and 250,000; local and diaspora at least a
// tenth each.
struct DarProject {
  int64_t total, government, local, diaspora;
};

std::vector<CapViolation> CheckDar(const DarProject& project) {
  std::vector<CapViolation> all = CheckTotal({.total = project.total, .minimum = 30'000'000});
  for (const CapInput& input : {
           CapInput{.amount = project.government, .total = project.total, .absolute_cap = 25'000'000, .cap_bps = 5'000},
           CapInput{.amount = project.local, .total = project.total, .floor_bps = 1'000},
           CapInput{.amount = project.diaspora, .total = project.total, .floor_bps = 1'000},
       }) {
    for (const CapViolation& violation : CheckCaps(input)) all.push_back(violation);
  }
  return all;
}

TEST(CheckCaps, JudgesTheFourMoldovanProjects) {
  EXPECT_THAT(CheckDar({48'000'000, 24'000'000, 12'000'000, 12'000'000}), IsEmpty());
  EXPECT_THAT(CheckDar({60'000'000, 30'000'000, 15'000'000, 15'000'000}),
              ElementsAre(CapViolation{kOverAbsoluteCap, 25'000'000, 5'000'000}));
  EXPECT_THAT(CheckDar({29'000'000, 14'500'000, 7'250'000, 7'250'000}),
              ElementsAre(CapViolation{kTotalBelowMinimum, 30'000'000, 1'000'000}));
  EXPECT_THAT(CheckDar({50'000'000, 25'000'000, 20'000'000, 4'999'999}),
              ElementsAre(CapViolation{kBelowFloor, 5'000'000, 1}));
}

TEST(CheckCaps, ReturnsEveryViolationAndNotTheFirst) {
  EXPECT_THAT(CheckCaps({.amount = 90, .total = 100, .absolute_cap = 50, .cap_bps = 6'000, .floor_bps = 9'500}),
              ElementsAre(CapViolation{kOverAbsoluteCap, 50, 40}, CapViolation{kOverRelativeCap, 60, 30},
                          CapViolation{kBelowFloor, 95, 5}));
}

TEST(CheckCaps, AllowsTheLimitItself) {
  EXPECT_THAT(CheckCaps({.amount = 50, .total = 100, .absolute_cap = 50, .cap_bps = 5'000, .floor_bps = 5'000}), IsEmpty());
  EXPECT_THAT(CheckTotal({.total = 7, .minimum = 7, .maximum = 7}), IsEmpty());
}

TEST(CheckCaps, ChecksNoLimitThatIsAbsent) {
  EXPECT_THAT(CheckCaps({.amount = kAmountMinorUnitsMax, .total = 0}), IsEmpty());
  EXPECT_THAT(CheckTotal({.total = kAmountMinorUnitsMax}), IsEmpty());
}

TEST(CheckCaps, TakesACapOfZeroAsALimit) {
  EXPECT_THAT(CheckCaps({.amount = 1, .total = 1, .absolute_cap = 0, .cap_bps = 0}),
              ElementsAre(CapViolation{kOverAbsoluteCap, 0, 1}, CapViolation{kOverRelativeCap, 0, 1}));
  EXPECT_THAT(CheckCaps({.amount = 0, .total = 0, .absolute_cap = 0, .cap_bps = 0, .floor_bps = 0}), IsEmpty());
}

TEST(CheckCaps, NamesTheNearestAmountThatKeepsAPercentage) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  const auto keeps_cap = [](const CapInput& in, int64_t amount) {
    return static_cast<__int128>(amount) * kBasisPoints <= static_cast<__int128>(in.total) * *in.cap_bps;
  };
  const auto keeps_floor = [](const CapInput& in, int64_t amount) {
    return static_cast<__int128>(amount) * kBasisPoints >= static_cast<__int128>(in.total) * *in.floor_bps;
  };
  for (int run = 0; run < 10'000 && !testing::Test::HasFailure(); ++run) {
    const CapInput input = {.amount = AnyMagnitude(random, 0, kAmountMinorUnitsMax),
                            .total = AnyMagnitude(random, 0, kAmountMinorUnitsMax),
                            .absolute_cap = std::nullopt,
                            .cap_bps = AnyMagnitude(random, 0, kBasisPoints),
                            .floor_bps = AnyMagnitude(random, 0, kBasisPoints)};
    std::size_t expected = 0;
    expected += keeps_cap(input, input.amount) ? 0 : 1;
    expected += keeps_floor(input, input.amount) ? 0 : 1;
    const std::vector<CapViolation> violations = CheckCaps(input);
    EXPECT_EQ(violations.size(), expected);
    for (const CapViolation& violation : violations) {
      EXPECT_GT(violation.difference, 0);
      if (violation.kind == kOverRelativeCap) {
        EXPECT_TRUE(keeps_cap(input, violation.allowed) && !keeps_cap(input, violation.allowed + 1));
      } else {
        EXPECT_TRUE(keeps_floor(input, violation.allowed) && !keeps_floor(input, violation.allowed - 1));
      }
    }
  }
}

TEST(CheckTotal, FindsATotalAboveTheMaximum) {
  EXPECT_THAT(CheckTotal({.total = 12'000'001, .minimum = 0, .maximum = 12'000'000}),
              ElementsAre(CapViolation{kTotalAboveMaximum, 12'000'000, 1}));
}

}  // namespace
}  // namespace oriundo
