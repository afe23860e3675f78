// Currencies of ISO 4217 and how amounts of them are written. The digits of the minor unit come from ICU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oriundo {

// Decimal digits of the minor unit (2 for MXN, 0 for JPY), or nullopt where `code` is no active currency.
std::optional<int> CurrencyDigits(std::string_view code);

// The same of a currency that may have been retired since a programme began with it; 0 for a code that never was one.
int CurrencyDigitsEver(std::string_view code);

// An amount in words of error messages: `-1,234.50 MXN`. An unknown currency is shown with its minor units as they are.
std::string FormatAmount(int64_t minor_units, std::string_view code);

}  // namespace oriundo
