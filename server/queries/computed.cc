#include "server/queries/computed.h"

#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/base/limits.h"

namespace oriundo {

bool HasComputedFields(const google::protobuf::Message& resource) {
  return dynamic_cast<const v1::Organization*>(&resource) != nullptr;
}

void FillComputedFields(const std::string& today, google::protobuf::Message& resource) {
  auto* organization = dynamic_cast<v1::Organization*>(&resource);
  if (organization == nullptr) return;
  organization->set_registration_expired(organization->has_registration() && today > organization->registration().valid_to());
  const std::string oldest_fresh = DateYearsBefore(today, kDirectoryStaleYears);
  bool any_fresh = false;
  for (v1::DirectoryEntry& entry : *organization->mutable_directory_entries()) {
    entry.set_stale(entry.last_verified_date() < oldest_fresh);
    any_fresh = any_fresh || !entry.stale();
  }
  organization->set_directory_stale(!organization->directory_entries().empty() && !any_fresh);
}

}  // namespace oriundo
