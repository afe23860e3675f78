#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/rules/draw.h"

namespace oriundo {
namespace {

using v1::Project;
using v1::Proposal;

// Where money that came in is taken out again: how much leaves the box, and whose money that is.
struct TakeBack {
  int64_t from_box = 0;
  // What leaves each party's left; the party's own first, then the others' cover (rules/draw.h).
  std::vector<int64_t> from_left;
};

TakeBack DrawTakeBack(const Project& project, const std::string& organization, int64_t amount) {
  TakeBack take;
  const std::vector<int64_t> left = LeftOf(project);
  take.from_box = std::min(amount, Sum(left));
  take.from_left = DrawForParty(PartyIndex(project, organization), take.from_box, left).from_left;
  return take;
}

// Books that `amount` of `organization`'s money was taken back. Never a negative box: what was already spent becomes a receivable, and what
// the box cannot even hold out was covered by somebody unknown (design notes, section 4; domain notes 4.14).
// Returns the party's own money that left the box, the rest being owed. What was refunded already is not its own a second time, also
// where reversed spending has brought money back to it since.
int64_t BookTakeBack(const Project& project, const std::string& organization, int64_t amount, const TakeBack& take, Draft& draft) {
  const int party_index = PartyIndex(project, organization);
  const v1::Party& party = project.parties(party_index);
  const int64_t drawn = take.from_left[static_cast<std::size_t>(party_index)];
  const int64_t still_paid_in = party.paid_in_minor_units() - party.taken_back_minor_units() - party.refunded_minor_units();
  const int64_t own = std::clamp<int64_t>(still_paid_in, 0, drawn);
  for (int i = 0; i < project.parties_size(); ++i) {
    const int64_t part = take.from_left[static_cast<std::size_t>(i)];
    if (i == party_index || part == 0) continue;
    v1::PartyChange& cover = draft.Party(project.parties(i).organization());
    cover.set_left_minor_units(-part);
    cover.set_equalised_minor_units(part);
  }
  v1::PartyChange& change = draft.Party(organization);
  change.set_left_minor_units(-drawn);
  change.set_equalised_minor_units(drawn - take.from_box);
  change.set_receivable_minor_units(amount - own);
  change.set_taken_back_minor_units(take.from_box);
  draft.Post(chart::Bank(project.name()), -take.from_box);
  draft.Post(chart::Receivable(project.name(), organization), amount - own);
  draft.Post(chart::Suspense(project.name()), -(amount - take.from_box));
  return own;
}

MaybeRefusal WrongState(const std::string& name, const std::string& now, std::string_view allowed) {
  return Refuse(v1::WRONG_RESOURCE_STATE, name, name + " is " + now + "; it takes " + std::string(allowed) + " to be reversed", {{"state", now}});
}

void ReverseContribution(const ProjectContext& loaded, const Proposal& proposal, const v1::Contribution& contribution, Draft& draft) {
  const Project& project = *loaded.project;
  const v1::Party& party = *FindParty(project, contribution.party());
  const int64_t amount = contribution.credited().minor_units();
  const TakeBack take = DrawTakeBack(project, contribution.party(), amount);
  const int64_t own = BookTakeBack(project, contribution.party(), amount, take, draft);
  // The over-match is what exceeds the due; it shrinks first, and its account with it as far as refunds have left something there.
  const int64_t over_change = OverMatchOf(loaded, party, party.verified_minor_units() - amount) - party.over_match_minor_units();
  const int64_t apart = std::min(-over_change, -BalanceOf(project, chart::OverMatch(project.name(), contribution.party())));
  draft.Post(chart::OverMatch(project.name(), contribution.party()), apart);
  draft.Post(chart::Funds(project.name(), contribution.party()), own - apart);
  v1::PartyChange& change = draft.Party(contribution.party());
  change.set_verified_minor_units(-amount);
  change.set_over_match_minor_units(over_change);
  v1::ContributionReversed& event = *draft.entry.mutable_contribution_reversed();
  event.set_contribution(contribution.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  event.set_returned_minor_units(take.from_box);
}

void ReturnRelease(const ProjectContext& loaded, const Proposal& proposal, const v1::Release& release, Draft& draft) {
  const Project& project = *loaded.project;
  const bool received = release.state() == v1::Release::RECEIVED;
  const int64_t amount = received ? release.credited().minor_units() : release.amount().minor_units();
  v1::ReleaseReturned& event = *draft.entry.mutable_release_returned();
  event.set_release(release.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  // What the payer has back for good. What was spent it owes to the project: that stays released, or it would be promised twice.
  int64_t home = amount;
  if (received) {
    const TakeBack take = DrawTakeBack(project, release.party(), amount);
    home = BookTakeBack(project, release.party(), amount, take, draft);
    draft.Party(release.party()).set_received_minor_units(-amount);
    draft.Tranche(release.tranche()).set_settled_minor_units(-amount);
    draft.Tranche(release.tranche()).set_receivable_minor_units(amount - home);
    event.set_returned_minor_units(take.from_box);
  } else {
    // Still on its way: it turns round before it reaches the box, and what banks had kept before is all that they have kept.
    draft.Tranche(release.tranche()).set_fee_minor_units(release.resent_fee_minor_units());
    draft.Post(chart::Transit(project.name(), release.party()), -amount);
  }
  PostOutOfFunds(project, release.party(), home, draft);
  draft.Party(release.party()).set_released_minor_units(-home);
  draft.Tranche(release.tranche()).set_released_minor_units(-home);
  // Back with its payer, the money is promised again, unless the project has ended.
  const bool promised = project.state() != Project::CANCELLED;
  if (promised) draft.Party(release.party()).set_committed_minor_units(home);
  if (FindRole(*loaded.rule, FindParty(project, release.party())->role())->pooled()) {
    v1::PoolChange& pool = draft.Pool(PoolName(project.program(), release.party(), project.fiscal_year()));
    pool.set_released_minor_units(-home);
    if (promised) pool.set_committed_minor_units(home);
  }
}

void ReverseExpenditure(const ProjectContext& loaded, const Proposal& proposal, const v1::Expenditure& expenditure, Draft& draft) {
  const Project& project = *loaded.project;
  const int64_t amount = expenditure.amount().minor_units();
  draft.Post(chart::Bank(project.name()), amount);
  draft.Post(chart::Spent(project.name(), expenditure.category()), -amount);
  std::vector<int64_t> given_back;
  for (int64_t part : expenditure.drawn_minor_units()) given_back.push_back(-part);
  DrawSpending(project, given_back, draft);
  v1::ExpenditureReversed& event = *draft.entry.mutable_expenditure_reversed();
  event.set_expenditure(expenditure.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
}

// The sequence of the entry that last changed the target of a reversal; -1 where there is no such target.
int64_t LastChangeOf(Context& context, const std::string& target) {
  auto last = [](const auto* record) { return record == nullptr ? -1 : *record->entry_sequences().rbegin(); };
  if (IsResourceName(target, "projects/*/contributions/*")) return last(context.state.Find<v1::Contribution>(target));
  if (IsResourceName(target, "projects/*/releases/*")) return last(context.state.Find<v1::Release>(target));
  return last(context.state.Find<v1::Expenditure>(target));
}

// Two persons agree on the same facts: what the proposer saw must still be so when the second one approves.
MaybeRefusal RequireUnchanged(Context& context, const Proposal& proposal) {
  const std::string& target = proposal.reversal().target();
  const int64_t proposed_at = proposal.reversal().target_sequence();
  const int64_t last = LastChangeOf(context, target);
  if (last == proposed_at) return std::nullopt;
  return Refuse(v1::TARGET_CHANGED, target,
                target + " was changed by entry " + std::to_string(last) + " after " + proposal.name() + " had been proposed, when entry " +
                    std::to_string(proposed_at) + " was its last; withdraw the proposal and propose anew",
                {{"target_sequence", std::to_string(proposed_at)}, {"last_sequence", std::to_string(last)}});
}

MaybeRefusal LoadProposal(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded, const Proposal*& proposal) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  proposal = context.state.Find<Proposal>(name);
  if (proposal == nullptr) return Refuse(v1::PROPOSAL_NOT_FOUND, name, "there is no proposal " + name, {{"name", name}});
  return std::nullopt;
}

MaybeRefusal RequireOpen(const Proposal& proposal) {
  if (proposal.state() == Proposal::OPEN) return std::nullopt;
  const std::string now = Proposal::State_Name(proposal.state());
  return Refuse(v1::WRONG_RESOURCE_STATE, proposal.name(), proposal.name() + " is " + now + "; only an OPEN proposal can be approved or withdrawn",
                {{"state", now}});
}

bool IsVerifier(const ProjectContext& loaded, const std::string& organization) {
  const auto& verifiers = loaded.rule->verifiers();
  return std::find(verifiers.begin(), verifiers.end(), organization) != verifiers.end();
}

// Whose money a reversal would give back, and who had said that it came: empty for an expenditure and for what is not there.
struct Source {
  std::string payer;
  std::string declarer;
};

Source SourceOf(Context& context, const std::string& target) {
  if (IsResourceName(target, "projects/*/contributions/*")) {
    const auto* contribution = context.state.Find<v1::Contribution>(target);
    return contribution == nullptr ? Source{} : Source{contribution->party(), contribution->declarer()};
  }
  if (IsResourceName(target, "projects/*/releases/*")) {
    const auto* release = context.state.Find<v1::Release>(target);
    return release == nullptr ? Source{} : Source{release->party(), release->party()};
  }
  return {};
}

// Two principals, of two organisations unless the rule says otherwise; the proposer counts as one (design notes, section 5).
MaybeRefusal RequireIndependentApprover(Context& context, const ProjectContext& loaded, const Proposal& proposal) {
  const std::string& actor = context.actor.name();
  const Source source = proposal.has_reversal() ? SourceOf(context, proposal.reversal().target()) : Source{};
  const v1::Party* party = FindParty(*loaded.project, actor);
  // A club releases nobody's tranche (domain notes 1.1).
  const bool funder = party != nullptr && !(proposal.has_release() && FindRole(*loaded.rule, party->role())->club_money());
  if (actor != loaded.program->office() && !funder) {
    if (!proposal.has_reversal() || !IsVerifier(loaded, actor)) {
      return NotAllowed(context, proposal.has_release()    ? "the programme's office or a funder that pays in tranches"
                                 : proposal.has_reversal() ? "the programme's office, a funder or a verifier of the rule"
                                                           : "the programme's office or a funder");
    }
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, source.declarer));
  }
  // No organisation stands above one that may execute, so it is enough to look at the executor itself.
  if (actor == loaded.project->executor()) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                  actor + " executes " + loaded.project->name() + "; who spends the money does not approve how it moves",
                  {{"proposer", proposal.proposer()}, {"approver", actor}});
  }
  if (actor == source.payer || actor == source.declarer) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                  proposal.name() + " would give back what " + source.payer + " paid; neither " + source.payer +
                      " nor who declared it for it approves that",
                  {{"proposer", proposal.proposer()}, {"approver", actor}, {"party", source.payer}});
  }
  if (proposal.has_reversal()) {
    // Money leaves or enters the books only where somebody who sees the bank says so.
    const std::string proposer_fault = VerifierFault(context, *loaded.project, *loaded.rule, proposal.proposer(), source.declarer);
    if (!proposer_fault.empty() && !VerifierFault(context, *loaded.project, *loaded.rule, actor, source.declarer).empty()) {
      return Refuse(v1::VERIFIER_NOT_INDEPENDENT, proposal.name(),
                    proposal.name() + " was proposed by " + proposal.proposer() + ", which " + proposer_fault +
                        "; a reversal that no independent verifier proposed is approved by one",
                    {{"organization", actor}, {"proposer", proposal.proposer()}, {"rule_version", loaded.rule->name()}});
    }
  }
  const bool same_principal = context.command.actor.principal == proposal.proposer_principal();
  const bool same_organization = actor == proposal.proposer() && !loaded.rule->single_organization_approvals();
  if (!same_principal && !same_organization) return std::nullopt;
  return Refuse(v1::APPROVER_NOT_INDEPENDENT, proposal.name(),
                proposal.name() + " was proposed by " + proposal.proposer() +
                    (same_principal ? "'s same principal; another person approves it" : "; another organisation approves it"),
                {{"proposer", proposal.proposer()}, {"approver", actor}});
}

}  // namespace

