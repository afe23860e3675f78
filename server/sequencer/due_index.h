// DueIndex knows which projects hold something that ends by itself (resources.proto, Deadline), and when the first of it does.
//
// It follows from the projects' records and is kept in memory: one row for each project with a deadline. Used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "oriundo/v1/resources.pb.h"
#include "storage/engine/engine.h"

namespace oriundo {

class DueIndex {
 public:
  // Reads the records of all projects. One that is rotten is left out, with a line in the log: calls about it fail anyway. The store's
  // error where it cannot be read.
  static absl::StatusOr<DueIndex> Load(const Snapshot& snapshot);

  // Takes what the project's record says now.
  void Note(const v1::Project& project);
  // What was noted of the project may not have become durable: it is due at once, so that its record is looked at again.
  void Doubt(const std::string& project);
  // There is no such project.
  void Drop(const std::string& project);

  // When the next deadline is, microseconds since 1970 UTC; nullopt where there is none.
  std::optional<int64_t> next_us() const;
  // Projects with a deadline at `time_us` or before, earliest first, at most `count_max`.
  std::vector<std::string> DueAt(int64_t time_us, std::size_t count_max) const;

 private:
  void Set(const std::string& project, std::optional<int64_t> time_us);

  std::unordered_map<std::string, int64_t> time_of_;
  std::set<std::pair<int64_t, std::string>> by_time_;
};

}  // namespace oriundo
