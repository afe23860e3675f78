// Model: what the ledger should do, told a second time, slowly and obviously.
//
// Written from the domain notes and the design notes, not from the ledger's code, and sharing nothing with server/rules: plain
// structs, loops and sums. What can be recounted from the facts (contributions, releases, proposals) is recounted at every look;
// only what depends on the order of events (whose money was drawn) is kept as a running figure. For tests only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/ledger/command.h"

namespace oriundo::model {

// Why a command must be refused: any of these, whichever a reader of the rules would meet first. Empty: it must be accepted.
using Reasons = std::set<v1::ErrorReason>;

// Parts of `total` by `weights`, largest remainder, ties to the earlier (domain notes 4.1).
std::vector<int64_t> Share(int64_t total, const std::vector<int64_t>& weights);

struct Organization {
  v1::OrganizationKind kind = v1::ORGANIZATION_KIND_UNSPECIFIED;
  std::string parent;
  // Empty where it was never registered.
  std::string valid_from, valid_to;
  std::string issuer = {};
  // What was said last about its registration, and who said it where that froze it.
  v1::Organization::RegistrationState state = v1::Organization::REGISTRATION_STATE_UNSPECIFIED;
  std::string frozen_by = {};
  // Who endorses it, until taken back; empty where nobody does.
  std::string endorser = {}, endorsed_from = {}, endorsed_to = {};
  bool endorsement_ended = false;
  // Names it bore, the last one being its own.
  std::vector<std::string> names = {};
  std::string merged_into = {}, wants_into = {};
  // Federations that it left, and when it left each last.
  std::map<std::string, int64_t> left = {};
  // The federation that was asked to take it.
  std::string wants_below = {};
  // By source: when somebody last looked.
  std::map<std::string, std::string> listed = {};
  int64_t acknowledged = -1;
};

struct Community {
  v1::MarginalisationBand band = v1::MARGINALISATION_BAND_UNSPECIFIED;
  bool priority = false;
  std::string name;
  // Who alone changes it beside the administrator; and the entry that saved it last.
  std::string keeper = {};
  int64_t last_sequence = 0;
};

struct Pool {
  std::string program, funder;
  int year = 0;
  int64_t budget = 0;
  // True once its budget was cut: only then may more be promised than it holds.
  bool cut = false;
};

// Which years of a programme are closed, and who wants one of them open again.
struct Books {
  std::set<int> closed;
  // 0 where nobody asked.
  int reopening = 0;
  std::string proposer, principal;
  // From this time on nobody agrees to it any more, microseconds since 1970 UTC.
  int64_t expires_us = 0;
};

// What one club, federation or place has got out of a programme's year.
struct Counted {
  int64_t projects = 0, matched = 0, pooled = 0;
};

struct Pledge {
  std::string party;
  // In the project's currency.
  int64_t value = 0;
  // When what is not paid of it lapses; 0 where never. No more once it has, or once nobody pays any more.
  int64_t lapses_us = 0;
  bool watched = false, has_lapsed = false;
  int64_t lapsed = 0;
  std::string deadline = {};
};

struct InKind {
  std::string party, declarer;
  v1::InKind::State state = v1::InKind::DECLARED;
  int64_t declared = 0, appraised = 0;
  // Of what was declared, thousandths.
  int64_t quantity = 0;
};

struct Contract {
  int64_t amount = 0;
  // Kept in the box of what was held back, by category.
  std::map<std::string, int64_t> forfeited = {};
  // These categories, as they came.
  std::vector<std::string> forfeited_first = {};
};

struct Contribution {
  std::string party, declarer;
  v1::Contribution::State state = v1::Contribution::DECLARED;
  int64_t declared = 0, credited = 0;
  // The pledge that it pays, or empty.
  std::string pledge = {};
  bool has_receipt = false;
  int changes = 1;
  // What brings it from another project; empty where nothing does.
  std::string reallocation = {};
};

struct Release {
  std::string party, tranche;
  v1::Release::State state = v1::Release::RELEASED;
  int64_t sent = 0, credited = 0;
  // Of what was sent, what had not been sent before.
  int64_t fresh = 0;
  // After a return: what had been spent and is to be paid again, and what of it was.
  int64_t owed = 0, repaid = 0;
  // The year in which it arrived; 0 before.
  int year = 0;
  // Out of which years' pools it was sent, and how much of that has not come back.
  std::map<int, int64_t> from = {};
};

// What the pool of one year has promised to a party's project and not released, and what it has released.
struct PoolShare {
  int64_t promised = 0, released = 0;
};

struct Expenditure {
  // What left the box.
  int64_t amount = 0;
  std::string category;
  bool reversed = false;
  // One a party: drawn, and of that given back.
  std::vector<int64_t> drawn, back;
  // Under which contract, and what of the invoice was not paid now; of an advance, what came back.
  std::string contract = {};
  v1::PaymentPurpose purpose = v1::PAYMENT_PURPOSE_UNSPECIFIED;
  int64_t retained = 0, amortised = 0, recovered = 0;
  // Each time that something came back, by the entry.
  struct Recovery {
    int64_t amount = 0;
    std::vector<int64_t> back;
    bool reversed = false;
  };
  std::map<int64_t, Recovery> recoveries = {};
  // Recoveries and what reversed them.
  int changes = 0;

