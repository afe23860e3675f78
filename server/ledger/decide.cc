#include "server/ledger/decide.h"

#include <algorithm>

#include "server/base/currency.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/rules/draw.h"
#include "server/rules/exchange.h"

namespace oriundo {

std::string WithArticle(const std::string& code) {
  const bool vowel = !code.empty() && std::string_view("AEIO").find(code.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + code;
}

Violation MakeViolation(v1::ErrorReason reason, std::string subject, std::string description, Metadata metadata) {
  return Violation{reason, std::move(subject), std::move(description), std::move(metadata)};
}

Refusal Refuse(v1::ErrorReason reason, std::string subject, std::string description, Metadata metadata) {
  return Refusal{{MakeViolation(reason, std::move(subject), std::move(description), std::move(metadata))}};
}

std::string Amount(int64_t minor_units, const std::string& currency_code) { return FormatAmount(minor_units, currency_code); }

MaybeRefusal LoadProgram(Context& context, const std::string& name, Draft& draft, const v1::Program*& program) {
  program = context.state.Find<v1::Program>(name);
  if (program == nullptr) return Refuse(v1::PROGRAM_NOT_FOUND, name, "there is no programme " + name, {{"name", name}});
  draft.entry.set_effective_date(DateAt(context.stamp.commit_time_us, program->utc_offset_minutes()));
  return std::nullopt;
}

MaybeRefusal LoadProject(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded) {
  loaded.project = context.state.Find<v1::Project>(name);
  if (loaded.project == nullptr) {
    return Refuse(v1::PROJECT_NOT_FOUND, name, "there is no project " + name, {{"name", name}});
  }
  loaded.program = context.state.Find<v1::Program>(loaded.project->program());
  loaded.rule = context.state.Find<v1::RuleVersion>(loaded.project->rule_version());
  if (loaded.program == nullptr || loaded.rule == nullptr) {
    // Only a failed read comes here: both existed when the project was created, and nothing is ever deleted.
    return Refuse(v1::STORAGE_UNAVAILABLE, name, "the programme of " + name + " cannot be read");
  }
  loaded.today = DateAt(context.stamp.commit_time_us, loaded.program->utc_offset_minutes());
  draft.entry.set_effective_date(loaded.today);
  draft.entry.set_project(name);
  draft.entry.set_rule_version(loaded.project->rule_version());
  draft.entry.set_currency_code(loaded.project->currency_code());
  return std::nullopt;
}

MaybeRefusal RequireState(const v1::Project& project, std::initializer_list<v1::Project::State> states, std::string_view deed) {
  std::string allowed;
  for (v1::Project::State state : states) {
    if (project.state() == state) return std::nullopt;
    allowed += (allowed.empty() ? "" : ", ") + v1::Project::State_Name(state);
  }
  const std::string now = v1::Project::State_Name(project.state());
  return Refuse(v1::WRONG_PROJECT_STATE, project.name(),
                project.name() + " is " + now + "; it takes " + allowed + " to " + std::string(deed),
                {{"state", now}, {"allowed_states", allowed}});
}

v1::Project::State StateBehind(const v1::Project& project) {
  return project.state() == v1::Project::SUSPENDED ? project.suspended_state() : project.state();
}

MaybeRefusal RequireStateAlsoSuspended(const v1::Project& project, std::initializer_list<v1::Project::State> states,
                                       std::string_view deed) {
  if (std::find(states.begin(), states.end(), StateBehind(project)) != states.end()) return std::nullopt;
  return RequireState(project, states, deed);
}

Refusal NotAllowed(const Context& context, std::string_view who, Metadata metadata) {
  metadata.emplace_back("organization", context.actor.name());
  return Refuse(v1::ACTOR_NOT_ALLOWED, context.actor.name(), context.actor.name() + " may not do this; " + std::string(who) +
                    " may",
                std::move(metadata));
}

MaybeRefusal RequireOffice(const Context& context, const ProjectContext& loaded, bool committees) {
  if (context.actor.name() == loaded.program->office()) return std::nullopt;
  if (committees) {
    for (const std::string& committee : loaded.rule->committees()) {
      if (context.actor.name() == committee) return std::nullopt;
    }
  }
  return NotAllowed(context, committees ? "the programme's office " + loaded.program->office() + " or a committee of its rule"
                                        : "the programme's office " + loaded.program->office(),
                    {{"case", committees ? "OFFICE_OR_COMMITTEE" : "OFFICE"}, {"office", loaded.program->office()}});
}

std::string StandsFor(const Context& context, const std::string& name) {
  std::string now = name;
  // No circle: who was merged is nobody's successor from then on.
  while (!now.empty()) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(now);
    if (organization == nullptr || organization->successor().empty()) break;
    now = organization->successor();
  }
  return now;
}

std::vector<std::string> WithPredecessors(const Context& context, const std::string& name) {
  std::vector<std::string> names;
  if (!name.empty()) names.push_back(name);
  // Grows while it is walked; AcceptMerge keeps it short.
  for (std::size_t i = 0; i < names.size(); ++i) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(names[i]);
    if (organization == nullptr) continue;
    names.insert(names.end(), organization->predecessors().begin(), organization->predecessors().end());
  }
  return names;
}

