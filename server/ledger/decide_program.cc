#include <algorithm>
#include <set>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/apply.h"
#include "server/ledger/decide.h"
#include "server/ledger/money_limits.h"

namespace oriundo {
namespace {

// One fault of a rule version, at a field of it: the case of INVALID_FIELD, and what is allowed in words.
void AddFault(std::string field, const char* case_name, std::string description, std::vector<Violation>& faults,
              Metadata figures = {}) {
  figures.emplace_back("case", case_name);
  faults.push_back(MakeViolation(v1::INVALID_FIELD, "rule_version." + std::move(field), std::move(description),
                                 std::move(figures)));
}

// A number beyond its range.
void AddRange(std::string field, int64_t minimum, int64_t maximum, std::vector<Violation>& faults) {
  AddFault(std::move(field), "RANGE", std::to_string(minimum) + " to " + std::to_string(maximum), faults,
           {{"minimum", std::to_string(minimum)}, {"maximum", std::to_string(maximum)}});
}

void CheckRole(const v1::FunderRole& role, const std::string& path, std::vector<Violation>& faults) {
  if (role.kinds().empty()) AddFault(path + ".kinds", "KINDS_MISSING",
                                     "at least one kind of organisation may fill a role", faults);
  for (int number : role.kinds()) {
    const auto kind = static_cast<v1::OrganizationKind>(number);
    if (role.club_money() && !MayPayAsClub(kind)) {
      AddFault(path + ".kinds", "KIND_PAYS_NO_CLUB_SHARE",
               "only clubs, federations and confederations pay a club's share; " +
                   WithArticle(v1::OrganizationKind_Name(kind)) + " may not pose as a club", faults,
               {{"kind", v1::OrganizationKind_Name(kind)}});
    }
    if (!role.club_money() && !MayPayInTranches(kind)) {
      AddFault(path + ".kinds", "KIND_PAYS_NO_TRANCHES",
               "only governments, program offices, private and multilateral partners pay in tranches, not " +
                   WithArticle(v1::OrganizationKind_Name(kind)), faults,
               {{"kind", v1::OrganizationKind_Name(kind)}});
    }
  }
  if (role.weight() < 1 || role.weight() > kWeightMax) AddRange(path + ".weight", 1, kWeightMax, faults);
  if (role.has_floor_bps() && role.has_cap_bps() && role.floor_bps() > role.cap_bps()) {
    AddFault(path + ".floor_bps", "FLOOR_ABOVE_CAP",
             "at most cap_bps, " + std::to_string(role.cap_bps()) + "; no project could be both below and above", faults,
             {{"maximum", std::to_string(role.cap_bps())}});
  }
  if (role.has_tolerance_minor_units() && (role.tolerance_minor_units() < 0 || role.tolerance_minor_units() > kToleranceMinorUnitsMax)) {
    AddRange(path + ".tolerance_minor_units", 0, kToleranceMinorUnitsMax, faults);
  }
  if (role.club_money() && role.may_be_absent()) AddFault(path + ".may_be_absent", "CLUB_NEVER_ABSENT",
                                                          "the club's role is never absent", faults);
  if (!role.may_be_absent() && !role.absence_absorbed_by().empty()) {
    AddFault(path + ".absence_absorbed_by", "NEVER_ABSENT_HAS_NO_HEIR",
             "only a role that may be absent leaves its weight to another", faults);
  }
  if (role.in_kind_cap_bps() < 0 || role.in_kind_cap_bps() > kBasisPoints) AddRange(path + ".in_kind_cap_bps", 0, kBasisPoints,
                                                                                    faults);
  if (role.returns_unspent_at_year_end() != role.has_year_end_return_days()) {
    AddFault(path + ".year_end_return_days", "YEAR_END_RETURN_DAYS", "with returns_unspent_at_year_end, and only then", faults);
  }
  if (role.has_year_end_return_days() && (role.year_end_return_days() < 1 || role.year_end_return_days() > kYearEndReturnDaysMax)) {
    AddRange(path + ".year_end_return_days", 1, kYearEndReturnDaysMax, faults);
  }
  if (role.club_money() && role.returns_unspent_at_year_end()) {
    AddFault(path + ".returns_unspent_at_year_end", "CLUB_MONEY_HAS_NO_YEAR_END",
             "a club's money is no budget that ends with a year", faults);
  }
  if (role.club_money()) {
    if (!role.tranche_conditions().empty()) AddFault(path + ".tranche_conditions", "CLUB_MONEY_IN_TRANCHES",
                                                     "club money is not paid in tranches", faults);
    if (role.pooled()) AddFault(path + ".pooled", "CLUB_MONEY_FROM_POOL", "club money is not taken from a pool", faults);
    if (role.cumulative_bps_size() > 0) AddFault(path + ".cumulative_bps", "CLUB_MONEY_IN_TRANCHES",
                                                 "club money is not paid in tranches", faults);
    return;
  }
  if (role.release_mode() == v1::RELEASE_MODE_UNSPECIFIED) AddFault(path + ".release_mode", "RELEASE_MODE",
                                                                    "PARTIAL or ALL_OR_NOTHING", faults);
  if (role.cumulative_bps().empty() || role.cumulative_bps_size() > kTrancheStepsMax) {
    AddFault(path + ".cumulative_bps", "STEPS", "1 to " + std::to_string(kTrancheStepsMax) + " steps", faults,
             {{"maximum", std::to_string(kTrancheStepsMax)}});
    return;
  }
  int32_t last = 0;
  for (int32_t step : role.cumulative_bps()) {
    if (step <= last) AddFault(path + ".cumulative_bps", "STEPS_RISE",
                               "each step is above the one before and above zero", faults);
    last = step;
  }
  if (last != kBasisPoints) AddFault(path + ".cumulative_bps", "LAST_STEP",
                                     "the last step is 10000, the whole commitment", faults);
  if (!role.tranche_conditions().empty() && role.tranche_conditions_size() != role.cumulative_bps_size()) {
    AddFault(path + ".tranche_conditions", "ONE_FOR_EACH_STEP",
             "one for each of the " + std::to_string(role.cumulative_bps_size()) + " steps, or none", faults,
             {{"count", std::to_string(role.cumulative_bps_size())}});
  }
  for (int i = 0; i < role.tranche_conditions_size(); ++i) {
    const v1::TrancheCondition& condition = role.tranche_conditions(i);
    const std::string at = path + ".tranche_conditions[" + std::to_string(i) + "]";
    if (condition.has_verified_bps_min() && (condition.verified_bps_min() < 1 || condition.verified_bps_min() > kBasisPoints)) {
      AddRange(at + ".verified_bps_min", 1, kBasisPoints, faults);
    }
    if (condition.has_due_days() && (condition.due_days() < 1 || condition.due_days() > kDueDaysMax)) {
      AddRange(at + ".due_days", 1, kDueDaysMax, faults);
    }
    // In a leap year every month and day is one.
    auto check_day = [&](const std::string& month_day, const std::string& field) {
      if (!month_day.empty() && !IsDate("2000-" + month_day)) AddFault(at + field, "MONTH_DAY",
                                                                       "a month and a day, MM-DD", faults);
    };
    check_day(condition.opens_month_day(), ".opens_month_day");
    check_day(condition.closes_month_day(), ".closes_month_day");
    if (!condition.opens_month_day().empty() && !condition.closes_month_day().empty() &&
        condition.closes_month_day() < condition.opens_month_day()) {
      AddFault(at + ".closes_month_day", "CLOSES_BEFORE_IT_OPENS", "not before opens_month_day", faults);
    }
  }
}

// Nothing is built before money has come: a first tranche that waits for verified work opens only where another has gone before it.
void CheckFirstTranches(const v1::RuleVersion& rule, std::vector<Violation>& faults) {
  bool pays = false;
  bool opens = false;
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.club_money()) continue;
    pays = true;
    opens |= role.tranche_conditions().empty() || !role.tranche_conditions(0).has_verified_bps_min();
  }
  if (pays && !opens) AddFault("roles", "NO_FIRST_TRANCHE",
                               "the first tranche of at least one role does not wait for verified work, or none would ever "
                               "open", faults);
}

