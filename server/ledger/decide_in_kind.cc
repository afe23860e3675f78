#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/money_limits.h"
#include "server/rules/in_kind.h"

namespace oriundo {
namespace {

using v1::InKind;
using v1::Project;

MaybeRefusal LoadInKind(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded, const InKind*& in_kind) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  in_kind = context.state.Find<InKind>(name);
  if (in_kind == nullptr) return Refuse(v1::IN_KIND_NOT_FOUND, name, "there is no contribution in kind " + name, {{"name", name}});
  return std::nullopt;
}

MaybeRefusal RequireDeclared(const InKind& in_kind, std::string_view deed) {
  if (in_kind.state() == InKind::DECLARED) return std::nullopt;
  const std::string now = InKind::State_Name(in_kind.state());
  return Refuse(v1::WRONG_RESOURCE_STATE, in_kind.name(), in_kind.name() + " is " + now + "; it takes DECLARED to " +
                    std::string(deed),
                {{"state", now}, {"allowed_states", "DECLARED"}});
}

// Where a declaration may still be cleared away, as for contributions.
MaybeRefusal RequireUnsettled(const Project& project, std::string_view deed) {
  return RequireStateAlsoSuspended(project,
                                   {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED,
                                    Project::HANDED_OVER, Project::CANCELLED},
                                   deed);
}

// The value of so many units, in the project's currency.
MaybeRefusal TakeValue(const Project& project, int64_t quantity_milli, const v1::Money& unit_value, const std::string& prefix, int64_t& value) {
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, unit_value, prefix + "unit_value"));
  if (quantity_milli < 1 || quantity_milli > kInKindQuantityMilliMax) {
    return Refuse(v1::INVALID_FIELD, prefix + "quantity_milli",
                  prefix + "quantity_milli is " + std::to_string(quantity_milli) + "; it is from 1 to " +
                      std::to_string(kInKindQuantityMilliMax),
                  {{"case", "QUANTITY"},
                   {"quantity_milli", std::to_string(quantity_milli)},
                   {"maximum_milli", std::to_string(kInKindQuantityMilliMax)}});
  }
  const std::optional<int64_t> found = InKindValue(quantity_milli, unit_value.minor_units());
  if (!found.has_value()) {
    return Refuse(v1::AMOUNT_OUT_OF_RANGE, prefix + "unit_value",
                  std::to_string(quantity_milli) + " thousandths at " + Amount(unit_value.minor_units(), project.currency_code()) +
                      " are less than one minor unit or more than the largest amount",
                  {{"maximum_minor_units", std::to_string(kAmountMinorUnitsMax)}});
  }
  value = *found;
  return std::nullopt;
}

// A completed project takes only what still counts towards the due (domain notes 1.3). `open` is what of the party's is given or declared
// in kind already.
MaybeRefusal RequireWithinDue(const ProjectContext& loaded, const v1::Party& party, int64_t open, int64_t value) {
  if (StateBehind(*loaded.project) != Project::COMPLETED) return std::nullopt;
  const int64_t countable = CountedInKind(loaded, party, open + value) - CountedInKind(loaded, party, open);
  const int64_t confirmed = party.verified_minor_units() + party.received_minor_units() + CountedInKind(loaded, party, open);
  const int64_t room = std::clamp<int64_t>(party.due_minor_units() - confirmed, 0, countable);
  if (value <= room) return std::nullopt;
  const std::string& currency = loaded.project->currency_code();
  return Refuse(v1::CONTRIBUTION_ABOVE_DUE, party.organization(),
                loaded.project->name() + " is completed and takes " + Amount(room, currency) + " more in kind from " + party.organization() +
                    ", not " + Amount(value, currency),
                {{"allowed_minor_units", std::to_string(room)},
                 {"asked_minor_units", std::to_string(value)},
                 {"case", "COMPLETED_IN_KIND"},
                 {"project", loaded.project->name()},
                 {"party", party.organization()}});
}

// As CountedInKind, where those whose place the party took have `used_change` more counted than their records say.
int64_t Counted(const ProjectContext& loaded, const v1::Party& party, int64_t appraised, int64_t used_change) {
  const v1::FunderRole& role = *FindRole(*loaded.rule, party.role());
  if (!party.replaced_by().empty() && role.club_money()) return std::min(appraised, party.in_kind_counted_minor_units());
  // The cap is the place's: who takes it over does not begin a new one, or clubs could be changed until all is given in kind.
  int64_t due = party.due_minor_units();
  int64_t used = used_change;
  for (const v1::Party* before = FindParty(*loaded.project, party.replaces()); before != nullptr;
       before = FindParty(*loaded.project, before->replaces())) {
    due += before->due_minor_units();
    used += before->in_kind_counted_minor_units();
  }
  const int64_t countable = InKindCounted(appraised + used, due, role.in_kind_cap_bps()) - used;
  return std::clamp<int64_t>(countable, 0, party.due_minor_units());
}

