#include <algorithm>

#include "server/base/currency.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/fold.h"
#include "server/ledger/money_limits.h"
#include "server/rules/exchange.h"

namespace oriundo {
namespace {

using v1::Contribution;
using v1::Project;

Rate ToRate(const v1::Rate& rate) { return Rate{.units = rate.units(), .scale = rate.scale()}; }

// What a bank took back of a club's share after it was spent the club owes, and pays as a repayment: given anew beside that, it would
// pay it twice. `open` is what it has given, or declared as well, of its due.
MaybeRefusal RequireRepaidFirst(const ProjectContext& loaded, const v1::Party& party, int64_t open, int64_t amount) {
  const Project& project = *loaded.project;
  const int64_t owed = party.receivable_minor_units();
  if (owed == 0 || project.state() == Project::CANCELLED || !FindRole(*loaded.rule, party.role())->club_money()) return std::nullopt;
  const int64_t room = std::max<int64_t>(0, party.due_minor_units() - party.in_kind_counted_minor_units() - open - owed);
  if (amount <= room) return std::nullopt;
  const std::string& currency = project.currency_code();
  return Refuse(v1::RECEIVABLE_OPEN, party.organization(),
                party.organization() + " owes " + Amount(owed, currency) + " back to " + project.name() + "; until it has repaid that, " +
                    Amount(room, currency) + " more may come as its share, not " + Amount(amount, currency),
                {{"party", party.organization()},
                 {"receivable_minor_units", std::to_string(owed)},
                 {"allowed_minor_units", std::to_string(room)},
                 {"asked_minor_units", std::to_string(amount)},
                 {"case", "REPAY_FIRST"},
                 {"project", project.name()}});
}

// A completed project takes contributions only up to what is due (domain notes 1.3), and so does one that is handed over. `open`
// is what is already declared or verified.
MaybeRefusal RequireWithinDue(const ProjectContext& loaded, const v1::Party& party, int64_t open, int64_t amount) {
  const Project::State state = StateBehind(*loaded.project);
  if (state != Project::COMPLETED && state != Project::HANDED_OVER) return std::nullopt;
  // What counts in kind is given already.
  const int64_t in_kind = party.in_kind_counted_minor_units();
  if (OverMatchOf(loaded, party, open + amount) == 0) return std::nullopt;
  const std::string& currency = loaded.project->currency_code();
  const int64_t room = std::max<int64_t>(0, DueByContribution(loaded, party) - open - in_kind);
  return Refuse(v1::CONTRIBUTION_ABOVE_DUE, party.organization(),
                loaded.project->name() + " is completed and takes " + Amount(room, currency) + " more from " + party.organization() + ", not " +
                    Amount(amount, currency),
                {{"allowed_minor_units", std::to_string(room)},
                 {"asked_minor_units", std::to_string(amount)},
                 {"case", "COMPLETED"},
                 {"project", loaded.project->name()},
                 {"party", party.organization()}});
}

// A party that pays in tranches waits for the club (domain notes 4.5). What it gives of its own accord comes after all that it owes, or it
// could pay for the work past pool, bound and second approver before any club has given anything.
MaybeRefusal RequireOwnDueReceived(const ProjectContext& loaded, const v1::Party& party) {
  if (FindRole(*loaded.rule, party.role())->club_money()) return std::nullopt;
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED},
                                     "take more than its due from a party that pays in tranches"));
  int64_t kept_by_banks = 0;
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.party() == party.organization()) kept_by_banks += tranche.fee_minor_units();
  }
  const int64_t missing = party.due_minor_units() - party.received_minor_units() - kept_by_banks;
  if (missing <= 0) return std::nullopt;
  return Refuse(v1::DUE_NOT_RECEIVED, party.organization(),
                party.organization() + " owes " + Amount(party.due_minor_units(), project.currency_code()) + " in tranches and " +
                    Amount(party.received_minor_units(), project.currency_code()) + " is received; it may give more once the missing " +
                    Amount(missing, project.currency_code()) + " has arrived",
                {{"party", party.organization()},
                 {"due_minor_units", std::to_string(party.due_minor_units())},
                 {"received_minor_units", std::to_string(party.received_minor_units())},
                 {"missing_minor_units", std::to_string(missing)}});
}