// What the rule does about caps and absent roles names roles that it has and that can do it.
void CheckRoleNames(const v1::RuleVersion& rule, std::vector<Violation>& faults) {
  const bool residual = rule.cap_policy() == v1::RESIDUAL_PARTY;
  const v1::FunderRole* taker = FindRole(rule, rule.residual_role());
  if (residual && (taker == nullptr || taker->may_be_absent())) {
    AddFault("residual_role", "RESIDUAL_ROLE", "with RESIDUAL_PARTY a role of this rule that is never absent", faults);
  }
  if (!residual && !rule.residual_role().empty()) AddFault("residual_role", "ONLY_WITH_RESIDUAL_PARTY",
                                                           "only with RESIDUAL_PARTY", faults);
  for (int i = 0; i < rule.roles_size(); ++i) {
    const std::string& heir = rule.roles(i).absence_absorbed_by();
    if (heir.empty() || (FindRole(rule, heir) != nullptr && heir != rule.roles(i).role())) continue;
    AddFault("roles[" + std::to_string(i) + "].absence_absorbed_by", "HEIR", "another role of this rule", faults);
  }
}

void CheckCumulativeCap(const v1::CumulativeCap& cap, const std::string& path, std::vector<Violation>& faults) {
  const bool place = cap.scope() == v1::CumulativeCap::PLACE_YEAR;
  if (cap.scope() == v1::CumulativeCap::SCOPE_UNSPECIFIED) AddFault(path + ".scope", "SCOPE",
                                                                    "CLUB_YEAR, FEDERATION_YEAR or PLACE_YEAR", faults);
  if (place ? cap.place_code_length() < 1 || cap.place_code_length() > kLocalityCodeCharactersMax : cap.place_code_length() != 0) {
    AddFault(path + ".place_code_length", "PLACE_CODE_LENGTH",
             "1 to " + std::to_string(kLocalityCodeCharactersMax) + " with PLACE_YEAR, otherwise absent", faults,
             {{"maximum", std::to_string(kLocalityCodeCharactersMax)}});
  }
  if (!cap.has_matched_minor_units_max() && !cap.has_projects_max() && !cap.has_pools_bps_max()) {
    AddFault(path, "CAP_OF_NOTHING", "at least one of matched_minor_units_max, projects_max and pools_bps_max", faults);
  }
  if (cap.has_matched_minor_units_max() && (cap.matched_minor_units_max() < 1 || cap.matched_minor_units_max() > kAmountMinorUnitsMax)) {
    AddRange(path + ".matched_minor_units_max", 1, kAmountMinorUnitsMax, faults);
  }
  if (cap.has_projects_max() && cap.projects_max() < 1) AddFault(path + ".projects_max", "ABOVE_ZERO", "above zero", faults);
  if (cap.has_pools_bps_max() && (cap.pools_bps_max() < 1 || cap.pools_bps_max() > kBasisPoints)) {
    AddRange(path + ".pools_bps_max", 1, kBasisPoints, faults);
  }
}

