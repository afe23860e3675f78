#include "storage/memory/memory_engine.h"

#include <zlib.h>

#include <deque>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "storage/engine/check_operation.h"

namespace oriundo {
namespace {

// Rows that a scan copies while it holds the lock; the visitor runs without it.
constexpr int kRowsPerScanStep = 64;

uint32_t ChecksumOf(std::string_view value) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(value.data()), value.size()));
}

// What one commit made of a key.
struct Version {
  uint64_t commit = 0;                // Number of the commit, from 1.
  std::optional<std::string> value;  // Absent: deleted.
  uint32_t checksum = 0;             // Of the value, as it was committed.
};

absl::StatusOr<std::optional<std::string>> CheckedValue(const Version& version) {
  if (version.value && ChecksumOf(*version.value) != version.checksum) {
    return absl::DataLossError("a stored value does not match its checksum");
  }
  return version.value;
}

}  // namespace

// Everything stored, for the engine and its snapshots.
//
// A key's versions are kept oldest first. Of those that the oldest snapshot can see only the newest stays, and not even
// that one if it says "deleted"; `superseded_` remembers where to look.
class MemoryEngine::State {
 public:
  explicit State(const FaultPlan& faults) : faults_(faults), random_(faults.seed) {
    ORIUNDO_CHECK(faults.not_committed_per_mille + faults.unknown_and_applied_per_mille +
                      faults.unknown_and_lost_per_mille <=
                  1'000);
  }

  CommitResult Commit(const WriteBatch& batch) {
    MutexLock lock(mutex_);
    if (is_broken_) {
      return {CommitOutcome::kNotCommitted,
              absl::UnavailableError("the outcome of an earlier commit is unknown: the store must recover first")};
    }
    for (const WriteBatch::Operation& operation : batch.operations()) {
      if (absl::Status status = CheckOperation(operation); !status.ok()) {
        return {CommitOutcome::kNotCommitted, std::move(status)};
      }
    }
    int roll = static_cast<int>(random_() % 1'000);
    if (roll < faults_.not_committed_per_mille) {
      return {CommitOutcome::kNotCommitted, absl::UnavailableError("injected fault: not committed")};
    }
    roll -= faults_.not_committed_per_mille;
    is_broken_ = roll < faults_.unknown_and_applied_per_mille + faults_.unknown_and_lost_per_mille;
    if (!is_broken_ || roll < faults_.unknown_and_applied_per_mille) Apply(batch);
    if (is_broken_) return {CommitOutcome::kUnknown, absl::UnavailableError("injected fault: outcome unknown")};
    return {};
  }

  void Recover() {
    MutexLock lock(mutex_);
    is_broken_ = false;
  }

  absl::Status Purge() {
    MutexLock lock(mutex_);
    if (is_broken_) return absl::UnavailableError("the store is recovering from a failed write");
    // Without snapshots no earlier value is kept anyway.
    if (!snapshots_.empty()) return absl::UnavailableError("nothing can be purged before the store's readers have finished");
    return absl::OkStatus();
  }

  // The number of the newest commit, which stays readable until CloseSnapshot.
  absl::StatusOr<uint64_t> OpenSnapshot() {
    MutexLock lock(mutex_);
    if (is_broken_) return absl::UnavailableError("the store is recovering from a failed write");
    snapshots_.insert(newest_commit_);
    return newest_commit_;
  }

  void CloseSnapshot(uint64_t commit) {
    MutexLock lock(mutex_);
    snapshots_.erase(snapshots_.find(commit));
    DropSuperseded();
  }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key, uint64_t commit) const {
    MutexLock lock(mutex_);
    return GetLocked(key, commit);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(std::span<const std::string> keys, uint64_t commit) const {
    MutexLock lock(mutex_);
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string& key : keys) {
      ORIUNDO_ASSIGN_OR_RETURN(values.emplace_back(), GetLocked(key, commit));
    }
    return values;
  }

  // Up to kRowsPerScanStep rows of [begin, end) as `commit` left them. Moves `begin` behind them; `*done` after the last.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ScanStep(std::string& begin, std::string_view end,
                                                                            uint64_t commit, bool* done) const {
    MutexLock lock(mutex_);
    std::vector<std::pair<std::string, std::string>> rows;
    auto it = versions_.lower_bound(begin);
    for (int seen = 0; seen < kRowsPerScanStep; ++seen, ++it) {
      if (it == versions_.end() || (!end.empty() && it->first >= end)) {
        *done = true;
        return rows;
      }
      const Version* version = VisibleVersion(it->second, commit);
      if (version == nullptr) continue;
      ORIUNDO_ASSIGN_OR_RETURN(std::optional<std::string> value, CheckedValue(*version));
      if (value) rows.emplace_back(it->first, *std::move(value));
    }
    *done = it == versions_.end();
    if (!*done) begin = it->first;
    return rows;
  }

