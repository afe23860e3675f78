// Rebuild makes from the journal's entries, and nothing else, what the rest of the store must hold.
//
// Not thread-safe. Internal to fsck.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oriundo/v1/entry.pb.h"
#include "server/ledger/state.h"

namespace oriundo {

// Tells of something wrong with what stands at `key`.
using FaultSink = std::function<void(std::string key, std::optional<int64_t> sequence, std::string description)>;

// A request as its entries tell it.
struct RebuiltRequest {
  int64_t first_sequence = 0;
  uint32_t entry_count = 0;
};

// A text as its entry tells it.
struct RebuiltText {
  // The top-level resource under whose secret it is sealed.
  std::string subject;
  int64_t sequence = 0;
};

class Rebuild {
 public:
  explicit Rebuild(FaultSink faults);

  // Takes the next entry, checks it by itself and against all before, and folds it. False where it cannot be folded: nothing
  // after it can be known. `sequence` is the place it stands at.
  bool Take(int64_t sequence, std::string_view bytes);

  int64_t next_sequence() const { return next_sequence_; }
  int64_t commit_time_us() const { return commit_time_us_; }

  // Every record, as it is after the last entry.
  State& state() { return state_; }
  // Kept copies of projects: key to value.
  const std::map<std::string, std::string>& record_snapshots() const { return record_snapshots_; }
  // Subject to the sequences of the entries that concern it. The caller may empty it to save memory.
  std::map<std::string, std::vector<uint64_t>>& subjects() { return subjects_; }
  // Key to request.
  const std::map<std::string, RebuiltRequest>& requests() const { return requests_; }
  // Commitment to text.
  const std::map<std::string, RebuiltText>& texts() const { return texts_; }
  // True where a later entry than the text's says that its subject's texts were erased.
  bool IsErased(const RebuiltText& text) const;

 private:
  void CheckEntry(const v1::Entry& entry);
  void CheckPostings(const v1::Entry& entry);
  // Why the entry cannot be folded; empty where it can.
  std::string WhyNotFoldable(const v1::Entry& entry);
  void CheckProject(const v1::Entry& entry, const v1::Project& project);
  // That the parts of parties' pools add up, and that the entry changes them as the pools themselves.
  void CheckPoolParts(const v1::Entry& entry, const v1::Project& project);
  void CheckPool(const v1::Entry& entry, const v1::Pool& pool);
  void CollectTexts(const std::string& subject, int64_t sequence, const google::protobuf::Message& message);
  void Fault(int64_t sequence, std::string description);

  const FaultSink faults_;
  int64_t next_sequence_ = 0;
  int64_t commit_time_us_ = -1;
  State state_;
  std::map<std::string, int64_t> balances_;
  // What is free of the pools that have promised more than their budgets hold: below zero.
  std::map<std::string, int64_t> underfunded_;
  std::map<std::string, std::string> record_snapshots_;
  std::map<std::string, std::vector<uint64_t>> subjects_;
  // Subject to the sequence of the newest entry that says that its texts were erased.
  std::map<std::string, int64_t, std::less<>> erasures_;
  std::map<std::string, RebuiltRequest> requests_;
  std::map<std::string, RebuiltText> texts_;
};

}  // namespace oriundo
