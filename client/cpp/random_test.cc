#include "client/cpp/random.h"

#include <gmock/gmock.h>

#include <set>

namespace oriundo {
namespace {

TEST(Uuid, IsOfVersionFourWhateverTheBytes) {
  EXPECT_EQ(UuidFromBytes(std::string(16, '\xff')), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(UuidFromBytes(std::string(32, '\0')), "00000000-0000-4000-8000-000000000000");
}

TEST(Uuid, DiffersFromCallToCall) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string uuid = RandomUuid();
    EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1'000u);
}

TEST(Sha256, AgreesWithThePublishedVector) {
  EXPECT_EQ(HexOf(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace oriundo
