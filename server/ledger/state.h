// State: the records a batch of commands works on, read through to what is stored and written over in memory.
//
// Used by one thread. A record is a resource message of the interface (resources.proto); its name tells its type:
// organizations/* Organization, communities/* Community, accounts/* AccountUse, programs/* Program, programs/*/versions/* RuleVersion,
// programs/*/pools/* Pool, programs/*/tallies/* Tally, projects/* Project,
// projects/*/pledges/* Pledge, and so on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace oriundo {

// An empty message of the type that `name` belongs to, or null where no record has such a name (a tranche lives inside its project).
std::unique_ptr<google::protobuf::Message> NewRecord(std::string_view name);

class State {
 public:
  // Gives the stored bytes of a record (the protobuf body), nullopt where there is none.
  using Source = std::function<absl::StatusOr<std::optional<std::string>>(const std::string& name)>;

  explicit State(Source source) : source_(std::move(source)) {}

  // Goes on with the changes so far as what the source gives from now on. Of the records, those that `keep` is true of stay known and
  // are not read again.
  void Rebase(const std::function<bool(const std::string& name)>& keep);

  // True where the record, or that there is none, is known without a read.
  bool Knows(const std::string& name) const { return slots_.contains(name); }
  // How many names are known.
  std::size_t size() const { return slots_.size(); }

  // Takes note of what is stored under `name`, so that no read is needed later. Has no effect on a name already known.
  void Preload(const std::string& name, const std::optional<std::string>& body);

  // The record as it is after the commands so far, or null. The pointer holds until the record is changed.
  // REQUIRES: T is the type of `name`. After a failed read (see status()) the answer is null.
  template <typename T>
  const T* Find(const std::string& name) {
    const Slot& slot = Load(name);
    return slot.exists ? static_cast<const T*>(slot.record.get()) : nullptr;
  }

  // The record, to be changed; an empty one where there is none. Only Fold calls this.
  google::protobuf::Message* Mutable(const std::string& name);

  // Names of the records changed since construction or Rebase(), in bytewise order.
  std::vector<std::string> changed() const;

  // The record under a name that changed() or Find() gave.
  const google::protobuf::Message& Get(const std::string& name);

  // The first read that failed, or OK. Once not OK the batch must not be committed.
  const absl::Status& status() const { return status_; }

 private:
  struct Slot {
    std::unique_ptr<google::protobuf::Message> record;
    bool exists = false;
    bool changed = false;
  };

  Slot& Load(const std::string& name);

  Source source_;
  std::unordered_map<std::string, Slot> slots_;
  std::vector<std::string> changed_;  // In order of the first change.
  absl::Status status_;
};

}  // namespace oriundo
