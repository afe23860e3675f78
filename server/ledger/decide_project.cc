#include <algorithm>
#include <map>
#include <set>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/pool_parts.h"
#include "server/ledger/fold.h"
#include "server/rules/tranche.h"

namespace oriundo {
namespace {

using v1::Project;

// Adds a violation where the rule version pays in certain communities only and the project's is none of them. What places get is bounded
// by their codes, so such a rule pays in known places only: any code could be made up.
void CheckCommunity(Context& context, const Project& project, const v1::RuleVersion& rule, std::vector<Violation>& faults) {
  if (rule.eligible_bands().empty() && !rule.priority_only() && !HasCapOver(rule, v1::CumulativeCap::PLACE_YEAR)) return;
  const std::string name = "communities/" + project.locality_code();
  const v1::Community* community = context.state.Find<v1::Community>(name);
  if (community == nullptr) {
    faults.push_back(
        MakeViolation(v1::COMMUNITY_NOT_FOUND, name,
                      "locality_code: there is no community " + name + "; " + rule.name() + " pays in known communities only",
                      {{"name", name}}));
    return;
  }
  const auto& bands = rule.eligible_bands();
  std::string allowed;
  for (int number : bands) {
    allowed += (allowed.empty() ? "" : ", ") + v1::MarginalisationBand_Name(static_cast<v1::MarginalisationBand>(number));
  }
  const std::string band = v1::MarginalisationBand_Name(community->marginalisation_band());
  if (!bands.empty() && std::find(bands.begin(), bands.end(), community->marginalisation_band()) == bands.end()) {
    faults.push_back(
        MakeViolation(v1::COMMUNITY_NOT_ELIGIBLE, name,
                      "locality_code: " + name + " is of the band " + band + "; " + rule.name() + " pays in " + allowed,
                      {{"name", name},
                       {"marginalisation_band", band},
                       {"allowed_bands", allowed},
                       {"case", "BAND"},
                       {"rule_version", rule.name()}}));
  }
  if (rule.priority_only() && !community->priority()) {
    faults.push_back(
        MakeViolation(v1::COMMUNITY_NOT_ELIGIBLE, name,
                      "locality_code: " + name + " has no priority; " + rule.name() + " pays in communities with priority",
                      {{"name", name}, {"marginalisation_band", band}, {"case", "PRIORITY"}, {"rule_version", rule.name()}}));
  }
}

// Everything a draft names must exist, and it names its parties once, each with a role that its kind may fill: whoever stands in a draft may
// pledge to it and cancel it. The rule's shares are checked when it is submitted.
MaybeRefusal CheckDraft(Context& context, const Project& draft_project, const v1::Program& program) {
  std::vector<Violation> faults;
  auto require = [&](const std::string& organization, const char* field) -> const v1::Organization* {
    const v1::Organization* found = context.state.Find<v1::Organization>(organization);
    if (found == nullptr) {
      faults.push_back(MakeViolation(v1::ORGANIZATION_NOT_FOUND, organization, std::string(field) + ": there is no organisation " + organization,
                                     {{"name", organization}}));
    } else if (auto merged = MergedProblem(*found)) {
      faults.push_back(*std::move(merged));
    }
    return found;
  };
  if (const v1::Organization* club = require(draft_project.club(), "club"); club != nullptr && club->kind() != v1::CLUB) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, club->name(), "club: " + club->name() + " is no CLUB",
                                   {{"case", "NO_CLUB"}, {"field", "club"}}));
  }
  if (const v1::Organization* executor = require(draft_project.executor(), "executor");
      executor != nullptr && !MayExecute(executor->kind())) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, executor->name(),
                                   "executor: " + WithArticle(v1::OrganizationKind_Name(executor->kind())) +
                                       " may not execute works",
                                   {{"case", "EXECUTOR_KIND"}, {"kind", v1::OrganizationKind_Name(executor->kind())}}));
  }
  if (!draft_project.committee().empty()) {
    require(draft_project.committee(), "committee");
    CheckCommittee(context, draft_project, "committee", faults);
  }
  auto require_amount = [&](int64_t minor_units, const char* field, int64_t minimum) {
    if (auto refusal = RequireAmount(minor_units, field, minimum)) faults.push_back(refusal->violations.front());
  };
  require_amount(draft_project.total_minor_units(), "project.total_minor_units", 1);
  if (auto problem = WorksDatesProblem(draft_project, "project.works_end_date")) faults.push_back(*std::move(problem));
  std::set<std::string> seen;
  for (const v1::Party& party : draft_project.parties()) {
    require(party.organization(), "parties");
    require_amount(party.due_minor_units(), "project.parties.due_minor_units", 0);
    if (!seen.insert(party.organization()).second) {
      faults.push_back(MakeViolation(v1::ROLE_MISMATCH, party.organization(), party.organization() +
                                         " is named twice among the parties",
                                     {{"case", "NAMED_TWICE"}}));
    }
  }
  if (draft_project.parties_size() > kPartiesPerProjectMax) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, "parties", "a project has at most " +
                                       std::to_string(kPartiesPerProjectMax) + " parties",
                                   {{"case", "TOO_MANY_PARTIES"}, {"maximum", std::to_string(kPartiesPerProjectMax)}}));
  }
  const bool own_rule = ParentOf(draft_project.rule_version()) == program.name();
  const v1::RuleVersion* rule = own_rule ? context.state.Find<v1::RuleVersion>(draft_project.rule_version()) : nullptr;
  if (!own_rule) {
    faults.push_back(MakeViolation(v1::RULE_VERSION_NOT_FOUND, draft_project.rule_version(),
                                   draft_project.rule_version() + " is no version of " + program.name(),
                                   {{"case", "OTHER_PROGRAM"},
                                    {"name", draft_project.rule_version()},
                                    {"program", program.name()}}));
  } else if (rule == nullptr) {
    faults.push_back(MakeViolation(v1::RULE_VERSION_NOT_FOUND, draft_project.rule_version(),
                                   "there is no rule version " + draft_project.rule_version(), {{"name", draft_project.rule_version()}}));
  }
  for (const v1::Party& party : draft_project.parties()) {
    if (rule != nullptr) CheckFiller(context, *rule, party, faults);
  }
  if (rule != nullptr) CheckCommunity(context, draft_project, *rule, faults);
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

