#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/pool_parts.h"

namespace oriundo {
namespace {

using v1::Project;
using v1::Proposal;

MaybeRefusal LoadProposal(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded, const Proposal*& proposal) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  proposal = context.state.Find<Proposal>(name);
  if (proposal == nullptr) return Refuse(v1::PROPOSAL_NOT_FOUND, name, "there is no proposal " + name, {{"name", name}});
  return std::nullopt;
}

MaybeRefusal RequireOpen(const Proposal& proposal) {
  if (proposal.state() == Proposal::OPEN) return std::nullopt;
  const std::string now = Proposal::State_Name(proposal.state());
  return Refuse(v1::WRONG_RESOURCE_STATE, proposal.name(), proposal.name() + " is " + now +
                    "; only an OPEN proposal can be approved or withdrawn",
                {{"state", now}, {"allowed_states", "OPEN"}});
}

// Two principals, of two organisations unless the rule says otherwise; the proposer counts as one (design notes, section 5).
MaybeRefusal RequireIndependentApprover(Context& context, const ProjectContext& loaded, const Proposal& proposal) {
  const std::string& actor = context.actor.name();
  const MoneySource source = proposal.has_reversal()       ? SourceOf(context, proposal.reversal().target())
                             : proposal.has_reallocation() ? MoneySource{proposal.reallocation().party(), proposal.proposer()}
                                                           : MoneySource{};
  const v1::Party* party = FindParty(*loaded.project, actor);
  // A club releases nobody's tranche (domain notes 1.1).
  const bool funder = party != nullptr && party->replaced_by().empty() && !(proposal.has_release() && FindRole(*loaded.rule, party->role())->club_money());
  if (actor != loaded.program->office() && !funder) {
    if (!proposal.has_reversal() || !IsNamedVerifier(*loaded.rule, actor)) {
      return NotAllowed(context, proposal.has_release()    ? "the programme's office or a funder that pays in tranches"
                                 : proposal.has_reversal() ? "the programme's office, a funder or a verifier of the rule"
                                                           : "the programme's office or a funder",
                        {{"case", proposal.has_release()    ? "OFFICE_OR_TRANCHE_PAYER"
                                  : proposal.has_reversal() ? "FUNDER_VERIFIER_OR_OFFICE"
                                                            : "FUNDER_OR_OFFICE"}});
    }
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, source.declarer));
  }
  // No organisation stands above one that may execute, so it is enough to look at the executor itself.
  const auto& former = loaded.project->former_executors();
  if (actor == loaded.project->executor() || std::find(former.begin(), former.end(), actor) != former.end()) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                  actor + " executes " + loaded.project->name() + " or did; who spends the money does not approve how it moves",
                  {{"proposer", proposal.proposer()},
                   {"approver", actor},
                   {"case", "EXECUTES"},
                   {"project", loaded.project->name()}});
  }
  // Whoever they were merged into acts for them.
  if (actor == StandsFor(context, source.payer) || actor == StandsFor(context, source.declarer) || actor == source.payer ||
      actor == source.declarer) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                  proposal.name() + " would " + (proposal.has_reallocation() ? "move" : "give back") + " what " + source.payer +
                      " paid; neither " + source.payer + " nor who declared or proposed it for it approves that",
                  {{"proposer", proposal.proposer()},
                   {"approver", actor},
                   {"party", source.payer},
                   {"case", "PAYER_OR_DECLARER"}});
  }
  if (proposal.has_year_end_return() && actor == proposal.year_end_return().party()) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                  proposal.name() + " would give money back to " + actor + ", which does not approve that itself",
                  {{"proposer", proposal.proposer()}, {"approver", actor}, {"party", actor}, {"case", "OWN_MONEY"}});
  }
  if (proposal.has_reversal()) {
    // Money leaves or enters the books only where somebody who sees the bank says so.
    const auto proposer_fault = VerifierFault(context, *loaded.project, *loaded.rule, proposal.proposer(), source.declarer);
    if (proposer_fault.has_value() && VerifierFault(context, *loaded.project, *loaded.rule, actor, source.declarer).has_value()) {
      return Refuse(v1::VERIFIER_NOT_INDEPENDENT, proposal.name(),
                    proposal.name() + " was proposed by " + proposal.proposer() + ", which " + proposer_fault->words +
                        "; a reversal that no independent verifier proposed is approved by one",
                    {{"organization", actor},
                     {"proposer", proposal.proposer()},
                     {"rule_version", loaded.rule->name()},
                     {"case", "REVERSAL_APPROVER"}});
    }
  }
  const bool same_principal = context.command.actor.principal == proposal.proposer_principal();
  // What the rule asks for is let go by two organisations, whatever it says of approvals.
  const bool single = loaded.rule->single_organization_approvals() && !proposal.has_waiver();
  const bool same_organization = actor == StandsFor(context, proposal.proposer()) && !single;
  if (!same_principal && !same_organization) {
    // Whoever holds a disputed name's credential would be the second person.
    if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
    // So would whoever kept the credential of a name that was merged into another.
    if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
    return std::nullopt;
  }
  return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                proposal.name() + " was proposed by " + proposal.proposer() +
                    (same_principal ? "'s same principal; another person approves it" : "; another organisation approves it"),
                {{"proposer", proposal.proposer()},
                 {"approver", actor},
                 {"case", same_principal ? "SAME_PERSON" : "SAME_ORGANIZATION"}});
}

