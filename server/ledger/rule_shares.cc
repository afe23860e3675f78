#include "server/ledger/rule_shares.h"

#include <algorithm>
#include <set>

#include "server/base/check.h"
#include "server/base/currency.h"
#include "server/rules/draw.h"
#include "server/rules/refund.h"

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
      faults.push_back({name, "NONE", "", "is none of " + rule.name()});
      continue;
    }
    const v1::FunderRole& role = rule.roles(place);
    if (!seen.insert(name).second) faults.push_back({name, "NAMED_TWICE", "", "is named twice among the absent"});
    if (!role.may_be_absent()) faults.push_back({name, "NEVER_ABSENT", "", "may not be absent under " + rule.name()});
    if (IsAbsent(absent_roles, role.absence_absorbed_by())) {
      const std::string& heir = role.absence_absorbed_by();
      faults.push_back({name, "HEIR_ABSENT", heir, "would leave its share to the role `" + heir + "`, which is absent too"});
    }
  }
  const bool somebody = std::any_of(rule.roles().begin(), rule.roles().end(),
                                    [&](const v1::FunderRole& role) { return !IsAbsent(absent_roles, role.role()); });
  if (!somebody) faults.push_back({rule.roles(0).role(), "NOBODY_PAYS", "", "cannot be absent as well; nobody would pay"});
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

Violation RoleLimitViolation(const std::string& role, int64_t due, const CapViolation& limit, const std::string& currency) {
  const bool floor = limit.kind == CapViolationKind::kBelowFloor;
  return {floor ? v1::BELOW_FLOOR : v1::OVER_CAP, role,
          "the role `" + role + "` would owe " + FormatAmount(due, currency) + "; it may owe at " + (floor ? "least " : "most ") +
              FormatAmount(limit.allowed, currency) + ", " + FormatAmount(limit.difference, currency) + (floor ? " more" : " less"),
          {{"role", role},
           {"due_minor_units", std::to_string(due)},
           {"allowed_minor_units", std::to_string(limit.allowed)},
           {"difference_minor_units", std::to_string(limit.difference)},
           {"case", "ROLE"}}};
}

Violation TotalLimitViolation(const std::string& subject, int64_t total, const CapViolation& limit, const std::string& currency) {
  const bool below = limit.kind == CapViolationKind::kTotalBelowMinimum;
  return {below ? v1::TOTAL_BELOW_MINIMUM : v1::TOTAL_ABOVE_MAXIMUM, subject,
          "the total of " + FormatAmount(total, currency) + " is " + (below ? "below the least of " : "above the most of ") +
              FormatAmount(limit.allowed, currency) + " by " + FormatAmount(limit.difference, currency),
          {{"allowed_minor_units", std::to_string(limit.allowed)}, {"difference_minor_units", std::to_string(limit.difference)}}};
}

std::vector<int64_t> RoleWeightsOf(const v1::Project& project, const v1::RuleVersion& rule) {
  if (project.role_weights_size() == rule.roles_size()) return {project.role_weights().begin(), project.role_weights().end()};
  std::vector<int64_t> weights;
  for (const v1::FunderRole& role : rule.roles()) weights.push_back(role.weight());
  return weights;
}

std::vector<int64_t> InterestWeightsOf(const v1::Project& project) {
  std::vector<int64_t> still_in;
  std::vector<int64_t> ever_in;
  std::vector<int64_t> dues;
  for (const v1::Party& party : project.parties()) {
    // What went back earns nothing any more. Who owes the project repays before it is paid interest.
    const int64_t in = party.paid_in_minor_units() - party.taken_back_minor_units() - party.refunded_minor_units();
    still_in.push_back(party.receivable_minor_units() > 0 ? 0 : std::max<int64_t>(0, in));
    ever_in.push_back(party.paid_in_minor_units());
    dues.push_back(party.due_minor_units());
  }
  auto is_any = [](const std::vector<int64_t>& amounts) {
    return std::any_of(amounts.begin(), amounts.end(), [](int64_t amount) { return amount != 0; });
  };
  // Where all cash went back, the interest belongs to those whose cash had earned it; where there never was any, to all by their dues.
  if (is_any(still_in)) return still_in;
  return is_any(ever_in) ? ever_in : dues;
}

namespace {

// True once the works are done, also where the project is suspended since.
bool IsBuilt(const v1::Project& project) {
  const v1::Project::State state = project.state() == v1::Project::SUSPENDED ? project.suspended_state() : project.state();
  return state == v1::Project::COMPLETED || state == v1::Project::HANDED_OVER || state == v1::Project::SETTLED ||
         state == v1::Project::CLOSED;
}

// How what a project did not spend is divided (domain notes 4.7 and 4.14), in its order of parties.
struct Unspent {
  // Each party's part, by cash paid in, of all that is and was unspent; empty where nobody's cash is in.
  std::vector<int64_t> parts;
  // What it has had of that or is to be paid, and what it owes the project; without what went back at a year's end.
  std::vector<int64_t> had;
};

// Of `unspent` in the box, of what went back before, and of what is owed, which is divided as if it were repaid. Through a day, something
// may have been reversed or repaid before there was anything of it.
Unspent DivideUnspent(const v1::Project& project, int64_t unspent) {
  Unspent divided;
  std::vector<int64_t> cash;
  int64_t all_cash = 0;
  int64_t all = unspent;
  for (const v1::Party& party : project.parties()) {
    const int64_t owed = std::max<int64_t>(0, party.receivable_minor_units());
    const int64_t gone_back = party.refunded_minor_units() + party.payable_minor_units() - party.interest_minor_units() -
                              party.year_end_returned_minor_units();
    const int64_t given = party.paid_in_minor_units() - party.taken_back_minor_units() - party.year_end_returned_minor_units();
    divided.had.push_back(std::max<int64_t>(0, gone_back) + owed);
    cash.push_back(std::max<int64_t>(0, given + owed) + OpenReturnOf(project, party));
    all_cash += cash.back();
    all += divided.had.back() + OpenReturnOf(project, party);
  }
  if (all_cash > 0) divided.parts = ApportionRefund(all, cash);
  return divided;
}

}  // namespace

