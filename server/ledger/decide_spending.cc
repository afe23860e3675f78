#include <algorithm>

#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/rules/draw.h"

namespace oriundo {

using v1::Project;

namespace {

// Of an invoice, what is not paid now.
int64_t HeldBackOf(const v1::Expenditure& expenditure) { return expenditure.retained_minor_units() + expenditure.amortised_minor_units(); }

// Whether purpose, contract and what is held back go together; `contract` is null where none is named.
MaybeRefusal CheckTerms(Context& context, const Project& project, const v1::Expenditure& expenditure, const v1::Contract*& contract) {
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(expenditure.retained_minor_units(), "expenditure.retained_minor_units", 0));
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(expenditure.amortised_minor_units(), "expenditure.amortised_minor_units", 0));
  const bool invoice = expenditure.purpose() == v1::PAYMENT_PURPOSE_UNSPECIFIED || expenditure.purpose() == v1::INVOICE_PAYMENT;
  if (!invoice && HeldBackOf(expenditure) != 0) {
    return Refuse(v1::INVALID_FIELD, "expenditure.retained_minor_units", "only of an invoice something is retained or amortised",
                  {{"case", "INVOICE_ONLY"}});
  }
  if (!expenditure.contract().empty()) return LoadContract(context, project, expenditure.contract(), contract);
  if (invoice && HeldBackOf(expenditure) == 0) return std::nullopt;
  return Refuse(v1::INVALID_FIELD, "expenditure.contract",
                "what is retained, amortised, paid in advance or released names the contract it is paid under",
                {{"case", "CONTRACT_NAMED"}});
}

// An advance is at most the rule's part of the contract, all advances under it together; and what is out in advance under all contracts, at
// most its part of the project's total: a contract says what it likes to be worth.
MaybeRefusal RequireAdvanceAllowed(const ProjectContext& loaded, const v1::Contract& contract, int64_t asked) {
  const Project& project = *loaded.project;
  const auto part_of = [&](int64_t amount) {
    return static_cast<int64_t>(static_cast<__int128>(amount) * loaded.rule->advance_bps_max() / kBasisPoints);
  };
  const int64_t contract_room = part_of(contract.amount().minor_units()) - contract.advanced_minor_units();
  const int64_t project_room = part_of(project.total_minor_units()) - project.advance_open_minor_units();
  const bool by_contract = contract_room <= project_room;
  const int64_t room = std::max<int64_t>(0, by_contract ? contract_room : project_room);
  if (asked <= room) return std::nullopt;
  const std::string& currency = project.currency_code();
  const int64_t most = part_of(by_contract ? contract.amount().minor_units() : project.total_minor_units());
  const int64_t is = by_contract ? contract.advanced_minor_units() : project.advance_open_minor_units();
  const std::string& of = by_contract ? contract.name() : project.name();
  return Refuse(v1::ADVANCE_ABOVE_MAXIMUM, of,
                loaded.rule->name() + " lets " + Amount(most, currency) + " of " + of + " be paid in advance and " +
                    Amount(is, currency) + " is; " + Amount(asked, currency) + " more would be " + Amount(asked - room, currency) +
                    " too much",
                {{"allowed_minor_units", std::to_string(room)},
                 {"asked_minor_units", std::to_string(asked)},
                 {"excess_minor_units", std::to_string(asked - room)},
                 {"name", of},
                 {"rule_version", loaded.rule->name()}});
}

}  // namespace

MaybeRefusal CheckExpenditure(Context& context, const ProjectContext& loaded, const std::string& id, const v1::Expenditure& expenditure) {
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Expenditure>(context, project.name() + "/expenditures/" + id));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireClubSideUndisputed(context, loaded));
  const v1::Contract* contract = nullptr;
  ORIUNDO_REFUSE_IF_ANY(CheckTerms(context, project, expenditure, contract));
  const bool pays_nothing = expenditure.amount().minor_units() == 0 && expenditure.amount().currency_code() == project.currency_code();
  if (!pays_nothing || HeldBackOf(expenditure) == 0) {
    ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, expenditure.amount(), "expenditure.amount"));
  }
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, expenditure.payment_date(), "expenditure.payment_date"));
  const bool release = expenditure.purpose() == v1::RETENTION_RELEASE;
  if (release) {
    ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(expenditure.evidence(), "what was retained is released"));
  } else if (!HasDocument(expenditure.evidence(), v1::INVOICE)) {
    return Refuse(v1::DOCUMENT_MISSING, "expenditure.evidence", "an expenditure is recorded with its INVOICE", {{"document_type", "INVOICE"}});
  }
  if (expenditure.purpose() == v1::ADVANCE) ORIUNDO_REFUSE_IF_ANY(RequireAdvanceAllowed(loaded, *contract, expenditure.amount().minor_units()));
  if (release) ORIUNDO_REFUSE_IF_ANY(RequireRetained(project, *contract, expenditure.amount().minor_units(), "released"));
  if (expenditure.amortised_minor_units() > 0) {
    ORIUNDO_REFUSE_IF_ANY(RequireAdvanced(project, *contract, expenditure.amortised_minor_units(), "amortised"));
  }
  // What somebody unknown covers is not the project's to spend, nor is what is retained from a vendor but for this vendor; and what is retained
  // now must be there.
  const int64_t box = release ? std::max<int64_t>(0, Sum(LeftOf(project)) - OpenCover(project)) : Spendable(project);
  const int64_t asked = expenditure.amount().minor_units() + expenditure.retained_minor_units();
  if (asked > box) {
    return Refuse(v1::INSUFFICIENT_FUNDS, project.name(),
                  "the box of " + project.name() + " holds " + Amount(box, project.currency_code()) + " to spend; asked " +
                      Amount(asked, project.currency_code()) + ", " + Amount(asked - box, project.currency_code()) + " is missing",
                  {{"available_minor_units", std::to_string(box)},
                   {"asked_minor_units", std::to_string(asked)},
                   {"missing_minor_units", std::to_string(asked - box)},
                   {"case", "BOX"},
                   {"project", project.name()}});
  }
  // The old bank takes its fees from what it still holds, and no bank takes any from what it does not hold; what is retained
  // leaves no bank.
  const int64_t paid = expenditure.amount().minor_units();
  const bool old_banks = expenditure.category() == v1::FEES && paid <= project.uncarried_minor_units();
  return old_banks ? std::nullopt : RequireCarried(project, paid);
}

