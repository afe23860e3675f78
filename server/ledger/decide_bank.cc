#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/chart.h"
#include "server/ledger/decide.h"

namespace oriundo {
namespace {

using v1::BankLine;
using v1::BankStatement;
using v1::Deposit;
using v1::Project;

// A statement whose lines are matched is not withdrawn; of how many lines it is seen whether they are, and how many are named.
constexpr int64_t kLinesLookedAtMax = 2'000;
constexpr int kLinesNamedMax = 10;

// While money may move in the box, and for the last statement, which comes when it is empty (domain notes 1.3).
MaybeRefusal RequireBankState(const Project& project, std::string_view deed) {
  return RequireStateAlsoSuspended(project,
                                   {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED,
                                    Project::HANDED_OVER, Project::CANCELLED, Project::SETTLED},
                                   deed);
}

// What stood once at the bank: what an entry posted for a resource.
struct BankPosting {
  // The entry; -1 where there is none.
  int64_t sequence = -1;
  // Credits positive.
  int64_t amount = 0;
};

// What a resource posted, and what its reversal did.
struct BankPostings {
  // True where the resource exists.
  bool found = false;
  BankPosting original;
  BankPosting reversal;
  // True while what was confirmed is not reversed.
  bool stands = false;
};

// The resource whose last entry reversed it, or made it what it is. `states`: as it stands, and reversed.
template <typename Record, typename State>
BankPostings PostingsOf(const Record& record, State standing, State reversed, int64_t amount) {
  BankPostings postings;
  postings.found = true;
  postings.stands = record.state() == standing;
  const int count = record.entry_sequences_size();
  if (postings.stands && count > 0) postings.original = {record.entry_sequences(count - 1), amount};
  if (record.state() == reversed && count > 1) {
    postings.original = {record.entry_sequences(count - 2), amount};
    postings.reversal = {record.entry_sequences(count - 1), -amount};
  }
  return postings;
}

// What was recovered of an advance by the entry of that sequence; null where that recovered nothing of it, or it is no expenditure.
const v1::AdvanceRecovery* FindRecoveryOf(Context& context, const std::string& advance, int64_t sequence) {
  if (!IsResourceName(advance, "projects/*/expenditures/*")) return nullptr;
  const auto* record = context.state.Find<v1::Expenditure>(advance);
  return record == nullptr ? nullptr : FindRecovery(*record, sequence);
}

BankPostings PostingsOfRecovery(const v1::AdvanceRecovery& recovery) {
  BankPostings postings;
  postings.found = true;
  postings.stands = !recovery.has_reversal_sequence();
  postings.original = {recovery.sequence(), recovery.minor_units()};
  if (!postings.stands) postings.reversal = {recovery.reversal_sequence(), -recovery.minor_units()};
  return postings;
}

BankPostings FindPostings(Context& context, const std::string& name) {
  if (IsResourceName(name, "projects/*/contributions/*")) {
    const auto* record = context.state.Find<v1::Contribution>(name);
    if (record == nullptr) return {};
    return PostingsOf(*record, v1::Contribution::VERIFIED, v1::Contribution::REVERSED, record->credited().minor_units());
  }
  if (IsResourceName(name, "projects/*/releases/*")) {
    const auto* record = context.state.Find<v1::Release>(name);
    if (record == nullptr) return {};
    BankPostings postings = PostingsOf(*record, v1::Release::RECEIVED, v1::Release::RETURNED, record->credited().minor_units());
    // What turned round before it arrived never stood in the box.
    if (!record->has_credited()) postings.original = postings.reversal = {};
    return postings;
  }
  if (IsResourceName(name, "projects/*/expenditures/*")) {
    const auto* record = context.state.Find<v1::Expenditure>(name);
    if (record == nullptr) return {};
    // What of an advance was recovered is back already, and each recovery is an entry of its own.
    BankPostings postings;
    postings.found = true;
    postings.stands = record->state() == v1::Expenditure::RECORDED;
    const int64_t amount = record->amount().minor_units();
    postings.original = {record->entry_sequences(0), -amount};
    if (!postings.stands) postings.reversal = {*record->entry_sequences().rbegin(), amount - record->recovered_minor_units()};
    return postings;
  }
  if (IsResourceName(name, "projects/*/refunds/*")) {
    const auto* record = context.state.Find<v1::Refund>(name);
    if (record == nullptr) return {};
    return PostingsOf(*record, v1::Refund::PAID, v1::Refund::REVERSED,
                      -(record->amount().minor_units() + record->interest().minor_units()));
  }
  if (IsResourceName(name, "projects/*/repayments/*")) {
    const auto* record = context.state.Find<v1::Repayment>(name);
    if (record == nullptr) return {};
    return PostingsOf(*record, v1::Repayment::RECORDED, v1::Repayment::REVERSED, record->amount().minor_units());
  }
  if (IsResourceName(name, "projects/*/interests/*")) {
    const auto* record = context.state.Find<v1::Interest>(name);
    if (record == nullptr) return {};
    return PostingsOf(*record, v1::Interest::RECORDED, v1::Interest::REVERSED, record->amount().minor_units());
  }
  const auto* record = context.state.Find<Deposit>(name);
  if (record == nullptr) return {};
  BankPostings postings = PostingsOf(*record, Deposit::UNIDENTIFIED, Deposit::RETURNED, record->amount().minor_units());
  // The first entry is the bank's credit, whatever became of it. It was one credit also where its money went back, so nothing
  // else may be confirmed with its reference; where it became something, that must stand.
  postings.original = {record->entry_sequences(0), record->amount().minor_units()};
  postings.stands = record->state() == Deposit::IDENTIFIED ? FindPostings(context, record->identified_as()).stands : true;
  // An expenditure or a refund that the deposit reversed stands no more, but the reversal does.
  const std::string& became = record->identified_as();
  const bool reversed_by_it = IsResourceName(became, "projects/*/expenditures/*") || IsResourceName(became, "projects/*/refunds/*");
  if (reversed_by_it) postings.stands = true;
  // Of what it recovered of an advance, the entry is the one that identified it.
  const v1::AdvanceRecovery* recovery = FindRecoveryOf(context, became, *record->entry_sequences().rbegin());
  if (recovery != nullptr) postings.stands = !recovery->has_reversal_sequence();
  return postings;
}

// Whether what the entry of that sequence confirmed still stands.
bool Stands(Context& context, const std::string& resource, int64_t sequence) {
  if (const v1::AdvanceRecovery* recovery = FindRecoveryOf(context, resource, sequence)) return !recovery->has_reversal_sequence();
  return FindPostings(context, resource).stands;
}

// What lines, or the deposit that it was, cover of a posting of this amount. `match` is null where nothing ever did.
int64_t CoveredBy(const v1::BankMatch* match, int64_t amount) {
  if (match == nullptr) return 0;
  if (match->parts().empty()) return match->line().empty() ? 0 : amount;
  int64_t covered = 0;
  for (const v1::BankMatch::Part& part : match->parts()) covered += part.minor_units();
  return covered;
}

// Loads a line of a complete statement.
MaybeRefusal LoadLine(Context& context, const std::string& name, const BankLine*& line) {
  line = context.state.Find<BankLine>(name);
  const BankStatement* statement = line == nullptr ? nullptr : context.state.Find<BankStatement>(line->statement());
  if (statement != nullptr && statement->state() == BankStatement::COMPLETE) return std::nullopt;
  return Refuse(v1::BANK_LINE_NOT_FOUND, name, "there is no bank line " + name + " in a complete statement", {{"name", name}});
}

// Refuses with BANK_LINE_MATCHED where nothing of the line is left to match.
MaybeRefusal RequireUnmatched(const BankLine& line) {
  if (line.state() != BankLine::MATCHED) return std::nullopt;
  const int others = line.matches_size() - 1;
  return Refuse(v1::BANK_LINE_MATCHED, line.name(),
                line.name() + " is matched with " + (line.matched_reversal() ? "the reversal of " : "") + line.matched_with() +
                    (others > 0 ? " and " + std::to_string(others) + " more" : "") + "; take it out of that match first",
                {{"line", line.name()}, {"matched_with", line.matched_with()}, {"case", "MATCHED"}});
}

// What of a line belongs to nothing yet, of the line's sign.
int64_t LeftOfLine(const BankLine& line) { return line.minor_units() - line.assigned_minor_units(); }

// True where `part` is of the sign of `whole`, not nothing and not beyond it.
bool IsPart(int64_t part, int64_t whole) { return whole > 0 ? part > 0 && part <= whole : part < 0 && part >= whole; }

// True where a part of the line belongs to what the entry of that sequence confirmed.
bool IsMatchedWith(const BankLine& line, int64_t sequence) {
  return std::any_of(line.matches().begin(), line.matches().end(),
                     [&](const v1::BankLineMatch& match) { return match.matched_sequence() == sequence; });
}

// A line that was taken out of its match is no evidence of anything else while what was confirmed with it stands: it is one movement.
MaybeRefusal RequireNothingConfirmed(Context& context, const BankLine& line) {
  for (const v1::BankLineMatch& confirmed : line.confirmed()) {
    if (IsMatchedWith(line, confirmed.matched_sequence()) || !Stands(context, confirmed.matched_with(), confirmed.matched_sequence())) continue;
    return Refuse(v1::BANK_LINE_MATCHED, line.name(),
                  line.name() + " has confirmed " + confirmed.matched_with() +
                      ", which stands; reverse that first, or match the line with it again",
                  {{"line", line.name()}, {"matched_with", confirmed.matched_with()}, {"case", "CONFIRMED"}});
  }
  return std::nullopt;
}

// `left` says of what the amount is left, where a part is taken already.
Refusal Mismatch(const std::string& name, const std::string& currency, int64_t is_amount, const std::string& is_date, int64_t amount,
                 const std::string& date, const std::string& left = " is ") {
  return Refuse(v1::BANK_LINE_MISMATCH, name,
                name + left + Amount(is_amount, currency) + " on " + is_date + "; what is confirmed with it is " + Amount(amount, currency) +
                    " on " + date + ", a difference of " + Amount(amount - is_amount, currency),
                {{"minor_units", std::to_string(is_amount)},
                 {"asked_minor_units", std::to_string(amount)},
                 {"difference_minor_units", std::to_string(amount - is_amount)},
                 {"bank_value_date", is_date},
                 {"case", "AMOUNT_OR_DAY"},
                 {"date", date}});
}

// Whoever used the reference and stands shares `line` with the new confirmation, or there is none. `line` is null where none is named.
MaybeRefusal TakeReference(Context& context, const Project& project, const std::string& commitment, const BankLine* line) {
  const std::string name = BankReferenceName(project.name(), commitment);
  const auto* use = context.state.Find<v1::BankReferenceUse>(name);
  if (use == nullptr) return std::nullopt;
  for (int i = 0; i < use->users_size(); ++i) {
    const std::string& user = use->users(i);
    const int64_t sequence = use->entry_sequences(i);
    // What was reversed by two who wanted it was no such credit, or is none any more: it may be confirmed as what it is.
    if (!Stands(context, user, sequence)) continue;
    // Its part of the line is its own; only what is left of the line is given to another.
    if (line != nullptr && IsMatchedWith(*line, sequence)) continue;
    return Refuse(v1::BANK_REFERENCE_USED, user,
                  "this bank reference has confirmed " + user + " already; one movement of the bank is confirmed once, and several share "
                  "one only as parts of a bank line that all of them are matched with",
                  {{"used_by", user}});
  }
  return RequireRoom(use->entry_sequences_size() + 1, use->used_by());
}

// A statement imported anew may give a line another reference, or one where it had none: what it moved is known by its day and amount.
// Where such a line has confirmed something that stands and is matched with no line any more, its statement withdrawn or the match taken apart, this one may be the same movement: what it had
// confirmed is matched first.
MaybeRefusal RequireNotTheSame(Context& context, const Project& project, const BankLine& line, const std::string& movement) {
  const auto* use = context.state.Find<v1::BankReferenceUse>(movement);
  if (use == nullptr) return std::nullopt;
  for (int i = 0; i < use->users_size(); ++i) {
    const auto* match = context.state.Find<v1::BankMatch>(BankMatchName(project.name(), use->entry_sequences(i)));
    if ((match != nullptr && !match->parts().empty()) || !Stands(context, use->users(i), use->entry_sequences(i))) continue;
    return Refuse(v1::BANK_LINE_MATCHED, line.name(),
                  "a line of the day and amount of " + line.name() + " has confirmed " + use->users(i) +
                      ", which stands and is matched with no line now; match the line that is its own with it, or reverse it",
                  {{"line", line.name()}, {"matched_with", use->users(i)}, {"case", "MOVEMENT"}});
  }
  return RequireRoom(use->entry_sequences_size() + 1, use->name());
}

// The balance that the entry of that sequence carried; null where it carried none.
const v1::BalanceCarry* FindCarry(const Project& project, int64_t sequence) {
  for (const v1::BalanceCarry& carry : project.carries()) {
    if (carry.sequence() == sequence) return &carry;
  }
  return nullptr;
}

// Loads a statement in that state and what it belongs to; the caller must be a verifier.
MaybeRefusal LoadStatement(Context& context, const std::string& name, BankStatement::State state, std::string_view deed, Draft& draft,
                           ProjectContext& loaded, const BankStatement*& statement) {
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(name)), draft, loaded));
  statement = context.state.Find<BankStatement>(name);
  if (statement == nullptr) {
    return Refuse(v1::BANK_STATEMENT_NOT_FOUND, name, "there is no bank statement " + name,
                  {{"name", name}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireBankState(*loaded.project, deed));
  if (statement->state() == state) return std::nullopt;
  const std::string now = BankStatement::State_Name(statement->state());
  return Refuse(v1::WRONG_RESOURCE_STATE, name,
                name + " is " + now + "; it takes " + BankStatement::State_Name(state) + " to " + std::string(deed),
                {{"state", now}, {"allowed_states", BankStatement::State_Name(state)}});
}

// Refuses with BANK_STATEMENT_DIFFERENCE unless opening balance and lines are the closing balance.
MaybeRefusal RequireSum(const Project& project, const BankStatement& statement, int64_t lines) {
  const int64_t computed = statement.opening_balance_minor_units() + lines;
  const int64_t difference = statement.closing_balance_minor_units() - computed;
  if (difference == 0) return std::nullopt;
  const std::string& currency = project.currency_code();
  return Refuse(v1::BANK_STATEMENT_DIFFERENCE, statement.name(),
                "opening balance and lines of " + statement.name() + " make " + Amount(computed, currency) + "; the closing balance is " +
                    Amount(statement.closing_balance_minor_units(), currency) + ", a difference of " + Amount(difference, currency),
                {{"computed_minor_units", std::to_string(computed)},
                 {"closing_balance_minor_units", std::to_string(statement.closing_balance_minor_units())},
                 {"difference_minor_units", std::to_string(difference)}});
}

// The last complete statement of that account; empty where there is none.
std::string LastStatementOf(const Project& project, const std::string& commitment) {
  for (const v1::AccountStatements& account : project.account_statements()) {
    if (account.account_commitment() == commitment) return account.last_statement();
  }
  return {};
}

// Refuses with BANK_STATEMENT_OUT_OF_ORDER unless the statement goes on where `previous`, the last one of its account, ended.
MaybeRefusal RequireNext(Context& context, const Project& project, const BankStatement& wanted, const std::string& previous) {
  if (previous.empty()) return std::nullopt;
  const BankStatement& last = *context.state.Find<BankStatement>(previous);
  const std::string expected = DateAfter(last.last_date(), 1);
  const std::string& currency = project.currency_code();
  const Metadata metadata = {{"last_statement", last.name()},
                             {"last_date", last.last_date()},
                             {"expected_first_date", expected},
                             {"first_date", wanted.first_date()},
                             {"opening_balance_minor_units", std::to_string(wanted.opening_balance_minor_units())},
                             {"expected_opening_balance_minor_units", std::to_string(last.closing_balance_minor_units())}};
  auto of_case = [&](const char* case_name) {
    Metadata figures = metadata;
    figures.emplace_back("case", case_name);
    return figures;
  };
  std::vector<Violation> faults;
  if (wanted.first_date() != expected) {
    faults.push_back(MakeViolation(v1::BANK_STATEMENT_OUT_OF_ORDER, "statement.first_date",
                                   last.name() + " ends on " + last.last_date() + ", so the next statement begins on " + expected +
                                       "; this one " + (wanted.first_date() < expected ? "overlaps it" : "leaves days out") + ", beginning on " +
                                       wanted.first_date(),
                                   of_case(wanted.first_date() < expected ? "OVERLAP" : "DAYS_LEFT_OUT")));
  }
  if (wanted.opening_balance_minor_units() != last.closing_balance_minor_units()) {
    faults.push_back(MakeViolation(
        v1::BANK_STATEMENT_OUT_OF_ORDER, "statement.opening_balance_minor_units",
        last.name() + " ends with " + Amount(last.closing_balance_minor_units(), currency) +
            ", so the next statement begins with it; this one begins with " + Amount(wanted.opening_balance_minor_units(), currency) + ", a difference of " +
            Amount(wanted.opening_balance_minor_units() - last.closing_balance_minor_units(), currency),
        of_case("OPENING_BALANCE")));
  }
  if (faults.empty()) return std::nullopt;
  return Refusal{std::move(faults)};
}

// The commitment to the account that was the agreed one when the entry of that sequence moved money in the box. No other is
// forgotten than those on which nothing was ever seen.
std::string AccountAt(Context& context, const Project& project, int64_t sequence) {
  const auto& former = project.former_account_commitments();
  if (former.empty()) return project.account_commitment();
  std::string account = former[0];
  for (const std::string& name : project.amendments()) {
    const auto* amendment = context.state.Find<v1::Amendment>(name);
    // Only a failed read comes here without one.
    if (amendment == nullptr || !amendment->terms().has_account()) continue;
    if (*amendment->entry_sequences().rbegin() > sequence) break;
    account = amendment->terms().account().number_commitment();
  }
  return account;
}

// Refuses with ACCOUNT_MISMATCH where the line is of another account than `account`, on which `name` was confirmed.
MaybeRefusal RequireLineOf(Context& context, const BankLine& line, const std::string& account, const std::string& name) {
  if (context.state.Find<BankStatement>(line.statement())->account_commitment() == account) return std::nullopt;
  return Refuse(v1::ACCOUNT_MISMATCH, line.name(),
                line.name() + " is of another account than the one that " + name +
                    " came to; name a line of that account's statements",
                {{"line", line.name()}, {"name", name}, {"case", "LINE_ELSEWHERE"}});
}

Refusal BadField(std::string field, const char* case_name, std::string description, Metadata figures = {}) {
  figures.emplace_back("case", case_name);
  return Refuse(v1::INVALID_FIELD, std::move(field), std::move(description), std::move(figures));
}

}  // namespace

