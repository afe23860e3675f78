#include "server/base/ids.h"
#include "server/ledger/decide.h"

namespace oriundo {

using v1::Project;
using v1::Proposal;

v1::Reallocation::State StateOf(Context& context, const v1::Reallocation& reallocation) {
  if (reallocation.state() != v1::Reallocation::RECEIVED) return reallocation.state();
  const v1::Contribution* arrived = context.state.Find<v1::Contribution>(reallocation.contribution());
  const bool taken_back = arrived != nullptr && arrived->state() == v1::Contribution::REVERSED;
  return taken_back ? v1::Reallocation::SENT : v1::Reallocation::RECEIVED;
}

MaybeRefusal RequireReallocationTarget(Context& context, const Project& project, const std::string& name, const std::string& payer,
                                       int64_t asked, bool beside_declared) {
  if (name == project.name()) {
    return Refuse(v1::INVALID_FIELD, "target_project", name + " cannot give money to itself",
                  {{"case", "TO_ITSELF"}, {"name", name}});
  }
  const Project* target = context.state.Find<Project>(name);
  if (target == nullptr) return Refuse(v1::PROJECT_NOT_FOUND, name, "there is no project " + name, {{"name", name}});
  if (target->currency_code() != project.currency_code()) {
    return Refuse(v1::WRONG_CURRENCY, "target_project",
                  name + " keeps its books in " + target->currency_code() + ", " + project.name() + " in " + project.currency_code(),
                  {{"currency_code", target->currency_code()},
                   {"project_currency_code", project.currency_code()},
                   {"case", "TARGET"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireState(*target, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED},
                                     "take money from another project"));
  const v1::Party* party = FindParty(*target, payer);
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, payer, payer + " does not fund " + name, {{"party", payer}});
  }
  if (auto replaced = ReplacedProblem(*party)) return Refusal{{*std::move(replaced)}};
  const v1::RuleVersion* rule = context.state.Find<v1::RuleVersion>(target->rule_version());
  // A rule that a project names is there; only a failed read comes here without one.
  if (rule == nullptr) return Refuse(v1::STORAGE_UNAVAILABLE, name, "the rule version of " + name + " cannot be read");
  if (!FindRole(*rule, party->role())->club_money()) {
    return Refuse(v1::ROLE_MISMATCH, payer,
                  payer + " pays " + name + " in tranches; only what the club's side owes is paid by a reallocation",
                  {{"role", party->role()}, {"case", "PAYS_IN_TRANCHES"}, {"party", payer}, {"project", name}});
  }
  // Goods that count leave so much less to pay in money: what a finished project could not take would lie in its box as nobody's.
  const int64_t given = party->verified_minor_units() + party->in_kind_counted_minor_units() +
                        (beside_declared ? party->declared_minor_units() : 0);
  const int64_t owed = std::max<int64_t>(0, party->due_minor_units() - given);
  if (asked <= owed) return std::nullopt;
  return Refuse(v1::CONTRIBUTION_ABOVE_DUE, payer,
                payer + " still owes " + Amount(owed, project.currency_code()) + " to " + name + ", not " +
                    Amount(asked, project.currency_code()),
                {{"allowed_minor_units", std::to_string(owed)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"case", "REALLOCATION"},
                 {"party", payer},
                 {"project", name}});
}

MaybeRefusal CheckReallocation(Context& context, const ProjectContext& loaded, const Proposal::ReallocationAction& action,
                               int64_t own_reserved) {
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
                                                  "give what it owes a payer to another project"));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Reallocation>(context, project.name() + "/reallocations/" + action.reallocation_id()));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, action.amount(), "amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireNotFrozen(context, action.party()));
  ORIUNDO_REFUSE_IF_ANY(
      RequireReallocationTarget(context, project, action.target_project(), action.party(), action.amount().minor_units(),
                                /*beside_declared=*/true));
  const v1::Party& party = *FindParty(project, action.party());
  // Interest goes to the payer itself; the rest is what it would be refunded (domain notes 4.7).
  const int64_t free = party.payable_minor_units() - party.interest_minor_units() - (party.reallocating_minor_units() - own_reserved);
  const int64_t asked = action.amount().minor_units();
  if (asked <= free) return std::nullopt;
  return Refuse(v1::NOTHING_TO_REFUND, party.organization(),
                Amount(free, project.currency_code()) + " is payable to " + party.organization() + " and kept for no other reallocation; " +
                    Amount(asked - free, project.currency_code()) + " is missing; apportion the refunds first",
                {{"available_minor_units", std::to_string(free)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"missing_minor_units", std::to_string(asked - free)},
                 {"case", "REALLOCATION"},
                 {"party", party.organization()}});
}

MaybeRefusal Decide(Context& context, const v1::ProposeReallocationRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  if (FindParty(project, request.party()) == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, request.party(), request.party() + " does not fund " + project.name(), {{"party", request.party()}});
  }
  // Its federation may speak for a club where money comes in; where its money goes only the payer itself says.
  if (context.actor.name() != request.party() && context.actor.name() != StandsFor(context, request.party())) {
    return NotAllowed(context, "the payer " + request.party(),
                      {{"case", "PAYER"}, {"party", request.party()}});
  }
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  Proposal::ReallocationAction& action = *proposal.mutable_reallocation();
  action.set_reallocation_id(request.reallocation_id());
  action.set_party(request.party());
  action.set_target_project(request.target_project());
  *action.mutable_amount() = request.amount();
  ORIUNDO_REFUSE_IF_ANY(CheckReallocation(context, loaded, action, 0));
  draft.Party(request.party()).set_reallocating_minor_units(request.amount().minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CancelReallocationRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const v1::Reallocation* reallocation = context.state.Find<v1::Reallocation>(request.name());
  if (reallocation == nullptr) {
    return Refuse(v1::REALLOCATION_NOT_FOUND, request.name(), "there is no reallocation " + request.name(), {{"name", request.name()}});
  }
  if (context.actor.name() != loaded.program->office()) ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, reallocation->party()));
  if (reallocation->state() != v1::Reallocation::APPROVED) {
    const std::string now = v1::Reallocation::State_Name(reallocation->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, request.name(), request.name() + " is " + now + "; it takes APPROVED to be given up",
                  {{"state", now}, {"allowed_states", "APPROVED"}});
  }
  v1::ReallocationCancelled& event = *draft.entry.mutable_reallocation_cancelled();
  event.set_reallocation(request.name());
  *event.mutable_reason() = request.reason();
  draft.Party(reallocation->party()).set_reallocating_minor_units(-reallocation->amount().minor_units());
  return std::nullopt;
}

}  // namespace oriundo
