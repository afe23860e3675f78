// What engine.h promises, shown for every engine. A new engine adds one line at INSTANTIATE_TEST_SUITE_P.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/engine/engine.h"
#include "storage/engine/test_folder.h"
#include "storage/memory/memory_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Rows = std::vector<std::pair<std::string, std::string>>;

struct EngineKind {
  const char* name;
  // Opens the store in a folder, new or there already.
  std::unique_ptr<Engine> (*open)(const std::filesystem::path& folder);
  // Whether what was committed is there when the same folder is opened again.
  bool is_durable;
};
void PrintTo(const EngineKind& kind, std::ostream* out) { *out << kind.name; }

std::unique_ptr<Engine> OpenMemory(const std::filesystem::path&) { return std::make_unique<MemoryEngine>(); }

std::unique_ptr<Engine> OpenRocksDb(const std::filesystem::path& folder) {
  auto engine = OpenRocksDbEngine({.path = folder,
                                   .create_if_missing = true,
                                   .free_disk_bytes_min = 0,
                                   .block_cache_bytes = 1 << 20,
                                   .memtable_bytes = 256 << 10});  // Small, so that tests also read from files.
  EXPECT_TRUE(engine.ok()) << engine.status();
  return *std::move(engine);
}

class EngineConformance : public testing::TestWithParam<EngineKind> {
 protected:
  void Reopen() {
    engine_.reset();
    engine_ = GetParam().open(folder_.path());
  }

  void MustCommit(const WriteBatch& batch) {
    const CommitResult result = engine_->Commit(batch);
    ASSERT_EQ(result.outcome, CommitOutcome::kOk) << result.status;
    ASSERT_TRUE(result.status.ok());
  }
  void Put(std::string key, std::string value) {
    WriteBatch batch;
    batch.Put(std::move(key), std::move(value));
    MustCommit(batch);
  }
  void Delete(std::string key) {
    WriteBatch batch;
    batch.Delete(std::move(key));
    MustCommit(batch);
  }

  std::unique_ptr<Snapshot> Now() { return engine_->NewSnapshot().value(); }

  TestFolder folder_;
  std::unique_ptr<Engine> engine_ = GetParam().open(folder_.path());
};

std::optional<std::string> Get(const Snapshot& snapshot, std::string_view key) { return snapshot.Get(key).value(); }

