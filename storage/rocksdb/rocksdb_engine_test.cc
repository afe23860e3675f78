// What only the RocksDB engine can show: real files, a real disk and what happens when they fail.
#include "storage/rocksdb/rocksdb_engine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/engine/test_folder.h"
#include "storage/rocksdb/file_mark.h"

namespace oriundo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RocksDbEngineTest : public testing::Test {
 protected:
  RocksDbOptions Options() {
    return {.path = folder_.path() / "store",
            .create_if_missing = true,
            .free_disk_bytes_min = 0,
            .block_cache_bytes = 1 << 20,
            .memtable_bytes = 1 << 20};
  }

  void Open(const RocksDbOptions& options) {
    engine_.reset();
    auto engine = OpenRocksDbEngine(options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  CommitResult Put(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.Put(key, value);
    return engine_->Commit(batch);
  }

  // The error of opening the store with `options`; OK where it opens.
  static absl::Status OpenError(const RocksDbOptions& options) { return OpenRocksDbEngine(options).status(); }

  std::optional<std::string> Get(const std::string& key) { return engine_->NewSnapshot().value()->Get(key).value(); }

  // The store's files that end in `extension`.
  std::vector<std::filesystem::path> Files(const std::string& extension) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(Options().path)) {
      if (file.path().extension() == extension) files.push_back(file.path());
    }
    return files;
  }

  TestFolder folder_;
  std::unique_ptr<Engine> engine_;
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string ValueOf(int i) { return "value " + std::to_string(i) + std::string(200, static_cast<char>('a' + i % 26)); }

TEST_F(RocksDbEngineTest, RefusesAFolderWithoutStoreAndLeavesItEmpty) {
  RocksDbOptions options = Options();
  options.create_if_missing = false;
  EXPECT_EQ(OpenError(options).code(), absl::StatusCode::kNotFound);
  std::filesystem::create_directory(options.path);
  EXPECT_EQ(OpenError(options).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(options.path));
}

TEST_F(RocksDbEngineTest, ANewStoreIsItsOwnersAlone) {
  Open(Options());
  EXPECT_EQ(std::filesystem::status(Options().path).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(RocksDbEngineTest, RefusesAStoreThatIsOpenInThisProcess) {
  Open(Options());
  const absl::Status status = OpenError(Options());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another process"));
}

TEST_F(RocksDbEngineTest, RefusesAStoreThatAnotherProcessHolds) {
  Open(Options());
  engine_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  // The child only takes the lock that RocksDB takes; it must not run threads after a fork.
  const pid_t child = ::fork();
  if (child == 0) {
    const int file = ::open((Options().path + "/LOCK").c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    const char answer = ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) == 1) ::pause();
    ::_exit(0);
  }
  char answer = 'n';
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  RocksDbOptions reading = Options();
  reading.read_only = true;
  for (const RocksDbOptions& options : {Options(), reading}) {
    const absl::Status status = OpenError(options);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another process"));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_TRUE(OpenError(Options()).ok());
}

TEST_F(RocksDbEngineTest, ReadOnlyShowsEverythingAndChangesNoFile) {
  Open(Options());
  ASSERT_EQ(Put("flushed", "1").outcome, CommitOutcome::kOk);
  Open(Options());
  ASSERT_EQ(Put("in the log", "2").outcome, CommitOutcome::kOk);
  engine_.reset();
  const auto listing = [&] {
    std::map<std::string, std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(Options().path)) files[file.path()] = ReadFile(file.path());
    return files;
  };
  const auto before = listing();

  RocksDbOptions reading = Options();
  reading.read_only = true;
  Open(reading);
  EXPECT_EQ(Get("flushed"), "1");
  EXPECT_THAT(*engine_->NewSnapshot().value()->MultiGet(std::vector<std::string>{"in the log", "none"}),
              testing::ElementsAre("2", std::nullopt));
  int rows = 0;
  const auto count = [&](std::string_view, std::string_view) { return ++rows > 0; };
  EXPECT_TRUE(engine_->NewSnapshot().value()->Scan("", "", count).ok());
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(Put("a", "1").outcome, CommitOutcome::kNotCommitted);
  EXPECT_EQ(OpenError(Options()).code(), absl::StatusCode::kFailedPrecondition);
  engine_.reset();
  EXPECT_TRUE(listing() == before);
}

TEST_F(RocksDbEngineTest, RefusesCommitsBelowTheDiskReserveAndKeepsReading) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  RocksDbOptions greedy = Options();
  greedy.free_disk_bytes_min = uint64_t{1} << 60;
  Open(greedy);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const CommitResult result = Put("a", "2");
    EXPECT_EQ(result.outcome, CommitOutcome::kNotCommitted);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(result.status.message()),
                AllOf(HasSubstr("disk full: "), HasSubstr(" bytes free, 1152921504606846978 needed")));
  }
  EXPECT_EQ(Get("a"), "1");
}

