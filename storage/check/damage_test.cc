// A ledger's files, damaged in every way that a disk, a copy or an operator's mistake damages files: cut, deleted, renamed,
// exchanged, put back to an earlier day, or with bytes flipped. Whatever happens, nobody may take a shorter ledger for the whole
// one: the store does not open, or fsck tells, or nothing is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/queries/stored_ledger.h"
#include "storage/check/fsck.h"
#include "storage/check/quick_check.h"
#include "storage/engine/test_folder.h"
#include "storage/rocksdb/file_mark.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace oriundo {
namespace {

// Name to bytes of every file of a store but its lock.
using Files = std::map<std::string, std::string>;

Files ReadFiles(const std::filesystem::path& folder) {
  Files files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().filename() == "LOCK") continue;
    std::ifstream in(file.path(), std::ios::binary);
    files[file.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

// What a damaged store turned out to be.
enum class Fate {
  kRefused,   // Does not open.
  kReported,  // Opens, and fsck has findings.
  kWhole,     // Opens, fsck is clean, and every entry is there.
  kShorter,   // Opens, fsck is clean, and entries are missing.
};

class DamageTest : public testing::Test {
 protected:
  DamageTest() : path_(folder_.path() / "store") {
    Open();
    ledger_.after_each = [this] { Copy(); };
    Copy();
    ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
    for (int i = 0; i < 200; ++i) {
      // Each stop moves what the log holds to a table file.
      if (i % 30 == 0) stages_.push_back(ReadFiles(path_));
      if (i % 60 == 45) Open();
      ledger_.Declare("p", "c" + std::to_string(i), "club", 1);
    }
    // As a crash leaves it, and as a stop does.
    crashed_ = ReadFiles(path_);
    engine_.reset();
    stopped_ = ReadFiles(path_);
    Open();
    engine_.reset();
    idle_ = ReadFiles(path_);
    entries_ = ledger_.newest() + 1;
  }

  void Open() {
    engine_.reset();
    // A small memtable, so that several flushes fall into one session.
    auto engine =
        OpenRocksDbEngine({.path = path_, .create_if_missing = true, .free_disk_bytes_min = 0, .memtable_bytes = 64 << 10});
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  // Makes the store on disk what the ledger in memory is, in one batch.
  void Copy() {
    std::map<std::string, std::string> now;
    ASSERT_TRUE(ledger_.Read()
                    .snapshot()
                    .Scan("", "", [&](std::string_view key, std::string_view value) { return now.emplace(key, value).second; })
                    .ok());
    WriteBatch batch;
    for (const auto& [key, value] : copied_) {
      if (!now.contains(key)) batch.Delete(key);
    }
    for (const auto& [key, value] : now) {
      const auto before = copied_.find(key);
      if (before == copied_.end() || before->second != value) batch.Put(key, value);
    }
    ASSERT_EQ(engine_->Commit(batch).outcome, CommitOutcome::kOk);
    copied_ = std::move(now);
  }

  // What becomes of a store of these files, opened for reading, and opened for writing as a server does.
  Fate FateOf(const Files& files, bool ignore_mark = false) {
    std::optional<Fate> fate;
    for (const bool read_only : {true, false}) {
      if (ignore_mark && !read_only) continue;
      const std::filesystem::path path = folder_.path() / "damaged";
      std::filesystem::remove_all(path);
      std::filesystem::create_directory(path);
      for (const auto& [name, bytes] : files) std::ofstream(path / name, std::ios::binary) << bytes;
      const Fate found = FateIn(path, files, read_only, ignore_mark);
      if (fate.has_value()) {
        EXPECT_EQ(found, *fate) << "read-only or not";
      }
      fate = found;
    }
    return *fate;
  }

  Fate FateIn(const std::filesystem::path& path, const Files& files, bool read_only, bool ignore_mark) {
    const auto engine = OpenRocksDbEngine(
        {.path = path, .read_only = read_only, .ignore_mark = ignore_mark, .free_disk_bytes_min = 0, .memtable_bytes = 64 << 10});
    if (!engine.ok()) {
      EXPECT_EQ(engine.status().code(), absl::StatusCode::kDataLoss) << engine.status();
      EXPECT_GT(engine.status().message().size(), 40u) << engine.status();
      if (read_only) {
        EXPECT_TRUE(ReadFiles(path) == files) << "the evidence must stay";
      }
      return Fate::kRefused;
    }
    const auto snapshot = (*engine)->NewSnapshot();
    const FsckReport report = Fsck(**snapshot);
    if (!report.clean()) return Fate::kReported;
    EXPECT_TRUE(QuickCheck(**snapshot).ok());
    return report.entries == entries_ ? Fate::kWhole : Fate::kShorter;
  }

  std::string Manifest(const Files& files) {
    std::string name = files.at("CURRENT");
    name.pop_back();
    return name;
  }

  static std::vector<std::string> Named(const Files& files, const std::string& extension) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) {
      if (name.ends_with(extension)) names.push_back(name);
    }
    return names;
  }

  TestFolder folder_;
  const std::string path_;
  StoredLedger ledger_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, std::string> copied_;
  // The files now and then on the way; after a crash at the end; after a stop; and after a start and a stop without a write
  // between, when the log is empty.
  std::vector<Files> stages_;
  Files crashed_;
  Files stopped_;
  Files idle_;
  int64_t entries_ = 0;
};

TEST_F(DamageTest, UndamagedFilesAreWholeAfterACrashAndAfterAStop) {
  EXPECT_GE(Named(crashed_, ".sst").size(), 2u);
  EXPECT_EQ(FateOf(crashed_), Fate::kWhole);
  EXPECT_EQ(FateOf(stopped_), Fate::kWhole);
  EXPECT_EQ(FateOf(idle_), Fate::kWhole);
}

TEST_F(DamageTest, AManifestCutAnywhereIsRefused) {
  int shorter_without_mark = 0;
  for (const Files* files : {&crashed_, &stopped_, &idle_}) {
    const std::string name = Manifest(*files);
    const std::string whole = files->at(name);
    for (std::size_t size = 0; size < whole.size(); size += 43) {
      SCOPED_TRACE("cut to " + std::to_string(size) + " of " + std::to_string(whole.size()));
      Files damaged = *files;
      damaged[name].resize(size);
      ASSERT_EQ(FateOf(damaged), Fate::kRefused);
      shorter_without_mark += FateOf(damaged, /*ignore_mark=*/true) == Fate::kShorter;
    }
  }
  // The reason why there is a mark: neither RocksDB nor fsck would have seen these.
  EXPECT_GT(shorter_without_mark, 0);
}

TEST_F(DamageTest, AManifestWithZerosOrNoiseAtItsEndIsRefused) {
  const std::string name = Manifest(crashed_);
  const std::string whole = crashed_.at(name);
  for (std::size_t at = 0; at < whole.size(); at += 131) {
    SCOPED_TRACE("from byte " + std::to_string(at) + " of " + std::to_string(whole.size()));
    for (const char byte : {'\0', '\x5a'}) {
      Files damaged = crashed_;
      std::fill(damaged[name].begin() + static_cast<std::ptrdiff_t>(at), damaged[name].end(), byte);
      ASSERT_EQ(FateOf(damaged), Fate::kRefused);
    }
  }
}

TEST_F(DamageTest, ACurrentOrManifestOfAnEarlierDayIsRefused) {
  for (const Files& stage : stages_) {
    Files damaged = crashed_;
    damaged["CURRENT"] = stage.at("CURRENT");
    damaged[Manifest(stage)] = stage.at(Manifest(stage));
    const bool is_same = damaged == crashed_;
    EXPECT_EQ(FateOf(damaged), is_same ? Fate::kWhole : Fate::kRefused);
  }
  Files damaged = crashed_;
  damaged.erase("CURRENT");
  EXPECT_EQ(FateOf(damaged), Fate::kRefused);
  damaged = crashed_;
  damaged.erase(Manifest(crashed_));
  EXPECT_EQ(FateOf(damaged), Fate::kRefused);
}

TEST_F(DamageTest, ATableFileDeletedRenamedExchangedOrCutIsRefused) {
  const std::vector<std::string> names = Named(stopped_, ".sst");
  ASSERT_GE(names.size(), 2u);
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    Files damaged = stopped_;
    damaged.erase(names[i]);
    EXPECT_EQ(FateOf(damaged), Fate::kRefused);
    damaged["999999.sst"] = stopped_.at(names[i]);
    EXPECT_EQ(FateOf(damaged), Fate::kRefused);
    damaged = stopped_;
    damaged[names[i]] = stopped_.at(names[(i + 1) % names.size()]);
    EXPECT_EQ(FateOf(damaged), Fate::kRefused);
    damaged = stopped_;
    damaged[names[i]].resize(stopped_.at(names[i]).size() / 2);
    EXPECT_EQ(FateOf(damaged), Fate::kRefused);
  }
}

