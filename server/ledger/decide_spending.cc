#include "server/ledger/chart.h"
#include "server/ledger/decide.h"
#include "server/rules/draw.h"

namespace oriundo {

using v1::Project;

MaybeRefusal CheckExpenditure(Context& context, const ProjectContext& loaded, const std::string& id, const v1::Expenditure& expenditure) {
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Expenditure>(context, project.name() + "/expenditures/" + id));
  ORIUNDO_REFUSE_IF_ANY(RequireNoOpenRefund(project));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, expenditure.amount(), "expenditure.amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, expenditure.payment_date(), "expenditure.payment_date"));
  if (!HasDocument(expenditure.evidence(), v1::INVOICE)) {
    return Refuse(v1::DOCUMENT_MISSING, "expenditure.evidence", "an expenditure is recorded with its INVOICE", {{"document_type", "INVOICE"}});
  }
  // What somebody unknown covers is not the project's to spend.
  const int64_t box = std::max<int64_t>(0, Sum(LeftOf(project)) - OpenCover(project));
  const int64_t asked = expenditure.amount().minor_units();
  if (asked > box) {
    return Refuse(v1::INSUFFICIENT_FUNDS, project.name(),
                  "the box of " + project.name() + " holds " + Amount(box, project.currency_code()) + " to spend; asked " +
                      Amount(asked, project.currency_code()) + ", " + Amount(asked - box, project.currency_code()) + " is missing",
                  {{"available_minor_units", std::to_string(box)},
                   {"asked_minor_units", std::to_string(asked)},
                   {"missing_minor_units", std::to_string(asked - box)}});
  }
  // The old bank takes its fees from what it still holds.
  return expenditure.category() == v1::FEES ? std::nullopt : RequireCarried(project, asked);
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
  draft.Post(chart::Spent(project.name(), expenditure.category()), amount);
  draft.Post(chart::Bank(project.name()), -amount);
  DrawSpending(project, drawn, draft);
  draft.entry.set_effective_date(OpenDay(*loaded.program, expenditure.payment_date()));
}

MaybeRefusal Decide(Context& context, const v1::RecordExpenditureRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  if (context.actor.name() != loaded.project->executor()) return NotAllowed(context, "the executor " + loaded.project->executor());
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::EXECUTING, Project::COMPLETED}, "spend money"));
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
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(wanted.evidence(), "interest is recorded"));
  ORIUNDO_REFUSE_IF_ANY(TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), wanted.amount().minor_units(),
                                         wanted.bank_value_date(), draft));
  v1::Interest& recorded = *draft.entry.mutable_interest_recorded()->mutable_interest();
  recorded = wanted;
  recorded.set_name(name);
  recorded.set_state(v1::Interest::RECORDED);
  recorded.set_verifier(context.actor.name());
  draft.entry.set_effective_date(OpenDay(*loaded.program, wanted.bank_value_date()));
  draft.Post(BoxAccount(project, draft), wanted.amount().minor_units());
  draft.Post(chart::Interest(project.name()), -wanted.amount().minor_units());
  return std::nullopt;
}

}  // namespace oriundo