std::string AboveOf(const Context& context, const v1::Organization& organization) {
  return StandsFor(context, organization.parent());
}

MaybeRefusal LoadOrganization(Context& context, const std::string& name, const v1::Organization*& organization) {
  organization = context.state.Find<v1::Organization>(name);
  if (organization != nullptr) return std::nullopt;
  return Refuse(v1::ORGANIZATION_NOT_FOUND, name, "there is no organisation " + name, {{"name", name}});
}

MaybeRefusal RequireOwnClub(Context& context, const std::string& club) {
  if (context.actor.name() == club) {
    // Whoever it was merged into speaks for it.
    if (auto merged = MergedProblem(context.actor)) return Refusal{{*std::move(merged)}};
    return std::nullopt;
  }
  const v1::Organization* record = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, club, record));
  const std::string standing = StandsFor(context, club);
  const v1::Organization* now = context.state.Find<v1::Organization>(standing);
  const bool successor = !record->successor().empty() && standing == context.actor.name();
  const bool own_federation = record->kind() == v1::CLUB && context.actor.kind() == v1::FEDERATION && now != nullptr &&
                              AboveOf(context, *now) == context.actor.name();
  if (successor || own_federation) {
    // Whoever is frozen begins nothing, for others no more than for itself.
    if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
    return std::nullopt;
  }
  std::string who = club + " itself or whoever it was merged into may";
  if (record->kind() == v1::CLUB) {
    who = club + " itself, whoever it was merged into" +
          (record->successor().empty() ? " or its own federation may" : ", " + standing + ", or that one's federation may");
  }
  return Refuse(v1::NOT_OWN_CLUB, club, context.actor.name() + " may not act for " + club + "; only " + who,
                {{"organization", context.actor.name()},
                 {"club", club},
                 {"case", record->kind() != v1::CLUB ? "NO_CLUB" : record->successor().empty() ? "CLUB" : "MERGED_CLUB"},
                 {"successor", standing}});
}

namespace {

// `name` and who it was merged into, one after another.
std::vector<std::string> WithSuccessors(const Context& context, const std::string& name) {
  std::vector<std::string> names;
  for (std::string now = name; !now.empty();) {
    names.push_back(now);
    const v1::Organization* organization = context.state.Find<v1::Organization>(now);
    now = organization == nullptr ? std::string() : organization->successor();
  }
  return names;
}

// True where `above` stands so many levels above `name`, or above somebody that one was merged into on the way; who was merged has the
// federation of whoever stands for it, and may still have its own.
bool StandsAbove(const Context& context, const std::string& above, const std::string& name, int levels) {
  for (const std::string& one : WithSuccessors(context, name)) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(one);
    if (organization == nullptr || organization->parent().empty()) continue;
    const std::vector<std::string> parents = WithSuccessors(context, organization->parent());
    if (std::find(parents.begin(), parents.end(), above) != parents.end()) return true;
    if (levels > 1 && StandsAbove(context, above, organization->parent(), levels - 1)) return true;
  }
  return false;
}

// The organisation directly above `name` now, or empty.
std::string Above(const Context& context, const std::string& name) {
  const v1::Organization* organization = name.empty() ? nullptr : context.state.Find<v1::Organization>(name);
  return organization == nullptr ? std::string() : AboveOf(context, *organization);
}

}  // namespace

bool IsNamedVerifier(const v1::RuleVersion& rule, const std::string& organization) {
  return std::find(rule.verifiers().begin(), rule.verifiers().end(), organization) != rule.verifiers().end();
}