MaybeRefusal CheckReversal(Context& context, const ProjectContext& loaded, const Proposal::ReversalAction& reversal) {
  const Project& project = *loaded.project;
  const std::string& target = reversal.target();
  ORIUNDO_REFUSE_IF_ANY(RequireState(project,
                                     {Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER,
                                      Project::CANCELLED},
                                     "reverse money"));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, reversal.bank_value_date(), "bank_value_date"));
  if (IsResourceName(target, "projects/*/contributions/*")) {
    const v1::Contribution* contribution = context.state.Find<v1::Contribution>(target);
    if (contribution == nullptr) return Refuse(v1::CONTRIBUTION_NOT_FOUND, target, "there is no contribution " + target, {{"name", target}});
    if (contribution->state() != v1::Contribution::VERIFIED) {
      return WrongState(target, v1::Contribution::State_Name(contribution->state()), "VERIFIED");
    }
  } else if (IsResourceName(target, "projects/*/releases/*")) {
    const v1::Release* release = context.state.Find<v1::Release>(target);
    if (release == nullptr) return Refuse(v1::RELEASE_NOT_FOUND, target, "there is no release " + target, {{"name", target}});
    if (release->state() == v1::Release::RETURNED) return WrongState(target, "RETURNED", "RELEASED or RECEIVED");
  } else {
    const v1::Expenditure* expenditure = context.state.Find<v1::Expenditure>(target);
    if (expenditure == nullptr) return Refuse(v1::EXPENDITURE_NOT_FOUND, target, "there is no expenditure " + target, {{"name", target}});
    if (expenditure->state() != v1::Expenditure::RECORDED) {
      return WrongState(target, v1::Expenditure::State_Name(expenditure->state()), "RECORDED");
    }
  }
  return std::nullopt;
}