// Two persons agree on the same amounts: what a return at the end of a year takes may have been spent since it was proposed.
MaybeRefusal RequireSameReturn(const Proposal& proposal, const Proposal::YearEndReturnAction& found) {
  const Proposal::YearEndReturnAction& proposed = proposal.year_end_return();
  if (proposed.amount().minor_units() == found.amount().minor_units() &&
      proposed.interest().minor_units() == found.interest().minor_units()) {
    return std::nullopt;
  }
  const std::string& currency = found.amount().currency_code();
  return Refuse(v1::TARGET_CHANGED, proposal.name(),
                proposal.name() + " returns " + Amount(proposed.amount().minor_units(), currency) + " and interest of " +
                    Amount(proposed.interest().minor_units(), currency) + "; by now it would be " +
                    Amount(found.amount().minor_units(), currency) + " and " + Amount(found.interest().minor_units(), currency) +
                    "; withdraw the proposal and propose anew",
                {{"proposed_minor_units", std::to_string(proposed.amount().minor_units())},
                 {"available_minor_units", std::to_string(found.amount().minor_units())},
                 {"case", "YEAR_END_RETURN"},
                 {"proposed_interest_minor_units", std::to_string(proposed.interest().minor_units())},
                 {"available_interest_minor_units", std::to_string(found.interest().minor_units())}});
}

// What a proposal had reserved is free again.
void FreeReserved(const Project& project, const Proposal& proposal, Draft& draft) {
  if (proposal.has_reallocation()) {
    draft.Party(proposal.reallocation().party()).set_reallocating_minor_units(-proposal.reallocation().amount().minor_units());
  }
  if (!proposal.has_release()) return;
  const int64_t amount = proposal.release().amount().minor_units();
  draft.Party(FindTranche(project, proposal.release().tranche())->party()).set_proposed_minor_units(-amount);
  draft.Tranche(proposal.release().tranche()).set_proposed_minor_units(-amount);
}

bool HasExpired(const Proposal& proposal, Stamp stamp) {
  return stamp.commit_time_us >= proposal.expire_time().seconds() * 1'000'000 + proposal.expire_time().nanos() / 1'000;
}

}  // namespace

MaybeRefusal RequireRoomForProposal(const Project& project) {
  const int open = CountDeadlines(project, "projects/*/proposals/*") + CountDeadlines(project, "projects/*/amendments/*");
  if (open < kOpenProposalsMax) return std::nullopt;
  return Refuse(v1::TOO_MANY_PROPOSALS, project.name(),
                project.name() + " has " + std::to_string(open) +
                    " open proposals and amendments and takes no more; approve, sign or withdraw some",
                {{"maximum", std::to_string(kOpenProposalsMax)}});
}