MaybeRefusal LoadContribution(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded, const Contribution*& contribution) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  contribution = context.state.Find<Contribution>(name);
  if (contribution == nullptr) {
    return Refuse(v1::CONTRIBUTION_NOT_FOUND, name, "there is no contribution " + name,
                  {{"name", name}});
  }
  return std::nullopt;
}

// Where a declaration may still be cleared away: it moves nothing, but a settled project changes no more.
MaybeRefusal RequireUnsettled(const Project& project, std::string_view deed) {
  return RequireStateAlsoSuspended(project,
                      {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER,
                       Project::CANCELLED},
                      deed);
}

MaybeRefusal RequireOpen(const Contribution& contribution, std::string_view deed) {
  if (contribution.state() == Contribution::DECLARED || contribution.state() == Contribution::EVIDENCED) return std::nullopt;
  const std::string now = Contribution::State_Name(contribution.state());
  return Refuse(v1::WRONG_RESOURCE_STATE, contribution.name(),
                contribution.name() + " is " + now + "; it takes DECLARED or EVIDENCED to " + std::string(deed),
                {{"state", now}, {"allowed_states", "DECLARED, EVIDENCED"}});
}

// A contribution that brings money from another project is the whole reallocation, and for the same party.
MaybeRefusal CheckReallocated(Context& context, const Project& project, const Contribution& wanted) {
  const std::string& name = wanted.reallocation();
  const v1::Reallocation* reallocation = context.state.Find<v1::Reallocation>(name);
  if (reallocation == nullptr) {
    return Refuse(v1::REALLOCATION_NOT_FOUND, name, "there is no reallocation " + name,
                  {{"name", name}});
  }
  const v1::Reallocation::State state = StateOf(context, *reallocation);
  if (state != v1::Reallocation::APPROVED && state != v1::Reallocation::SENT) {
    const std::string now = v1::Reallocation::State_Name(state);
    return Refuse(v1::WRONG_RESOURCE_STATE, name, name + " is " + now + "; it takes APPROVED or SENT to be declared",
                  {{"state", now}, {"allowed_states", "APPROVED, SENT"}});
  }
  if (reallocation->target_project() != project.name() || reallocation->party() != wanted.party()) {
    return Refuse(v1::INVALID_FIELD, "contribution.reallocation",
                  name + " brings money of " + reallocation->party() + " to " + reallocation->target_project() + ", not of " +
                      wanted.party() + " to " + project.name(),
                  {{"case", "REALLOCATION_OF_OTHERS"},
                   {"name", name},
                   {"owner", reallocation->party()},
                   {"target_project", reallocation->target_project()},
                   {"party", wanted.party()},
                   {"project", project.name()}});
  }
  const int64_t amount = reallocation->amount().minor_units();
  if (wanted.declared().minor_units() == amount) return std::nullopt;
  return Refuse(v1::INVALID_FIELD, "contribution.declared", name + " brings " + Amount(amount, project.currency_code()) +
                    "; declare that",
                {{"case", "REALLOCATION_AMOUNT"}, {"name", name}, {"minor_units", std::to_string(amount)}});
}

