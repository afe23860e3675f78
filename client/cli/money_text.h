// Money and rates as people type them, read exactly: digits to minor units, never through a floating-point number.
//
// What is wrong with a text is said in the language of `words`.
//
// How many decimals a currency has is oriundo::CurrencyDigits; the text for people is oriundo::FormatAmount.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/words.h"
#include "oriundo/v1/money.pb.h"

namespace oriundo {

// A decimal amount and, where one was typed, its currency.
struct AmountText {
  // Digits with at most one point, without separators, perhaps a minus: `1413734.00`.
  std::string number;
  // ISO 4217 code in capitals; empty where none was typed.
  std::string currency_code;
};

// Splits `1,413,734.00 MXN`, `706867 mxn` or `706867` and checks its form: an optional minus, digits, commas only between groups
// of three, at most one point with digits after it. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<AmountText> SplitAmount(std::string_view text, const Words& words = Words());

// `number` (as in AmountText) in minor units of `currency_code`. INVALID_ARGUMENT where the currency is unknown, where there are
// more decimals than it has (zeros too: `1.000 MXN` may be a thousand), and beyond 10^15 minor units.
absl::StatusOr<int64_t> ToMinorUnits(std::string_view number, std::string_view currency_code, const Words& words = Words());

// SplitAmount and ToMinorUnits; the currency must be typed.
absl::StatusOr<v1::Money> ParseMoney(std::string_view text, const Words& words = Words());

// A quantity as people type it, `1,200.5` or `5200`, in thousandths of its unit: at most three decimals, not beyond 10^15
// thousandths. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<int64_t> ParseQuantityMilli(std::string_view text, const Words& words = Words());

// The quantity as people type it: `1,200.5` of 1200500 thousandths, without decimals that say nothing.
std::string FormatQuantity(int64_t milli);

// A positive decimal such as `18.4308` with at most eight decimals; fewer than four are filled up with zeros, as the ledger wants
// them.
absl::StatusOr<v1::Rate> ParseRate(std::string_view text, const Words& words = Words());

// `18.4308`. A scale outside 0 to 18 is shown as `184308e-30`.
std::string FormatRate(const v1::Rate& rate);

}  // namespace oriundo