MaybeRefusal StartProposal(Context& context, const ProjectContext& loaded, const std::string& id, const v1::Reason& reason,
                           Proposal& proposal) {
  const std::string name = loaded.project->name() + "/proposals/" + id;
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Proposal>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireRoomForProposal(*loaded.project));
  proposal.set_name(name);
  proposal.set_state(Proposal::OPEN);
  proposal.set_proposer(context.actor.name());
  proposal.set_proposer_principal(context.command.actor.principal);
  proposal.set_reason_commitment(reason.text_commitment());
  const int64_t expires_us = context.stamp.commit_time_us + int64_t{loaded.rule->proposal_days()} * 86'400'000'000;
  proposal.mutable_expire_time()->set_seconds(expires_us / 1'000'000);
  proposal.mutable_expire_time()->set_nanos(static_cast<int32_t>(expires_us % 1'000'000 * 1'000));
  return std::nullopt;
}

namespace {

// What two persons let a project pay that spends nothing by itself any more: when it is cancelled what fell due before, when it is handed
// over the fees that an old bank keeps of what it still holds.
MaybeRefusal RequireObligationState(const Project& project, const v1::Expenditure& expenditure) {
  const bool invoice = expenditure.purpose() != v1::ADVANCE && expenditure.purpose() != v1::RETENTION_RELEASE;
  const bool old_banks_fee = invoice && expenditure.category() == v1::FEES &&
                             expenditure.amount().minor_units() <= project.uncarried_minor_units();
  if (project.state() == Project::HANDED_OVER && old_banks_fee) return std::nullopt;
  return RequireState(project, {Project::CANCELLED}, "propose an obligation that fell due before");
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::ProposeExpenditureRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  if (context.actor.name() != loaded.project->executor()) {
    return NotAllowed(context, "the executor " + loaded.project->executor(),
                      {{"case", "EXECUTOR"},
                       {"executor", loaded.project->executor()}});
  }
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  ORIUNDO_REFUSE_IF_ANY(RequireObligationState(*loaded.project, request.expenditure()));
  if (request.expenditure().purpose() == v1::ADVANCE) {
    return Refuse(v1::INVALID_FIELD, "expenditure.purpose", "a cancelled project pays nothing in advance",
                  {{"case", "ADVANCE_WHEN_CANCELLED"}});
  }
  ORIUNDO_REFUSE_IF_ANY(CheckExpenditure(context, loaded, request.expenditure_id(), request.expenditure()));
  proposal.mutable_expenditure()->set_expenditure_id(request.expenditure_id());
  *proposal.mutable_expenditure()->mutable_expenditure() = request.expenditure();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ProposeWaiverRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const v1::Party* party = FindParty(*loaded.project, context.actor.name());
  const bool funder = party != nullptr && party->replaced_by().empty();
  if (!funder && context.actor.name() != loaded.program->office()) {
    return NotAllowed(context, "a funder or the programme's office",
                      {{"case", "FUNDER_OR_OFFICE"}});
  }
  if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  Proposal::WaiverAction& action = *proposal.mutable_waiver();
  action.set_tranche(request.tranche());
  *action.mutable_waivers() = request.waivers();
  *action.mutable_documents() = request.documents();
  return CheckWaiver(loaded, action);
}

MaybeRefusal Decide(Context& context, const v1::ApproveProposalRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Proposal* proposal = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProposal(context, request.name(), draft, loaded, proposal));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireIndependentApprover(context, loaded, *proposal));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*proposal));
  // Its entry may be on the way.
  if (HasExpired(*proposal, context.stamp)) {
    return Refuse(v1::WRONG_RESOURCE_STATE, proposal->name(), proposal->name() + " has expired; propose anew",
                  {{"state", "EXPIRED"}, {"case", "EXPIRED"}});
  }
  switch (proposal->action_case()) {
    case Proposal::kRelease: {
      const Proposal::ReleaseAction& action = proposal->release();
      const v1::Tranche& tranche = *FindTranche(project, action.tranche());
      ORIUNDO_REFUSE_IF_ANY(RequireReleasingState(loaded, tranche));
      ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
      const std::string name = project.name() + "/releases/" + action.release_id();
      ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Release>(context, name));
      int64_t amount = 0;
      const int64_t asked = action.amount().minor_units();
      ORIUNDO_REFUSE_IF_ANY(CheckRelease(context, loaded, tranche, asked, asked, &action.documents(), draft, amount));
      v1::Release& release = *draft.entry.mutable_release_approved()->mutable_release();
      release.set_name(name);
      release.set_state(v1::Release::RELEASED);
      release.set_tranche(tranche.name());
      release.set_party(tranche.party());
      *release.mutable_amount() = action.amount();
      release.set_proposal(proposal->name());
      draft.Post(chart::Transit(project.name(), tranche.party()), amount);
      draft.Post(chart::Funds(project.name(), tranche.party()), -amount);
      v1::PartyChange& change = draft.Party(tranche.party());
      change.set_proposed_minor_units(-amount);
      change.set_committed_minor_units(-amount);
      change.set_released_minor_units(amount);
      draft.Tranche(tranche.name()).set_proposed_minor_units(-amount);
      draft.Tranche(tranche.name()).set_released_minor_units(amount);
      // What was never sent goes out first; what exceeds it had been kept by banks and goes out a second time.
      const int64_t resent = std::max<int64_t>(0, amount - UnsentOf(tranche));
      release.set_resent_fee_minor_units(resent);
      draft.Tranche(tranche.name()).set_fee_minor_units(-resent);
      for (const v1::PoolPart& part : PartsToRelease(*FindParty(project, tranche.party()), amount)) {
        const int64_t drawn = part.released_minor_units();
        ChangePoolPart(project, tranche.party(), part.fiscal_year(), -drawn, drawn, draft);
        *release.add_pool_parts() = part;
      }
      return std::nullopt;
    }
    case Proposal::kReversal:
      ORIUNDO_REFUSE_IF_ANY(CheckReversal(context, loaded, proposal->reversal()));
      ORIUNDO_REFUSE_IF_ANY(RequireUnchanged(context, *proposal));
      MakeReversal(context, loaded, *proposal, draft);
      return std::nullopt;
    case Proposal::kExpenditure: {
      const Proposal::ExpenditureAction& action = proposal->expenditure();
      ORIUNDO_REFUSE_IF_ANY(RequireObligationState(project, action.expenditure()));
      ORIUNDO_REFUSE_IF_ANY(CheckExpenditure(context, loaded, action.expenditure_id(), action.expenditure()));
      MakeExpenditure(loaded, action.expenditure_id(), action.expenditure(), proposal->proposer(), proposal->name(), draft);
      return std::nullopt;
    }
    case Proposal::kForfeiture:
      ORIUNDO_REFUSE_IF_ANY(CheckForfeiture(context, loaded, proposal->forfeiture()));
      MakeForfeiture(loaded, *proposal, draft);
      return std::nullopt;
    case Proposal::kYearEndReturn: {
      Proposal::YearEndReturnAction found;
      ORIUNDO_REFUSE_IF_ANY(CheckYearEndReturn(context, loaded, proposal->year_end_return(), found));
      ORIUNDO_REFUSE_IF_ANY(RequireSameReturn(*proposal, found));
      MakeYearEndReturn(loaded, *proposal, draft);
      return std::nullopt;
    }
    case Proposal::kWaiver: {
      ORIUNDO_REFUSE_IF_ANY(CheckWaiver(loaded, proposal->waiver()));
      v1::TrancheConditionsWaived& waived = *draft.entry.mutable_tranche_conditions_waived();
      waived.set_tranche(proposal->waiver().tranche());
      *waived.mutable_waivers() = proposal->waiver().waivers();
      waived.set_proposal(proposal->name());
      return std::nullopt;
    }
    case Proposal::kReallocation: {
      const Proposal::ReallocationAction& action = proposal->reallocation();
      ORIUNDO_REFUSE_IF_ANY(CheckReallocation(context, loaded, action, action.amount().minor_units()));
      v1::Reallocation& reallocation = *draft.entry.mutable_reallocation_approved()->mutable_reallocation();
      reallocation.set_name(project.name() + "/reallocations/" + action.reallocation_id());
      reallocation.set_state(v1::Reallocation::APPROVED);
      reallocation.set_party(action.party());
      reallocation.set_target_project(action.target_project());
      *reallocation.mutable_amount() = action.amount();
      reallocation.set_proposal(proposal->name());
      return std::nullopt;
    }
    case Proposal::ACTION_NOT_SET:
      break;
  }
  return Refuse(v1::WRONG_RESOURCE_STATE, proposal->name(), proposal->name() + " proposes nothing",
                {{"case", "PROPOSES_NOTHING"}});
}

