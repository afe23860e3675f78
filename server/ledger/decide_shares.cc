#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/rule_shares.h"
#include "server/rules/caps.h"
#include "server/rules/share_check.h"

namespace oriundo {
namespace {

using v1::Project;

void AddLimitFault(const v1::FunderRole& role, int64_t due, const CapViolation& violation, const std::string& currency,
                   std::vector<Violation>& faults) {
  const bool floor = violation.kind == CapViolationKind::kBelowFloor;
  faults.push_back(MakeViolation(floor ? v1::BELOW_FLOOR : v1::OVER_CAP, role.role(),
                                 "the role `" + role.role() + "` would owe " + Amount(due, currency) + "; it may owe at " +
                                     (floor ? "least " : "most ") + Amount(violation.allowed, currency) + ", " +
                                     Amount(violation.difference, currency) + (floor ? " more" : " less"),
                                 {{"role", role.role()},
                                  {"due_minor_units", std::to_string(due)},
                                  {"allowed_minor_units", std::to_string(violation.allowed)},
                                  {"difference_minor_units", std::to_string(violation.difference)}}));
}

// The dues of one role's parties, which add up to the role's.
void DivideRole(const Project& project, const v1::FunderRole& role, int64_t role_due, std::vector<int64_t>& dues,
                std::vector<Violation>& faults) {
  const std::string& currency = project.currency_code();
  std::vector<int> members;
  int64_t sum = 0;
  for (int i = 0; i < project.parties_size(); ++i) {
    if (project.parties(i).role() != role.role()) continue;
    members.push_back(i);
    dues[static_cast<std::size_t>(i)] = project.parties(i).due_minor_units();
    sum += project.parties(i).due_minor_units();
  }
  if (members.empty()) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, role.role(),
                                   "nobody fills the role `" + role.role() + "`, which owes " + Amount(role_due, currency) +
                                       (role.may_be_absent() ? "; name it among absent_roles if nobody will" : ""),
                                   {{"role", role.role()}}));
    return;
  }
  // Alone in its role a party need not state its due.
  if (members.size() == 1 && sum == 0) sum = dues[static_cast<std::size_t>(members[0])] = role_due;
  if (sum == role_due) return;
  faults.push_back(MakeViolation(
      v1::SHARES_DO_NOT_ADD_UP, role.role(),
      (members.size() == 1 ? project.parties(members[0]).organization() + " states a due of " + Amount(sum, currency)
                           : "the parties of the role `" + role.role() + "` owe " + Amount(sum, currency) + " together") +
          "; the role `" + role.role() + "` owes " + Amount(role_due, currency) + ", a difference of " + Amount(role_due - sum, currency),
      {{"role", role.role()}, {"sum_minor_units", std::to_string(sum)}, {"role_due_minor_units", std::to_string(role_due)}}));
}

}  // namespace