TEST_F(DamageTest, ABitFlippedInATableFileIsRefusedOrReported) {
  for (const std::string& name : Named(stopped_, ".sst")) {
    const std::size_t size = stopped_.at(name).size();
    for (std::size_t at = size % 97; at < size; at += size / 25 + 1) {
      SCOPED_TRACE(name + " byte " + std::to_string(at) + " of " + std::to_string(size));
      Files damaged = stopped_;
      damaged[name][at] = static_cast<char>(damaged[name][at] ^ 0x04);
      EXPECT_NE(FateOf(damaged), Fate::kShorter);
    }
  }
}

TEST_F(DamageTest, ALogThatIsMissingOrRottenInTheMiddleIsRefused) {
  for (const Files* files : {&crashed_, &stopped_}) {
    const std::vector<std::string> logs = Named(*files, ".log");
    ASSERT_FALSE(logs.empty());
    for (const std::string& name : logs) {
      const std::string whole = files->at(name);
      SCOPED_TRACE(name + " of " + std::to_string(whole.size()) + " bytes");
      Files damaged = *files;
      damaged.erase(name);
      EXPECT_EQ(FateOf(damaged), Fate::kRefused);
      if (whole.empty()) continue;
      for (std::size_t at = 0; at < whole.size() / 2; at += whole.size() / 20 + 1) {
        damaged = *files;
        damaged[name][at] = static_cast<char>(damaged[name][at] ^ 0x10);
        EXPECT_EQ(FateOf(damaged), Fate::kRefused) << "byte " << at;
      }
    }
  }
}