// The place of a role in its rule; past the end where the rule has none of that name.
int RolePlace(const v1::RuleVersion& rule, const std::string& role) {
  int place = 0;
  while (place < rule.roles_size() && rule.roles(place).role() != role) ++place;
  return place;
}

// The draft as the ledger keeps it: what the caller may say, and nothing else. The caller may list the parties in any order; they
// are kept in the order of the rule's roles, and within a role as listed, because one order breaks the ties of all rounding
// (domain notes 4.1).
void FillDraft(const Project& wanted, const std::string& name, const v1::Program& program, const v1::RuleVersion& rule,
               Project& project) {
  project = wanted;
  project.set_name(name);
  project.set_state(Project::DRAFT);
  project.set_currency_code(program.currency_code());
  std::vector<const v1::Party*> ordered;
  for (const v1::Party& party : wanted.parties()) ordered.push_back(&party);
  std::stable_sort(ordered.begin(), ordered.end(), [&](const v1::Party* a, const v1::Party* b) {
    return RolePlace(rule, a->role()) < RolePlace(rule, b->role());
  });
  project.clear_parties();
  for (const v1::Party* said : ordered) {
    v1::Party& party = *project.add_parties();
    party.set_role(said->role());
    party.set_organization(said->organization());
    party.set_due_minor_units(said->due_minor_units());
  }
}

// Pledges may precede the agreement; a new draft keeps them, so it may not drop a party that has pledged.
MaybeRefusal KeepPledges(const Project& before, Project& after) {
  std::vector<Violation> faults;
  for (const v1::Party& party : before.parties()) {
    if (party.pledged_minor_units() == 0) continue;
    const int index = PartyIndex(after, party.organization());
    if (before.currency_code() != after.currency_code()) {
      faults.push_back(MakeViolation(v1::WRONG_CURRENCY, party.organization(),
                                     party.organization() + " has pledged in " + before.currency_code() +
                                         "; the draft cannot move to a programme in " + after.currency_code(),
                                     {{"currency_code", after.currency_code()},
                                      {"project_currency_code", before.currency_code()},
                                      {"case", "PLEDGED"},
                                      {"party", party.organization()}}));
    } else if (index < 0) {
      faults.push_back(MakeViolation(v1::ROLE_MISMATCH, party.organization(),
                                     party.organization() + " has pledged " + Amount(party.pledged_minor_units(), before.currency_code()) +
                                         " and cannot be left out of the parties",
                                     {{"pledged_minor_units", std::to_string(party.pledged_minor_units())},
                                      {"case", "HAS_PLEDGED"},
                                      {"party", party.organization()},
                                      {"currency_code", before.currency_code()}}));
    } else {
      after.mutable_parties(index)->set_pledged_minor_units(party.pledged_minor_units());
    }
  }
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

// Fixes which federations the clubs belong to: for whom the project will count where the rule bounds what federations get, and
// who confirms
// none of its money. Adds a violation, where the rule has such a bound, for every club that belongs to none. A club that leaves
// afterwards
// takes nothing away from what its federation had, nor makes a stranger of it.
void FixFederations(Context& context, const ProjectContext& loaded, v1::ProjectSubmitted& event, std::vector<Violation>& faults) {
  const bool bounded = HasCapOver(*loaded.rule, v1::CumulativeCap::FEDERATION_YEAR);
  for (const std::string& club : ClubsOf(context, *loaded.project, *loaded.rule)) {
    const v1::Organization* record = context.state.Find<v1::Organization>(club);
    if (record == nullptr) continue;  // ClubsOf names clubs that are there.
    if (auto missing = FederationProblem(context, *loaded.rule, *record)) {
      if (bounded) faults.push_back(*std::move(missing));
      continue;
    }
    v1::ClubFederation& fixed = *event.add_club_federations();
    fixed.set_club(club);
    fixed.set_federation(AboveOf(context, *record));
  }
}

// Who besides `organization` and `own`, the parties that it signs for, has signed the agreement, parties first.
std::vector<std::string> OtherSigners(const Project& project, const std::string& organization, const std::set<std::string>& own) {
  std::vector<std::string> signers;
  for (const v1::Party& party : project.parties()) {
    if (party.has_signature_sequence() && !own.contains(party.organization())) signers.push_back(party.organization());
  }
  const bool counted = FindParty(project, project.executor()) != nullptr;
  if (project.has_executor_signature_sequence() && project.executor() != organization && !counted)
    signers.push_back(project.executor());
  return signers;
}

Refusal AccountOnTheTable(const Project& project, const std::vector<std::string>& signers) {
  std::string names;
  for (const std::string& signer : signers) names += (names.empty() ? "" : ", ") + signer;
  return Refuse(v1::ACCOUNT_MISMATCH, project.name(),
                names + " signed " + project.name() +
                    " for another account; sign for that one, or have one of them sign again for yours, "
                    "which takes the other signatures back",
                {{"project", project.name()}, {"signers", names}, {"case", "OTHERS_SIGNED"}});
}

// The day that an agreement on paper bears; empty means today. Agreements are made for one fiscal year, in it or before it begins.
MaybeRefusal CheckAgreementDate(const ProjectContext& loaded, const std::string& date) {
  if (date.empty()) return std::nullopt;
  ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, date, "agreement_date"));
  const std::string first = std::to_string(loaded.project->fiscal_year() - 1) + "-01-01";
  if (date >= first) return std::nullopt;
  return Refuse(v1::INVALID_FIELD, "agreement_date",
                "agreement_date is " + date + "; an agreement for the fiscal year " + std::to_string(loaded.project->fiscal_year()) +
                    " is made on " + first + " or later",
                {{"date", date},
                 {"first_date", first},
                 {"case", "AGREEMENT_DATE"},
                 {"fiscal_year", std::to_string(loaded.project->fiscal_year())}});
}

