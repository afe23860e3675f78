#include <algorithm>
#include <map>
#include <set>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/fold.h"
#include "server/ledger/rule_shares.h"
#include "server/rules/caps.h"
#include "server/rules/share_check.h"

namespace oriundo {
namespace {

using v1::Project;

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
                                   {{"role", role.role()},
                                    {"case", role.may_be_absent() ? "ROLE_EMPTY_MAY_BE_ABSENT" : "ROLE_EMPTY"},
                                    {"minor_units", std::to_string(role_due)}}));
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
    faults.push_back(MakeViolation(v1::ABSENCE_NOT_ALLOWED, fault.role, "the role `" + fault.role + "` " + fault.why,
                                   {{"role", fault.role},
                                    {"case", fault.case_name},
                                    {"rule_version", rule.name()},
                                    {"other_role", fault.other_role}}));
  }
  for (const v1::Party& party : project.parties()) {
    if (!is_absent(party.role())) continue;
    faults.push_back(MakeViolation(v1::ABSENCE_NOT_ALLOWED, party.organization(),
                                   party.organization() + " fills the role `" + party.role() + "`, which is said to be absent",
                                   {{"role", party.role()}, {"case", "FILLED"}, {"party", party.organization()}}));
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
                                   {{"role", role}, {"allowed_minor_units", "0"}, {"case", "NOTHING_LEFT"}}));
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
      faults.push_back(RoleLimitViolation(rule.roles(r).role(), division.dues[place],
                                          division.violations[next_violation].violation, currency));
    }
  }
  TotalInput totals{.total = division.total, .minimum = std::nullopt, .maximum = std::nullopt};
  if (rule.has_total_minimum_minor_units()) totals.minimum = rule.total_minimum_minor_units();
  if (rule.has_total_maximum_minor_units()) totals.maximum = rule.total_maximum_minor_units();
  for (const CapViolation& violation : CheckTotal(totals)) {
    faults.push_back(TotalLimitViolation(project.name(), division.total, violation, currency));
  }
  return dues;
}

int64_t CheckSharesGiven(const ProjectContext& loaded, std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  const std::vector<int64_t> weights = RoleWeightsOf(project, *loaded.rule);
  const std::vector<int64_t> early = RefundedEarlyOf(project);
  // What each has given of its due.
  std::vector<int64_t> given;
  for (const v1::Party& party : project.parties()) {
    const bool club_money = FindRole(*loaded.rule, party.role())->club_money();
    given.push_back((club_money ? party.verified_minor_units() : party.received_minor_units()) + party.in_kind_counted_minor_units() +
                    early[given.size()]);
  }
  std::vector<RoleAmounts> roles;
  for (const v1::FunderRole& role : loaded.rule->roles()) {
    RoleAmounts amounts{.weight = weights[roles.size()]};
    for (int i = 0; i < project.parties_size(); ++i) {
      if (project.parties(i).role() != role.role()) continue;
      amounts.confirmed += given[static_cast<std::size_t>(i)];
      amounts.tolerance = project.parties(i).tolerance_minor_units();
    }
    roles.push_back(amounts);
  }
  const ShareCheck check = CheckShares(project.total_minor_units(), roles, project.tolerance_minor_units());
  for (int i = 0; i < project.parties_size(); ++i) {
    const v1::Party& party = project.parties(i);
    const int64_t has_given = given[static_cast<std::size_t>(i)];
    const int64_t refunded_early = early[static_cast<std::size_t>(i)];
    const int64_t tolerance = party.tolerance_minor_units();
    int index = 0;
    while (loaded.rule->roles(index).role() != party.role()) ++index;
    const bool alone = std::count_if(project.parties().begin(), project.parties().end(),
                                     [&](const v1::Party& other) { return other.role() == party.role(); }) == 1;
    const bool complies = alone ? check.positions[static_cast<std::size_t>(index)].complies
                                : has_given >= party.due_minor_units() ||
                                      (has_given > 0 && has_given + tolerance >= party.due_minor_units());
    if (complies) continue;
    const std::string& currency = project.currency_code();
    const int64_t missing = party.due_minor_units() - has_given;
    Metadata figures = {{"party", party.organization()},
                        {"due_minor_units", std::to_string(party.due_minor_units())},
                        {"confirmed_minor_units", std::to_string(has_given - refunded_early)},
                        {"missing_minor_units", std::to_string(missing)},
                        {"tolerance_minor_units", std::to_string(tolerance)}};
    std::string counted = Amount(has_given - refunded_early, currency) + " is confirmed";
    if (refunded_early > 0) {
      counted += ", and " + Amount(refunded_early, currency) + " of what went back at a year's end is its part of the savings";
      figures.emplace_back("refunded_early_minor_units", std::to_string(refunded_early));
      figures.emplace_back("case", "REFUNDED_EARLY");
    }
    faults.push_back(MakeViolation(v1::SHARE_BELOW_TOLERANCE, party.organization(),
                                   party.organization() + " owes " + Amount(party.due_minor_units(), currency) + " and " + counted + "; " +
                                       Amount(missing, currency) + " is missing, more than the tolerance of " + Amount(tolerance, currency),
                                   std::move(figures)));
  }
  return check.gap;
}

