#include "client/cli/locale.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace oriundo {
namespace {

const Words kSpanish(Language::kSpanish);

ReaderLocale Parsed(const char* country, const Words& words) {
  const absl::StatusOr<ReaderLocale> locale = ReaderLocale::Parse(country, words);
  EXPECT_TRUE(locale.ok()) << country << ": " << locale.status();
  return locale.value_or(ReaderLocale(words.language()));
}

TEST(ReaderLocale, WritesAmountsAsTheCountryDoes) {
  struct Case {
    const char* country;
    const char* amount;
  };
  for (const auto& [country, amount] :
       {Case{"MX", "1,413,734.05"}, Case{"es-MX", "1,413,734.05"}, Case{"US", "1,413,734.05"}, Case{"en-US", "1,413,734.05"},
        Case{"es-HN", "1,413,734.05"}, Case{"es-SV", "1,413,734.05"}, Case{"SV", "1,413,734.05"}, Case{"GT", "1,413,734.05"},
        Case{"es-ES", "1.413.734,05"}, Case{"AR", "1.413.734,05"}, Case{"es-CO", "1.413.734,05"}}) {
    EXPECT_EQ(Parsed(country, kSpanish).Amount(141'373'405, "MXN"), amount) << country;
    EXPECT_EQ(Parsed(country, Words()).Amount(141'373'405, "MXN"), amount) << country << ", read in English";
  }
}

TEST(ReaderLocale, KeepsEveryUnitOfTheLargestAmounts) {
  const ReaderLocale mexico(Language::kSpanish);
  EXPECT_EQ(mexico.Amount(999'999'999'999'999, "MXN"), "9,999,999,999,999.99");
  EXPECT_EQ(mexico.Amount(std::numeric_limits<int64_t>::max(), "MXN"), "92,233,720,368,547,758.07");
  EXPECT_EQ(mexico.Amount(std::numeric_limits<int64_t>::min(), "MXN"), "-92,233,720,368,547,758.08");
  EXPECT_EQ(mexico.Amount(-5, "MXN"), "-0.05");
  EXPECT_EQ(mexico.Amount(1'234, "JPY"), "1,234") << "the yen has no decimals";
  EXPECT_EQ(mexico.Amount(1'234, "KWD"), "1.234");
}

TEST(ReaderLocale, WritesDatesThatNobodyMisreads) {
  EXPECT_EQ(ReaderLocale(Language::kEnglish).Date("2014-09-10"), "Sep 10, 2014");
  EXPECT_EQ(ReaderLocale(Language::kSpanish).Date("2014-09-10"), "10 sept 2014");
  EXPECT_EQ(Parsed("es-HN", kSpanish).Date("2014-09-10"), "10 sept 2014");
  EXPECT_EQ(Parsed("es-SV", kSpanish).Date("2014-02-28"), "28 feb 2014");
  EXPECT_EQ(Parsed("US", kSpanish).Date("2014-09-10"), "10 sept 2014");
  EXPECT_EQ(ReaderLocale(Language::kSpanish).Time(1'410'350'405), "10 sept 2014, 12:00:05 UTC");
  EXPECT_EQ(ReaderLocale(Language::kEnglish).Time(-1), "Dec 31, 1969, 23:59:59 UTC");
  EXPECT_EQ(ReaderLocale(Language::kEnglish).Date("never"), "never");
}

TEST(ReaderLocale, CountsInGroups) { EXPECT_EQ(ReaderLocale(Language::kSpanish).Count(2'457), "2,457"); }

TEST(ReaderLocale, RefusesWhatIsNoCountry) {
  for (const char* wrong : {"", "Mexico", "es-", "fr-FR", "es_MX", "XX", "../MX", "es-MX-x", "es"}) {
    EXPECT_FALSE(ReaderLocale::Parse(wrong, Words()).ok()) << wrong;
  }
  EXPECT_EQ(ReaderLocale::Parse("Mexico", kSpanish).status().message(), "\"Mexico\" no es un país; escriba MX, o es-MX");
  EXPECT_EQ(ReaderLocale::Parse("ES", Words())->Amount(123'456'789, "EUR"), "1.234.567,89") << "Spain";
}

TEST(PlainAmount, IsForScripts) {
  EXPECT_EQ(PlainAmount(141'373'400, "MXN"), "1413734.00");
  EXPECT_EQ(PlainAmount(-1, "MXN"), "-0.01");
}

}  // namespace
}  // namespace oriundo
