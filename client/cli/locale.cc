#include "client/cli/locale.h"

#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/numberformatter.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "server/base/currency.h"

namespace oriundo {

struct ReaderLocale::Formats {
  icu::Locale numbers;
  // Days of UTC; null where ICU has no data, then days stay as they are.
  std::unique_ptr<const icu::DateFormat> dates;
};

namespace {

constexpr char kSpanish[] = "es";

bool IsCountry(const std::string& code) {
  for (const char* const* known = icu::Locale::getISOCountries(); *known != nullptr; ++known) {
    if (code == *known) return true;
  }
  return false;
}

std::string Capitals(std::string_view text) {
  std::string capitals(text);
  for (char& c : capitals) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return capitals;
}

const char* TagOf(Language language) { return language == Language::kSpanish ? kSpanish : "en"; }

icu::Locale LocaleOf(const std::string& tag) {
  UErrorCode error = U_ZERO_ERROR;
  icu::Locale locale = icu::Locale::forLanguageTag(tag, error);
  // A country alone: how most people there write.
  if (U_SUCCESS(error)) locale.addLikelySubtags(error);
  return U_SUCCESS(error) ? locale : icu::Locale::getUS();
}

// Days since 1970 of `2014-09-10`; false where the text is none.
bool ParseDay(const std::string& text, int64_t& days) {
  int year = 0;
  unsigned month = 0, day = 0;
  char rest = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &rest) != 3) return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return false;
  days = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

std::string Utf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

}  // namespace

std::string PlainAmount(int64_t minor_units, std::string_view currency_code) {
  std::string text = FormatAmount(minor_units, currency_code);
  text.resize(text.rfind(' '));
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  return text;
}

ReaderLocale::ReaderLocale(Language language)
    : ReaderLocale(language == Language::kSpanish ? "es-MX" : "en-US", language == Language::kSpanish ? "es-MX" : "en-US") {}

ReaderLocale::ReaderLocale(const std::string& number_tag, const std::string& date_tag) {
  auto formats = std::make_shared<Formats>();
  formats->numbers = LocaleOf(number_tag);
  formats->dates.reset(icu::DateFormat::createDateInstance(icu::DateFormat::kMedium, LocaleOf(date_tag)));
  if (formats->dates != nullptr) const_cast<icu::DateFormat&>(*formats->dates).setTimeZone(*icu::TimeZone::getGMT());
  formats_ = std::move(formats);
}

absl::StatusOr<ReaderLocale> ReaderLocale::Parse(std::string_view country, const Words& words) {
  // The code of Spain and that of Spanish are one: whoever means the language would get another country's numbers.
  if (country == "es") {
    return absl::InvalidArgumentError(
        words.Choose("\"es\" could be Spain or Spanish; write ES for the country, --lang es for the language",
                     "\"es\" podría ser España o español; escriba ES para el país, --lang es para el idioma"));
  }
  const std::size_t dash = country.find('-');
  const std::string language(dash == std::string_view::npos ? std::string_view() : country.substr(0, dash));
  const std::string code = Capitals(dash == std::string_view::npos ? country : country.substr(dash + 1));
  if (!IsCountry(code) || (dash != std::string_view::npos && language != "es" && language != "en")) {
    return absl::InvalidArgumentError(
        words(words.Choose("\"{text}\" is no country; write MX, or es-MX", "\"{text}\" no es un país; escriba MX, o es-MX"),
              {{"text", std::string(country)}}));
  }
  return ReaderLocale(absl::StrCat(language.empty() ? "und" : language, "-", code),
                      absl::StrCat(TagOf(words.language()), "-", code));
}

std::string ReaderLocale::Amount(int64_t minor_units, std::string_view currency_code) const {
  UErrorCode error = U_ZERO_ERROR;
  const int digits = CurrencyDigits(currency_code).value_or(0);
  const std::string plain = PlainAmount(minor_units, currency_code);
  const icu::UnicodeString text = icu::number::NumberFormatter::withLocale(formats_->numbers)
                                      .precision(icu::number::Precision::fixedFraction(digits))
                                      .formatDecimal(plain, error)
                                      .toString(error);
  return U_SUCCESS(error) ? Utf8(text) : plain;
}

std::string ReaderLocale::Count(int64_t count) const {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString text =
      icu::number::NumberFormatter::withLocale(formats_->numbers).formatInt(count, error).toString(error);
  return U_SUCCESS(error) ? Utf8(text) : absl::StrCat(count);
}

std::string ReaderLocale::Date(const std::string& day) const {
  int64_t days = 0;
  if (formats_->dates == nullptr || !ParseDay(day, days)) return day;
  icu::UnicodeString text;
  // ICU counts milliseconds in a double: whole days of four-digit years are exact in it.
  formats_->dates->format(static_cast<UDate>(days * 86'400'000), text);
  return Utf8(text);
}

std::string ReaderLocale::Time(int64_t seconds) const {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const auto clock = (time - midnight).count();
  char day[32], hour[32];
  std::snprintf(day, sizeof day, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  std::snprintf(hour, sizeof hour, "%02d:%02d:%02d UTC", static_cast<int>(clock / 3600), static_cast<int>(clock / 60 % 60),
                static_cast<int>(clock % 60));
  return absl::StrCat(Date(day), ", ", hour);
}

}  // namespace oriundo
