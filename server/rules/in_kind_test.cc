#include "server/rules/in_kind.h"

#include <gtest/gtest.h>

#include "server/base/limits.h"

namespace oriundo {
namespace {

TEST(InKindTest, RoundsTheValueDownToAMinorUnit) {
  EXPECT_EQ(InKindValue(12'500, 35'000), 437'500);  // 12.5 days at 350.00.
  EXPECT_EQ(InKindValue(333, 100), 33);
  EXPECT_EQ(InKindValue(1, 999), std::nullopt);
  EXPECT_EQ(InKindValue(1, 1'000), 1);
}

TEST(InKindTest, RefusesWhatIsNoAmount) {
  EXPECT_EQ(InKindValue(1'000, kAmountMinorUnitsMax), kAmountMinorUnitsMax);
  EXPECT_EQ(InKindValue(1'001, kAmountMinorUnitsMax), std::nullopt);
  EXPECT_EQ(InKindValue(1'000'000'000'000, kAmountMinorUnitsMax), std::nullopt);
}

TEST(InKindTest, CountsAtMostTheRulesPartOfTheDue) {
  // AT16: due 8,605.50 USD, appraised 4,605.50, cap half.
  EXPECT_EQ(InKindCounted(460'550, 860'550, 5'000), 430'275);
  EXPECT_EQ(InKindCounted(430'274, 860'550, 5'000), 430'274);
  EXPECT_EQ(InKindCounted(460'550, 860'550, 0), 0);
  EXPECT_EQ(InKindCounted(460'550, 860'550, 10'000), 460'550);
  EXPECT_EQ(InKindCounted(5, 3, 5'000), 1);
}

}  // namespace
}  // namespace oriundo