int64_t OpenReturnOf(const v1::Project& project, const v1::Party& party) {
  if (!IsBuilt(project)) return 0;
  const int64_t given = party.received_minor_units() + party.in_kind_counted_minor_units() + party.receivable_minor_units() -
                        party.taken_twice_minor_units();
  return std::clamp<int64_t>(party.due_minor_units() - given, 0, std::max<int64_t>(0, party.year_end_returned_minor_units()));
}

std::vector<int64_t> RefundsOf(const v1::Project& project, int64_t unspent) {
  Unspent divided = DivideUnspent(project, unspent);
  // Nobody's cash is in: then it belongs to whom the interest would.
  if (divided.parts.empty()) return ApportionRefund(unspent, InterestWeightsOf(project));
  for (std::size_t i = 0; i < divided.parts.size(); ++i) {
    const int64_t had = divided.had[i] + OpenReturnOf(project, project.parties(static_cast<int>(i)));
    divided.parts[i] = std::max<int64_t>(0, divided.parts[i] - had);
  }
  // Where somebody had or owes more than its part, the others come so much short of theirs.
  return ApportionRefund(unspent, divided.parts);
}

std::vector<int64_t> RefundedEarlyOf(const v1::Project& project) {
  std::vector<int64_t> early(static_cast<std::size_t>(project.parties_size()));
  if (!IsBuilt(project)) return early;
  const Unspent divided = DivideUnspent(project, UnspentOf(project));
  for (std::size_t i = 0; i < divided.parts.size(); ++i) {
    early[i] = std::clamp<int64_t>(divided.parts[i] - divided.had[i], 0, OpenReturnOf(project, project.parties(static_cast<int>(i))));
  }
  return early;
}

int64_t UnspentOf(const v1::Project& project) {
  int64_t left = -project.retained_minor_units();
  for (const v1::Party& party : project.parties()) left += party.left_minor_units();
  return std::max<int64_t>(0, left);
}

std::vector<int64_t> SavingsOf(const v1::Project& project) {
  std::vector<int64_t> savings(static_cast<std::size_t>(project.parties_size()));
  if (!IsBuilt(project)) return savings;
  const std::vector<int64_t> weights = InterestWeightsOf(project);
  const int64_t unspent = UnspentOf(project);
  if (unspent > 0 && std::any_of(weights.begin(), weights.end(), [](int64_t weight) { return weight != 0; })) {
    savings = RefundsOf(project, unspent);
  }
  const std::vector<int64_t> early = RefundedEarlyOf(project);
  for (int i = 0; i < project.parties_size(); ++i) {
    const v1::Party& party = project.parties(i);
    savings[static_cast<std::size_t>(i)] += party.refunded_minor_units() + party.payable_minor_units() - party.interest_minor_units() -
                                            party.year_end_returned_minor_units() + early[static_cast<std::size_t>(i)];
  }
  return savings;
}

YearEndUnspent YearEndUnspentOf(const v1::Project& project, int index, int fiscal_year) {
  const auto at = static_cast<std::size_t>(index);
  const v1::Party& party = project.parties(index);
  std::vector<int64_t> left;
  int64_t box = 0;
  for (const v1::Party& other : project.parties()) {
    // Through a day, something may have been paid before its money came in; there is nothing to return of less than nothing.
    left.push_back(std::max<int64_t>(0, other.left_minor_units()));
    box += left.back();
  }
  const int64_t reserved = DrawProRata(std::clamp<int64_t>(project.retained_minor_units(), 0, box), left)[at];
  const int64_t later = party.received_year() > fiscal_year ? party.year_received_minor_units() : 0;
  YearEndUnspent unspent;
  // Who owes the project money repays it before anything goes back to it.
  if (party.receivable_minor_units() > 0) return unspent;
  // Nor does it get back what others gave for it.
  const int64_t given = std::max<int64_t>(0, party.verified_minor_units() + party.received_minor_units());
  unspent.money = std::clamp<int64_t>(party.left_minor_units() - reserved - later, 0, given);
  // Its part of all the interest there was, less what it had of that: asking twice does not give more.
  const auto had = [](const v1::Party& of) { return of.interest_minor_units() + of.interest_paid_minor_units(); };
  int64_t all = project.interest_minor_units();
  for (const v1::Party& other : project.parties()) all += had(other);
  const std::vector<int64_t> weights = InterestWeightsOf(project);
  if (project.interest_minor_units() > 0 && std::any_of(weights.begin(), weights.end(), [](int64_t weight) { return weight != 0; })) {
    unspent.interest = std::clamp<int64_t>(ApportionRefund(all, weights)[at] - had(party), 0, project.interest_minor_units());
  }
  return unspent;
}

int64_t RoleWeightOf(const v1::Project& project, const v1::RuleVersion& rule, const std::string& role) {
  return RoleWeightsOf(project, rule).at(static_cast<std::size_t>(PlaceOf(rule, role)));
}

}  // namespace oriundo
