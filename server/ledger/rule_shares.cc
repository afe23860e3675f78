#include "server/ledger/rule_shares.h"

#include <algorithm>
#include <set>

#include "server/base/check.h"

namespace oriundo {
namespace {

// The place of a role in its rule; past the end where the rule has none of that name.
int PlaceOf(const v1::RuleVersion& rule, const std::string& role) {
  int place = 0;
  while (place < rule.roles_size() && rule.roles(place).role() != role) ++place;
  return place;
}

bool IsAbsent(const RoleNames& absent_roles, const std::string& role) {
  return std::find(absent_roles.begin(), absent_roles.end(), role) != absent_roles.end();
}

OverCap PolicyOf(v1::CapPolicy policy) {
  switch (policy) {
    case v1::SCALE_DOWN:
      return OverCap::kScaleDown;
    case v1::RESIDUAL_PARTY:
      return OverCap::kResidual;
    case v1::SPREAD:
      return OverCap::kSpread;
    default:
      return OverCap::kReject;
  }
}

}  // namespace

std::vector<AbsenceFault> CheckAbsence(const v1::RuleVersion& rule, const RoleNames& absent_roles) {
  std::vector<AbsenceFault> faults;
  std::set<std::string> seen;
  for (const std::string& name : absent_roles) {
    const int place = PlaceOf(rule, name);
    if (place == rule.roles_size()) {
      faults.push_back({name, "is none of " + rule.name()});
      continue;
    }
    const v1::FunderRole& role = rule.roles(place);
    if (!seen.insert(name).second) faults.push_back({name, "is named twice among the absent"});
    if (!role.may_be_absent()) faults.push_back({name, "may not be absent under " + rule.name()});
    if (IsAbsent(absent_roles, role.absence_absorbed_by())) {
      faults.push_back({name, "would leave its share to the role `" + role.absence_absorbed_by() + "`, which is absent too"});
    }
  }
  const bool somebody = std::any_of(rule.roles().begin(), rule.roles().end(),
                                    [&](const v1::FunderRole& role) { return !IsAbsent(absent_roles, role.role()); });
  if (!somebody) faults.push_back({rule.roles(0).role(), "cannot be absent as well; nobody would pay"});
  return faults;
}

std::vector<RoleShare> SharesByRule(const v1::RuleVersion& rule, const RoleNames& absent_roles) {
  std::vector<RoleShare> roles;
  for (const v1::FunderRole& role : rule.roles()) {
    RoleShare share{.weight = role.weight()};
    if (role.has_cap_minor_units()) share.absolute_cap = role.cap_minor_units();
    if (role.has_cap_bps()) share.cap_bps = role.cap_bps();
    if (role.has_floor_bps()) share.floor_bps = role.floor_bps();
    roles.push_back(share);
  }
  for (const std::string& name : absent_roles) {
    const int place = PlaceOf(rule, name);
    ORIUNDO_CHECK(place < rule.roles_size());
    RoleShare& absent = roles[static_cast<std::size_t>(place)];
    // Without a heir all others share it: leaving the weight out does that.
    const std::string& heir = rule.roles(place).absence_absorbed_by();
    if (!heir.empty()) roles[static_cast<std::size_t>(PlaceOf(rule, heir))].weight += absent.weight;
    absent.weight = 0;
  }
  return roles;
}

Division DivideByRule(const v1::RuleVersion& rule, int64_t total, const RoleNames& absent_roles) {
  const std::vector<RoleShare> roles = SharesByRule(rule, absent_roles);
  const auto residual = static_cast<std::size_t>(rule.cap_policy() == v1::RESIDUAL_PARTY ? PlaceOf(rule, rule.residual_role()) : 0);
  return DivideShares(total, roles, PolicyOf(rule.cap_policy()), residual);
}

std::vector<int64_t> RoleWeightsOf(const v1::Project& project, const v1::RuleVersion& rule) {
  if (project.role_weights_size() == rule.roles_size()) return {project.role_weights().begin(), project.role_weights().end()};
  std::vector<int64_t> weights;
  for (const v1::FunderRole& role : rule.roles()) weights.push_back(role.weight());
  return weights;
}

int64_t RoleWeightOf(const v1::Project& project, const v1::RuleVersion& rule, const std::string& role) {
  return RoleWeightsOf(project, rule).at(static_cast<std::size_t>(PlaceOf(rule, role)));
}

}  // namespace oriundo
