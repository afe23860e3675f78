#include "server/base/currency.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace oriundo {
namespace {

TEST(Currency, DigitsComeFromIso4217) {
  EXPECT_EQ(CurrencyDigits("MXN"), 2);
  EXPECT_EQ(CurrencyDigits("JPY"), 0);
  EXPECT_EQ(CurrencyDigits("KWD"), 3);
  // ICU alone would say 0 for these two.
  EXPECT_EQ(CurrencyDigits("ALL"), 2);
  EXPECT_EQ(CurrencyDigits("IQD"), 3);
  EXPECT_EQ(CurrencyDigits("XYZ"), std::nullopt);
  EXPECT_EQ(CurrencyDigits("mxn"), std::nullopt);
  EXPECT_EQ(CurrencyDigits(""), std::nullopt);
}

TEST(Currency, DigitsAgreeWithTheStandardsTable) {
  const char* folder = std::getenv("ORIUNDO_TEST_DATA");
  if (folder == nullptr) GTEST_SKIP() << "ORIUNDO_TEST_DATA names no folder with iso4217_active.csv";
  std::ifstream file(std::string(folder) + "/iso4217_active.csv");
  ASSERT_TRUE(file.good());
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::string code = line.substr(0, 3);
    const char digits = line[8];  // code,numeric,minor_unit,name
    const std::optional<int> known = CurrencyDigits(code);
    if (known.has_value() && digits >= '0' && digits <= '9') {
      EXPECT_EQ(*known, digits - '0') << code;
    }
  }
}

// The German mark is no more: no new programme may use it, and one that had it would go on.
TEST(Currency, DigitsOutliveTheCurrency) {
  EXPECT_EQ(CurrencyDigitsEver("MXN"), 2);
  EXPECT_EQ(CurrencyDigitsEver("JPY"), 0);
  EXPECT_FALSE(CurrencyDigits("DEM").has_value());
  EXPECT_EQ(CurrencyDigitsEver("DEM"), 2);
  EXPECT_EQ(CurrencyDigitsEver("ZZZ"), 0);
}

TEST(FormatAmount, GroupsThousandsAndKeepsEveryUnit) {
  EXPECT_EQ(FormatAmount(141373400, "MXN"), "1,413,734.00 MXN");
  EXPECT_EQ(FormatAmount(-5, "MXN"), "-0.05 MXN");
  EXPECT_EQ(FormatAmount(0, "MXN"), "0.00 MXN");
  EXPECT_EQ(FormatAmount(1234567, "JPY"), "1,234,567 JPY");
  EXPECT_EQ(FormatAmount(std::numeric_limits<int64_t>::min(), "MXN"), "-92,233,720,368,547,758.08 MXN");
}

}  // namespace
}  // namespace oriundo