Rows Scan(const Snapshot& snapshot, std::string_view begin, std::string_view end) {
  Rows rows;
  const absl::Status status = snapshot.Scan(begin, end, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

TEST_P(EngineConformance, GivesBackWhatWasPutAndNothingElse) {
  Put("a", "1");
  EXPECT_EQ(Get(*Now(), "a"), "1");
  EXPECT_EQ(Get(*Now(), "b"), std::nullopt);
  EXPECT_EQ(Get(*Now(), ""), std::nullopt);
}

TEST_P(EngineConformance, TellsAnEmptyValueFromNone) {
  Put("a", "");
  EXPECT_EQ(Get(*Now(), "a"), "");
  EXPECT_THAT(Scan(*Now(), "", ""), ElementsAre(std::pair("a", "")));
}

TEST_P(EngineConformance, PutReplacesAndDeleteRemoves) {
  Put("a", "1");
  Put("a", "2");
  EXPECT_EQ(Get(*Now(), "a"), "2");
  Delete("a");
  EXPECT_EQ(Get(*Now(), "a"), std::nullopt);
  EXPECT_THAT(Scan(*Now(), "", ""), IsEmpty());
  Delete("never there");
  Put("a", "3");
  EXPECT_EQ(Get(*Now(), "a"), "3");
}

TEST_P(EngineConformance, TakesTheLaterOfTwoOperationsOnAKey) {
  WriteBatch batch;
  batch.Put("a", "1");
  batch.Put("a", "2");
  batch.Put("b", "1");
  batch.Delete("b");
  batch.Delete("c");
  batch.Put("c", "3");
  MustCommit(batch);
  EXPECT_THAT(Scan(*Now(), "", ""), ElementsAre(std::pair("a", "2"), std::pair("c", "3")));
}

TEST_P(EngineConformance, TakesAnEmptyBatch) {
  MustCommit(WriteBatch());
  EXPECT_THAT(Scan(*Now(), "", ""), IsEmpty());
}

TEST_P(EngineConformance, SortsKeysOfAnyBytesAsUnsignedBytes) {
  const std::string zero("\0", 1), zero_zero("\0\0", 2), a_zero("a\0", 2);
  WriteBatch batch;
  for (const std::string& key : {std::string("\xff"), a_zero, std::string("\x7f"), zero_zero, std::string("a"), zero,
                                 std::string("\x80"), std::string("\xff\xff"), std::string("ab")}) {
    batch.Put(key, key);
  }
  MustCommit(batch);
  std::vector<std::string> keys;
  for (const auto& [key, value] : Scan(*Now(), "", "")) {
    EXPECT_EQ(key, value);
    keys.push_back(key);
  }
  EXPECT_THAT(keys, ElementsAre(zero, zero_zero, "a", a_zero, "ab", "\x7f", "\x80", "\xff", "\xff\xff"));
}

TEST_P(EngineConformance, ScansFromBeginUpToAndWithoutEnd) {
  WriteBatch batch;
  for (const char* key : {"b", "d", "f"}) batch.Put(key, key);
  MustCommit(batch);
  const auto keys = [&](std::string_view begin, std::string_view end) {
    std::string found;
    for (const auto& [key, value] : Scan(*Now(), begin, end)) found += key;
    return found;
  };
  EXPECT_EQ(keys("", ""), "bdf");
  EXPECT_EQ(keys("b", "f"), "bd");
  EXPECT_EQ(keys("c", "e"), "d");
  EXPECT_EQ(keys("d", ""), "df");
  EXPECT_EQ(keys("", "b"), "");
  EXPECT_EQ(keys("d", "d"), "");
  EXPECT_EQ(keys("f", "b"), "");
  EXPECT_EQ(keys("g", ""), "");
}

TEST_P(EngineConformance, StopsAScanWhereTheVisitorSaysSo) {
  WriteBatch batch;
  for (int i = 0; i < 200; ++i) batch.Put("key" + std::to_string(1000 + i), "");
  MustCommit(batch);
  int visited = 0;
  const auto stop_at_70 = [&](std::string_view, std::string_view) { return ++visited < 70; };
  ASSERT_TRUE(Now()->Scan("", "", stop_at_70).ok());
  EXPECT_EQ(visited, 70);
}

TEST_P(EngineConformance, LetsAVisitorReadTheSameSnapshot) {
  Put("a", "b");
  Put("b", "c");
  const auto snapshot = Now();
  std::vector<std::optional<std::string>> followed;
  const auto follow = [&](std::string_view, std::string_view value) {
    followed.push_back(Get(*snapshot, value));
    return true;
  };
  ASSERT_TRUE(snapshot->Scan("", "", follow).ok());
  EXPECT_THAT(followed, ElementsAre("c", std::nullopt));
}

TEST_P(EngineConformance, AnswersManyKeysInTheOrderAsked) {
  WriteBatch batch;
  for (int i = 0; i < 100; ++i) batch.Put("k" + std::to_string(i), std::to_string(i));
  MustCommit(batch);
  std::vector<std::string> keys = {"absent", "k7", "k7", "k99", ""};
  for (int i = 99; i >= 0; --i) keys.push_back("k" + std::to_string(i));
  const auto values = Now()->MultiGet(keys);
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ((*values)[i], Get(*Now(), keys[i])) << keys[i];
  }
  EXPECT_THAT(*Now()->MultiGet({}), IsEmpty());
}

TEST_P(EngineConformance, TakesTheLargestKeyAndValueAndRefusesLargerOnes) {
  const std::string key(kKeyBytesMax, 'k');
  const std::string value(kValueBytesMax, 'v');
  Put(key, value);
  EXPECT_EQ(Get(*Now(), key), value);

  for (const auto& [bad_key, bad_value] : Rows{{"", "v"}, {key + "k", "v"}, {"k", value + "v"}}) {
    WriteBatch batch;
    batch.Put("innocent", "v");
    batch.Put(bad_key, bad_value);
    const CommitResult result = engine_->Commit(batch);
    EXPECT_EQ(result.outcome, CommitOutcome::kNotCommitted);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kInvalidArgument) << result.status;
    EXPECT_EQ(Get(*Now(), "innocent"), std::nullopt);
  }
  EXPECT_EQ(Get(*Now(), key + "k"), std::nullopt);
  Put("next", "still taken");
}

TEST_P(EngineConformance, ASnapshotSeesNothingOfLaterBatches) {
  Put("changed", "before");
  Put("deleted", "before");
  const auto before = Now();
  WriteBatch batch;
  batch.Put("changed", "after");
  batch.Delete("deleted");
  batch.Put("new", "after");
  MustCommit(batch);
  const auto after = Now();
  Put("changed", "later");

  EXPECT_THAT(Scan(*before, "", ""), ElementsAre(std::pair("changed", "before"), std::pair("deleted", "before")));
  EXPECT_EQ(Get(*before, "new"), std::nullopt);
  const std::vector<std::string> keys = {"changed", "deleted", "new"};
  EXPECT_THAT(*before->MultiGet(keys), ElementsAre("before", "before", std::nullopt));
  EXPECT_THAT(Scan(*after, "", ""), ElementsAre(std::pair("changed", "after"), std::pair("new", "after")));
}

