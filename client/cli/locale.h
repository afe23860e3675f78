// Numbers and dates as the reader's country writes them.
//
// Amounts go from minor units to text by their digits, never through a floating-point number.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/words.h"

namespace oriundo {

// `1413734.00`: no separators, a point, as many decimals as the currency has. For scripts.
std::string PlainAmount(int64_t minor_units, std::string_view currency_code);

// How one country writes numbers and dates. Copies are cheap.
class ReaderLocale {
 public:
  // The country where most readers of the language are: Mexico, or the United States.
  explicit ReaderLocale(Language language);

  // `MX`, or `es-MX`: a country of ISO 3166, perhaps with the language `es` or `en` before it. Numbers are those of the country;
  // the months of a date are named in `words`. INVALID_ARGUMENT says what is wrong.
  static absl::StatusOr<ReaderLocale> Parse(std::string_view country, const Words& words);

  // `1,413,734.00`, without the currency.
  std::string Amount(int64_t minor_units, std::string_view currency_code) const;
  // `2,457`.
  std::string Count(int64_t count) const;
  // `10 sept 2014` or `Sep 10, 2014` of `2014-09-10`; what is no day is returned as it is.
  std::string Date(const std::string& day) const;
  // The date and the time of day at `seconds` since 1970, UTC: `10 sept 2014, 12:00:05 UTC`.
  std::string Time(int64_t seconds) const;

 private:
  struct Formats;
  ReaderLocale(const std::string& number_tag, const std::string& date_tag);

  std::shared_ptr<const Formats> formats_;
};

}  // namespace oriundo
