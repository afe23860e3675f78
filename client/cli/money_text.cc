#include "client/cli/money_text.h"

#include <charconv>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

constexpr int64_t kMinorUnitsMax = 1'000'000'000'000'000;  // The ledger's largest amount (Money.minor_units).
constexpr int kRateScaleMin = 4;
constexpr int kRateScaleMax = 8;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

absl::Status NoAmount(std::string_view text, const Words& words) {
  return absl::InvalidArgumentError(
      words("\"{text}\" is no amount; write it like \"1,413,734.00 MXN\" or \"706867 MXN\"", {{"text", std::string(text)}}));
}

// The whole part without its commas, or nullopt where they do not part groups of three.
std::optional<std::string> WithoutCommas(std::string_view whole) {
  std::string digits;
  const std::size_t first_comma = whole.find(',');
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool comma_wanted = first_comma != std::string_view::npos && i >= first_comma && (i - first_comma) % 4 == 0;
    if (comma_wanted != (whole[i] == ',')) return std::nullopt;
    if (comma_wanted) continue;
    if (!IsDigit(whole[i])) return std::nullopt;
    digits.push_back(whole[i]);
  }
  const bool groups_fit =
      first_comma == std::string_view::npos || (first_comma >= 1 && first_comma <= 3 && (whole.size() - first_comma) % 4 == 0);
  if (digits.empty() || !groups_fit) return std::nullopt;
  return digits;
}

// The digits as an integer; nullopt beyond `max`.
std::optional<int64_t> ToInteger(std::string_view digits, int64_t max) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

absl::StatusOr<AmountText> SplitAmount(std::string_view text, const Words& words) {
  std::string_view rest = Trim(text);
  AmountText amount;
  std::size_t letters = 0;
  while (letters < rest.size() && IsLetter(rest[rest.size() - 1 - letters])) ++letters;
  for (const char c : rest.substr(rest.size() - letters)) amount.currency_code.push_back(static_cast<char>(c & ~0x20));
  if (letters != 0 && letters != 3) return NoAmount(text, words);
  rest = Trim(rest.substr(0, rest.size() - letters));

  if (!rest.empty() && rest.front() == '-') {
    amount.number = "-";
    rest.remove_prefix(1);
  }
  const std::size_t point = rest.find('.');
  const std::optional<std::string> whole = WithoutCommas(rest.substr(0, point));
  if (!whole.has_value()) return NoAmount(text, words);
  amount.number += *whole;
  if (point != std::string_view::npos) {
    const std::string_view decimals = rest.substr(point + 1);
    if (decimals.empty()) return NoAmount(text, words);
    for (const char c : decimals) {
      if (!IsDigit(c)) return NoAmount(text, words);
    }
    amount.number += "." + std::string(decimals);
  }
  return amount;
}

absl::StatusOr<int64_t> ToMinorUnits(std::string_view number, std::string_view currency_code, const Words& words) {
  const std::optional<int> digits = CurrencyDigits(currency_code);
  if (!digits.has_value()) {
    return absl::InvalidArgumentError(words("\"{text}\" is no currency of ISO 4217", {{"text", std::string(currency_code)}}));
  }
  const bool negative = !number.empty() && number.front() == '-';
  const std::size_t point = number.find('.');
  const std::string_view decimals = point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  if (decimals.size() > static_cast<std::size_t>(*digits)) {
    return absl::InvalidArgumentError(
        words("{number} has {given} decimals; {currency} has {digits}", {{"number", std::string(number)},
                                                                         {"given", absl::StrCat(decimals.size())},
                                                                         {"currency", std::string(currency_code)},
                                                                         {"digits", absl::StrCat(*digits)}}));
  }
  std::string units(number.substr(negative ? 1 : 0, point == std::string_view::npos ? point : point - (negative ? 1 : 0)));
  units += decimals;
  units.append(static_cast<std::size_t>(*digits) - decimals.size(), '0');
  const std::optional<int64_t> value = ToInteger(units, kMinorUnitsMax);
  if (!value.has_value()) {
    return absl::InvalidArgumentError(
        words("{number} is more than the ledger takes: {most}",
              {{"number", std::string(number)}, {"most", FormatAmount(kMinorUnitsMax, currency_code)}}));
  }
  return negative ? -*value : *value;
}

