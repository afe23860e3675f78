#include "storage/memory/memory_engine.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace oriundo {
namespace {

WriteBatch Put(const std::string& key, const std::string& value) {
  WriteBatch batch;
  batch.Put(key, value);
  return batch;
}

std::optional<std::string> Get(const Engine& engine, const std::string& key) {
  return engine.NewSnapshot().value()->Get(key).value();
}

TEST(MemoryEngine, NotCommittedLeavesNoTraceAndTheEngineGoesOn) {
  MemoryEngine engine({.seed = 1, .not_committed_per_mille = 1'000});
  const CommitResult result = engine.Commit(Put("a", "1"));
  EXPECT_EQ(result.outcome, CommitOutcome::kNotCommitted);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Get(engine, "a"), std::nullopt);
}

TEST(MemoryEngine, UnknownStopsCommitsAndSnapshotsUntilRecovery) {
  MemoryEngine engine({.seed = 1, .unknown_and_applied_per_mille = 1'000});
  EXPECT_EQ(engine.Commit(Put("a", "1")).outcome, CommitOutcome::kUnknown);
  EXPECT_EQ(engine.Commit(Put("a", "2")).outcome, CommitOutcome::kNotCommitted);
  EXPECT_EQ(engine.NewSnapshot().status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(engine.Recover().ok());
  EXPECT_EQ(Get(engine, "a"), "1");
}

TEST(MemoryEngine, UnknownMayAlsoMeanLost) {
  MemoryEngine engine({.seed = 1, .unknown_and_lost_per_mille = 1'000});
  EXPECT_EQ(engine.Commit(Put("a", "1")).outcome, CommitOutcome::kUnknown);
  ASSERT_TRUE(engine.Recover().ok());
  EXPECT_EQ(Get(engine, "a"), std::nullopt);
}

TEST(MemoryEngine, SnapshotsTakenBeforeAnUnknownOutcomeStayAsTheyWere) {
  MemoryEngine engine({.seed = 1, .unknown_and_applied_per_mille = 1'000});
  const auto before = engine.NewSnapshot().value();
  EXPECT_EQ(engine.Commit(Put("a", "1")).outcome, CommitOutcome::kUnknown);
  EXPECT_EQ(before->Get("a").value(), std::nullopt);
}

TEST(MemoryEngine, EqualSeedsGiveEqualFaultsAtTheRateAsked) {
  const auto outcomes = [](uint64_t seed) {
    MemoryEngine engine({.seed = seed,
                         .not_committed_per_mille = 100,
                         .unknown_and_applied_per_mille = 100,
                         .unknown_and_lost_per_mille = 100});
    std::vector<CommitOutcome> seen;
    for (int i = 0; i < 2'000; ++i) {
      seen.push_back(engine.Commit(Put("a", std::to_string(i))).outcome);
      if (seen.back() == CommitOutcome::kUnknown) {
        EXPECT_TRUE(engine.Recover().ok());
      }
    }
    return seen;
  };
  const std::vector<CommitOutcome> seen = outcomes(7);
  EXPECT_EQ(seen, outcomes(7));
  EXPECT_NE(seen, outcomes(8));
  EXPECT_NEAR(std::count(seen.begin(), seen.end(), CommitOutcome::kNotCommitted), 200, 60);
  EXPECT_NEAR(std::count(seen.begin(), seen.end(), CommitOutcome::kUnknown), 400, 80);
}

TEST(MemoryEngine, ARottenValueIsDataLossUntilItIsWrittenAgain) {
  MemoryEngine engine;
  ASSERT_EQ(engine.Commit(Put("a", "some value")).outcome, CommitOutcome::kOk);
  EXPECT_FALSE(engine.RotValue("b"));
  ASSERT_TRUE(engine.RotValue("a"));

  const auto snapshot = engine.NewSnapshot().value();
  EXPECT_EQ(snapshot->Get("a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(snapshot->MultiGet(std::vector<std::string>{"b", "a"}).status().code(), absl::StatusCode::kDataLoss);
  const auto fail = [](std::string_view, std::string_view) {
    ADD_FAILURE() << "a rotten value was shown";
    return false;
  };
  EXPECT_EQ(snapshot->Scan("", "", fail).code(), absl::StatusCode::kDataLoss);

  ASSERT_EQ(engine.Commit(Put("a", "new")).outcome, CommitOutcome::kOk);
  EXPECT_EQ(Get(engine, "a"), "new");
}

}  // namespace
}  // namespace oriundo