std::optional<VerifierProblem> VerifierFault(const Context& context, const v1::Project& project, const v1::RuleVersion& rule,
                                             const std::string& verifier, const std::string& declarer) {
  auto fault = [](const char* case_name, std::string words, const std::string& other = {}) {
    return VerifierProblem{case_name, other, std::move(words)};
  };
  if (!IsNamedVerifier(rule, verifier)) return fault("NOT_NAMED", "is not named verifier by " + rule.name());
  if (verifier == project.executor()) return fault("EXECUTES", "executes this project");
  const auto& former = project.former_executors();
  if (std::find(former.begin(), former.end(), verifier) != former.end()) return fault("EXECUTED", "executed this project before");
  const v1::Organization* record = context.state.Find<v1::Organization>(verifier);
  if (record != nullptr && !record->successor().empty()) {
    return fault("MERGED", "was merged into " + record->successor(), record->successor());
  }
  // Whoever was merged into it acts through it.
  const std::vector<std::string> itself = WithPredecessors(context, verifier);
  auto is_party = [&](const std::string& organization) {
    return organization == project.club() || FindParty(project, organization) != nullptr;
  };
  if (std::find(itself.begin(), itself.end(), declarer) != itself.end()) return fault("DECLARED", "declared this money itself");
  if (verifier == project.committee() || std::any_of(itself.begin(), itself.end(), is_party)) {
    return fault("PARTY", "is a party of this project");
  }
  // Who stands above somebody whose money it would confirm answers for that money itself.
  // Consulates and bank checkers stand above nobody, and are spared the look at every party's parents.
  if (record != nullptr && MayStandAbove(record->kind())) {
    auto stands_above = [&](const std::string& organization) { return StandsAbove(context, verifier, organization, 2); };
    if (stands_above(project.club())) {
      return fault("ABOVE_CLUB", "stands above " + project.club() + ", whose project this is", project.club());
    }
    if (stands_above(declarer)) {
      return fault("ABOVE_DECLARER", "stands above " + declarer + ", who declared this money",
                   declarer);
    }
    for (const v1::Party& party : project.parties()) {
      const std::string& name = party.organization();
      if (stands_above(name)) return fault("ABOVE_PARTY", "stands above " + name + ", a party of this project", name);
    }
    // Nor does a club that leaves it for a moment make its federation a stranger to the club's money.
    for (const std::string& one : WithSuccessors(context, declarer)) {
      const v1::Organization* left = context.state.Find<v1::Organization>(one);
      for (int i = 0; left != nullptr && i < left->former_federations_size(); ++i) {
        const v1::FormerFederation& former = left->former_federations(i);
        const std::vector<std::string> federations = WithSuccessors(context, former.federation());
        const bool above = std::find(federations.begin(), federations.end(), verifier) != federations.end() ||
                           StandsAbove(context, verifier, former.federation(), 1);
        if (above && former.until_sequence() > project.create_sequence()) {
          return fault("STOOD_ABOVE_CLUB", "stood above " + one + " during this project", one);
        }
      }
    }
    for (const v1::ClubFederation& fixed : project.club_federations()) {
      const std::string federation = StandsFor(context, fixed.federation());
      if (federation == verifier || Above(context, federation) == verifier) {
        return fault("STOOD_ABOVE_CLUB", "stood above " + fixed.club() + " during this project", fixed.club());
      }
    }
  }
  std::string parent = record == nullptr ? std::string() : AboveOf(context, *record);
  for (int level = 0; level < 2 && !parent.empty(); ++level, parent = Above(context, parent)) {
    if (parent == project.executor() || std::find(former.begin(), former.end(), parent) != former.end()) {
      return fault("BELOW_EXECUTOR", "stands below " + parent + ", who executes or executed this project", parent);
    }
    const std::vector<std::string> parents = WithPredecessors(context, parent);
    if (std::any_of(parents.begin(), parents.end(), is_party)) {
      return fault("BELOW_PARTY", "stands below " + parent + ", a party of this project", parent);
    }
  }
  return std::nullopt;
}

MaybeRefusal RequireVerifier(const Context& context, const ProjectContext& loaded, const std::string& declarer) {
  const std::string& actor = context.actor.name();
  const std::optional<VerifierProblem> fault = VerifierFault(context, *loaded.project, *loaded.rule, actor, declarer);
  if (!fault.has_value()) {
    // The word of who is frozen is worth nothing now; what it said before stands.
    if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
    return std::nullopt;
  }
  return Refuse(v1::VERIFIER_NOT_INDEPENDENT, loaded.project->name(),
                actor + " " + fault->words +
                    "; a verifier is named by the rule version, is neither declarer, executor nor funder, and stands " +
                    "neither above nor below one of them",
                {{"case", fault->case_name},
                 {"organization", actor},
                 {"rule_version", loaded.rule->name()},
                 {"other", fault->other}});
}

MaybeRefusal RequireAmount(int64_t minor_units, std::string_view field, int64_t minimum) {
  if (minor_units >= minimum && minor_units <= kAmountMinorUnitsMax) return std::nullopt;
  return Refuse(v1::INVALID_FIELD, std::string(field),
                std::string(field) + " is " + std::to_string(minor_units) + " minor units; an amount here is from " +
                    std::to_string(minimum) + " to " + std::to_string(kAmountMinorUnitsMax),
                {{"case", "AMOUNT"},
                 {"field", std::string(field)},
                 {"given", std::to_string(minor_units)},
                 {"minimum", std::to_string(minimum)},
                 {"maximum", std::to_string(kAmountMinorUnitsMax)}});
}

MaybeRefusal RequireAnyMoney(const v1::Money& money, std::string_view field, int64_t minimum) {
  if (CurrencyDigits(money.currency_code()).has_value()) return RequireAmount(money.minor_units(), field, minimum);
  return Refuse(v1::INVALID_FIELD, std::string(field), std::string(field) + " names no active ISO 4217 currency code",
                {{"case", "CURRENCY"}, {"field", std::string(field)}});
}