bool FellShortAfterHandover(const ProjectContext& loaded, const std::string& party) {
  if (loaded.project->state() != Project::HANDED_OVER) return false;
  std::vector<Violation> faults;
  CheckSharesGiven(loaded, faults);
  return std::any_of(faults.begin(), faults.end(), [&](const Violation& fault) { return fault.subject == party; });
}

namespace {

struct CountedIn {
  std::string scope;
  // In whose tally this project is counted; and whose tallies stand for what was got so far, it first: those merged into it got it too.
  std::string whose;
  std::vector<std::string> sharers;
};

// The federations that a project counts for, or whoever they were merged into, by name: those its clubs belonged to when it was submitted, and
// federations that fund it on the clubs' side.
std::set<std::string> FederationsOf(Context& context, const Project& project, const v1::RuleVersion& rule) {
  std::set<std::string> federations;
  for (const std::string& club : ClubsOf(context, project, rule)) {
    bool is_fixed = false;
    for (const v1::ClubFederation& fixed : project.club_federations()) {
      if (StandsFor(context, fixed.club()) != club) continue;
      is_fixed = true;
      federations.insert(StandsFor(context, fixed.federation()));
    }
    // A club that took another's place by an amendment counts for the federation it has then.
    const v1::Organization* organization = is_fixed ? nullptr : context.state.Find<v1::Organization>(club);
    if (const std::string above = organization == nullptr ? "" : AboveOf(context, *organization); !above.empty()) federations.insert(above);
  }
  const v1::FunderRole* club_role = ClubRole(rule);
  for (const v1::Party& party : project.parties()) {
    if (!party.replaced_by().empty()) continue;
    const v1::Organization* organization = context.state.Find<v1::Organization>(party.organization());
    const bool club_side = club_role != nullptr && party.role() == club_role->role();
    if (club_side && organization != nullptr && organization->kind() == v1::FEDERATION) {
      federations.insert(StandsFor(context, party.organization()));
    }
  }
  return federations;
}

// The code by which places are told apart: one place has one, however its code is written.
std::string CanonicalPlaceCode(const std::string& locality_code) {
  std::string code = locality_code;
  code.erase(std::remove(code.begin(), code.end(), '-'), code.end());
  return code;
}

// What of the programme's year the cap sums this project up with.
std::vector<CountedIn> CountedBy(Context& context, const ProjectContext& loaded, const v1::CumulativeCap& cap) {
  const Project& project = *loaded.project;
  std::vector<CountedIn> counted;
  auto add = [&](const std::string& scope, const std::set<std::string>& organizations) {
    for (const std::string& name : organizations) {
      counted.push_back({scope, std::string(IdOf(name)), {}});
      for (const std::string& sharer : WithPredecessors(context, name)) counted.back().sharers.emplace_back(IdOf(sharer));
    }
  };
  switch (cap.scope()) {
    case v1::CumulativeCap::CLUB_YEAR:
      add("club", ClubsOf(context, project, *loaded.rule));
      break;
    case v1::CumulativeCap::FEDERATION_YEAR:
      add("federation", FederationsOf(context, project, *loaded.rule));
      break;
    default: {
      const std::string place = CanonicalPlaceCode(project.locality_code()).substr(0, static_cast<std::size_t>(cap.place_code_length()));
      counted.push_back({"place", place, {place}});
      break;
    }
  }
  return counted;
}

// What those who share a tally have got together so far, each project once.
v1::Tally GotSoFar(Context& context, const Project& project, const CountedIn& counted) {
  v1::Tally sum;
  std::set<std::string> projects;
  for (const std::string& sharer : counted.sharers) {
    const v1::Tally* tally =
        context.state.Find<v1::Tally>(TallyName(project.program(), counted.scope, sharer, project.fiscal_year()));
    if (tally != nullptr) AddTally(*tally, projects, sum);
  }
  return sum;
}

// What a project adds to one tally.
struct Added {
  int64_t projects = 0;
  int64_t matched = 0;
  int64_t pooled = 0;
};

// Counts it, and adds a violation where the cap does not allow so much. What gets no more is not looked at: it may have been allowed once.
void CountInTally(Context& context, const Project& project, const v1::CumulativeCap& cap, const CountedIn& counted,
                  const std::string& name, const Added& added, int64_t budgets, Draft& draft, std::vector<Violation>& faults) {
  const std::string& currency = project.currency_code();
  const v1::Tally so_far = GotSoFar(context, project, counted);
  v1::TallyChange& change = draft.Tally(name);
  change.set_project_count(added.projects);
  change.set_matched_minor_units(added.matched);
  change.set_pooled_minor_units(added.pooled);
  auto add_fault = [&](const std::string& case_name, const std::string& words, int64_t allowed, int64_t would_be) {
    Metadata metadata = {{"case", case_name},
                         {"allowed", std::to_string(allowed)},
                         {"would_be", std::to_string(would_be)},
                         {"project", project.name()},
                         {"scope", counted.scope},
                         {"place", counted.whose},
                         {"fiscal_year", std::to_string(project.fiscal_year())}};
    // Amounts once more as such; the others are numbers of projects.
    if (case_name != "PROJECTS") {
      metadata.emplace_back("allowed_minor_units", std::to_string(allowed));
      metadata.emplace_back("would_be_minor_units", std::to_string(would_be));
    }
    faults.push_back(MakeViolation(v1::CUMULATIVE_CAP_EXCEEDED, name,
                                   "with " + project.name() + " the " + counted.scope + " `" + counted.whose + "` would have " + words +
                                       " in " + std::to_string(project.fiscal_year()),
                                   std::move(metadata)));
  };
  if (added.projects > 0 && cap.has_projects_max() && so_far.project_count() + 1 > cap.projects_max()) {
    add_fault("PROJECTS", std::to_string(so_far.project_count() + 1) + " projects, more than " +
                  std::to_string(cap.projects_max()),
              cap.projects_max(), so_far.project_count() + 1);
  }
  const bool gets_more = added.projects > 0 || added.matched > 0;
  if (const int64_t sum = so_far.matched_minor_units() + added.matched;
      gets_more && cap.has_matched_minor_units_max() && sum > cap.matched_minor_units_max()) {
    add_fault("MATCHED", Amount(sum, currency) + " of matching money, " + Amount(sum - cap.matched_minor_units_max(), currency) +
                  " more than the most of " + Amount(cap.matched_minor_units_max(), currency),
              cap.matched_minor_units_max(), sum);
  }
  if (const int64_t sum = so_far.pooled_minor_units() + added.pooled;
      cap.has_pools_bps_max() && added.pooled > 0 && static_cast<__int128>(sum) * kBasisPoints > static_cast<__int128>(budgets) * cap.pools_bps_max()) {
    const auto most = static_cast<int64_t>(static_cast<__int128>(budgets) * cap.pools_bps_max() / kBasisPoints);
    add_fault("POOLS", Amount(sum, currency) + " out of pools of " + Amount(budgets, currency) + ", more than the " +
                  std::to_string(cap.pools_bps_max()) + " basis points that are " + Amount(most, currency),
              most, sum);
  }
}

// The budgets of the pools that promised the project its money. Of another year only what pays it is (see pool_parts.h): the
// project counts in the year in which it was approved.
int64_t BudgetsOf(Context& context, const ProjectContext& loaded) {
  const Project& project = *loaded.project;
  int64_t budgets = 0;
  for (const v1::Party& party : project.parties()) {
    const v1::FunderRole& role = *FindRole(*loaded.rule, party.role());
    if (role.club_money() || !role.pooled() || party.due_minor_units() == 0 || !party.replaced_by().empty()) continue;
    const v1::Pool* pool = context.state.Find<v1::Pool>(PoolName(project.program(), party.organization(), project.fiscal_year()));
    budgets += pool == nullptr ? 0 : pool->budget_minor_units();
  }
  return budgets;
}

std::string NameOf(const Project& project, const std::string& whose, const std::string& scope) {
  return TallyName(project.program(), scope, whose, project.fiscal_year());
}

// The scope of a tally, `club`, `federation` or `place`.
std::string ScopeOf(std::string_view tally) {
  const std::string_view id = IdOf(tally);
  return std::string(id.substr(0, id.find('-')));
}

// Those of a project's tallies that a merger could bring together, so that the project would be counted twice: more than one of a
// scope. Two caps may bound a place and what it lies in; those never become one.
template <typename Names>
std::set<std::string> SharedOf(const Names& tallies) {
  std::map<std::string, std::set<std::string>> by_scope;
  for (const std::string& name : tallies) {
    if (const std::string scope = ScopeOf(name); scope != "place") by_scope[scope].insert(name);
  }
  std::set<std::string> shared;
  for (const auto& [scope, names] : by_scope) {
    if (names.size() > 1) shared.insert(names.begin(), names.end());
  }
  return shared;
}

}  // namespace

