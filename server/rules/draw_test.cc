#include "server/rules/draw.h"

#include <algorithm>
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

std::vector<int64_t> ProRata(int64_t amount, std::vector<int64_t> left) { return DrawProRata(amount, left); }

std::vector<int64_t> ForParty(int party, int64_t amount, std::vector<int64_t> left) {
  return DrawForParty(party, amount, left).from_left;
}

TEST(DrawProRata, TakesInProportionToWhatIsLeftAndTheOddUnitFromTheEarlierParty) {
  EXPECT_THAT(ProRata(101, {200, 100, 0, 100}), ElementsAre(51, 25, 0, 25));
  EXPECT_THAT(ProRata(1, {5, 5}), ElementsAre(1, 0));
}

TEST(DrawProRata, TakesEverythingOrNothing) {
  EXPECT_THAT(ProRata(17, {3, 0, 14}), ElementsAre(3, 0, 14));
  EXPECT_THAT(ProRata(0, {3, 0, 14}), Each(0));
  EXPECT_THAT(ProRata(0, {0, 0}), Each(0));
}

TEST(DrawForParty, TakesThePartysOwnMoneyFirst) {
  EXPECT_THAT(ForParty(1, 10, {50, 10, 50}), ElementsAre(0, 10, 0));
  EXPECT_THAT(ForParty(1, 4, {50, 10, 50}), ElementsAre(0, 4, 0));
  EXPECT_THAT(ForParty(1, 0, {0, 0}), ElementsAre(0, 0));
}

TEST(DrawForParty, TakesTheRestFromTheOthersProRata) {
  EXPECT_THAT(ForParty(1, 13, {50, 10, 25}), ElementsAre(2, 10, 1));
  EXPECT_THAT(ForParty(0, 3, {0, 1, 1, 1}), ElementsAre(0, 1, 1, 1));
}

TEST(DrawForParties, GivesEachItsOwnFirstAndThenWhatItLacksFromWhatTheOthersDoNotNeed) {
  const auto draws = [](std::vector<int64_t> amounts, std::vector<int64_t> left) {
    std::vector<std::vector<int64_t>> parts;
    for (const RefundDraw& draw : DrawForParties(amounts, left)) parts.push_back(draw.from_left);
    return parts;
  };
  // The second has nothing to spare: all that the first lacks comes from the third.
  EXPECT_THAT(draws({30, 20, 10}, {10, 20, 50}), ElementsAre(ElementsAre(10, 0, 20), ElementsAre(0, 20, 0), ElementsAre(0, 0, 10)));
  EXPECT_THAT(draws({0, 0}, {5, 0}), ElementsAre(ElementsAre(0, 0), ElementsAre(0, 0)));
  EXPECT_THAT(draws({7}, {7}), ElementsAre(ElementsAre(7)));
}

TEST(Draws, SumToTheAmountAndLeaveNobodyBelowZeroForAnyInput) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 20'000 && !testing::Test::HasFailure(); ++run) {
    std::vector<int64_t> left(std::uniform_int_distribution<std::size_t>(1, kPartiesPerProjectMax)(random));
    for (int64_t& party_left : left) party_left = AnyMagnitude(random, 0, kAmountMinorUnitsMax);
    const int64_t box = std::accumulate(left.begin(), left.end(), int64_t{0});
    const int64_t amount = run % 5 == 0 ? box : AnyMagnitude(random, 0, box);
    const int party = static_cast<int>(random() % left.size());
    for (const std::vector<int64_t>& draw : {DrawProRata(amount, left), DrawForParty(party, amount, left).from_left}) {
      EXPECT_EQ(std::accumulate(draw.begin(), draw.end(), int64_t{0}), amount);
      for (std::size_t i = 0; i < left.size(); ++i) EXPECT_TRUE(draw[i] >= 0 && draw[i] <= left[i]) << "party " << i;
    }
    EXPECT_EQ(DrawForParty(party, amount, left).from_left[party], std::min(amount, left[party]));
    // Paid together: nobody gives more than it has, and everybody its own first.
    std::vector<int64_t> amounts(left.size());
    int64_t rest = box;
    for (int64_t& one : amounts) rest -= one = run % 3 == 0 ? rest / 2 : AnyMagnitude(random, 0, rest);
    const std::vector<RefundDraw> draws = DrawForParties(amounts, left);
    std::vector<int64_t> taken(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      const std::vector<int64_t>& draw = draws[i].from_left;
      EXPECT_EQ(std::accumulate(draw.begin(), draw.end(), int64_t{0}), amounts[i]);
      EXPECT_EQ(draw[i], std::min(amounts[i], left[i]));
      for (std::size_t j = 0; j < left.size(); ++j) taken[j] += draw[j];
    }
    for (std::size_t i = 0; i < left.size(); ++i) EXPECT_LE(taken[i], left[i]) << "party " << i;
  }
}

TEST(DrawsDeathTest, RefuseToTakeMoreThanTheBoxHolds) {
  EXPECT_DEATH(ProRata(18, {3, 0, 14}), "amount <= box");
  EXPECT_DEATH(ForParty(0, 18, {3, 0, 14}), "amount <= box");
  EXPECT_DEATH(ForParty(3, 1, {3, 0, 14}), "party");
  EXPECT_DEATH(ForParty(0, -1, {3}), "amount >= 0");
}

}  // namespace
}  // namespace oriundo
