// DueIndex knows which projects hold something that ends by itself (resources.proto, Deadline), and when the first of it does; and which
// programmes a request to open a closed year (resources.proto, Reopening).
//
// It follows from the records and is kept in memory: one row for each project or programme with a deadline. Used by one thread.
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
  // Reads the records of all projects and programmes. One that is rotten is left out, with a line in the log: calls about it fail anyway. The store's
  // error where it cannot be read.
  static absl::StatusOr<DueIndex> Load(const Snapshot& snapshot);

  // Takes what the project's record says now.
  void Note(const v1::Project& project);
  // Takes what the programme's record says now.
  void Note(const v1::Program& program);
  // What was noted of the project or programme may not have become durable: it is due at once, so that its record is looked at again.
  void Doubt(const std::string& name);
  // There is no such project or programme.
  void Drop(const std::string& name);

  // When the next deadline is, microseconds since 1970 UTC; nullopt where there is none.
  std::optional<int64_t> next_us() const;
  // Projects and programmes with a deadline at `time_us` or before, earliest first, at most `count_max`.
  std::vector<std::string> DueAt(int64_t time_us, std::size_t count_max) const;

 private:
  // Reads all records of a collection as Resource and notes them; returns how many are rotten.
  template <typename Resource>
  absl::StatusOr<int> NoteAll(const Snapshot& snapshot, std::string_view collection);
  void Set(const std::string& name, std::optional<int64_t> time_us);

  std::unordered_map<std::string, int64_t> time_of_;
  std::set<std::pair<int64_t, std::string>> by_time_;
};

}  // namespace oriundo