Dues ComputeDues(const Project& project, const v1::RuleVersion& rule, std::vector<Violation>& faults) {
  const std::string& currency = project.currency_code();
  Dues dues{.total = project.total_minor_units(), .parties = {}, .role_weights = {}};
  auto is_absent = [&](const std::string& role) {
    return std::find(project.absent_roles().begin(), project.absent_roles().end(), role) != project.absent_roles().end();
  };
  const std::size_t faults_before = faults.size();
  for (const AbsenceFault& fault : CheckAbsence(rule, project.absent_roles())) {
    faults.push_back(MakeViolation(v1::ABSENCE_NOT_ALLOWED, fault.role, "the role `" + fault.role + "` " + fault.why, {{"role", fault.role}}));
  }
  for (const v1::Party& party : project.parties()) {
    if (!is_absent(party.role())) continue;
    faults.push_back(MakeViolation(v1::ABSENCE_NOT_ALLOWED, party.organization(),
                                   party.organization() + " fills the role `" + party.role() + "`, which is said to be absent",
                                   {{"role", party.role()}}));
  }
  // Without knowing who shares nothing can be divided.
  if (faults.size() > faults_before) return dues;
  const Division division = DivideByRule(rule, project.total_minor_units(), project.absent_roles());
  if (division.total == 0) {
    // A cap of nothing would scale the project down to none.
    const auto capped = std::find_if(rule.roles().begin(), rule.roles().end(), [&](const v1::FunderRole& role) {
      return role.has_cap_minor_units() && role.cap_minor_units() == 0 && !is_absent(role.role());
    });
    const std::string& role = capped == rule.roles().end() ? rule.roles(0).role() : capped->role();
    faults.push_back(MakeViolation(v1::OVER_CAP, role, "the role `" + role + "` may owe nothing, which leaves nothing of the project",
                                   {{"role", role}, {"allowed_minor_units", "0"}}));
    return dues;
  }
  dues.total = division.total;
  dues.role_weights = division.weights;
  dues.parties.resize(static_cast<std::size_t>(project.parties_size()), 0);
  std::size_t next_violation = 0;
  for (int r = 0; r < rule.roles_size(); ++r) {
    const auto place = static_cast<std::size_t>(r);
    // A role of a tiny project may owe nothing and is filled all the same.
    if (!is_absent(rule.roles(r).role())) DivideRole(project, rule.roles(r), division.dues[place], dues.parties, faults);
    for (; next_violation < division.violations.size() && division.violations[next_violation].role == place; ++next_violation) {
      AddLimitFault(rule.roles(r), division.dues[place], division.violations[next_violation].violation, currency, faults);
    }
  }
  TotalInput totals{.total = division.total, .minimum = std::nullopt, .maximum = std::nullopt};
  if (rule.has_total_minimum_minor_units()) totals.minimum = rule.total_minimum_minor_units();
  if (rule.has_total_maximum_minor_units()) totals.maximum = rule.total_maximum_minor_units();
  for (const CapViolation& violation : CheckTotal(totals)) {
    const bool below = violation.kind == CapViolationKind::kTotalBelowMinimum;
    faults.push_back(MakeViolation(below ? v1::TOTAL_BELOW_MINIMUM : v1::TOTAL_ABOVE_MAXIMUM, project.name(),
                                   "the total of " + Amount(division.total, currency) + " is " +
                                       (below ? "below the least of " : "above the most of ") + Amount(violation.allowed, currency) + " by " +
                                       Amount(violation.difference, currency),
                                   {{"allowed_minor_units", std::to_string(violation.allowed)},
                                    {"difference_minor_units", std::to_string(violation.difference)}}));
  }
  return dues;
}

int64_t CheckSharesGiven(const ProjectContext& loaded, std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  const std::vector<int64_t> weights = RoleWeightsOf(project, *loaded.rule);
  std::vector<RoleAmounts> roles;
  for (const v1::FunderRole& role : loaded.rule->roles()) {
    RoleAmounts amounts{.weight = weights[roles.size()]};
    for (const v1::Party& party : project.parties()) {
      if (party.role() != role.role()) continue;
      amounts.confirmed += (role.club_money() ? party.verified_minor_units() : party.received_minor_units()) + party.in_kind_counted_minor_units();
      amounts.tolerance = party.tolerance_minor_units();
    }
    roles.push_back(amounts);
  }
  const ShareCheck check = CheckShares(project.total_minor_units(), roles, project.tolerance_minor_units());
  for (const v1::Party& party : project.parties()) {
    const v1::FunderRole& role = *FindRole(*loaded.rule, party.role());
    const int64_t confirmed =
        (role.club_money() ? party.verified_minor_units() : party.received_minor_units()) + party.in_kind_counted_minor_units();
    const int64_t tolerance = party.tolerance_minor_units();
    int index = 0;
    while (loaded.rule->roles(index).role() != party.role()) ++index;
    const bool alone = std::count_if(project.parties().begin(), project.parties().end(),
                                     [&](const v1::Party& other) { return other.role() == party.role(); }) == 1;
    const bool complies = alone ? check.positions[static_cast<std::size_t>(index)].complies
                                : confirmed >= party.due_minor_units() ||
                                      (confirmed > 0 && confirmed + tolerance >= party.due_minor_units());
    if (complies) continue;
    const int64_t missing = party.due_minor_units() - confirmed;
    faults.push_back(MakeViolation(v1::SHARE_BELOW_TOLERANCE, party.organization(),
                                   party.organization() + " owes " + Amount(party.due_minor_units(), project.currency_code()) + " and " +
                                       Amount(confirmed, project.currency_code()) + " is confirmed; " + Amount(missing, project.currency_code()) +
                                       " is missing, more than the tolerance of " + Amount(tolerance, project.currency_code()),
                                   {{"party", party.organization()},
                                    {"due_minor_units", std::to_string(party.due_minor_units())},
                                    {"confirmed_minor_units", std::to_string(confirmed)},
                                    {"missing_minor_units", std::to_string(missing)},
                                    {"tolerance_minor_units", std::to_string(tolerance)}}));
  }
  return check.gap;
}

