#include "server/rules/apportion.h"

#include <limits>
#include <numeric>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<int64_t> Split(int64_t total, std::vector<int64_t> weights) { return Apportion(total, weights); }

// Domain 4.1 word for word, the leftover units handed out one at a time.
std::vector<int64_t> SlowApportion(int64_t total, const std::vector<int64_t>& weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), __int128{0});
  std::vector<int64_t> parts;
  std::vector<__int128> remainders;
  for (const int64_t weight : weights) {
    parts.push_back(static_cast<int64_t>(static_cast<__int128>(total) * weight / sum));
    remainders.push_back(static_cast<__int128>(total) * weight % sum);
  }
  while (std::accumulate(parts.begin(), parts.end(), int64_t{0}) < total) {
    std::size_t largest = 0;
    for (std::size_t i = 1; i < remainders.size(); ++i) {
      if (remainders[i] > remainders[largest]) largest = i;
    }
    ++parts[largest];
    remainders[largest] = -1;
  }
  return parts;
}

// AT1: the eleven works of the third Zacatecas session of 2025 at 40/35/25, state, municipality, club.
TEST(Apportion, SplitsTheZacatecasPackageOf2025) {
  EXPECT_THAT(Split(1'292'618'987, {40, 35, 25}), ElementsAre(517'047'595, 452'416'645, 323'154'747));
}

// AT3a: the school of Cayo Blanco in thirds, club first.
TEST(Apportion, GivesTheOddCentavoOfCayoBlancoToTheFirstParty) {
  EXPECT_THAT(Split(41'979'100, {1, 1, 1}), ElementsAre(13'993'034, 13'993'033, 13'993'033));
}

// AT3b: the street in Fresnillo in thirds.
TEST(Apportion, GivesTheOddCentavoOfFresnilloToTheFirstParty) {
  EXPECT_THAT(Split(199'376'800, {1, 1, 1}), ElementsAre(66'458'934, 66'458'933, 66'458'933));
}

TEST(Apportion, GivesLeftoverUnitsToTheLargestRemainders) {
  // Ideal parts 1.75, 3.5 and 1.75: two units are left over.
  EXPECT_THAT(Split(7, {1, 2, 1}), ElementsAre(2, 3, 2));
  // Ideal parts 0.4, 0.7 and 0.9.
  EXPECT_THAT(Split(2, {20, 35, 45}), ElementsAre(0, 1, 1));
}

TEST(Apportion, BreaksTiesForTheEarlierParty) {
  EXPECT_THAT(Split(2, {1, 1, 1, 1}), ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(Split(1, {0, 1, 1}), ElementsAre(0, 1, 0));
}

TEST(Apportion, GivesNothingToAWeightOfZero) { EXPECT_THAT(Split(5, {1, 0, 1}), ElementsAre(3, 0, 2)); }

TEST(Apportion, SplitsZeroIntoZeros) { EXPECT_THAT(Split(0, {50, 25, 25}), Each(0)); }

TEST(Apportion, SplitsTheLargestAmountAmongTheMostParties) {
  const std::vector<int64_t> weights(kPartiesPerProjectMax, kWeightMax);
  EXPECT_THAT(Apportion(kAmountMinorUnitsMax, weights), Each(kAmountMinorUnitsMax / kPartiesPerProjectMax));
}

TEST(Apportion, TakesWeightsThatTogetherExceedSixtyFourBits) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(Split(kMost, {kMost, kMost, kMost}), ElementsAre(kMost / 3 + 1, kMost / 3, kMost / 3));
}

TEST(Apportion, SumsExactlyWithinOneUnitOfTheIdealForAnyInput) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 20'000 && !testing::Test::HasFailure(); ++run) {
    const int64_t total = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
    std::vector<int64_t> weights(std::uniform_int_distribution<std::size_t>(1, kPartiesPerProjectMax)(random));
    for (int64_t& weight : weights) weight = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
    weights[random() % weights.size()] += 1;
    const auto sum = std::accumulate(weights.begin(), weights.end(), __int128{0});

    const std::vector<int64_t> parts = Apportion(total, weights);
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), int64_t{0}), total);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const __int128 distance = parts[i] * sum - static_cast<__int128>(total) * weights[i];
      EXPECT_TRUE(-sum < distance && distance < sum) << "party " << i << " of run " << run;
      EXPECT_TRUE(total > sum || parts[i] <= weights[i]) << "party " << i << " of run " << run;
    }
    EXPECT_EQ(parts, SlowApportion(total, weights)) << "run " << run;
  }
}

TEST(ApportionDeathTest, RefusesWhatItsCallersMustNotAsk) {
  EXPECT_DEATH(Split(-1, {1}), "total >= 0");
  EXPECT_DEATH(Split(1, {2, -1}), "weight >= 0");
  EXPECT_DEATH(Split(1, {0, 0}), "weight_sum > 0");
  EXPECT_DEATH(Split(0, {}), "weight_sum > 0");
}

}  // namespace
}  // namespace oriundo