void MakeReversal(Context& context, const ProjectContext& loaded, const Proposal& proposal, Draft& draft) {
  const std::string& target = proposal.reversal().target();
  draft.entry.set_effective_date(proposal.reversal().bank_value_date());
  if (const auto* contribution = IsResourceName(target, "projects/*/contributions/*") ? context.state.Find<v1::Contribution>(target) : nullptr) {
    ReverseContribution(loaded, proposal, *contribution, draft);
  } else if (const auto* release = IsResourceName(target, "projects/*/releases/*") ? context.state.Find<v1::Release>(target) : nullptr) {
    ReturnRelease(loaded, proposal, *release, draft);
  } else {
    ReverseExpenditure(loaded, proposal, *context.state.Find<v1::Expenditure>(target), draft);
  }
}

MaybeRefusal Decide(Context& context, const v1::ProposeReversalRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  const bool spending = IsResourceName(request.target(), "projects/*/expenditures/*");
  const std::string& actor = context.actor.name();
  if (actor != loaded.program->office() && !(spending && actor == loaded.project->executor())) {
    if (!IsVerifier(loaded, actor)) {
      return NotAllowed(context, "a verifier of the rule, the programme's office or, for its expenditure, the executor");
    }
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, SourceOf(context, request.target()).declarer));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Proposal>(context, name));
  if (ParentOf(request.target()) != request.parent()) {
    return Refuse(v1::INVALID_FIELD, "target", "the target belongs to another project than " + request.parent());
  }
  if (request.documents().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "documents", "a reversal is proposed with what shows at the bank that it happened, for example a BANK_RECEIPT",
                  {{"document_type", "BANK_RECEIPT"}});
  }
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  proposal.mutable_reversal()->set_target(request.target());
  proposal.mutable_reversal()->set_bank_value_date(request.bank_value_date());
  *proposal.mutable_reversal()->mutable_evidence() = request.documents();
  ORIUNDO_REFUSE_IF_ANY(CheckReversal(context, loaded, proposal.reversal()));
  proposal.mutable_reversal()->set_target_sequence(LastChangeOf(context, request.target()));
  proposal.set_name(name);
  proposal.set_state(Proposal::OPEN);
  proposal.set_proposer(actor);
  proposal.set_proposer_principal(context.command.actor.principal);
  proposal.set_reason_commitment(request.reason().text_commitment());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ProposeExpenditureRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  if (context.actor.name() != loaded.project->executor()) return NotAllowed(context, "the executor " + loaded.project->executor());
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Proposal>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::CANCELLED}, "propose an obligation that fell due before"));
  ORIUNDO_REFUSE_IF_ANY(CheckExpenditure(context, loaded, request.expenditure_id(), request.expenditure()));
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  proposal.set_name(name);
  proposal.set_state(Proposal::OPEN);
  proposal.set_proposer(context.actor.name());
  proposal.set_proposer_principal(context.command.actor.principal);
  proposal.set_reason_commitment(request.reason().text_commitment());
  proposal.mutable_expenditure()->set_expenditure_id(request.expenditure_id());
  *proposal.mutable_expenditure()->mutable_expenditure() = request.expenditure();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ApproveProposalRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Proposal* proposal = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProposal(context, request.name(), draft, loaded, proposal));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireIndependentApprover(context, loaded, *proposal));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*proposal));
  switch (proposal->action_case()) {
    case Proposal::kRelease: {
      const Proposal::ReleaseAction& action = proposal->release();
      const v1::Tranche& tranche = *FindTranche(project, action.tranche());
      ORIUNDO_REFUSE_IF_ANY(RequireReleasingState(project, tranche));
      ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
      const std::string name = project.name() + "/releases/" + action.release_id();
      ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Release>(context, name));
      int64_t amount = 0;
      const int64_t asked = action.amount().minor_units();
      ORIUNDO_REFUSE_IF_ANY(CheckRelease(context, loaded, tranche, asked, asked, draft, amount));
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
      if (FindRole(*loaded.rule, FindParty(project, tranche.party())->role())->pooled()) {
        v1::PoolChange& pool = draft.Pool(PoolName(project.program(), tranche.party(), project.fiscal_year()));
        pool.set_committed_minor_units(-amount);
        pool.set_released_minor_units(amount);
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
      ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::CANCELLED}, "pay an obligation that fell due before"));
      ORIUNDO_REFUSE_IF_ANY(CheckExpenditure(context, loaded, action.expenditure_id(), action.expenditure()));
      MakeExpenditure(loaded, action.expenditure_id(), action.expenditure(), proposal->proposer(), proposal->name(), draft);
      return std::nullopt;
    }
    case Proposal::ACTION_NOT_SET:
      break;
  }
  return Refuse(v1::WRONG_RESOURCE_STATE, proposal->name(), proposal->name() + " proposes nothing");
}

MaybeRefusal Decide(Context& context, const v1::WithdrawProposalRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Proposal* proposal = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProposal(context, request.name(), draft, loaded, proposal));
  if (context.actor.name() != proposal->proposer()) return NotAllowed(context, "the proposer " + proposal->proposer());
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*proposal));
  v1::ProposalWithdrawn& event = *draft.entry.mutable_proposal_withdrawn();
  event.set_proposal(proposal->name());
  *event.mutable_reason() = request.reason();
  if (proposal->has_release()) {
    const int64_t amount = proposal->release().amount().minor_units();
    draft.Party(FindTranche(*loaded.project, proposal->release().tranche())->party()).set_proposed_minor_units(-amount);
    draft.Tranche(proposal->release().tranche()).set_proposed_minor_units(-amount);
  }
  return std::nullopt;
}

}  // namespace oriundo
