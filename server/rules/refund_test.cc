#include "server/rules/refund.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"

namespace oriundo {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// AT9a: 250,000.00 from each of three, nothing from the state (second); 437,219.53 spent, interest of 1,043.37.
TEST(ApportionRefund, ReturnsCashByWhatWasPaidInAndNothingToAPartyThatNeverPaid) {
  const std::vector<int64_t> paid_in = {25'000'000, 0, 25'000'000, 25'000'000};
  EXPECT_THAT(ApportionRefund(75'000'000 - 43'721'953, paid_in), ElementsAre(10'426'016, 0, 10'426'016, 10'426'015));
  EXPECT_THAT(ApportionRefund(104'337, paid_in), ElementsAre(34'779, 0, 34'779, 34'779));
}

// AT9b: 1,000,000.00, 750,000.00, 612,500.00 and 1,000,000.00 paid in; 1,999,999.99 spent.
TEST(ApportionRefund, ReturnsUnevenPaymentsInProportion) {
  const std::vector<int64_t> paid_in = {100'000'000, 75'000'000, 61'250'000, 100'000'000};
  EXPECT_THAT(ApportionRefund(336'250'000 - 199'999'999, paid_in),
              ElementsAre(40'520'446, 30'390'335, 24'818'774, 40'520'446));
}

TEST(ApportionRefund, ReturnsZerosIfThereIsNothingToRefund) {
  EXPECT_THAT(ApportionRefund(0, std::vector<int64_t>{5, 6}), ElementsAre(0, 0));
  EXPECT_THAT(ApportionRefund(0, std::vector<int64_t>{0, 0, 0}), Each(0));
  EXPECT_TRUE(ApportionRefund(0, {}).empty());
}

TEST(ApportionRefund, ReturnsEverythingIfNothingWasSpent) {
  const std::vector<int64_t> paid_in = {kAmountMinorUnitsMax, 1, kAmountMinorUnitsMax};
  EXPECT_EQ(ApportionRefund(2 * kAmountMinorUnitsMax + 1, paid_in), paid_in);
}

TEST(ApportionRefundDeathTest, RefusesToRefundWhatNobodyPaid) {
  EXPECT_DEATH(ApportionRefund(1, std::vector<int64_t>{0, 0}), "weight_sum > 0");
  EXPECT_DEATH(ApportionRefund(-1, std::vector<int64_t>{1}), "unspent >= 0");
}

}  // namespace
}  // namespace oriundo
