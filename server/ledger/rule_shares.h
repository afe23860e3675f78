// What a rule version makes of a project's total: dues, and what each role weighs in the project. Decisions and previews share it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "oriundo/v1/resources.pb.h"
#include "server/ledger/refusal.h"
#include "server/rules/divide.h"

namespace oriundo {

using RoleNames = google::protobuf::RepeatedPtrField<std::string>;

// A role that cannot be absent, and why.
struct AbsenceFault {
  std::string role;
  // The case of ABSENCE_NOT_ALLOWED.
  std::string case_name;
  // The role that it would leave its share to; empty where it is not about that.
  std::string other_role;
  // In words, completing "the role `x` ...".
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

// OVER_CAP or BELOW_FLOOR: the role would owe `due`, which `limit` does not let it.
Violation RoleLimitViolation(const std::string& role, int64_t due, const CapViolation& limit, const std::string& currency);

// TOTAL_BELOW_MINIMUM or TOTAL_ABOVE_MAXIMUM of `subject`, which would cost `total`.
Violation TotalLimitViolation(const std::string& subject, int64_t total, const CapViolation& limit, const std::string& currency);

// What each role of the rule weighs in the project, in the rule's order: as fixed when it was submitted, before that as the rule says.
std::vector<int64_t> RoleWeightsOf(const v1::Project& project, const v1::RuleVersion& rule);

// By what cash the interest is divided, in the project's order of parties (domain notes 4.7): what each still has in, who owes
// the project nothing; where all went back, what each ever paid in; where none was paid, the dues. All zero where nobody owes anything.
std::vector<int64_t> InterestWeightsOf(const v1::Project& project);

// What of the party's due went back at a year's end and is still to be sent again, once the works are completed: no more than it lacks of
// its due. What it owes because a release was returned is sent again by repayment, but for what it has had twice. Nothing before; and of a
// project that was cancelled nobody sends anything any more.
int64_t OpenReturnOf(const v1::Project& project, const v1::Party& party);

// What each party gets of `unspent`, in the project's order: its part, by cash paid in, of all that is and was unspent, less what went
// back to it before and what it owes the project (domain notes 4.7 and 4.14). What went back at a year's end counts as never paid in, but
// for what OpenReturnOf says: that was a refund paid early. A debt is set off as if it were repaid, so that nobody gets another's money; what
// is repaid later goes to whoever lent it. Adds up to `unspent`. REQUIRES: unspent >= 0; where it is above zero, InterestWeightsOf are not
// all zero.
std::vector<int64_t> RefundsOf(const v1::Project& project, int64_t unspent);

// What of each party's due counts as given although it went back at a year's end, in the project's order: what was not sent again, as far
// as its part of what is unspent covers it. The party would only send it to have it refunded. All zero before the works are completed:
// until then it pays them.
std::vector<int64_t> RefundedEarlyOf(const v1::Project& project);

// What stands in the box and may go back to the parties: what they have left, less what is retained from vendors, at least 0.
int64_t UnspentOf(const v1::Project& project);

// Each party's part of what the work did not cost, in the project's order: of what is unspent, and what was apportioned and paid back already.
// All zero before the project is completed, and in one that was cancelled.
std::vector<int64_t> SavingsOf(const v1::Project& project);

// What a party would return at the end of a year.
struct YearEndUnspent {
  // What it has left of the money received by then, without its part of what is retained from vendors.
  int64_t money = 0;
  // Its part of the interest that is not apportioned.
  int64_t interest = 0;
};
// What the party at `index` has left now of the money that was received in `fiscal_year` and before. Money is used first in, first out, so
// what came later is left last.
YearEndUnspent YearEndUnspentOf(const v1::Project& project, int index, int fiscal_year);

// What one role of the rule weighs in the project.
int64_t RoleWeightOf(const v1::Project& project, const v1::RuleVersion& rule, const std::string& role);

}  // namespace oriundo
