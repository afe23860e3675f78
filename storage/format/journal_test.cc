#include "storage/format/journal.h"

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/format/keys.h"
#include "storage/memory/memory_engine.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += kDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

std::vector<std::string> Entries(uint64_t first, uint64_t count) {
  std::vector<std::string> entries;
  for (uint64_t i = 0; i < count; ++i) entries.push_back("entry " + std::to_string(first + i));
  return entries;
}

// Every entry touches one of seven projects, and every third one an organisation.
std::vector<std::vector<std::string>> Subjects(uint64_t first, uint64_t count) {
  std::vector<std::vector<std::string>> subjects;
  for (uint64_t i = first; i < first + count; ++i) {
    subjects.push_back({"projects/p" + std::to_string(i % 7)});
    if (i % 3 == 0) subjects.back().push_back("organizations/o");
  }
  return subjects;
}

// A journal in memory, with the writer's tail.
class JournalTest : public testing::Test {
 protected:
  // Appends `count` entries in one batch.
  void Append(uint64_t count) {
    WriteBatch batch;
    JournalTail next = tail_;
    const auto subjects = Subjects(tail_.next_sequence(), count);
    const SubjectSequences folded = next.AppendToBatch(Entries(tail_.next_sequence(), count), subjects, batch);
    for (const auto& [subject, sequences] : folded) {
      const auto head = Now()->Get(IndexHeadKey(subject)).value();
      ASSERT_TRUE(AppendToIndex(subject, head, sequences, batch).ok());
    }
    batch.Put(HeadKey(), EncodeHead({.last_sequence = next.next_sequence() - 1, .commit_time_us = 1, .epoch = 1}));
    ASSERT_EQ(engine_.Commit(batch).outcome, CommitOutcome::kOk);
    tail_ = std::move(next);
  }

  std::unique_ptr<Snapshot> Now() { return engine_.NewSnapshot().value(); }

  // The entries in [first, end) as the reader gives them.
  absl::StatusOr<std::vector<std::string>> Read(uint64_t first, uint64_t end) {
    std::vector<std::string> read;
    const absl::Status status = ReadEntries(*Now(), first, end, [&](uint64_t sequence, std::string_view entry) {
      EXPECT_EQ(sequence, first + read.size());
      read.emplace_back(entry);
      return true;
    });
    if (!status.ok()) return status;
    return read;
  }

  std::vector<std::string> Keys(Table table) {
    std::vector<std::string> keys;
    const KeyRange range = TableRange(table);
    EXPECT_TRUE(Now()->Scan(range.begin, range.end, [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return true;
    }).ok());
    return keys;
  }

  // Writes `value` under `key` behind the journal's back.
  void Force(std::string key, std::optional<std::string> value) {
    WriteBatch batch;
    if (value) {
      batch.Put(std::move(key), *std::move(value));
    } else {
      batch.Delete(std::move(key));
    }
    ASSERT_EQ(engine_.Commit(batch).outcome, CommitOutcome::kOk);
  }

  MemoryEngine engine_;
  JournalTail tail_;
};

