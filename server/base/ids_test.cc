#include "server/base/ids.h"

#include <gtest/gtest.h>

namespace oriundo {
namespace {

TEST(ResourceId, TakesLowerCaseLettersDigitsAndInnerDashes) {
  EXPECT_TRUE(IsResourceId("tekax-2014"));
  EXPECT_TRUE(IsResourceId("a"));
  EXPECT_TRUE(IsResourceId(std::string(63, 'a')));
  for (const char* bad : {"", "A", "1a", "-a", "a-", "a_b", "a/b", "ñandu", "a b"}) EXPECT_FALSE(IsResourceId(bad)) << bad;
  EXPECT_FALSE(IsResourceId(std::string(64, 'a')));
}

TEST(ResourceName, MatchesItsPatternAndNothingElse) {
  EXPECT_TRUE(IsResourceName("projects/p/pledges/x", "projects/*/pledges/*"));
  for (const char* bad : {"projects/p", "projects/p/pledges", "projects/p/pledges/", "projects//pledges/x", "projects/p/pledges/x/y",
                          "/projects/p/pledges/x", "Projects/p/pledges/x"}) {
    EXPECT_FALSE(IsResourceName(bad, "projects/*/pledges/*")) << bad;
  }
}

TEST(ResourceName, GivesItsParts) {
  EXPECT_EQ(IdOf("projects/p/pledges/x"), "x");
  EXPECT_EQ(ParentOf("projects/p/pledges/x"), "projects/p");
  EXPECT_EQ(ParentOf("projects/p"), "");
  EXPECT_EQ(RootOf("projects/p/pledges/x"), "projects/p");
  EXPECT_EQ(RootOf("projects/p"), "projects/p");
}

TEST(Uuid, OnlyVersionFourIsTaken) {
  EXPECT_TRUE(IsUuidV4("9f1c9ad2-53a1-4b3c-8d2e-0123456789ab"));
  EXPECT_EQ(UuidBytes("9f1c9ad2-53a1-4b3c-8d2e-0123456789AB").size(), 16u);
  EXPECT_EQ(UuidBytes("9f1c9ad2-53a1-4b3c-8d2e-0123456789AB"), UuidBytes("9F1C9AD2-53a1-4b3c-8d2e-0123456789ab"));
  EXPECT_FALSE(IsUuidV4("9f1c9ad2-53a1-1b3c-8d2e-0123456789ab"));
  EXPECT_FALSE(IsUuidV4("9f1c9ad253a14b3c8d2e0123456789ab"));
  EXPECT_FALSE(IsUuidV4(""));
}

TEST(Date, ExistsInTheCalendar) {
  EXPECT_TRUE(IsDate("2014-09-10"));
  EXPECT_TRUE(IsDate("2016-02-29"));
  for (const char* bad : {"2014-02-29", "2014-13-01", "2014-00-10", "14-09-10", "2014-9-10", "2014/09/10", "1899-12-31", "", "2014-09-1x"}) {
    EXPECT_FALSE(IsDate(bad)) << bad;
  }
}

TEST(Date, IsTheDayOfTheProgrammesOfficialTime) {
  // 2014-09-10 03:00 UTC is still the ninth in central Mexico.
  const long long time_us = 1'410'318'000'000'000;
  EXPECT_EQ(DateAt(time_us, 0), "2014-09-10");
  EXPECT_EQ(DateAt(time_us, -360), "2014-09-09");
}

TEST(Names, OfPoolsAndTranchesFollowFromTheirParts) {
  EXPECT_EQ(PoolName("programs/mx", "organizations/sedesol", 2014), "programs/mx/pools/sedesol-2014");
  EXPECT_EQ(TrancheName("projects/p", "organizations/sedesol", 2), "projects/p/tranches/sedesol-2");
  EXPECT_TRUE(IsResourceName(PoolName("programs/mx", "organizations/" + std::string(63, 'a'), 2014), "programs/*/pools/*"));
}

}  // namespace
}  // namespace oriundo
