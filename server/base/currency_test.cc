#include "server/base/currency.h"

#include <gtest/gtest.h>

#include <limits>

namespace oriundo {
namespace {

TEST(Currency, DigitsComeFromIso4217) {
  EXPECT_EQ(CurrencyDigits("MXN"), 2);
  EXPECT_EQ(CurrencyDigits("JPY"), 0);
  EXPECT_EQ(CurrencyDigits("KWD"), 3);
  EXPECT_EQ(CurrencyDigits("XYZ"), std::nullopt);
  EXPECT_EQ(CurrencyDigits("mxn"), std::nullopt);
  EXPECT_EQ(CurrencyDigits(""), std::nullopt);
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