std::vector<Violation> CheckRule(Context& context, const v1::RuleVersion& rule) {
  std::vector<Violation> faults;
  if (rule.fiscal_year_last() < rule.fiscal_year_first()) AddFault("fiscal_year_last", "YEARS_OUT_OF_ORDER",
                                                                   "not before fiscal_year_first", faults);
  if (rule.roles_size() < 1 || rule.roles_size() > kRolesPerRuleMax) {
    AddFault("roles", "ROLES", "1 to " + std::to_string(kRolesPerRuleMax) + " roles", faults,
             {{"maximum", std::to_string(kRolesPerRuleMax)}});
  }
  std::set<std::string> names;
  int club_roles = 0;
  for (int i = 0; i < rule.roles_size(); ++i) {
    const std::string path = "roles[" + std::to_string(i) + "]";
    if (!names.insert(rule.roles(i).role()).second) AddFault(path + ".role", "ROLE_NAMED_TWICE",
                                                             "each role has its own name", faults);
    club_roles += rule.roles(i).club_money() ? 1 : 0;
    CheckRole(rule.roles(i), path, faults);
  }
  if (club_roles > 1) AddFault("roles", "SEVERAL_CLUB_ROLES", "at most one role is the club's", faults);
  CheckRoleNames(rule, faults);
  CheckFirstTranches(rule, faults);
  for (int i = 0; i < rule.cumulative_caps_size(); ++i) {
    CheckCumulativeCap(rule.cumulative_caps(i), "cumulative_caps[" + std::to_string(i) + "]", faults);
  }
  for (int i = 0; i < rule.document_requirements_size(); ++i) {
    const std::string path = "document_requirements[" + std::to_string(i) + "]";
    if (rule.document_requirements(i).step() == v1::PROJECT_STEP_UNSPECIFIED) AddFault(path + ".step", "STEP",
                                                                                       "a step of a project's life", faults);
    if (rule.document_requirements(i).type() == v1::DOCUMENT_TYPE_UNSPECIFIED) AddFault(path + ".type", "DOCUMENT_TYPE",
                                                                                        "a type of document", faults);
  }
  if (rule.has_proposal_days() && (rule.proposal_days() < 1 || rule.proposal_days() > kProposalDaysMax)) {
    AddRange("proposal_days", 1, kProposalDaysMax, faults);
  }
  if (!rule.in_kind_allowed() && rule.in_kind_in_bound()) AddFault("in_kind_in_bound", "ONLY_WITH_IN_KIND",
                                                                   "only with in_kind_allowed", faults);
  for (int i = 0; i < rule.roles_size(); ++i) {
    if (rule.in_kind_allowed() || rule.roles(i).in_kind_cap_bps() == 0) continue;
    AddFault("roles[" + std::to_string(i) + "].in_kind_cap_bps", "ONLY_WITH_IN_KIND", "only with in_kind_allowed", faults);
  }
  if (rule.has_advance_bps_max() && (rule.advance_bps_max() < 1 || rule.advance_bps_max() > kBasisPoints)) {
    AddRange("advance_bps_max", 1, kBasisPoints, faults);
  }
  if (rule.has_pledge_lapse_days() && (rule.pledge_lapse_days() < 1 || rule.pledge_lapse_days() > kLapseDaysMax)) {
    AddRange("pledge_lapse_days", 1, kLapseDaysMax, faults);
  }
  if (rule.has_agreement_days() && (rule.agreement_days() < 1 || rule.agreement_days() > kLapseDaysMax)) {
    AddRange("agreement_days", 1, kLapseDaysMax, faults);
  }
  if (rule.tolerance_minor_units() < 0 || rule.tolerance_minor_units() > kToleranceMinorUnitsMax) {
    AddRange("tolerance_minor_units", 0, kToleranceMinorUnitsMax, faults);
  }
  if (rule.has_total_minimum_minor_units() && rule.has_total_maximum_minor_units() &&
      rule.total_minimum_minor_units() > rule.total_maximum_minor_units()) {
    AddFault("total_minimum_minor_units", "MINIMUM_ABOVE_MAXIMUM",
             "at most total_maximum_minor_units, " + std::to_string(rule.total_maximum_minor_units()), faults,
             {{"maximum", std::to_string(rule.total_maximum_minor_units())}});
  }
  if (rule.accounted_bps() < 0 || rule.accounted_bps() > kBasisPoints) AddRange("accounted_bps", 0, kBasisPoints, faults);
  if (rule.has_bound_multiple_bps() && (rule.bound_multiple_bps() < 1 || rule.bound_multiple_bps() > kMultipleBpsMax)) {
    AddRange("bound_multiple_bps", 1, kMultipleBpsMax, faults);
  }
  if (rule.share_base() == v1::SHARE_BASE_UNSPECIFIED) AddFault("share_base", "SHARE_BASE",
                                                                "COMMITTED_TOTAL or MATCHED", faults);
  if (rule.categories().empty()) AddFault("categories", "CATEGORIES_MISSING", "at least one category", faults);
  for (int i = 0; i < rule.eligible_bands_size(); ++i) {
    if (rule.eligible_bands(i) != v1::MARGINALISATION_BAND_UNSPECIFIED) continue;
    AddFault("eligible_bands[" + std::to_string(i) + "]", "BAND_UNKNOWN", "a place whose band is not known is of none", faults);
  }
  if (rule.verifiers().empty()) AddFault("verifiers", "VERIFIERS_MISSING", "at least one organisation confirms money", faults);
  for (int i = 0; i < rule.verifiers_size(); ++i) {
    const v1::Organization* verifier = context.state.Find<v1::Organization>(rule.verifiers(i));
    if (verifier == nullptr) {
      AddFault("verifiers[" + std::to_string(i) + "]", "NO_ORGANIZATION",
               "there is no organisation " + rule.verifiers(i), faults,
               {{"name", rule.verifiers(i)}});
    } else if (verifier->kind() == v1::AUDITOR || verifier->kind() == v1::ADMINISTRATOR) {
      AddFault("verifiers[" + std::to_string(i) + "]", "NO_VERIFIER", "an auditor or the administrator cannot verify", faults);
    }
  }
  for (int i = 0; i < rule.committees_size(); ++i) {
    const v1::Organization* committee = context.state.Find<v1::Organization>(rule.committees(i));
    if (committee == nullptr || committee->kind() != v1::COMMITTEE) {
      AddFault("committees[" + std::to_string(i) + "]", "NO_COMMITTEE",
               rule.committees(i) + " is not a committee of this ledger", faults,
               {{"name", rule.committees(i)}});
    }
  }
  return faults;
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::CreateProgramRequest& request, Draft& draft) {
  const std::string name = "programs/" + request.program_id();
  const v1::Organization* office = context.state.Find<v1::Organization>(request.program().office());
  if (office == nullptr) {
    return Refuse(v1::ORGANIZATION_NOT_FOUND, request.program().office(), "there is no organisation " + request.program().office(),
                  {{"name", request.program().office()}});
  }
  if (context.actor.name() != office->name()) {
    return NotAllowed(context, "the programme's office " + office->name() + " itself",
                      {{"case", "OFFICE"}, {"office", office->name()}});
  }
  if (office->kind() != v1::PROGRAM_OFFICE) {
    return Refuse(v1::ROLE_MISMATCH, office->name(), office->name() + " is no PROGRAM_OFFICE",
                  {{"organization", office->name()}, {"case", "NO_OFFICE"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Program>(context, name));
  v1::Program& created = *draft.entry.mutable_program_created()->mutable_program();
  created = request.program();
  created.set_name(name);
  draft.entry.set_effective_date(DateAt(context.stamp.commit_time_us, created.utc_offset_minutes()));
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::PublishRuleVersionRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.parent(), draft, program));
  if (context.actor.name() != program->office()) {
    return NotAllowed(context, "the programme's office " + program->office(),
                      {{"case", "OFFICE"}, {"office", program->office()}});
  }
  const std::string name = request.parent() + "/versions/" + request.rule_version_id();
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::RuleVersion>(context, name));
  std::vector<Violation> faults = CheckRule(context, request.rule_version());
  if (!faults.empty()) return Refusal{std::move(faults)};
  v1::RuleVersion& published = *draft.entry.mutable_rule_version_published()->mutable_rule_version();
  published = request.rule_version();
  published.set_name(name);
  published.set_algorithm_version(kAlgorithmVersion);
  // Defaults are written out, so that the published rule says all it means.
  if (!published.has_tolerance_minor_units()) published.set_tolerance_minor_units(100);
  if (!published.has_bound_multiple_bps()) published.set_bound_multiple_bps(static_cast<int32_t>(kBasisPoints));
  if (published.cap_policy() == v1::CAP_POLICY_UNSPECIFIED) published.set_cap_policy(v1::REJECT);
  if (!published.has_proposal_days()) published.set_proposal_days(kProposalDaysDefault);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CreatePoolRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.parent(), draft, program));
  const v1::Pool& wanted = request.pool();
  const v1::Organization* funder = context.state.Find<v1::Organization>(wanted.funder());
  if (funder == nullptr) {
    return Refuse(v1::ORGANIZATION_NOT_FOUND, wanted.funder(), "there is no organisation " + wanted.funder(), {{"name", wanted.funder()}});
  }
  if (context.actor.name() != wanted.funder() && context.actor.name() != program->office()) {
    return NotAllowed(context, "the funder " + wanted.funder() + " or the programme's office " + program->office(),
                      {{"case", "POOL_FUNDER_OR_OFFICE"}, {"funder", wanted.funder()}, {"office", program->office()}});
  }
  if (!MayPayInTranches(funder->kind())) {
    return Refuse(v1::ROLE_MISMATCH, wanted.funder(),
                  wanted.funder() + " is " + WithArticle(v1::OrganizationKind_Name(funder->kind())) +
                      "; only who may pay in tranches has a pool: governments, program offices, private and multilateral partners",
                  {{"organization", wanted.funder()},
                   {"kind", v1::OrganizationKind_Name(funder->kind())},
                   {"case", "POOL_KIND"}});
  }
  const std::string name = PoolName(request.parent(), wanted.funder(), wanted.fiscal_year());
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Pool>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireOpenYear(*program, wanted.fiscal_year()));
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(wanted.budget_minor_units(), "pool.budget_minor_units"));
  v1::Pool& created = *draft.entry.mutable_pool_created()->mutable_pool();
  created = wanted;
  created.set_name(name);
  created.set_currency_code(program->currency_code());
  created.set_free_minor_units(wanted.budget_minor_units());
  draft.entry.set_currency_code(program->currency_code());
  return std::nullopt;
}

