#include "server/sequencer/due_index.h"

#include "server/base/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"

namespace oriundo {

absl::StatusOr<DueIndex> DueIndex::Load(const Snapshot& snapshot) {
  DueIndex index;
  const KeyRange range = CollectionRange("projects");
  int rotten = 0;
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(range.begin, range.end, [&](std::string_view, std::string_view value) {
    const absl::StatusOr<std::string_view> body = DecodeRecord(value);
    v1::Project project;
    if (body.ok() && project.ParseFromArray(body->data(), static_cast<int>(body->size()))) {
      index.Note(project);
    } else {
      ++rotten;
    }
    return true;
  }));
  if (rotten > 0) spdlog::error("sequencer: {} projects' records are rotten; what falls due in them is not looked after", rotten);
  return index;
}

void DueIndex::Note(const v1::Project& project) {
  if (project.deadlines().empty()) return Set(project.name(), std::nullopt);
  Set(project.name(), project.deadlines(0).time_us());
}

void DueIndex::Doubt(const std::string& project) { Set(project, 0); }

void DueIndex::Drop(const std::string& project) { Set(project, std::nullopt); }

std::optional<int64_t> DueIndex::next_us() const {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

std::vector<std::string> DueIndex::DueAt(int64_t time_us, std::size_t count_max) const {
  std::vector<std::string> due;
  for (auto at = by_time_.begin(); at != by_time_.end() && at->first <= time_us && due.size() < count_max; ++at) due.push_back(at->second);
  return due;
}

void DueIndex::Set(const std::string& project, std::optional<int64_t> time_us) {
  const auto found = time_of_.find(project);
  if (found != time_of_.end()) {
    if (found->second == time_us) return;
    by_time_.erase({found->second, project});
    time_of_.erase(found);
  }
  if (!time_us) return;
  time_of_.emplace(project, *time_us);
  by_time_.emplace(*time_us, project);
}

}  // namespace oriundo