// True where some tranche waits for verified work.
bool NeedsPlannedQuantity(const v1::RuleVersion& rule) {
  return std::any_of(rule.roles().begin(), rule.roles().end(), [](const v1::FunderRole& role) {
    return std::any_of(role.tranche_conditions().begin(), role.tranche_conditions().end(),
                       [](const v1::TrancheCondition& condition) { return condition.has_verified_bps_min(); });
  });
}

}  // namespace

void FreeCommitments(const ProjectContext& loaded, bool uncounted, Draft& draft) {
  const Project& project = *loaded.project;
  int64_t freed = 0;
  int64_t pooled = 0;
  int64_t released = 0;
  for (const v1::Party& party : project.parties()) {
    released += party.released_minor_units();
    const int64_t committed = party.committed_minor_units();
    if (committed == 0) continue;
    freed += committed;
    draft.Party(party.organization()).set_committed_minor_units(-committed);
    pooled += FreePoolParts(project, party, draft);
  }
  for (const std::string& name : project.tallies()) {
    v1::TallyChange& change = draft.Tally(name);
    change.set_project_count(uncounted && released == 0 ? -1 : 0);
    change.set_matched_minor_units(-freed);
    change.set_pooled_minor_units(-pooled);
  }
  ShareChanges(draft);
}

bool MayExecute(v1::OrganizationKind kind) {
  return kind == v1::EXECUTOR || kind == v1::MUNICIPAL_GOVERNMENT || kind == v1::STATE_GOVERNMENT || kind == v1::FEDERAL_GOVERNMENT;
}

void CheckCommittee(Context& context, const Project& project, const std::string& field, std::vector<Violation>& faults) {
  const std::string& name = project.committee();
  const v1::Organization* committee = context.state.Find<v1::Organization>(name);
  auto add = [&](const char* case_name, const std::string& why) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, name, field + ": " + name + why,
                                   {{"case", case_name}, {"committee", name}, {"executor", project.executor()}}));
  };
  if (committee != nullptr && committee->kind() != v1::MIRROR_CLUB && committee->kind() != v1::COMMITTEE) {
    add("COMMITTEE_KIND", " is no mirror club or committee");
  }
  // It inspects the works and signs for the community; the executor's own committee would approve the executor's progress.
  if (committee != nullptr && committee->parent() == project.executor()) {
    add("COMMITTEE_BELOW_EXECUTOR", " stands below the executor " + project.executor() + ", whose works it would inspect");
  }
  // What was built before is looked at as well.
  for (const std::string& builder : project.former_executors()) {
    if (builder == name) add("COMMITTEE_EXECUTED", " executed the project before and cannot inspect it");
    if (committee != nullptr && committee->parent() == builder) {
      add("COMMITTEE_BELOW_FORMER_EXECUTOR", " stands below the former executor " + builder + ", whose works it would inspect");
    }
  }
  // Who inspects neither builds nor pays (domain notes 1.1).
  const bool pays = FindParty(project, name) != nullptr;
  if (pays || name == project.executor()) {
    add(pays ? "COMMITTEE_PAYS" : "COMMITTEE_EXECUTES", std::string(pays ? " is a party" : " executes the project") +
            " and cannot inspect it as well");
  }
}