namespace {

struct CountedIn {
  std::string scope;
  std::string whose;
};

// What of the programme's year the cap sums this project up with; nothing for a club that is in no federation.
std::optional<CountedIn> CountedBy(Context& context, const Project& project, const v1::CumulativeCap& cap) {
  switch (cap.scope()) {
    case v1::CumulativeCap::CLUB_YEAR:
      return CountedIn{"club", std::string(IdOf(project.club()))};
    case v1::CumulativeCap::FEDERATION_YEAR: {
      const v1::Organization* club = context.state.Find<v1::Organization>(project.club());
      const std::string federation = club == nullptr ? std::string() : AboveOf(context, *club);
      if (federation.empty()) return std::nullopt;
      return CountedIn{"federation", std::string(IdOf(federation))};
    }
    default:
      return CountedIn{"place", project.locality_code().substr(0, static_cast<std::size_t>(cap.place_code_length()))};
  }
}

}  // namespace

void CountInTallies(Context& context, const ProjectContext& loaded, int64_t matched, int64_t pooled, int64_t budgets, Draft& draft,
                    std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  const std::string& currency = project.currency_code();
  for (const v1::CumulativeCap& cap : loaded.rule->cumulative_caps()) {
    const std::optional<CountedIn> counted = CountedBy(context, project, cap);
    if (!counted.has_value()) continue;
    const std::string name = TallyName(project.program(), counted->scope, counted->whose, project.fiscal_year());
    static const v1::Tally nothing;
    const v1::Tally* found = context.state.Find<v1::Tally>(name);
    const v1::Tally& so_far = found == nullptr ? nothing : *found;
    v1::TallyChange& change = draft.Tally(name);
    change.set_project_count(1);
    change.set_matched_minor_units(matched);
    change.set_pooled_minor_units(pooled);
    auto add_fault = [&](const std::string& words, int64_t allowed, int64_t would_be) {
      faults.push_back(MakeViolation(v1::CUMULATIVE_CAP_EXCEEDED, name,
                                     "with " + project.name() + " the " + counted->scope + " `" + counted->whose + "` would have " + words +
                                         " in " + std::to_string(project.fiscal_year()),
                                     {{"allowed", std::to_string(allowed)}, {"would_be", std::to_string(would_be)}}));
    };
    if (cap.has_projects_max() && so_far.project_count() + 1 > cap.projects_max()) {
      add_fault(std::to_string(so_far.project_count() + 1) + " projects, more than " + std::to_string(cap.projects_max()),
                cap.projects_max(), so_far.project_count() + 1);
    }
    if (const int64_t sum = so_far.matched_minor_units() + matched; cap.has_matched_minor_units_max() && sum > cap.matched_minor_units_max()) {
      add_fault(Amount(sum, currency) + " of matching money, " + Amount(sum - cap.matched_minor_units_max(), currency) +
                    " more than the most of " + Amount(cap.matched_minor_units_max(), currency),
                cap.matched_minor_units_max(), sum);
    }
    if (const int64_t sum = so_far.pooled_minor_units() + pooled;
        cap.has_pools_bps_max() && pooled > 0 && static_cast<__int128>(sum) * kBasisPoints > static_cast<__int128>(budgets) * cap.pools_bps_max()) {
      const auto most = static_cast<int64_t>(static_cast<__int128>(budgets) * cap.pools_bps_max() / kBasisPoints);
      add_fault(Amount(sum, currency) + " out of pools of " + Amount(budgets, currency) + ", more than the " +
                    std::to_string(cap.pools_bps_max()) + " basis points that are " + Amount(most, currency),
                most, sum);
    }
  }
}

}  // namespace oriundo