MaybeRefusal Decide(Context& context, const v1::WithdrawProposalRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Proposal* proposal = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProposal(context, request.name(), draft, loaded, proposal));
  // The office clears what others leave open; a project takes only so many.
  if (context.actor.name() != proposal->proposer() && context.actor.name() != loaded.program->office()) {
    return NotAllowed(context, "the proposer " + proposal->proposer() + " or the programme's office",
                      {{"case", "PROPOSER_OR_OFFICE"}, {"proposer", proposal->proposer()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*proposal));
  v1::ProposalWithdrawn& event = *draft.entry.mutable_proposal_withdrawn();
  event.set_proposal(proposal->name());
  *event.mutable_reason() = request.reason();
  FreeReserved(*loaded.project, *proposal, draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ProposalExpired& request, Draft& draft) {
  ProjectContext loaded;
  const Proposal* proposal = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProposal(context, request.proposal(), draft, loaded, proposal));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*proposal));
  if (!HasExpired(*proposal, context.stamp)) {
    return Refuse(v1::WRONG_RESOURCE_STATE, proposal->name(), proposal->name() + " is not due yet",
                  {{"case", "NOT_DUE"}});
  }
  draft.entry.mutable_proposal_expired()->set_proposal(proposal->name());
  draft.entry.add_concerned(proposal->proposer());
  FreeReserved(*loaded.project, *proposal, draft);
  return std::nullopt;
}

}  // namespace oriundo
