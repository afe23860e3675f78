#include "server/rules/exchange.h"

#include <limits>

#include "gtest/gtest.h"
#include "server/base/limits.h"

namespace oriundo {
namespace {

// Pesos per dollar as published by Banco de Mexico, exchange rate FIX (series SF43718).
constexpr Rate kFix20161108 = {185'089, 4};
constexpr Rate kFix20161111 = {210'511, 4};
constexpr Rate kFix20220308 = {213'775, 4};
constexpr Rate kFix20230728 = {166'895, 4};
constexpr Rate kFix20251125 = {184'308, 4};

// AT11: 14,000.00 USD in cash with a tax of 1 percent and a fee of 35.00, changed at 17.95 and credited in pesos. The rate is
// real; its pairing with a tax law that starts in 2026 is synthetic.
constexpr Transfer kCashTransfer = {.paid = 1'400'000,
                                    .fee = 3'500,
                                    .tax = 1'400'000 * 100 / kBasisPoints,
                                    .provider_rate = {179'500, 4},
                                    .credited = 24'815'875,
                                    .reference_rate = kFix20251125,
                                    .from_digits = 2,
                                    .to_digits = 2};

TEST(ComputeTransferLoss, SplitsWhatACashTransferLostIntoTaxFeeAndSpread) {
  EXPECT_EQ(kCashTransfer.tax, 14'000);
  const std::optional<TransferLoss> loss = ComputeTransferLoss(kCashTransfer);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(loss->net, 1'382'500);
  EXPECT_EQ(loss->provider_value, 24'815'875);
  EXPECT_EQ(loss->reference_value_of_net, 25'480'581);
  EXPECT_EQ(loss->spread_loss, 664'706);
  EXPECT_EQ(loss->reference_value_of_paid, 25'803'120);
  EXPECT_EQ(loss->total_loss, 987'245);
  EXPECT_EQ(loss->total_loss_bps, 382);
}

TEST(ComputeTransferLoss, ShowsABetterRateAsANegativeLoss) {
  Transfer transfer = kCashTransfer;
  transfer.provider_rate = {200'000, 4};
  transfer.credited = 27'650'000;
  const std::optional<TransferLoss> loss = ComputeTransferLoss(transfer);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(loss->spread_loss, 25'480'581 - 27'650'000);
  EXPECT_EQ(loss->total_loss, 25'803'120 - 27'650'000);
  EXPECT_EQ(loss->total_loss_bps, -715);  // -715.7, towards zero.
}

TEST(ComputeTransferLoss, ShowsWhatTheReceivingBankTookBetweenProviderAndCredit) {
  Transfer transfer = kCashTransfer;
  transfer.credited -= 11'600;
  const std::optional<TransferLoss> loss = ComputeTransferLoss(transfer);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(loss->provider_value - transfer.credited, 11'600);
  EXPECT_EQ(loss->spread_loss, 664'706 + 11'600);
}

TEST(ComputeTransferLoss, HasNoAnswerIfFeeAndTaxExceedWhatWasPaid) {
  Transfer transfer = kCashTransfer;
  transfer.fee = transfer.paid - transfer.tax + 1;
  EXPECT_FALSE(ComputeTransferLoss(transfer).has_value());
  transfer.fee -= 1;
  transfer.credited = 0;
  const std::optional<TransferLoss> all_lost = ComputeTransferLoss(transfer);
  ASSERT_TRUE(all_lost.has_value());
  EXPECT_EQ(all_lost->net, 0);
  EXPECT_EQ(all_lost->total_loss_bps, kBasisPoints);
}

TEST(ComputeTransferLoss, HasNoAnswerIfAValueIsNoAmountAnyMore) {
  Transfer transfer = kCashTransfer;
  transfer.paid = kAmountMinorUnitsMax;
  EXPECT_FALSE(ComputeTransferLoss(transfer).has_value());
}

TEST(ComputeTransferLoss, BoundsTheBasisPointsOfAnAbsurdGain) {
  Transfer transfer = kCashTransfer;
  transfer.paid = 1;
  transfer.fee = 0;
  transfer.tax = 0;
  transfer.reference_rate = {10'000, 4};
  transfer.credited = kAmountMinorUnitsMax;
  ASSERT_TRUE(ComputeTransferLoss(transfer).has_value());
  EXPECT_EQ(ComputeTransferLoss(transfer)->total_loss_bps, -kAmountMinorUnitsMax);
  transfer.paid = 0;
  transfer.credited = 0;
  ASSERT_TRUE(ComputeTransferLoss(transfer).has_value());
  EXPECT_EQ(ComputeTransferLoss(transfer)->total_loss_bps, 0);
}

// AT11: a pledge of 13,000.00 USD between two FIX days.
TEST(PledgeMovement, FollowsThePesoUpAndDown) {
  EXPECT_EQ(PledgeMovement(1'300'000, kFix20220308, kFix20230728, 2, 2), -6'094'400);
  EXPECT_EQ(PledgeMovement(1'300'000, kFix20161108, kFix20161111, 2, 2), 3'304'860);
  EXPECT_EQ(PledgeMovement(1'300'000, kFix20161108, kFix20161108, 2, 2), 0);
}

TEST(PledgeMovement, HasNoAnswerIfAValueIsNoAmountAnyMore) {
  EXPECT_EQ(PledgeMovement(kAmountMinorUnitsMax, {10'000, 4}, {10'001, 4}, 2, 2), std::nullopt);
  EXPECT_EQ(PledgeMovement(kAmountMinorUnitsMax, {10'000, 4}, {9'999, 4}, 2, 2), -kAmountMinorUnitsMax / 10'000);
}

TEST(ConvertFloor, RoundsDown) {
  EXPECT_EQ(ConvertFloor(1, kFix20251125, 2, 2), 18);
  EXPECT_EQ(ConvertFloor(1, {9'999, 4}, 2, 2), 0);
  EXPECT_EQ(ConvertFloor(0, kFix20251125, 2, 2), 0);
}

TEST(ConvertFloor, GivesTheSameValueAtAFinerScale) {
  EXPECT_EQ(ConvertFloor(1'382'500, {1'843'080'000, 8}, 2, 2), ConvertFloor(1'382'500, kFix20251125, 2, 2));
}

TEST(ConvertFloor, MindsTheDigitsOfBothCurrencies) {
  EXPECT_EQ(ConvertFloor(1'000, {1'250'000, 8}, 0, 2), 1'250);           // 1,000 of a currency without digits at 0.0125.
  EXPECT_EQ(ConvertFloor(1'000, {80'000'000, 4}, 2, 0), 80'000);         // And back: 10.00 at 8,000.
  EXPECT_EQ(ConvertFloor(1'000, {184'308, 4}, 3, 2), 1'843);             // 1.000 of a currency with three digits.
}

TEST(ConvertFloor, SaturatesAtTheLargestAmount) {
  EXPECT_EQ(ConvertFloor(kAmountMinorUnitsMax, {10'000, 4}, 2, 2), kAmountMinorUnitsMax);
  EXPECT_EQ(ConvertFloor(kAmountMinorUnitsMax, {std::numeric_limits<int64_t>::max(), 4}, 0, 4), kAmountMinorUnitsMax);
}

TEST(ConvertFloorDeathTest, RefusesRatesAndDigitsOutOfRange) {
  EXPECT_DEATH(ConvertFloor(1, {1, 3}, 2, 2), "scale");
  EXPECT_DEATH(ConvertFloor(1, {1, 9}, 2, 2), "scale");
  EXPECT_DEATH(ConvertFloor(1, {0, 4}, 2, 2), "units > 0");
  EXPECT_DEATH(ConvertFloor(1, {1, 4}, 5, 2), "from_digits");
  EXPECT_DEATH(ConvertFloor(-1, {1, 4}, 2, 2), "minor_units >= 0");
}

}  // namespace
}  // namespace oriundo