TEST_P(EngineConformance, ASnapshotOutlivesItsEngine) {
  Put("a", "1");
  const auto snapshot = Now();
  engine_.reset();
  EXPECT_EQ(Get(*snapshot, "a"), "1");
}

// One thread moves money between accounts whose sum is constant; others read. A snapshot that saw part of a batch, or of a
// later one, would see another sum.
TEST_P(EngineConformance, SnapshotsUnderConcurrentCommitsSeeWholeBatches) {
  constexpr int kAccounts = 20;
  constexpr int kTotal = 100 * kAccounts;
  const auto account = [](int i) { return "account" + std::to_string(100 + i); };
  WriteBatch opening;
  for (int i = 0; i < kAccounts; ++i) opening.Put(account(i), "100");
  MustCommit(opening);

  std::atomic<bool> is_done = false;
  std::atomic<int> sums = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      std::vector<std::string> keys;
      for (int i = 0; i < kAccounts; ++i) keys.push_back(account(i));
      while (!is_done || sums < 10) {
        const auto snapshot = Now();
        int scanned = 0;
        for (const auto& [key, value] : Scan(*snapshot, "", "")) scanned += std::stoi(value);
        int got = 0;
        const auto values = snapshot->MultiGet(keys).value();
        for (const auto& value : values) got += std::stoi(*value);
        EXPECT_EQ(scanned, kTotal);
        EXPECT_EQ(got, kTotal);
        ++sums;
      }
    });
  }
  const uint64_t seed = 1;
  std::mt19937_64 random(seed);
  std::vector<int> balances(kAccounts, 100);
  for (int i = 0; i < 300; ++i) {
    const int from = static_cast<int>(random() % kAccounts);
    const int to = static_cast<int>(random() % kAccounts);
    --balances[from];
    ++balances[to];
    WriteBatch batch;
    batch.Put(account(from), std::to_string(balances[from]));
    batch.Put(account(to), std::to_string(balances[to]));
    MustCommit(batch);
  }
  is_done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_P(EngineConformance, KeepsWhatWasCommittedWhenOpenedAgain) {
  if (!GetParam().is_durable) GTEST_SKIP() << "this engine forgets by design";
  Put("a", "1");
  Put("b", "2");
  Reopen();
  Delete("a");
  Reopen();
  Reopen();
  EXPECT_THAT(Scan(*Now(), "", ""), ElementsAre(std::pair("b", "2")));
}

TEST_P(EngineConformance, RecoverOfASoundStoreChangesNothing) {
  Put("a", "1");
  const auto snapshot = Now();
  EXPECT_TRUE(engine_->Recover().ok());
  EXPECT_EQ(Get(*Now(), "a"), "1");
  Put("b", "2");
  EXPECT_EQ(Get(*snapshot, "b"), std::nullopt);
}