namespace {

// The pool whose budget is to change by `money`, by whoever may change it.
MaybeRefusal LoadPool(Context& context, const std::string& name, const v1::Money& money, const std::string& field, Draft& draft,
                      const v1::Pool*& pool) {
  pool = context.state.Find<v1::Pool>(name);
  if (pool == nullptr) return Refuse(v1::POOL_NOT_FOUND, name, "there is no pool " + name, {{"name", name}});
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, std::string(ParentOf(name)), draft, program));
  if (context.actor.name() != pool->funder() && context.actor.name() != program->office()) {
    return NotAllowed(context, "the funder " + pool->funder() + " or the programme's office " + program->office(),
                      {{"case", "POOL_FUNDER_OR_OFFICE"}, {"funder", pool->funder()}, {"office", program->office()}});
  }
  if (money.currency_code() != pool->currency_code()) {
    return Refuse(v1::WRONG_CURRENCY, field, field + " is in " + money.currency_code() + "; the pool is in " +
                      pool->currency_code(),
                  {{"currency_code", money.currency_code()},
                   {"pool_currency_code", pool->currency_code()},
                   {"case", "POOL"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(money.minor_units(), field));
  ORIUNDO_REFUSE_IF_ANY(RequireOpenYear(*program, pool->fiscal_year()));
  draft.entry.set_currency_code(pool->currency_code());
  return std::nullopt;
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::IncreasePoolBudgetRequest& request, Draft& draft) {
  const v1::Pool* pool = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadPool(context, request.name(), request.increase(), "increase", draft, pool));
  draft.entry.mutable_pool_budget_increased()->set_pool(request.name());
  draft.Pool(request.name()).set_budget_minor_units(request.increase().minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ReducePoolBudgetRequest& request, Draft& draft) {
  const v1::Pool* pool = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadPool(context, request.name(), request.reduction(), "reduction", draft, pool));
  // What is paid out cannot be unpromised; and a pool of nothing is no pool.
  const int64_t least = std::max<int64_t>(1, pool->released_minor_units());
  const int64_t after = pool->budget_minor_units() - request.reduction().minor_units();
  if (after < least) {
    return Refuse(v1::BUDGET_BELOW_RELEASED, request.name(),
                  request.name() + " has a budget of " + Amount(pool->budget_minor_units(), pool->currency_code()) + " and has released " +
                      Amount(pool->released_minor_units(), pool->currency_code()) + "; it can be cut by at most " +
                      Amount(pool->budget_minor_units() - least, pool->currency_code()),
                  {{"allowed_minor_units", std::to_string(pool->budget_minor_units() - least)},
                   {"asked_minor_units", std::to_string(request.reduction().minor_units())},
                   {"currency_code", pool->currency_code()},
                   {"budget_minor_units", std::to_string(pool->budget_minor_units())},
                   {"released_minor_units", std::to_string(pool->released_minor_units())}});
  }
  draft.entry.mutable_pool_budget_reduced()->set_pool(request.name());
  draft.Pool(request.name()).set_budget_minor_units(-request.reduction().minor_units());
  return std::nullopt;
}

}  // namespace oriundo
