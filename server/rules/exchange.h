// Exchange: what a transfer lost on its way and how far a pledge in a foreign currency has moved (domain.md 4.9). These are
// memo figures beside a posting: what is posted is always the amount the bank credited, and nothing is revalued later. Rates
// are integers with a decimal scale; every conversion rounds down. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

namespace oriundo {

// Decimals of a recorded rate (domain 4.9: integers scaled 10^4 to 10^8).
inline constexpr int32_t kRateScaleMin = 4;
inline constexpr int32_t kRateScaleMax = 8;
// Most digits of a currency's minor unit in ISO 4217 (the Chilean unidad de fomento).
inline constexpr int kMinorUnitDigitsMax = 4;

// An exchange rate as it is quoted: units / 10^scale whole units of the project's currency (pesos) for one whole unit of the
// foreign currency (a dollar). 18.4308 MXN per USD is {184308, 4}.
struct Rate {
  // Positive.
  int64_t units = 0;
  // kRateScaleMin to kRateScaleMax.
  int32_t scale = kRateScaleMin;
};

// Converts foreign minor units to project minor units, rounding down:
// floor(minor_units * rate * 10^to_digits / 10^from_digits), `from_digits` and `to_digits` being the ISO 4217 digits of the
// foreign and of the project's currency. Saturates at kAmountMinorUnitsMax, above which no amount exists.
// REQUIRES: 0 <= minor_units <= kAmountMinorUnitsMax; a rate in range; digits 0 to kMinorUnitDigitsMax.
int64_t ConvertFloor(int64_t minor_units, Rate rate, int from_digits, int to_digits);

// One transfer as its papers state it.
struct Transfer {
  // What the payer handed over, fee and tax included. Foreign minor units, >= 0.
  int64_t paid = 0;
  // The provider's fee and the tax on the transfer, both taken out of `paid`. Foreign minor units, >= 0.
  int64_t fee = 0;
  int64_t tax = 0;
  // The rate the provider gave.
  Rate provider_rate;
  // What the project's bank credited. Project minor units, >= 0.
  int64_t credited = 0;
  // A published rate of the day, for comparison: on a weekend or holiday the last one before (domain 4.9).
  Rate reference_rate;
  // ISO 4217 digits of the foreign and of the project's currency.
  int from_digits = 0;
  int to_digits = 0;
};

// What became of a transfer. `net` in foreign minor units, the other amounts in project minor units.
struct TransferLoss {
  // paid - fee - tax: what was changed.
  int64_t net = 0;
  // `net` at the provider's rate. It differs from what was credited if the receiving bank took something too.
  int64_t provider_value = 0;
  // `net` at the reference rate.
  int64_t reference_value_of_net = 0;
  // reference_value_of_net - credited: hidden in the rate. Negative if the provider's rate was the better one.
  int64_t spread_loss = 0;
  // `paid` at the reference rate.
  int64_t reference_value_of_paid = 0;
  // reference_value_of_paid - credited: fee, tax and spread together.
  int64_t total_loss = 0;
  // total_loss as basis points of reference_value_of_paid, rounded towards zero; zero if that value is zero, and not below
  // -kAmountMinorUnitsMax however absurd the gain.
  int64_t total_loss_bps = 0;
};

// Works out the loss. Returns nothing if fee and tax exceed what was paid or a value would be above kAmountMinorUnitsMax.
// REQUIRES: amounts 0 to kAmountMinorUnitsMax; rates and digits in range.
std::optional<TransferLoss> ComputeTransferLoss(const Transfer& transfer);

// Returns by how many project minor units a pledge of `pledged_minor` foreign minor units has moved between two rates: its
// value at `rate_now` less its value at `rate_then`, each rounded down; negative if the pledge is worth less now. Returns
// nothing if a value would be above kAmountMinorUnitsMax.
// REQUIRES: as ConvertFloor.
std::optional<int64_t> PledgeMovement(int64_t pledged_minor, Rate rate_then, Rate rate_now, int from_digits, int to_digits);

}  // namespace oriundo