TEST_P(EngineConformance, PurgeChangesNothingThatASnapshotShows) {
  WriteBatch batch;
  for (int i = 0; i < 50; ++i) batch.Put("key" + std::to_string(100 + i), std::string(1'000, static_cast<char>('a' + i % 26)));
  MustCommit(batch);
  Delete("key107");
  Put("key108", "replaced");
  const Rows before = Scan(*Now(), "", "");
  EXPECT_TRUE(engine_->Purge(std::vector<std::string>{"key107", "key108", "key109", "never there"}).ok());
  EXPECT_TRUE(engine_->Purge({}).ok());
  EXPECT_EQ(Scan(*Now(), "", ""), before);
  EXPECT_EQ(before.size(), 49u);
  Put("after", "still taken");
  if (GetParam().is_durable) Reopen();
  EXPECT_EQ(Get(*Now(), "key107"), std::nullopt);
}

TEST_P(EngineConformance, PurgeRefusesWhileAnEarlierSnapshotShowsTheValue) {
  Put("secret", "of a person");
  auto reader = Now();
  Delete("secret");
  const std::vector<std::string> keys = {"secret"};
  EXPECT_EQ(engine_->Purge(keys).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Get(*reader, "secret"), "of a person");
  reader.reset();
  EXPECT_TRUE(engine_->Purge(keys).ok());
  EXPECT_EQ(Get(*Now(), "secret"), std::nullopt);
}

// The value stands in the log, in fresh memory, or in files of one or several levels; in none of them afterwards.
TEST_P(EngineConformance, PurgeLeavesNoFileThatHoldsTheValue) {
  // Looks for the middle of `secret`: compression may have taken a byte at either end for one it saw before.
  const auto files_with = [&](const std::string& secret) {
    const std::string bytes = secret.substr(8, 16);
    int count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), {}};
      count += content.find(bytes) != std::string::npos;
    }
    return count;
  };
  std::mt19937_64 random(7);
  const auto secret_of = [&] {
    std::string secret(32, '\0');
    for (char& byte : secret) byte = static_cast<char>(random());
    return secret;
  };
  const std::vector<std::string> keys = {"m secret"};
  for (const int rounds_before : {0, 1, 40}) {
    for (const int rounds_after : {0, 1, 40}) {
      for (const bool reopens : {false, true}) {
        SCOPED_TRACE(testing::Message() << rounds_before << " before, " << rounds_after << " after, reopened " << reopens);
        const std::string secret = secret_of();
        const auto write = [&](int rounds) {
          for (int round = 0; round < rounds; ++round) {
            WriteBatch batch;
            for (char first = 'a'; first <= 't'; ++first) {
              batch.Put(std::string(1, first) + std::to_string(round), secret_of() + std::string(500, 'x'));
            }
            MustCommit(batch);
          }
        };
        write(rounds_before);
        Put(keys[0], secret);
        write(rounds_after);
        if (GetParam().is_durable && reopens) Reopen();
        Delete(keys[0]);
        if (GetParam().is_durable) {
          EXPECT_GE(files_with(secret), 1) << "a deletion alone leaves it";
        }
        const absl::Status purged = engine_->Purge(keys);
        ASSERT_TRUE(purged.ok()) << purged;
        EXPECT_EQ(files_with(secret), 0);
        EXPECT_EQ(Get(*Now(), keys[0]), std::nullopt);
      }
    }
  }
}

// Random batches, snapshots and reopenings against a std::map; each snapshot is compared with the map as it was then.
TEST_P(EngineConformance, AgreesWithAModelOnRandomOperations) {
  const uint64_t seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  using Model = std::map<std::string, std::string>;
  const auto random_key = [&] {
    std::string key(1 + random() % 3, '\0');
    for (char& byte : key) byte = "\0a\x7f\xff"[random() % 4];
    return key;
  };

  Model model;
  std::vector<std::pair<std::unique_ptr<Snapshot>, Model>> snapshots;
  const auto check = [&](const Snapshot& snapshot, const Model& wanted) {
    ASSERT_EQ(Scan(snapshot, "", ""), Rows(wanted.begin(), wanted.end()));
    std::string begin = random_key(), end = random_key();
    if (end < begin) std::swap(begin, end);
    ASSERT_EQ(Scan(snapshot, begin, end), Rows(wanted.lower_bound(begin), wanted.lower_bound(end)));
    std::vector<std::string> keys;
    for (int i = 0; i < 10; ++i) keys.push_back(random_key());
    const auto values = snapshot.MultiGet(keys);
    ASSERT_TRUE(values.ok());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto it = wanted.find(keys[i]);
      ASSERT_EQ((*values)[i], it == wanted.end() ? std::nullopt : std::optional(it->second));
      ASSERT_EQ(Get(snapshot, keys[i]), (*values)[i]);
    }
  };

  for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
    WriteBatch batch;
    for (uint64_t i = random() % 8; i > 0; --i) {
      const std::string key = random_key();
      if (random() % 3 == 0) {
        batch.Delete(key);
        model.erase(key);
      } else {
        std::string value(random() % 2'000, static_cast<char>('a' + random() % 26));
        batch.Put(key, value);
        model[key] = std::move(value);
      }
    }
    MustCommit(batch);
    if (random() % 4 == 0) snapshots.emplace_back(Now(), model);
    if (random() % 4 == 0) check(*Now(), model);
    if (!snapshots.empty() && random() % 4 == 0) {
      const std::size_t chosen = random() % snapshots.size();
      check(*snapshots[chosen].first, snapshots[chosen].second);
      if (random() % 2 == 0) snapshots.erase(snapshots.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    if (GetParam().is_durable && random() % 50 == 0) {
      snapshots.clear();
      Reopen();
    }
  }
  for (const auto& [snapshot, wanted] : snapshots) check(*snapshot, wanted);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineConformance,
                         testing::Values(EngineKind{"memory", &OpenMemory, false},
                                         EngineKind{"rocksdb", &OpenRocksDb, true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace oriundo