  bool is_invoice() const { return purpose != v1::ADVANCE && purpose != v1::RETENTION_RELEASE; }
};

struct Interest {
  int64_t amount = 0;
  bool reversed = false;
};

// Money that nobody has been found for.
struct Deposit {
  int64_t amount = 0;
  std::string day;
  v1::Deposit::State state = v1::Deposit::UNIDENTIFIED;
  // What it was after all.
  std::string became;
};

struct BankLine {
  std::string day, reference;
  int64_t amount = 0;
  // What parts of it belong to, or to the reversal of what, oldest first.
  struct Match {
    std::string with;
    bool reversal = false;
    int64_t amount = 0;
  };
  std::vector<Match> matches;
  // All that was ever confirmed with it.
  std::vector<std::string> confirmed;
  // True where somebody said that it belongs to nothing, until somebody says otherwise.
  bool apart = false;
  int changes = 1;

  int64_t matched() const {
    int64_t sum = 0;
    for (const Match& match : matches) sum += match.amount;
    return sum;
  }
  int64_t left() const { return amount - matched(); }
  bool has(const std::string& with, bool reversal) const {
    for (const Match& match : matches) {
      if (match.with == with && match.reversal == reversal) return true;
    }
    return false;
  }
  v1::BankLine::State state() const {
    if (matches.empty()) return apart ? v1::BankLine::SET_APART : v1::BankLine::OPEN;
    return left() == 0 ? v1::BankLine::MATCHED : v1::BankLine::PARTLY_MATCHED;
  }
};

struct BankStatement {
  v1::BankStatement::State state = v1::BankStatement::IMPORTING;
  std::string account, first_date, last_date;
  int64_t opening = 0, closing = 0, count = 0;
  std::vector<BankLine> lines;
};

// What a confirmation names at the bank.
struct AtBank {
  bool has_reference = false, part_of_line = false;
  // The account is empty where the request says of none.
  std::string reference, line, deposit, account = {};
};

template <typename BankRequest>
AtBank BankOf(const BankRequest& request) {
  AtBank bank;
  bank.has_reference = request.has_bank_reference();
  bank.reference = request.bank_reference().reference_commitment();
  bank.line = request.bank_line();
  bank.part_of_line = request.part_of_line();
  if constexpr (requires { request.deposit().size(); }) bank.deposit = request.deposit();
  if constexpr (requires { request.account(); }) bank.account = request.account().number_commitment();
  return bank;
}

struct Refund {
  std::string party;
  int64_t principal = 0, interest = 0;
  bool reversed = false;
  std::string reallocation = {};
};

// Money on its way to another project.
struct Reallocation {
  v1::Reallocation::State state = v1::Reallocation::APPROVED;
  std::string party, target, refund, contribution;
  int64_t amount = 0;
};

struct Amendment {
  v1::Amendment::State state = v1::Amendment::OPEN;
  int64_t expires_us = 0;
  std::string proposer;
  v1::AmendmentTerms terms;
  // In the order in which they are looked through.
  std::vector<std::string> signers;
  std::set<std::string> has_signed;
  std::map<std::string, std::string> signed_by = {};
  // How many amendments were in force when it was proposed.
  std::size_t version = 0;
};

struct Repayment {
  std::string party;
  int64_t amount = 0;
  // What of it went to whoever had covered; and what counts for returned releases again, by their names.
  int64_t covered = 0;
  std::map<std::string, int64_t> releases;
  bool reversed = false;
  // What of it only undoes that the party had money twice.
  int64_t twice = 0;
};

struct Report {
  v1::ProgressReport::State state = v1::ProgressReport::REPORTED;
  int64_t reported = 0, verified = 0;
  std::set<std::string> countersigned = {};
};

struct Proposal {
  v1::Proposal::State state = v1::Proposal::OPEN;
  // From this time on nobody approves it any more, microseconds since 1970 UTC.
  int64_t expires_us = 0;
  std::string proposer, principal;
  // One of these three.
  std::string tranche, release;
  int64_t amount = 0;
  std::string target;
  // Of an advance, the entry of the recovery that is meant.
  std::optional<int64_t> recovery = {};
  // True where the target was a release on its way when this was proposed.
  bool target_moving = false;
  int target_recoveries = 0;
  std::optional<v1::Expenditure> expenditure;
  std::string expenditure_id;
  // The types of the documents that came with it.
  std::set<v1::DocumentType> documents;
  // What the reversal's bank says, or when the expenditure was paid.
  std::string bank_day;
  // The deposit with which what was paid came back.
  std::string deposit;
  // Conditions to let go, and of which tranche; or money to move.
  std::string waiver_tranche = {};
  std::set<v1::Tranche::Waiver> waivers = {};
  std::optional<v1::Proposal::ReallocationAction> reallocation = {};
  // To keep `amount` of what is retained under a contract.
  std::string contract = {};
  v1::SpendingCategory category = v1::SPENDING_CATEGORY_UNSPECIFIED;
  int64_t kept = 0;
  // To give a party back what it has left at the end of a year.
  std::string returned_to = {};
  int year = 0;
  int64_t money = 0, interest = 0;
};

struct Tranche {
  std::string party;
  int ordinal = 0;
  int64_t amount = 0;
  // Never sent yet, or come back whole. What is neither unsent nor out nor in the box, banks have kept.
  int64_t unsent = 0;
  // Empty where the rule names none.
  std::string due_date;
  std::set<v1::Tranche::Waiver> waived = {};
  // Of what arrived, what went back because a year ended.
  int64_t back = 0;
};

struct Party {
  std::string organization, role;
  // The tolerance is frozen when the project is submitted.
  int64_t due = 0, tolerance = 0;
  bool has_signed = false;
  // What depends on the order of events.
  int64_t left = 0, spent = 0, refunded = 0, equalised = 0, payable = 0, interest = 0, interest_paid = 0, paid_in = 0,
          taken_back = 0;
  // Contributions taken back although spent and not yet repaid; and repaid.
  int64_t contribution_owed = 0, contribution_repaid = 0;
  // Taken back beyond what the box held: covered by nobody knows whom, until repaid.
  int64_t unknown = 0;
  // What went back to it because years ended, and what of that had been given beyond the due; what a bank took back a second
  // time.
  int64_t back_at_year_end = 0, beyond_back = 0, twice = 0;
  // What went back of the money of the year in which the latest came, by year.
  std::map<int, int64_t> back_of_year = {};
  // What it owes since days after the agreement, oldest first.
  std::vector<std::pair<std::string, int64_t>> owed_later = {};
  // Who took its place, whose place it took, and when.
  std::string replaced_by, replaces, joined_date;
  // Of a club that left: what counted in kind then.
  int64_t kept_in_kind = 0;
  // By year; none where no pool pays.
  std::map<int, PoolShare> pools = {};
};

struct Project {
  int64_t created = 0;
  v1::Project::State state = v1::Project::DRAFT;
  // The state that it was suspended in; unspecified where it is not suspended.
  v1::Project::State behind = v1::Project::STATE_UNSPECIFIED;
  std::string program, rule, club, executor, committee, currency, locality;
  v1::ProjectCategory category = v1::PROJECT_CATEGORY_UNSPECIFIED;
  int year = 0;
  // What was asked for in place of `total`, where a cap made it smaller; otherwise 0.
  int64_t total = 0, requested = 0, interest = 0;
  std::vector<std::string> absent;
  // By role, in the rule's order; none before it is submitted.
  std::vector<int64_t> role_weights;
  // Thousandths of the unit: to be built; last said by the executor; most found by an inspector.
  int64_t planned = 0, reported = 0, found = 0;
  // The same, as confirmed with completion.
  int64_t confirmed = 0;
  std::vector<Party> parties;
  bool executor_signed = false, completion_reported = false;
  // True from approval on, until cancelled or settled: funders' money is promised to it.
  bool promised = false;
  // What its approval is counted in; and once the promises have ended, what of them is still counted.
  std::set<std::string> tallies;
  Counted counted_at_end;
  std::string account;
  // The day each signature names, by who signed.
  std::map<std::string, std::string> signed_on;
  std::set<std::string> handover;
  // The persons who signed the agreement and the handover, by whom they signed for.
  std::map<std::string, std::string> agreed_by = {}, handover_by = {};
  // For whom its clubs count: the federation of each when it was submitted.
  std::map<std::string, std::string> federations;
  // Who objects, by the objection's id, until that one takes it back.
  std::map<std::string, std::string> objections;
  int64_t last_sequence = 0;
  // By full names.
  std::map<std::string, Tranche> tranches;
  std::map<std::string, Pledge> pledges;
  std::map<std::string, InKind> in_kinds;
  std::map<std::string, Contract> contracts;
  // When it is cancelled unless all have signed; 0 where there is no such day.
  int64_t agreement_ends_us = 0;
  std::map<std::string, Contribution> contributions;
  std::map<std::string, Release> releases;
  std::map<std::string, Expenditure> expenditures;
  std::map<std::string, Proposal> proposals;
  std::map<std::string, Report> reports;
  std::map<std::string, Interest> interests;
  std::map<std::string, Refund> refunds;
  std::map<std::string, Repayment> repayments;
  std::map<std::string, Deposit> deposits;
  std::map<std::string, BankStatement> statements;
  // In the order in which they were completed.
  std::vector<std::string> complete_statements;
  // What each reference ever confirmed.
  std::map<std::string, std::set<std::string>> references;
  // The bank's day of what was confirmed, an appraisal's own.
  std::map<std::string, std::string> bank_days;
  // The account that was agreed on when it was confirmed.
  std::map<std::string, std::string> came_to = {};
  // What lines of that day and amount ever confirmed.
  std::map<std::pair<std::string, int64_t>, std::vector<std::string>> by_movement = {};
  // Balances that were carried, by the entry: how much, and to which account.
  std::map<int64_t, std::pair<int64_t, std::string>> carries = {};
  // What was confirmed, or reversed, out of suspense.
  std::set<std::pair<std::string, bool>> from_suspense;
  std::map<std::string, Amendment> amendments;
  std::map<std::string, Reallocation> reallocations;
  // What an agreement says beside money.
  std::string title, works_start, works_end;
  v1::QuantityUnit unit = v1::QUANTITY_UNIT_UNSPECIFIED;
  // Names of the amendments in force, oldest first; accounts that were the agreed one; what of the box is not seen on the new one.
  std::vector<std::string> in_force, former_accounts, former_executors;
  // Which account of the ledger the agreed one is. Accounts on which something was seen while they were the agreed one; whether it was on the one that is; and whether another project took
  // it over once this one was cancelled.
  std::string account_use = {};
  std::set<std::string> seen_accounts = {};
  bool account_seen = false, account_lost = false;
  int64_t uncarried = 0;
};

class Model {
 public:
  // Judges the command as the next one at this time, and if it is to be accepted takes it in as the entry `stamp.sequence`.
  Reasons Apply(const Command& command, Stamp stamp);