// After a crash nothing tells a log that was cut between two records from one that the crash ended there; after a stop the mark
// does.
TEST_F(DamageTest, ALogCutAnywhereAfterAStopIsRefused) {
  const std::string name = Named(stopped_, ".log").back();
  const std::string whole = stopped_.at(name);
  ASSERT_GT(whole.size(), 1'000u);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 30 + 1) {
    Files damaged = stopped_;
    damaged[name].resize(size);
    EXPECT_EQ(FateOf(damaged), Fate::kRefused) << "cut to " << size << " of " << whole.size();
  }
  Files damaged = stopped_;
  damaged[name].back() = static_cast<char>(damaged[name].back() ^ 1);
  EXPECT_EQ(FateOf(damaged), Fate::kRefused) << "in the last record, which a crash may tear and a stop does not";
}

// A crash may come before the mark is renewed, at any place: an older one must never stand in the way of sound files.
TEST_F(DamageTest, AnOlderMarkNeverRefusesSoundFiles) {
  for (const Files& stage : stages_) {
    for (const Files* files : {&crashed_, &stopped_, &idle_}) {
      Files sound = *files;
      sound[kFileMarkName] = stage.at(kFileMarkName);
      EXPECT_EQ(FateOf(sound), Fate::kWhole) << stage.at(kFileMarkName);
    }
  }
}

TEST_F(DamageTest, ALostOrRottenMarkIsRefusedUntilAnOperatorAcceptsTheFiles) {
  Files damaged = stopped_;
  damaged.erase(kFileMarkName);
  EXPECT_EQ(FateOf(damaged), Fate::kRefused);
  EXPECT_EQ(FateOf(damaged, /*ignore_mark=*/true), Fate::kWhole);
  damaged = stopped_;
  damaged[kFileMarkName][20] ^= 1;
  EXPECT_EQ(FateOf(damaged), Fate::kRefused);
  EXPECT_EQ(FateOf(damaged, /*ignore_mark=*/true), Fate::kWhole);
  const std::string path = folder_.path() / "damaged";
  EXPECT_FALSE(OpenRocksDbEngine({.path = path}).ok());
  ASSERT_TRUE(AcceptRocksDbFiles(path).ok());
  EXPECT_TRUE(OpenRocksDbEngine({.path = path}).ok());
}

TEST(FileMark, KeepsWhatItWasGivenAndRefusesAnyOtherBytes) {
  const FileMark mark = {.manifest_number = 12, .manifest_bytes = 3'456, .logs = {{7, 0}, {13, 89'000}}};
  const std::string bytes = EncodeFileMark(mark);
  EXPECT_EQ(bytes, "oriundo files 1\nmanifest 12 3456\nlog 7 0\nlog 13 89000\ncrc 4265f0d0\n");
  EXPECT_EQ(*DecodeFileMark(bytes), mark);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string rotten = bytes;
    rotten[bit / 8] = static_cast<char>(rotten[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(DecodeFileMark(rotten).status().code(), absl::StatusCode::kDataLoss) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeFileMark(bytes.substr(0, size)).ok());
}

}  // namespace
}  // namespace oriundo
