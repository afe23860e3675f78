#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/pool_parts.h"
#include "server/ledger/rule_shares.h"
#include "server/ledger/tranches.h"
#include "server/rules/tranche.h"

namespace oriundo {
namespace {

// `value` with `places` of its digits behind the point, `1200.500`.
std::string Decimal(int64_t value, std::size_t places) {
  std::string digits = std::to_string(value);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  return digits.insert(digits.size() - places, ".");
}

// A quantity of the works in its unit, `1200.500 METRE`.
std::string QuantityText(const v1::Project& project, int64_t milli) {
  const bool unit = project.quantity_unit() != v1::QUANTITY_UNIT_UNSPECIFIED;
  return Decimal(milli, 3) + (unit ? " " + v1::QuantityUnit_Name(project.quantity_unit()) : "");
}

using v1::Project;

// What the club's verified money entitles a role to, over all its parties, and what those have released or proposed; domain notes 4.5.
struct RoleBound {
  bool bounded = false;
  int64_t entitled = kAmountMinorUnitsMax;
  int64_t used = 0;
};

RoleBound BoundOf(const ProjectContext& loaded, const v1::FunderRole& role, Draft& draft) {
  RoleBound bound;
  for (const v1::Party& party : loaded.project->parties()) {
    if (party.role() == role.role()) bound.used += party.released_minor_units() + party.proposed_minor_units();
  }
  const v1::FunderRole* club_role = ClubRole(*loaded.rule);
  // Nor is there a bound where a cap left the club nothing to owe: it has given all of that.
  const int64_t club_weight = club_role == nullptr ? 0 : RoleWeightOf(*loaded.project, *loaded.rule, club_role->role());
  if (club_weight == 0) return bound;
  int64_t verified = 0;
  int64_t due = 0;
  for (const v1::Party& party : loaded.project->parties()) {
    if (party.role() != club_role->role()) continue;
    verified += party.verified_minor_units();
    if (loaded.rule->in_kind_in_bound()) verified += party.in_kind_counted_minor_units();
    due += party.due_minor_units();
  }
  // What the clubs give beyond what they owe together is over-match, outside commitment and bound (design notes, section 4).
  verified = std::min(verified, due);
  bound.bounded = true;
  bound.entitled = EntitledRelease({.club_verified = verified,
                                    .tolerance = loaded.project->tolerance_minor_units(),
                                    .weight = RoleWeightOf(*loaded.project, *loaded.rule, role.role()),
                                    .club_weight = club_weight,
                                    .multiple_bps = loaded.rule->bound_multiple_bps()});
  draft.Input("club_verified_minor_units", verified);
  draft.Input("entitled_minor_units", bound.entitled);
  return bound;
}

// A tranche opens once the one before is released, received but for what banks kept on the way and, as far as the rule asks,
// accounted for.
MaybeRefusal RequireOpenTranche(const ProjectContext& loaded, const v1::Tranche& tranche) {
  const Project& project = *loaded.project;
  for (const v1::Tranche& earlier : project.tranches()) {
    if (earlier.party() != tranche.party() || earlier.ordinal() >= tranche.ordinal()) continue;
    if (UnsentOf(earlier) == 0 && earlier.settled_minor_units() == earlier.released_minor_units()) continue;
    return Refuse(v1::TRANCHE_NOT_OPEN, tranche.name(),
                  tranche.name() + " opens when " + earlier.name() + " is wholly received; of " +
                      Amount(earlier.amount_minor_units(), project.currency_code()) + " it has " +
                      Amount(earlier.settled_minor_units(), project.currency_code()) + ", banks kept " +
                      Amount(earlier.fee_minor_units(), project.currency_code()) + ", and " +
                      Amount(UnsentOf(earlier), project.currency_code()) + " is not sent",
                  {{"tranche", earlier.name()},
                   {"received_minor_units", std::to_string(earlier.settled_minor_units())},
                   {"amount_minor_units", std::to_string(earlier.amount_minor_units())},
                   {"fee_minor_units", std::to_string(earlier.fee_minor_units())},
                   {"unsent_minor_units", std::to_string(UnsentOf(earlier))},
                   {"case", "EARLIER"}});
  }
  if (!AwaitsAccounting(project, *loaded.rule, tranche)) return std::nullopt;
  const Accounting accounting = AccountingOf(project, *loaded.rule);
  return Refuse(v1::TRANCHE_NOT_OPEN, tranche.name(),
                tranche.name() + " opens when " + Decimal(loaded.rule->accounted_bps(), 2) + " % of the " +
                    Amount(accounting.receipts, project.currency_code()) + " received are accounted for; " +
                    Amount(accounting.spent, project.currency_code()) + " is",
                {{"receipts_minor_units", std::to_string(accounting.receipts)},
                 {"spent_minor_units", std::to_string(accounting.spent)},
                 {"accounted_bps", std::to_string(loaded.rule->accounted_bps())},
                 {"case", "ACCOUNTED"}});
}

// What the rule asks for this step of the role's tranches beyond what holds for all. Documents are asked for where `documents` is given.
MaybeRefusal RequireConditions(const ProjectContext& loaded, const v1::FunderRole& role, const v1::Tranche& tranche,
                               const google::protobuf::RepeatedPtrField<v1::Evidence>* documents) {
  const Project& project = *loaded.project;
  if (role.tranche_conditions().empty()) return std::nullopt;
  const v1::TrancheCondition& condition = role.tranche_conditions(tranche.ordinal() - 1);
  if (AwaitsWork(project, condition, tranche)) {
    return Refuse(v1::MILESTONE_NOT_REACHED, tranche.name(),
                  tranche.name() + " waits until " + Decimal(condition.verified_bps_min(), 2) + " % of the planned " +
                      QuantityText(project, project.planned_quantity_milli()) + " are verified by an inspector; " +
                      QuantityText(project, project.progress_quantity_milli()) + " are",
                  {{"planned_quantity_milli", std::to_string(project.planned_quantity_milli())},
                   {"verified_quantity_milli", std::to_string(project.progress_quantity_milli())},
                   {"verified_bps_min", std::to_string(condition.verified_bps_min())},
                   {"case", "NOT_VERIFIED"},
                   {"quantity_unit", v1::QuantityUnit_Name(project.quantity_unit())}});
  }
  std::vector<Violation> faults;
  for (int number : condition.documents()) {
    const auto type = static_cast<v1::DocumentType>(number);
    if (documents == nullptr || HasDocument(*documents, type)) continue;
    faults.push_back(MakeViolation(v1::DOCUMENT_MISSING, "documents",
                                   loaded.rule->name() + " requires " + WithArticle(v1::DocumentType_Name(type)) +
                                       " to release " + tranche.name(),
                                   {{"document_type", v1::DocumentType_Name(type)}}));
  }
  const std::string year = std::to_string(project.fiscal_year()) + "-";
  const bool early = IsEarly(project, condition, loaded.today);
  const bool late = IsTooLate(project, condition, tranche, loaded.today);
  if (early || late) {
    faults.push_back(MakeViolation(v1::OUTSIDE_DATE_WINDOW, tranche.name(),
                                   tranche.name() + " is released " +
                                       (early ? "from " + year + condition.opens_month_day() + " on"
                                              : "until " + year + condition.closes_month_day()) +
                                       "; today is " + loaded.today,
                                   {{"today", loaded.today},
                                    {"case", early ? "TOO_EARLY" : "TOO_LATE"},
                                    {"date", year + (early ? condition.opens_month_day() : condition.closes_month_day())}}));
  }
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

// A pool whose budget was cut below its commitments pays nothing: whoever came first would get all of what is left.
// Looks at each pool that `amount` more would be released out of.
MaybeRefusal RequireFundedPools(Context& context, const Project& project, const v1::Party& party, int64_t amount) {
  std::vector<Violation> faults;
  for (const v1::PoolPart& part : PartsToRelease(party, amount)) {
    const std::string name = PoolName(project.program(), party.organization(), part.fiscal_year());
    const v1::Pool* pool = context.state.Find<v1::Pool>(name);
    if (pool == nullptr || pool->free_minor_units() >= 0) continue;
    faults.push_back(MakeViolation(v1::POOL_UNDERFUNDED, name,
                                   name + " has promised " + Amount(-pool->free_minor_units(), project.currency_code()) +
                                       " more than its budget holds since it was cut; cancel commitments or raise the budget",
                                   {{"missing_minor_units", std::to_string(-pool->free_minor_units())}}));
  }
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

// True for the last tranche of its party.
bool IsLast(const Project& project, const v1::Tranche& tranche) {
  return std::none_of(project.tranches().begin(), project.tranches().end(), [&](const v1::Tranche& other) {
    return other.party() == tranche.party() && other.ordinal() > tranche.ordinal();
  });
}

// The open proposal that would release some of the tranche, of several the one that expires first; empty where none is found.
std::string HolderOf(Context& context, const Project& project, const std::string& tranche) {
  for (const v1::Deadline& deadline : project.deadlines()) {
    if (!IsResourceName(deadline.resource(), "projects/*/proposals/*")) continue;
    const auto* proposal = context.state.Find<v1::Proposal>(deadline.resource());
    if (proposal != nullptr && proposal->has_release() && proposal->release().tranche() == tranche) return proposal->name();
  }
  return {};
}

}  // namespace

MaybeRefusal RequireReleasingState(const ProjectContext& loaded, const v1::Tranche& tranche) {
  const Project& project = *loaded.project;
  if (!FellShortAfterHandover(loaded, tranche.party())) {
    ORIUNDO_REFUSE_IF_ANY(
        RequireState(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "release a tranche"));
  }
  const bool finished = project.state() == Project::COMPLETED || project.state() == Project::HANDED_OVER;
  if (!finished || IsLast(project, tranche)) return std::nullopt;
  if (IsWaived(tranche, v1::Tranche::LAST_TRANCHES_ONLY)) return std::nullopt;
  if (tranche.fee_minor_units() > 0 && UnsentOf(tranche) == 0) return std::nullopt;
  // What went back at a year's end is given again in the tranches that it reopened, whichever these are.
  if (FindParty(project, tranche.party())->year_end_returned_minor_units() > 0) return std::nullopt;
  return Refuse(v1::WRONG_PROJECT_STATE, tranche.name(),
                project.name() + " is " + Project::State_Name(project.state()) +
                    "; only last tranches, and what banks kept of earlier ones, may still be released",
                {{"state", Project::State_Name(project.state())},
                 {"allowed_states", "AUTHORISED, EXECUTING"},
                 {"case", "LAST_TRANCHES_ONLY"},
                 {"project", project.name()}});
}

MaybeRefusal CheckWaiver(const ProjectContext& loaded, const v1::Proposal::WaiverAction& action) {
  const Project& project = *loaded.project;
  const v1::Tranche* tranche = FindTranche(project, action.tranche());
  if (tranche == nullptr) {
    return Refuse(v1::TRANCHE_NOT_FOUND, action.tranche(), "there is no tranche " + action.tranche() + " in " + project.name(),
                  {{"name", action.tranche()}});
  }
  if (!FellShortAfterHandover(loaded, tranche->party())) {
    ORIUNDO_REFUSE_IF_ANY(
        RequireState(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "let go of a tranche's condition"));
  }
  static const v1::TrancheCondition none;
  const v1::FunderRole& role = *FindRole(*loaded.rule, FindParty(project, tranche->party())->role());
  const v1::TrancheCondition& condition =
      tranche->ordinal() <= role.tranche_conditions_size() ? role.tranche_conditions(tranche->ordinal() - 1) : none;
  const bool completed = project.state() == Project::COMPLETED || project.state() == Project::HANDED_OVER;
  std::vector<Violation> faults;
  auto fault = [&](v1::Tranche::Waiver waiver, const char* case_name, const char* why) {
    const std::string word = v1::Tranche::Waiver_Name(waiver);
    faults.push_back(MakeViolation(v1::CONDITION_NOT_WAIVABLE, tranche->name(), word + " of " + tranche->name() + " is not let go: " + why,
                                   {{"waiver", word}, {"case", case_name}, {"tranche", tranche->name()}}));
  };
  for (int i = 0; i < action.waivers_size(); ++i) {
    const v1::Tranche::Waiver waiver = action.waivers(i);
    if (std::find(action.waivers().begin(), action.waivers().begin() + i, waiver) != action.waivers().begin() + i) {
      fault(waiver, "NAMED_TWICE", "it is named twice");
    } else if (IsWaived(*tranche, waiver)) {
      fault(waiver, "WAIVED", "that has happened already");
    } else if (tranche->released_minor_units() >= tranche->amount_minor_units()) {
      fault(waiver, "RELEASED", "the tranche is released");
    } else if (waiver == v1::Tranche::VERIFIED_WORK && !condition.has_verified_bps_min()) {
      fault(waiver, "NO_WORK_AWAITED", "the tranche waits for no verified work");
    } else if (waiver == v1::Tranche::VERIFIED_WORK && (!completed || IsBuilt(project, condition))) {
      IsBuilt(project, condition) ? fault(waiver, "WORK_VERIFIED", "so much is verified")
                                  : fault(waiver, "WORKS_GO_ON", "the works go on and may still get there");
    } else if (waiver == v1::Tranche::DATE_WINDOW && !IsOver(project, condition, loaded.today)) {
      condition.closes_month_day().empty() ? fault(waiver, "NO_LAST_DAY", "the tranche has no last day")
                                           : fault(waiver, "LAST_DAY_NOT_OVER", "its last day is not over");
    } else if (waiver == v1::Tranche::LAST_TRANCHES_ONLY && (!completed || IsLast(project, *tranche))) {
      completed ? fault(waiver, "LAST_TRANCHE", "it is the last tranche of its party")
                : fault(waiver, "NOT_COMPLETED", "the project is not completed");
    }
  }
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

MaybeRefusal CheckRelease(Context& context, const ProjectContext& loaded, const v1::Tranche& tranche, std::optional<int64_t> asked,
                          int64_t own_proposed, const google::protobuf::RepeatedPtrField<v1::Evidence>* documents, Draft& draft,
                          int64_t& amount) {
  const Project& project = *loaded.project;
  const std::string& currency = project.currency_code();
  const v1::FunderRole& role = *FindRole(*loaded.rule, FindParty(project, tranche.party())->role());
  ORIUNDO_REFUSE_IF_ANY(RequireClubSideNotFrozen(context, loaded));
  for (const v1::Party& party : project.parties()) {
    if (party.receivable_minor_units() == 0) continue;
    return Refuse(v1::RECEIVABLE_OPEN, party.organization(),
                  party.organization() + " owes " + Amount(party.receivable_minor_units(), currency) + " back to " + project.name() +
                      "; releases wait until it is repaid",
                  {{"party", party.organization()},
                   {"receivable_minor_units", std::to_string(party.receivable_minor_units())},
                   {"case", "RELEASES_WAIT"},
                   {"project", project.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOpenTranche(loaded, tranche));
  ORIUNDO_REFUSE_IF_ANY(RequireConditions(loaded, role, tranche, documents));
  const int64_t tranche_left =
      tranche.amount_minor_units() - tranche.released_minor_units() - (tranche.proposed_minor_units() - own_proposed);
  const RoleBound bound = BoundOf(loaded, role, draft);
  const int64_t used = bound.used - own_proposed;
  const int64_t bound_left = std::max<int64_t>(0, bound.entitled - used);
  // Where nothing at all may be released the error speaks of the whole tranche.
  const bool partial = role.release_mode() == v1::PARTIAL && bound_left > 0;
  amount = asked.value_or(partial ? std::min(tranche_left, bound_left) : tranche_left);
  draft.Input("released_minor_units", used);
  draft.Input("tranche_left_minor_units", tranche_left);
  std::vector<Violation> faults;
  if (amount > tranche_left || amount <= 0) {
    Metadata metadata = {{"left_minor_units", std::to_string(tranche_left)}, {"asked_minor_units", std::to_string(amount)}};
    std::string held;
    std::string case_name = "TOO_MUCH";
    if (const int64_t proposed = tranche.proposed_minor_units() - own_proposed; proposed > 0) {
      const std::string holder = HolderOf(context, project, tranche.name());
      held = "; " + Amount(proposed, currency) + " of it waits in " + (holder.empty() ? "an open proposal" : holder) +
             ": approve or withdraw that";
      metadata.emplace_back("proposed_minor_units", std::to_string(proposed));
      if (!holder.empty()) {
        metadata.emplace_back("proposal", holder);
        case_name = "HELD_BY_PROPOSAL";
      }
    }
    metadata.emplace_back("case", case_name);
    std::string said = tranche.name() + " has " + Amount(tranche_left, currency) + " left to release";
    if (amount > tranche_left) {
      said += "; asked " + Amount(amount, currency) + ", an excess of " + Amount(amount - tranche_left, currency);
    }
    faults.push_back(MakeViolation(v1::RELEASE_ABOVE_TRANCHE, tranche.name(), said + held, std::move(metadata)));
  } else if (role.release_mode() == v1::ALL_OR_NOTHING && amount < tranche_left) {
    faults.push_back(MakeViolation(v1::RELEASE_ABOVE_TRANCHE, tranche.name(),
                                   tranche.name() + " is released whole or not at all: " + Amount(tranche_left, currency) + ", not " +
                                       Amount(amount, currency),
                                   {{"left_minor_units", std::to_string(tranche_left)},
                                    {"asked_minor_units", std::to_string(amount)},
                                    {"case", "WHOLE"}}));
  }
  if (bound.bounded && amount > bound_left) {
    const int64_t excess = used + amount - bound.entitled;
    faults.push_back(MakeViolation(
        v1::RELEASE_ABOVE_BOUND, tranche.name(),
        "the clubs' verified money entitles the role `" + role.role() + "` to " + Amount(bound.entitled, currency) + " in all; " +
            Amount(used, currency) + " is released or proposed, " + Amount(amount, currency) + " more is asked, an excess of " +
            Amount(excess, currency),
        {{"role", role.role()},
         {"entitled_minor_units", std::to_string(bound.entitled)},
         {"released_minor_units", std::to_string(used)},
         {"asked_minor_units", std::to_string(amount)},
         {"excess_minor_units", std::to_string(excess)}}));
  }
  if (!faults.empty()) return Refusal{std::move(faults)};
  return RequireFundedPools(context, project, *FindParty(project, tranche.party()), amount);
}

MaybeRefusal Decide(Context& context, const v1::ProposeReleaseRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Tranche* tranche = FindTranche(project, request.tranche());
  if (tranche == nullptr) {
    return Refuse(v1::TRANCHE_NOT_FOUND, request.tranche(), "there is no tranche " + request.tranche() + " in " + project.name(),
                  {{"name", request.tranche()}});
  }
  if (context.actor.name() != tranche->party()) {
    return NotAllowed(context, "the paying party " + tranche->party(),
                      {{"case", "PAYER"}, {"party", tranche->party()}});
  }
  v1::Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Release>(context, project.name() + "/releases/" + request.release_id()));
  ORIUNDO_REFUSE_IF_ANY(RequireReleasingState(loaded, *tranche));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  std::optional<int64_t> asked;
  if (request.has_amount()) {
    ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.amount(), "amount"));
    asked = request.amount().minor_units();
  }
  int64_t amount = 0;
  ORIUNDO_REFUSE_IF_ANY(CheckRelease(context, loaded, *tranche, asked, 0, &request.documents(), draft, amount));
  proposal.mutable_release()->set_tranche(tranche->name());
  proposal.mutable_release()->mutable_amount()->set_currency_code(project.currency_code());
  proposal.mutable_release()->mutable_amount()->set_minor_units(amount);
  proposal.mutable_release()->set_release_id(request.release_id());
  *proposal.mutable_release()->mutable_documents() = request.documents();
  draft.Party(tranche->party()).set_proposed_minor_units(amount);
  draft.Tranche(tranche->name()).set_proposed_minor_units(amount);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ReceiveReleaseRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Release* release = context.state.Find<v1::Release>(request.name());
  if (release == nullptr) {
    return Refuse(v1::RELEASE_NOT_FOUND, request.name(), "there is no release " + request.name(),
                  {{"name", request.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, release->party()));
  // Only a share that had fallen short sends anything after the handover, and what is on its way arrives.
  if (project.state() != Project::HANDED_OVER || release->state() != v1::Release::RELEASED) {
    ORIUNDO_REFUSE_IF_ANY(
        RequireState(project, {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "receive a release"));
  }
  if (release->state() != v1::Release::RELEASED) {
    const std::string now = v1::Release::State_Name(release->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, release->name(), release->name() + " is " + now +
                      "; it takes RELEASED to be received",
                  {{"state", now}, {"allowed_states", "RELEASED"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.credited(), "credited"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.bank_value_date(), "bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountOf(context, project, request));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(request.documents(), "a release is received"));
  const int64_t sent = release->amount().minor_units();
  const int64_t credited = request.credited().minor_units();
  if (credited > sent) {
    return Refuse(v1::CREDIT_ABOVE_RELEASE, release->name(),
                  release->name() + " sent " + Amount(sent, project.currency_code()) + "; " + Amount(credited, project.currency_code()) +
                      " cannot have arrived, an excess of " + Amount(credited - sent, project.currency_code()),
                  {{"released_minor_units", std::to_string(sent)},
                   {"credited_minor_units", std::to_string(credited)},
                   {"excess_minor_units", std::to_string(credited - sent)},
                   {"case", "RELEASE"}});
  }
  ORIUNDO_REFUSE_IF_ANY(
      TakeBankEvidence(context, loaded, release->name(), EvidenceAtBank(request), credited, request.bank_value_date(), draft));
  v1::ReleaseReceived& event = *draft.entry.mutable_release_received();
  event.set_release(release->name());
  *event.mutable_credited() = request.credited();
  event.set_account_commitment(request.account().number_commitment());
  event.set_bank_value_date(request.bank_value_date());
  *event.mutable_documents() = request.documents();
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.bank_value_date()));

  // What banks kept on the way stays with the payer: it is not released any more and may be released again.
  const int64_t fee = sent - credited;
  draft.Post(BoxAccount(project, draft), credited);
  draft.Post(chart::Funds(project.name(), release->party()), fee);
  draft.Post(chart::Transit(project.name(), release->party()), -sent);
  v1::PartyChange& change = draft.Party(release->party());
  change.set_released_minor_units(-fee);
  change.set_committed_minor_units(fee);
  change.set_received_minor_units(credited);
  change.set_paid_in_minor_units(credited);
  change.set_left_minor_units(credited);
  if (const int year = YearOf(request.bank_value_date()); year >= FindParty(project, release->party())->received_year()) {
    change.set_received_year(year);
    change.set_year_received_minor_units(credited);
  }
  v1::TrancheChange& tranche = draft.Tranche(release->tranche());
  tranche.set_released_minor_units(-fee);
  tranche.set_fee_minor_units(fee);
  tranche.set_settled_minor_units(credited);
  GiveBackReleased(project, *release, fee, /*promised=*/true, draft);
  if (project.state() == Project::AUTHORISED) draft.entry.set_project_state(Project::EXECUTING);
  return std::nullopt;
}

}  // namespace oriundo