MaybeRefusal RequireDeposit(Context& context, const Project& project, const std::string& name, int64_t amount, const std::string& date) {
  const Deposit* deposit = context.state.Find<Deposit>(name);
  if (deposit == nullptr || ParentOf(name) != project.name()) {
    return Refuse(v1::DEPOSIT_NOT_FOUND, name, "there is no deposit " + name + " in " + project.name(), {{"name", name}});
  }
  if (deposit->state() != Deposit::UNIDENTIFIED) {
    const std::string now = Deposit::State_Name(deposit->state());
    return Refuse(v1::WRONG_RESOURCE_STATE, name, name + " is " + now + "; it takes UNIDENTIFIED to be identified",
                  {{"state", now}, {"allowed_states", "UNIDENTIFIED"}});
  }
  if (deposit->amount().minor_units() == amount && deposit->bank_value_date() == date) return std::nullopt;
  return Mismatch(name, project.currency_code(), deposit->amount().minor_units(), deposit->bank_value_date(), amount, date);
}

std::string BoxAccount(const Project& project, const Draft& draft) {
  return draft.entry.bank_use().deposit().empty() ? chart::Bank(project.name()) : chart::Deposits(project.name());
}

std::string CameTo(Context& context, const Project& project, const std::string& name, int64_t sequence) {
  if (IsResourceName(name, "projects/*/interests/*")) {
    const auto* interest = context.state.Find<v1::Interest>(name);
    return interest == nullptr ? std::string() : interest->account_commitment();
  }
  std::string deposit = name;
  if (!IsResourceName(name, "projects/*/deposits/*")) {
    // What a deposit became came to the account that the deposit had come to.
    const auto* match = context.state.Find<v1::BankMatch>(BankMatchName(project.name(), sequence));
    if (match == nullptr || !IsResourceName(match->line(), "projects/*/deposits/*")) return AccountAt(context, project, sequence);
    deposit = match->line();
  }
  const auto* record = context.state.Find<Deposit>(deposit);
  return record == nullptr ? std::string() : record->account_commitment();
}