MaybeRefusal RequireRate(const v1::Rate& rate, std::string_view field) {
  if (rate.units() > 0 && rate.scale() >= kRateScaleMin && rate.scale() <= kRateScaleMax) return std::nullopt;
  return Refuse(v1::INVALID_FIELD, std::string(field),
                std::string(field) + " is a rate above zero with " + std::to_string(kRateScaleMin) + " to " +
                    std::to_string(kRateScaleMax) + " digits behind the point",
                {{"case", "RATE"},
                 {"field", std::string(field)},
                 {"minimum", std::to_string(kRateScaleMin)},
                 {"maximum", std::to_string(kRateScaleMax)}});
}

MaybeRefusal RequireMoney(const v1::Project& project, const v1::Money& money, std::string_view field) {
  if (money.currency_code() == project.currency_code()) return RequireAmount(money.minor_units(), field);
  return Refuse(v1::WRONG_CURRENCY, std::string(field),
                std::string(field) + " is in " + money.currency_code() + "; " + project.name() + " keeps its books in " +
                    project.currency_code() + ": give the amount the bank credited in that currency",
                {{"case", "PROJECT"},
                 {"field", std::string(field)},
                 {"currency_code", money.currency_code()},
                 {"project_currency_code", project.currency_code()}});
}

MaybeRefusal RequirePast(const ProjectContext& loaded, const std::string& date, std::string_view field) {
  if (date <= loaded.today) return std::nullopt;
  return Refuse(v1::DATE_IN_FUTURE, std::string(field),
                std::string(field) + " is " + date + ", but today is " + loaded.today + " in the programme's time",
                {{"field", std::string(field)}, {"date", date}, {"today", loaded.today}});
}

MaybeRefusal RequireBankDate(const ProjectContext& loaded, const std::string& date, std::string_view field) {
  ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, date, field));
  const std::string& agreed = loaded.project->agreement_date();
  if (date >= agreed) return std::nullopt;
  return Refuse(v1::DATE_BEFORE_AGREEMENT, std::string(field),
                std::string(field) + " is " + date + ", but the agreement of " + loaded.project->name() + " was complete on " + agreed +
                    "; its money box did not exist before",
                {{"field", std::string(field)},
                 {"project", loaded.project->name()},
                 {"date", date},
                 {"agreement_date", agreed}});
}

bool HasDocument(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, v1::DocumentType type) {
  return std::any_of(documents.begin(), documents.end(), [&](const v1::Evidence& document) { return document.type() == type; });
}

void CheckDocuments(const ProjectContext& loaded, v1::ProjectStep step, const google::protobuf::RepeatedPtrField<v1::Evidence>& documents,
                    std::vector<Violation>& faults) {
  for (const v1::DocumentRequirement& requirement : loaded.rule->document_requirements()) {
    const auto& categories = requirement.categories();
    const bool concerned = categories.empty() ||
                           std::find(categories.begin(), categories.end(), loaded.project->category()) != categories.end();
    if (requirement.step() != step || !concerned || HasDocument(documents, requirement.type())) continue;
    const std::string type = v1::DocumentType_Name(requirement.type());
    faults.push_back(MakeViolation(v1::DOCUMENT_MISSING, "documents",
                                   loaded.rule->name() + " requires " + WithArticle(type) + " with the step " +
                                       v1::ProjectStep_Name(step),
                                   {{"document_type", type}, {"step", v1::ProjectStep_Name(step)}}));
  }
}