// What comes from another project has left it, and no more arrives than left.
MaybeRefusal RequireSent(Context& context, const Contribution& contribution, int64_t credited) {
  if (contribution.reallocation().empty()) return std::nullopt;
  const v1::Reallocation* reallocation = context.state.Find<v1::Reallocation>(contribution.reallocation());
  // Only a failed read comes here without one.
  const v1::Reallocation::State state =
      reallocation == nullptr ? v1::Reallocation::STATE_UNSPECIFIED : StateOf(context, *reallocation);
  if (state != v1::Reallocation::SENT) {
    const std::string now = v1::Reallocation::State_Name(state);
    return Refuse(v1::WRONG_RESOURCE_STATE, contribution.reallocation(),
                  contribution.reallocation() + " is " + now + "; it takes SENT to arrive: the refund that pays it comes first",
                  {{"state", now}, {"case", "REALLOCATION_NOT_SENT"}});
  }
  const int64_t sent = reallocation->amount().minor_units();
  if (credited <= sent) return std::nullopt;
  const std::string& currency = reallocation->amount().currency_code();
  return Refuse(v1::CREDIT_ABOVE_RELEASE, reallocation->name(),
                reallocation->name() + " sent " + Amount(sent, currency) + "; " + Amount(credited, currency) + " cannot have arrived",
                {{"sent_minor_units", std::to_string(sent)},
                 {"credited_minor_units", std::to_string(credited)},
                 {"case", "REALLOCATION"}});
}

// The transfer's memo with what it cost; domain notes 4.9.
MaybeRefusal FillTransfer(Context& context, const ProjectContext& loaded, const Contribution& contribution,
                          const v1::VerifyContributionRequest& request, v1::Transfer& transfer) {
  transfer = request.transfer();
  ORIUNDO_REFUSE_IF_ANY(RequireAnyMoney(transfer.paid(), "transfer.paid"));
  if (transfer.has_fee()) ORIUNDO_REFUSE_IF_ANY(RequireAnyMoney(transfer.fee(), "transfer.fee", 0));
  if (transfer.has_tax()) ORIUNDO_REFUSE_IF_ANY(RequireAnyMoney(transfer.tax(), "transfer.tax", 0));
  ORIUNDO_REFUSE_IF_ANY(RequireRate(transfer.reference_rate(), "transfer.reference_rate"));
  if (transfer.has_provider_rate()) ORIUNDO_REFUSE_IF_ANY(RequireRate(transfer.provider_rate(), "transfer.provider_rate"));
  const std::string& foreign = transfer.paid().currency_code();
  std::vector<Violation> faults;
  auto fault = [&](v1::ErrorReason reason, const char* field, std::string description, Metadata metadata) {
    faults.push_back(MakeViolation(reason, std::string("transfer.") + field, std::move(description), std::move(metadata)));
  };
  const Metadata in_foreign = {{"case", "TRANSFER"}, {"currency_code", foreign}};
  if (transfer.has_fee() && transfer.fee().currency_code() != foreign) {
    fault(v1::WRONG_CURRENCY, "fee", "the fee is given in the currency paid, " + foreign, in_foreign);
  }
  if (transfer.has_tax() && transfer.tax().currency_code() != foreign) {
    fault(v1::WRONG_CURRENCY, "tax", "the tax is given in the currency paid, " + foreign, in_foreign);
  }
  if (transfer.reference_date() > request.bank_value_date()) {
    fault(v1::INVALID_FIELD, "reference_date",
          "the reference rate is the last one published on or before the bank's value date " + request.bank_value_date(),
          {{"case", "REFERENCE_DATE"}, {"date", request.bank_value_date()}});
  }
  if (!faults.empty()) return Refusal{std::move(faults)};
  const int from_digits = CurrencyDigitsEver(foreign);
  const int to_digits = CurrencyDigitsEver(loaded.project->currency_code());
  const v1::Rate& provider_rate = transfer.has_provider_rate() ? transfer.provider_rate() : transfer.reference_rate();
  const std::optional<TransferLoss> loss = ComputeTransferLoss({.paid = transfer.paid().minor_units(),
                                                                .fee = transfer.fee().minor_units(),
                                                                .tax = transfer.tax().minor_units(),
                                                                .provider_rate = ToRate(provider_rate),
                                                                .credited = request.credited().minor_units(),
                                                                .reference_rate = ToRate(transfer.reference_rate()),
                                                                .from_digits = from_digits,
                                                                .to_digits = to_digits});
  if (!loss.has_value()) {
    return Refuse(v1::AMOUNT_OUT_OF_RANGE, "transfer", "fee and tax are together at most what was paid, and every value stays in the range of amounts");
  }
  transfer.set_net_minor_units(loss->net);
  transfer.set_spread_loss_minor_units(loss->spread_loss);
  transfer.set_total_loss_minor_units(loss->total_loss);
  transfer.set_total_loss_bps(static_cast<int32_t>(std::clamp<int64_t>(loss->total_loss_bps, -kMultipleBpsMax, kMultipleBpsMax)));
  if (contribution.pledge().empty()) return std::nullopt;
  const v1::Pledge* pledge = context.state.Find<v1::Pledge>(contribution.pledge());
  if (pledge == nullptr || pledge->amount().currency_code() != foreign || !pledge->has_reference_rate()) return std::nullopt;
  const std::optional<int64_t> movement = PledgeMovement(pledge->amount().minor_units(), ToRate(pledge->reference_rate()),
                                                         ToRate(transfer.reference_rate()), from_digits, to_digits);
  if (!movement.has_value()) return Refuse(v1::AMOUNT_OUT_OF_RANGE, "transfer.reference_rate", "the pledge at this rate leaves the range of amounts");
  transfer.set_pledge_movement_minor_units(*movement);
  return std::nullopt;
}

}  // namespace