TEST(JournalBytes, AreThoseOfTheGrammar) {
  EXPECT_EQ(Hex(EncodeHead({.last_sequence = 1, .commit_time_us = 2, .epoch = 3})),
            "01" "0000000000000001" "0000000000000002" "0000000000000003");
  // The checksum is zlib's: python3 -c "import zlib; print(hex(zlib.crc32(bytes.fromhex('010000000200016100026263'))))".
  EXPECT_EQ(Hex(EncodeSegment(7, std::vector<std::string>{"a", "bc"}, {})),
            "01" "00000002" "0001" "61" "0002" "6263" "4dafed8c");
  // The same with '000173' '0002' '0001' appended: subject "s" is touched by both, at the places 0 and 1.
  EXPECT_EQ(Hex(EncodeSegment(7, std::vector<std::string>{"a", "bc"}, {{"s", {7, 8}}})),
            "01" "00000002" "0001" "61" "0002" "6263" "0001" "73" "0002" "0001" "e2a47241");
  const std::string bundle = EncodeBundle(std::vector<std::string>(256, ""));
  EXPECT_EQ(Hex(bundle), "01" + std::string(256 * 4, '0') + "b9cb66d7");
  EXPECT_EQ(*BundleTileBytes(bundle), std::string(512, '\0'));
  EXPECT_EQ(Hex(EncodeRecord("ab")), "01" "6162");
  EXPECT_EQ(Hex(EncodeRequest({.first_sequence = 1, .entry_count = 2, .digest = std::string(16, '\x0f')})),
            "01" "0000000000000001" "00000002" "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
  WriteBatch batch;
  EXPECT_EQ(Hex(*AppendToIndex("s", std::nullopt, std::vector<uint64_t>{1, 5}, batch)),
            "0000000000000000" "0000000000000001" "0000000000000005");
}

TEST(JournalBytes, DecodeToWhatWasEncoded) {
  const JournalHead head = {.last_sequence = 7, .commit_time_us = 1'700'000'000'000'000, .epoch = 3};
  EXPECT_EQ(*DecodeHead(EncodeHead(head)), head);
  const std::vector<std::string> largest = {std::string(kEntryBytesMax, 'x'), "", std::string("\0\xff", 2)};
  const SubjectSequences subjects = {{"organizations/o", {300}}, {"projects/p", {298, 299, 300}}};
  const Segment segment = *DecodeSegment(298, EncodeSegment(298, largest, subjects));
  EXPECT_EQ(segment.entries, largest);
  EXPECT_EQ(segment.subjects, subjects);
  EXPECT_EQ(*DecodeBundle(EncodeBundle(Entries(0, 256))), Entries(0, 256));
  EXPECT_EQ(*DecodeRecord(EncodeRecord("")), "");
  const RequestRecord request = {.first_sequence = 9, .entry_count = 800, .digest = "0123456789abcdef"};
  EXPECT_EQ(*DecodeRequest(EncodeRequest(request)), request);
}

TEST(JournalBytes, EveryFlippedOrMissingByteOfASegmentIsDataLoss) {
  const std::string segment = EncodeSegment(0, Entries(0, 3), {{"projects/p", {0, 2}}});
  for (std::size_t i = 0; i < segment.size(); ++i) {
    std::string rotten = segment;
    rotten[i] = static_cast<char>(rotten[i] ^ 0x10);
    EXPECT_EQ(DecodeSegment(0, rotten).status().code(), absl::StatusCode::kDataLoss) << "byte " << i;
    EXPECT_EQ(DecodeSegment(0, segment.substr(0, i)).status().code(), absl::StatusCode::kDataLoss) << "cut at " << i;
  }
  EXPECT_EQ(DecodeBundle(segment).status().code(), absl::StatusCode::kDataLoss);
  for (const std::string& value : {std::string(), std::string("\x02", 1), EncodeHead({}) + "x"}) {
    EXPECT_EQ(DecodeHead(value).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(DecodeRequest(value).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeRecord("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeRecord("\x02x").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(JournalTest, IsEmptyAtFirst) {
  EXPECT_EQ(*ReadHead(*Now()), std::nullopt);
  EXPECT_EQ(JournalTail::Load(*Now())->next_sequence(), 0u);
  EXPECT_THAT(*Read(0, 10), ElementsAre());
  EXPECT_EQ(ReadEntry(*Now(), 0).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(JournalTest, WritesOneSegmentABatchAndFoldsThemWhenABundleFills) {
  Append(100);
  Append(155);
  EXPECT_THAT(Keys(Table::kSegments), ElementsAre(SegmentKey(0), SegmentKey(100)));
  EXPECT_THAT(Keys(Table::kBundles), ElementsAre());
  Append(1);
  EXPECT_THAT(Keys(Table::kSegments), ElementsAre());
  EXPECT_THAT(Keys(Table::kBundles), ElementsAre(BundleKey(0)));
  Append(10);
  Append(600);
  EXPECT_THAT(Keys(Table::kSegments), ElementsAre(SegmentKey(768)));
  EXPECT_THAT(Keys(Table::kBundles), ElementsAre(BundleKey(0), BundleKey(1), BundleKey(2)));
  EXPECT_EQ(*Read(0, 1'000), Entries(0, 866));
}

TEST_F(JournalTest, ACopyThatIsDroppedLeavesTheTailAsItWas) {
  Append(250);
  WriteBatch refused;
  JournalTail next = tail_;
  next.AppendToBatch(Entries(250, 20), Subjects(250, 20), refused);
  EXPECT_EQ(next.next_sequence(), 270u);
  EXPECT_EQ(tail_.next_sequence(), 250u);
  Append(20);
  EXPECT_EQ(*Read(0, 1'000), Entries(0, 270));
}

TEST_F(JournalTest, ReadsAnyRangeAndEntryWhateverTheBatchesWere) {
  const uint64_t seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int step = 0; step < 60; ++step) {
    Append(1 + random() % (step % 10 == 0 ? 700 : 60));
    if (random() % 5 == 0) tail_ = *JournalTail::Load(*Now());
    const uint64_t count = tail_.next_sequence();
    const uint64_t first = random() % count;
    const uint64_t end = first + random() % (count - first + 10);
    ASSERT_EQ(*Read(first, end), Entries(first, std::min(end, count) - first)) << first << " to " << end;
    ASSERT_EQ(*ReadEntry(*Now(), first), Entries(first, 1)[0]);
    ASSERT_EQ(ReadEntry(*Now(), count).status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(ReadEntry(*Now(), ~uint64_t{0}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(JournalTest, StopsWhereTheVisitorSaysSo) {
  Append(300);
  for (const uint64_t stop : {uint64_t{5}, uint64_t{255}, uint64_t{256}, uint64_t{290}}) {
    uint64_t last = 0;
    ASSERT_TRUE(ReadEntries(*Now(), 0, 300, [&](uint64_t sequence, std::string_view) {
      last = sequence;
      return sequence < stop;
    }).ok());
    EXPECT_EQ(last, stop);
  }
}

TEST_F(JournalTest, AMissingPieceIsDataLossThatNamesItsSequence) {
  Append(300);
  Append(10);
  Append(10);
  const auto lost = [&](const std::string& key, uint64_t sequence) {
    const std::string value = *Now()->Get(key).value();
    Force(key, std::nullopt);
    const auto read = Read(0, 320);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(read.status().message()), HasSubstr("sequence " + std::to_string(sequence)));
    EXPECT_EQ(ReadEntry(*Now(), sequence).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(JournalTail::Load(*Now()).status().code(), absl::StatusCode::kDataLoss);
    Force(key, value);
    EXPECT_TRUE(Read(0, 320).ok());
  };
  lost(BundleKey(0), 0);
  lost(SegmentKey(256), 256);
  lost(SegmentKey(300), 300);
  lost(SegmentKey(310), 310);
}

TEST_F(JournalTest, ARottenPieceIsDataLossThatNamesItsSequence) {
  Append(600);
  Append(10);
  for (const auto& [key, sequence] : std::map<std::string, int>{{BundleKey(1), 256}, {SegmentKey(600), 600}}) {
    std::string value = *Now()->Get(key).value();
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    Force(key, value);
    const auto entry = ReadEntry(*Now(), static_cast<uint64_t>(sequence) + 3);
    EXPECT_EQ(entry.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(entry.status().message()), HasSubstr("sequence " + std::to_string(sequence)));
    EXPECT_EQ(JournalTail::Load(*Now()).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(JournalTest, ASegmentBeyondTheHeadIsDataLossForTheWriter) {
  Append(10);
  Append(10);
  Force(HeadKey(), EncodeHead({.last_sequence = 14, .commit_time_us = 1, .epoch = 1}));
  EXPECT_EQ(JournalTail::Load(*Now()).status().code(), absl::StatusCode::kDataLoss);
}

// Sequences of a subject, appended batch by batch, and read back. The journal is said to be long enough to hold them in bundles.
class IndexTest : public JournalTest {
 protected:
  void SetUp() override {
    Force(HeadKey(), EncodeHead({.last_sequence = (uint64_t{1} << 20) - 1, .commit_time_us = 1, .epoch = 1}));
  }

  void AppendIndex(const std::string& subject, const std::vector<uint64_t>& sequences) {
    const auto head = Now()->Get(IndexHeadKey(subject)).value();
    WriteBatch batch;
    const auto value = AppendToIndex(subject, head, sequences, batch);
    ASSERT_TRUE(value.ok()) << value.status();
    ASSERT_EQ(engine_.Commit(batch).outcome, CommitOutcome::kOk);
    ASSERT_EQ(Now()->Get(IndexHeadKey(subject)).value(), *value);
  }

  absl::StatusOr<std::vector<uint64_t>> Indexed(const std::string& subject, uint64_t first, uint64_t end) {
    std::vector<uint64_t> found;
    const absl::Status status = ReadIndex(*Now(), subject, first, end, [&](uint64_t sequence) {
      found.push_back(sequence);
      return true;
    });
    if (!status.ok()) return status;
    return found;
  }
};

TEST_F(IndexTest, FindsNothingForAnUnknownSubject) { EXPECT_THAT(*Indexed("projects/p1", 0, 100), ElementsAre()); }

TEST_F(IndexTest, TheHeadKeepsTheNewestSequenceAndFillsChunksOf256) {
  std::vector<uint64_t> sequences;
  for (uint64_t i = 0; i < 256; ++i) sequences.push_back(2 * i);
  AppendIndex("projects/p1", sequences);
  EXPECT_THAT(Keys(Table::kIndex), ElementsAre(IndexHeadKey("projects/p1")));
  AppendIndex("projects/p1", {600});
  EXPECT_THAT(Keys(Table::kIndex), ElementsAre(IndexChunkKey("projects/p1", 0), IndexHeadKey("projects/p1")));
}

TEST_F(IndexTest, AgreesWithAPlainListWhateverTheBatchesWere) {
  const uint64_t seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<uint64_t> all;
  AppendIndex("projects/p10", {1});
  for (int step = 0; step < 100; ++step) {
    std::vector<uint64_t> added;
    for (uint64_t i = 1 + random() % (step % 20 == 0 ? 900 : 20); i > 0; --i) {
      all.push_back((all.empty() ? 0 : all.back() + 1) + random() % 4);
      added.push_back(all.back());
    }
    AppendIndex("projects/p1", added);
    const uint64_t first = step % 3 == 0 ? 0 : random() % (all.back() + 10);
    const uint64_t end = random() % (all.back() + 10);
    std::vector<uint64_t> wanted;
    for (const uint64_t sequence : all) {
      if (sequence >= first && sequence < end) wanted.push_back(sequence);
    }
    ASSERT_EQ(*Indexed("projects/p1", first, end), wanted) << first << " to " << end;
  }
  int visits = 0;
  ASSERT_TRUE(ReadIndex(*Now(), "projects/p1", 0, ~uint64_t{0}, [&](uint64_t) { return ++visits < 300; }).ok());
  EXPECT_EQ(visits, 300);
}

TEST_F(IndexTest, MissingOrRottenChunksAreDataLoss) {
  std::vector<uint64_t> sequences;
  for (uint64_t i = 0; i < 600; ++i) sequences.push_back(i);
  AppendIndex("projects/p1", sequences);
  const std::string chunk = *Now()->Get(IndexChunkKey("projects/p1", 1)).value();
  const std::string head = *Now()->Get(IndexHeadKey("projects/p1")).value();
  const auto broken = [&](const std::string& key, std::optional<std::string> value) {
    Force(key, value);
    EXPECT_EQ(Indexed("projects/p1", 0, 600).status().code(), absl::StatusCode::kDataLoss);
    Force(IndexChunkKey("projects/p1", 1), chunk);
    Force(IndexHeadKey("projects/p1"), head);
  };
  broken(IndexChunkKey("projects/p1", 1), std::nullopt);
  broken(IndexChunkKey("projects/p1", 1), chunk.substr(8));
  broken(IndexChunkKey("projects/p1", 1), chunk.substr(8) + chunk.substr(0, 8));
  broken(IndexChunkKey("projects/p1", 1), *Now()->Get(IndexChunkKey("projects/p1", 0)).value());
  broken(IndexHeadKey("projects/p1"), head.substr(0, 8));
  broken(IndexHeadKey("projects/p1"), head + "x");
  broken(IndexHeadKey("projects/p1"), std::string(8, '\1') + head.substr(8));
  EXPECT_TRUE(Indexed("projects/p1", 0, 600).ok());
  WriteBatch batch;
  EXPECT_EQ(AppendToIndex("projects/p1", "rotten", std::vector<uint64_t>{700}, batch).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(JournalTest, IndexesEveryEntryWhetherItsBundleIsFullOrNot) {
  const uint64_t seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int step = 0; step < 60; ++step) {
    Append(1 + random() % (step % 10 == 0 ? 700 : 60));
    if (random() % 5 == 0) tail_ = *JournalTail::Load(*Now());
    const uint64_t count = tail_.next_sequence();
    const uint64_t first = random() % count;
    const uint64_t end = first + random() % (count - first + 10);
    for (const std::string subject : {"projects/p3", "organizations/o", "projects/none"}) {
      std::vector<uint64_t> wanted;
      for (uint64_t i = first; i < std::min(end, count); ++i) {
        const std::vector<std::string> touched = Subjects(i, 1).front();
        if (std::find(touched.begin(), touched.end(), subject) != touched.end()) wanted.push_back(i);
      }
      std::vector<uint64_t> found;
      ASSERT_TRUE(ReadIndex(*Now(), subject, first, end, [&](uint64_t sequence) {
                    found.push_back(sequence);
                    return true;
                  }).ok());
      ASSERT_EQ(found, wanted) << subject << " from " << first << " to " << end;
      std::size_t visits = 0;
      ASSERT_TRUE(ReadIndex(*Now(), subject, first, end, [&](uint64_t) { return ++visits < 5; }).ok());
      ASSERT_EQ(visits, std::min<std::size_t>(5, wanted.size()));
    }
  }
}

TEST_F(JournalTest, KeepsTheIndexOfTheOpenTailInItsSegmentsOnly) {
  Append(255);
  EXPECT_THAT(Keys(Table::kIndex), ElementsAre());
  Append(1);
  EXPECT_EQ(Keys(Table::kIndex).size(), 8u);
  Append(200);
  EXPECT_EQ(Now()->Get(IndexHeadKey("projects/p1")).value()->size(), 8u * (1 + 37)) << "of the first bundle only";
}

TEST_F(JournalTest, ReadsARecordAsItIsAndAsItWas) {
  Force(RecordKey("projects/p1"), EncodeRecord("now"));
  Force(RecordSnapshotKey("projects/p1", 10), EncodeRecord("at 10"));
  Force(RecordSnapshotKey("projects/p1", 300), EncodeRecord("at 300"));
  EXPECT_EQ(*ReadRecord(*Now(), "projects/p1"), "now");
  EXPECT_EQ(*ReadRecord(*Now(), "projects/p2"), std::nullopt);
  EXPECT_EQ(*ReadPastRecord(*Now(), "projects/p1", 9), std::nullopt);
  const auto past = [&](uint64_t sequence) { return **ReadPastRecord(*Now(), "projects/p1", sequence); };
  EXPECT_EQ(past(10).sequence, 10u);
  EXPECT_EQ(past(299).body, "at 10");
  EXPECT_EQ(past(300).body, "at 300");
  EXPECT_EQ(past(9'999).sequence, 300u);

  Force(RecordKey("projects/p1"), "\x07");
  Force(RecordSnapshotKey("projects/p1", 300), "");
  EXPECT_EQ(ReadRecord(*Now(), "projects/p1").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadPastRecord(*Now(), "projects/p1", 300).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace oriundo
