#include "client/cli/money_text.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/base/currency.h"

namespace oriundo {
namespace {

int64_t Units(std::string_view text) {
  const absl::StatusOr<v1::Money> money = ParseMoney(text);
  EXPECT_TRUE(money.ok()) << text << ": " << money.status();
  return money.ok() ? money->minor_units() : -1;
}

std::string Complaint(std::string_view text) {
  const absl::StatusOr<v1::Money> money = ParseMoney(text);
  return money.ok() ? "accepted " + std::to_string(money->minor_units()) : std::string(money.status().message());
}

TEST(ParseMoney, ReadsAmountsExactly) {
  EXPECT_EQ(Units("1,413,734.00 MXN"), 141373400);
  EXPECT_EQ(Units("706867 MXN"), 70686700);
  EXPECT_EQ(Units("353,433.5 MXN"), 35343350);
  EXPECT_EQ(Units("  0.01 mxn "), 1);
  EXPECT_EQ(Units("0.29USD"), 29);  // 0.29 * 100 is 28 for who multiplies a double.
  EXPECT_EQ(Units("-96,259.10 MXN"), -9625910);
  EXPECT_EQ(Units("1000 JPY"), 1000);
  EXPECT_EQ(Units("1.234 KWD"), 1234);
  EXPECT_EQ(Units("000.10 MXN"), 10);
}

TEST(ParseMoney, TakesTheLargestAmountAndNotOneMore) {
  EXPECT_EQ(Units("10,000,000,000,000.00 MXN"), 1'000'000'000'000'000);
  EXPECT_EQ(Units("-10000000000000 MXN"), -1'000'000'000'000'000);
  EXPECT_THAT(Complaint("10,000,000,000,000.01 MXN"),
              testing::HasSubstr("more than the ledger takes: 10,000,000,000,000.00 MXN"));
  EXPECT_THAT(Complaint("99999999999999999999999999 MXN"), testing::HasSubstr("more than the ledger takes"));
}

TEST(ParseMoney, RefusesMoreDecimalsThanTheCurrencyHas) {
  EXPECT_EQ(Complaint("1.001 MXN"), "1.001 has 3 decimals; MXN has 2");
  EXPECT_EQ(Complaint("1.000 MXN"), "1.000 has 3 decimals; MXN has 2");
  EXPECT_EQ(Complaint("1.5 JPY"), "1.5 has 1 decimals; JPY has 0");
}

TEST(ParseMoney, RefusesWhatIsNoAmount) {
  for (const char* text : {"",          " ",       "MXN",      "1,41,3 MXN",  "1413,734 MXN", ",413 MXN", "1,413, MXN",
                           "1.2.3 MXN", "1. MXN",  ".5 MXN",   "1e3 MXN",     "+5 MXN",       "--5 MXN",  "1 413 MXN",
                           "$5 MXN",    "5 PESOS", "0x10 MXN", "1,4.3,5 MXN", "5 MX",         "MXN 5"}) {
    EXPECT_THAT(Complaint(text), testing::HasSubstr("is no amount")) << text;
  }
  EXPECT_THAT(Complaint("5"), testing::HasSubstr("names no currency"));
  EXPECT_EQ(Complaint("5 XQQ"), "\"XQQ\" is no currency of ISO 4217");
}

TEST(ParseMoney, ReadsBackWhatFormatAmountWrites) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const int64_t units = static_cast<int64_t>(random() % 2'000'000'000'000'001u) - 1'000'000'000'000'000;
    for (const char* code : {"MXN", "JPY", "KWD"}) EXPECT_EQ(Units(FormatAmount(units >> (i % 50), code)), units >> (i % 50));
  }
}

TEST(ParseRate, KeepsEveryDecimalAndFillsUpToFour) {
  const auto rate = ParseRate("18.4308");
  ASSERT_TRUE(rate.ok());
  EXPECT_EQ(rate->units(), 184308);
  EXPECT_EQ(rate->scale(), 4);
  EXPECT_EQ(ParseRate("17.95")->units(), 179500);
  EXPECT_EQ(ParseRate("18")->units(), 180000);
  EXPECT_EQ(ParseRate("0.00000001")->units(), 1);
  EXPECT_EQ(ParseRate("0.00000001")->scale(), 8);
  EXPECT_EQ(FormatRate(*ParseRate("0.05")), "0.0500");
}

TEST(ParseRate, RefusesWhatIsNoRate) {
  for (const char* text :
       {"", "0", "0.0000", "-1.5", "1.", ".5", "1,5", "1e3", "18.123456789", "99999999999999999999", "18.4308 MXN"}) {
    EXPECT_FALSE(ParseRate(text).ok()) << text;
  }
}

TEST(ParseQuantityMilli, ReadsDecimalsExactly) {
  EXPECT_EQ(*ParseQuantityMilli("1200"), 1'200'000);
  EXPECT_EQ(*ParseQuantityMilli("1,200.5"), 1'200'500);
  EXPECT_EQ(*ParseQuantityMilli("0.001"), 1);
  EXPECT_EQ(*ParseQuantityMilli("0"), 0);
  for (const char* wrong : {"", "1.2345", "-1", "12 m2", "1200 MXN", "1,2", "1e3", "9999999999999999"}) {
    EXPECT_FALSE(ParseQuantityMilli(wrong).ok()) << wrong;
  }
}

TEST(FormatQuantity, WritesWhatPeopleType) {
  const std::vector<std::pair<int64_t, std::string>> quantities = {
      {1'200'000, "1,200"}, {1'200'500, "1,200.5"}, {1, "0.001"},
      {0, "0"},             {-5'010, "-5.01"},      {1'000'000'000'000'000, "1,000,000,000,000"}};
  for (const auto& [milli, text] : quantities) {
    EXPECT_EQ(FormatQuantity(milli), text);
    if (milli > 0) {
      EXPECT_EQ(ParseQuantityMilli(text).value(), milli) << text;
    }
  }
}

}  // namespace
}  // namespace oriundo