// What counts in kind takes its part of the due: so much more of the money is beyond it.
void BookOverMatch(const ProjectContext& loaded, const v1::Party& party, int64_t counted_change, Draft& draft) {
  const int64_t counted = party.in_kind_counted_minor_units() + counted_change;
  MoveOverMatch(*loaded.project, party.organization(),
                OverMatchOf(loaded, party, party.verified_minor_units(), counted) - party.over_match_minor_units(), draft);
}

void BookCounted(const ProjectContext& loaded, const v1::Party& party, int64_t counted_change, Draft& draft) {
  if (counted_change == 0) return;
  const Project& project = *loaded.project;
  draft.Post(chart::InKindFunds(project.name(), party.organization()), -counted_change);
  draft.Post(chart::InKindOverMatch(project.name(), party.organization()), counted_change);
  draft.Party(party.organization()).set_in_kind_counted_minor_units(counted_change);
  BookOverMatch(loaded, party, counted_change, draft);
}

// Books that the party has given `change` more in kind, or less: what counts against its due, what exceeds that apart. What counts of a
// party that was replaced leaves so much less of the cap to who has its place.
void BookInKind(const ProjectContext& loaded, const v1::Party& party, int64_t change, Draft& draft) {
  const Project& project = *loaded.project;
  const int64_t counted = CountedInKind(loaded, party, party.in_kind_minor_units() + change) - party.in_kind_counted_minor_units();
  draft.Input("due_minor_units", party.due_minor_units(), party.organization());
  draft.Post(chart::InKind(project.name()), change);
  draft.Post(chart::InKindFunds(project.name(), party.organization()), -counted);
  draft.Post(chart::InKindOverMatch(project.name(), party.organization()), -(change - counted));
  v1::PartyChange& row = draft.Party(party.organization());
  row.set_in_kind_minor_units(change);
  row.set_in_kind_counted_minor_units(counted);
  BookOverMatch(loaded, party, counted, draft);
  int64_t used_change = counted;
  for (const v1::Party* next = FindParty(project, party.replaced_by()); next != nullptr; next = FindParty(project, next->replaced_by())) {
    const int64_t next_change = Counted(loaded, *next, next->in_kind_minor_units(), used_change) - next->in_kind_counted_minor_units();
    BookCounted(loaded, *next, next_change, draft);
    used_change += next_change;
  }
}

}  // namespace

int64_t CountedInKind(const ProjectContext& loaded, const v1::Party& party, int64_t appraised) {
  return Counted(loaded, party, appraised, 0);
}

void ReverseInKind(const ProjectContext& loaded, const v1::Proposal& proposal, const InKind& in_kind, Draft& draft) {
  BookInKind(loaded, *FindParty(*loaded.project, in_kind.party()), -in_kind.appraised_minor_units(), draft);
  v1::InKindReversed& event = *draft.entry.mutable_in_kind_reversed();
  event.set_in_kind(in_kind.name());
  event.set_proposal(proposal.name());
  event.set_bank_value_date(proposal.reversal().bank_value_date());
}

