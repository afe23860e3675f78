#include <algorithm>

#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/pool_parts.h"
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
  // It gives nothing any more, so what went back now would be missing for good; what it has left it gets with the refund.
  if (auto replaced = ReplacedProblem(*party)) return Refusal{{*std::move(replaced)}};
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED},
                                                  "give back what is unspent at the end of a year"));
  const v1::FunderRole& role = *FindRole(*loaded.rule, party->role());
  if (!role.returns_unspent_at_year_end()) {
    return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                  loaded.rule->name() + " does not have the role `" + role.role() + "` return unspent money at the end of a year",
                  {{"role", role.role()}, {"case", "ROLE"}, {"rule_version", loaded.rule->name()}});
  }
  // What a finished work has left once all have given their shares is savings, and refunded to all.
  if (std::vector<Violation> missing; StateBehind(project) == Project::COMPLETED) {
    CheckSharesGiven(loaded, missing);
    if (missing.empty()) {
      return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                    project.name() + " is completed and all shares are given; what is left is savings: apportion the refunds",
                    {{"project", project.name()}, {"case", "SAVINGS"}});
    }
  }
  const std::string last_day = std::to_string(asked.fiscal_year()) + "-12-31";
  if (loaded.today <= last_day) {
    return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                  "the year " + std::to_string(asked.fiscal_year()) + " ends on " + last_day + "; today is " + loaded.today,
                  {{"fiscal_year", std::to_string(asked.fiscal_year())},
                   {"today", loaded.today},
                   {"case", "YEAR"},
                   {"last_date", last_day}});
  }
  if (asked.fiscal_year() < YearOf(project.agreement_date())) {
    return Refuse(v1::YEAR_END_RETURN_NOT_DUE, party->organization(),
                  project.name() + " was agreed on " + project.agreement_date() + "; nothing of the year " +
                      std::to_string(asked.fiscal_year()) + " can be left in it",
                  {{"project", project.name()},
                   {"fiscal_year", std::to_string(asked.fiscal_year())},
                   {"agreement_date", project.agreement_date()},
                   {"case", "BEFORE_AGREEMENT"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  if (const int64_t cover = OpenCover(project); cover != 0) {
    return Refuse(v1::BALANCE_NOT_ZERO, chart::Suspense(project.name()),
                  "somebody unknown covers " + Amount(cover, project.currency_code()) + " of what was taken back from " + project.name() +
                      "; what is left is nobody's until who owes it has repaid it",
                  {{"minor_units", std::to_string(cover)}, {"case", "UNKNOWN_COVER"}, {"project", project.name()}});
  }
  const YearEndUnspent unspent = YearEndUnspentOf(project, PartyIndex(project, asked.party()), asked.fiscal_year());
  if (unspent.money == 0 && unspent.interest == 0) {
    return Refuse(v1::NOTHING_TO_REFUND, party->organization(),
                  "nothing is left of what " + party->organization() + " had paid into " + project.name() + " by " + last_day,
                  {{"case", "YEAR_END"}, {"party", party->organization()}, {"project", project.name()}, {"date", last_day}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireCarried(project, unspent.money + unspent.interest));
  found = asked;
  found.mutable_amount()->set_currency_code(project.currency_code());
  found.mutable_amount()->set_minor_units(unspent.money);
  found.mutable_interest()->set_currency_code(project.currency_code());
  found.mutable_interest()->set_minor_units(unspent.interest);
  return std::nullopt;
}

namespace {

// What goes back counts as not given (domain notes 4.2): first what was given beyond the due, then the latest tranches, which are
// promised again and pay it again. Returns what had come in tranches.
int64_t Reopen(const ProjectContext& loaded, const v1::Party& party, int64_t money, int fiscal_year, Draft& draft) {
  const Project& project = *loaded.project;
  const std::string& name = party.organization();
  const int64_t beyond_due = std::min(money, party.verified_minor_units());
  const int64_t reopened = money - beyond_due;
  v1::PartyChange& change = draft.Party(name);
  change.set_year_end_returned_minor_units(money);
  change.set_verified_minor_units(-beyond_due);
  const int64_t over_match = OverMatchOf(loaded, party, party.verified_minor_units() - beyond_due);
  change.set_over_match_minor_units(over_match - party.over_match_minor_units());
  change.set_received_minor_units(-reopened);
  change.set_released_minor_units(-reopened);
  change.set_committed_minor_units(reopened);
  if (party.received_year() <= fiscal_year) {
    change.set_year_received_minor_units(-std::min(reopened, party.year_received_minor_units()));
  }
  int64_t rest = reopened;
  for (int i = project.tranches_size() - 1; i >= 0; --i) {
    const v1::Tranche& tranche = project.tranches(i);
    const int64_t part = tranche.party() == name ? std::min(rest, tranche.settled_minor_units()) : 0;
    if (part == 0) continue;
    rest -= part;
    draft.Tranche(tranche.name()).set_settled_minor_units(-part);
    draft.Tranche(tranche.name()).set_released_minor_units(-part);
  }
  // Its pools promise it to this project again, and to no other one: what is free of an old year's budget does not grow.
  GiveBackAtYearEnd(project, party, fiscal_year, reopened, draft);
  const int64_t apart = std::clamp<int64_t>(-BalanceOf(project, chart::OverMatch(project.name(), name)), 0, beyond_due);
  draft.Post(chart::OverMatch(project.name(), name), apart);
  draft.Post(chart::Funds(project.name(), name), money - apart);
  return reopened;
}

}  // namespace

void MakeYearEndReturn(const ProjectContext& loaded, const Proposal& proposal, Draft& draft) {
  const Project& project = *loaded.project;
  const Proposal::YearEndReturnAction& action = proposal.year_end_return();
  const int64_t money = action.amount().minor_units();
  const int64_t interest = action.interest().minor_units();
  v1::PartyChange& change = draft.Party(action.party());
  change.set_left_minor_units(-money);
  change.set_payable_minor_units(money + interest);
  change.set_interest_minor_units(interest);
  const int64_t reopened = Reopen(loaded, *FindParty(project, action.party()), money, action.fiscal_year(), draft);
  draft.Post(chart::Interest(project.name()), interest);
  draft.Post(chart::Payable(project.name(), action.party()), -(money + interest));
  v1::YearEndReturnApproved& event = *draft.entry.mutable_year_end_return_approved();
  event.set_party(action.party());
  event.set_proposal(proposal.name());
  event.set_fiscal_year(action.fiscal_year());
  event.set_unspent_minor_units(money);
  event.set_interest_minor_units(interest);
  event.set_reopened_minor_units(reopened);
}

MaybeRefusal Decide(Context& context, const v1::ProposeYearEndReturnRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const std::string& actor = context.actor.name();
  if (actor != loaded.program->office() && actor != request.party()) {
    return NotAllowed(context, "the programme's office or the party itself",
                      {{"case", "OFFICE_OR_PARTY"}});
  }
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  Proposal::YearEndReturnAction asked;
  asked.set_party(request.party());
  asked.set_fiscal_year(request.fiscal_year());
  return CheckYearEndReturn(context, loaded, asked, *proposal.mutable_year_end_return());
}

}  // namespace oriundo
