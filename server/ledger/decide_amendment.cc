#include <algorithm>
#include <set>
#include <string>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/amend.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"

namespace oriundo {
namespace {

using v1::Amendment;
using v1::Project;

// Amendments of one agreement that came into force; each is a name in the project's record.
constexpr int kAmendmentsPerProjectMax = 32;
// Carries after which only all that is left is carried: each is a row of the project's record. Whatever was named last, money is
// not stranded.
constexpr int kPartialCarriesPerProjectMax = 64;
constexpr int64_t kMicrosecondsPerDay = 86'400'000'000;

MaybeRefusal LoadAmendment(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded, const Amendment*& amendment) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  amendment = context.state.Find<Amendment>(name);
  if (amendment == nullptr) return Refuse(v1::AMENDMENT_NOT_FOUND, name, "there is no amendment " + name, {{"name", name}});
  return std::nullopt;
}

MaybeRefusal RequireOpen(const Amendment& amendment) {
  if (amendment.state() == Amendment::OPEN) return std::nullopt;
  const std::string now = Amendment::State_Name(amendment.state());
  return Refuse(v1::WRONG_RESOURCE_STATE, amendment.name(), amendment.name() + " is " + now +
                    "; only an OPEN amendment is signed or withdrawn",
                {{"state", now}, {"allowed_states", "OPEN"}});
}

bool HasExpired(const Amendment& amendment, Stamp stamp) {
  return stamp.commit_time_us >= amendment.expire_time().seconds() * 1'000'000 + amendment.expire_time().nanos() / 1'000;
}

MaybeRefusal RequireAmendable(const Project& project) {
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(
      project, {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED}, "amend its agreement"));
  if (project.amendments_size() >= kAmendmentsPerProjectMax) {
    return Refuse(v1::TOO_MANY_CHANGES, project.name(),
                  "the agreement of " + project.name() + " was amended " + std::to_string(project.amendments_size()) +
                      " times and is not amended any more",
                  {{"case", "AMENDMENTS"}, {"maximum", std::to_string(kAmendmentsPerProjectMax)}});
  }
  return RequireNoOpenRefund(project);
}

// The signer for whom the actor may sign and who has not signed yet; empty where there is none. One that has is put into `signed_already`.
std::string SignerOf(Context& context, const Amendment& amendment, std::string& signed_already) {
  for (const std::string& signer : amendment.signers()) {
    if (signer != context.actor.name() && StandsFor(context, signer) != context.actor.name()) continue;
    const bool has_signed = std::any_of(amendment.signatures().begin(), amendment.signatures().end(),
                                        [&](const Amendment::Signature& signature) { return signature.organization() == signer; });
    if (!has_signed) return signer;
    signed_already = signer;
  }
  return {};
}

// The sequence of the organisation's signature; that of this entry where it is the one signing now.
int64_t SignatureOf(const Context& context, const Amendment& amendment, const std::string& organization) {
  for (const Amendment::Signature& signature : amendment.signatures()) {
    if (signature.organization() == organization) return signature.sequence();
  }
  return context.stamp.sequence;
}

// The feeds of those whom the amendment concerns and who do not sign it: the executor and the committee that leave or come, and
// parties that are replaced without being asked.
void NameConcerned(const Project& project, const v1::AmendmentTerms& terms,
                   const google::protobuf::RepeatedPtrField<std::string>& signers, Draft& draft) {
  std::set<std::string> named(signers.begin(), signers.end());
  named.insert("");
  const auto add = [&](const std::string& organization) {
    if (named.insert(organization).second) draft.entry.add_concerned(organization);
  };
  if (!terms.executor().empty()) add(project.executor());
  add(terms.executor());
  if (!terms.committee().empty()) add(project.committee());
  add(terms.committee());
  for (const auto& replacement : terms.replacements()) add(replacement.organization());
}