void ShareChanges(Draft& draft) {
  std::vector<std::string> names;
  for (const v1::TallyChange& change : draft.entry.tally_changes()) names.push_back(change.tally());
  for (const std::string& name : SharedOf(names)) {
    v1::TallyChange& change = draft.Tally(name);
    change.mutable_shared()->set_project_count(change.project_count());
    change.mutable_shared()->set_matched_minor_units(change.matched_minor_units());
    change.mutable_shared()->set_pooled_minor_units(change.pooled_minor_units());
  }
}

std::set<std::string> ClubsOf(Context& context, const Project& project, const v1::RuleVersion& rule) {
  std::set<std::string> clubs = {StandsFor(context, project.club())};
  const v1::FunderRole* club_role = ClubRole(rule);
  for (const v1::Party& party : project.parties()) {
    if (club_role == nullptr || party.role() != club_role->role() || !party.replaced_by().empty()) continue;
    const v1::Organization* organization = context.state.Find<v1::Organization>(party.organization());
    if (organization != nullptr && organization->kind() == v1::CLUB) clubs.insert(StandsFor(context, party.organization()));
  }
  return clubs;
}

bool HasCapOver(const v1::RuleVersion& rule, v1::CumulativeCap::Scope scope) {
  return std::any_of(rule.cumulative_caps().begin(), rule.cumulative_caps().end(),
                     [&](const v1::CumulativeCap& cap) { return cap.scope() == scope; });
}

