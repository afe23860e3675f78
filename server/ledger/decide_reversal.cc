#include <algorithm>
#include <type_traits>

#include "server/base/ids.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/pool_parts.h"
#include "server/ledger/fold.h"
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

// Books what leaves the box: the party's own money first, and what the others cover for it.
void BookDraw(const Project& project, const std::string& organization, const TakeBack& take, Draft& draft) {
  const int party_index = PartyIndex(project, organization);
  const int64_t drawn = take.from_left[static_cast<std::size_t>(party_index)];
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
  change.set_taken_back_minor_units(take.from_box);
  draft.Post(chart::Bank(project.name()), -take.from_box);
}

// Books that `amount` of `organization`'s money was taken back. Never a negative box: what was already spent becomes a
// receivable, and what the box cannot even hold out was covered by somebody unknown (design notes, section 4; domain notes 4.14).
// Returns the party's own money that left the box, the rest being owed. What was refunded already is not its own a second time,
// also where reversed spending has brought money back to it since. Only `counted` of the amount counts as given: the rest had
// gone back when a fiscal year ended, and is owed whole.
int64_t BookTakeBack(const Project& project, const std::string& organization, int64_t amount, int64_t counted,
                     const TakeBack& take, Draft& draft) {
  const int party_index = PartyIndex(project, organization);
  const v1::Party& party = project.parties(party_index);
  const int64_t drawn = take.from_left[static_cast<std::size_t>(party_index)];
  const int64_t still_paid_in = party.paid_in_minor_units() - party.taken_back_minor_units() - party.refunded_minor_units();
  const int64_t own = std::clamp<int64_t>(still_paid_in, 0, std::min(drawn, counted));
  BookDraw(project, organization, take, draft);
  draft.Party(organization).set_receivable_minor_units(amount - own);
  draft.Party(organization).set_taken_twice_minor_units(amount - counted);
  draft.Post(chart::Receivable(project.name(), organization), amount - own);
  draft.Post(chart::Suspense(project.name()), -(amount - take.from_box));
  return own;
}

MaybeRefusal WrongState(const std::string& name, const std::string& now, std::string_view allowed) {
  return Refuse(v1::WRONG_RESOURCE_STATE, name, name + " is " + now + "; it takes " + std::string(allowed) + " to be reversed",
                {{"state", now}, {"allowed_states", std::string(allowed)}});
}

