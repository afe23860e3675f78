// What a rule version makes of a project's total: dues, and what each role weighs in the project. Decisions and previews share it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "oriundo/v1/resources.pb.h"
#include "server/rules/divide.h"

namespace oriundo {

using RoleNames = google::protobuf::RepeatedPtrField<std::string>;

// A role that cannot be absent, and why, completing "the role `x` ...".
struct AbsenceFault {
  std::string role;
  std::string why;
};

// Every fault of leaving `absent_roles` out under the rule version: a role it does not have or does not let be absent, one named
// twice, one whose weight would go to another absent role, or nobody left.
std::vector<AbsenceFault> CheckAbsence(const v1::RuleVersion& rule, const RoleNames& absent_roles);

// Weights and limits of the rule version's roles, weights of absent ones moved; roles in the rule's order. REQUIRES: as
// DivideByRule.
std::vector<RoleShare> SharesByRule(const v1::RuleVersion& rule, const RoleNames& absent_roles);

// Divides `total` by the rule version: weights of absent roles moved, caps and floors, cap policy; roles in the rule's order.
// REQUIRES: CheckAbsence found no fault; the rule version was published, so that its fields are in range; total >= 0.
Division DivideByRule(const v1::RuleVersion& rule, int64_t total, const RoleNames& absent_roles);

// What each role of the rule weighs in the project, in the rule's order: as fixed when it was submitted, before that as the rule says.
std::vector<int64_t> RoleWeightsOf(const v1::Project& project, const v1::RuleVersion& rule);

// The same of one role of the rule.
int64_t RoleWeightOf(const v1::Project& project, const v1::RuleVersion& rule, const std::string& role);

}  // namespace oriundo