std::optional<Violation> FederationProblem(const Context& context, const v1::RuleVersion& rule, const v1::Organization& club) {
  if (!AboveOf(context, club).empty()) return std::nullopt;
  return MakeViolation(v1::FEDERATION_MISSING, club.name(),
                       club.name() + " belongs to no federation; " + rule.name() +
                           " bounds what federations get and pays for their clubs only",
                       {{"organization", club.name()}});
}

void CountInTallies(Context& context, const ProjectContext& loaded, int64_t matched, int64_t pooled, int64_t budgets, Draft& draft,
                    std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  for (const v1::CumulativeCap& cap : loaded.rule->cumulative_caps()) {
    for (const CountedIn& counted : CountedBy(context, loaded, cap)) {
      CountInTally(context, project, cap, counted, NameOf(project, counted.whose, counted.scope),
                   {.projects = 1, .matched = matched, .pooled = pooled}, budgets, draft, faults);
    }
  }
  ShareChanges(draft);
}

std::vector<std::string> RecountInTallies(Context& context, const ProjectContext& before, const ProjectContext& after, int64_t matched,
                                          int64_t pooled, Draft& draft, std::vector<Violation>& faults) {
  const Project& was = *before.project;
  const int64_t budgets = BudgetsOf(context, after);
  // What it is counted with: all that tranches and pools pay, released or not.
  Added counted_so_far;
  for (const v1::Party& party : was.parties()) {
    const v1::FunderRole& role = *FindRole(*before.rule, party.role());
    counted_so_far.matched += role.club_money() ? 0 : party.due_minor_units();
    counted_so_far.pooled += !role.club_money() && role.pooled() ? party.due_minor_units() : 0;
  }
  std::vector<std::string> names;
  for (const v1::CumulativeCap& cap : before.rule->cumulative_caps()) {
    for (const CountedIn& counted : CountedBy(context, after, cap)) {
      // It stays in the tally that it is in, also where that one's organisation was merged since.
      std::string name = NameOf(was, counted.whose, counted.scope);
      bool known = false;
      for (const std::string& sharer : counted.sharers) {
        const std::string shared = NameOf(was, sharer, counted.scope);
        if (std::find(was.tallies().begin(), was.tallies().end(), shared) == was.tallies().end()) continue;
        name = known ? std::min(name, shared) : shared;
        known = true;
      }
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      if (known && matched == 0 && pooled == 0) continue;
      CountInTally(context, was, cap, counted, name,
                   known ? Added{.projects = 0, .matched = matched, .pooled = pooled}
                         : Added{.projects = 1, .matched = counted_so_far.matched + matched, .pooled = counted_so_far.pooled + pooled},
                   budgets, draft, faults);
    }
  }
  for (const std::string& name : was.tallies()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    v1::TallyChange& change = draft.Tally(name);
    change.set_project_count(-1);
    change.set_matched_minor_units(-counted_so_far.matched);
    change.set_pooled_minor_units(-counted_so_far.pooled);
  }
  // The project may have come to be counted in several tallies of a scope, or in one only.
  const std::set<std::string> shared_before = SharedOf(was.tallies());
  const std::set<std::string> shared_after = SharedOf(names);
  std::set<std::string> shared = shared_before;
  shared.insert(shared_after.begin(), shared_after.end());
  for (const std::string& name : shared) {
    Added row;
    if (shared_after.contains(name)) row = {1, counted_so_far.matched + matched, counted_so_far.pooled + pooled};
    if (shared_before.contains(name)) {
      row = {row.projects - 1, row.matched - counted_so_far.matched, row.pooled - counted_so_far.pooled};
    }
    if (row.projects == 0 && row.matched == 0 && row.pooled == 0) continue;
    v1::TallyChange::SharedChange& change = *draft.Tally(name).mutable_shared();
    change.set_project_count(row.projects);
    change.set_matched_minor_units(row.matched);
    change.set_pooled_minor_units(row.pooled);
  }
  return names;
}

}  // namespace oriundo