void ReverseContribution(Context& context, const ProjectContext& loaded, const Proposal& proposal, const v1::Contribution& contribution,
                         Draft& draft) {
  const Project& project = *loaded.project;
  const v1::Party& party = *FindParty(project, contribution.party());
  const int64_t amount = contribution.credited().minor_units();
  const TakeBack take = DrawTakeBack(project, contribution.party(), amount);
  ChangeOpenPledge(context, project, contribution.pledge(), PaidTowardsPledge(context, project, contribution), draft);
  const int64_t counted = std::min(amount, party.verified_minor_units());
  const int64_t own = BookTakeBack(project, contribution.party(), amount, counted, take, draft);
  // The over-match is what exceeds the due; it shrinks first, and its account with it as far as refunds have left something
  // there.
  const int64_t over_change = OverMatchOf(loaded, party, party.verified_minor_units() - counted) - party.over_match_minor_units();
  const int64_t apart = std::min(-over_change, -BalanceOf(project, chart::OverMatch(project.name(), contribution.party())));
  draft.Post(chart::OverMatch(project.name(), contribution.party()), apart);
  draft.Post(chart::Funds(project.name(), contribution.party()), own - apart);
  v1::PartyChange& change = draft.Party(contribution.party());
  change.set_verified_minor_units(-counted);
  change.set_over_match_minor_units(over_change);
  v1::ContributionReversed& event = *draft.entry.mutable_contribution_reversed();
  event.set_contribution(contribution.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  event.set_returned_minor_units(take.from_box);
}

// A project that has ended counts with what it got (FreeCommitments). What comes back to its payer it has not got, and where
// nothing is left of
// it the project counts no more itself.
void UncountReturned(const ProjectContext& loaded, int64_t pooled, int64_t home, Draft& draft) {
  const Project& project = *loaded.project;
  int64_t released = 0;
  for (const v1::Party& party : project.parties()) released += party.released_minor_units();
  for (const std::string& name : project.tallies()) {
    v1::TallyChange& change = draft.Tally(name);
    change.set_project_count(home > 0 && released == home ? -1 : 0);
    change.set_matched_minor_units(-home);
    change.set_pooled_minor_units(-pooled);
  }
  ShareChanges(draft);
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
    const v1::Party& party = *FindParty(project, release.party());
    const int64_t counted = std::min(amount, FindTranche(project, release.tranche())->settled_minor_units());
    home = BookTakeBack(project, release.party(), amount, counted, take, draft);
    draft.Party(release.party()).set_received_minor_units(-counted);
    if (YearOf(release.bank_value_date()) == party.received_year()) {
      draft.Party(release.party()).set_year_received_minor_units(-std::min(counted, party.year_received_minor_units()));
    }
    draft.Tranche(release.tranche()).set_settled_minor_units(-counted);
    draft.Tranche(release.tranche()).set_receivable_minor_units(counted - home);
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
  GiveBackReleased(project, release, home, promised, draft);
  const bool pooled = FindRole(*loaded.rule, FindParty(project, release.party())->role())->pooled();
  if (!promised) UncountReturned(loaded, pooled ? home : 0, home, draft);
}

void ReverseExpenditure(Context& context, const ProjectContext& loaded, const Proposal& proposal,
                        const v1::Expenditure& expenditure, Draft& draft) {
  const Project& project = *loaded.project;
  v1::ExpenditureReversed& event = *draft.entry.mutable_expenditure_reversed();
  // What of an advance was recovered is back already.
  BookExpenditure(project, expenditure, expenditure.amount().minor_units() - expenditure.recovered_minor_units(), -1, draft);
  std::vector<int64_t> given_back;
  for (int64_t part : StillDrawn(expenditure)) given_back.push_back(-part);
  DrawSpending(project, given_back, draft);
  const auto* contract = expenditure.contract().empty() ? nullptr : context.state.Find<v1::Contract>(expenditure.contract());
  if (contract != nullptr) {
    const int64_t forfeited = std::max<int64_t>(0, expenditure.retained_minor_units() - contract->retained_minor_units());
    TakeBackForfeited(project, *contract, expenditure.category(), forfeited, event, draft);
  }
  event.set_expenditure(expenditure.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
}

// What of an advance seemed to be recovered was not: it leaves the box, and the advance is open again. Those who had got it back pay first,
// as far as it is not spent; the rest is spending as any other.
void ReverseRecovery(const ProjectContext& loaded, const Proposal& proposal, const v1::Expenditure& advance,
                     const v1::AdvanceRecovery& recovery, Draft& draft) {
  const Project& project = *loaded.project;
  const int64_t amount = recovery.minor_units();
  std::vector<int64_t> left = LeftOf(project);
  std::vector<int64_t> drawn(left.size());
  int64_t rest = amount;
  for (std::size_t i = 0; i < left.size() && i < static_cast<std::size_t>(recovery.given_back_minor_units_size()); ++i) {
    drawn[i] = std::min(left[i], recovery.given_back_minor_units(static_cast<int>(i)));
    left[i] -= drawn[i];
    rest -= drawn[i];
  }
  const std::vector<int64_t> others = DrawProRata(rest, left);
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] += others[i];
  draft.Post(chart::Bank(project.name()), -amount);
  draft.Post(chart::Advance(project.name(), advance.contract()), amount);
  DrawSpending(project, drawn, draft);
  v1::ContractChange& change = draft.Contract(advance.contract());
  change.set_advanced_minor_units(amount);
  change.set_advance_open_minor_units(amount);
  v1::AdvanceRecoveryReversed& event = *draft.entry.mutable_advance_recovery_reversed();
  event.set_expenditure(advance.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  event.set_recovery_sequence(recovery.sequence());
  event.mutable_amount()->set_currency_code(project.currency_code());
  event.mutable_amount()->set_minor_units(amount);
  for (const int64_t part : drawn) event.add_drawn_minor_units(part);
}

// The bank sent a refund back: the money is in the box again, and payable again to the same party.
void ReverseRefund(const ProjectContext& loaded, const Proposal& proposal, const v1::Refund& refund, Draft& draft) {
  const Project& project = *loaded.project;
  const int64_t principal = refund.amount().minor_units();
  const int64_t interest = refund.interest().minor_units();
  draft.Post(BoxAccount(project, draft), principal + interest);
  draft.Post(chart::Payable(project.name(), refund.party()), -(principal + interest));
  v1::PartyChange& change = draft.Party(refund.party());
  change.set_payable_minor_units(principal + interest);
  change.set_interest_minor_units(interest);
  change.set_interest_paid_minor_units(-interest);
  change.set_refunded_minor_units(-principal);
  // What was on its way to another project is kept for it again.
  if (!refund.reallocation().empty()) change.set_reallocating_minor_units(principal);
  v1::RefundReversed& event = *draft.entry.mutable_refund_reversed();
  event.set_reallocation(refund.reallocation());
  event.set_refund(refund.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  *event.mutable_amount() = refund.amount();
  *event.mutable_interest() = refund.interest();
}

// A repayment bounced: all that RecordRepayment did is undone, and the party owes it again. What it brought into the box leaves
// it as far as the box holds it; the rest, and what had gone to whoever covered for the party, is covered by somebody unknown
// again.
void ReverseRepayment(const ProjectContext& loaded, const Proposal& proposal, const v1::Repayment& repayment, Draft& draft) {
  const Project& project = *loaded.project;
  const v1::Party& party = *FindParty(project, repayment.party());
  const int64_t amount = repayment.amount().minor_units();
  const TakeBack take = DrawTakeBack(project, repayment.party(), amount - repayment.covered_minor_units());
  BookDraw(project, repayment.party(), take, draft);
  draft.Post(chart::Receivable(project.name(), repayment.party()), amount);
  draft.Post(chart::Suspense(project.name()), -(amount - take.from_box));
  v1::PartyChange& change = draft.Party(repayment.party());
  change.set_receivable_minor_units(amount);
  // What of it has gone back since, because a fiscal year ended, counts as given no more.
  int64_t rest = amount - repayment.taken_twice_minor_units();
  int64_t counted = 0;
  for (const v1::Repayment::TranchePart& part : repayment.tranches()) {
    rest -= part.minor_units();
    const int64_t settled = std::min(part.minor_units(), FindTranche(project, part.tranche())->settled_minor_units());
    counted += settled;
    change.set_received_minor_units(change.received_minor_units() - settled);
    draft.Tranche(part.tranche()).set_receivable_minor_units(settled);
    draft.Tranche(part.tranche()).set_settled_minor_units(-settled);
  }
  rest = std::min(rest, party.verified_minor_units());
  counted += rest;
  change.set_verified_minor_units(-rest);
  change.set_taken_twice_minor_units(amount - counted);
  // What no longer exceeds the due is no over-match any more, as far as refunds have left something on its account.
  const int64_t over_change = OverMatchOf(loaded, party, party.verified_minor_units() - rest) - party.over_match_minor_units();
  change.set_over_match_minor_units(over_change);
  const int64_t apart = std::min(-over_change, -BalanceOf(project, chart::OverMatch(project.name(), repayment.party())));
  draft.Post(chart::OverMatch(project.name(), repayment.party()), apart);
  draft.Post(chart::Funds(project.name(), repayment.party()), -apart);
  v1::RepaymentReversed& event = *draft.entry.mutable_repayment_reversed();
  event.set_repayment(repayment.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  event.set_returned_minor_units(take.from_box);
}

// The bank corrected what it had credited.
void ReverseInterest(const ProjectContext& loaded, const Proposal& proposal, const v1::Interest& interest, Draft& draft) {
  const Project& project = *loaded.project;
  draft.Post(chart::Bank(project.name()), -interest.amount().minor_units());
  draft.Post(chart::Interest(project.name()), interest.amount().minor_units());
  v1::InterestReversed& event = *draft.entry.mutable_interest_reversed();
  event.set_interest(interest.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
  *event.mutable_amount() = interest.amount();
}

// Nobody was found who had sent it, or who had did not mean this project: it goes back.
void ReturnDeposit(const ProjectContext& loaded, const Proposal& proposal, const v1::Deposit& deposit, Draft& draft) {
  const Project& project = *loaded.project;
  draft.Post(chart::Bank(project.name()), -deposit.amount().minor_units());
  draft.Post(chart::Deposits(project.name()), deposit.amount().minor_units());
  v1::DepositReturned& event = *draft.entry.mutable_deposit_returned();
  event.set_deposit(deposit.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
}

// Interest that was apportioned belongs to the funders already, and what is not there cannot leave the box.
MaybeRefusal RequireInterest(const Project& project, const v1::Interest& interest) {
  const int64_t asked = interest.amount().minor_units();
  const int64_t kept = project.interest_minor_units();
  if (asked <= kept) return std::nullopt;
  return Refuse(v1::INSUFFICIENT_FUNDS, interest.name(),
                project.name() + " keeps " + Amount(kept, project.currency_code()) +
                    " of interest, the rest is apportioned to its funders; " + Amount(asked, project.currency_code()) +
                    " cannot be taken back, " + Amount(asked - kept, project.currency_code()) + " is missing",
                {{"available_minor_units", std::to_string(kept)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"missing_minor_units", std::to_string(asked - kept)},
                 {"case", "INTEREST"},
                 {"project", project.name()}});
}

// An invoice takes what it retained with it, and an advance what is open of it.
MaybeRefusal RequireHeldBack(Context& context, const Project& project, const v1::Expenditure& expenditure) {
  if (expenditure.contract().empty()) return std::nullopt;
  const v1::Contract* contract = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContract(context, project, expenditure.contract(), contract));
  // What was forfeited of it is not kept without it; what was released is the vendor's, until that payment is reversed.
  const int64_t missing = expenditure.retained_minor_units() - contract->retained_minor_units();
  const int64_t asked = expenditure.retained_minor_units() - std::clamp<int64_t>(missing, 0, ForfeitedUnder(*contract));
  ORIUNDO_REFUSE_IF_ANY(RequireRetained(project, *contract, asked, "reversed with its invoice"));
  if (expenditure.purpose() != v1::ADVANCE) return std::nullopt;
  return RequireAdvanced(project, *contract, expenditure.amount().minor_units() - expenditure.recovered_minor_units(), "reversed");
}

// What a reversal may be of; one of them is set where the target is known.
struct Target {
  const v1::Contribution* contribution = nullptr;
  const v1::Release* release = nullptr;
  const v1::Expenditure* expenditure = nullptr;
  const v1::Refund* refund = nullptr;
  const v1::Repayment* repayment = nullptr;
  const v1::Interest* interest = nullptr;
  const v1::Deposit* deposit = nullptr;
  const v1::InKind* in_kind = nullptr;
};

Target FindTarget(Context& context, const std::string& name) {
  Target target;
  auto find = [&](std::string_view pattern, auto& record) {
    using Record = std::remove_const_t<std::remove_pointer_t<std::remove_reference_t<decltype(record)>>>;
    if (IsResourceName(name, pattern)) record = context.state.Find<Record>(name);
  };
  find("projects/*/contributions/*", target.contribution);
  find("projects/*/releases/*", target.release);
  find("projects/*/expenditures/*", target.expenditure);
  find("projects/*/refunds/*", target.refund);
  find("projects/*/repayments/*", target.repayment);
  find("projects/*/interests/*", target.interest);
  find("projects/*/deposits/*", target.deposit);
  find("projects/*/in-kinds/*", target.in_kind);
  return target;
}

// The sequence of the entry that last changed the target of a reversal; -1 where there is no such target.
int64_t LastChangeOf(const Target& target) {
  int64_t last = -1;
  auto look = [&](const auto* record) {
    if (record != nullptr) last = *record->entry_sequences().rbegin();
  };
  look(target.contribution);
  look(target.release);
  look(target.expenditure);
  look(target.refund);
  look(target.repayment);
  look(target.interest);
  look(target.deposit);
  look(target.in_kind);
  return last;
}

// The bank's day of what is reversed; that of its arrival where it arrived.
std::string DayOf(const Target& target, const Proposal::ReversalAction& reversal) {
  if (target.expenditure != nullptr && reversal.has_recovery_sequence()) {
    const v1::AdvanceRecovery* recovery = FindRecovery(*target.expenditure, reversal.recovery_sequence());
    return recovery == nullptr ? std::string() : recovery->bank_value_date();
  }
  if (target.contribution != nullptr) return target.contribution->bank_value_date();
  if (target.release != nullptr) return target.release->bank_value_date();
  if (target.expenditure != nullptr) return target.expenditure->payment_date();
  if (target.refund != nullptr) return target.refund->payment_date();
  if (target.repayment != nullptr) return target.repayment->bank_value_date();
  if (target.interest != nullptr) return target.interest->bank_value_date();
  if (target.deposit != nullptr) return target.deposit->bank_value_date();
  return target.in_kind == nullptr ? std::string() : target.in_kind->appraisal_date();
}

// It takes an advance that stands, one of its recoveries that stands, and its money in the box.
MaybeRefusal RequireRecovery(const Project& project, const Target& target, const Proposal::ReversalAction& reversal) {
  const v1::AdvanceRecovery* recovery =
      target.expenditure == nullptr ? nullptr : FindRecovery(*target.expenditure, reversal.recovery_sequence());
  if (recovery == nullptr) {
    return Refuse(v1::INVALID_FIELD, "recovery_sequence",
                  "entry " + std::to_string(reversal.recovery_sequence()) + " recovered nothing of " + reversal.target() +
                      "; the advance's recoveries name their entries",
                  {{"case", "NO_RECOVERY"},
                   {"sequence", std::to_string(reversal.recovery_sequence())},
                   {"name", reversal.target()}});
  }
  const v1::Expenditure& advance = *target.expenditure;
  if (advance.state() != v1::Expenditure::RECORDED) return WrongState(advance.name(), "REVERSED", "RECORDED");
  if (recovery->has_reversal_sequence()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, advance.name(),
                  "the recovery of entry " + std::to_string(recovery->sequence()) + " is reversed by entry " +
                      std::to_string(recovery->reversal_sequence()) + " already",
                  {{"state", "REVERSED"},
                   {"case", "RECOVERY_REVERSED"},
                   {"sequence", std::to_string(recovery->sequence())},
                   {"reversal_sequence", std::to_string(recovery->reversal_sequence())}});
  }
  const int64_t left = Sum(LeftOf(project));
  const int64_t asked = recovery->minor_units();
  if (asked <= left) return std::nullopt;
  return Refuse(v1::INSUFFICIENT_FUNDS, advance.name(),
                project.name() + " has " + Amount(left, project.currency_code()) + " left; " + Amount(asked, project.currency_code()) +
                    " cannot leave it, " + Amount(asked - left, project.currency_code()) + " is missing",
                {{"available_minor_units", std::to_string(left)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"missing_minor_units", std::to_string(asked - left)},
                 {"case", "LEFT"},
                 {"project", project.name()}});
}

// What of an expenditure or a refund comes back at the bank when it is reversed; nothing of an invoice that was wholly retained or
// amortised, or of an advance that was wholly recovered.
int64_t ComesBack(const Target& target) {
  if (target.expenditure != nullptr) return target.expenditure->amount().minor_units() - target.expenditure->recovered_minor_units();
  return target.refund->amount().minor_units() + target.refund->interest().minor_units();
}

// Where the rule version asks for the bank's reference of money that comes in, that of what comes back is asked for as well: a
// credit that the reversal alone spoke of could be recorded once more, as a deposit. What no bank statement shows to have been paid,
// in the entry of `sequence`, may be a mistake of the books, of which nothing comes back.
MaybeRefusal RequireCreditNamed(Context& context, const ProjectContext& loaded, const Target& target, int64_t sequence,
                                const Proposal::ReversalAction& reversal) {
  const int64_t amount = ComesBack(target);
  if (!loaded.rule->bank_reference_required() || amount == 0 || !reversal.deposit().empty()) return std::nullopt;
  const auto* match = context.state.Find<v1::BankMatch>(BankMatchName(loaded.project->name(), sequence));
  if (match == nullptr || match->parts().empty()) return std::nullopt;
  return Refuse(v1::BANK_REFERENCE_MISSING, "deposit",
                reversal.target() + " stands on a bank statement, and " + loaded.rule->name() +
                    " asks for the bank's reference of money that comes in; record the " +
                    Amount(amount, loaded.project->currency_code()) + " with which it came back as a deposit, and name that",
                {{"rule_version", loaded.rule->name()},
                 {"name", reversal.target()},
                 {"minor_units", std::to_string(amount)},
                 {"case", "REVERSAL"}});
}

// The deposit with which what was paid out came back is of exactly that amount, and of the reversal's day.
MaybeRefusal RequireReturned(Context& context, const Project& project, const Target& target, const Proposal::ReversalAction& reversal) {
  if (reversal.deposit().empty()) return std::nullopt;
  if ((target.expenditure == nullptr && target.refund == nullptr) || reversal.has_recovery_sequence()) {
    return Refuse(v1::INVALID_FIELD, "deposit", "only an expenditure or a refund comes back as a deposit; leave it out",
                  {{"case", "NO_DEPOSIT"}});
  }
  return RequireDeposit(context, project, reversal.deposit(), ComesBack(target), reversal.bank_value_date());
}

}  // namespace

const v1::AdvanceRecovery* FindRecovery(const v1::Expenditure& advance, int64_t sequence) {
  for (const v1::AdvanceRecovery& recovery : advance.recoveries()) {
    if (recovery.sequence() == sequence) return &recovery;
  }
  return nullptr;
}

v1::ErrorReason PostedNotFoundReason(const std::string& name) {
  if (IsResourceName(name, "projects/*/contributions/*")) return v1::CONTRIBUTION_NOT_FOUND;
  if (IsResourceName(name, "projects/*/releases/*")) return v1::RELEASE_NOT_FOUND;
  if (IsResourceName(name, "projects/*/refunds/*")) return v1::REFUND_NOT_FOUND;
  if (IsResourceName(name, "projects/*/repayments/*")) return v1::REPAYMENT_NOT_FOUND;
  if (IsResourceName(name, "projects/*/interests/*")) return v1::INTEREST_NOT_FOUND;
  if (IsResourceName(name, "projects/*/deposits/*")) return v1::DEPOSIT_NOT_FOUND;
  if (IsResourceName(name, "projects/*/in-kinds/*")) return v1::IN_KIND_NOT_FOUND;
  return v1::EXPENDITURE_NOT_FOUND;
}

MoneySource SourceOf(Context& context, const std::string& target) {
  const Target found = FindTarget(context, target);
  if (found.contribution != nullptr) return {found.contribution->party(), found.contribution->declarer()};
  if (found.release != nullptr) return {found.release->party(), found.release->party()};
  if (found.repayment != nullptr) return {found.repayment->party(), ""};
  if (found.in_kind != nullptr) return {found.in_kind->party(), found.in_kind->declarer()};
  return {};
}

MaybeRefusal RequireUnchanged(Context& context, const Proposal& proposal) {
  const std::string& target = proposal.reversal().target();
  const int64_t proposed_at = proposal.reversal().target_sequence();
  const int64_t last = LastChangeOf(FindTarget(context, target));
  if (last == proposed_at) return std::nullopt;
  return Refuse(v1::TARGET_CHANGED, target,
                target + " was changed by entry " + std::to_string(last) + " after " + proposal.name() +
                    " had been proposed, when entry " + std::to_string(proposed_at) +
                    " was its last; withdraw the proposal and propose anew",
                {{"target_sequence", std::to_string(proposed_at)},
                 {"last_sequence", std::to_string(last)},
                 {"case", "CHANGED"},
                 {"name", target},
                 {"proposal", proposal.name()}});
}

MaybeRefusal CheckReversal(Context& context, const ProjectContext& loaded, const Proposal::ReversalAction& reversal) {
  const Project& project = *loaded.project;
  const std::string& name = reversal.target();
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                     {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING,
                                      Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
                                     "reverse money"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, reversal.bank_value_date(), "bank_value_date"));
  const Target target = FindTarget(context, name);
  if (LastChangeOf(target) < 0) {
    return Refuse(PostedNotFoundReason(name), name, "there is nothing to reverse of the name " + name, {{"name", name}});
  }
  if (const std::string day = DayOf(target, reversal); reversal.bank_value_date() < day) {
    return Refuse(v1::INVALID_FIELD, "bank_value_date",
                  name + " is of " + day + "; a bank takes nothing back on " + reversal.bank_value_date() + ", before that",
                  {{"bank_value_date", day},
                   {"case", "BEFORE_TARGET"},
                   {"name", name},
                   {"date", reversal.bank_value_date()}});
  }
  // A refund that came back only opens what is payable once more, and interest, deposits and gifts in kind have accounts of their own:
  // they may be reversed at any time.
  const bool is_party_money = target.refund == nullptr && target.interest == nullptr && target.deposit == nullptr &&
                              target.in_kind == nullptr;
  if (is_party_money) ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireReturned(context, project, target, reversal));
  auto require = [&](const auto& record, auto state) -> MaybeRefusal {
    if (record.state() == state) return std::nullopt;
    return WrongState(name, record.State_Name(record.state()), record.State_Name(state));
  };
  if (reversal.has_recovery_sequence()) return RequireRecovery(project, target, reversal);
  if (target.contribution != nullptr) return require(*target.contribution, v1::Contribution::VERIFIED);
  if (target.in_kind != nullptr) return require(*target.in_kind, v1::InKind::APPRAISED);
  if (target.expenditure != nullptr) {
    ORIUNDO_REFUSE_IF_ANY(require(*target.expenditure, v1::Expenditure::RECORDED));
    ORIUNDO_REFUSE_IF_ANY(RequireCreditNamed(context, loaded, target, target.expenditure->entry_sequences(0), reversal));
    return RequireHeldBack(context, project, *target.expenditure);
  }
  if (target.refund != nullptr) {
    ORIUNDO_REFUSE_IF_ANY(require(*target.refund, v1::Refund::PAID));
    ORIUNDO_REFUSE_IF_ANY(RequireCreditNamed(context, loaded, target, target.refund->entry_sequences(0), reversal));
    if (target.refund->reallocation().empty()) return std::nullopt;
    const v1::Reallocation* reallocation = context.state.Find<v1::Reallocation>(target.refund->reallocation());
    if (reallocation == nullptr || StateOf(context, *reallocation) == v1::Reallocation::SENT) return std::nullopt;
    return WrongState(reallocation->name(), v1::Reallocation::State_Name(reallocation->state()), "SENT");
  }
  if (target.repayment != nullptr) return require(*target.repayment, v1::Repayment::RECORDED);
  if (target.deposit != nullptr) return require(*target.deposit, v1::Deposit::UNIDENTIFIED);
  if (target.interest != nullptr) {
    ORIUNDO_REFUSE_IF_ANY(require(*target.interest, v1::Interest::RECORDED));
    return RequireInterest(project, *target.interest);
  }
  if (target.release->state() == v1::Release::RETURNED) return WrongState(name, "RETURNED", "RELEASED or RECEIVED");
  return std::nullopt;
}

namespace {

// Books it, whatever it is.
void BookReversal(Context& context, const ProjectContext& loaded, const Proposal& proposal, Draft& draft) {
  draft.entry.set_effective_date(OpenDay(*loaded.program, proposal.reversal().bank_value_date()));
  const Target target = FindTarget(context, proposal.reversal().target());
  if (!proposal.reversal().deposit().empty()) {
    draft.entry.mutable_bank_use()->set_resource(proposal.reversal().target());
    draft.entry.mutable_bank_use()->set_deposit(proposal.reversal().deposit());
  }
  if (target.contribution != nullptr) ReverseContribution(context, loaded, proposal, *target.contribution, draft);
  if (target.release != nullptr) ReturnRelease(loaded, proposal, *target.release, draft);
  if (proposal.reversal().has_recovery_sequence()) {
    const v1::Expenditure& advance = *target.expenditure;
    return ReverseRecovery(loaded, proposal, advance, *FindRecovery(advance, proposal.reversal().recovery_sequence()), draft);
  }
  if (target.expenditure != nullptr) ReverseExpenditure(context, loaded, proposal, *target.expenditure, draft);
  if (target.refund != nullptr) ReverseRefund(loaded, proposal, *target.refund, draft);
  if (target.repayment != nullptr) ReverseRepayment(loaded, proposal, *target.repayment, draft);
  if (target.interest != nullptr) ReverseInterest(loaded, proposal, *target.interest, draft);
  if (target.deposit != nullptr) ReturnDeposit(loaded, proposal, *target.deposit, draft);
  if (target.in_kind != nullptr) ReverseInKind(loaded, proposal, *target.in_kind, draft);
}

}  // namespace

void MakeReversal(Context& context, const ProjectContext& loaded, const Proposal& proposal, Draft& draft) {
  const Project& project = *loaded.project;
  const Proposal::ReversalAction& reversal = proposal.reversal();
  // Goods were never in a box.
  const bool in_kind = IsResourceName(reversal.target(), "projects/*/in-kinds/*");
  const int64_t confirmed = in_kind ? -1 : ConfirmedAt(context, reversal.target());
  const int64_t sequence = reversal.has_recovery_sequence() ? reversal.recovery_sequence() : confirmed;
  const std::string account = sequence < 0 ? std::string() : CameTo(context, project, reversal.target(), sequence);
  BookReversal(context, loaded, proposal, draft);
  if (project.uncarried_minor_units() == 0 || account == project.account_commitment()) return;
  // A bank takes back from the account that it had credited.
  int64_t taken = 0;
  for (const v1::Posting& posting : draft.entry.postings()) taken -= posting.account() == chart::Bank(project.name()) ? posting.minor_units() : 0;
  if (taken > 0) draft.Input(kLeftFormerAccountInput, taken);
}

MaybeRefusal Decide(Context& context, const v1::ProposeReversalRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const bool spending = IsResourceName(request.target(), "projects/*/expenditures/*");
  const std::string& actor = context.actor.name();
  if (actor != loaded.program->office() && !(spending && actor == loaded.project->executor())) {
    if (!IsNamedVerifier(*loaded.rule, actor)) {
      return NotAllowed(context, "a verifier of the rule, the programme's office or, for its expenditure, the executor",
                        {{"case", "VERIFIER_OFFICE_OR_SPENDER"}});
    }
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, SourceOf(context, request.target()).declarer));
  }
  Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  if (ParentOf(request.target()) != request.parent()) {
    return Refuse(v1::INVALID_FIELD, "target", "the target belongs to another project than " + request.parent(),
                  {{"case", "OTHER_PROJECT"}, {"project", request.parent()}});
  }
  if (request.documents().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "documents",
                  "a reversal is proposed with what shows at the bank that it happened, for example a BANK_RECEIPT",
                  {{"document_type", "BANK_RECEIPT"}});
  }
  proposal.mutable_reversal()->set_target(request.target());
  proposal.mutable_reversal()->set_bank_value_date(request.bank_value_date());
  *proposal.mutable_reversal()->mutable_evidence() = request.documents();
  proposal.mutable_reversal()->set_deposit(request.deposit());
  if (request.has_recovery_sequence()) proposal.mutable_reversal()->set_recovery_sequence(request.recovery_sequence());
  ORIUNDO_REFUSE_IF_ANY(CheckReversal(context, loaded, proposal.reversal()));
  proposal.mutable_reversal()->set_target_sequence(LastChangeOf(FindTarget(context, request.target())));
  return std::nullopt;
}

}  // namespace oriundo