  bool RotValue(std::string_view key) {
    MutexLock lock(mutex_);
    const auto it = versions_.find(key);
    if (it == versions_.end() || !it->second.back().value || it->second.back().value->empty()) return false;
    std::string& value = *it->second.back().value;
    const uint64_t bit = random_() % (value.size() * 8);
    value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << bit % 8));
    return true;
  }

 private:
  using Versions = std::vector<Version>;

  void Apply(const WriteBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++newest_commit_;
    for (const WriteBatch::Operation& operation : batch.operations()) {
      Versions& versions = versions_[operation.key];
      if (versions.empty() || versions.back().commit != newest_commit_) {
        versions.emplace_back();
        superseded_.emplace_back(newest_commit_, operation.key);
      }
      versions.back() = {newest_commit_, operation.value, operation.value ? ChecksumOf(*operation.value) : 0};
    }
    DropSuperseded();
  }

  // Frees what no snapshot, and no later one, can see.
  void DropSuperseded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const uint64_t oldest_visible = snapshots_.empty() ? newest_commit_ : *snapshots_.begin();
    while (!superseded_.empty() && superseded_.front().first <= oldest_visible) {
      const auto it = versions_.find(superseded_.front().second);
      superseded_.pop_front();
      if (it == versions_.end()) continue;
      Versions& versions = it->second;
      auto keep = versions.begin();
      while (std::next(keep) != versions.end() && std::next(keep)->commit <= oldest_visible) ++keep;
      if (keep->commit <= oldest_visible && !keep->value) ++keep;
      versions.erase(versions.begin(), keep);
      if (versions.empty()) versions_.erase(it);
    }
  }

  // The version of a key that `commit` left; nullptr where there was none yet.
  static const Version* VisibleVersion(const Versions& versions, uint64_t commit) {
    for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
      if (it->commit <= commit) return &*it;
    }
    return nullptr;
  }

  absl::StatusOr<std::optional<std::string>> GetLocked(std::string_view key, uint64_t commit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto it = versions_.find(key);
    const Version* version = it == versions_.end() ? nullptr : VisibleVersion(it->second, commit);
    if (version == nullptr) return std::nullopt;
    return CheckedValue(*version);
  }

  const FaultPlan faults_;
  mutable Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t newest_commit_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Versions, std::less<>> versions_ ABSL_GUARDED_BY(mutex_);
  std::multiset<uint64_t> snapshots_ ABSL_GUARDED_BY(mutex_);  // Commits that open snapshots show.
  // Keys written by a commit, oldest first: when no snapshot is older than that commit, their earlier versions can go.
  std::deque<std::pair<uint64_t, std::string>> superseded_ ABSL_GUARDED_BY(mutex_);
};

// A snapshot: the number of a commit.
class MemoryEngine::View final : public Snapshot {
 public:
  View(std::shared_ptr<State> state, uint64_t commit) : state_(std::move(state)), commit_(commit) {}
  ~View() override { state_->CloseSnapshot(commit_); }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override { return state_->Get(key, commit_); }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(std::span<const std::string> keys) const override {
    return state_->MultiGet(keys, commit_);
  }

  absl::Status Scan(std::string_view begin, std::string_view end,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
    std::string next(begin);
    for (bool done = false; !done;) {
      ORIUNDO_ASSIGN_OR_RETURN(const auto rows, state_->ScanStep(next, end, commit_, &done));
      for (const auto& [key, value] : rows) {
        if (!visit(key, value)) return absl::OkStatus();
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<State> state_;
  const uint64_t commit_;
};

MemoryEngine::MemoryEngine(const FaultPlan& faults) : state_(std::make_shared<State>(faults)) {}
MemoryEngine::~MemoryEngine() = default;

CommitResult MemoryEngine::Commit(const WriteBatch& batch) { return state_->Commit(batch); }

absl::Status MemoryEngine::Recover() {
  state_->Recover();
  return absl::OkStatus();
}

absl::Status MemoryEngine::Purge(std::span<const std::string>) { return state_->Purge(); }

absl::StatusOr<std::unique_ptr<Snapshot>> MemoryEngine::NewSnapshot() const {
  ORIUNDO_ASSIGN_OR_RETURN(const uint64_t commit, state_->OpenSnapshot());
  return std::make_unique<View>(state_, commit);
}

bool MemoryEngine::RotValue(std::string_view key) { return state_->RotValue(key); }

}  // namespace oriundo
