#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/ledger/money_limits.h"
#include "server/rules/draw.h"

namespace oriundo {
namespace {

using v1::Project;

MaybeRefusal RequireUnder(v1::ErrorReason reason, const Project& project, const v1::Contract& contract, int64_t there, int64_t asked,
                          const std::string& what, std::string_view deed) {
  if (asked <= there) return std::nullopt;
  const std::string& currency = project.currency_code();
  return Refuse(reason, contract.name(),
                Amount(there, currency) + " is " + what + " under " + contract.name() + "; " + Amount(asked, currency) + " cannot be " +
                    std::string(deed) + ", " + Amount(asked - there, currency) + " is missing",
                {{"available_minor_units", std::to_string(there)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"missing_minor_units", std::to_string(asked - there)},
                 {"name", contract.name()}});
}

}  // namespace

int64_t Spendable(const Project& project) {
  return std::max<int64_t>(0, Sum(LeftOf(project)) - OpenCover(project) - project.retained_minor_units());
}

MaybeRefusal LoadContract(Context& context, const Project& project, const std::string& name, const v1::Contract*& contract) {
  contract = ParentOf(name) == project.name() ? context.state.Find<v1::Contract>(name) : nullptr;
  if (contract != nullptr) return std::nullopt;
  return Refuse(v1::CONTRACT_NOT_FOUND, name, "there is no contract " + name + " of " + project.name(), {{"name", name}});
}

MaybeRefusal RequireRetained(const Project& project, const v1::Contract& contract, int64_t asked, std::string_view deed) {
  return RequireUnder(v1::RETENTION_TOO_SMALL, project, contract, contract.retained_minor_units(), asked, "retained", deed);
}

MaybeRefusal RequireAdvanced(const Project& project, const v1::Contract& contract, int64_t asked, std::string_view deed) {
  return RequireUnder(v1::ADVANCE_TOO_SMALL, project, contract, contract.advance_open_minor_units(), asked, "open of what was paid in advance",
                      deed);
}

MaybeRefusal Decide(Context& context, const v1::RecordContractRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Contract& wanted = request.contract();
  const std::string name = project.name() + "/contracts/" + request.contract_id();
  if (context.actor.name() != project.executor()) {
    return NotAllowed(context, "the executor " + project.executor(),
                      {{"case", "EXECUTOR"}, {"executor", project.executor()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Contract>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireState(project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING}, "take a contract"));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, wanted.amount(), "contract.amount"));
  ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, wanted.contract_date(), "contract.contract_date"));
  if (wanted.evidence().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "contract.evidence", "a contract is recorded with the contract", {{"document_type", "OTHER_DOCUMENT"}});
  }
  if (project.contract_count() >= kContractsPerProjectMax) {
    return Refuse(v1::PROJECT_FULL, project.name(),
                  project.name() + " has " + std::to_string(project.contract_count()) + " contracts and takes no more",
                  {{"maximum", std::to_string(kContractsPerProjectMax)}, {"case", "CONTRACTS"}});
  }
  v1::Contract& recorded = *draft.entry.mutable_contract_recorded()->mutable_contract();
  recorded = wanted;
  recorded.set_name(name);
  recorded.clear_invoiced_minor_units();
  recorded.clear_advanced_minor_units();
  recorded.clear_advance_open_minor_units();
  recorded.clear_retained_minor_units();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RecoverAdvanceRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Expenditure* advance = context.state.Find<v1::Expenditure>(request.name());
  if (advance == nullptr) {
    return Refuse(v1::EXPENDITURE_NOT_FOUND, request.name(), "there is no expenditure " + request.name(), {{"name", request.name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(
      project, {Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED}, "recover an advance"));
  if (advance->state() != v1::Expenditure::RECORDED || advance->purpose() != v1::ADVANCE) {
    const std::string now = v1::Expenditure::State_Name(advance->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, advance->name(),
                  advance->name() + " is " + now + (advance->purpose() == v1::ADVANCE ? "" : " and no advance") +
                      "; it takes a RECORDED advance to recover one",
                  {{"state", now}, {"case", advance->purpose() == v1::ADVANCE ? "ADVANCE_STATE" : "NO_ADVANCE"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.amount(), "amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.bank_value_date(), "bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountOf(context, project, request));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(request.documents(), "an advance is recovered"));
  // Each recovery that stands may have to be reversed, this one too.
  const auto standing = std::count_if(advance->recoveries().begin(), advance->recoveries().end(),
                                      [](const v1::AdvanceRecovery& recovery) { return !recovery.has_reversal_sequence(); });
  ORIUNDO_REFUSE_IF_ANY(RequireRoom(advance->entry_sequences_size() + static_cast<int>(standing) + 1, advance->name()));
  const v1::Contract* contract = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContract(context, project, advance->contract(), contract));
  const int64_t amount = request.amount().minor_units();
  ORIUNDO_REFUSE_IF_ANY(RequireAdvanced(project, *contract, amount, "recovered"));
  const int64_t out = advance->amount().minor_units() - advance->recovered_minor_units();
  if (amount > out) {
    return Refuse(v1::ADVANCE_TOO_SMALL, advance->name(),
                  Amount(out, project.currency_code()) + " of " + advance->name() + " is not recovered yet; " +
                      Amount(amount, project.currency_code()) + " cannot be recovered",
                  {{"available_minor_units", std::to_string(out)},
                   {"asked_minor_units", std::to_string(amount)},
                   {"missing_minor_units", std::to_string(amount - out)},
                   {"name", advance->name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(
      TakeBankEvidence(context, loaded, advance->name(), EvidenceAtBank(request), amount, request.bank_value_date(), draft));
  v1::AdvanceRecovered& event = *draft.entry.mutable_advance_recovered();
  event.set_expenditure(advance->name());
  *event.mutable_amount() = request.amount();
  event.set_bank_value_date(request.bank_value_date());
  event.set_account_commitment(request.account().number_commitment());
  *event.mutable_documents() = request.documents();
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.bank_value_date()));
  // Back to those whose money it was, pro rata to what of the advance is still theirs; the money trail does the same (rules/money_trail.h).
  std::vector<int64_t> parts = DrawProRata(amount, StillDrawn(*advance));
  for (int64_t part : parts) event.add_given_back_minor_units(part);
  draft.Post(BoxAccount(project, draft), amount);
  draft.Post(chart::Advance(project.name(), contract->name()), -amount);
  for (int64_t& part : parts) part = -part;
  DrawSpending(project, parts, draft);
  v1::ContractChange& change = draft.Contract(contract->name());
  change.set_advanced_minor_units(-amount);
  change.set_advance_open_minor_units(-amount);
  return std::nullopt;
}

std::vector<int64_t> StillDrawn(const v1::Expenditure& expenditure) {
  std::vector<int64_t> drawn(expenditure.drawn_minor_units().begin(), expenditure.drawn_minor_units().end());
  // Who joined later may have paid again what was not recovered after all.
  drawn.resize(static_cast<std::size_t>(std::max(expenditure.drawn_minor_units_size(), expenditure.given_back_minor_units_size())));
  for (int i = 0; i < expenditure.given_back_minor_units_size(); ++i) {
    drawn[static_cast<std::size_t>(i)] -= expenditure.given_back_minor_units(i);
  }
  return drawn;
}

MaybeRefusal CheckForfeiture(Context& context, const ProjectContext& loaded, const v1::Proposal::ForfeitureAction& forfeiture) {
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(
      project, {Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED}, "keep what was retained"));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  const v1::Contract* contract = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadContract(context, project, forfeiture.contract(), contract));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, forfeiture.amount(), "amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireRetained(project, *contract, forfeiture.amount().minor_units(), "forfeited"));
  const std::string spent_account = chart::Spent(project.name(), forfeiture.category());
  if (const int64_t spent = BalanceOf(project, spent_account); spent < forfeiture.amount().minor_units()) {
    return Refuse(v1::INVALID_FIELD, "category",
                  Amount(spent, project.currency_code()) + " is spent in this category; what is retained was invoiced in another",
                  {{"case", "CATEGORY"}, {"minor_units", std::to_string(spent)}});
  }
  return std::nullopt;
}

void MakeForfeiture(const ProjectContext& loaded, const v1::Proposal& proposal, Draft& draft) {
  const Project& project = *loaded.project;
  const v1::Proposal::ForfeitureAction& forfeiture = proposal.forfeiture();
  const int64_t amount = forfeiture.amount().minor_units();
  // It had never left the box: the work cost so much less.
  draft.Post(chart::Retention(project.name(), forfeiture.contract()), amount);
  draft.Post(chart::Spent(project.name(), forfeiture.category()), -amount);
  draft.Contract(forfeiture.contract()).set_retained_minor_units(-amount);
  v1::RetentionForfeited& event = *draft.entry.mutable_retention_forfeited();
  event.set_contract(forfeiture.contract());
  event.set_proposal(proposal.name());
  *event.mutable_amount() = forfeiture.amount();
  event.set_category(forfeiture.category());
}

int64_t ForfeitedUnder(const v1::Contract& contract) {
  int64_t sum = 0;
  for (const v1::ForfeitedRetention& forfeited : contract.forfeited()) sum += forfeited.minor_units();
  return sum;
}

void TakeBackForfeited(const Project& project, const v1::Contract& contract, v1::SpendingCategory first, int64_t amount,
                       v1::ExpenditureReversed& event, Draft& draft) {
  const auto take = [&](const v1::ForfeitedRetention& forfeited) {
    const int64_t part = std::min(amount, forfeited.minor_units());
    if (part == 0) return;
    amount -= part;
    v1::ForfeitedRetention& taken = *event.add_forfeited();
    taken.set_category(forfeited.category());
    taken.set_minor_units(part);
    draft.Post(chart::Spent(project.name(), forfeited.category()), part);
    draft.Post(chart::Retention(project.name(), contract.name()), -part);
    v1::ContractChange& change = draft.Contract(contract.name());
    change.set_retained_minor_units(change.retained_minor_units() + part);
  };
  for (const v1::ForfeitedRetention& forfeited : contract.forfeited()) {
    if (forfeited.category() == first) take(forfeited);
  }
  for (const v1::ForfeitedRetention& forfeited : contract.forfeited()) {
    if (forfeited.category() != first) take(forfeited);
  }
}

MaybeRefusal Decide(Context& context, const v1::ProposeForfeitureRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const std::string& actor = context.actor.name();
  if (actor != loaded.program->office() && actor != loaded.project->executor()) {
    return NotAllowed(context, "the programme's office or the executor " + loaded.project->executor(),
                      {{"case", "OFFICE_OR_EXECUTOR"}, {"executor", loaded.project->executor()}});
  }
  v1::Proposal& proposal = *draft.entry.mutable_proposal_created()->mutable_proposal();
  ORIUNDO_REFUSE_IF_ANY(StartProposal(context, loaded, request.proposal_id(), request.reason(), proposal));
  v1::Proposal::ForfeitureAction& forfeiture = *proposal.mutable_forfeiture();
  forfeiture.set_contract(request.contract());
  *forfeiture.mutable_amount() = request.amount();
  forfeiture.set_category(request.category());
  *forfeiture.mutable_documents() = request.documents();
  ORIUNDO_REFUSE_IF_ANY(CheckForfeiture(context, loaded, forfeiture));
  if (request.documents().empty()) {
    return Refuse(v1::DOCUMENT_MISSING, "documents", "a forfeiture is proposed with what it rests on", {{"document_type", "OTHER_DOCUMENT"}});
  }
  return std::nullopt;
}

}  // namespace oriundo