  // Empty where the ledger's record is what this model says; otherwise the first difference.
  std::string Compare(const std::string& name, const google::protobuf::Message& record) const;

  // The day on which the last accepted command counts.
  const std::string& effective_day() const { return effective_day_; }

  // Facts, for whoever makes up the next command.
  const std::map<std::string, Organization>& organizations() const { return organizations_; }
  const std::map<std::string, Community>& communities() const { return communities_; }
  const std::map<std::string, v1::Program>& programs() const { return programs_; }
  const std::map<std::string, v1::RuleVersion>& rules() const { return rules_; }
  const std::map<std::string, Pool>& pools() const { return pools_; }
  const std::map<std::string, Project>& projects() const { return projects_; }
  const std::map<std::string, Books>& books() const { return books_; }
  static v1::Project::State Behind(const Project& project);
  // Who owes what of which total, and what each role weighs: the rule's weights, but for absences and for what caps move.
  struct Division {
    int64_t total = 0;
    std::vector<int64_t> dues, role_weights;
    // True where a role still owes more than it may.
    bool over_cap = false;
  };
  // By role. REQUIRES: the roles of `absent` may be.
  static Division DivideRoles(const v1::RuleVersion& rule, int64_t total, const std::set<std::string>& absent);
  // Proposals and amendments that wait.
  static int OpenProposals(const Project& project);
  bool IsUnderfunded(const std::string& pool) const;
  Counted TallyOf(const std::string& name) const;
  // Of tallies that count together, each project once.
  Counted TogetherOf(const std::set<std::string>& names) const;
  // What the project is counted with.
  Counted CountedWith(const Project& project) const;