void CheckFiller(Context& context, const v1::RuleVersion& rule, const v1::Party& party, std::vector<Violation>& faults) {
  const v1::FunderRole* role = FindRole(rule, party.role());
  if (role == nullptr) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, party.organization(), rule.name() + " has no role `" + party.role() + "`",
                                   {{"role", party.role()}, {"case", "NO_SUCH_ROLE"}, {"rule_version", rule.name()}}));
    return;
  }
  const v1::Organization* organization = context.state.Find<v1::Organization>(party.organization());
  if (organization == nullptr) return;  // Another fault.
  if (std::find(role->kinds().begin(), role->kinds().end(), organization->kind()) != role->kinds().end()) return;
  faults.push_back(MakeViolation(v1::ROLE_MISMATCH, party.organization(),
                                 party.organization() + " is " + WithArticle(v1::OrganizationKind_Name(organization->kind())) +
                                     " and may not fill the role `" + role->role() + "`",
                                 {{"role", role->role()},
                                  {"kind", v1::OrganizationKind_Name(organization->kind())},
                                  {"case", "KIND"},
                                  {"party", party.organization()}}));
}

void CheckRegistrations(Context& context, const ProjectContext& loaded, std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  const v1::FunderRole* club_role = ClubRole(*loaded.rule);
  // By name, and whether it stands on the club's side.
  std::map<std::string, bool> names;
  for (const v1::Party& party : project.parties()) {
    if (party.replaced_by().empty()) names[party.organization()] = club_role != nullptr && party.role() == club_role->role();
  }
  names[project.club()] = true;
  for (const auto& [name, club_side] : names) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(name);
    if (organization == nullptr) continue;
    if (auto problem = StandingProblem(context, *organization, loaded.today)) faults.push_back(*std::move(problem));
    if (!loaded.rule->endorsement_required() || !club_side || organization->kind() != v1::CLUB) continue;
    const v1::Organization* standing = context.state.Find<v1::Organization>(StandsFor(context, name));
    if (standing == nullptr) continue;
    if (auto problem = EndorsementProblem(context, *standing, loaded.today)) faults.push_back(*std::move(problem));
  }
}

void CheckApprovable(const ProjectContext& loaded, const v1::Party& payer, std::vector<Violation>& faults) {
  const Project& project = *loaded.project;
  auto pays_in_tranches = [&](const v1::Party& party) {
    const v1::FunderRole* role = FindRole(*loaded.rule, party.role());
    return role != nullptr && !role->club_money();
  };
  // No office executes works, so where the payer is not the office the office approves.
  if (!pays_in_tranches(payer) || payer.organization() != loaded.program->office() || loaded.rule->single_organization_approvals()) return;
  const bool approvable = std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& other) {
    return pays_in_tranches(other) && other.organization() != payer.organization() && other.organization() != project.executor() &&
           other.replaced_by().empty();
  });
  if (approvable) return;
  faults.push_back(MakeViolation(v1::APPROVER_NOT_INDEPENDENT, payer.organization(),
                                 payer.organization() + " is the programme's office and pays; nobody else could approve its releases, unless the "
                                                        "rule lets two persons of one organisation do",
                                 {{"party", payer.organization()}, {"case", "OFFICE_PAYS"}}));
}

std::optional<Violation> WorksDatesProblem(const Project& project, std::string_view field) {
  if (project.works_start_date().empty() || project.works_end_date().empty() || project.works_start_date() <= project.works_end_date()) {
    return std::nullopt;
  }
  return MakeViolation(v1::INVALID_FIELD, std::string(field),
                       "the works cannot end on " + project.works_end_date() + ", before they begin on " +
                           project.works_start_date(),
                       {{"case", "WORKS_DATES"},
                        {"works_start_date", project.works_start_date()},
                        {"works_end_date", project.works_end_date()}});
}

