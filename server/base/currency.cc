#include "server/base/currency.h"

#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include <map>
#include <utility>

namespace oriundo {
namespace {

// Where ICU writes amounts as people do, without the minor units that ISO 4217 still defines. A ledger keeps what the standard says.
constexpr std::pair<const char*, int> kIsoDigits[] = {{"AFN", 2}, {"ALL", 2}, {"IQD", 3}, {"IRR", 2}, {"KPW", 2}, {"LAK", 2}, {"LBP", 2},
                                                      {"MGA", 2}, {"MMK", 2}, {"RSD", 2}, {"SLL", 2}, {"SOS", 2}, {"SYP", 2}, {"YER", 2}};

// Read once: ICU's list of the currencies in use and their digits. Never changes while the process runs.
const std::map<std::string, int, std::less<>>& Digits() {
  static const auto* digits = [] {
    auto* map = new std::map<std::string, int, std::less<>>;
    UErrorCode error = U_ZERO_ERROR;
    UEnumeration* codes = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &error);
    int32_t length = 0;
    while (const char* code = uenum_next(codes, &length, &error)) {
      const char16_t wide[4] = {static_cast<char16_t>(code[0]), static_cast<char16_t>(code[1]), static_cast<char16_t>(code[2]), 0};
      UErrorCode digit_error = U_ZERO_ERROR;
      const int32_t count = ucurr_getDefaultFractionDigits(wide, &digit_error);
      if (U_SUCCESS(digit_error)) map->emplace(std::string(code, static_cast<std::size_t>(length)), count);
    }
    uenum_close(codes);
    for (const auto& [code, count] : kIsoDigits) {
      if (const auto found = map->find(code); found != map->end()) found->second = count;
    }
    return map;
  }();
  return *digits;
}

}  // namespace

std::optional<int> CurrencyDigits(std::string_view code) {
  const auto found = Digits().find(code);
  if (found == Digits().end()) return std::nullopt;
  return found->second;
}

int CurrencyDigitsEver(std::string_view code) {
  if (const std::optional<int> digits = CurrencyDigits(code)) return *digits;
  // Retired since: the digits it had.
  std::u16string wide(code.begin(), code.end());
  if (ucurr_getNumericCode(wide.c_str()) == 0) return 0;
  UErrorCode error = U_ZERO_ERROR;
  const int32_t digits = ucurr_getDefaultFractionDigits(wide.c_str(), &error);
  return U_SUCCESS(error) && digits >= 0 ? digits : 0;
}

std::string FormatAmount(int64_t minor_units, std::string_view code) {
  const int digits = CurrencyDigitsEver(code);
  // The magnitude as unsigned, so that the smallest int64 has one too.
  const uint64_t magnitude = minor_units < 0 ? 0 - static_cast<uint64_t>(minor_units) : static_cast<uint64_t>(minor_units);
  std::string plain = std::to_string(magnitude);
  if (plain.size() <= static_cast<std::size_t>(digits)) plain.insert(0, static_cast<std::size_t>(digits) + 1 - plain.size(), '0');
  const std::size_t whole = plain.size() - static_cast<std::size_t>(digits);
  std::string text = minor_units < 0 ? "-" : "";
  for (std::size_t i = 0; i < whole; ++i) {
    text.push_back(plain[i]);
    if (i + 1 < whole && (whole - 1 - i) % 3 == 0) text.push_back(',');
  }
  if (digits > 0) text += "." + plain.substr(whole);
  return text + " " + std::string(code);
}

}  // namespace oriundo