void BookExpenditure(const Project& project, const v1::Expenditure& expenditure, int64_t paid, int sign, Draft& draft) {
  const int64_t cash = sign * paid;
  const int64_t retained = sign * expenditure.retained_minor_units();
  const int64_t amortised = sign * expenditure.amortised_minor_units();
  const std::string& contract = expenditure.contract();
  draft.Post(BoxAccount(project, draft), -cash);
  switch (expenditure.purpose()) {
    case v1::ADVANCE:
      draft.Post(chart::Advance(project.name(), contract), cash);
      draft.Contract(contract).set_advanced_minor_units(cash);
      draft.Contract(contract).set_advance_open_minor_units(cash);
      return;
    case v1::RETENTION_RELEASE:
      draft.Post(chart::Retention(project.name(), contract), cash);
      draft.Contract(contract).set_retained_minor_units(-cash);
      return;
    default:
      // The invoice counts as spent whole: what is retained is owed for work that is done, and an advance is accounted for by it.
      draft.Post(chart::Spent(project.name(), expenditure.category()), cash + retained + amortised);
      if (contract.empty()) return;
      draft.Post(chart::Retention(project.name(), contract), -retained);
      draft.Post(chart::Advance(project.name(), contract), -amortised);
      draft.Contract(contract).set_invoiced_minor_units(cash + retained + amortised);
      draft.Contract(contract).set_retained_minor_units(retained);
      draft.Contract(contract).set_advance_open_minor_units(-amortised);
  }
}

void MakeExpenditure(const ProjectContext& loaded, const std::string& id, const v1::Expenditure& expenditure, const std::string& recorder,
                     const std::string& proposal, Draft& draft) {
  const Project& project = *loaded.project;
  const int64_t amount = expenditure.amount().minor_units();
  v1::ExpenditureRecorded& event = *draft.entry.mutable_expenditure_recorded();
  v1::Expenditure& recorded = *event.mutable_expenditure();
  recorded = expenditure;
  recorded.set_name(project.name() + "/expenditures/" + id);
  recorded.set_state(v1::Expenditure::RECORDED);
  recorded.set_recorder(recorder);
  event.set_proposal(proposal);
  const std::vector<int64_t> drawn = DrawProRata(amount, LeftOf(project));
  recorded.clear_drawn_minor_units();
  for (int64_t part : drawn) recorded.add_drawn_minor_units(part);
  recorded.clear_recovered_minor_units();
  recorded.clear_given_back_minor_units();
  recorded.clear_recoveries();
  BookExpenditure(project, recorded, amount, 1, draft);
  DrawSpending(project, drawn, draft);
  draft.entry.set_effective_date(OpenDay(*loaded.program, expenditure.payment_date()));
}

MaybeRefusal Decide(Context& context, const v1::RecordExpenditureRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  if (context.actor.name() != loaded.project->executor()) {
    return NotAllowed(context, "the executor " + loaded.project->executor(),
                      {{"case", "EXECUTOR"},
                       {"executor", loaded.project->executor()}});
  }
  switch (request.expenditure().purpose()) {
    case v1::ADVANCE:
      ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::EXECUTING}, "pay an advance"));
      break;
    case v1::RETENTION_RELEASE:
      ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::COMPLETED, Project::HANDED_OVER}, "release what was retained"));
      break;
    default:
      ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::EXECUTING, Project::COMPLETED}, "spend money"));
  }
  ORIUNDO_REFUSE_IF_ANY(CheckExpenditure(context, loaded, request.expenditure_id(), request.expenditure()));
  const std::string name = loaded.project->name() + "/expenditures/" + request.expenditure_id();
  ORIUNDO_REFUSE_IF_ANY(TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), -request.expenditure().amount().minor_units(),
                                         request.expenditure().payment_date(), draft));
  MakeExpenditure(loaded, request.expenditure_id(), request.expenditure(), context.actor.name(), "", draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RecordInterestRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string name = project.name() + "/interests/" + request.interest_id();
  const v1::Interest& wanted = request.interest();
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Interest>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                     {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED,
                                      Project::HANDED_OVER, Project::CANCELLED},
                                     "earn interest"));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, wanted.amount(), "interest.amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, wanted.bank_value_date(), "interest.bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountEver(context, project, request.account()));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(wanted.evidence(), "interest is recorded"));
  ORIUNDO_REFUSE_IF_ANY(TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), wanted.amount().minor_units(),
                                         wanted.bank_value_date(), draft));
  v1::Interest& recorded = *draft.entry.mutable_interest_recorded()->mutable_interest();
  recorded = wanted;
  recorded.set_name(name);
  recorded.set_state(v1::Interest::RECORDED);
  recorded.set_verifier(context.actor.name());
  draft.entry.mutable_interest_recorded()->set_account_commitment(request.account().number_commitment());
  draft.entry.set_effective_date(OpenDay(*loaded.program, wanted.bank_value_date()));
  draft.Post(BoxAccount(project, draft), wanted.amount().minor_units());
  draft.Post(chart::Interest(project.name()), -wanted.amount().minor_units());
  return std::nullopt;
}

}  // namespace oriundo