MaybeRefusal Decide(Context& context, const v1::CreateProjectRequest& request, Draft& draft) {
  const std::string name = "projects/" + request.project_id();
  const Project& wanted = request.project();
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, wanted.club()));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Project>(context, name));
  const v1::Program* program = context.state.Find<v1::Program>(wanted.program());
  if (program == nullptr) {
    return Refuse(v1::PROGRAM_NOT_FOUND, wanted.program(), "there is no programme " + wanted.program(), {{"name", wanted.program()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOpenYear(*program, wanted.fiscal_year()));
  ORIUNDO_REFUSE_IF_ANY(CheckDraft(context, wanted, *program));
  const std::string today = DateAt(context.stamp.commit_time_us, program->utc_offset_minutes());
  // Of a federation that writes the draft for its club as well.
  const v1::Organization* club = context.state.Find<v1::Organization>(wanted.club());
  for (const v1::Organization* registered : {club, &context.actor}) {
    if (auto problem = RegistrationProblem(context, *registered, today)) return Refusal{{*std::move(problem)}};
  }
  // CheckDraft has found the rule version.
  const v1::RuleVersion& rule = *context.state.Find<v1::RuleVersion>(wanted.rule_version());
  FillDraft(wanted, name, *program, rule, *draft.entry.mutable_project_created()->mutable_project());
  draft.entry.set_project(name);
  draft.entry.set_effective_date(today);
  draft.entry.set_currency_code(program->currency_code());
  draft.entry.set_rule_version(wanted.rule_version());
  draft.entry.set_project_state(Project::DRAFT);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::UpdateProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, loaded.project->club()));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::DRAFT}, "change the draft"));
  if (request.etag() != loaded.project->etag()) {
    return Refuse(v1::ETAG_MISMATCH, request.name(), request.name() + " changed since you read it; read it again and redo your change",
                  {{"case", "CHANGED"}, {"name", request.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, request.project().club()));
  const v1::Program* program = context.state.Find<v1::Program>(request.project().program());
  if (program == nullptr) {
    return Refuse(v1::PROGRAM_NOT_FOUND, request.project().program(), "there is no programme " + request.project().program(),
                  {{"name", request.project().program()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOpenYear(*program, request.project().fiscal_year()));
  ORIUNDO_REFUSE_IF_ANY(CheckDraft(context, request.project(), *program));
  Project& updated = *draft.entry.mutable_project_updated()->mutable_project();
  const v1::RuleVersion& rule = *context.state.Find<v1::RuleVersion>(request.project().rule_version());
  FillDraft(request.project(), request.name(), *program, rule, updated);
  ORIUNDO_REFUSE_IF_ANY(KeepPledges(*loaded.project, updated));
  draft.entry.set_currency_code(program->currency_code());
  draft.entry.set_rule_version(request.project().rule_version());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SubmitProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, project.club()));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::DRAFT}, "be submitted"));
  std::vector<Violation> faults;
  if (auto closed = RequireOpenYear(*loaded.program, project.fiscal_year())) faults = std::move(closed->violations);
  const v1::RuleVersion& rule = *loaded.rule;
  if (project.fiscal_year() < rule.fiscal_year_first() || project.fiscal_year() > rule.fiscal_year_last()) {
    faults.push_back(MakeViolation(v1::RULE_NOT_IN_FORCE, rule.name(),
                                   rule.name() + " governs the fiscal years " + std::to_string(rule.fiscal_year_first()) + " to " +
                                       std::to_string(rule.fiscal_year_last()) + ", not " + std::to_string(project.fiscal_year()),
                                   {{"rule_version", rule.name()},
                                    {"fiscal_year_first", std::to_string(rule.fiscal_year_first())},
                                    {"fiscal_year_last", std::to_string(rule.fiscal_year_last())},
                                    {"fiscal_year", std::to_string(project.fiscal_year())}}));
  }
  if (std::find(rule.categories().begin(), rule.categories().end(), project.category()) == rule.categories().end()) {
    faults.push_back(MakeViolation(v1::CATEGORY_NOT_ALLOWED, rule.name(),
                                   rule.name() + " does not pay for " + v1::ProjectCategory_Name(project.category()),
                                   {{"rule_version", rule.name()},
                                    {"category", v1::ProjectCategory_Name(project.category())}}));
  }
  const Dues dues = ComputeDues(project, rule, faults);
  const v1::FunderRole* club_role = ClubRole(rule);
  const v1::Party* club = FindParty(project, project.club());
  if (club_role != nullptr && (club == nullptr || club->role() != club_role->role())) {
    faults.push_back(MakeViolation(v1::ROLE_MISMATCH, project.club(),
                                   "the project's club " + project.club() + " does not fill the role `" + club_role->role() + "`",
                                   {{"case", "CLUB_OUTSIDE_ROLE"}, {"club", project.club()}, {"role", club_role->role()}}));
  }
  const bool verifiable = std::any_of(rule.verifiers().begin(), rule.verifiers().end(), [&](const std::string& verifier) {
    return !VerifierFault(context, project, rule, verifier, "").has_value();
  });
  if (!verifiable) {
    faults.push_back(
        MakeViolation(v1::VERIFIER_NOT_INDEPENDENT, rule.name(),
                      "every verifier of the rule executes, inspects or funds the project, or stands above or below one that "
                      "does; nobody could confirm its money",
                      {{"case", "NOBODY_LEFT"}, {"rule_version", rule.name()}}));
  }
  for (const v1::Party& party : project.parties()) CheckApprovable(loaded, party, faults);
  CheckRegistrations(context, loaded, faults);
  CheckCommunity(context, project, rule, faults);
  if (const v1::Organization* own = context.state.Find<v1::Organization>(project.club()); own != nullptr) {
    if (auto merged = MergedProblem(*own)) faults.push_back(*std::move(merged));
  }
  for (const v1::Party& party : project.parties()) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(party.organization());
    if (party.organization() == project.club() || organization == nullptr) continue;
    if (auto merged = MergedProblem(*organization)) faults.push_back(*std::move(merged));
  }
  CheckDocuments(loaded, v1::SUBMISSION, request.documents(), faults);
  if (NeedsPlannedQuantity(rule) && project.planned_quantity_milli() == 0) {
    faults.push_back(MakeViolation(v1::MILESTONE_NOT_REACHED, "project.planned_quantity_milli",
                                   rule.name() +
                                       " pays as work is verified; say in planned_quantity_milli how much is to be built",
                                   {{"case", "NOT_PLANNED"}, {"rule_version", rule.name()}}));
  }
  v1::ProjectSubmitted& event = *draft.entry.mutable_project_submitted();
  FixFederations(context, loaded, event, faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  for (int64_t due : dues.parties) event.add_due_minor_units(due);
  for (int64_t weight : dues.role_weights) event.add_role_weights(weight);
  for (const v1::Party& party : project.parties()) {
    const v1::FunderRole& role = *FindRole(rule, party.role());
    event.add_party_tolerance_minor_units(role.has_tolerance_minor_units() ? role.tolerance_minor_units() : rule.tolerance_minor_units());
  }
  if (dues.total != project.total_minor_units()) event.set_total_minor_units(dues.total);
  *event.mutable_documents() = request.documents();
  event.set_tolerance_minor_units(rule.tolerance_minor_units());
  draft.Input("total_minor_units", project.total_minor_units());
  draft.entry.set_project_state(Project::SUBMITTED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::PrevalidateProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/true));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::SUBMITTED}, "be prevalidated"));
  ORIUNDO_REFUSE_IF_ANY(RequireDocuments(loaded, v1::PREVALIDATION, request.documents()));
  *draft.entry.mutable_project_prevalidated()->mutable_documents() = request.documents();
  draft.entry.set_project_state(Project::PREVALIDATED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ApproveProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/true));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::PREVALIDATED}, "be approved"));
  std::vector<Violation> faults;
  if (auto closed = RequireOpenYear(*loaded.program, project.fiscal_year())) faults = std::move(closed->violations);
  int64_t matched = 0;
  int64_t pooled = 0;
  int64_t budgets = 0;
  for (const v1::Party& party : project.parties()) {
    const v1::FunderRole& role = *FindRole(*loaded.rule, party.role());
    if (role.club_money() || party.due_minor_units() == 0) continue;
    draft.Party(party.organization()).set_committed_minor_units(party.due_minor_units());
    matched += party.due_minor_units();
    if (!role.pooled()) continue;
    pooled += party.due_minor_units();
    const std::string name = PoolName(project.program(), party.organization(), project.fiscal_year());
    const v1::Pool* pool = context.state.Find<v1::Pool>(name);
    const int64_t free = pool == nullptr ? 0 : pool->free_minor_units();
    draft.Input("pool_free_minor_units", free, party.organization());
    if (free < party.due_minor_units()) {
      faults.push_back(PoolExceeded(name, pool != nullptr, free, party.due_minor_units(), project.currency_code()));
      continue;
    }
    budgets += pool->budget_minor_units();
    ChangePoolPart(project, party.organization(), project.fiscal_year(), party.due_minor_units(), 0, draft);
  }
  CountInTallies(context, loaded, matched, pooled, budgets, draft, faults);
  CheckDocuments(loaded, v1::APPROVAL, request.documents(), faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  *draft.entry.mutable_project_approved()->mutable_documents() = request.documents();
  if (loaded.rule->has_agreement_days()) {
    draft.Input(kLapseTimeInput, EndOfDay(DateAfter(loaded.today, loaded.rule->agreement_days()), loaded.program->utc_offset_minutes()));
  }
  draft.entry.set_project_state(Project::APPROVED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RejectProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/true));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::SUBMITTED, Project::PREVALIDATED}, "be rejected"));
  *draft.entry.mutable_project_rejected()->mutable_reason() = request.reason();
  draft.entry.set_project_state(Project::REJECTED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SignAgreementRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  // One signature serves for the organisation itself and for the funders that were merged into it.
  std::set<std::string> own;
  bool has_signed = true;
  for (const v1::Party& party : project.parties()) {
    if (party.organization() != context.actor.name() && StandsFor(context, party.organization()) != context.actor.name()) continue;
    own.insert(party.organization());
    has_signed = has_signed && party.has_signature_sequence();
  }
  const bool executor = project.executor() == context.actor.name();
  if (own.empty() && !executor) {
    return NotAllowed(context, "a funder, whoever it was merged into, or the executor of " + project.name(),
                      {{"case", "FUNDER_OR_EXECUTOR"}, {"project", project.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::APPROVED}, "be signed"));
  if (own.empty()) has_signed = project.has_executor_signature_sequence();
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  // Its entry may be on the way.
  if (const v1::Deadline* deadline = FindDeadline(project, project.name());
      deadline != nullptr && deadline->time_us() <= context.stamp.commit_time_us) {
    return Refuse(v1::WRONG_PROJECT_STATE, project.name(), "the agreement of " + project.name() +
                      " was not complete in time; it is cancelled",
                  {{"state", "CANCELLED"}, {"allowed_states", "APPROVED"}, {"case", "AGREEMENT_LAPSED"}});
  }
  const bool same_account =
      project.account_commitment().empty() || project.account_commitment() == request.account().number_commitment();
  if (has_signed && same_account) {
    return Refuse(v1::ALREADY_SIGNED, context.actor.name(),
                  context.actor.name() + " has signed " + project.name() +
                      " already, for this account; only another account needs a new signature",
                  {{"organization", context.actor.name()}, {"name", project.name()}});
  }
  if (auto problem = RegistrationProblem(context, context.actor, loaded.today)) return Refusal{{*std::move(problem)}};
  const std::vector<std::string> others = OtherSigners(project, context.actor.name(), own);
  if (!has_signed && !same_account) return AccountOnTheTable(project, others);
  if (auto problem = AccountFormProblem(*loaded.rule, request.account())) return Refusal{{*std::move(problem)}};
  if (auto problem = AccountInUse(context, project, request.account().use())) return Refusal{{*std::move(problem)}};
  for (const v1::Party& party : project.parties()) {
    ORIUNDO_REFUSE_IF_ANY(RequireOwnSigner(context, project.name(), party.organization(), party.signature_principal()));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnSigner(context, project.name(), project.executor(), project.executor_signature_principal()));
  ORIUNDO_REFUSE_IF_ANY(CheckAgreementDate(loaded, request.agreement_date()));
  v1::AgreementSigned& event = *draft.entry.mutable_agreement_signed();
  event.set_agreement_date(request.agreement_date().empty() ? loaded.today : request.agreement_date());
  event.set_account_commitment(request.account().number_commitment());
  *event.mutable_documents() = request.documents();
  for (const v1::Party& party : project.parties()) {
    if (own.contains(party.organization()) && party.organization() != context.actor.name()) event.add_signed_for(party.organization());
  }
  if (has_signed) {
    // The others agreed to another account, and are asked again.
    for (const std::string& other : others) event.add_signatures_taken_back(other);
    return std::nullopt;
  }
  bool last = executor || project.has_executor_signature_sequence();
  for (const v1::Party& party : project.parties()) {
    if (!own.contains(party.organization()) && !party.has_signature_sequence()) last = false;
  }
  if (!last) return std::nullopt;
  // The registrations must hold at the moment the agreement comes into force (domain notes 1.2).
  std::vector<Violation> faults;
  CheckRegistrations(context, loaded, faults);
  CheckDocuments(loaded, v1::SIGNATURE, request.documents(), faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  bool any_due = false;
  for (const v1::Party& party : project.parties()) {
    const v1::FunderRole& role = *FindRole(*loaded.rule, party.role());
    event.add_tranche_counts(role.club_money() ? 0 : role.cumulative_bps_size());
    if (role.club_money()) continue;
    const std::vector<int32_t> steps(role.cumulative_bps().begin(), role.cumulative_bps().end());
    for (int64_t amount : SplitCommitment(party.due_minor_units(), steps)) event.add_tranche_minor_units(amount);
    for (int step = 0; step < role.cumulative_bps_size(); ++step) {
      const int days = step < role.tranche_conditions_size() ? role.tranche_conditions(step).due_days() : 0;
      event.add_tranche_due_days(days);
      any_due |= days > 0;
    }
  }
  if (!any_due) event.clear_tranche_due_days();
  event.set_account_use(request.account().use());
  draft.entry.set_project_state(Project::AGREED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AuthorizeProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  // Without a club in the rule there is no deposit to wait for.
  const v1::FunderRole* club_role = ClubRole(*loaded.rule);
  if (club_role != nullptr || project.state() != Project::AGREED) {
    ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::FUNDING}, "be authorised"));
  }
  // The tolerance alone opens nothing, also where the first deposit was taken back.
  const bool club_gave = std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& party) {
    const int64_t in_kind = loaded.rule->in_kind_in_bound() ? party.in_kind_counted_minor_units() : 0;
    return club_role != nullptr && party.role() == club_role->role() && party.verified_minor_units() + in_kind > 0;
  });
  if (club_role != nullptr && !club_gave) {
    return Refuse(v1::NOT_RELEASABLE, project.name(), "no money of the role `" + club_role->role() + "` is verified in " +
                      project.name(),
                  {{"role", club_role->role()}, {"case", "NO_CLUB_MONEY"}});
  }
  // The conditions of some first tranche must hold, or the letter would open nothing.
  MaybeRefusal first_fault;
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.ordinal() != 1 || tranche.amount_minor_units() == 0) continue;
    Draft trial;
    int64_t amount = 0;
    // Documents come with the proposal.
    MaybeRefusal fault = CheckRelease(context, loaded, tranche, std::nullopt, 0, nullptr, trial, amount);
    if (!fault.has_value()) {
      first_fault.reset();
      // What the letter rests on: the club's money and what it entitles to.
      *draft.entry.mutable_inputs() = trial.entry.inputs();
      break;
    }
    if (!first_fault.has_value()) first_fault = std::move(fault);
  }
  if (first_fault.has_value()) {
    first_fault->violations.insert(first_fault->violations.begin(),
                                   MakeViolation(v1::NOT_RELEASABLE, project.name(),
                                                 "no first tranche of " + project.name() + " could be released now",
                                                 {{"case", "NO_TRANCHE"}}));
    return first_fault;
  }
  draft.entry.mutable_project_authorized();
  // Where nobody pays in tranches there is none to wait for, and money may be spent at once.
  const bool pays = std::any_of(project.tranches().begin(), project.tranches().end(),
                                [](const v1::Tranche& tranche) { return tranche.amount_minor_units() > 0; });
  draft.entry.set_project_state(pays ? Project::AUTHORISED : Project::EXECUTING);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SettleProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::HANDED_OVER}, "be settled"));
  std::vector<Violation> faults;
  auto require_zero = [&](const std::string& account, const char* case_name, const char* cure, int64_t aside = 0) {
    const int64_t balance = BalanceOf(project, account) - aside;
    if (balance == 0) return;
    faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, account, account + " holds " + Amount(balance, project.currency_code()) + "; " + cure,
                                   {{"minor_units", std::to_string(balance)}, {"case", case_name}, {"account", account}}));
  };
  // What is retained from vendors is in the box too, and is told by itself.
  require_zero(chart::Bank(project.name()), "BOX", "apportion and pay the refunds first", project.retained_minor_units());
  require_zero(chart::Suspense(project.name()), "SUSPENSE", "wait for what is owed to the project");
  require_zero(chart::Deposits(project.name()), "DEPOSITS", "have each deposit identified, or returned to whoever sent it");
  for (const v1::Party& party : project.parties()) {
    CheckNoOpenRelease(project, party, faults);
    if (const int64_t declared = party.declared_minor_units(); declared != 0) {
      faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, party.organization(),
                                     party.organization() + " has declared " + Amount(declared, project.currency_code()) +
                                         " that nobody has verified; have it rejected, or withdraw it",
                                     {{"party", party.organization()},
                                      {"minor_units", std::to_string(declared)},
                                      {"case", "DECLARED"}}));
    }
    if (const int64_t declared = party.in_kind_declared_minor_units(); declared != 0) {
      faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, party.organization(),
                                     party.organization() + " has declared " + Amount(declared, project.currency_code()) +
                                         " in kind that nobody has appraised; have it rejected, or withdraw it",
                                     {{"party", party.organization()},
                                      {"minor_units", std::to_string(declared)},
                                      {"case", "DECLARED_IN_KIND"}}));
    }
    require_zero(chart::Payable(project.name(), party.organization()), "PAYABLE", "pay the refund");
    require_zero(chart::Receivable(project.name(), party.organization()), "RECEIVABLE", "record the repayment");
  }
  CheckVendorsPaid(project, faults);
  const int64_t gap = CheckSharesGiven(loaded, faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  draft.entry.mutable_project_settled();
  draft.Input("gap_minor_units", gap);
  // What the tolerance let stay unreleased will not be released any more.
  FreeCommitments(loaded, /*uncounted=*/false, draft);
  draft.entry.set_project_state(Project::SETTLED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CloseProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::SETTLED}, "be closed"));
  draft.entry.mutable_project_closed();
  draft.entry.set_project_state(Project::CLOSED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SuspendProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  ORIUNDO_REFUSE_IF_ANY(RequireState(
      *loaded.project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "be suspended"));
  *draft.entry.mutable_project_suspended()->mutable_reason() = request.reason();
  draft.entry.set_project_state(Project::SUSPENDED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ResumeProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::SUSPENDED}, "go on"));
  // The first deposit may have been verified meanwhile, or goods that open tranches as money does appraised.
  const v1::FunderRole* club_role = ClubRole(*loaded.rule);
  const bool deposited = std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& party) {
    const int64_t in_kind = loaded.rule->in_kind_in_bound() ? party.in_kind_counted_minor_units() : 0;
    return club_role != nullptr && party.role() == club_role->role() && party.verified_minor_units() + in_kind > 0;
  });
  *draft.entry.mutable_project_resumed()->mutable_reason() = request.reason();
  draft.entry.set_project_state(project.suspended_state() == Project::AGREED && deposited ? Project::FUNDING : project.suspended_state());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CancelProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  // What has ended cannot be ended again, whoever asks.
  ORIUNDO_REFUSE_IF_ANY(RequireState(project,
                                     {Project::DRAFT, Project::SUBMITTED, Project::PREVALIDATED, Project::APPROVED, Project::AGREED,
                                      Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::SUSPENDED, Project::COMPLETED,
                                      Project::HANDED_OVER},
                                     "be cancelled"));
  const bool before_agreement = project.state() == Project::DRAFT || project.state() == Project::SUBMITTED ||
                                project.state() == Project::PREVALIDATED || project.state() == Project::APPROVED;
  const bool funder = FindParty(project, context.actor.name()) != nullptr || project.club() == context.actor.name() ||
                      StandsFor(context, project.club()) == context.actor.name() ||
                      std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& party) {
                        return StandsFor(context, party.organization()) == context.actor.name();
                      });
  if (context.actor.name() != loaded.program->office() && !(before_agreement && funder)) {
    return NotAllowed(context,
                      before_agreement ? "a funder or the programme's office" : "the programme's office, after the agreement,",
                      {{"case", before_agreement ? "FUNDER_OR_OFFICE" : "OFFICE_AFTER_AGREEMENT"}});
  }
  FreeCommitments(loaded, /*uncounted=*/true, draft);
  *draft.entry.mutable_project_cancelled()->mutable_reason() = request.reason();
  draft.entry.set_project_state(Project::CANCELLED);
  return std::nullopt;
}

}  // namespace oriundo
