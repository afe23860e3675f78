#include "server/ledger/apply.h"

#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/draft.h"
#include "server/ledger/fold.h"

namespace oriundo {
namespace {

void StampEntry(const Command& command, Stamp stamp, v1::Entry& entry) {
  entry.set_sequence(stamp.sequence);
  entry.set_commit_time_us(stamp.commit_time_us);
  entry.set_organization(command.actor.organization);
  entry.set_principal(command.actor.principal);
  entry.set_request_id(command.request_id);
  // Decisions about a project set the day in its programme's time or the bank's; all others count on the day in UTC.
  if (entry.effective_date().empty()) entry.set_effective_date(DateAt(stamp.commit_time_us, 0));
}

// The project that the request names as its own or as its parent, where there is one; otherwise empty.
std::string ProjectNamedBy(const Request& request, State& state) {
  const auto& message = std::visit([](const auto& of) -> const google::protobuf::Message& { return of; }, request);
  for (const char* field : {"name", "parent"}) {
    const google::protobuf::FieldDescriptor* found = message.GetDescriptor()->FindFieldByName(field);
    if (found == nullptr || found->is_repeated() || found->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) continue;
    const std::string project(RootOf(message.GetReflection()->GetString(message, found)));
    if (IsResourceName(project, "projects/*") && state.Find<v1::Project>(project) != nullptr) return project;
  }
  return {};
}

// What an organisation of this kind never does, whatever it is named in: an auditor writes nothing, and whoever runs the server
// only keeps the directory: it creates organisations and saves communities (domain notes 1.1). Null where the request may be
// looked at.
const char* KindFault(v1::OrganizationKind kind, const Request& request) {
  if (kind == v1::AUDITOR) return "is an auditor; it reads everything and writes nothing";
  const bool keeps_directory =
      std::holds_alternative<v1::CreateOrganizationRequest>(request) || std::holds_alternative<v1::SaveCommunityRequest>(request);
  if (kind == v1::ADMINISTRATOR && !keeps_directory) {
    return "administers the server; it creates organisations, saves communities and writes nothing else";
  }
  return nullptr;
}

// Amounts among the figures of a refusal go with their currency; a violation that names another keeps it.
void NameCurrency(const std::string& currency_code, Refusal& refusal) {
  if (currency_code.empty()) return;
  for (Violation& violation : refusal.violations) {
    bool amounts = false;
    bool named = false;
    for (const auto& [key, value] : violation.metadata) {
      amounts |= key.ends_with("minor_units");
      named |= key == "currency_code";
    }
    if (amounts && !named) violation.metadata.emplace_back("currency_code", currency_code);
  }
}

// Access denied and rules broken are facts worth keeping; typing errors, missing names and lost races are not.
bool IsWorthAnEntry(v1::ErrorReason reason) {
  if (v1::ErrorReason_Name(reason).ends_with("_NOT_FOUND")) return false;
  return (reason >= v1::ACTOR_NOT_ALLOWED && reason < v1::ORGANIZATION_NOT_FOUND) ||
         (reason >= v1::WRONG_PROJECT_STATE && reason < v1::ETAG_MISMATCH);
}

// The entry that the refusal leaves. `drafted` is as far as the decision came: it has the project only where there is one, whatever the
// caller made up, and the programme's day or, where the decision came that far, the bank's.
v1::Entry RefusedEntry(const Command& command, const Refusal& refusal, Stamp stamp, const v1::Entry& drafted) {
  v1::Entry entry;
  entry.set_project(drafted.project());
  entry.set_effective_date(drafted.effective_date());
  StampEntry(command, stamp, entry);
  // The id is not used up by a refusal, so it does not stand in the entry either.
  entry.clear_request_id();
  // Whoever's name was used hears of it (domain notes, F3).
  if (refusal.reason() == v1::NOT_OWN_CLUB) entry.set_club(refusal.violations.front().subject);
  entry.mutable_refused()->set_method(command.method);
  entry.mutable_refused()->set_reason(refusal.reason());
  return entry;
}

}  // namespace

Outcome Apply(State& state, const Command& command, Stamp stamp) {
  Outcome outcome;
  // The first entry comes before any organisation, what falls due comes of itself, and texts are erased where no server runs.
  const bool nobody_acts = std::holds_alternative<v1::LedgerCreated>(command.request) ||
                           std::holds_alternative<v1::ProposalExpired>(command.request) ||
                           std::holds_alternative<v1::ReopeningExpired>(command.request) ||
                           std::holds_alternative<v1::AmendmentExpired>(command.request) ||
                           std::holds_alternative<v1::PledgeLapsed>(command.request) ||
                           std::holds_alternative<v1::Deadline>(command.request) ||
                           std::holds_alternative<v1::TextsErased>(command.request);
  const v1::Organization* actor = nobody_acts ? nullptr : state.Find<v1::Organization>(command.actor.organization);
  if (actor == nullptr && !nobody_acts) {
    outcome.refusal = Refuse(v1::ACTOR_NOT_ALLOWED, command.actor.organization,
                             command.actor.organization + " is not an organisation of this ledger; name a registered one as the actor",
                             {{"organization", command.actor.organization}, {"case", "UNKNOWN_ORGANIZATION"}});
    return outcome;
  }
  if (!nobody_acts) {
    if (const char* fault = KindFault(actor->kind(), command.request)) {
      outcome.refusal = Refuse(v1::ACTOR_NOT_ALLOWED, actor->name(), actor->name() + " " + fault,
                               {{"organization", actor->name()}, {"case", v1::OrganizationKind_Name(actor->kind())}});
      v1::Entry drafted;
      drafted.set_project(ProjectNamedBy(command.request, state));
      outcome.refused = RefusedEntry(command, *outcome.refusal, stamp, drafted);
      return outcome;
    }
  }
  static const v1::Organization nobody;
  Context context{state, command, stamp, nobody_acts ? nobody : *actor};
  Draft draft;
  outcome.refusal = std::visit([&](const auto& request) { return Decide(context, request, draft); }, command.request);
  if (!outcome.refusal.has_value()) {
    StampEntry(command, stamp, draft.entry);
    outcome.refusal = draft.Finish(state);
  }
  if (!outcome.refusal.has_value()) {
    if (!draft.entry.rule_version().empty()) draft.entry.set_algorithm_version(kAlgorithmVersion);
    if (draft.entry.ByteSizeLong() > kEntryBytesMax) {
      outcome.refusal = Refuse(v1::ENTRY_TOO_LARGE, draft.entry.project(),
                               "the entry of this call would be larger than the " + std::to_string(kEntryBytesMax) +
                                   " bytes that the journal takes",
                               {{"entry_bytes_max", std::to_string(kEntryBytesMax)}});
    }
  }
  if (outcome.refusal.has_value()) {
    NameCurrency(draft.entry.currency_code(), *outcome.refusal);
    if (IsWorthAnEntry(outcome.refusal->reason())) outcome.refused = RefusedEntry(command, *outcome.refusal, stamp, draft.entry);
    return outcome;
  }
  // Nothing below may refuse.
  Fold(draft.entry, state);
  outcome.entries.push_back(std::move(draft.entry));
  return outcome;
}

}  // namespace oriundo