int64_t ConfirmedAt(Context& context, const std::string& name) { return FindPostings(context, name).original.sequence; }

MaybeRefusal TakeBankEvidence(Context& context, const ProjectContext& loaded, const std::string& resource, const BankEvidence& evidence,
                              int64_t amount, const std::string& date, Draft& draft) {
  const Project& project = *loaded.project;
  const bool has_reference = evidence.reference != nullptr;
  if (!evidence.deposit.empty()) {
    if (has_reference || !evidence.line.empty() || evidence.part_of_line) {
      return BadField("deposit", "DEPOSIT_ALONE",
                      "a deposit has its bank reference and its bank line already; name the deposit alone");
    }
    ORIUNDO_REFUSE_IF_ANY(RequireDeposit(context, project, evidence.deposit, amount, date));
    draft.entry.mutable_bank_use()->set_resource(resource);
    draft.entry.mutable_bank_use()->set_deposit(evidence.deposit);
    return std::nullopt;
  }
  std::string reference = has_reference ? evidence.reference->reference_commitment() : std::string();
  const BankLine* named_line = nullptr;
  if (!evidence.line.empty()) {
    const BankLine* line = nullptr;
    ORIUNDO_REFUSE_IF_ANY(LoadLine(context, evidence.line, line));
    if (ParentOf(evidence.line) != project.name()) {
      return BadField("bank_line", "LINE_OF_OTHER_PROJECT", "the line belongs to another project than " + project.name(),
                      {{"project", project.name()}});
    }
    ORIUNDO_REFUSE_IF_ANY(RequireUnmatched(*line));
    // What goes out may still leave a former account, and nobody says which.
    if (!evidence.account.empty()) ORIUNDO_REFUSE_IF_ANY(RequireLineOf(context, *line, evidence.account, resource));
    const int64_t left = LeftOfLine(*line);
    const bool fits = evidence.part_of_line ? IsPart(amount, left) : amount == left;
    if (!fits || line->bank_value_date() != date) {
      const bool partly = left != line->minor_units();
      return Mismatch(line->name(), project.currency_code(), left, line->bank_value_date(), amount, date, partly ? " has left " : " is ");
    }
    if (has_reference && !line->reference_commitment().empty() && line->reference_commitment() != reference) {
      return Refuse(v1::BANK_LINE_MISMATCH, line->name(), line->name() + " has another bank reference than the one given",
                    {{"line", line->name()}, {"case", "REFERENCE"}});
    }
    ORIUNDO_REFUSE_IF_ANY(RequireNothingConfirmed(context, *line));
    const std::string movement = LineMovementName(project.name(), line->bank_value_date(), line->minor_units());
    ORIUNDO_REFUSE_IF_ANY(RequireNotTheSame(context, project, *line, movement));
    ORIUNDO_REFUSE_IF_ANY(RequireRoom(line->entry_sequences_size() + 1, line->name()));
    if (!line->reference_commitment().empty()) reference = line->reference_commitment();
    named_line = line;
  } else if (evidence.part_of_line) {
    return BadField("part_of_line", "PART_OF_NO_LINE", "says something of a bank line; name one");
  }
  if (!reference.empty()) ORIUNDO_REFUSE_IF_ANY(TakeReference(context, project, reference, named_line));
  if (reference.empty() && evidence.line.empty()) {
    if (!loaded.rule->bank_reference_required() || amount <= 0) return std::nullopt;
    return Refuse(v1::BANK_REFERENCE_MISSING, "bank_reference",
                  loaded.rule->name() + " asks for the bank's reference of money that comes in; name it, or the line of a bank statement",
                  {{"rule_version", loaded.rule->name()}});
  }
  v1::BankUse& use = *draft.entry.mutable_bank_use();
  use.set_resource(resource);
  use.set_reference_commitment(reference);
  use.set_line(evidence.line);
  if (named_line == nullptr) return std::nullopt;
  use.set_line_minor_units(amount);
  use.set_line_movement(LineMovementName(project.name(), named_line->bank_value_date(), named_line->minor_units()));
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RecordDepositRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string name = project.name() + "/deposits/" + request.deposit_id();
  const Deposit& wanted = request.deposit();
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<Deposit>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                                  {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING,
                                                   Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
                                                  "take a deposit"));
  ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, wanted.amount(), "deposit.amount"));
  ORIUNDO_REFUSE_IF_ANY(RequireBankDate(loaded, wanted.bank_value_date(), "deposit.bank_value_date"));
  ORIUNDO_REFUSE_IF_ANY(RequireAccountEver(context, project, request.account()));
  ORIUNDO_REFUSE_IF_ANY(RequireBankReceipt(wanted.evidence(), "a deposit is recorded"));
  const int64_t amount = wanted.amount().minor_units();
  ORIUNDO_REFUSE_IF_ANY(TakeBankEvidence(context, loaded, name, EvidenceAtBank(request), amount, wanted.bank_value_date(), draft));
  v1::DepositRecorded& event = *draft.entry.mutable_deposit_recorded();
  Deposit& recorded = *event.mutable_deposit();
  recorded = wanted;
  recorded.set_name(name);
  recorded.set_state(Deposit::UNIDENTIFIED);
  recorded.set_verifier(context.actor.name());
  event.set_account_commitment(request.account().number_commitment());
  draft.entry.set_effective_date(OpenDay(*loaded.program, wanted.bank_value_date()));
  draft.Post(chart::Bank(project.name()), amount);
  draft.Post(chart::Deposits(project.name()), -amount);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::StartBankStatementRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.parent(), draft, loaded));
  const Project& project = *loaded.project;
  const std::string name = project.name() + "/statements/" + request.statement_id();
  const BankStatement& wanted = request.statement();
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  ORIUNDO_REFUSE_IF_ANY(RequireFree<BankStatement>(context, name));
  ORIUNDO_REFUSE_IF_ANY(RequireBankState(project, "take a bank statement"));
  if (request.statement_id().size() > kStatementIdCharactersMax) {
    return BadField("statement_id", "CHARACTERS", "must have at most " + std::to_string(kStatementIdCharactersMax) +
                        " characters",
                    {{"maximum", std::to_string(kStatementIdCharactersMax)}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireAccountEver(context, project, request.account()));
  if (wanted.last_date() < wanted.first_date()) {
    return BadField("statement.last_date", "ENDS_BEFORE_IT_BEGINS", "must not be before first_date", {{"begins", "first_date"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequirePast(loaded, wanted.last_date(), "statement.last_date"));
  constexpr int64_t kLeast = -kAmountMinorUnitsMax;
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(wanted.opening_balance_minor_units(), "statement.opening_balance_minor_units", kLeast));
  ORIUNDO_REFUSE_IF_ANY(RequireAmount(wanted.closing_balance_minor_units(), "statement.closing_balance_minor_units", kLeast));
  const int64_t room = kBankLinesPerProjectMax - project.bank_line_count();
  if (wanted.line_count() < 0 || wanted.line_count() > room) {
    return BadField("statement.line_count", "LINE_COUNT", "must be from 0 to " + std::to_string(room) +
                        ", what the project has room for",
                    {{"minimum", "0"}, {"maximum", std::to_string(room)}});
  }
  if (!project.importing_statement().empty()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, project.importing_statement(),
                  project.importing_statement() + " is IMPORTING; add its lines, or discard it, before another statement is imported",
                  {{"state", "IMPORTING"}, {"statement", project.importing_statement()}, {"case", "IMPORTING"}});
  }
  const std::string previous = LastStatementOf(project, request.account().number_commitment());
  ORIUNDO_REFUSE_IF_ANY(RequireNext(context, project, wanted, previous));
  const bool complete = wanted.line_count() == 0;
  if (complete) {
    BankStatement named = wanted;
    named.set_name(name);
    ORIUNDO_REFUSE_IF_ANY(RequireSum(project, named, 0));
  }
  v1::BankStatementStarted& event = *draft.entry.mutable_bank_statement_started();
  BankStatement& started = *event.mutable_statement();
  started = wanted;
  started.set_name(name);
  started.set_state(complete ? BankStatement::COMPLETE : BankStatement::IMPORTING);
  started.clear_imported_line_count();
  started.clear_imported_minor_units();
  started.set_verifier(context.actor.name());
  started.set_previous_statement(previous);
  started.clear_match_count();
  started.clear_account_commitment();
  event.set_account_commitment(request.account().number_commitment());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AddBankLinesRequest& request, Draft& draft) {
  ProjectContext loaded;
  const BankStatement* statement = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadStatement(context, request.name(), BankStatement::IMPORTING, "take lines", draft, loaded, statement));
  const int64_t imported = statement->imported_line_count();
  const int64_t count = request.lines_size();
  if (request.first_line() != imported + 1 || imported + count > statement->line_count()) {
    return Refuse(v1::BANK_STATEMENT_OUT_OF_ORDER, statement->name(),
                  statement->name() + " has " + std::to_string(imported) + " of its " + std::to_string(statement->line_count()) +
                      " lines; the next one is " + std::to_string(imported + 1) + ", not " + std::to_string(request.first_line()) + " to " +
                      std::to_string(request.first_line() + count - 1),
                  {{"next_line", std::to_string(imported + 1)},
                   {"line_count", std::to_string(statement->line_count())},
                   {"case", "NEXT_LINE"},
                   {"first_line", std::to_string(request.first_line())}});
  }
  if (count > kBankLinesPerCallMax) {
    return BadField("lines", "ELEMENTS", "must have at most " + std::to_string(kBankLinesPerCallMax) + " elements",
                    {{"maximum", std::to_string(kBankLinesPerCallMax)}});
  }
  v1::BankLinesAdded& event = *draft.entry.mutable_bank_lines_added();
  __int128 sum = statement->imported_minor_units();
  std::vector<Violation> faults;
  for (int i = 0; i < request.lines_size(); ++i) {
    const v1::NewBankLine& wanted = request.lines(i);
    const std::string field = "lines[" + std::to_string(i) + "].";
    if (wanted.minor_units() == 0 || wanted.minor_units() < -kAmountMinorUnitsMax || wanted.minor_units() > kAmountMinorUnitsMax) {
      faults.push_back(MakeViolation(v1::INVALID_FIELD, field + "minor_units",
                                     "must not be zero, and be at most " + std::to_string(kAmountMinorUnitsMax) + " either way",
                                     {{"case", "NOT_ZERO"}, {"maximum", std::to_string(kAmountMinorUnitsMax)}}));
    }
    if (wanted.bank_value_date() < statement->first_date() || wanted.bank_value_date() > statement->last_date()) {
      faults.push_back(MakeViolation(v1::INVALID_FIELD, field + "bank_value_date",
                                     "must be from " + statement->first_date() + " to " + statement->last_date() +
                                         ", the statement's days",
                                     {{"case", "DAYS"}, {"minimum", statement->first_date()}, {"maximum",
                                                                                               statement->last_date()}}));
    }
    sum += wanted.minor_units();
    v1::BankLinesAdded::Line& line = *event.add_lines();
    line.set_bank_value_date(wanted.bank_value_date());
    line.set_minor_units(wanted.minor_units());
    line.set_reference_commitment(wanted.bank_reference().reference_commitment());
  }
  if (!faults.empty()) return Refusal{std::move(faults)};
  // Nothing that the ledger confirms is so old; the line would be matched with nothing for ever.
  const std::string& agreed = loaded.project->agreement_date();
  for (int i = 0; i < request.lines_size(); ++i) {
    const std::string& date = request.lines(i).bank_value_date();
    if (date >= agreed) continue;
    const std::string ordinal = std::to_string(request.first_line() + i);
    return Refuse(v1::DATE_BEFORE_AGREEMENT, "lines[" + std::to_string(i) + "].bank_value_date",
                  "line " + ordinal + " of " + statement->name() + " is of " + date + ", but the agreement of " +
                      loaded.project->name() + " was complete on " + agreed +
                      "; import the statement from that day on, with what the account held then",
                  {{"line", ordinal},
                   {"statement", statement->name()},
                   {"project", loaded.project->name()},
                   {"date", date},
                   {"agreement_date", agreed},
                   {"case", "BANK_LINE"}});
  }
  if (sum < -kAmountMinorUnitsMax || sum > kAmountMinorUnitsMax) {
    return Refuse(v1::AMOUNT_OUT_OF_RANGE, statement->name(),
                  "the lines of " + statement->name() + " add up to more than " + std::to_string(kAmountMinorUnitsMax) + " minor units",
                  {{"maximum_minor_units", std::to_string(kAmountMinorUnitsMax)}});
  }
  event.set_statement(statement->name());
  event.set_first_line(request.first_line());
  if (imported + count == statement->line_count()) {
    ORIUNDO_REFUSE_IF_ANY(RequireSum(*loaded.project, *statement, static_cast<int64_t>(sum)));
    event.set_complete(true);
  }
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::DiscardBankStatementRequest& request, Draft& draft) {
  ProjectContext loaded;
  const BankStatement* statement = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadStatement(context, request.name(), BankStatement::IMPORTING, "be discarded", draft, loaded, statement));
  draft.entry.mutable_bank_statement_discarded()->set_statement(statement->name());
  *draft.entry.mutable_bank_statement_discarded()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawBankStatementRequest& request, Draft& draft) {
  ProjectContext loaded;
  const BankStatement* statement = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadStatement(context, request.name(), BankStatement::COMPLETE, "be withdrawn", draft, loaded, statement));
  const Project& project = *loaded.project;
  if (!project.importing_statement().empty()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, project.importing_statement(),
                  project.importing_statement() + " is IMPORTING; add its lines, or discard it, before a statement is withdrawn",
                  {{"state", "IMPORTING"}, {"statement", project.importing_statement()}, {"case", "IMPORTING"}});
  }
  if (const std::string last = LastStatementOf(project, statement->account_commitment()); last != statement->name()) {
    return Refuse(v1::BANK_STATEMENT_OUT_OF_ORDER, statement->name(),
                  "later statements go on from " + statement->name() + "; the last one, " + last + ", is withdrawn first",
                  {{"last_statement", last}, {"case", "NOT_LAST"}});
  }
  if (statement->match_count() != 0) {
    std::string named;
    int count = 0;
    for (int64_t ordinal = 1; ordinal <= std::min(statement->line_count(), kLinesLookedAtMax) && count < kLinesNamedMax; ++ordinal) {
      const auto* line = context.state.Find<BankLine>(BankLineName(statement->name(), ordinal));
      if (line == nullptr || line->matches().empty()) continue;
      named += (count++ == 0 ? "" : ", ") + line->name();
    }
    return Refuse(v1::BANK_LINE_MATCHED, statement->name(),
                  "lines of " + statement->name() + " have " + std::to_string(statement->match_count()) +
                      " matches; take them out first: " + (named.empty() ? "list the lines that are MATCHED" : named),
                  {{"match_count", std::to_string(statement->match_count())}, {"lines", named}, {"case", "STATEMENT"}});
  }
  v1::BankStatementWithdrawn& event = *draft.entry.mutable_bank_statement_withdrawn();
  event.set_statement(statement->name());
  *event.mutable_reason() = request.reason();
  event.set_previous_statement(statement->previous_statement());
  event.set_line_count(statement->line_count());
  return std::nullopt;
}

