// What holds a project's money up and is no party's delay: a suspension of the project, a frozen registration on the clubs' side.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/queries/reader.h"

namespace oriundo {

// Finds holds at one reader's moment, and remembers what it found of organisations. Not thread-safe; `reader` must outlive it.
class HoldFinder {
 public:
  explicit HoldFinder(const Reader& reader) : reader_(reader) {}

  // The holds of `project`: its suspension first, then the frozen among its club and the parties of the club's role of `rule`, in
  // the project's order of parties. One that was merged into a frozen one is frozen with it.
  absl::StatusOr<std::vector<v1::Hold>> Find(const v1::Project& project, const v1::RuleVersion& rule);

 private:
  // The hold on the organisation or on whom it was merged into; without a kind where there is none.
  absl::StatusOr<v1::Hold> OnOrganization(const std::string& name);
  absl::StatusOr<v1::Hold> FreezeOf(const v1::Organization& organization);
  absl::StatusOr<v1::Hold> Suspension(const v1::Project& project);

  const Reader& reader_;
  std::map<std::string, v1::Hold> organizations_;
};

}  // namespace oriundo