MaybeRefusal Decide(Context& context, const v1::DeclareInKindRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const InKind& wanted = request.in_kind();
  const std::string name = project.name() + "/in-kinds/" + request.in_kind_id();
  const v1::Party* party = FindParty(project, wanted.party());
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, wanted.party(), wanted.party() + " does not fund " + project.name(), {{"party", wanted.party()}});
  }
  if (auto replaced = ReplacedProblem(*party)) return Refusal{{*std::move(replaced)}};
  ORIUNDO_REFUSE_IF_ANY(RequireOwnClub(context, wanted.party()));
  if (auto replaced = ReplacedProblem(*party)) return Refusal{{*std::move(replaced)}};
  ORIUNDO_REFUSE_IF_ANY(RequireFree<InKind>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireState(
      project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "take goods or labour"));
  if (!loaded.rule->in_kind_allowed()) {
    return Refuse(v1::IN_KIND_NOT_ALLOWED, loaded.rule->name(), loaded.rule->name() + " takes nothing in kind", {{"name", loaded.rule->name()}});
  }
  int64_t value = 0;
  ORIUNDO_REFUSE_IF_ANY(TakeValue(project, wanted.quantity_milli(), wanted.unit_value(), "in_kind.", value));
  if (wanted.evidence().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "in_kind.evidence", "goods and labour are declared with a document that shows them",
                  {{"document_type", "PHOTOGRAPH"}});
  }
  ORIUNDO_REFUSE_IF_ANY(
      RequireWithinDue(loaded, *party, party->in_kind_minor_units() + party->in_kind_declared_minor_units(), value));
  InKind& declared = *draft.entry.mutable_in_kind_declared()->mutable_in_kind();
  declared = wanted;
  declared.set_name(name);
  declared.set_state(InKind::DECLARED);
  declared.set_declarer(context.actor.name());
  declared.set_declared_minor_units(value);
  draft.Party(wanted.party()).set_in_kind_declared_minor_units(value);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AppraiseInKindRequest& request, Draft& draft) {
  ProjectContext loaded;
  const InKind* in_kind = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadInKind(context, request.name(), draft, loaded, in_kind));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, in_kind->declarer()));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(
      project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "appraise goods or labour"));
  ORIUNDO_REFUSE_IF_ANY(RequireDeclared(*in_kind, "be appraised"));
  ORIUNDO_REFUSE_IF_ANY(RequireNotFrozen(context, in_kind->party()));
  int64_t value = 0;
  ORIUNDO_REFUSE_IF_ANY(TakeValue(project, request.quantity_milli(), request.unit_value(), "", value));
  if (request.quantity_milli() > in_kind->quantity_milli()) {
    return Refuse(v1::QUANTITY_OUT_OF_ORDER, in_kind->name(),
                  "quantity_milli is " + std::to_string(request.quantity_milli()) + ", but " +
                      std::to_string(in_kind->quantity_milli()) +
                      " thousandths were declared; nothing beyond the declaration is appraised",
                  {{"quantity_milli", std::to_string(request.quantity_milli())},
                   {"declared_quantity_milli", std::to_string(in_kind->quantity_milli())},
                   {"case", "BEYOND_DECLARATION"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.appraisal_date(), "appraisal_date"));
  if (request.documents().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "documents", "goods and labour are appraised with the appraisal", {{"document_type", "OTHER_DOCUMENT"}});
  }
  const v1::Party& party = *FindParty(project, in_kind->party());
  ORIUNDO_REFUSE_IF_ANY(RequireWithinDue(loaded, party, party.in_kind_minor_units(), value));
  v1::InKindAppraised& event = *draft.entry.mutable_in_kind_appraised();
  event.set_in_kind(in_kind->name());
  event.set_quantity_milli(request.quantity_milli());
  *event.mutable_unit_value() = request.unit_value();
  event.set_appraised_minor_units(value);
  event.set_appraisal_date(request.appraisal_date());
  *event.mutable_documents() = request.documents();
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.appraisal_date()));
  BookInKind(loaded, party, value, draft);
  draft.Party(party.organization()).set_in_kind_declared_minor_units(-in_kind->declared_minor_units());
  // Where it opens tranches, what a club gives in kind funds the project as its money does.
  const bool opens = loaded.rule->in_kind_in_bound() && FindRole(*loaded.rule, party.role())->club_money();
  if (project.state() == Project::AGREED && opens && draft.Party(party.organization()).in_kind_counted_minor_units() > 0) {
    draft.entry.set_project_state(Project::FUNDING);
  }
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RejectInKindRequest& request, Draft& draft) {
  ProjectContext loaded;
  const InKind* in_kind = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadInKind(context, request.name(), draft, loaded, in_kind));
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, in_kind->declarer()));
  ORIUNDO_REFUSE_IF_ANY(RequireUnsettled(*loaded.project, "reject goods or labour"));
  ORIUNDO_REFUSE_IF_ANY(RequireDeclared(*in_kind, "be rejected"));
  v1::InKindRejected& event = *draft.entry.mutable_in_kind_rejected();
  event.set_in_kind(in_kind->name());
  *event.mutable_reason() = request.reason();
  draft.Party(in_kind->party()).set_in_kind_declared_minor_units(-in_kind->declared_minor_units());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawInKindRequest& request, Draft& draft) {
  ProjectContext loaded;
  const InKind* in_kind = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadInKind(context, request.name(), draft, loaded, in_kind));
  const std::string& actor = context.actor.name();
  if (actor != in_kind->declarer() && actor != in_kind->party() && actor != StandsFor(context, in_kind->declarer()) &&
      actor != StandsFor(context, in_kind->party())) {
    return NotAllowed(context, "the declarer " + in_kind->declarer() + " or the party " + in_kind->party(),
                      {{"case", "DECLARER_OR_PARTY"}, {"declarer", in_kind->declarer()}, {"party", in_kind->party()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireUnsettled(*loaded.project, "withdraw goods or labour"));
  ORIUNDO_REFUSE_IF_ANY(RequireDeclared(*in_kind, "be withdrawn"));
  v1::InKindWithdrawn& event = *draft.entry.mutable_in_kind_withdrawn();
  event.set_in_kind(in_kind->name());
  *event.mutable_reason() = request.reason();
  draft.Party(in_kind->party()).set_in_kind_declared_minor_units(-in_kind->declared_minor_units());
  return std::nullopt;
}

}  // namespace oriundo