namespace {

// The side of a carried balance that the line shows: what arrived on the new account, or what left a former one.
MaybeRefusal FindCarried(Context& context, const Project& project, const v1::MatchBankLineRequest& request, const BankLine& line,
                         BankPostings& postings) {
  const v1::BalanceCarry* carry = request.has_carry_sequence() ? FindCarry(project, request.carry_sequence()) : nullptr;
  if (carry == nullptr) {
    if (!request.has_carry_sequence()) {
      return BadField("carry_sequence", "CARRY_NOT_NAMED", "is needed where the line belongs to a balance that was carried");
    }
    const std::string sequence = std::to_string(request.carry_sequence());
    return BadField("carry_sequence", "CARRIED_NOTHING",
                    "entry " + sequence + " carried no balance of " + project.name() + "; the project's carries name their entries",
                    {{"sequence", sequence}, {"project", project.name()}});
  }
  if (request.reversal()) return BadField("reversal", "CARRY_NOT_REVERSED", "a balance that was carried is not reversed");
  const bool arrives = line.minor_units() > 0;
  const BankStatement& statement = *context.state.Find<BankStatement>(line.statement());
  if ((statement.account_commitment() == carry->account_commitment()) != arrives) {
    return Refuse(v1::ACCOUNT_MISMATCH, line.name(),
                  line.name() + (arrives ? " is no credit of the account that the balance was carried to"
                                         : " is a debit of the account that the balance was carried to, not of a former one"),
                  {{"line", line.name()},
                   {"carry_sequence", std::to_string(carry->sequence())},
                   {"case", arrives ? "CARRIED_ELSEWHERE" : "CARRIED_HERE"}});
  }
  postings.found = true;
  postings.original = {carry->sequence(), arrives ? carry->minor_units() : -carry->minor_units()};
  return std::nullopt;
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::MatchBankLineRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const Project& project = *loaded.project;
  const std::string& target = request.matched_with();
  const bool of_carry = target == project.name();
  if (!of_carry && ParentOf(target) != project.name()) {
    return BadField("matched_with", "OTHER_PROJECT", "belongs to another project than " + project.name(),
                    {{"project", project.name()}});
  }
  const BankLine* line = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadLine(context, request.name(), line));
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, SourceOf(context, target).declarer));
  ORIUNDO_REFUSE_IF_ANY(RequireBankState(project, "match a bank line"));
  ORIUNDO_REFUSE_IF_ANY(RequireUnmatched(*line));
  BankPostings postings;
  if (of_carry) {
    ORIUNDO_REFUSE_IF_ANY(FindCarried(context, project, request, *line, postings));
  } else if (request.has_carry_sequence()) {
    return BadField("carry_sequence", "CARRY_OF_PROJECT",
                    "a balance that was carried is the project's; name " + project.name() + " as matched_with",
                    {{"project", project.name()}});
  } else {
    postings = FindPostings(context, target);
  }
  if (!postings.found) return Refuse(PostedNotFoundReason(target), target, "there is no " + target, {{"name", target}});
  if (request.has_recovery_sequence()) {
    const v1::AdvanceRecovery* recovery = of_carry ? nullptr : FindRecoveryOf(context, target, request.recovery_sequence());
    if (recovery == nullptr) {
      const std::string sequence = std::to_string(request.recovery_sequence());
      return BadField("recovery_sequence", "RECOVERED_NOTHING",
                      "entry " + sequence + " recovered nothing of " + target + "; the advance's recoveries name their entries",
                      {{"sequence", sequence}, {"name", target}});
    }
    postings = PostingsOfRecovery(*recovery);
  }
  const BankPosting& posting = request.reversal() ? postings.reversal : postings.original;
  if (posting.sequence < 0) {
    return Refuse(v1::WRONG_RESOURCE_STATE, target,
                  target + (request.reversal() ? " is not reversed" : " has moved nothing in the box") + "; a bank line belongs to what moved",
                  {{"name", target}, {"case", request.reversal() ? "NOT_REVERSED" : "NOTHING_MOVED"}});
  }
  // Of what was paid out or taken back nobody knows on which account that was.
  const bool came_in = !request.reversal() && !of_carry && posting.amount > 0;
  const std::string account = came_in ? CameTo(context, project, target, posting.sequence) : std::string();
  if (!account.empty()) ORIUNDO_REFUSE_IF_ANY(RequireLineOf(context, *line, account, target));
  const bool carried_out = of_carry && posting.amount < 0;
  const auto* match = context.state.Find<v1::BankMatch>(carried_out ? CarriedOutMatchName(project.name(), posting.sequence)
                                                                    : BankMatchName(project.name(), posting.sequence));
  const int64_t uncovered = posting.amount - CoveredBy(match, posting.amount);
  const bool again = match != nullptr && std::any_of(match->parts().begin(), match->parts().end(), [&](const v1::BankMatch::Part& part) {
                       return part.line() == line->name();
                     });
  if (again || (uncovered == 0 && match != nullptr && !match->line().empty())) {
    return Refuse(v1::BANK_LINE_MATCHED, target, target + " is matched with " + (again ? line->name() : match->line()) +
                      " already",
                  {{"line", again ? line->name() : match->line()}, {"matched_with", target}, {"case", "POSTING"}});
  }
  const int64_t left = LeftOfLine(*line);
  const int64_t part = request.has_minor_units() ? request.minor_units() : left;
  // Without a part, the one is the other; a part goes neither beyond what is left of the line nor of what was posted.
  const bool fits = request.has_minor_units() ? IsPart(part, left) && IsPart(part, uncovered) : left == uncovered;
  if (!fits) {
    const std::string& currency = project.currency_code();
    const bool line_whole = left == line->minor_units();
    const bool posting_whole = uncovered == posting.amount;
    return Refuse(v1::BANK_LINE_MISMATCH, line->name(),
                  line->name() + (line_whole ? " is " : " has left ") + Amount(left, currency) + "; " + target +
                      (posting_whole ? " moved " : " has left ") + Amount(uncovered, currency) +
                      (request.has_minor_units() ? "; " + Amount(part, currency) + " is no part of both"
                                                 : ", a difference of " + Amount(uncovered - left, currency) +
                                                       "; where only a part belongs together, name it"),
                  {{"minor_units", std::to_string(left)},
                   {"asked_minor_units", std::to_string(uncovered)},
                   {"difference_minor_units", std::to_string(uncovered - left)},
                   {"case", "PART"},
                   {"name", target}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireRoom(line->entry_sequences_size() + 1, line->name()));
  if (match != nullptr) ORIUNDO_REFUSE_IF_ANY(RequireRoom(match->entry_sequences_size() + 1, target));
  v1::BankLineMatched& event = *draft.entry.mutable_bank_line_matched();
  event.set_line(line->name());
  event.set_target(target);
  event.set_reversal(request.reversal());
  event.set_matched_sequence(posting.sequence);
  event.set_minor_units(part);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::UnmatchBankLineRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.name())), draft, loaded));
  const BankLine* line = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadLine(context, request.name(), line));
  ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, ""));
  const bool all = request.matched_with().empty();
  std::vector<int64_t> ended;
  for (const v1::BankLineMatch& match : line->matches()) {
    if (!all && (match.matched_with() != request.matched_with() || match.matched_reversal() != request.reversal())) continue;
    ORIUNDO_REFUSE_IF_ANY(RequireVerifier(context, loaded, SourceOf(context, match.matched_with()).declarer));
    ended.push_back(match.matched_sequence());
  }
  ORIUNDO_REFUSE_IF_ANY(RequireBankState(*loaded.project, "take a bank line out of its match"));
  if (line->state() == BankLine::SET_APART) {
    return Refuse(v1::WRONG_RESOURCE_STATE, line->name(), line->name() + " is SET_APART; it is matched with nothing",
                  {{"state", "SET_APART"}, {"case", "SET_APART"}});
  }
  if (!all && ended.empty()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, line->name(),
                  line->name() + " is not matched with " + (request.reversal() ? "the reversal of " : "") + request.matched_with(),
                  {{"state", BankLine::State_Name(line->state())},
                   {"matched_with", request.matched_with()},
                   {"case", "NOT_MATCHED"}});
  }
  // One change is left for the match that may follow.
  ORIUNDO_REFUSE_IF_ANY(RequireRoom(line->entry_sequences_size() + 1, line->name()));
  v1::BankLineUnmatched& event = *draft.entry.mutable_bank_line_unmatched();
  event.set_line(line->name());
  for (const int64_t sequence : ended) event.add_matched_sequences(sequence);
  for (const v1::BankLineMatch& match : line->matches()) {
    const bool ends = std::find(ended.begin(), ended.end(), match.matched_sequence()) != ended.end();
    const bool carried_out = match.matched_with() == loaded.project->name() && match.minor_units() < 0;
    if (ends && carried_out) event.add_carried_out_sequences(match.matched_sequence());
  }
  *event.mutable_reason() = request.reason();
  return std::nullopt;
}

}  // namespace oriundo
