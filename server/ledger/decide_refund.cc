#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/rule_shares.h"
#include "server/rules/draw.h"
#include "server/rules/refund.h"

namespace oriundo {

using v1::Project;

namespace {

// The reallocation that a refund pays: of this project, of the same party, and waiting to be sent.
MaybeRefusal LoadSendable(Context& context, const Project& project, const v1::Refund& refund, const v1::Reallocation*& reallocation) {
  const std::string& name = refund.reallocation();
  reallocation = ParentOf(name) == project.name() ? context.state.Find<v1::Reallocation>(name) : nullptr;
  if (reallocation == nullptr) {
    return Refuse(v1::REALLOCATION_NOT_FOUND, name, "there is no reallocation " + name + " out of " + project.name(), {{"name", name}});
  }
  if (reallocation->state() != v1::Reallocation::APPROVED) {
    const std::string now = v1::Reallocation::State_Name(reallocation->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, name, name + " is " + now + "; it takes APPROVED to be sent",
                  {{"state", now}, {"allowed_states", "APPROVED"}});
  }
  if (reallocation->party() != refund.party()) {
    return Refuse(v1::INVALID_FIELD, "refund.party", name + " is money of " + reallocation->party() + ", not of " +
                      refund.party(),
                  {{"case", "REALLOCATION_OF"}, {"name", name}, {"owner", reallocation->party()}, {"party", refund.party()}});
  }
  // Since it was approved its project may have been cancelled, or the payer replaced there; sent then, it could never arrive.
  return RequireReallocationTarget(context, project, reallocation->target_project(), reallocation->party(),
                                   reallocation->amount().minor_units(), /*beside_declared=*/false);
}

void RequireZero(const Project& project, int64_t minor_units, const char* case_name, const char* what, const char* cure,
                 std::vector<Violation>& faults) {
  if (minor_units == 0) return;
  faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, project.name(),
                                 Amount(minor_units, project.currency_code()) + " is " + what + " in " + project.name() + "; " + cure,
                                 {{"minor_units", std::to_string(minor_units)},
                                  {"case", case_name},
                                  {"project", project.name()}}));
}

// Why there is nothing to pay to the party, and so what would help.
Refusal NothingPayable(const Project& project, const v1::Party& party) {
  const std::string& name = party.organization();
  const bool apportioned =
      RequireNoOpenRefund(project).has_value() || (UnspentOf(project) == 0 && project.interest_minor_units() == 0);
  std::string why = "nothing is payable to " + name + "; apportion the refunds first";
  const char* case_name = "NOT_APPORTIONED";
  if (party.reallocating_minor_units() != 0) {
    why = "nothing is payable to " + name + " but what is kept for reallocations";
    case_name = "KEPT_FOR_REALLOCATIONS";
  } else if (party.paid_in_minor_units() == 0 && party.receivable_minor_units() == 0) {
    why = name + " has paid nothing into " + project.name() + "; nothing is refunded to it";
    case_name = "NOTHING_PAID_IN";
  } else if (apportioned) {
    why = "what " + project.name() + " had to refund is apportioned, and nothing of it is still payable to " + name;
    case_name = "NOTHING_PAYABLE";
  }
  return Refuse(v1::NOTHING_TO_REFUND, name, why, {{"party", name}, {"project", project.name()}, {"case", case_name}});
}

// What comes into the box of a party for which others' money stands in is theirs again, as far as it goes: what was taken back
// had been drawn from them where the party itself had too little left (design notes, section 4).
void GiveToCoverers(const Project& project, const v1::Party& party, int64_t into_box, Draft& draft) {
  std::vector<int64_t> covered;
  for (const v1::Party& other : project.parties()) covered.push_back(std::max<int64_t>(0, other.equalised_minor_units()));
  const int64_t given = std::min(into_box, std::max<int64_t>(0, -party.equalised_minor_units()));
  const std::vector<int64_t> parts = DrawProRata(given, covered);
  for (int i = 0; i < project.parties_size(); ++i) {
    const int64_t part = parts[static_cast<std::size_t>(i)];
    if (part == 0) continue;
    v1::PartyChange& coverer = draft.Party(project.parties(i).organization());
    coverer.set_left_minor_units(part);
    coverer.set_equalised_minor_units(-part);
  }
  v1::PartyChange& change = draft.Party(party.organization());
  change.set_left_minor_units(into_box - given);
  change.set_equalised_minor_units(given);
}

}  // namespace