  // Recounted figures of one party of a project.
  // Of what is payable, what is to go to other projects.
  int64_t Reallocating(const Project& project, const Party& party) const;
  // What the bank account holds.
  // Something was seen on the agreed account.
  static void See(Project& project);
  // Another project has the account, or had it when something was seen on it.
  void RequireAccountFree(const std::string& use, Reasons& reasons) const;
  // The account is the agreed one, and no other project took it over; or one that was the agreed one before.
  void RequireAccount(const Project& project, const v1::Account& account, Reasons& reasons);
  void RequireAccountEver(const Project& project, const v1::Account& account, Reasons& reasons);
  template <typename Request>
  void RequireAccountOf(const Project& project, const Request& request, Reasons& reasons) {
    request.deposit().empty() ? RequireAccount(project, request.account(), reasons)
                              : RequireAccountEver(project, request.account(), reasons);
  }
  // Where an obligation may be proposed and approved.
  static std::set<v1::Project::State> ObligationStates(const Project& project, const v1::Expenditure& expenditure);
  // Itself and all that it was merged into; and who stands so many levels above any of these.
  std::set<std::string> Chain(std::string name) const;
  std::set<std::string> Over(const std::string& name, int levels) const;
  // From now on the touched project has it.
  void TakeAccount(const std::string& use);
  int64_t Bank(const Project& project) const;
  int64_t Pledged(const Project& project, const Party& party) const;
  int64_t Declared(const Project& project, const Party& party) const;
  int64_t Verified(const Project& project, const Party& party) const;
  int64_t Committed(const Project& project, const Party& party) const;
  int64_t Proposed(const Project& project, const Party& party) const;
  int64_t Released(const Project& project, const Party& party) const;
  int64_t Received(const Project& project, const Party& party) const;
  int64_t OverMatch(const Project& project, const Party& party) const;
  // Of what it owes in tranches, what has neither arrived nor was kept by banks.
  int64_t NotArrived(const Project& project, const Party& party) const;
  int64_t Receivable(const Project& project, const Party& party) const;
  int64_t Transit(const Project& project, const Party& party) const;
  // In kind: declared, given, and what of that counts.
  int64_t InKindDeclared(const Project& project, const Party& party) const;
  int64_t InKindGiven(const Project& project, const Party& party) const;
  int64_t InKindCounting(const Project& project, const Party& party, int64_t given) const;
  // What towards its due is there, money and goods.
  int64_t Confirmed(const Project& project, const Party& party) const;
  // Handed over, and a bank has taken back since what the party owes: such a share is made good.
  bool FellShort(const Project& project, const std::string& party) const;
  // Under a contract, or where `contract` is empty under all: held back, open of what was paid in advance, paid in advance.
  static int64_t Retained(const Project& project, const std::string& contract);
  static int64_t AdvanceOpen(const Project& project, const std::string& contract);
  static int64_t Advanced(const Project& project, const std::string& contract);
  // By category: what invoices document.
  static std::map<std::string, int64_t> Spent(const Project& project);
  // Of a pledge, what is neither declared nor verified.
  static int64_t OpenOf(const Project& project, const std::string& pledge);
  // What a party would return for a year: money and interest.
  std::pair<int64_t, int64_t> YearEnd(const Project& project, const Party& party, int year) const;
  // Sums over what is left, and over a pool's projects.
  int64_t Box(const Project& project) const;
  // What somebody unknown covers of money that was taken back when the box did not hold it.
  int64_t Unknown(const Project& project) const;
  int64_t PoolCommitted(const std::string& name) const;
  int64_t PoolReleased(const std::string& name) const;
  // Of a tranche, what is on its way, received or owed back.
  int64_t TrancheReleased(const Project& project, const std::string& tranche) const;
  // What of it arrived and counts.
  int64_t TrancheArrived(const Project& project, const std::string& tranche) const;
  // The year in which the party's latest money came in tranches, and what counts of that year's.
  static int LatestYear(const Project& project, const Party& party);
  static int64_t OfLatestYear(const Project& project, const Party& party);
  // From `day` on it owes so much more, or less.
  static void OweLater(Party& party, const std::string& day, int64_t change);
  // True where a tranche may still go out once the project is completed.
  bool MayGoOutLate(const Project& project, const std::string& tranche) const;
  // What may still be released out of a tranche by its own amount, and by the bound of its role; `own` is reserved by the asker
  // itself.
  int64_t TrancheLeft(const Project& project, const std::string& tranche, int64_t own) const;
  int64_t BoundLeft(const Project& project, const std::string& role, int64_t own) const;
  const v1::FunderRole* RoleOf(const Project& project, const std::string& role) const;
  // The name of a statement's line, its ordinal from 1.
  static std::string LineName(const std::string& statement, std::size_t ordinal);
  // What stands in suspense because nobody knows whose it is.
  static int64_t Unidentified(const Project& project);
  // What the bank moved for something, or for its reversal; nothing where it moved nothing.
  static std::optional<int64_t> Moved(const Project& project, const std::string& name, bool reversal);
  // What lines, or a deposit that it came out of, cover of what the bank moved for it.
  static int64_t Covered(const Project& project, const std::string& name, bool reversal);
  // What forbids to release `asked` (absent: all that can be) out of a tranche; `amount` is what would be released, `own` is
  // reserved by the asker itself. `documents` came with the proposal; null where none are asked for yet.
  Reasons ReleaseFaults(const Project& project, const std::string& tranche, std::optional<int64_t> asked, int64_t own,
                        const std::set<v1::DocumentType>* documents, int64_t& amount) const;

