#include "server/queries/holds.h"

#include <algorithm>
#include <optional>

#include "oriundo/v1/entry.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

bool IsFrozen(const v1::Organization& organization) {
  switch (organization.registration_state()) {
    case v1::Organization::SUSPENDED:
    case v1::Organization::DISPUTED:
    case v1::Organization::REVOKED:
      return true;
    default:
      return false;
  }
}

// How many mergers are followed; more than there are steps between a club and who stands for it.
constexpr int kMergersMax = 64;

}  // namespace

absl::StatusOr<std::vector<v1::Hold>> HoldFinder::Find(const v1::Project& project, const v1::RuleVersion& rule) {
  std::vector<v1::Hold> holds;
  if (project.state() == v1::Project::SUSPENDED) {
    ORIUNDO_ASSIGN_OR_RETURN(holds.emplace_back(), Suspension(project));
  }
  // Nothing comes any more: what is frozen holds nothing up.
  const v1::Project::State state = project.state();
  if (state == v1::Project::SETTLED || state == v1::Project::CLOSED || state == v1::Project::REJECTED) {
    return holds;
  }
  std::vector<std::string> club_side = {project.club()};
  for (const v1::Party& party : project.parties()) {
    if (!party.replaced_by().empty()) continue;  // It gives nothing more, and releases do not wait for it.
    const bool club_money = std::any_of(rule.roles().begin(), rule.roles().end(), [&](const v1::FunderRole& role) {
      return role.role() == party.role() && role.club_money();
    });
    if (club_money && party.organization() != project.club()) club_side.push_back(party.organization());
  }
  for (const std::string& organization : club_side) {
    if (organization.empty()) continue;
    ORIUNDO_ASSIGN_OR_RETURN(v1::Hold hold, OnOrganization(organization));
    if (hold.kind() != v1::Hold::KIND_UNSPECIFIED) holds.push_back(std::move(hold));
  }
  return holds;
}

absl::StatusOr<v1::Hold> HoldFinder::OnOrganization(const std::string& name) {
  const auto [at, is_new] = organizations_.try_emplace(name);
  if (!is_new) return at->second;
  std::string who = name;
  for (int merger = 0; merger < kMergersMax && !who.empty(); ++merger) {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization organization, reader_.Get<v1::Organization>(who));
    if (IsFrozen(organization)) {
      ORIUNDO_ASSIGN_OR_RETURN(at->second, FreezeOf(organization));
      at->second.set_organization(name);
      break;
    }
    who = organization.successor();
  }
  return at->second;
}

absl::StatusOr<v1::Hold> HoldFinder::FreezeOf(const v1::Organization& organization) {
  v1::Hold hold;
  hold.set_kind(v1::Hold::ORGANIZATION_FROZEN);
  hold.set_registration_state(organization.registration_state());
  hold.set_held_by(organization.frozen_by());
  // The first entry of the freeze that still lasts.
  bool frozen = false;
  ORIUNDO_RETURN_IF_ERROR(reader_.VisitEntries(organization.name(), organization.create_sequence(), [&](const v1::Entry& entry) {
    std::string about;
    bool freezes = true;
    switch (entry.event_case()) {
      case v1::Entry::kRegistrationSuspended:
        about = entry.registration_suspended().organization();
        break;
      case v1::Entry::kRegistrationDisputed:
        about = entry.registration_disputed().organization();
        break;
      case v1::Entry::kRegistrationRevoked:
        about = entry.registration_revoked().organization();
        break;
      case v1::Entry::kRegistrationReinstated:
        about = entry.registration_reinstated().organization();
        freezes = false;
        break;
      case v1::Entry::kOrganizationRegistered:
        about = entry.organization_registered().organization();
        freezes = false;
        break;
      default:
        return true;
    }
    if (about != organization.name()) return true;
    if (freezes && !frozen) {
      hold.set_since(entry.effective_date());
      hold.set_sequence(entry.sequence());
    }
    frozen = freezes;
    return true;
  }));
  return hold;
}

absl::StatusOr<v1::Hold> HoldFinder::Suspension(const v1::Project& project) {
  v1::Hold hold;
  hold.set_kind(v1::Hold::PROJECT_SUSPENDED);
  ORIUNDO_RETURN_IF_ERROR(reader_.VisitEntries(project.name(), project.create_sequence(), [&](const v1::Entry& entry) {
    if (entry.project() == project.name() && entry.has_project_suspended()) {
      hold.set_since(entry.effective_date());
      hold.set_sequence(entry.sequence());
      hold.set_held_by(entry.organization());
    }
    return true;
  }));
  return hold;
}

}  // namespace oriundo