// Writes down what the agreement is from this signature on.
void FillAmended(const Context& context, const Amendment& amendment, const Project& before, const Amended& amended,
                 v1::AgreementAmended& event) {
  const Project& after = amended.project;
  *event.mutable_terms() = amendment.terms();
  event.set_total_minor_units(after.total_minor_units());
  *event.mutable_role_weights() = after.role_weights();
  *event.mutable_tallies() = after.tallies();
  *event.mutable_signers() = amendment.signers();
  for (int i = 0; i < after.parties_size(); ++i) {
    const v1::Party& party = after.parties(i);
    event.add_due_minor_units(party.due_minor_units());
    const std::vector<int64_t>& tranches = amended.tranches[static_cast<std::size_t>(i)];
    event.add_tranche_counts(static_cast<int32_t>(tranches.size()));
    for (const int64_t amount : tranches) event.add_tranche_minor_units(amount);
    if (i < before.parties_size()) continue;
    event.add_joined_tolerance_minor_units(party.tolerance_minor_units());
    event.add_joined_signature_sequences(SignatureOf(context, amendment, party.organization()));
  }
  if (after.executor() != before.executor()) event.set_executor_signature_sequence(SignatureOf(context, amendment, after.executor()));
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::ProposeAmendmentRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string& actor = context.actor.name();
  const bool funder = std::any_of(project.parties().begin(), project.parties().end(), [&](const v1::Party& party) {
    return party.replaced_by().empty() && (party.organization() == actor || StandsFor(context, party.organization()) == actor);
  });
  if (!funder && actor != project.executor() && actor != loaded.program->office()) {
    return NotAllowed(context, "a funder, the executor or the programme's office",
                      {{"case", "FUNDER_EXECUTOR_OR_OFFICE"}});
  }
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  const std::string name = project.name() + "/amendments/" + request.amendment_id();
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Amendment>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireAmendable(project));
  ORIUNDO_REFUSE_IF_ANY(RequireRoomForProposal(project));
  // What it would commit is reserved once all have signed, so that what some never sign keeps nothing from others.
  Draft trial;
  Amended amended;
  std::vector<Violation> faults;
  Amend(context, loaded, request.terms(), amended, trial, faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  // What the last signature could not book is said now, and not to whoever signs last.
  trial.entry.set_project(project.name());
  ORIUNDO_REFUSE_IF_ANY(trial.Finish(context.state));
  Amendment& amendment = *draft.entry.mutable_amendment_proposed()->mutable_amendment();
  amendment.set_name(name);
  amendment.set_state(Amendment::OPEN);
  amendment.set_proposer(actor);
  *amendment.mutable_terms() = request.terms();
  amendment.set_reason_commitment(request.reason().text_commitment());
  const int64_t expires_us = context.stamp.commit_time_us + int64_t{loaded.rule->proposal_days()} * kMicrosecondsPerDay;
  amendment.mutable_expire_time()->set_seconds(expires_us / 1'000'000);
  amendment.mutable_expire_time()->set_nanos(static_cast<int32_t>(expires_us % 1'000'000 * 1'000));
  for (const std::string& signer : amended.signers) amendment.add_signers(signer);
  amendment.set_agreement_version(project.amendments_size());
  NameConcerned(project, request.terms(), amendment.signers(), draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SignAmendmentRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Amendment* amendment = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadAmendment(context, request.name(), draft, loaded, amendment));
  const Project& project = *loaded.project;
  std::string signed_already;
  const std::string signer = SignerOf(context, *amendment, signed_already);
  if (signer.empty() && signed_already.empty()) {
    return NotAllowed(context, "the signers of " + amendment->name(),
                      {{"case", "SIGNERS"}, {"name", amendment->name()}});
  }
  if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*amendment));
  // Its entry may be on the way.
  if (HasExpired(*amendment, context.stamp)) {
    return Refuse(v1::WRONG_RESOURCE_STATE, amendment->name(), amendment->name() + " has expired; propose anew",
                  {{"state", "EXPIRED"}, {"case", "EXPIRED"}});
  }
  if (signer.empty()) {
    return Refuse(v1::ALREADY_SIGNED, context.actor.name(), signed_already + " has signed " + amendment->name() + " already",
                  {{"case", "AMENDMENT"}, {"organization", signed_already}, {"name", amendment->name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireAmendable(project));
  if (amendment->agreement_version() != project.amendments_size()) {
    const std::string& last = project.amendments(project.amendments_size() - 1);
    return Refuse(v1::AGREEMENT_CHANGED, amendment->name(),
                  last + " came into force since " + amendment->name() + " was proposed; withdraw it and propose anew", {{"amendment", last}});
  }
  const auto& replacements = amendment->terms().replacements();
  const bool leaves = std::any_of(replacements.begin(), replacements.end(),
                                  [&](const auto& replacement) { return replacement.organization() == signer; });
  // Who leaves begins nothing new, so an expired registration does not keep it.
  if (auto problem = leaves ? FrozenProblem(context, context.actor) : RegistrationProblem(context, context.actor, loaded.today)) {
    return Refusal{{*std::move(problem)}};
  }
  for (const Amendment::Signature& signature : amendment->signatures()) {
    ORIUNDO_REFUSE_IF_ANY(RequireOwnSigner(context, amendment->name(), signature.organization(), signature.principal()));
  }
  if (request.account().number_commitment() != amendment->terms().account().number_commitment()) {
    return Refuse(v1::ACCOUNT_MISMATCH, amendment->name(),
                  amendment->terms().has_account() ? "the account is not the one that " + amendment->name() + " names"
                                                   : amendment->name() + " names no account",
                  {{"project", project.name()}, {"case", amendment->terms().has_account() ? "OTHER_NAMED" : "NONE_NAMED"}});
  }
  v1::AmendmentSigned& event = *draft.entry.mutable_amendment_signed();
  event.set_amendment(amendment->name());
  event.set_signer(signer);
  *event.mutable_documents() = request.documents();
  if (amendment->signatures_size() + 1 < amendment->signers_size()) return std::nullopt;
  Amended amended;
  std::vector<Violation> faults;
  Amend(context, loaded, amendment->terms(), amended, draft, faults);
  CheckDocuments(loaded, v1::SIGNATURE, request.documents(), faults);
  if (!faults.empty()) return Refusal{std::move(faults)};
  FillAmended(context, *amendment, project, amended, *event.mutable_amended());
  NameConcerned(project, amendment->terms(), amendment->signers(), draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawAmendmentRequest& request, Draft& draft) {
  ProjectContext loaded;
  const Amendment* amendment = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadAmendment(context, request.name(), draft, loaded, amendment));
  if (context.actor.name() != amendment->proposer() && context.actor.name() != loaded.program->office()) {
    return NotAllowed(context, "the proposer " + amendment->proposer() + " or the programme's office",
                      {{"case", "PROPOSER_OR_OFFICE"}, {"proposer", amendment->proposer()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*amendment));
  v1::AmendmentWithdrawn& event = *draft.entry.mutable_amendment_withdrawn();
  event.set_amendment(amendment->name());
  *event.mutable_reason() = request.reason();
  *event.mutable_signers() = amendment->signers();
  NameConcerned(*loaded.project, amendment->terms(), amendment->signers(), draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AmendmentExpired& request, Draft& draft) {
  ProjectContext loaded;
  const Amendment* amendment = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadAmendment(context, request.amendment(), draft, loaded, amendment));
  ORIUNDO_REFUSE_IF_ANY(RequireOpen(*amendment));
  if (!HasExpired(*amendment, context.stamp)) {
    return Refuse(v1::WRONG_RESOURCE_STATE, amendment->name(), amendment->name() + " is not due yet",
                  {{"case", "NOT_DUE"}});
  }
  v1::AmendmentExpired& event = *draft.entry.mutable_amendment_expired();
  event.set_amendment(amendment->name());
  *event.mutable_signers() = amendment->signers();
  NameConcerned(*loaded.project, amendment->terms(), amendment->signers(), draft);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CarryBalanceRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                                  {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING,
                                                   Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
                                                  "carry its box to another account"));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.credited(), "credited"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, request.bank_value_date(), "bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccount(context, project, request.account()));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(request.documents(), "a balance is carried"));
  const int64_t credited = request.credited().minor_units();
  if (credited > project.uncarried_minor_units()) {
    return Refuse(v1::CREDIT_ABOVE_RELEASE, project.name(),
                  Amount(project.uncarried_minor_units(), project.currency_code()) + " of " + project.name() + " is still to be carried; " +
                      Amount(credited, project.currency_code()) + " cannot have arrived",
                  {{"uncarried_minor_units", std::to_string(project.uncarried_minor_units())},
                   {"credited_minor_units", std::to_string(credited)},
                   {"case", "CARRIED"}});
  }
  if (project.carries_size() >= kPartialCarriesPerProjectMax && credited < project.uncarried_minor_units()) {
    return Refuse(v1::PROJECT_FULL, project.name(),
                  "balances of " + project.name() + " were carried " + std::to_string(project.carries_size()) +
                      " times; from now on only all that is left is recorded, " +
                      Amount(project.uncarried_minor_units(), project.currency_code()),
                  {{"maximum", std::to_string(kPartialCarriesPerProjectMax)},
                   {"uncarried_minor_units", std::to_string(project.uncarried_minor_units())},
                   {"case", "CARRIES"}});
  }
  v1::BalanceCarried& event = *draft.entry.mutable_balance_carried();
  *event.mutable_credited() = request.credited();
  event.set_bank_value_date(request.bank_value_date());
  *event.mutable_documents() = request.documents();
  event.set_account_commitment(request.account().number_commitment());
  draft.entry.set_effective_date(OpenDay(*loaded.program, request.bank_value_date()));
  return std::nullopt;
}

}  // namespace oriundo