 private:
  Reasons Do(const v1::LedgerCreated& request);
  Reasons Do(const v1::TextsErased& request);
  Reasons Do(const v1::CreateOrganizationRequest& request);
  Reasons Do(const v1::RegisterOrganizationRequest& request);
  Reasons Do(const v1::SubmitRegistrationRequest& request);
  Reasons Do(const v1::RejectRegistrationRequest& request);
  Reasons Do(const v1::SuspendRegistrationRequest& request);
  Reasons Do(const v1::DisputeRegistrationRequest& request);
  Reasons Do(const v1::ReinstateRegistrationRequest& request);
  Reasons Do(const v1::RevokeRegistrationRequest& request);
  Reasons Do(const v1::EndorseOrganizationRequest& request);
  Reasons Do(const v1::RevokeEndorsementRequest& request);
  Reasons Do(const v1::RenameOrganizationRequest& request);
  Reasons Do(const v1::ChangeFederationRequest& request);
  Reasons Do(const v1::AcceptClubRequest& request);
  Reasons Do(const v1::ProposeMergeRequest& request);
  Reasons Do(const v1::AcceptMergeRequest& request);
  Reasons Do(const v1::RecordDirectoryEntryRequest& request);
  Reasons Do(const v1::AcknowledgeFeedRequest& request);
  Reasons Do(const v1::SaveCommunityRequest& request);
  Reasons Do(const v1::CreateProgramRequest& request);
  Reasons Do(const v1::PublishRuleVersionRequest& request);
  Reasons Do(const v1::CreatePoolRequest& request);
  Reasons Do(const v1::IncreasePoolBudgetRequest& request);
  Reasons Do(const v1::ReducePoolBudgetRequest& request);
  Reasons Do(const v1::CloseFiscalYearRequest& request);
  Reasons Do(const v1::ProposeReopeningRequest& request);
  Reasons Do(const v1::WithdrawReopeningRequest& request);
  Reasons Do(const v1::ReopeningExpired& request);
  Reasons Do(const v1::ApproveReopeningRequest& request);
  Reasons Do(const v1::CreateProjectRequest& request);
  Reasons Do(const v1::UpdateProjectRequest& request);
  Reasons Do(const v1::SubmitProjectRequest& request);
  Reasons Do(const v1::PrevalidateProjectRequest& request);
  Reasons Do(const v1::ApproveProjectRequest& request);
  Reasons Do(const v1::RejectProjectRequest& request);
  Reasons Do(const v1::SignAgreementRequest& request);
  Reasons Do(const v1::ProposeAmendmentRequest& request);
  Reasons Do(const v1::SignAmendmentRequest& request);
  Reasons Do(const v1::WithdrawAmendmentRequest& request);
  Reasons Do(const v1::AmendmentExpired& request);
  Reasons Do(const v1::CarryBalanceRequest& request);
  Reasons Do(const v1::ProposeWaiverRequest& request);
  Reasons Do(const v1::ProposeReallocationRequest& request);
  Reasons Do(const v1::CancelReallocationRequest& request);
  Reasons Do(const v1::AuthorizeProjectRequest& request);
  Reasons Do(const v1::SuspendProjectRequest& request);
  Reasons Do(const v1::ResumeProjectRequest& request);
  Reasons Do(const v1::ReportProgressRequest& request);
  Reasons Do(const v1::VerifyProgressRequest& request);
  Reasons Do(const v1::CountersignProgressRequest& request);
  Reasons Do(const v1::ObjectToProjectRequest& request);
  Reasons Do(const v1::WithdrawObjectionRequest& request);
  Reasons Do(const v1::ReportCompletionRequest& request);
  Reasons Do(const v1::ConfirmCompletionRequest& request);
  Reasons Do(const v1::SignHandoverRequest& request);
  Reasons Do(const v1::SettleProjectRequest& request);
  Reasons Do(const v1::CloseProjectRequest& request);
  Reasons Do(const v1::CancelProjectRequest& request);
  Reasons Do(const v1::CreatePledgeRequest& request);
  Reasons Do(const v1::DeclareContributionRequest& request);
  Reasons Do(const v1::EvidenceContributionRequest& request);
  Reasons Do(const v1::VerifyContributionRequest& request);
  Reasons Do(const v1::RejectContributionRequest& request);
  Reasons Do(const v1::WithdrawContributionRequest& request);
  Reasons Do(const v1::ProposeReleaseRequest& request);
  Reasons Do(const v1::ProposeReversalRequest& request);
  Reasons Do(const v1::ProposeExpenditureRequest& request);
  Reasons Do(const v1::ApproveProposalRequest& request);
  Reasons Do(const v1::WithdrawProposalRequest& request);
  Reasons Do(const v1::ProposalExpired& request);
  Reasons Do(const v1::PledgeLapsed& request);
  Reasons Do(const v1::Deadline& request);
  Reasons Do(const v1::DeclareInKindRequest& request);
  Reasons Do(const v1::AppraiseInKindRequest& request);
  Reasons Do(const v1::RejectInKindRequest& request);
  Reasons Do(const v1::WithdrawInKindRequest& request);
  Reasons Do(const v1::RecordContractRequest& request);
  Reasons Do(const v1::RecoverAdvanceRequest& request);
  Reasons Do(const v1::ProposeForfeitureRequest& request);
  Reasons Do(const v1::ProposeYearEndReturnRequest& request);
  Reasons Do(const v1::MoveCommitmentRequest& request);
  Reasons Do(const v1::ReceiveReleaseRequest& request);
  Reasons Do(const v1::RecordExpenditureRequest& request);
  Reasons Do(const v1::RecordInterestRequest& request);
  Reasons Do(const v1::ApportionRefundsRequest& request);
  Reasons Do(const v1::PayRefundRequest& request);
  Reasons Do(const v1::RecordRepaymentRequest& request);
  Reasons Do(const v1::RecordDepositRequest& request);
  Reasons Do(const v1::StartBankStatementRequest& request);
  Reasons Do(const v1::AddBankLinesRequest& request);
  Reasons Do(const v1::DiscardBankStatementRequest& request);
  Reasons Do(const v1::WithdrawBankStatementRequest& request);
  Reasons Do(const v1::MatchBankLineRequest& request);
  Reasons Do(const v1::UnmatchBankLineRequest& request);