int64_t PaidTowardsPledge(Context& context, const Project& project, const Contribution& contribution) {
  if (contribution.pledge().empty()) return 0;
  const v1::Pledge* pledge = context.state.Find<v1::Pledge>(contribution.pledge());
  const std::string& binding = pledge == nullptr ? project.currency_code() : pledge->amount().currency_code();
  if (binding == project.currency_code() || contribution.transfer().paid().currency_code() != binding) {
    return contribution.credited().minor_units();
  }
  return ConvertFloor(contribution.transfer().paid().minor_units(), ToRate(pledge->reference_rate()), CurrencyDigitsEver(binding),
                      CurrencyDigitsEver(project.currency_code()));
}

MaybeRefusal Decide(Context& context, const v1::CreatePledgeRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Pledge& wanted = request.pledge();
  const std::string name = project.name() + "/pledges/" + request.pledge_id();
  if (FindParty(project, wanted.party()) == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, wanted.party(), wanted.party() + " does not fund " + project.name(), {{"party", wanted.party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, wanted.party()));
  if (auto replaced = ReplacedProblem(*FindParty(project, wanted.party()))) return Refusal{{*std::move(replaced)}};
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Pledge>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project,
                                     {Project::DRAFT, Project::SUBMITTED, Project::PREVALIDATED, Project::APPROVED, Project::AGREED,
                                      Project::FUNDING, Project::AUTHORISED, Project::EXECUTING},
                                     "take a pledge"));
  const v1::Organization* party = context.state.Find<v1::Organization>(wanted.party());
  // Of a federation that pledges for its club, and of whoever the club was merged into, the registration is valid too.
  if (auto problem = StandingProblem(context, *party, loaded.today)) return Refusal{{*std::move(problem)}};
  if (auto problem = RegistrationProblem(context, context.actor, loaded.today)) return Refusal{{*std::move(problem)}};
  ORIUNDO_REFUSE_IF_ANY(RequireAnyMoney(wanted.amount(), "pledge.amount"));
  std::string deadline = wanted.deadline();
  const std::string latest = loaded.rule->has_pledge_lapse_days() ? DateAfter(loaded.today, loaded.rule->pledge_lapse_days()) : "";
  if (deadline.empty()) deadline = latest;
  if (!deadline.empty() && (deadline < loaded.today || (!latest.empty() && deadline > latest))) {
    return Refuse(v1::INVALID_FIELD, "pledge.deadline",
                  "pledge.deadline is " + deadline + "; it is today, " + loaded.today + ", or later" +
                      (latest.empty() ? "" : ", and " + latest + " at the latest under " + loaded.rule->name()),
                  {{"date", deadline},
                   {"today", loaded.today},
                   {"case", latest.empty() ? "DEADLINE" : "DEADLINE_BY_RULE"},
                   {"latest_date", latest},
                   {"rule_version", loaded.rule->name()}});
  }
  if (!deadline.empty() && CountDeadlines(project, "projects/*/pledges/*") >= kLapsingPledgesMax) {
    return Refuse(v1::PROJECT_FULL, project.name(),
                  project.name() + " has " + std::to_string(kLapsingPledgesMax) + " pledges whose deadline is to come and takes no more",
                  {{"maximum", std::to_string(kLapsingPledgesMax)}, {"case", "PLEDGES"}});
  }
  v1::Pledge& created = *draft.entry.mutable_pledge_created()->mutable_pledge();
  created = wanted;
  created.set_state(v1::Pledge::PLEDGED);
  created.clear_lapsed_minor_units();
  created.clear_excess_minor_units();
  created.set_deadline(deadline);
  if (!deadline.empty()) {
    draft.Input(kLapseTimeInput, EndOfDay(deadline, loaded.program->utc_offset_minutes()));
  }
  created.set_name(name);
  created.set_recorder(context.actor.name());
  if (wanted.amount().currency_code() == project.currency_code()) {
    created.clear_reference_rate();
    created.clear_reference_date();
    created.set_value_minor_units(wanted.amount().minor_units());
  } else {
    if (!wanted.has_reference_rate() || wanted.reference_date().empty()) {
      return Refuse(v1::INVALID_FIELD, "pledge.reference_rate",
                    "a pledge in " + wanted.amount().currency_code() + " names the published rate of the day to " + project.currency_code() +
                        " and its date",
                    {{"case", "PLEDGE_RATE"},
                     {"currency_code", wanted.amount().currency_code()},
                     {"project_currency_code", project.currency_code()}});
    }
    ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, wanted.reference_date(), "pledge.reference_date"));
    ORIUNDO_REFUSE_IF_ANY(RequireRate(wanted.reference_rate(), "pledge.reference_rate"));
    const int64_t value = ConvertFloor(wanted.amount().minor_units(), ToRate(wanted.reference_rate()),
                                       CurrencyDigitsEver(wanted.amount().currency_code()), CurrencyDigitsEver(project.currency_code()));
    // The conversion saturates at the largest amount.
    if (value >= kAmountMinorUnitsMax) return Refuse(v1::AMOUNT_OUT_OF_RANGE, "pledge.amount", "the pledge at this rate leaves the range of amounts");
    created.set_value_minor_units(value);
  }
  draft.Party(wanted.party()).set_pledged_minor_units(created.value_minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::DeclareContributionRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const Contribution& wanted = request.contribution();
  const std::string name = project.name() + "/contributions/" + request.contribution_id();
  const v1::Party* party = FindParty(project, wanted.party());
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, wanted.party(), wanted.party() + " does not fund " + project.name(), {{"party", wanted.party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, wanted.party()));
  const bool made_good = FellShortAfterHandover(loaded, wanted.party());
  // What a bank took back of a replaced party's share after the handover no amendment gives to anybody else any more.
  if (auto replaced = ReplacedProblem(*party); replaced.has_value() && !made_good) return Refusal{{*std::move(replaced)}};
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Contribution>(context, name));
  if (!made_good) {
    ORIUNDO_REFUSE_IF_ANY(
        RequireState(project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED},
                     "take a contribution"));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, wanted.declared(), "contribution.declared"));
  const int64_t open = party->verified_minor_units() + party->declared_minor_units();
  ORIUNDO_REFUSE_IF_ANY(RequireWithinDue(loaded, *party, open, wanted.declared().minor_units()));
  ORIUNDO_REFUSE_IF_ANY(RequireRepaidFirst(loaded, *party, open, wanted.declared().minor_units()));
  ORIUNDO_REFUSE_IF_ANY(RequireOwnDueReceived(loaded, *party));
  if (!wanted.pledge().empty()) {
    const v1::Pledge* pledge = context.state.Find<v1::Pledge>(wanted.pledge());
    if (pledge == nullptr || ParentOf(wanted.pledge()) != project.name() || pledge->party() != wanted.party()) {
      return Refuse(v1::PLEDGE_NOT_FOUND, wanted.pledge(), wanted.party() + " made no pledge " + wanted.pledge() + " to " + project.name(),
                    {{"name", wanted.pledge()}});
    }
  }
  if (!wanted.reallocation().empty()) ORIUNDO_REFUSE_IF_ANY(CheckReallocated(context, project, wanted));
  Contribution& declared = *draft.entry.mutable_contribution_declared()->mutable_contribution();
  declared.MergeFrom(wanted);
  declared.set_name(name);
  declared.set_state(Contribution::DECLARED);
  declared.set_declarer(context.actor.name());
  draft.Party(wanted.party()).set_declared_minor_units(wanted.declared().minor_units());
  ChangeOpenPledge(context, project, wanted.pledge(), -wanted.declared().minor_units(), draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::EvidenceContributionRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Contribution* contribution = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContribution(context, request.name(), draft, loaded, contribution));
  if (context.actor.name() != contribution->declarer()) {
    return NotAllowed(context, "the declarer " + contribution->declarer(),
                      {{"case", "DECLARER"},
                       {"declarer", contribution->declarer()}});
  }
  // What was declared before the handover may have arrived; declared anew is only what fell short since.
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(*loaded.project,
                                                  {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING,
                                                   Project::COMPLETED, Project::HANDED_OVER},
                                                  "take evidence of a contribution"));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*contribution, "be evidenced"));
  ORIUNDO_REFUSE_IF_ANY(RequireRoom(contribution->entry_sequences_size() + 2, contribution->name()));
  v1::ContributionEvidenced& event = *draft.entry.mutable_contribution_evidenced();
  event.set_contribution(request.name());
  *event.mutable_evidence() = request.evidence();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::VerifyContributionRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Contribution* contribution = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContribution(context, request.name(), draft, loaded, contribution));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, contribution->declarer()));
  if (contribution->party() != contribution->declarer()) {
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, contribution->party()));
  }
  // A cancelled project takes no new declaration, but money that was on its way is confirmed, to be refunded (domain notes 1.3).
  // So is in one that is handed over what had been declared before, up to what is due.
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                                  {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING,
                                                   Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
                                                  "verify a contribution"));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*contribution, "be verified"));
  if (project.state() != Project::CANCELLED) {
    // What reached a cancelled project is confirmed to be given back.
    ORIUNDO_REFUSE_IF_ANY(RequireNotFrozen(context, contribution->party()));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.credited(), "credited"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.bank_value_date(), "bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountOf(context, project, request));
  if (!HasDocument(contribution->evidence(), v1::BANK_RECEIPT)) {
    ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(request.documents(), "a contribution that has none attached is verified"));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireSent(context, *contribution, request.credited().minor_units()));
  const v1::Party& party = *FindParty(project, contribution->party());
  const int64_t credited = request.credited().minor_units();
  ORIUNDO_REFUSE_IF_ANY(RequireWithinDue(loaded, party, party.verified_minor_units(), credited));
  ORIUNDO_REFUSE_IF_ANY(RequireRepaidFirst(loaded, party, party.verified_minor_units(), credited));
  ORIUNDO_REFUSE_IF_ANY(RequireOwnDueReceived(loaded, party));
  ORIUNDO_REFUSE_IF_ANY(
      TakeBankEvidence(context, loaded, request.name(), EvidenceAtBank(request), credited, request.bank_value_date(), draft));
  v1::ContributionVerified& event = *draft.entry.mutable_contribution_verified();
  if (request.has_transfer()) ORIUNDO_REFUSE_IF_ANY(FillTransfer(context, loaded, *contribution, request, *event.mutable_transfer()));
  event.set_contribution(request.name());
  event.set_reallocation(contribution->reallocation());
  *event.mutable_credited() = request.credited();
  event.set_account_commitment(request.account().number_commitment());
  event.set_bank_value_date(request.bank_value_date());
  *event.mutable_documents() = request.documents();
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.bank_value_date()));

  // What exceeds the due is over-match: kept apart, outside commitment and bound (design notes, section 4).
  const int64_t over_change = OverMatchOf(loaded, party, party.verified_minor_units() + credited) - party.over_match_minor_units();
  draft.Input("due_minor_units", DueByContribution(loaded, party), party.organization());
  draft.Post(BoxAccount(project, draft), credited);
  draft.Post(chart::Funds(project.name(), party.organization()), -(credited - over_change));
  draft.Post(chart::OverMatch(project.name(), party.organization()), -over_change);
  v1::PartyChange& change = draft.Party(party.organization());
  change.set_declared_minor_units(-contribution->declared().minor_units());
  change.set_verified_minor_units(credited);
  change.set_over_match_minor_units(over_change);
  change.set_paid_in_minor_units(credited);
  change.set_left_minor_units(credited);
  Contribution paid = *contribution;
  *paid.mutable_credited() = request.credited();
  if (event.has_transfer()) *paid.mutable_transfer() = event.transfer();
  ChangeOpenPledge(context, project, paid.pledge(), contribution->declared().minor_units() - PaidTowardsPledge(context, project, paid), draft);
  const bool club_money = FindRole(*loaded.rule, party.role())->club_money();
  if (project.state() == Project::AGREED && club_money) draft.entry.set_project_state(Project::FUNDING);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RejectContributionRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Contribution* contribution = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContribution(context, request.name(), draft, loaded, contribution));
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, contribution->declarer()));
  ORIUNDO_REFUSE_IF_ANY(RequireUnsettled(*loaded.project, "reject a contribution"));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*contribution, "be rejected"));
  ChangeOpenPledge(context, *loaded.project, contribution->pledge(), contribution->declared().minor_units(), draft);
  v1::ContributionRejected& event = *draft.entry.mutable_contribution_rejected();
  event.set_contribution(request.name());
  *event.mutable_reason() = request.reason();
  draft.Party(contribution->party()).set_declared_minor_units(-contribution->declared().minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawContributionRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Contribution* contribution = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContribution(context, request.name(), draft, loaded, contribution));
  const std::string& actor = context.actor.name();
  if (actor != StandsFor(context, contribution->declarer()) && actor != contribution->declarer() &&
      actor != StandsFor(context, contribution->party()) && actor != contribution->party()) {
    const bool same = contribution->declarer() == contribution->party();
    return NotAllowed(context, "the declarer " + contribution->declarer() + (same ? "" : " or the party " +
                                                                             contribution->party()),
                      {{"case", same ? "DECLARER" : "DECLARER_OR_PARTY"},
                       {"declarer", contribution->declarer()},
                       {"party", contribution->party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireUnsettled(*loaded.project, "withdraw a contribution"));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*contribution, "be withdrawn"));
  ChangeOpenPledge(context, *loaded.project, contribution->pledge(), contribution->declared().minor_units(), draft);
  v1::ContributionWithdrawn& event = *draft.entry.mutable_contribution_withdrawn();
  event.set_contribution(request.name());
  *event.mutable_reason() = request.reason();
  draft.Party(contribution->party()).set_declared_minor_units(-contribution->declared().minor_units());
  return std::nullopt;
}

}  // namespace oriundo