void CheckVendorsPaid(const Project& project, std::vector<Violation>& faults) {
  RequireZero(project, project.retained_minor_units(), "RETAINED", "retained from vendors", "release or forfeit it first", faults);
  CheckNoOpenAdvance(project, faults);
}

void CheckNoOpenAdvance(const Project& project, std::vector<Violation>& faults) {
  RequireZero(project, project.advance_open_minor_units(), "PAID_IN_ADVANCE", "paid to vendors in advance",
              "have it amortised by invoices or recovered first", faults);
}

// Refunds by cash actually paid in, not by rule weights; interest likewise (domain notes 4.7). Everything unspent becomes payable at once,
// what is retained for vendors aside, and until it is paid nothing else moves, so that what is equalised between parties is settled in one place.
MaybeRefusal Decide(Context& context, const v1::ApportionRefundsRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireOffice(context, loaded, /*committees=*/false));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED}, "refund its funders"));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  // Once apportioned nothing else moves, so an old bank could keep no fee of what it still holds.
  ORIUNDO_REFUSE_IF_ANY(RequireCarried(project, BalanceOf(project, chart::Bank(project.name()))));
  std::vector<Violation> faults;
  for (const v1::Party& party : project.parties()) {
    const int64_t transit = BalanceOf(project, chart::Transit(project.name(), party.organization()));
    if (transit != 0) {
      faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, party.organization(),
                                     "a release of " + Amount(transit, project.currency_code()) + " by " + party.organization() +
                                         " is on its way; confirm it or have it returned first",
                                     {{"minor_units", std::to_string(transit)},
                                      {"case", "RELEASE_ON_ITS_WAY"},
                                      {"party", party.organization()}}));
    }
  }
  // Neither an advance that a vendor owes nor what is retained holds up what is left: once recovered or forfeited, it is unspent again.
  // What returned money lacked was covered by somebody unknown, whose money stands in the box since spending was reversed.
  if (const int64_t cover = OpenCover(project); cover != 0) {
    faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, chart::Suspense(project.name()),
                                   "somebody unknown covers " + Amount(cover, project.currency_code()) +
                                       " of what was taken back from " + project.name() +
                                       "; refunds wait until who owes it has repaid it",
                                   {{"minor_units", std::to_string(cover)},
                                    {"case", "UNKNOWN_COVER"},
                                    {"project", project.name()}}));
  }
  // A finished work refunds what it saved once all have given their shares: a club that took its money out again would have let
  // the others pay for it.
  if (StateBehind(project) == Project::COMPLETED) CheckSharesGiven(loaded, faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  const int64_t unspent = UnspentOf(project);
  const int64_t interest = project.interest_minor_units();
  if (unspent == 0 && interest == 0) {
    return Refuse(v1::NOTHING_TO_REFUND, project.name(), "nothing is unspent in the box of " + project.name(),
                  {{"case", "NOTHING_UNSPENT"}});
  }
  const std::vector<int64_t> earning = InterestWeightsOf(project);
  if (Sum(earning) == 0) {
    return Refuse(v1::NOTHING_TO_REFUND, project.name(),
                  "nobody owes or has paid " + project.name() + " anything; there is no one to refund", {{"case", "NOBODY_PAID"}});
  }
  const std::vector<int64_t> refunds = RefundsOf(project, unspent);
  const std::vector<int64_t> yields = ApportionRefund(interest, earning);
  draft.Input("unspent_minor_units", unspent);
  draft.Input("interest_minor_units", interest);
  // What nobody's refund takes stays for the vendors; whose money that is, the refunds decide (rules/draw.h).
  std::vector<int64_t> kept = LeftOf(project);
  for (const RefundDraw& draw : DrawForParties(refunds, kept)) {
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] -= draw.from_left[i];
  }
  for (int i = 0; i < project.parties_size(); ++i) {
    const v1::Party& party = project.parties(i);
    const int64_t refund = refunds[static_cast<std::size_t>(i)];
    const int64_t yield = yields[static_cast<std::size_t>(i)];
    const int64_t taken = party.left_minor_units() - kept[static_cast<std::size_t>(i)];
    // Also of who gets nothing: only all the parties' cash together lets anybody do the sum again.
    const int64_t year_end = party.year_end_returned_minor_units();
    const int64_t refunded = party.refunded_minor_units() - year_end;
    draft.Input("paid_in_minor_units", party.paid_in_minor_units() - party.taken_back_minor_units() - year_end, party.organization());
    if (refunded != 0) draft.Input("refunded_minor_units", refunded, party.organization());
    if (const int64_t early = OpenReturnOf(project, party); early != 0) draft.Input("refunded_early_minor_units", early, party.organization());
    if (party.receivable_minor_units() != 0) draft.Input("receivable_minor_units", party.receivable_minor_units(), party.organization());
    if (interest != 0) draft.Input("earning_minor_units", earning[static_cast<std::size_t>(i)], party.organization());
    if (refund == 0 && yield == 0 && taken == 0) continue;
    v1::PartyChange& change = draft.Party(party.organization());
    change.set_left_minor_units(-taken);
    change.set_payable_minor_units(refund + yield);
    change.set_interest_minor_units(yield);
    change.set_equalised_minor_units(taken - refund);
    PostOutOfFunds(project, party.organization(), refund, draft);
    draft.Post(chart::Payable(project.name(), party.organization()), -(refund + yield));
  }
  draft.Post(chart::Interest(project.name()), Sum(yields));
  v1::RefundsApportioned& event = *draft.entry.mutable_refunds_apportioned();
  event.set_unspent_minor_units(Sum(refunds));
  event.set_interest_minor_units(Sum(yields));
  event.set_retained_minor_units(project.retained_minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::PayRefundRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string name = project.name() + "/refunds/" + request.refund_id();
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Refund>(context, name));
  const v1::Party* party = FindParty(project, request.refund().party());
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, request.refund().party(), request.refund().party() + " does not fund " + project.name(),
                  {{"party", request.refund().party()}});
  }
  // Nobody knows who stands behind a disputed name: its refund waits until that is decided.
  ORIUNDO_REFUSE_IF_ANY(RequireUndisputed(context, party->organization()));
  // Before a project's end only what goes back when a year ends is payable.
  if (party->payable_minor_units() == 0 || (StateBehind(project) != Project::AUTHORISED && StateBehind(project) != Project::EXECUTING)) {
    ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED}, "pay a refund"));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.refund().payment_date(), "refund.payment_date"));
  // A reallocation is paid to the account of the other project; what is kept for reallocations is not paid to the party.
  int64_t interest = party->interest_minor_units();
  int64_t principal = party->payable_minor_units() - interest - party->reallocating_minor_units();
  if (!request.refund().reallocation().empty()) {
    const v1::Reallocation* reallocation = nullptr;
    ORIUNDO_REFUSE_IF_ANY(LoadSendable(context, project, request.refund(), reallocation));
    interest = 0;
    principal = reallocation->amount().minor_units();
  } else if (principal + interest == 0) {
    return NothingPayable(project, *party);
  }
  ORIUNDO_REFUSE_IF_ANY(RequireCarried(project, principal + interest));
  ORIUNDO_REFUSE_IF_ANY(TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), -(principal + interest),
                                         request.refund().payment_date(), draft));
  v1::Refund& paid = *draft.entry.mutable_refund_paid()->mutable_refund();
  paid = request.refund();
  paid.set_name(name);
  paid.set_state(v1::Refund::PAID);
  paid.mutable_amount()->set_currency_code(project.currency_code());
  paid.mutable_amount()->set_minor_units(principal);
  paid.mutable_interest()->set_currency_code(project.currency_code());
  paid.mutable_interest()->set_minor_units(interest);
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.refund().payment_date()));
  draft.Post(chart::Payable(project.name(), party->organization()), principal + interest);
  draft.Post(chart::Bank(project.name()), -(principal + interest));
  v1::PartyChange& change = draft.Party(party->organization());
  change.set_payable_minor_units(-(principal + interest));
  change.set_interest_minor_units(-interest);
  change.set_interest_paid_minor_units(interest);
  change.set_refunded_minor_units(principal);
  if (!request.refund().reallocation().empty()) change.set_reallocating_minor_units(-principal);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RecordRepaymentRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string name = project.name() + "/repayments/" + request.repayment_id();
  const v1::Repayment& wanted = request.repayment();
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, wanted.party()));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Repayment>(context, name));
  const v1::Party* party = FindParty(project, wanted.party());
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, wanted.party(), wanted.party() + " does not fund " + project.name(), {{"party", wanted.party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                     {Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER,
                                      Project::CANCELLED},
                                     "take a repayment"));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, wanted.amount(), "repayment.amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, wanted.bank_value_date(), "repayment.bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountOf(context, project, request));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(wanted.evidence(), "a repayment is recorded"));
  const int64_t amount = wanted.amount().minor_units();
  if (amount > party->receivable_minor_units()) {
    return Refuse(v1::REPAYMENT_ABOVE_RECEIVABLE, party->organization(),
                  party->organization() + " owes " + Amount(party->receivable_minor_units(), project.currency_code()) + " to " + project.name() +
                      ", not " + Amount(amount, project.currency_code()),
                  {{"receivable_minor_units", std::to_string(party->receivable_minor_units())},
                   {"asked_minor_units", std::to_string(amount)},
                   {"party", party->organization()},
                   {"project", project.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(
      TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), amount, wanted.bank_value_date(), draft));
  v1::Repayment& recorded = *draft.entry.mutable_repayment_recorded()->mutable_repayment();
  recorded = wanted;
  recorded.set_name(name);
  recorded.set_state(v1::Repayment::RECORDED);
  draft.entry.mutable_repayment_recorded()->set_account_commitment(request.account().number_commitment());
  recorded.set_verifier(context.actor.name());
  draft.entry.set_effective_date(OpenDay(*loaded.program, wanted.bank_value_date()));
  // Where this party's reversals took more than the box held, somebody unknown covered it, and the repayment serves that first. It is what
  // the books still count as paid in although it is not confirmed any more; what others' reversals lack is theirs to repay.
  const int64_t counted = party->verified_minor_units() + party->received_minor_units() + party->year_end_returned_minor_units();
  const int64_t unknown =
      party->paid_in_minor_units() - party->taken_back_minor_units() + party->taken_twice_minor_units() - counted;
  const int64_t covered = std::min(amount, unknown);
  const int64_t into_box = amount - covered;
  // A reversal undoes exactly this, whatever else has happened by then.
  recorded.set_covered_minor_units(covered);
  recorded.clear_tranches();
  draft.Post(BoxAccount(project, draft), amount);
  draft.Post(chart::Bank(project.name()), -covered);
  draft.Post(chart::Suspense(project.name()), covered);
  draft.Post(chart::Receivable(project.name(), party->organization()), -amount);
  v1::PartyChange& change = draft.Party(party->organization());
  change.set_receivable_minor_units(-amount);
  change.set_paid_in_minor_units(into_box);
  GiveToCoverers(project, *party, into_box, draft);
  // Paid back, the money counts again for what it was: first the releases that were returned, last the contributions. What had
  // gone back at a year's end before a bank took it back as well counts for nothing: it only undoes the second time.
  int64_t rest = amount;
  for (const v1::Tranche& tranche : project.tranches()) {
    const int64_t part = tranche.party() == party->organization() ? std::min(rest, tranche.receivable_minor_units()) : 0;
    if (part == 0) continue;
    rest -= part;
    v1::Repayment::TranchePart& paid_again = *recorded.add_tranches();
    paid_again.set_tranche(tranche.name());
    paid_again.set_minor_units(part);
    change.set_received_minor_units(change.received_minor_units() + part);
    draft.Tranche(tranche.name()).set_receivable_minor_units(-part);
    draft.Tranche(tranche.name()).set_settled_minor_units(part);
  }
  const int64_t twice = std::min(rest, party->taken_twice_minor_units());
  rest -= twice;
  recorded.set_taken_twice_minor_units(twice);
  change.set_taken_twice_minor_units(-twice);
  const int64_t over_change = OverMatchOf(loaded, *party, party->verified_minor_units() + rest) - party->over_match_minor_units();
  change.set_verified_minor_units(rest);
  change.set_over_match_minor_units(over_change);
  const int64_t apart = std::clamp<int64_t>(-BalanceOf(project, chart::Funds(project.name(), party->organization())), 0, over_change);
  draft.Post(chart::Funds(project.name(), party->organization()), apart);
  draft.Post(chart::OverMatch(project.name(), party->organization()), -apart);
  return std::nullopt;
}

}  // namespace oriundo