MaybeRefusal RequireDocuments(const ProjectContext& loaded, v1::ProjectStep step,
                              const google::protobuf::RepeatedPtrField<v1::Evidence>& documents) {
  std::vector<Violation> faults;
  CheckDocuments(loaded, step, documents, faults);
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

MaybeRefusal RequireBankReceipt(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, std::string_view deed) {
  if (HasDocument(documents, v1::BANK_RECEIPT)) return std::nullopt;
  return Refuse(v1::DOCUMENT_MISSING, "documents", std::string(deed) + " with at least one BANK_RECEIPT", {{"document_type", "BANK_RECEIPT"}});
}

std::optional<Violation> AccountInUse(Context& context, const v1::Project& project, const std::string& use) {
  const v1::AccountUse* known = context.state.Find<v1::AccountUse>(use);
  if (known == nullptr || known->project() == project.name()) return std::nullopt;
  const v1::Project* holder = context.state.Find<v1::Project>(known->project());
  if (holder == nullptr) return std::nullopt;  // Only a failed read comes here.
  // Before anything is seen on it, an amendment that names another one gives it up, and so does the project's end once nothing is
  // to come: no box to be carried there, no contribution that is declared.
  const auto& former = holder->former_account_uses();
  const bool is_agreed = holder->account_use() == use;
  const bool to_come = holder->uncarried_minor_units() > 0 ||
                       std::any_of(holder->parties().begin(), holder->parties().end(),
                                   [](const v1::Party& party) { return party.declared_minor_units() > 0; });
  const bool has_it = is_agreed && (holder->account_used() || holder->state() != v1::Project::CANCELLED || to_come);
  const bool had_it = std::find(former.begin(), former.end(), use) != former.end();
  if (!has_it && !had_it) return std::nullopt;
  return MakeViolation(v1::ACCOUNT_IN_USE, project.name(),
                       holder->name() + (has_it ? " has" : " had") +
                           " this bank account; each project has one of its own, so that no money counts twice",
                       {{"project", project.name()}, {"holder", holder->name()}});
}

std::optional<Violation> AccountFormProblem(const v1::RuleVersion& rule, const v1::Account& account) {
  if (rule.account_form() == v1::ACCOUNT_FORM_UNSPECIFIED || rule.account_form() == account.form()) return std::nullopt;
  const bool is_clabe = rule.account_form() == v1::CLABE;
  return MakeViolation(v1::ACCOUNT_FORM_MISMATCH, "account.number",
                       rule.name() + " has accounts written as " +
                           (is_clabe ? "a CLABE, 18 digits" : "an IBAN, the country and up to 32 digits and letters") +
                           "; this number is none, or its check digits are wrong",
                       {{"rule_version", rule.name()}, {"case", v1::AccountForm_Name(rule.account_form())}});
}

MaybeRefusal RequireAccount(Context& context, const v1::Project& project, const v1::Account& account) {
  // Without a complete agreement there is no account.
  if (account.number_commitment() != project.account_commitment() || project.account_use().empty()) {
    return Refuse(v1::ACCOUNT_MISMATCH, project.name(),
                  "the account is not the one that the parties of " + project.name() +
                      " agreed on; money seen on another account cannot be confirmed",
                  {{"project", project.name()}, {"case", "AGREEMENT"}});
  }
  if (project.state() != v1::Project::CANCELLED || project.account_used()) return std::nullopt;
  const v1::AccountUse* known = context.state.Find<v1::AccountUse>(project.account_use());
  if (known == nullptr || known->project() == project.name()) return std::nullopt;
  return Refuse(v1::ACCOUNT_IN_USE, project.name(),
                known->project() + " agreed on this bank account once " + project.name() + " was cancelled without anything seen on it",
                {{"project", project.name()}, {"holder", known->project()}, {"case", "TAKEN_OVER"}});
}

MaybeRefusal RequireAccountEver(Context& context, const v1::Project& project, const v1::Account& account) {
  const auto& former = project.former_account_commitments();
  if (std::find(former.begin(), former.end(), account.number_commitment()) != former.end()) return std::nullopt;
  return RequireAccount(context, project, account);
}

MaybeRefusal RequireNoOpenRefund(const v1::Project& project) {
  for (const v1::Party& party : project.parties()) {
    if (party.payable_minor_units() == 0) continue;
    return Refuse(v1::REFUND_OPEN, party.organization(),
                  "refunds of " + project.name() + " are apportioned and " +
                      Amount(party.payable_minor_units(), project.currency_code()) + " is not yet paid to " + party.organization() +
                      "; pay the refunds first",
                  {{"project", project.name()},
                   {"party", party.organization()},
                   {"payable_minor_units", std::to_string(party.payable_minor_units())}});
  }
  return std::nullopt;
}

MaybeRefusal RequireCarried(const v1::Project& project, int64_t amount) {
  const int64_t carried = BalanceOf(project, chart::Bank(project.name())) - project.uncarried_minor_units();
  if (amount <= carried) return std::nullopt;
  const std::string& currency = project.currency_code();
  return Refuse(v1::BALANCE_NOT_CARRIED, project.name(),
                "of the box of " + project.name() + " " + Amount(project.uncarried_minor_units(), currency) +
                    " is not yet seen on the account that an amendment named; " + Amount(amount, currency) + " is asked, " +
                    Amount(amount - carried, currency) + " more than is there; a verifier confirms what the bank carried over",
                {{"project", project.name()},
                 {"available_minor_units", std::to_string(carried)},
                 {"uncarried_minor_units", std::to_string(project.uncarried_minor_units())},
                 {"asked_minor_units", std::to_string(amount)}});
}

std::optional<Violation> ReplacedProblem(const v1::Party& party) {
  if (party.replaced_by().empty()) return std::nullopt;
  return MakeViolation(v1::PARTY_REPLACED, party.organization(),
                       party.replaced_by() + " has taken the place of " + party.organization() + ", which owes and gives nothing more",
                       {{"party", party.organization()}, {"replaced_by", party.replaced_by()}});
}

MaybeRefusal RequireOwnSigner(const Context& context, const std::string& document, const std::string& organization,
                              const std::string& principal) {
  const std::string& actor = context.actor.name();
  if (principal.empty() || principal != context.command.actor.principal) return std::nullopt;
  if (organization == actor || StandsFor(context, organization) == actor) return std::nullopt;
  return Refuse(v1::SIGNER_NOT_INDEPENDENT, document,
                "the principal that signs for " + actor + " has signed " + document + " for " + organization +
                    "; each of them is bound by a person of its own",
                {{"organization", actor}, {"signed_for", organization}});
}

MaybeRefusal RequireRoom(int entries, const std::string& name) {
  // One entry is kept free, so that a verified contribution can always be reversed.
  if (entries < kEntriesPerChildMax - 1) return std::nullopt;
  return Refuse(v1::TOO_MANY_CHANGES, name, name + " has changed " + std::to_string(entries) + " times and takes no more",
                {{"case", "ENTRIES"},
                 {"name", name},
                 {"changes", std::to_string(entries)},
                 {"maximum", std::to_string(kEntriesPerChildMax - 1)}});
}

std::string IssuerThatReinstates(const Context& context, const v1::Organization& organization) {
  const std::string issuer = StandsFor(context, organization.registration().issuer());
  const v1::Organization* record = issuer.empty() ? nullptr : context.state.Find<v1::Organization>(issuer);
  if (record == nullptr || record->kind() == v1::CONSULATE) return {};
  return record->kind() != v1::FEDERATION || StandsFor(context, organization.frozen_by()) == issuer ? issuer : std::string();
}

std::string WhoReinstates(const std::string& issuer) {
  return issuer.empty() ? "a consulate" : issuer + ", which issued the registration, or a consulate";
}

std::optional<Violation> FrozenProblem(const Context& context, const v1::Organization& organization) {
  const v1::Organization::RegistrationState state = organization.registration_state();
  if (state != v1::Organization::SUSPENDED && state != v1::Organization::DISPUTED && state != v1::Organization::REVOKED)
    return std::nullopt;
  const std::string now = v1::Organization::RegistrationState_Name(state);
  Metadata metadata = {
      {"organization", organization.name()}, {"registration_state", now}, {"frozen_by", organization.frozen_by()}};
  std::string cure;
  // What was revoked nobody reinstates.
  if (state == v1::Organization::REVOKED) {
    metadata.emplace_back("case", "REVOKED");
  } else {
    const std::string issuer = IssuerThatReinstates(context, organization);
    cure = "; " + WhoReinstates(issuer) + " can reinstate it";
    metadata.emplace_back("case", issuer.empty() ? "CONSULATE_LIFTS" : "ISSUER_LIFTS");
    if (!issuer.empty()) metadata.emplace_back("issuer", issuer);
  }
  return MakeViolation(v1::REGISTRATION_FROZEN, organization.name(),
                       "the registration of " + organization.name() + " is " + now + " by " + organization.frozen_by() + cure,
                       std::move(metadata));
}

std::optional<Violation> MergedProblem(const v1::Organization& organization) {
  if (organization.successor().empty()) return std::nullopt;
  return MakeViolation(v1::ORGANIZATION_MERGED, organization.name(),
                       organization.name() + " was merged into " + organization.successor() + " and begins nothing new; let " +
                           organization.successor() + " do it",
                       {{"organization", organization.name()}, {"successor", organization.successor()}});
}

std::optional<Violation> EndorsementProblem(const Context& context, const v1::Organization& club, const std::string& today) {
  const v1::Endorsement& endorsement = club.endorsement();
  const std::string federation = AboveOf(context, club);
  std::string fault;
  Metadata metadata = {{"organization", club.name()}, {"federation", federation}, {"today", today}};
  auto is = [&](const char* case_name) { metadata.emplace_back("case", case_name); };
  if (federation.empty()) {
    is("NO_FEDERATION");
    fault = " belongs to no federation that could endorse it";
  } else if (!club.has_endorsement()) {
    is("NEVER");
    fault = " was never endorsed by its federation " + federation;
  } else if (endorsement.revoked() || StandsFor(context, endorsement.endorser()) != federation) {
    is("NO_MORE");
    fault = " is not endorsed any more";
  } else if (today < endorsement.valid_from()) {
    is("NOT_YET");
    metadata.emplace_back("valid_from", endorsement.valid_from());
    fault = "'s endorsement begins on " + endorsement.valid_from();
  } else if (today > endorsement.valid_to()) {
    is("ENDED");
    metadata.emplace_back("valid_to", endorsement.valid_to());
    fault = "'s endorsement ended on " + endorsement.valid_to();
  } else {
    return std::nullopt;
  }
  return MakeViolation(v1::ENDORSEMENT_MISSING, club.name(), club.name() + fault + "; the rule version asks for a valid one",
                       std::move(metadata));
}

std::optional<Violation> FrozenAsProblem(const Context& context, const std::string& name,
                                         std::initializer_list<v1::Organization::RegistrationState> states) {
  // Whoever it was merged into acts for it now.
  for (const std::string& who : {name, StandsFor(context, name)}) {
    const v1::Organization* organization = context.state.Find<v1::Organization>(who);
    if (organization == nullptr || std::find(states.begin(), states.end(), organization->registration_state()) == states.end()) continue;
    return FrozenProblem(context, *organization);
  }
  return std::nullopt;
}

MaybeRefusal RequireNotFrozen(Context& context, const std::string& name) {
  auto problem = FrozenAsProblem(context, name, {v1::Organization::SUSPENDED, v1::Organization::DISPUTED, v1::Organization::REVOKED});
  return problem.has_value() ? MaybeRefusal(Refusal{{*std::move(problem)}}) : std::nullopt;
}

MaybeRefusal RequireUndisputed(Context& context, const std::string& name) {
  auto problem = FrozenAsProblem(context, name, {v1::Organization::DISPUTED});
  return problem.has_value() ? MaybeRefusal(Refusal{{*std::move(problem)}}) : std::nullopt;
}

namespace {

// Asks `require` of the project's club and of all who pay on the clubs' side.
MaybeRefusal RequireOfClubSide(Context& context, const ProjectContext& loaded,
                               MaybeRefusal (*require)(Context&, const std::string&)) {
  ORIUNDO_REFUSE_IF_ANY(require(context, loaded.project->club()));
  for (const v1::Party& party : loaded.project->parties()) {
    if (!party.replaced_by().empty()) continue;
    if (FindRole(*loaded.rule, party.role())->club_money()) ORIUNDO_REFUSE_IF_ANY(require(context, party.organization()));
  }
  return std::nullopt;
}

}  // namespace

MaybeRefusal RequireClubSideNotFrozen(Context& context, const ProjectContext& loaded) {
  return RequireOfClubSide(context, loaded, RequireNotFrozen);
}

MaybeRefusal RequireClubSideUndisputed(Context& context, const ProjectContext& loaded) {
  return RequireOfClubSide(context, loaded, RequireUndisputed);
}

std::optional<Violation> RegistrationProblem(const Context& context, const v1::Organization& organization,
                                             const std::string& today) {
  // Whoever was registered may be frozen, whether or not it had to be.
  if (auto frozen = FrozenProblem(context, organization)) return frozen;
  if (organization.kind() != v1::CLUB && organization.kind() != v1::FEDERATION && organization.kind() != v1::CONFEDERATION) {
    return std::nullopt;
  }
  std::string fault;
  Metadata metadata = {{"organization", organization.name()}, {"today", today}};
  if (!organization.has_registration()) {
    metadata.emplace_back("case", "NEVER");
    fault = " was never registered";
  } else if (today < organization.registration().valid_from()) {
    metadata.emplace_back("case", "NOT_YET");
    metadata.emplace_back("valid_from", organization.registration().valid_from());
    fault = "'s registration begins on " + organization.registration().valid_from();
  } else if (today > organization.registration().valid_to()) {
    metadata.emplace_back("case", "EXPIRED");
    fault = "'s registration expired on " + organization.registration().valid_to();
    metadata.emplace_back("valid_to", organization.registration().valid_to());
  } else {
    return std::nullopt;
  }
  return MakeViolation(v1::REGISTRATION_INVALID, organization.name(),
                       organization.name() + fault + "; a consulate, a program office or its federation can register it",
                       std::move(metadata));
}

std::optional<Violation> StandingProblem(const Context& context, const v1::Organization& organization, const std::string& today) {
  if (organization.successor().empty()) return RegistrationProblem(context, organization, today);
  if (auto frozen = FrozenProblem(context, organization)) return frozen;
  const v1::Organization* standing = context.state.Find<v1::Organization>(StandsFor(context, organization.name()));
  return standing == nullptr ? std::nullopt : RegistrationProblem(context, *standing, today);
}

const v1::Party* FindParty(const v1::Project& project, const std::string& organization) {
  const int index = PartyIndex(project, organization);
  return index < 0 ? nullptr : &project.parties(index);
}

int PartyIndex(const v1::Project& project, const std::string& organization) {
  for (int i = 0; i < project.parties_size(); ++i) {
    if (project.parties(i).organization() == organization) return i;
  }
  return -1;
}

const v1::FunderRole* FindRole(const v1::RuleVersion& rule, const std::string& role) {
  for (const v1::FunderRole& candidate : rule.roles()) {
    if (candidate.role() == role) return &candidate;
  }
  return nullptr;
}

const v1::FunderRole* ClubRole(const v1::RuleVersion& rule) {
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.club_money()) return &role;
  }
  return nullptr;
}