absl::StatusOr<v1::Money> ParseMoney(std::string_view text, const Words& words) {
  absl::StatusOr<AmountText> amount = SplitAmount(text, words);
  if (!amount.ok()) return amount.status();
  if (amount->currency_code.empty()) {
    return absl::InvalidArgumentError(
        words("\"{text}\" names no currency; write it like \"706,867.00 MXN\"", {{"text", std::string(text)}}));
  }
  absl::StatusOr<int64_t> minor_units = ToMinorUnits(amount->number, amount->currency_code, words);
  if (!minor_units.ok()) return minor_units.status();
  v1::Money money;
  money.set_currency_code(amount->currency_code);
  money.set_minor_units(*minor_units);
  return money;
}

absl::StatusOr<int64_t> ParseQuantityMilli(std::string_view text, const Words& words) {
  constexpr std::size_t kDecimals = 3;
  const absl::StatusOr<AmountText> split = SplitAmount(text, words);
  const std::size_t point = split.ok() ? split->number.find('.') : std::string::npos;
  const std::string decimals = point == std::string::npos ? "" : split->number.substr(point + 1);
  const bool formed = split.ok() && split->currency_code.empty() && decimals.size() <= kDecimals;
  std::optional<int64_t> milli;
  if (formed && split->number.front() != '-') {
    milli = ToInteger(split->number.substr(0, point) + decimals + std::string(kDecimals - decimals.size(), '0'), kMinorUnitsMax);
  }
  if (!milli.has_value()) {
    return absl::InvalidArgumentError(
        words("\"{text}\" is no quantity; write a number with at most 3 decimals, like 1,200.5", {{"text", std::string(text)}}));
  }
  return *milli;
}

std::string FormatQuantity(int64_t milli) {
  const bool negative = milli < 0;
  // The digits without the sign, which may be those of the smallest number.
  std::string digits = absl::StrCat(milli).substr(negative ? 1 : 0);
  if (digits.size() <= 3) digits.insert(0, 4 - digits.size(), '0');
  std::string decimals = digits.substr(digits.size() - 3);
  std::string whole = digits.substr(0, digits.size() - 3);
  for (std::size_t at = whole.size(); at > 3;) {
    at -= 3;
    whole.insert(at, ",");
  }
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return absl::StrCat(negative ? "-" : "", whole, decimals.empty() ? "" : ".", decimals);
}

absl::StatusOr<v1::Rate> ParseRate(std::string_view text, const Words& words) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals(point == std::string_view::npos ? std::string_view() : text.substr(point + 1));
  while (decimals.size() < kRateScaleMin) decimals.push_back('0');
  const std::optional<int64_t> units = ToInteger(std::string(whole) + decimals, INT64_MAX);
  const bool formed = !whole.empty() && IsDigit(whole.front()) && (point == std::string_view::npos || point + 1 < text.size());
  if (!formed || !units.has_value() || *units <= 0 || decimals.size() > kRateScaleMax) {
    return absl::InvalidArgumentError(words(
        "\"{text}\" is no rate; write a number above zero with at most 8 decimals, like 18.4308", {{"text", std::string(text)}}));
  }
  v1::Rate rate;
  rate.set_units(*units);
  rate.set_scale(static_cast<int32_t>(decimals.size()));
  return rate;
}

std::string FormatRate(const v1::Rate& rate) {
  if (rate.scale() < 0 || rate.scale() > 18 || rate.units() < 0) return absl::StrCat(rate.units(), "e", -rate.scale());
  const std::size_t scale = static_cast<std::size_t>(rate.scale());
  std::string digits = absl::StrCat(rate.units());
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return digits;
}

}  // namespace oriundo
