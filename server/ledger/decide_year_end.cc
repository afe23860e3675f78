#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/rule_shares.h"

namespace oriundo {

using v1::Project;
using v1::Proposal;

MaybeRefusal CheckYearEndReturn(Context&, const ProjectContext& loaded, const Proposal::YearEndReturnAction& asked,
                                Proposal::YearEndReturnAction& found) {
  const Project& project = *loaded.project;
  const v1::Party* party = FindParty(project, asked.party());
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, asked.party(), asked.party() + " does not fund " + project.name(), {{"party", asked.party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED},
                                                  "give back what is unspent at the end of a year"));
  const v1::FunderRole& role = *FindRole(*loaded.rule, party->role());
  if (!role.returns_unspent_at_year_end()) {
    return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                  loaded.rule->name() + " does not have the role `" + role.role() + "` return unspent money at the end of a year",
                  {{"role", role.role()}});
  }
  const std::string last_day = std::to_string(asked.fiscal_year()) + "-12-31";
  if (loaded.today <= last_day) {
    return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                  "the year " + std::to_string(asked.fiscal_year()) + " ends on " + last_day + "; today is " + loaded.today,
                  {{"fiscal_year", std::to_string(asked.fiscal_year())}, {"today", loaded.today}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  if (const int64_t cover = OpenCover(project); cover != 0) {
    return Refuse(v1::BALANCE_NOT_ZERO, chart::Suspense(project.name()),
                  "somebody unknown covers " + Amount(cover, project.currency_code()) + " of what was taken back from " + project.name() +
                      "; what is left is nobody's until who owes it has repaid it",
                  {{"minor_units", std::to_string(cover)}});
  }
  const YearEndUnspent unspent = YearEndUnspentOf(project, PartyIndex(project, asked.party()), asked.fiscal_year());
  if (unspent.money == 0 && unspent.interest == 0) {
    return Refuse(v1::NOTHING_TO_REFUND, party->organization(),
                  "nothing is left of what " + party->organization() + " had paid into " + project.name() + " by " + last_day);
  }
  found = asked;
  found.mutable_amount()->set_currency_code(project.currency_code());
  found.mutable_amount()->set_minor_units(unspent.money);
  found.mutable_interest()->set_currency_code(project.currency_code());
  found.mutable_interest()->set_minor_units(unspent.interest);
  return std::nullopt;
}

void MakeYearEndReturn(const ProjectContext& loaded, const Proposal& proposal, Draft& draft) {
  const Project& project = *loaded.project;
  const Proposal::YearEndReturnAction& action = proposal.year_end_return();
  const int64_t money = action.amount().minor_units();
  const int64_t interest = action.interest().minor_units();
  v1::PartyChange& change = draft.Party(action.party());
  change.set_left_minor_units(-money);
  change.set_payable_minor_units(money + interest);
  change.set_interest_minor_units(interest);
  PostOutOfFunds(project, action.party(), money, draft);
  draft.Post(chart::Interest(project.name()), interest);
  draft.Post(chart::Payable(project.name(), action.party()), -(money + interest));
  v1::YearEndReturnApproved& event = *draft.entry.mutable_year_end_return_approved();
  event.set_party(action.party());
  event.set_proposal(proposal.name());
  event.set_fiscal_year(action.fiscal_year());
  event.set_unspent_minor_units(money);
  event.set_interest_minor_units(interest);
}

MaybeRefusal Decide(Context& context, const v1::ProposeYearEndReturnRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const std::string& actor = context.actor.name();
  if (actor != loaded.program->office() && actor != request.party()) return NotAllowed(context, "the programme's office or the party itself");
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  Proposal::YearEndReturnAction asked;
  asked.set_party(request.party());
  asked.set_fiscal_year(request.fiscal_year());
  return CheckYearEndReturn(context, loaded, asked, *proposal.mutable_year_end_return());
}

}  // namespace oriundo
