// An Engine that forgets everything at its end, for tests and for simulation with faults.
//
// Keeps one ordered map with the versions of each key that some snapshot can still see, so a snapshot costs nothing and a
// commit costs its own keys. Nothing is random but what FaultPlan's seed decides: equal calls give equal outcomes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "storage/engine/engine.h"

namespace oriundo {

// How often Commit fails, out of 1,000 commits; the rest succeed. REQUIRES: the three add up to at most 1,000.
struct FaultPlan {
  uint64_t seed = 0;
  int not_committed_per_mille = 0;
  int unknown_and_applied_per_mille = 0;
  int unknown_and_lost_per_mille = 0;
};

class MemoryEngine final : public Engine {
 public:
  MemoryEngine() : MemoryEngine(FaultPlan{}) {}
  explicit MemoryEngine(const FaultPlan& faults);
  ~MemoryEngine() override;

  CommitResult Commit(const WriteBatch& batch) override;
  absl::Status Recover() override;
  absl::Status Purge(std::span<const std::string> keys) override;
  absl::StatusOr<std::unique_ptr<Snapshot>> NewSnapshot() const override;

  // Flips one bit of the value now under `key`, as a failing disk would; which one, the seed decides.
  // Reading it is kDataLoss from then on. False where there is no such key or its value is empty.
  bool RotValue(std::string_view key);

 private:
  class State;
  class View;

  const std::shared_ptr<State> state_;  // Shared with snapshots.
};

}  // namespace oriundo