std::vector<int64_t> LeftOf(const v1::Project& project) {
  std::vector<int64_t> left;
  for (const v1::Party& party : project.parties()) left.push_back(party.left_minor_units());
  return left;
}

int64_t Sum(const std::vector<int64_t>& amounts) {
  int64_t sum = 0;
  for (int64_t amount : amounts) sum += amount;
  return sum;
}

int64_t BalanceOf(const v1::Project& project, const std::string& account) {
  for (const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() == account) return balance.minor_units();
  }
  return 0;
}

int64_t DueByContribution(const ProjectContext& loaded, const v1::Party& party) {
  return FindRole(*loaded.rule, party.role())->club_money() ? party.due_minor_units() : 0;
}

int64_t OverMatchOf(const ProjectContext& loaded, const v1::Party& party, int64_t verified, int64_t counted_in_kind) {
  const int64_t in_kind = FindRole(*loaded.rule, party.role())->club_money() ? counted_in_kind : 0;
  return std::max<int64_t>(0, verified + in_kind - DueByContribution(loaded, party));
}

int64_t OverMatchOf(const ProjectContext& loaded, const v1::Party& party, int64_t verified) {
  return OverMatchOf(loaded, party, verified, party.in_kind_counted_minor_units());
}

void MoveOverMatch(const v1::Project& project, const std::string& party, int64_t change, Draft& draft) {
  if (change == 0) return;
  draft.Party(party).set_over_match_minor_units(change);
  const std::string funds = chart::Funds(project.name(), party);
  const std::string over_match = chart::OverMatch(project.name(), party);
  const int64_t moved = change > 0 ? std::min(change, std::max<int64_t>(0, -BalanceOf(project, funds)))
                                   : -std::min(-change, std::max<int64_t>(0, -BalanceOf(project, over_match)));
  draft.Post(funds, moved);
  draft.Post(over_match, -moved);
}

