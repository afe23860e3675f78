// Decide: one overload per writing request; and what they share. Internal to the ledger.
//
// Each walks downward through its checks and then fills the draft. nullopt means yes.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/ledger/command.h"
#include "server/ledger/draft.h"
#include "server/ledger/refusal.h"
#include "server/ledger/state.h"

namespace oriundo {

// Returns the refusal that `expression` gives, if any, from the enclosing function.
#define ORIUNDO_REFUSE_IF_ANY(expression)          \
  do {                                             \
    if (auto refusal_ = (expression)) {            \
      return refusal_;                             \
    }                                              \
  } while (false)

using MaybeRefusal = std::optional<Refusal>;
using Metadata = std::vector<std::pair<std::string, std::string>>;

// What every decision knows.
struct Context {
  State& state;
  const Command& command;
  Stamp stamp;
  // The acting organisation's record.
  const v1::Organization& actor;
};

// A project with the rule it lives under.
struct ProjectContext {
  const v1::Project* project = nullptr;
  const v1::Program* program = nullptr;
  const v1::RuleVersion* rule = nullptr;
  // Today in the programme's official time.
  std::string today;
};

// A code with its English article, "an EXECUTOR".
std::string WithArticle(const std::string& code);
// A refusal with one violation.
Refusal Refuse(v1::ErrorReason reason, std::string subject, std::string description, Metadata metadata = {});
// One violation, for lists.
Violation MakeViolation(v1::ErrorReason reason, std::string subject, std::string description, Metadata metadata = {});
// `text` with "organizations/x" and so on left as they are; amounts in words.
std::string Amount(int64_t minor_units, const std::string& currency_code);

// Loads a programme and takes its day for the entry's effective date; refuses with PROGRAM_NOT_FOUND.
MaybeRefusal LoadProgram(Context& context, const std::string& name, Draft& draft, const v1::Program*& program);
// Loads project, programme and rule version, and takes today for the entry's effective date, its project, rule version and currency.
MaybeRefusal LoadProject(Context& context, const std::string& name, Draft& draft, ProjectContext& loaded);

// Refuses with WRONG_PROJECT_STATE unless the project is in one of `states`; `deed` completes "cannot ...".
MaybeRefusal RequireState(const v1::Project& project, std::initializer_list<v1::Project::State> states, std::string_view deed);
// The same for deeds that a suspension does not stop: of a suspended project the state it returns to counts.
MaybeRefusal RequireStateAlsoSuspended(const v1::Project& project, std::initializer_list<v1::Project::State> states, std::string_view deed);
// The project's state, of a suspended project the one it returns to.
v1::Project::State StateBehind(const v1::Project& project);
// Refuses with ACTOR_NOT_ALLOWED; `who` says who may, and `metadata` which case of that reason it is and whom it names.
Refusal NotAllowed(const Context& context, std::string_view who, Metadata metadata);
// Refuses unless the actor is the programme's office, or where `committees` a committee of the rule version.
MaybeRefusal RequireOffice(const Context& context, const ProjectContext& loaded, bool committees);
// The organisation that stands for `name` now: itself, or whoever it was merged into in the end.
std::string StandsFor(const Context& context, const std::string& name);
// `name` itself and all that were merged into it, directly or one through another; nothing for an empty name. At most kMergedIntoOneMax + 1.
std::vector<std::string> WithPredecessors(const Context& context, const std::string& name);
// The organisation above this one now, mergers followed; empty where there is none.
std::string AboveOf(const Context& context, const v1::Organization& organization);
// Refuses with NOT_OWN_CLUB unless the actor is `club` itself, the organisation it was merged into or, where `club` is a club,
// the federation that it, or whoever it was merged into, belongs to; with ORGANIZATION_MERGED where it is `club` and was merged;
// with
// REGISTRATION_FROZEN where one of these others is frozen; with ORGANIZATION_NOT_FOUND where there is none of that name.
MaybeRefusal RequireOwnClub(Context& context, const std::string& club);
// True where the rule version names the organisation as a verifier, whether or not it is independent of a project.
bool IsNamedVerifier(const v1::RuleVersion& rule, const std::string& organization);
// True where organisations of some kind stand below those of `kind`.
bool MayStandAbove(v1::OrganizationKind kind);
// True for the kinds that put up a club's side of the money, and for those that pay in tranches (domain notes 1.1). No kind does both.
bool MayPayAsClub(v1::OrganizationKind kind);
bool MayPayInTranches(v1::OrganizationKind kind);
// Why somebody is not the verifier that is needed.
struct VerifierProblem {
  // The case of VERIFIER_NOT_INDEPENDENT.
  std::string case_name;
  // The other organisation that it is about; empty where there is none.
  std::string other;
  // In words, completing "organizations/x ...".
  std::string words;
};
// Nothing wrong: nullopt, where the rule version names `verifier` and it is independent of the project: not merged into another,
// no party, club, executor, committee or `declarer` of it, nor the successor of one, not above a party, the club or the declarer
// (their federation, or its confederation), nor above a club of it when that came into the project, and not directly below a
// party, the club or the executor. Otherwise what it is instead. `declarer` may be empty.
std::optional<VerifierProblem> VerifierFault(const Context& context, const v1::Project& project, const v1::RuleVersion& rule,
                                             const std::string& verifier, const std::string& declarer);
// Refuses with VERIFIER_NOT_INDEPENDENT where VerifierFault finds the actor at fault, and with REGISTRATION_FROZEN where it is
// frozen.
MaybeRefusal RequireVerifier(const Context& context, const ProjectContext& loaded, const std::string& declarer);
// Refuses with NAME_TAKEN where a record of that name exists.
template <typename T>
MaybeRefusal RequireFree(Context& context, const std::string& name) {
  if (context.state.Find<T>(name) == nullptr) return std::nullopt;
  return Refuse(v1::NAME_TAKEN, name, name + " exists already; choose another id", {{"name", name}});
}
// Refuses with INVALID_FIELD unless `minor_units` is from `minimum` to the largest amount. Admission has looked already; books
// that trusted it would take a negative amount for money that flows backwards.
MaybeRefusal RequireAmount(int64_t minor_units, std::string_view field, int64_t minimum = 1);
// The same for money of any currency; its code must be an active one.
MaybeRefusal RequireAnyMoney(const v1::Money& money, std::string_view field, int64_t minimum = 1);
// Refuses with WRONG_CURRENCY unless `money` is in the project's currency, and with INVALID_FIELD unless it is above zero and in
// range.
MaybeRefusal RequireMoney(const v1::Project& project, const v1::Money& money, std::string_view field);
// Refuses with INVALID_FIELD unless a rate is above zero and of a scale that conversions take.
MaybeRefusal RequireRate(const v1::Rate& rate, std::string_view field);
// Refuses with DATE_IN_FUTURE where `date` is after today.
MaybeRefusal RequirePast(const ProjectContext& loaded, const std::string& date, std::string_view field);
// The same for the day on which a bank acted, and with DATE_BEFORE_AGREEMENT where that is before the day the agreement was complete.
MaybeRefusal RequireBankDate(const ProjectContext& loaded, const std::string& date, std::string_view field);
// True where a document of that type is among them.
bool HasDocument(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, v1::DocumentType type);
// Adds a violation for every document that the rule version requires of the step and that is not among `documents`.
void CheckDocuments(const ProjectContext& loaded, v1::ProjectStep step, const google::protobuf::RepeatedPtrField<v1::Evidence>& documents,
                    std::vector<Violation>& faults);
// Refuses with DOCUMENT_MISSING where CheckDocuments finds some missing.
MaybeRefusal RequireDocuments(const ProjectContext& loaded, v1::ProjectStep step,
                              const google::protobuf::RepeatedPtrField<v1::Evidence>& documents);
// Refuses with DOCUMENT_MISSING unless a bank receipt is among what is attached; `deed` begins a sentence, "a release is received".
MaybeRefusal RequireBankReceipt(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, std::string_view deed);
// Why an agreement cannot name the account, or nothing: the rule version has accounts written in another form.
std::optional<Violation> AccountFormProblem(const v1::RuleVersion& rule, const v1::Account& account);
// Why the project cannot agree on the account `use`, or nothing: another project has it, or has had it and something was seen on it.
std::optional<Violation> AccountInUse(Context& context, const v1::Project& project, const std::string& use);
// Refuses with ACCOUNT_MISMATCH unless the account is the agreed one, and with ACCOUNT_IN_USE where another project took it over from a
// cancelled one.
MaybeRefusal RequireAccount(Context& context, const v1::Project& project, const v1::Account& account);
// The same, but the account may also be one that was the agreed one before an amendment.
MaybeRefusal RequireAccountEver(Context& context, const v1::Project& project, const v1::Account& account);
// The one or the other for the account that `request` names: what confirms a deposit may stand on a former account.
template <typename Request>
MaybeRefusal RequireAccountOf(Context& context, const v1::Project& project, const Request& request) {
  return request.deposit().empty() ? RequireAccount(context, project, request.account()) : RequireAccountEver(context, project, request.account());
}
// The commitment to the account that the money came to which the entry of `sequence` confirmed for `name`, a contribution, release,
// repayment, interest, deposit or an advance of which something was recovered; empty where nobody knows.
std::string CameTo(Context& context, const v1::Project& project, const std::string& name, int64_t sequence);
// The sequence of the entry that confirmed `name`; below zero where none did.
int64_t ConfirmedAt(Context& context, const std::string& name);
// Refuses with REFUND_OPEN while refunds are apportioned and not all paid.
MaybeRefusal RequireNoOpenRefund(const v1::Project& project);
// Refuses with BALANCE_NOT_CARRIED where `amount` is more than what a verifier has seen on the agreed account.
MaybeRefusal RequireCarried(const v1::Project& project, int64_t amount);
// Refuses with SIGNER_NOT_INDEPENDENT where the acting principal has signed `document` for an organisation that the actor does
// not stand for. `principal` is who signed for `organization`; empty where nobody has.
MaybeRefusal RequireOwnSigner(const Context& context, const std::string& document, const std::string& organization, const std::string& principal);
// Refuses with TOO_MANY_CHANGES where a child's record could not take another entry.
MaybeRefusal RequireRoom(int entries, const std::string& name);

// Nothing wrong: nullopt. Otherwise why the organisation is not validly registered today: REGISTRATION_INVALID or
// REGISTRATION_FROZEN. Only clubs, federations and confederations need to be registered; frozen nobody may be.
std::optional<Violation> RegistrationProblem(const Context& context, const v1::Organization& organization,
                                             const std::string& today);
// The same for whoever stands for the organisation now; the organisation's own freeze counts too.
std::optional<Violation> StandingProblem(const Context& context, const v1::Organization& organization, const std::string& today);
// Who lifts a freeze beside a consulate: who issued the registration, a federation only where it froze it itself (domain notes 1.2).
// Empty where a consulate alone does.
std::string IssuerThatReinstates(const Context& context, const v1::Organization& organization);
// The same in words: "organizations/x, which issued the registration, or a consulate".
std::string WhoReinstates(const std::string& issuer);
// Nothing wrong: nullopt. REGISTRATION_FROZEN where the organisation's registration is suspended, disputed or revoked. Names who
// can lift that.
std::optional<Violation> FrozenProblem(const Context& context, const v1::Organization& organization);
// Nothing wrong: nullopt. ORGANIZATION_MERGED where the organisation was merged into another.
std::optional<Violation> MergedProblem(const v1::Organization& organization);
// Nothing wrong: nullopt. ENDORSEMENT_MISSING where the club has no endorsement by its federation that is valid today.
std::optional<Violation> EndorsementProblem(const Context& context, const v1::Organization& club, const std::string& today);
// Loads an organisation; refuses with ORGANIZATION_NOT_FOUND.
MaybeRefusal LoadOrganization(Context& context, const std::string& name, const v1::Organization*& organization);
// Nothing wrong: nullopt. REGISTRATION_FROZEN where the registration of the organisation, or of whoever it was merged into, is in one of
// `states`, each of which freezes.
std::optional<Violation> FrozenAsProblem(const Context& context, const std::string& name,
                                         std::initializer_list<v1::Organization::RegistrationState> states);
// Refuses with REGISTRATION_FROZEN where the registration of the organisation, or of whoever it was merged into, is suspended, disputed or
// revoked.
MaybeRefusal RequireNotFrozen(Context& context, const std::string& name);
// Refuses with REGISTRATION_FROZEN where the organisation, or whoever it was merged into, is disputed: until that is decided nobody knows who
// stands behind its name.
MaybeRefusal RequireUndisputed(Context& context, const std::string& name);
// Refuses with REGISTRATION_FROZEN where the project's club, or a party of the club's role, is frozen.
MaybeRefusal RequireClubSideNotFrozen(Context& context, const ProjectContext& loaded);
// The same where one of them is disputed: no money leaves a project then (domain notes F3).
MaybeRefusal RequireClubSideUndisputed(Context& context, const ProjectContext& loaded);

// The party of an organisation, or null; its place in the project's order, or -1.
const v1::Party* FindParty(const v1::Project& project, const std::string& organization);
int PartyIndex(const v1::Project& project, const std::string& organization);
// The role of the rule version, or null.
const v1::FunderRole* FindRole(const v1::RuleVersion& rule, const std::string& role);
// The role whose money is the club's, or null.
const v1::FunderRole* ClubRole(const v1::RuleVersion& rule);
// Parties' left in order, and its sum: the money in the box that may be spent.
std::vector<int64_t> LeftOf(const v1::Project& project);
int64_t Sum(const std::vector<int64_t>& amounts);
// What stands on an account.
int64_t BalanceOf(const v1::Project& project, const std::string& account);
// What the party owes by contributions: a club its due, a party that pays in tranches nothing.
int64_t DueByContribution(const ProjectContext& loaded, const v1::Party& party);
// What of `verified` exceeds that and is kept apart as over-match (design notes, section 4). What of a club's goods counts takes
// its part of
// the due first: `counted_in_kind`, or as the party's record has it.
int64_t OverMatchOf(const ProjectContext& loaded, const v1::Party& party, int64_t verified, int64_t counted_in_kind);
int64_t OverMatchOf(const ProjectContext& loaded, const v1::Party& party, int64_t verified);
// Books that the party's over-match becomes `change` more, or less, of the same money: from its other funds or back to them, as
// far as refunds
// have left something there.
void MoveOverMatch(const v1::Project& project, const std::string& party, int64_t change, Draft& draft);
// What of the tranche was never sent, or came back to its payer. The rest is received, on its way, owed back or kept by banks.
int64_t UnsentOf(const v1::Tranche& tranche);
// The tranche of that name, or null.
const v1::Tranche* FindTranche(const v1::Project& project, const std::string& name);

// A violation POOL_EXCEEDED: the pool `name` has `free` less than `asked`; `exists` where there is such a pool at all.
Violation PoolExceeded(const std::string& name, bool exists, int64_t free, int64_t asked, const std::string& currency_code);

// What somebody unknown covers of money that was taken back when the box did not hold it: the open side of the suspense account.
int64_t OpenCover(const v1::Project& project);

// What a rule version makes of a draft.
struct Dues {
  // What the dues add up to: the project's total, or what a cap leaves of it.
  int64_t total = 0;
  // By party, in the project's order.
  std::vector<int64_t> parties;
  // By role, in the rule's order.
  std::vector<int64_t> role_weights;
};
// The dues of a draft; adds every fault of shares, absences, caps and floors to `faults`. Without faults one due for each party.
Dues ComputeDues(const v1::Project& project, const v1::RuleVersion& rule, std::vector<Violation>& faults);
// The clubs of a project, or whoever they were merged into, by name: its own club and the clubs among the parties of the club's role.
std::set<std::string> ClubsOf(Context& context, const v1::Project& project, const v1::RuleVersion& rule);
// True where one of the rule's cumulative caps sums up over `scope`.
bool HasCapOver(const v1::RuleVersion& rule, v1::CumulativeCap::Scope scope);
// Nothing wrong: nullopt. FEDERATION_MISSING where the club belongs to no federation; for rules that bound what federations get.
std::optional<Violation> FederationProblem(const Context& context, const v1::RuleVersion& rule, const v1::Organization& club);
// Writes down what the draft changes of tallies that a merger could bring together once more, as what this project is counted
// with, so that it then counts once. REQUIRES: the draft changes all tallies that the project is counted in, each by what it is
// counted with.
void ShareChanges(Draft& draft);
// Counts an approval in the tallies that the rule's cumulative caps name, and adds a violation for each cap that it breaks. `matched` is
// what tranches are to pay, `pooled` what pools pay of it, `budgets` the budgets of these pools.
void CountInTallies(Context& context, const ProjectContext& loaded, int64_t matched, int64_t pooled, int64_t budgets, Draft& draft,
                    std::vector<Violation>& faults);
// The same for an agreement that is amended: `matched` and `pooled` are what is added, below zero where it is freed. A project that
// changes clubs is wholly counted where its new club's are. Returns the tallies that it is counted in from then on.
std::vector<std::string> RecountInTallies(Context& context, const ProjectContext& before, const ProjectContext& after, int64_t matched,
                                          int64_t pooled, Draft& draft, std::vector<Violation>& faults);

// True where organisations of this kind execute works.
bool MayExecute(v1::OrganizationKind kind);
// Adds a violation where the project's committee, named in `field`, is no mirror club or works committee, stands below the
// executor, builds or pays. REQUIRES: the project names one; nothing is said where there is no such organisation.
void CheckCommittee(Context& context, const v1::Project& project, const std::string& field, std::vector<Violation>& faults);
// Adds a violation where the party's role is none of the rule's, or its kind may not fill it.
void CheckFiller(Context& context, const v1::RuleVersion& rule, const v1::Party& party, std::vector<Violation>& faults);
// Adds a violation for every club, federation or confederation among club and parties that is not validly registered today, and for every
// club of the club's side that is not endorsed where the rule asks for it. Parties that were replaced are not looked at.
void CheckRegistrations(Context& context, const ProjectContext& loaded, std::vector<Violation>& faults);
// Adds a violation where nobody could be the second person of the party's releases: the office pays itself, alone or beside the executor.
void CheckApprovable(const ProjectContext& loaded, const v1::Party& payer, std::vector<Violation>& faults);
// Nothing wrong: nullopt. Otherwise that the last day of the works lies before the first.
std::optional<Violation> WorksDatesProblem(const v1::Project& project, std::string_view field);
// Nothing wrong: nullopt. PARTY_REPLACED where another organisation has taken the party's place.
std::optional<Violation> ReplacedProblem(const v1::Party& party);
// Adds to `faults` what of the party's releases is still open: on its way, or proposed. Each with what ends it.
void CheckNoOpenRelease(const v1::Project& project, const v1::Party& party, std::vector<Violation>& faults);

// The day on which something counts that happened on `date`: that day, or where its fiscal year is closed the first day after it that is
// not (design notes, section 3).
std::string OpenDay(const v1::Program& program, const std::string& date);
// Refuses with FISCAL_YEAR_STATE where the year's books are closed: nothing new begins for it.
MaybeRefusal RequireOpenYear(const v1::Program& program, int fiscal_year);

// Refuses with TOO_MANY_PROPOSALS where as many proposals and amendments of the project are open as may be.
MaybeRefusal RequireRoomForProposal(const v1::Project& project);
// Names the proposal, its proposer and when it expires; refuses with NAME_TAKEN, and as RequireRoomForProposal.
MaybeRefusal StartProposal(Context& context, const ProjectContext& loaded, const std::string& id, const v1::Reason& reason,
                           v1::Proposal& proposal);

// Adds a violation for every party further below its due than the tolerance, or that has given nothing of it (domain notes 4.2). Returns
// what is missing to the dues in all.
int64_t CheckSharesGiven(const ProjectContext& loaded, std::vector<Violation>& faults);
// True where the project is handed over and the party's share has fallen short since, because a bank took something back: such a
// share is made
// good as in a completed project, or it could never be settled.
bool FellShortAfterHandover(const ProjectContext& loaded, const std::string& party);

// Posts that `amount` of what the party put in goes back to it: first of what it put in towards its due, then of the voluntary excess.
void PostOutOfFunds(const v1::Project& project, const std::string& party, int64_t amount, Draft& draft);

// Draws `amounts` (one per party) from the parties' left as spending.
void DrawSpending(const v1::Project& project, const std::vector<int64_t>& amounts, Draft& draft);

// The checks of a waiver, for a proposal and at approval: each condition must stand in the way and be past meeting.
MaybeRefusal CheckWaiver(const ProjectContext& loaded, const v1::Proposal::WaiverAction& action);
// Refuses unless the project `name` may get `asked` of `payer`'s refund out of `project`: of the same currency, still taking contributions, and
// owed at least so much by the payer on the clubs' side beside what counts in kind and, where `beside_declared`, what is
// declared. Asked again
// when the money is sent: what is declared then may be this very money.
MaybeRefusal RequireReallocationTarget(Context& context, const v1::Project& project, const std::string& name, const std::string& payer,
                                       int64_t asked, bool beside_declared);
// Where the money of a reallocation is: as its record says, but that what arrived and was taken back again, its contribution
// being reversed, is
// SENT, to arrive once more or to come back.
v1::Reallocation::State StateOf(Context& context, const v1::Reallocation& reallocation);
// The checks of a reallocation, for a proposal and at approval. `own_reserved` is what this very proposal keeps already.
MaybeRefusal CheckReallocation(Context& context, const ProjectContext& loaded, const v1::Proposal::ReallocationAction& action,
                               int64_t own_reserved);

// Refuses with WRONG_PROJECT_STATE where the project's state lets nothing, or nothing but last tranches, be released (domain
// notes 1.3). What banks kept of an earlier tranche that was wholly sent may go out again with the last ones, or the share could
// never be made good.
MaybeRefusal RequireReleasingState(const ProjectContext& loaded, const v1::Tranche& tranche);
// The checks of a release (domain notes 4.5), for a proposal and again at approval. `own_proposed` is what this very proposal has reserved
// already; `documents` is what it brings, null where that is not asked yet. On success `amount` is what may be released, taken from the request or, where that had none, all that tranche and bound leave.
MaybeRefusal CheckRelease(Context& context, const ProjectContext& loaded, const v1::Tranche& tranche, std::optional<int64_t> asked,
                          int64_t own_proposed, const google::protobuf::RepeatedPtrField<v1::Evidence>* documents, Draft& draft,
                          int64_t& amount);
// The checks of an expenditure, for a record and for a proposal, and at approval.
MaybeRefusal CheckExpenditure(Context& context, const ProjectContext& loaded, const std::string& id, const v1::Expenditure& expenditure);
// Books what an expenditure of which `paid` left the box does to the accounts and its contract; with `sign` -1 takes it back.
void BookExpenditure(const v1::Project& project, const v1::Expenditure& expenditure, int64_t paid, int sign, Draft& draft);
// Fills the draft with an expenditure. REQUIRES: CheckExpenditure said yes.
void MakeExpenditure(const ProjectContext& loaded, const std::string& id, const v1::Expenditure& expenditure, const std::string& recorder,
                     const std::string& proposal, Draft& draft);
// What a confirmation names at the bank; each may be empty, the reference null.
struct BankEvidence {
  const v1::BankReference* reference = nullptr;
  const std::string& line;
  const std::string& deposit;
  // The commitment to the account that the money came to; empty where the request says of none.
  const std::string& account;
  // True where the line is more than this.
  bool part_of_line = false;
};
// What `request` names, where it may name something.
template <typename BankRequest>
BankEvidence EvidenceAtBank(const BankRequest& request) {
  static const std::string none;
  const v1::BankReference* reference = request.has_bank_reference() ? &request.bank_reference() : nullptr;
  const std::string* deposit = &none;
  const std::string* account = &none;
  if constexpr (requires { request.deposit().size(); }) deposit = &request.deposit();
  if constexpr (requires { request.account(); }) account = &request.account().number_commitment();
  return {reference, request.bank_line(), *deposit, *account, request.part_of_line()};
}
// Checks what the confirmation of `resource` names at the bank, and notes it in the draft. `amount` is what the bank moved on
// `date`, credits positive.
//
// A reference is used once while what it confirmed stands (BANK_REFERENCE_USED), and asked for where the rule says so and money
// came in (BANK_REFERENCE_MISSING). A line must be of a complete statement (BANK_LINE_NOT_FOUND), of the account that the request
// names (ACCOUNT_MISMATCH), not wholly matched, and not taken out of its match with something that it confirmed and that stands
// (BANK_LINE_MATCHED); what is left of it must be of this amount or, as a part, not below it, and of this day and reference
// (BANK_LINE_MISMATCH); those who share a line share its reference. A deposit as RequireDeposit says.
MaybeRefusal TakeBankEvidence(Context& context, const ProjectContext& loaded, const std::string& resource, const BankEvidence& evidence,
                              int64_t amount, const std::string& date, Draft& draft);
// Refuses unless `name` is a deposit of the project (DEPOSIT_NOT_FOUND) that nobody has identified (WRONG_RESOURCE_STATE), of
// this amount and value date (BANK_LINE_MISMATCH).
MaybeRefusal RequireDeposit(Context& context, const v1::Project& project, const std::string& name, int64_t amount, const std::string& date);
// The account that the draft's entry takes what is confirmed from: the box, or where it identifies a deposit the suspense that it
// stands in.
std::string BoxAccount(const v1::Project& project, const Draft& draft);
// What of the party's goods and labour counts where it has given `appraised` in all: at most the rule's part of its due, and of the dues of
// those whose place it took, less what counts of theirs. Of a club that was replaced what counted goes on counting and no more does: its
// due is what it gave in both ways.
int64_t CountedInKind(const ProjectContext& loaded, const v1::Party& party, int64_t appraised);
// Fills the draft with the reversal of an appraised contribution in kind. REQUIRES: it is appraised.
void ReverseInKind(const ProjectContext& loaded, const v1::Proposal& proposal, const v1::InKind& in_kind, Draft& draft);
// What may be paid out of the box: what the parties have left, less what is retained from vendors and what somebody unknown covers.
int64_t Spendable(const v1::Project& project);
// Loads a contract of the project; refuses with CONTRACT_NOT_FOUND.
MaybeRefusal LoadContract(Context& context, const v1::Project& project, const std::string& name, const v1::Contract*& contract);
// What of its invoices was forfeited, all categories together.
int64_t ForfeitedUnder(const v1::Contract& contract);
// Books that so much of what was forfeited is kept no more, because its invoice is reversed: out of `first` before other
// categories. REQUIRES: at most ForfeitedUnder(contract); the draft has the contract's row.
void TakeBackForfeited(const v1::Project& project, const v1::Contract& contract, v1::SpendingCategory first, int64_t amount,
                       v1::ExpenditureReversed& event, Draft& draft);
// Refuses with RETENTION_TOO_SMALL, or ADVANCE_TOO_SMALL, where less than `asked` is retained, or open in advance, under the contract;
// `deed` completes "... cannot be ...".
MaybeRefusal RequireRetained(const v1::Project& project, const v1::Contract& contract, int64_t asked, std::string_view deed);
MaybeRefusal RequireAdvanced(const v1::Project& project, const v1::Contract& contract, int64_t asked, std::string_view deed);
// Of an expenditure's money, what is still every party's to answer for: drawn, less what was given back.
std::vector<int64_t> StillDrawn(const v1::Expenditure& expenditure);
// The year of a day. REQUIRES: IsDate(date).
int YearOf(const std::string& date);
// The end of the day in the programme's time, microseconds since 1970 UTC. REQUIRES: IsDate(date).
int64_t EndOfDay(const std::string& date, int utc_offset_minutes);
// The checks of a forfeiture, for a proposal and at approval, and what it books. REQUIRES of the second: the first said yes.
MaybeRefusal CheckForfeiture(Context& context, const ProjectContext& loaded, const v1::Proposal::ForfeitureAction& forfeiture);
void MakeForfeiture(const ProjectContext& loaded, const v1::Proposal& proposal, Draft& draft);
// The checks of a return at the end of a year, for a proposal and at approval: `found` says what may be returned now.
MaybeRefusal CheckYearEndReturn(Context& context, const ProjectContext& loaded, const v1::Proposal::YearEndReturnAction& asked,
                                v1::Proposal::YearEndReturnAction& found);
// Fills the draft with such a return. REQUIRES: CheckYearEndReturn found the same amounts as were proposed.
void MakeYearEndReturn(const ProjectContext& loaded, const v1::Proposal& proposal, Draft& draft);
// The deadline of `resource` in the project, or null.
const v1::Deadline* FindDeadline(const v1::Project& project, const std::string& resource);
// How many proposals are open, and how many pledges have a deadline to come.
int CountDeadlines(const v1::Project& project, std::string_view pattern);
// Adds `open_change` to what is open of the pledge; an empty name is none. Where its deadline is to come that lapses then; where it has
// passed, what becomes open lapses with this very entry (domain notes 1.4). A pledge that never lapses keeps no such account.
void ChangeOpenPledge(Context& context, const v1::Project& project, const std::string& pledge, int64_t open_change, Draft& draft);
// What a verified contribution pays of its pledge, in the project's currency: in the currency that the pledge binds where it was paid in that,
// otherwise what the bank credited; 0 where it pays none.
int64_t PaidTowardsPledge(Context& context, const v1::Project& project, const v1::Contribution& contribution);
// Unreleased commitments are simply cancelled (domain notes 4.7): the pools have them back, and the tallies count them no more. Nor do
// the tallies count a project at all that ends where `uncounted`, before anything was released.
void FreeCommitments(const ProjectContext& loaded, bool uncounted, Draft& draft);

// Adds a violation where an advance is neither amortised nor recovered.
void CheckNoOpenAdvance(const v1::Project& project, std::vector<Violation>& faults);
// The same, and where something is retained from vendors.
void CheckVendorsPaid(const v1::Project& project, std::vector<Violation>& faults);

// Whose money a reversal would take out again, and who had said that it came: empty where no party's money is.
struct MoneySource {
  std::string payer;
  std::string declarer;
};
MoneySource SourceOf(Context& context, const std::string& target);
// The recovery of the advance that the entry of that sequence recorded; null where it recorded none.
const v1::AdvanceRecovery* FindRecovery(const v1::Expenditure& advance, int64_t sequence);
// The reason for which there is no contribution, release, expenditure, refund, repayment, interest or deposit of that name.
v1::ErrorReason PostedNotFoundReason(const std::string& name);
// The checks of a reversal, for a proposal and at approval.
MaybeRefusal CheckReversal(Context& context, const ProjectContext& loaded, const v1::Proposal::ReversalAction& reversal);
// Refuses with TARGET_CHANGED where the target of a reversal has changed since it was proposed: two persons agree on the same
// facts.
MaybeRefusal RequireUnchanged(Context& context, const v1::Proposal& proposal);
// Fills the draft with a reversal. REQUIRES: CheckReversal said yes.
void MakeReversal(Context& context, const ProjectContext& loaded, const v1::Proposal& proposal, Draft& draft);

MaybeRefusal Decide(Context& context, const v1::LedgerCreated& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::TextsErased& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CreateOrganizationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RegisterOrganizationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SubmitRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RejectRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SuspendRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::DisputeRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReinstateRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RevokeRegistrationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::EndorseOrganizationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RevokeEndorsementRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RenameOrganizationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ChangeFederationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AcceptClubRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeMergeRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AcceptMergeRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordDirectoryEntryRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AcknowledgeFeedRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SaveCommunityRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CreateProgramRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::PublishRuleVersionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CreatePoolRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::IncreasePoolBudgetRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReducePoolBudgetRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CloseFiscalYearRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeReopeningRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawReopeningRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReopeningExpired& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ApproveReopeningRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CreateProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::UpdateProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SubmitProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::PrevalidateProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ApproveProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RejectProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SignAgreementRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeAmendmentRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SignAmendmentRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawAmendmentRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AmendmentExpired& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CarryBalanceRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AuthorizeProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SuspendProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ResumeProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReportProgressRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::VerifyProgressRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CountersignProgressRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ObjectToProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawObjectionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReportCompletionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ConfirmCompletionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SignHandoverRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::SettleProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CloseProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CancelProjectRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CreatePledgeRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::DeclareContributionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::EvidenceContributionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::VerifyContributionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RejectContributionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawContributionRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeReleaseRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeWaiverRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeReallocationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::CancelReallocationRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeReversalRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeExpenditureRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ApproveProposalRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawProposalRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposalExpired& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ReceiveReleaseRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordExpenditureRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordInterestRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ApportionRefundsRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::PayRefundRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordRepaymentRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordDepositRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::StartBankStatementRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AddBankLinesRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::DiscardBankStatementRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawBankStatementRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::MatchBankLineRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::UnmatchBankLineRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::DeclareInKindRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::AppraiseInKindRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RejectInKindRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::WithdrawInKindRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecordContractRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::RecoverAdvanceRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeForfeitureRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::ProposeYearEndReturnRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::MoveCommitmentRequest& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::PledgeLapsed& request, Draft& draft);
MaybeRefusal Decide(Context& context, const v1::Deadline& request, Draft& draft);

}  // namespace oriundo