  static bool Stands(const Project& project, const std::string& name);
  // Unspecified where it is there.
  static v1::ErrorReason NotThere(const Project& project, const std::string& name);
  static void DepositFaults(const Project& project, const std::string& name, int64_t amount, const std::string& day, Reasons& reasons);
  // What is wrong with what a confirmation of this amount and day names at the bank; and what becomes of that.
  void BankFaults(const Project& project, const AtBank& bank, int64_t amount, const std::string& day, Reasons& reasons) const;
  void TakeBank(Project& project, const AtBank& bank, const std::string& resource, bool reversal, int64_t amount);
  // What is wrong with the deposit with which something that was paid out is said to have come back.
  void ReturnFaults(const Project& project, const std::string& target, const std::string& deposit, const std::string& day,
                    Reasons& reasons) const;
  static std::string CompareBank(const Project& mine, const std::string& name, const google::protobuf::Message& record);

  // The project of that name, now the one that the command is about; or null, with the reason.
  Project* Open(const std::string& name, Reasons& reasons);
  Party* FindParty(Project& project, const std::string& organization);
  const v1::RuleVersion& RuleOf(const Project& project) const { return rules_.at(project.rule); }
  bool IsOffice(const Project& project) const { return actor_.organization == programs_.at(project.program).office(); }
  bool IsCommittee(const Project& project) const;
  bool IsNamedVerifier(const Project& project, const std::string& organization) const;
  bool IsIndependentVerifier(const Project& project, const std::string& declarer) const;
  // That the actor is one, and is not frozen.
  void RequireVerifier(const Project& project, const std::string& declarer, Reasons& reasons) const;
  bool IsIndependent(const Project& project, const std::string& verifier, const std::string& declarer) const;
  bool IsDisputed(const std::string& name) const;
  bool ActsFor(const std::string& club) const;
  // Nobody acts for another one while frozen itself.
  void RequireActsFor(const std::string& club, Reasons& reasons) const;
  bool IsClosed(const std::string& program, int year) const;
  // Who stands for an organisation after all mergers; and who stands above it so.
  std::string Now(std::string name) const;
  std::string Above(const std::string& name) const;
  bool IsFrozen(const std::string& organization) const;
  bool IsMerged(const std::string& organization) const;
  // The fault of an organisation that must be registered: not valid or frozen; nothing where all is well.
  void RequireRegistered(const std::string& organization, Reasons& reasons) const;
  // The same, where whoever it was merged into is registered in its place.
  void RequireStanding(const std::string& organization, Reasons& reasons) const;
  // The club and everybody on the club's side of a project.
  std::set<std::string> ClubSide(const Project& project) const;
  void RequireEndorsed(const Project& project, const std::string& today, Reasons& reasons) const;
  void RequireEligible(const std::string& rule, const std::string& locality, Reasons& reasons) const;
  // What an organisation of the directory may be told by whom.
  bool IsOwnFederation(const Organization& organization) const;
  bool IsIssuer(const Organization& organization) const;
  void RequireMayIssue(const std::string& name, Reasons& reasons) const;
  void RequireMayTakeAway(const std::string& name, Reasons& reasons) const;
  void RequireOwnNote(Reasons& reasons) const;
  bool MayDescribe(const std::string& name) const;
  Reasons MergeFaults(const std::string& name, const std::string& successor) const;
  bool IsRegistered(const std::string& organization) const;
  bool RefundOpen(const Project& project) const;
  bool IsClubParty(const Project& project, const Party& party) const;
  // What each year's pool promises where all together promise `promised`: the earlier ones as before, the last ones the
  // difference.
  static std::map<int, int64_t> PromisedBy(const Project& project, const Party& party, int64_t promised);
  // Divides what became of the party's money among its pools, as far as the command changed it.
  void SharePools(Project& project, Party& party) const;
  // The pool that pays a party first, which need not exist; empty where none does.
  std::string PoolOf(const Project& project, const Party& party) const;
  bool MayInspect(const Project& project) const;
  // Who looks at the works for the community: the committee, or a mirror club of the club.
  bool Supervises(const Project& project) const;
  bool BelongsToExecutor(const Project& project) const;
  // Whose word counts: not merged, not frozen, and registered where it must be.
  void RequireGoodStanding(Reasons& reasons) const;
  // One person signs for one organisation, and for whom that stands.
  void RequireOwnSigner(const std::string& signer, const std::string& principal, Reasons& reasons) const;
  bool AnswersForYear(const std::string& program, int year) const;
  // The day itself, or where its year is closed the first one after it that is not.
  std::string OpenDay(const std::string& program, const std::string& day) const;
  // What a rule version says badly about caps, absences, documents, tallies, conditions and waiting.
  bool IsRuleWellFormed(const v1::RuleVersion& rule) const;
  void RequireDocuments(const Project& project, v1::ProjectStep step, const google::protobuf::RepeatedPtrField<v1::Evidence>& documents,
                        Reasons& reasons) const;
  // What the approval of this project is counted in by one cap: the names of tallies; and for each the tallies that count together with it.
  std::map<std::string, std::set<std::string>> TalliesOf(const Project& project, const v1::CumulativeCap& cap) const;
  void CumulativeFaults(const Project& project, Reasons& reasons) const;
  // What parties that pay in tranches are to pay, and what of it pools do.
  Counted MatchedOf(const Project& project) const;
  // Ends what was promised to the project.
  void EndPromises(Project& project, bool settled);
  // What forbids an amendment; without a reason `after`, given as the project is, is what it becomes, and `signers` who must sign.
  void AmendmentFaults(const std::string& project_name, const v1::AmendmentTerms& terms, Project& after, std::vector<std::string>& signers,
                       Reasons& reasons) const;
  void RequireAmendable(const Project& project, Reasons& reasons) const;
  Reasons WaiverFaults(const Project& project, const std::string& tranche, const std::vector<v1::Tranche::Waiver>& waivers) const;
  // Whether `where` may get so much of what `payer` is paid back.
  void ArrivalFaults(const Project& project, const std::string& project_name, const std::string& where, const std::string& payer,
                     int64_t amount, bool beside_declared, Reasons& reasons) const;
  Reasons ReallocationFaults(const Project& project, const std::string& project_name, const v1::Proposal::ReallocationAction& action,
                             int64_t own) const;
  // The reallocation of that name, whichever project it is of; or null.
  Reallocation* FindReallocation(const std::string& name);
  // Where its money is: what arrived and was taken back there is on its way again.
  v1::Reallocation::State Whereabouts(const Reallocation& reallocation) const;
  // A new proposal of the actor, if there may be one.
  void ProposalFaults(const Project& project, const std::string& name, Reasons& reasons) const;
  Proposal& AddProposal(Project& project, const std::string& name);
  std::string Today(const Project& project) const;
  // The latest day that a signature names; empty while nobody has signed.
  std::string AgreedOn(const Project& project) const;
  // What is wrong with the day on which a bank is said to have acted.
  void RequireBankDay(const Project& project, const std::string& day, Reasons& reasons) const;
  void Draft(const v1::Project& wanted, Project& project) const;
  void CheckDraft(const v1::Project& wanted, Reasons& reasons) const;
  // The division of a draft, its dues by party.
  Division Divide(const Project& project, Reasons& reasons) const;
  void SpendingFaults(const Project& project, const std::string& name, const v1::Expenditure& expenditure,
                      Reasons& reasons) const;
  void Spend(Project& project, const std::string& name, const v1::Expenditure& expenditure);
  static void ReverseRecovery(Project& project, Expenditure& advance, int64_t sequence);
  void ReversalFaults(const Project& project, const std::string& target, std::optional<int64_t> recovery, const std::string& date,
                      Reasons& reasons) const;
  void ForfeitFaults(const Project& project, const std::string& contract, const v1::Money& amount, v1::SpendingCategory category,
                     Reasons& reasons) const;
  // A club gives nothing anew in the place of what it owes back.
  void RequireRepaidFirst(const Project& project, const Party& party, int64_t open, int64_t amount, Reasons& reasons) const;
  void YearEndFaults(const Project& project, const std::string& party, int year, Reasons& reasons) const;
  // By what cash refunds are divided.
  std::vector<int64_t> RefundWeights(const Project& project) const;
  // What of a year's end return the party has not sent again, and still owes.
  int64_t NotSentAgain(const Project& project, const Party& party) const;
  // What each party is due of all that was ever left over beyond what it had and owes, year's end returns not sent again counted in; empty
  // where nobody's cash is in.
  std::vector<int64_t> Entitled(const Project& project, int64_t unspent) const;
  // What of that counts as given since the finished work would only refund it.
  int64_t CountsAsSaved(const Project& project, const Party& party) const;
  // What each party gets of what is unspent.
  std::vector<int64_t> Refunds(const Project& project, int64_t unspent) const;
  // The worth of goods; nothing where it is no amount.
  std::optional<int64_t> WorthOf(const Project& project, int64_t quantity, const v1::Money& unit, Reasons& reasons) const;
  // A completed project takes only what still counts.
  void InKindRoom(const Project& project, const Party& party, int64_t open, int64_t worth, Reasons& reasons) const;
  // From here on nobody pays what was pledged.
  static void EndPledges(Project& project);
  int64_t EndOfDay(const Project& project, const std::string& day) const;
  // Who is further below its due than the tolerance.
  // Of one party only, where `only` names it.
  void ShareFaults(const Project& project, Reasons& reasons, const std::string& only = {}) const;
  bool IsMoving(const Project& project, const std::string& target) const;
  // The bank's day of what is reversed, or of that recovery of it; empty where it has none.
  std::string CameOn(const Project& project, const std::string& target, std::optional<int64_t> recovery) const;
  int RecoveriesOf(const Project& project, const std::string& target) const;
  // Who paid and who declared the money that a reversal is about; nobody for an expenditure.
  std::set<std::string> SourceOf(const Project& project, const std::string& target) const;
  std::string DeclarerOf(const Project& project, const std::string& target) const;
  void Reverse(Project& project, const std::string& target);
  // Takes `amount` of the party's money out of the box, as far as there is any. Returns what was the party's own.
  // `counts` is what of the amount counted as given.
  int64_t TakeBack(Project& project, Party& party, int64_t amount, int64_t counts);
  // The first amount of a project or its pools that leaves the range of amounts.
  bool InRange(const Project& project) const;
  // Whether everything that the command touched stays within the range of amounts.
  bool AllInRange() const;
  std::map<std::string, int64_t> Balances(const Project& project) const;

  std::map<std::string, Organization> organizations_;
  // Who bears a number, by who issued it and the number.
  std::map<std::pair<std::string, std::string>, std::string> folios_;
  std::map<std::string, Community> communities_;
  std::map<std::string, v1::Program> programs_;
  std::map<std::string, v1::RuleVersion> rules_;
  std::map<std::string, Pool> pools_;
  std::map<std::string, Project> projects_;
  // Which project agreed on an account last.
  std::map<std::string, std::string> account_holders_;
  std::map<std::string, Books> books_;

  // The command in hand.
  Actor actor_;
  Stamp stamp_;
  std::string touched_;
  // The touched project before the command; absent where it was created by it.
  std::optional<Project> before_;
  // In whose time it counts, and on what day a bank acted; empty where no programme or no bank has to do with it.
  std::string counting_program_, bank_day_;
  // What a bank took back by the command.
  int64_t taken_back_ = 0;
  // The account that the command says money came to.
  std::string stated_ = {};
  // What a verified contribution brings from another project, once the command is accepted; and the contribution.
  Reallocation* arrived_ = nullptr;
  std::string arrived_by_;
  std::string effective_day_;
};

}  // namespace oriundo::model