int64_t UnsentOf(const v1::Tranche& tranche) {
  return tranche.amount_minor_units() - tranche.released_minor_units() - tranche.fee_minor_units();
}

const v1::Tranche* FindTranche(const v1::Project& project, const std::string& name) {
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.name() == name) return &tranche;
  }
  return nullptr;
}

Violation PoolExceeded(const std::string& name, bool exists, int64_t free, int64_t asked, const std::string& currency_code) {
  Metadata metadata = {{"name", name},
                       {"asked_minor_units", std::to_string(asked)},
                       {"missing_minor_units", std::to_string(asked - free)},
                       {"case", exists ? "TOO_LITTLE" : "NO_POOL"}};
  if (!exists) {
    return MakeViolation(v1::POOL_EXCEEDED, name,
                         "there is no pool " + name + ", which would pay " + Amount(asked, currency_code) + "; create it",
                         std::move(metadata));
  }
  metadata.emplace_back("free_minor_units", std::to_string(free));
  return MakeViolation(v1::POOL_EXCEEDED, name,
                       name + " has " + Amount(free, currency_code) + " free of " + Amount(asked, currency_code) + " needed; " +
                           Amount(asked - free, currency_code) + " is missing",
                       std::move(metadata));
}

int64_t OpenCover(const v1::Project& project) {
  return std::max<int64_t>(0, -BalanceOf(project, chart::Suspense(project.name())));
}

