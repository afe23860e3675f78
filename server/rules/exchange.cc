#include "server/rules/exchange.h"

#include <algorithm>
#include <limits>

#include "server/base/check.h"
#include "server/base/limits.h"

namespace oriundo {
namespace {

constexpr int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// The largest amount at the largest rate into the finest currency still fits: no rate can overflow a conversion.
static_assert(std::numeric_limits<int64_t>::max() <=
              (~static_cast<unsigned __int128>(0) >> 1) / kAmountMinorUnitsMax / PowerOfTen(kMinorUnitDigitsMax));

__int128 Convert(int64_t minor_units, Rate rate, int from_digits, int to_digits) {
  ORIUNDO_CHECK(minor_units >= 0 && minor_units <= kAmountMinorUnitsMax);
  ORIUNDO_CHECK(rate.units > 0 && rate.scale >= kRateScaleMin && rate.scale <= kRateScaleMax);
  ORIUNDO_CHECK(from_digits >= 0 && from_digits <= kMinorUnitDigitsMax);
  ORIUNDO_CHECK(to_digits >= 0 && to_digits <= kMinorUnitDigitsMax);
  return static_cast<__int128>(minor_units) * rate.units * PowerOfTen(to_digits) / PowerOfTen(rate.scale + from_digits);
}

}  // namespace

int64_t ConvertFloor(int64_t minor_units, Rate rate, int from_digits, int to_digits) {
  return static_cast<int64_t>(std::min<__int128>(Convert(minor_units, rate, from_digits, to_digits), kAmountMinorUnitsMax));
}

std::optional<TransferLoss> ComputeTransferLoss(const Transfer& transfer) {
  ORIUNDO_CHECK(transfer.paid >= 0 && transfer.paid <= kAmountMinorUnitsMax);
  ORIUNDO_CHECK(transfer.fee >= 0 && transfer.fee <= kAmountMinorUnitsMax);
  ORIUNDO_CHECK(transfer.tax >= 0 && transfer.tax <= kAmountMinorUnitsMax);
  ORIUNDO_CHECK(transfer.credited >= 0 && transfer.credited <= kAmountMinorUnitsMax);

  const int64_t net = transfer.paid - transfer.fee - transfer.tax;
  if (net < 0) return std::nullopt;
  const __int128 provider_value = Convert(net, transfer.provider_rate, transfer.from_digits, transfer.to_digits);
  const __int128 value_of_net = Convert(net, transfer.reference_rate, transfer.from_digits, transfer.to_digits);
  const __int128 value_of_paid = Convert(transfer.paid, transfer.reference_rate, transfer.from_digits, transfer.to_digits);
  if (std::max({provider_value, value_of_net, value_of_paid}) > kAmountMinorUnitsMax) return std::nullopt;

  const auto reference_value_of_net = static_cast<int64_t>(value_of_net);
  const auto reference_value_of_paid = static_cast<int64_t>(value_of_paid);
  const int64_t total_loss = reference_value_of_paid - transfer.credited;
  __int128 total_loss_bps = 0;
  if (reference_value_of_paid > 0) {
    total_loss_bps = static_cast<__int128>(total_loss) * kBasisPoints / reference_value_of_paid;
  }
  return TransferLoss{
      .net = net,
      .provider_value = static_cast<int64_t>(provider_value),
      .reference_value_of_net = reference_value_of_net,
      .spread_loss = reference_value_of_net - transfer.credited,
      .reference_value_of_paid = reference_value_of_paid,
      .total_loss = total_loss,
      .total_loss_bps = static_cast<int64_t>(std::max<__int128>(total_loss_bps, -kAmountMinorUnitsMax)),
  };
}

std::optional<int64_t> PledgeMovement(int64_t pledged_minor, Rate rate_then, Rate rate_now, int from_digits, int to_digits) {
  const __int128 value_then = Convert(pledged_minor, rate_then, from_digits, to_digits);
  const __int128 value_now = Convert(pledged_minor, rate_now, from_digits, to_digits);
  if (std::max(value_then, value_now) > kAmountMinorUnitsMax) return std::nullopt;
  return static_cast<int64_t>(value_now - value_then);
}

}  // namespace oriundo
