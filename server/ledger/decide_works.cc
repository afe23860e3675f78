#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/directory_limits.h"

namespace oriundo {
namespace {

using v1::ProgressReport;
using v1::Project;

// The project's club, or whoever it was merged into.
bool IsClubOf(const Context& context, const Project& project) {
  return context.actor.name() == project.club() || context.actor.name() == StandsFor(context, project.club());
}

// A mirror club of the project's club, or of whoever that was merged into.
bool IsMirrorOf(const Context& context, const Project& project, const v1::Organization& organization) {
  return organization.kind() == v1::MIRROR_CLUB && AboveOf(context, organization) == StandsFor(context, project.club());
}

// A works committee of the municipality that executes, or did, is the executor's own.
bool IsExecutors(const Context& context, const Project& project) {
  const auto is_own = [&](const std::string& executor) {
    return context.actor.name() == executor || context.actor.parent() == executor;
  };
  const auto& former = project.former_executors();
  return is_own(project.executor()) || std::any_of(former.begin(), former.end(), is_own);
}

// Who supervises the works for the community (domain notes 1.1): the project's committee, or a mirror club of its club.
bool Supervises(const Context& context, const Project& project) {
  const bool named = context.actor.name() == project.committee() || IsMirrorOf(context, project, context.actor);
  return named && !IsExecutors(context, project);
}

// Refuses where the actor's word is worth nothing now: merged into another, frozen, or where it needs a registration and never
// had one. One that has expired keeps nobody from looking after the works it has begun (domain notes 1.2).
MaybeRefusal RequireGoodStanding(const Context& context, const ProjectContext& loaded) {
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
  if (context.actor.has_registration()) return std::nullopt;
  if (auto problem = RegistrationProblem(context, context.actor, loaded.today)) return Refusal{{*std::move(problem)}};
  return std::nullopt;
}

// Who looks at the works and says how far they are: nobody who builds them.
MaybeRefusal RequireInspector(const Context& context, const ProjectContext& loaded) {
  const Project& project = *loaded.project;
  const std::string& actor = context.actor.name();
  const bool inspects = actor == loaded.program->office() || IsClubOf(context, project) || actor == project.committee();
  if (inspects && !IsExecutors(context, project)) return RequireGoodStanding(context, loaded);
  return NotAllowed(context,
                    "the office, the club or the project's committee, where neither it nor the organisation above it executes "
                             "the project,",
                    {{"case", "INSPECTORS"}});
}

Refusal OutOfOrder(const std::string& name, const char* case_name, const std::string& why, int64_t quantity_milli,
                   int64_t limit_milli) {
  return Refuse(v1::QUANTITY_OUT_OF_ORDER, name, why,
                {{"quantity_milli", std::to_string(quantity_milli)},
                 {"limit_milli", std::to_string(limit_milli)},
                 {"case", case_name}});
}

// Where a quantity is planned nothing built is nothing complete. A project that plans none is complete by its papers.
MaybeRefusal RequireSomethingBuilt(const Project& project, int64_t quantity_milli) {
  if (quantity_milli > 0 || project.planned_quantity_milli() == 0) return std::nullopt;
  return OutOfOrder(project.name(), "NOTHING_BUILT",
                    "quantity_milli is 0, but " + std::to_string(project.planned_quantity_milli()) +
                        " thousandths are planned; works of which nothing is built are not complete",
                    quantity_milli, 1);
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::ReportProgressRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const ProgressReport& wanted = request.report();
  const std::string name = project.name() + "/reports/" + request.report_id();
  if (context.actor.name() != project.executor()) {
    return NotAllowed(context, "the executor " + project.executor(),
                      {{"case", "EXECUTOR"}, {"executor", project.executor()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<ProgressReport>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::EXECUTING}, "report progress"));
  if (project.completion_reported()) {
    return Refuse(v1::WRONG_PROJECT_STATE, project.name(),
                  project.name() + " is reported complete; another quantity is said by reporting that again",
                  {{"project", project.name()}, {"case", "REPORTED_COMPLETE"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, wanted.report_date(), "report.report_date"));
  const int64_t quantity = wanted.reported_quantity_milli();
  if (quantity < 1 || quantity < project.reported_quantity_milli()) {
    return OutOfOrder(name, "REPORTED_LESS", "report.reported_quantity_milli is " + std::to_string(quantity) + ", but " +
                                std::to_string(project.reported_quantity_milli()) +
                                " thousandths were reported before; a report says how much is built in all",
                      quantity, project.reported_quantity_milli());
  }
  ProgressReport& report = *draft.entry.mutable_progress_reported()->mutable_report();
  report = wanted;
  report.set_name(name);
  report.set_state(ProgressReport::REPORTED);
  report.set_reporter(context.actor.name());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::VerifyProgressRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const Project& project = *loaded.project;
  const ProgressReport* report = context.state.Find<ProgressReport>(request.name());
  if (report == nullptr) {
    return Refuse(v1::PROGRESS_REPORT_NOT_FOUND, request.name(), "there is no report " + request.name(), {{"name", request.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireInspector(context, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::EXECUTING, Project::COMPLETED}, "verify progress"));
  if (report->state() != ProgressReport::REPORTED) {
    const std::string now = ProgressReport::State_Name(report->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, report->name(), report->name() + " is " + now + "; it takes REPORTED to be verified",
                  {{"state", now}, {"allowed_states", "REPORTED"}});
  }
  if (request.quantity_milli() < 0 || request.quantity_milli() > report->reported_quantity_milli()) {
    return OutOfOrder(report->name(), "BEYOND_REPORT", "quantity_milli is " + std::to_string(request.quantity_milli()) +
                          ", but " +
                                          std::to_string(report->reported_quantity_milli()) +
                                          " thousandths were reported; nothing beyond the report is verified",
                      request.quantity_milli(), report->reported_quantity_milli());
  }
  // What was confirmed complete is measured: a report made before does not say more.
  if (project.state() == Project::COMPLETED && request.quantity_milli() > project.verified_quantity_milli()) {
    return OutOfOrder(report->name(), "BEYOND_COMPLETION", "quantity_milli is " + std::to_string(request.quantity_milli()) +
                          ", but " +
                                          std::to_string(project.verified_quantity_milli()) +
                                          " thousandths were confirmed complete; nothing beyond that is verified any more",
                      request.quantity_milli(), project.verified_quantity_milli());
  }
  draft.Input("reported_quantity_milli", report->reported_quantity_milli());
  v1::ProgressVerified& event = *draft.entry.mutable_progress_verified();
  event.set_report(report->name());
  event.set_quantity_milli(request.quantity_milli());
  *event.mutable_documents() = request.documents();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CountersignProgressRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const Project& project = *loaded.project;
  const ProgressReport* report = context.state.Find<ProgressReport>(request.name());
  if (report == nullptr) {
    return Refuse(v1::PROGRESS_REPORT_NOT_FOUND, request.name(), "there is no report " + request.name(),
                  {{"name", request.name()}});
  }
  if (!Supervises(context, project)) {
    return NotAllowed(context, "the project's committee or a mirror club of its club",
                      {{"case", "COMMITTEE_OR_MIRROR_CLUB"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireGoodStanding(context, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::EXECUTING, Project::COMPLETED}, "have a report countersigned"));
  const auto& signatures = report->countersignatures();
  if (std::any_of(signatures.begin(), signatures.end(), [&](const v1::Countersignature& signature) {
        return signature.organization() == context.actor.name();
      })) {
    return Refuse(v1::ALREADY_SIGNED, context.actor.name(), context.actor.name() + " has countersigned " + report->name() +
                      " already",
                  {{"case", "REPORT"}, {"organization", context.actor.name()}, {"name", report->name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireRoom(report->entry_sequences_size(), report->name()));
  draft.Input("reported_quantity_milli", report->reported_quantity_milli());
  v1::ProgressCountersigned& event = *draft.entry.mutable_progress_countersigned();
  event.set_report(report->name());
  *event.mutable_documents() = request.documents();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ObjectToProjectRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  const bool club = IsClubOf(context, project) && !IsExecutors(context, project);
  if (!Supervises(context, project) && !club) {
    return NotAllowed(context, "the project's committee, a mirror club of its club, or the club",
                      {{"case", "COMMITTEE_MIRROR_CLUB_OR_CLUB"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireGoodStanding(context, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(
      project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER},
      "be objected to"));
  if (!request.report().empty() &&
      (ParentOf(request.report()) != project.name() || context.state.Find<ProgressReport>(request.report()) == nullptr)) {
    return Refuse(v1::PROGRESS_REPORT_NOT_FOUND, request.report(), project.name() + " has no report " + request.report(),
                  {{"name", request.report()}});
  }
  for (const v1::Objection& open : project.objections()) {
    if (open.objection_id() != request.objection_id()) continue;
    return Refuse(v1::NAME_TAKEN, request.objection_id(),
                  "an objection `" + request.objection_id() + "` to " + project.name() + " is open; choose another id",
                  {{"objection_id", request.objection_id()}, {"case", "OBJECTION"}, {"project", loaded.project->name()}});
  }
  if (project.objections_size() >= kOpenObjectionsMax) {
    return Refuse(v1::TOO_MANY_CHANGES, project.name(),
                  project.name() + " has " + std::to_string(project.objections_size()) + " open objections and takes no more; withdraw some",
                  {{"changes", std::to_string(project.objections_size())},
                   {"maximum", std::to_string(kOpenObjectionsMax)},
                   {"case", "OBJECTIONS"},
                   {"project", project.name()}});
  }
  v1::Objection& objection = *draft.entry.mutable_project_objected()->mutable_objection();
  objection.set_objection_id(request.objection_id());
  objection.set_organization(context.actor.name());
  objection.set_report(request.report());
  objection.set_reason_commitment(request.reason().text_commitment());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawObjectionRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const auto& open = loaded.project->objections();
  const auto found = std::find_if(open.begin(), open.end(), [&](const v1::Objection& objection) {
    return objection.objection_id() == request.objection_id();
  });
  if (found == open.end()) {
    return Refuse(v1::OBJECTION_NOT_OPEN, loaded.project->name(),
                  loaded.project->name() + " has no open objection `" + request.objection_id() + "`",
                  {{"objection_id", request.objection_id()}});
  }
  if (context.actor.name() != found->organization() && context.actor.name() != StandsFor(context, found->organization())) {
    return NotAllowed(context, found->organization() + ", who objected,",
                      {{"case", "OBJECTOR"}, {"objector", found->organization()}});
  }
  v1::ObjectionWithdrawn& event = *draft.entry.mutable_objection_withdrawn();
  event.set_objection_id(request.objection_id());
  *event.mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ReportCompletionRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  if (context.actor.name() != loaded.project->executor()) {
    return NotAllowed(context, "the executor " + loaded.project->executor(),
                      {{"case", "EXECUTOR"},
                       {"executor", loaded.project->executor()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::EXECUTING}, "be reported complete"));
  const int64_t reported = loaded.project->reported_quantity_milli();
  if (request.quantity_milli() < reported && !request.correction()) {
    return OutOfOrder(request.name(), "COMPLETION_BELOW_REPORTS", "quantity_milli is " +
                          std::to_string(request.quantity_milli()) + ", but " + std::to_string(reported) +
                                          " thousandths were reported before; say `correction` where those reports were wrong",
                      request.quantity_milli(), reported);
  }
  ORIUNDO_REFUSE_IF_ANY(RequireSomethingBuilt(*loaded.project, request.quantity_milli()));
  ORIUNDO_REFUSE_IF_ANY(RequireDocuments(loaded, v1::COMPLETION_REPORT, request.documents()));
  draft.entry.mutable_completion_reported()->set_correction(request.correction() && request.quantity_milli() < reported);
  draft.entry.mutable_completion_reported()->set_quantity_milli(request.quantity_milli());
  *draft.entry.mutable_completion_reported()->mutable_documents() = request.documents();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ConfirmCompletionRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireInspector(context, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::EXECUTING}, "be confirmed complete"));
  if (!project.completion_reported()) {
    return Refuse(v1::WRONG_PROJECT_STATE, project.name(), "the executor " + project.executor() + " has not reported " +
                      project.name() + " complete",
                  {{"state", "EXECUTING"},
                   {"allowed_states", "EXECUTING with a completion report"},
                   {"case", "NOT_REPORTED_COMPLETE"},
                   {"executor", project.executor()}});
  }
  if (request.quantity_milli() > project.reported_quantity_milli()) {
    return OutOfOrder(project.name(), "BEYOND_COMPLETION_REPORT", "quantity_milli is " +
                          std::to_string(request.quantity_milli()) + ", but " +
                                          std::to_string(project.reported_quantity_milli()) +
                                          " thousandths were reported complete; nothing beyond the report is confirmed",
                      request.quantity_milli(), project.reported_quantity_milli());
  }
  ORIUNDO_REFUSE_IF_ANY(RequireSomethingBuilt(project, request.quantity_milli()));
  ORIUNDO_REFUSE_IF_ANY(RequireDocuments(loaded, v1::COMPLETION, request.documents()));
  draft.Input("reported_quantity_milli", project.reported_quantity_milli());
  draft.entry.mutable_completion_confirmed()->set_quantity_milli(request.quantity_milli());
  *draft.entry.mutable_completion_confirmed()->mutable_documents() = request.documents();
  draft.entry.set_project_state(Project::COMPLETED);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SignHandoverRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string& actor = context.actor.name();
  const v1::FunderRole* club_role = ClubRole(*loaded.rule);
  // The club whose project it is, or who stands in for it in the home town.
  auto is_own_club = [&](const std::string& organization) {
    if (organization == project.club() || organization == StandsFor(context, project.club())) return true;
    const v1::Organization* record = context.state.Find<v1::Organization>(organization);
    return record != nullptr && IsMirrorOf(context, project, *record);
  };
  const bool funding_club = std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& party) {
    const bool own = party.organization() == actor || StandsFor(context, party.organization()) == actor;
    return own && club_role != nullptr && party.role() == club_role->role();
  });
  if (actor != project.executor() && actor != project.committee() && !funding_club && !is_own_club(actor)) {
    return NotAllowed(context, "the executor, the club, a funding club, the club's mirror club or the project's committee",
                      {{"case", "HANDOVER_SIGNERS"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::COMPLETED}, "be handed over"));
  const auto& signatures = project.handover_signatures();
  if (std::find(signatures.begin(), signatures.end(), actor) != signatures.end()) {
    return Refuse(v1::ALREADY_SIGNED, actor, actor + " has signed the handover of " + project.name() + " already",
                  {{"organization", actor}, {"name", project.name()}});
  }
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  // Who is frozen binds nobody, and nobody signs for whom is; what has expired goes on with what it began.
  if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
  if (is_own_club(actor)) ORIUNDO_REFUSE_IF_ANY(RequireNotFrozen(context, project.club()));
  for (const v1::Party& party : project.parties()) {
    const bool for_it = funding_club && StandsFor(context, party.organization()) == actor;
    if (for_it) ORIUNDO_REFUSE_IF_ANY(RequireNotFrozen(context, party.organization()));
  }
  for (int i = 0; i < signatures.size(); ++i) {
    const bool known = i < project.handover_signature_principals_size();
    const std::string by = known ? project.handover_signature_principals(i) : std::string();
    ORIUNDO_REFUSE_IF_ANY(RequireOwnSigner(context, project.name(), signatures[i], by));
  }
  // Executor, club and community sign (domain notes 1.3). Where the rule asks for the community's own word, whoever gives it
  // gives no other.
  const bool own_word = loaded.rule->community_signature_required();
  if (own_word && project.committee().empty()) {
    return Refuse(v1::COMMITTEE_MISSING, project.name(),
                  loaded.rule->name() + " asks for the community's signature under the handover, and " + project.name() +
                      " names no mirror club or works committee that could give it; name one by an amendment (terms.committee)",
                  {{"project", project.name()}, {"rule_version", loaded.rule->name()}});
  }
  bool by_executor = false;
  bool by_club = false;
  bool by_committee = project.committee().empty();
  auto count = [&](const std::string& signer) {
    const bool committee = signer == project.committee();
    by_executor |= signer == project.executor();
    by_club |= is_own_club(signer) && !(own_word && committee);
    by_committee |= committee;
  };
  for (const std::string& signer : signatures) count(signer);
  // Of many mirror clubs one speaks for the club; more would only lengthen the record.
  const bool stands_in = actor != project.executor() && actor != project.committee() && !funding_club && actor != project.club() &&
                         actor != StandsFor(context, project.club());
  if (stands_in && by_club) {
    return Refuse(v1::ALREADY_SIGNED, actor, "the handover of " + project.name() +
                      " has the signature of the club's side already",
                  {{"case", "CLUB_SIDE"}, {"name", project.name()}});
  }
  count(actor);
  *draft.entry.mutable_handover_signed()->mutable_documents() = request.documents();
  if (by_executor && by_club && by_committee) {
    // A project that is handed over takes money only where a share falls short again: nothing is open now, and no share short.
    std::vector<Violation> faults;
    for (const v1::Party& funder : project.parties()) CheckNoOpenRelease(project, funder, faults);
    CheckSharesGiven(loaded, faults);
    // Nor does it take invoices, or fees of an old bank: an advance could be amortised no more, and what that bank keeps not be
    // carried.
    CheckNoOpenAdvance(project, faults);
    if (const int64_t uncarried = project.uncarried_minor_units(); uncarried != 0) {
      faults.push_back(MakeViolation(v1::BALANCE_NOT_CARRIED, project.name(),
                                     Amount(uncarried, project.currency_code()) + " of the box of " + project.name() +
                                         " is not yet seen on the account that an amendment named; have it carried, or record as "
                                         "fees what the old bank keeps",
                                     {{"project", project.name()},
                                      {"uncarried_minor_units", std::to_string(uncarried)},
                                      {"case", "HANDOVER"}}));
    }
    CheckDocuments(loaded, v1::HANDOVER, request.documents(), faults);
    if (!faults.empty()) return Refusal{std::move(faults)};
    draft.entry.set_project_state(Project::HANDED_OVER);
  }
  return std::nullopt;
}

}  // namespace oriundo