void CheckNoOpenRelease(const v1::Project& project, const v1::Party& party, std::vector<Violation>& faults) {
  const std::string transit_account = chart::Transit(project.name(), party.organization());
  if (const int64_t transit = BalanceOf(project, transit_account); transit != 0) {
    faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, transit_account,
                                   transit_account + " holds " + Amount(transit, project.currency_code()) + " of " +
                                       party.organization() + " on its way; confirm the release or have it returned",
                                   {{"party", party.organization()},
                                    {"minor_units", std::to_string(transit)},
                                    {"case", "ON_ITS_WAY"},
                                    {"account", transit_account}}));
  }
  if (const int64_t proposed = party.proposed_minor_units(); proposed != 0) {
    faults.push_back(MakeViolation(v1::BALANCE_NOT_ZERO, party.organization(),
                                   "a release of " + Amount(proposed, project.currency_code()) + " by " + party.organization() +
                                       " is proposed; approve or withdraw it",
                                   {{"party", party.organization()},
                                    {"minor_units", std::to_string(proposed)},
                                    {"case", "RELEASE_PROPOSED"}}));
  }
}

void PostOutOfFunds(const v1::Project& project, const std::string& party, int64_t amount, Draft& draft) {
  const int64_t funds = std::max<int64_t>(0, -BalanceOf(project, chart::Funds(project.name(), party)));
  const int64_t over_match = std::max<int64_t>(0, -BalanceOf(project, chart::OverMatch(project.name(), party)));
  const int64_t from_over_match = std::clamp<int64_t>(amount - funds, 0, over_match);
  draft.Post(chart::Funds(project.name(), party), amount - from_over_match);
  draft.Post(chart::OverMatch(project.name(), party), from_over_match);
}

void DrawSpending(const v1::Project& project, const std::vector<int64_t>& amounts, Draft& draft) {
  // Who joined the project after the money was drawn has no part in it.
  const int parties = std::min(project.parties_size(), static_cast<int>(amounts.size()));
  for (int i = 0; i < parties; ++i) {
    const int64_t amount = amounts[static_cast<std::size_t>(i)];
    if (amount == 0) continue;
    v1::PartyChange& change = draft.Party(project.parties(i).organization());
    change.set_spent_minor_units(change.spent_minor_units() + amount);
    change.set_left_minor_units(change.left_minor_units() - amount);
  }
}

}  // namespace oriundo
