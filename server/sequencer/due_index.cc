#include "server/sequencer/due_index.h"

#include "server/base/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"

namespace oriundo {

template <typename Resource>
absl::StatusOr<int> DueIndex::NoteAll(const Snapshot& snapshot, std::string_view collection) {
  const KeyRange range = CollectionRange(collection);
  int rotten = 0;
  ORIUNDO_RETURN_IF_ERROR(snapshot.Scan(range.begin, range.end, [&](std::string_view, std::string_view value) {
    const absl::StatusOr<std::string_view> body = DecodeRecord(value);
    Resource resource;
    if (body.ok() && resource.ParseFromArray(body->data(), static_cast<int>(body->size()))) {
      Note(resource);
    } else {
      ++rotten;
    }
    return true;
  }));
  return rotten;
}

absl::StatusOr<DueIndex> DueIndex::Load(const Snapshot& snapshot) {
  DueIndex index;
  ORIUNDO_ASSIGN_OR_RETURN(const int projects, index.NoteAll<v1::Project>(snapshot, "projects"));
  ORIUNDO_ASSIGN_OR_RETURN(const int programs, index.NoteAll<v1::Program>(snapshot, "programs"));
  if (projects + programs > 0) {
    spdlog::error("sequencer: the records of {} projects and {} programmes are rotten; what falls due in them is not looked after", projects,
                  programs);
  }
  return index;
}

void DueIndex::Note(const v1::Project& project) {
  if (project.deadlines().empty()) return Set(project.name(), std::nullopt);
  Set(project.name(), project.deadlines(0).time_us());
}

void DueIndex::Note(const v1::Program& program) {
  const bool waits = program.has_reopening() && program.reopening().has_expire_time();
  if (!waits) return Set(program.name(), std::nullopt);
  Set(program.name(), program.reopening().expire_time().seconds() * 1'000'000 + program.reopening().expire_time().nanos() / 1'000);
}

void DueIndex::Doubt(const std::string& name) { Set(name, 0); }

void DueIndex::Drop(const std::string& name) { Set(name, std::nullopt); }

std::optional<int64_t> DueIndex::next_us() const {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

std::vector<std::string> DueIndex::DueAt(int64_t time_us, std::size_t count_max) const {
  std::vector<std::string> due;
  for (auto at = by_time_.begin(); at != by_time_.end() && at->first <= time_us && due.size() < count_max; ++at) due.push_back(at->second);
  return due;
}

void DueIndex::Set(const std::string& name, std::optional<int64_t> time_us) {
  const auto found = time_of_.find(name);
  if (found != time_of_.end()) {
    if (found->second == time_us) return;
    by_time_.erase({found->second, name});
    time_of_.erase(found);
  }
  if (!time_us) return;
  time_of_.emplace(name, *time_us);
  by_time_.emplace(*time_us, name);
}

}  // namespace oriundo