// While it lives, files of this process end at `bytes`: the write that passes it is cut, and then fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit = {bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  sighandler_t handler_ = nullptr;
};

TEST_F(RocksDbEngineTest, AFailedWriteIsUnknownAndStopsTheEngineUntilItRecovers) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  {
    const FileSizeLimit limit(50'000);
    const CommitResult failed = Put("b", std::string(100'000, 'b'));
    EXPECT_EQ(failed.outcome, CommitOutcome::kUnknown);
    EXPECT_EQ(failed.status.code(), absl::StatusCode::kUnavailable) << failed.status;
    const CommitResult refused = Put("c", "small");
    EXPECT_EQ(refused.outcome, CommitOutcome::kNotCommitted);
    EXPECT_EQ(refused.status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(engine_->NewSnapshot().status().code(), absl::StatusCode::kUnavailable);
  }
  ASSERT_TRUE(engine_->Recover().ok());
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("b"), std::nullopt) << "only half of it reached the log";
  ASSERT_EQ(Put("c", "3").outcome, CommitOutcome::kOk);
  Open(Options());
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("c"), "3");
}

TEST_F(RocksDbEngineTest, RecoveryWaitsForReadersWhoseSnapshotsStayValid) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  auto reader = engine_->NewSnapshot().value();
  {
    const FileSizeLimit limit(50'000);
    ASSERT_EQ(Put("b", std::string(100'000, 'b')).outcome, CommitOutcome::kUnknown);
  }
  EXPECT_EQ(engine_->Recover().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(reader->Get("a").value(), "1");
  EXPECT_EQ(Put("c", "3").outcome, CommitOutcome::kNotCommitted);
  reader.reset();
  ASSERT_TRUE(engine_->Recover().ok());
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(RocksDbEngineTest, RecoveryFailsWhileTheDiskDoesAndSucceedsAfter) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  {
    const FileSizeLimit limit(50'000);
    ASSERT_EQ(Put("b", std::string(100'000, 'b')).outcome, CommitOutcome::kUnknown);
  }
  {
    const FileSizeLimit limit(10);
    EXPECT_EQ(engine_->Recover().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(engine_->NewSnapshot().status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(engine_->Recover().code(), absl::StatusCode::kUnavailable);
  }
  ASSERT_TRUE(engine_->Recover().ok());
  EXPECT_EQ(Get("a"), "1");
}

// Writes fail at random sizes, in the log, in table files and in the manifest, in the foreground and in the background, and
// again during recovery. Whatever was answered kOk is there afterwards, and whatever was kUnknown is whole or absent.
TEST_F(RocksDbEngineTest, RandomWriteFailuresLoseNothingThatWasAcknowledged) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  RocksDbOptions options = Options();
  options.memtable_bytes = 64 << 10;  // RocksDB's smallest: a flush every few batches.
  Open(options);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 8; ++round) {
    std::pair<std::string, std::string> in_doubt;
    {
      const FileSizeLimit limit(random() % 90'000);
      for (int i = 0; i < 200 && in_doubt.first.empty(); ++i) {
        const std::string key = "key" + std::to_string(random() % 50);
        const std::string value(random() % 4'000, static_cast<char>('a' + random() % 26));
        const CommitResult result = Put(key, value);
        ASSERT_NE(result.outcome, CommitOutcome::kNotCommitted) << result.status;
        if (result.outcome == CommitOutcome::kOk) {
          model[key] = value;
        } else {
          in_doubt = {key, value};
        }
      }
      if (random() % 2 == 0) engine_->Recover().IgnoreError();
    }
    ASSERT_TRUE(engine_->Recover().ok());
    if (random() % 2 == 0) Open(options);
    if (!in_doubt.first.empty() && Get(in_doubt.first) == in_doubt.second) model[in_doubt.first] = in_doubt.second;
    std::map<std::string, std::string> stored;
    const auto collect = [&](std::string_view key, std::string_view value) { return stored.emplace(key, value).second; };
    ASSERT_TRUE(engine_->NewSnapshot().value()->Scan("", "", collect).ok());
    ASSERT_TRUE(stored == model) << "round " << round;
  }
}

// Damage in the files of a closed store. Every key must read as it was, or as data loss; never otherwise.
TEST_F(RocksDbEngineTest, RottenBytesInATableFileAreDataLossAndNeverAWrongAnswer) {
  constexpr int kKeys = 300;
  Open(Options());
  for (int i = 0; i < kKeys; ++i) ASSERT_EQ(Put("key" + std::to_string(i), ValueOf(i)).outcome, CommitOutcome::kOk);
  Open(Options());  // Recovery writes what the log held to a table file.
  engine_.reset();
  ASSERT_THAT(Files(".sst"), SizeIs(1));
  const std::filesystem::path file = Files(".sst")[0];
  const std::string sound = ReadFile(file);

  RocksDbOptions reading = Options();
  reading.read_only = true;
  int losses = 0;
  for (std::size_t at = 0; at < sound.size(); at += 199) {
    SCOPED_TRACE("byte " + std::to_string(at) + " of " + std::to_string(sound.size()));
    std::string rotten = sound;
    rotten[at] = static_cast<char>(rotten[at] ^ 0x04);
    WriteFile(file, rotten);
    engine_.reset();
    auto engine = OpenRocksDbEngine(reading);
    if (!engine.ok()) {
      EXPECT_EQ(engine.status().code(), absl::StatusCode::kDataLoss) << engine.status();
      ++losses;
      continue;
    }
    engine_ = *std::move(engine);
    const auto snapshot = engine_->NewSnapshot().value();
    bool is_lost = false;
    std::vector<std::string> keys;
    for (int i = 0; i < kKeys; ++i) {
      keys.push_back("key" + std::to_string(i));
      const auto value = snapshot->Get(keys.back());
      if (value.ok()) {
        EXPECT_EQ(*value, ValueOf(i));
      } else {
        EXPECT_EQ(value.status().code(), absl::StatusCode::kDataLoss) << value.status();
        is_lost = true;
      }
    }
    const auto values = snapshot->MultiGet(keys);
    EXPECT_EQ(values.ok(), !is_lost) << values.status();
    int rows = 0;
    const absl::Status scanned = snapshot->Scan("", "", [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(value, ValueOf(std::stoi(std::string(key.substr(3)))));
      return ++rows > 0;
    });
    if (scanned.ok()) {
      EXPECT_EQ(rows, kKeys);
    } else {
      EXPECT_EQ(scanned.code(), absl::StatusCode::kDataLoss) << scanned;
      is_lost = true;
    }
    losses += is_lost;
  }
  EXPECT_GT(losses, 10);
}

TEST_F(RocksDbEngineTest, ARottenManifestIsDataLoss) {
  for (int i = 0; i < 4; ++i) {
    Open(Options());
    ASSERT_EQ(Put("a", std::to_string(i)).outcome, CommitOutcome::kOk);
  }
  engine_.reset();
  std::string name = ReadFile(Options().path + "/CURRENT");
  name.pop_back();
  const std::filesystem::path file = std::filesystem::path(Options().path) / name;
  const std::string sound = ReadFile(file);
  RocksDbOptions reading = Options();
  reading.read_only = true;
  // All but the last record, which a power cut may have left unfinished.
  for (std::size_t at = 0; at < sound.size() / 2; ++at) {
    std::string rotten = sound;
    rotten[at] = static_cast<char>(rotten[at] ^ 0x10);
    WriteFile(file, rotten);
    EXPECT_EQ(OpenError(reading).code(), absl::StatusCode::kDataLoss) << "byte " << at << " of " << sound.size();
  }
}

TEST_F(RocksDbEngineTest, AMissingTableFileIsDataLoss) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  Open(Options());
  engine_.reset();
  std::filesystem::remove(Files(".sst").at(0));
  EXPECT_EQ(OpenError(Options()).code(), absl::StatusCode::kDataLoss) << OpenError(Options());
}

TEST_F(RocksDbEngineTest, AStoreWithoutItsFirstFileIsDataLossAndNotANewStore) {
  Open(Options());
  ASSERT_EQ(Put("a", "1").outcome, CommitOutcome::kOk);
  engine_.reset();
  std::filesystem::remove(Options().path + "/CURRENT");
  EXPECT_EQ(OpenError(Options()).code(), absl::StatusCode::kDataLoss);
}

// A store whose batches all stand in the log: what a power cut leaves, and what rot makes of it.
class RocksDbLogTest : public RocksDbEngineTest {
 protected:
  static constexpr int kBatches = 10;

  // Writes ten batches of `bytes` each; a block of the log has 32 KiB.
  void WriteBatches(std::size_t bytes) {
    Open(Options());
    for (int i = 0; i < kBatches; ++i) {
      begins_.push_back(std::filesystem::file_size(Files(".log").at(0)));
      ASSERT_EQ(Put("key" + std::to_string(i), std::string(bytes, static_cast<char>('a' + i))).outcome, CommitOutcome::kOk);
    }
    // As a power cut leaves it: a stop would also have marked how far the log goes.
    const std::string mark = ReadFile(Options().path + "/" + kFileMarkName);
    engine_.reset();
    WriteFile(Options().path + "/" + kFileMarkName, mark);
    ASSERT_THAT(Files(".log"), SizeIs(1));
    file_ = Files(".log")[0];
    sound_ = ReadFile(file_);
  }

  // How many of the batches are there, the first ones and none else. The store must open.
  int Surviving() {
    Open(Options());
    if (engine_ == nullptr) return -1;
    int surviving = 0;
    while (Get("key" + std::to_string(surviving))) ++surviving;
    for (int i = surviving; i < kBatches; ++i) EXPECT_EQ(Get("key" + std::to_string(i)), std::nullopt);
    return surviving;
  }

  // The log with `count` bytes from `at` on turned to zero, as pages that never reached the disk.
  std::string Zeroed(std::size_t at, std::size_t count) {
    std::string log = sound_;
    std::fill_n(log.begin() + static_cast<std::ptrdiff_t>(at), std::min(count, log.size() - at), '\0');
    return log;
  }

  std::vector<std::size_t> begins_;  // Where each batch begins in the log.
  std::filesystem::path file_;
  std::string sound_;
};

TEST_F(RocksDbLogTest, ALastBatchCutShortIsDropped) {
  WriteBatches(70'000);
  WriteFile(file_, sound_.substr(0, sound_.size() - 5'000));
  EXPECT_EQ(Surviving(), kBatches - 1);
  EXPECT_EQ(Put("key9", "written again").outcome, CommitOutcome::kOk);
  EXPECT_EQ(Surviving(), kBatches);
}

// A power cut while the last batch is written may leave its later pages on disk and not its earlier ones.
TEST_F(RocksDbLogTest, ALastBatchTornAnywhereIsDropped) {
  WriteBatches(70'000);
  for (const std::size_t at : {begins_[9], begins_[9] + 100, begins_[9] + 10'000, begins_[9] + 40'000, begins_[9] + 65'000}) {
    for (const std::size_t count : {std::size_t{50}, std::size_t{8'192}, std::size_t{100'000}}) {
      SCOPED_TRACE(std::to_string(count) + " bytes from " + std::to_string(at));
      std::filesystem::remove_all(Options().path);
      begins_.clear();
      WriteBatches(70'000);
      WriteFile(file_, Zeroed(at, count));
      EXPECT_EQ(Surviving(), kBatches - 1);
      EXPECT_EQ(Surviving(), kBatches - 1) << "opened again";
    }
  }
}

TEST_F(RocksDbLogTest, DamageBeforeTheLastBatchIsDataLossAndTheEvidenceStays) {
  for (const std::size_t bytes : {std::size_t{100}, std::size_t{5'000}, std::size_t{70'000}}) {
    std::filesystem::remove_all(Options().path);
    begins_.clear();
    WriteBatches(bytes);
    RocksDbOptions reading = Options();
    reading.read_only = true;
    // In a batch's checksum, in its length and in its middle.
    using Places = std::vector<std::pair<int, std::size_t>>;
    for (const auto& [batch, at] : Places{{0, 0}, {0, 5}, {4, bytes / 2}, {8, 5}, {8, bytes / 2}}) {
      SCOPED_TRACE("batch " + std::to_string(batch) + " of " + std::to_string(bytes) + " bytes, byte " + std::to_string(at));
      std::string rotten = sound_;
      rotten[begins_[static_cast<std::size_t>(batch)] + at] ^= 0x20;
      WriteFile(file_, rotten);
      for (const RocksDbOptions& options : {reading, Options(), Options()}) {
        EXPECT_EQ(OpenError(options).code(), absl::StatusCode::kDataLoss);
        EXPECT_TRUE(ReadFile(file_) == rotten);
      }
    }
    WriteFile(file_, sound_);
    EXPECT_EQ(Surviving(), kBatches);
  }
}

}  // namespace
}  // namespace oriundo
