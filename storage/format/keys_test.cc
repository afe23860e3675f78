#include "storage/format/keys.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace oriundo {
namespace {

using testing::ElementsAre;

// A key's bytes, readable: the table and whatever is no letter, digit or "/" as "<hex>".
std::string Shown(std::string_view key) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string shown;
  for (const char byte : key) {
    if (!shown.empty() && (std::isalnum(static_cast<unsigned char>(byte)) || byte == '/')) {
      shown += byte;
    } else {
      shown += {'<', kDigits[static_cast<unsigned char>(byte) >> 4], kDigits[static_cast<unsigned char>(byte) & 15], '>'};
    }
  }
  return shown;
}

// The bytes of every key, for ever: a change here makes existing stores unreadable.
TEST(Keys, HaveTheBytesOfTheGrammar) {
  EXPECT_EQ(Shown(HeadKey()), "<01>head");
  EXPECT_EQ(Shown(SegmentKey(0x0102)), "<10><00><00><00><00><00><00><01><02>");
  EXPECT_EQ(Shown(BundleKey(uint64_t{0xfe} << 56)), "<11><fe><00><00><00><00><00><00><00>");
  EXPECT_EQ(Shown(RecordKey("projects/p1")), "<20>projects<00>p1");
  EXPECT_EQ(Shown(RecordKey("projects/p1/contributions/c1")), "<20>projects/p1/contributions<00>c1");
  EXPECT_EQ(Shown(RecordSnapshotKey("projects/p1", 1)), "<21>projects/p1<00><ff><ff><ff><ff><ff><ff><ff><fe>");
  EXPECT_EQ(Shown(IndexChunkKey("projects/p1", 3)), "<30>projects/p1<00><00><00><00><03>");
  EXPECT_EQ(Shown(IndexHeadKey("projects/p1")), "<30>projects/p1<00><ff><ff><ff><ff>");
  EXPECT_EQ(Shown(RequestKey("organizations/o1", "0123456789abcdef")), "<40>organizations/o1<00>0123456789abcdef");
  EXPECT_EQ(Shown(OpeningKey("0123456789abcdef0123456789abcdef")), "<50>0123456789abcdef0123456789abcdef");
  EXPECT_EQ(Shown(SubjectSecretKey("organizations/o1")), "<51>organizations/o1");
  EXPECT_EQ(Shown(LedgerSecretKey()), "<52>");
}

TEST(Keys, ParseWhatTheyBuilt) {
  EXPECT_EQ(ParseSegmentKey(SegmentKey(700)), 700u);
  EXPECT_EQ(ParseBundleKey(BundleKey(7)), 7u);
  EXPECT_EQ(ParseRecordKey(RecordKey("projects/p1/contributions/c1")), "projects/p1/contributions/c1");
  const auto snapshot = ParseRecordSnapshotKey(RecordSnapshotKey("projects/p1", 9));
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->name, "projects/p1");
  EXPECT_EQ(snapshot->sequence, 9u);
  const auto chunk = ParseIndexChunkKey(IndexHeadKey("projects/p1"));
  ASSERT_TRUE(chunk.has_value());
  EXPECT_EQ(chunk->subject, "projects/p1");
  EXPECT_EQ(chunk->chunk_number, kIndexHeadChunk);
  const auto request = ParseRequestKey(RequestKey("organizations/o1", std::string(16, '\0')));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->organization, "organizations/o1");
  EXPECT_EQ(request->request_id, std::string(16, '\0'));
}

TEST(Keys, ParseNothingElse) {
  const std::string keys[] = {"",
                              HeadKey(),
                              SegmentKey(1),
                              BundleKey(1),
                              RecordKey("projects/p1"),
                              RecordSnapshotKey("projects/p1", 1),
                              IndexHeadKey("projects/p1"),
                              RequestKey("organizations/o1", "0123456789abcdef"),
                              LedgerSecretKey()};
  int parsed = 0;
  for (const std::string& key : keys) {
    parsed += ParseSegmentKey(key).has_value() + ParseBundleKey(key).has_value() + ParseRecordKey(key).has_value() +
              ParseRecordSnapshotKey(key).has_value() + ParseIndexChunkKey(key).has_value() +
              ParseRequestKey(key).has_value();
  }
  EXPECT_EQ(parsed, 6);
  EXPECT_EQ(ParseSegmentKey(SegmentKey(1) + "x"), std::nullopt);
  EXPECT_EQ(ParseRecordKey("\x20projects"), std::nullopt);
}

TEST(Keys, ACollectionComesWithoutChildrenAndChildrenFollow) {
  const std::vector<std::string> names = {"organizations/o1",
                                          "projects/p1",
                                          "projects/p1-annex",
                                          "projects/p10",
                                          "projects/p2",
                                          "projects/p1/contributions/c1",
                                          "projects/p1/contributions/c2",
                                          "projects/p1/tranches/t1",
                                          "projects/p10/contributions/c1"};
  const auto within = [&](const KeyRange& range) {
    std::vector<std::string> keys;
    for (const std::string& name : names) {
      if (const std::string key = RecordKey(name); key >= range.begin && key < range.end) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    for (std::string& key : keys) key = *ParseRecordKey(key);
    return keys;
  };
  EXPECT_THAT(within(CollectionRange("projects")),
              ElementsAre("projects/p1", "projects/p1-annex", "projects/p10", "projects/p2"));
  EXPECT_THAT(within(CollectionRange("projects/p1/contributions")),
              ElementsAre("projects/p1/contributions/c1", "projects/p1/contributions/c2"));
  EXPECT_THAT(within(DescendantsRange("projects/p1")),
              ElementsAre("projects/p1/contributions/c1", "projects/p1/contributions/c2", "projects/p1/tranches/t1"));
  EXPECT_EQ(within(TableRange(Table::kRecords)).size(), names.size());
}

TEST(Keys, RecordSnapshotsComeNewestFirstAndNotNewerThanAsked) {
  const KeyRange range = RecordSnapshotRange("projects/p1", 500);
  EXPECT_LT(RecordSnapshotKey("projects/p1", 501), range.begin);
  EXPECT_EQ(RecordSnapshotKey("projects/p1", 500), range.begin);
  EXPECT_LT(RecordSnapshotKey("projects/p1", 500), RecordSnapshotKey("projects/p1", 499));
  EXPECT_LT(RecordSnapshotKey("projects/p1", 0), range.end);
  EXPECT_GE(RecordSnapshotKey("projects/p10", 1), range.end);
}

TEST(Keys, AnIndexRangeHoldsOneSubjectsChunksHeadLast) {
  const KeyRange range = IndexRange("projects/p1", 2);
  EXPECT_LT(IndexChunkKey("projects/p1", 1), range.begin);
  EXPECT_EQ(IndexChunkKey("projects/p1", 2), range.begin);
  EXPECT_LT(IndexChunkKey("projects/p1", 0x1000), IndexHeadKey("projects/p1"));
  EXPECT_LT(IndexHeadKey("projects/p1"), range.end);
  EXPECT_GE(IndexChunkKey("projects/p10", 0), range.end);
}

TEST(Keys, AStringThatIsNoResourceNameMeetsNoRecord) {
  for (const std::string& name :
       {std::string(), std::string("projects"), std::string("projects/"), std::string("projects\0p1", 11),
        std::string("/projects"), std::string("projects/p1\0", 12)}) {
    EXPECT_NE(RecordKey(name), RecordKey("projects/p1")) << Shown(name);
  }
}

}  // namespace
}  // namespace oriundo
