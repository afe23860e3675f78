// What the bank says, as the model has it: statements, their lines, references, and deposits that nobody has identified.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "tests/model/model.h"

namespace oriundo::model {
namespace {

using S = v1::Project;

const std::set<v1::Project::State> kDepositing = {S::AGREED,    S::FUNDING,     S::AUTHORISED, S::EXECUTING,
                                                  S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<v1::Project::State> kStating = {S::AGREED,      S::FUNDING,   S::AUTHORISED, S::EXECUTING, S::COMPLETED,
                                               S::HANDED_OVER, S::CANCELLED, S::SETTLED};
constexpr int kLineChangesMax = 62;

void Require(bool condition, v1::ErrorReason reason, Reasons& reasons) {
  if (!condition) reasons.insert(reason);
}

template <typename Map>
bool Has(const Map& map, const std::string& name) {
  return map.find(name) != map.end();
}

bool Is(const std::string& name, const char* collection) { return name.find(std::string("/") + collection + "/") != std::string::npos; }

bool IsPart(int64_t part, int64_t whole) { return part != 0 && (part > 0) == (whole > 0) && std::abs(part) <= std::abs(whole); }

int64_t Sum(const std::vector<int64_t>& amounts) { return std::accumulate(amounts.begin(), amounts.end(), int64_t{0}); }

// The line of that name in any statement; null where there is none.
BankLine* LineNamed(Project& project, const std::string& name) {
  for (auto& [statement_name, statement] : project.statements) {
    // What was withdrawn is gone, for all that anybody can match.
    if (statement.state != v1::BankStatement::COMPLETE) continue;
    for (std::size_t i = 0; i < statement.lines.size(); ++i) {
      if (Model::LineName(statement_name, i + 1) == name) return &statement.lines[i];
    }
  }
  return nullptr;
}
const BankLine* LineNamed(const Project& project, const std::string& name) { return LineNamed(const_cast<Project&>(project), name); }

// The account of whose statement the line is.
std::string AccountOfLine(const Project& project, const std::string& line) {
  std::string account;
  for (const auto& [statement_name, statement] : project.statements) {
    for (std::size_t i = 0; i < statement.lines.size(); ++i) {
      if (Model::LineName(statement_name, i + 1) == line) account = statement.account;
    }
  }
  return account;
}

// The last complete statement of that account; empty where there is none.
std::string LastStatement(const Project& project, const std::string& account) {
  std::string last;
  for (const std::string& name : project.complete_statements) {
    if (project.statements.at(name).account == account) last = name;
  }
  return last;
}

// What came back of an advance is known by the advance and the entry, with this in between.
constexpr char kOfEntry = '#';

// A balance that was carried is known by the project and the entry; what left the former account has this behind.
constexpr char kOut = '-';

bool IsCarry(const std::string& name) {
  const std::size_t at = name.find(kOfEntry);
  return at != std::string::npos && std::count(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(at), '/') == 1;
}

// The advance, of what came back of one; otherwise the name itself.
std::string ResourceOf(const std::string& name) { return name.substr(0, name.find(kOfEntry)); }

const Expenditure::Recovery* RecoveryNamed(const Project& project, const std::string& name) {
  const std::size_t at = name.find(kOfEntry);
  const auto advance = project.expenditures.find(name.substr(0, at));
  if (at == std::string::npos || advance == project.expenditures.end()) return nullptr;
  const auto found = advance->second.recoveries.find(std::strtoll(name.c_str() + at + 1, nullptr, 10));
  return found == advance->second.recoveries.end() ? nullptr : &found->second;
}

}  // namespace

std::string Model::LineName(const std::string& statement, std::size_t ordinal) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "-%06zu", ordinal);
  return std::string(RootOf(statement)) + "/lines/" + std::string(IdOf(statement)) + digits;
}

int64_t Model::Unidentified(const Project& project) {
  int64_t sum = 0;
  for (const auto& [name, deposit] : project.deposits) {
    if (deposit.state == v1::Deposit::UNIDENTIFIED) sum += deposit.amount;
  }
  return sum;
}

// Whether what was confirmed is still confirmed.
bool Model::Stands(const Project& project, const std::string& name) {
  if (const Expenditure::Recovery* recovery = RecoveryNamed(project, name)) return !recovery->reversed;
  const auto not_reversed = [&](const auto& children) {
    const auto found = children.find(name);
    return found != children.end() && !found->second.reversed;
  };
  if (const auto found = project.contributions.find(name); found != project.contributions.end())
    return found->second.state == v1::Contribution::VERIFIED;
  if (const auto found = project.releases.find(name); found != project.releases.end())
    return found->second.state == v1::Release::RECEIVED;
  if (const auto found = project.deposits.find(name); found != project.deposits.end()) {
    if (found->second.state != v1::Deposit::IDENTIFIED) return true;
    const bool recovered = found->second.became.find(kOfEntry) != std::string::npos;
    if (!recovered && (Is(found->second.became, "expenditures") || Is(found->second.became, "refunds"))) return true;
    return Stands(project, found->second.became);
  }
  return not_reversed(project.expenditures) || not_reversed(project.refunds) || not_reversed(project.repayments) ||
         not_reversed(project.interests);
}

// What the bank moved for it; nothing where it never did.
std::optional<int64_t> Model::Moved(const Project& project, const std::string& name, bool reversal) {
  int64_t amount = 0;
  bool reversed = false;
  if (IsCarry(name)) {
    const auto carry = project.carries.find(std::strtoll(name.c_str() + name.find(kOfEntry) + 1, nullptr, 10));
    if (reversal || carry == project.carries.end()) return std::nullopt;
    return name.back() == kOut ? -carry->second.first : carry->second.first;
  }
  if (const auto found = project.contributions.find(name); found != project.contributions.end()) {
    reversed = found->second.state == v1::Contribution::REVERSED;
    if (!reversed && found->second.state != v1::Contribution::VERIFIED) return std::nullopt;
    amount = found->second.credited;
  } else if (const auto release = project.releases.find(name); release != project.releases.end()) {
    reversed = release->second.state == v1::Release::RETURNED;
    if (release->second.credited == 0) return std::nullopt;
    amount = release->second.credited;
  } else if (const Expenditure::Recovery* recovery = RecoveryNamed(project, name)) {
    reversed = recovery->reversed;
    amount = recovery->amount;
  } else if (const auto expenditure = project.expenditures.find(name); expenditure != project.expenditures.end()) {
    reversed = expenditure->second.reversed;
    amount = -expenditure->second.amount;
    // What of an advance was recovered does not come back again.
    if (reversal) amount += Sum(expenditure->second.back);
  } else if (const auto refund = project.refunds.find(name); refund != project.refunds.end()) {
    reversed = refund->second.reversed;
    amount = -(refund->second.principal + refund->second.interest);
  } else if (const auto repayment = project.repayments.find(name); repayment != project.repayments.end()) {
    reversed = repayment->second.reversed;
    amount = repayment->second.amount;
  } else if (const auto interest = project.interests.find(name); interest != project.interests.end()) {
    reversed = interest->second.reversed;
    amount = interest->second.amount;
  } else if (const auto deposit = project.deposits.find(name); deposit != project.deposits.end()) {
    reversed = deposit->second.state == v1::Deposit::RETURNED;
    amount = deposit->second.amount;
  }
  if (!reversal) return amount;
  return reversed ? std::optional<int64_t>(-amount) : std::nullopt;
}

v1::ErrorReason Model::NotThere(const Project& project, const std::string& name) {
  if (Is(name, "contributions")) return Has(project.contributions, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::CONTRIBUTION_NOT_FOUND;
  if (Is(name, "releases")) return Has(project.releases, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::RELEASE_NOT_FOUND;
  if (Is(name, "expenditures")) return Has(project.expenditures, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::EXPENDITURE_NOT_FOUND;
  if (Is(name, "refunds")) return Has(project.refunds, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::REFUND_NOT_FOUND;
  if (Is(name, "repayments")) return Has(project.repayments, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::REPAYMENT_NOT_FOUND;
  if (Is(name, "interests")) return Has(project.interests, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::INTEREST_NOT_FOUND;
  return Has(project.deposits, name) ? v1::ERROR_REASON_UNSPECIFIED : v1::DEPOSIT_NOT_FOUND;
}

void Model::DepositFaults(const Project& project, const std::string& name, int64_t amount, const std::string& day, Reasons& reasons) {
  const auto found = project.deposits.find(name);
  Require(found != project.deposits.end(), v1::DEPOSIT_NOT_FOUND, reasons);
  if (found == project.deposits.end()) return;
  Require(found->second.state == v1::Deposit::UNIDENTIFIED, v1::WRONG_RESOURCE_STATE, reasons);
  Require(found->second.amount == amount && found->second.day == day, v1::BANK_LINE_MISMATCH, reasons);
}

void Model::ReturnFaults(const Project& project, const std::string& target, const std::string& deposit, const std::string& day,
                         Reasons& reasons) const {
  const bool paid_out = Is(target, "expenditures") || Is(target, "refunds");
  if (deposit.empty()) {
    // Money that comes in again is told of as any that comes in.
    const std::optional<int64_t> paid = paid_out ? Moved(project, target, false) : std::nullopt;
    const auto bought = project.expenditures.find(target);
    const int64_t came = bought == project.expenditures.end() ? 0 : Sum(bought->second.back);
    // What no line shows may have been a mistake.
    const bool comes_in = paid.has_value() && -*paid - came != 0 && Covered(project, target, false) != 0;
    return Require(!comes_in || !RuleOf(project).bank_reference_required(), v1::BANK_REFERENCE_MISSING, reasons);
  }
  if (NotThere(project, target) != v1::ERROR_REASON_UNSPECIFIED) return;
  Require(paid_out, v1::INVALID_FIELD, reasons);
  if (!paid_out) return;
  const auto expenditure = project.expenditures.find(target);
  const int64_t back = expenditure == project.expenditures.end() ? 0 : Sum(expenditure->second.back);
  DepositFaults(project, deposit, -*Moved(project, target, false) - back, day, reasons);
}

void Model::BankFaults(const Project& project, const AtBank& bank, int64_t amount, const std::string& day, Reasons& reasons) const {
  if (!bank.deposit.empty()) {
    Require(!bank.has_reference && bank.line.empty() && !bank.part_of_line, v1::INVALID_FIELD, reasons);
    return DepositFaults(project, bank.deposit, amount, day, reasons);
  }
  std::string reference = bank.reference;
  const BankLine* sharing = nullptr;
  if (!bank.line.empty()) {
    const BankLine* line = LineNamed(project, bank.line);
    Require(line != nullptr, v1::BANK_LINE_NOT_FOUND, reasons);
    if (line == nullptr) return;
    Require(line->state() != v1::BankLine::MATCHED, v1::BANK_LINE_MATCHED, reasons);
    Require(bank.account.empty() || AccountOfLine(project, bank.line) == bank.account, v1::ACCOUNT_MISMATCH, reasons);
    Require(bank.part_of_line ? IsPart(amount, line->left()) : amount == line->left(), v1::BANK_LINE_MISMATCH, reasons);
    Require(line->day == day, v1::BANK_LINE_MISMATCH, reasons);
    Require(!bank.has_reference || line->reference.empty() || line->reference == reference, v1::BANK_LINE_MISMATCH, reasons);
    Require(line->changes < kLineChangesMax, v1::TOO_MANY_CHANGES, reasons);
    // It is one movement, whatever it was taken out of.
    for (const std::string& once : line->confirmed) Require(line->has(once, false) || !Stands(project, once), v1::BANK_LINE_MATCHED, reasons);
    if (!line->reference.empty()) reference = line->reference;
    sharing = line;
    // It may be the same movement as a line that is gone, or was taken out of its match.
    const auto alike = project.by_movement.find({line->day, line->amount});
    if (alike != project.by_movement.end()) {
      for (const std::string& once : alike->second) {
        const bool lost = Covered(project, once, false) == 0 && Stands(project, once);
        Require(!lost, v1::BANK_LINE_MATCHED, reasons);
      }
      Require(alike->second.size() < kLineChangesMax, v1::TOO_MANY_CHANGES, reasons);
    }
  } else {
    Require(!bank.part_of_line, v1::INVALID_FIELD, reasons);
  }
  if (!reference.empty()) {
    const auto used = project.references.find(reference);
    if (used != project.references.end()) {
      for (const std::string& user : used->second) {
        // It is one credit, whole or in parts that its line knows of.
        const bool shares = sharing != nullptr && sharing->has(user, false);
        Require(shares || !Stands(project, user), v1::BANK_REFERENCE_USED, reasons);
      }
    }
  } else if (bank.line.empty() && amount > 0) {
    Require(!RuleOf(project).bank_reference_required(), v1::BANK_REFERENCE_MISSING, reasons);
  }
}

void Model::TakeBank(Project& project, const AtBank& bank, const std::string& resource, bool reversal, int64_t amount) {
  if (!reversal) project.bank_days[resource] = bank_day_;
  if (!reversal) project.came_to[resource] = bank.deposit.empty() ? stated_ : project.came_to.at(bank.deposit);
  if (!bank.deposit.empty()) {
    project.deposits.at(bank.deposit).state = v1::Deposit::IDENTIFIED;
    project.deposits.at(bank.deposit).became = resource;
    project.from_suspense.insert({resource, reversal});
    return;
  }
  std::string reference = bank.reference;
  if (BankLine* line = LineNamed(project, bank.line)) {
    line->matches.push_back({resource, false, amount});
    line->confirmed.push_back(resource);
    project.by_movement[{line->day, line->amount}].push_back(resource);
    line->apart = false;
    ++line->changes;
    if (!line->reference.empty()) reference = line->reference;
  }
  if (!reference.empty()) project.references[reference].insert(resource);
}

Reasons Model::Do(const v1::RecordDepositRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/deposits/" + request.deposit_id();
  const v1::Deposit& wanted = request.deposit();
  const int64_t amount = wanted.amount().minor_units();
  RequireVerifier(*project, "", reasons);
  Require(!Has(project->deposits, name), v1::NAME_TAKEN, reasons);
  Require(kDepositing.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(wanted.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  Require(amount > 0 && amount <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
  RequireBankDay(*project, wanted.bank_value_date(), reasons);
  RequireAccountEver(*project, request.account(), reasons);
  bool receipt = false;
  for (const v1::Evidence& evidence : wanted.evidence()) receipt = receipt || evidence.type() == v1::BANK_RECEIPT;
  Require(receipt, v1::DOCUMENT_MISSING, reasons);
  BankFaults(*project, BankOf(request), amount, wanted.bank_value_date(), reasons);
  bank_day_ = wanted.bank_value_date();
  if (!reasons.empty()) return reasons;
  Deposit& deposit = project->deposits[name];
  deposit.amount = amount;
  deposit.day = wanted.bank_value_date();
  TakeBank(*project, BankOf(request), name, false, amount);
  return reasons;
}

Reasons Model::Do(const v1::StartBankStatementRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/statements/" + request.statement_id();
  const v1::BankStatement& wanted = request.statement();
  RequireVerifier(*project, "", reasons);
  Require(!Has(project->statements, name), v1::NAME_TAKEN, reasons);
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  const std::string& account = request.account().number_commitment();
  const auto& former = project->former_accounts;
  if (std::find(former.begin(), former.end(), account) == former.end()) RequireAccount(*project, request.account(), reasons);
  stated_.clear();
  Require(wanted.first_date() <= wanted.last_date(), v1::INVALID_FIELD, reasons);
  for (const int64_t balance : {wanted.opening_balance_minor_units(), wanted.closing_balance_minor_units()}) {
    Require(balance >= -kAmountMinorUnitsMax && balance <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
  }
  Require(wanted.last_date() <= Today(*project), v1::DATE_IN_FUTURE, reasons);
  for (const auto& [other, statement] : project->statements) {
    Require(statement.state != v1::BankStatement::IMPORTING, v1::WRONG_RESOURCE_STATE, reasons);
  }
  // Each account's statements go on from one another.
  if (const std::string before = LastStatement(*project, account); !before.empty()) {
    const BankStatement& last = project->statements.at(before);
    Require(wanted.first_date() == DateAfter(last.last_date, 1), v1::BANK_STATEMENT_OUT_OF_ORDER, reasons);
    Require(wanted.opening_balance_minor_units() == last.closing, v1::BANK_STATEMENT_OUT_OF_ORDER, reasons);
  }
  if (wanted.line_count() == 0) {
    Require(wanted.opening_balance_minor_units() == wanted.closing_balance_minor_units(), v1::BANK_STATEMENT_DIFFERENCE, reasons);
  }
  if (!reasons.empty()) return reasons;
  BankStatement& statement = project->statements[name];
  statement.account = account;
  statement.first_date = wanted.first_date();
  statement.last_date = wanted.last_date();
  statement.opening = wanted.opening_balance_minor_units();
  statement.closing = wanted.closing_balance_minor_units();
  statement.count = wanted.line_count();
  if (account == project->account) See(*project);
  if (statement.count == 0) {
    statement.state = v1::BankStatement::COMPLETE;
    project->complete_statements.push_back(name);
  }
  return reasons;
}

Reasons Model::Do(const v1::AddBankLinesRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->statements.find(request.name());
  if (found == project->statements.end()) return {v1::BANK_STATEMENT_NOT_FOUND};
  BankStatement& statement = found->second;
  RequireVerifier(*project, "", reasons);
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(statement.state == v1::BankStatement::IMPORTING, v1::WRONG_RESOURCE_STATE, reasons);
  const auto have = static_cast<int64_t>(statement.lines.size());
  const int64_t then = have + request.lines_size();
  Require(request.first_line() == have + 1 && then <= statement.count, v1::BANK_STATEMENT_OUT_OF_ORDER, reasons);
  int64_t sum = statement.opening, moved = 0;
  for (const BankLine& line : statement.lines) moved += line.amount;
  sum += moved;
  std::vector<BankLine> lines = statement.lines;
  for (const v1::NewBankLine& wanted : request.lines()) {
    const std::string& day = wanted.bank_value_date();
    const int64_t amount = wanted.minor_units();
    Require(amount != 0 && amount >= -kAmountMinorUnitsMax && amount <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
    Require(day >= statement.first_date && day <= statement.last_date, v1::INVALID_FIELD, reasons);
    Require(day >= AgreedOn(*project), v1::DATE_BEFORE_AGREEMENT, reasons);
    sum += amount;
    moved += amount;
    BankLine& line = lines.emplace_back();
    line.day = day;
    line.amount = wanted.minor_units();
    line.reference = wanted.bank_reference().reference_commitment();
  }
  Require(moved >= -kAmountMinorUnitsMax && moved <= kAmountMinorUnitsMax, v1::AMOUNT_OUT_OF_RANGE, reasons);
  if (then == statement.count) Require(sum == statement.closing, v1::BANK_STATEMENT_DIFFERENCE, reasons);
  if (!reasons.empty()) return reasons;
  statement.lines = lines;
  if (then == statement.count) {
    statement.state = v1::BankStatement::COMPLETE;
    project->complete_statements.push_back(request.name());
  }
  return reasons;
}

Reasons Model::Do(const v1::DiscardBankStatementRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->statements.find(request.name());
  if (found == project->statements.end()) return {v1::BANK_STATEMENT_NOT_FOUND};
  RequireVerifier(*project, "", reasons);
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(found->second.state == v1::BankStatement::IMPORTING, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) found->second.state = v1::BankStatement::DISCARDED;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawBankStatementRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->statements.find(request.name());
  if (found == project->statements.end()) return {v1::BANK_STATEMENT_NOT_FOUND};
  RequireVerifier(*project, "", reasons);
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(found->second.state == v1::BankStatement::COMPLETE, v1::WRONG_RESOURCE_STATE, reasons);
  for (const auto& [other, statement] : project->statements) {
    Require(statement.state != v1::BankStatement::IMPORTING, v1::WRONG_RESOURCE_STATE, reasons);
  }
  // The next one begins where it ends.
  Require(LastStatement(*project, found->second.account) == request.name(), v1::BANK_STATEMENT_OUT_OF_ORDER, reasons);
  for (const BankLine& line : found->second.lines) Require(line.matches.empty(), v1::BANK_LINE_MATCHED, reasons);
  if (!reasons.empty()) return reasons;
  found->second.state = v1::BankStatement::WITHDRAWN;
  std::erase(project->complete_statements, request.name());
  return reasons;
}

int64_t Model::Covered(const Project& project, const std::string& name, bool reversal) {
  if (project.from_suspense.contains({name, reversal})) return Moved(project, name, reversal).value_or(0);
  int64_t covered = 0;
  for (const auto& [statement_name, statement] : project.statements) {
    for (const BankLine& line : statement.lines) {
      for (const BankLine::Match& match : line.matches) covered += match.with == name && match.reversal == reversal ? match.amount : 0;
    }
  }
  return covered;
}

Reasons Model::Do(const v1::MatchBankLineRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const std::string& target = request.matched_with();
  const bool carried = target == touched_;
  if (!carried && ParentOf(target) != touched_) return {v1::INVALID_FIELD};
  BankLine* line = LineNamed(*project, request.name());
  if (line == nullptr) return {v1::BANK_LINE_NOT_FOUND};
  RequireVerifier(*project, DeclarerOf(*project, target), reasons);
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(line->state() != v1::BankLine::MATCHED, v1::BANK_LINE_MATCHED, reasons);
  const v1::ErrorReason missing = carried ? v1::ERROR_REASON_UNSPECIFIED : NotThere(*project, target);
  if (missing != v1::ERROR_REASON_UNSPECIFIED) {
    reasons.insert(missing);
    if (request.has_carry_sequence()) reasons.insert(v1::INVALID_FIELD);
    return reasons;
  }
  std::string meant = target;
  Require(carried == request.has_carry_sequence(), v1::INVALID_FIELD, reasons);
  if (carried) {
    Require(!request.reversal() && !request.has_recovery_sequence(), v1::INVALID_FIELD, reasons);
    const auto carry = project->carries.find(request.carry_sequence());
    Require(carry != project->carries.end(), v1::INVALID_FIELD, reasons);
    if (!reasons.empty()) return reasons;
    // It left one account and arrived on another.
    const bool out = line->amount < 0;
    Require((AccountOfLine(*project, request.name()) == carry->second.second) != out, v1::ACCOUNT_MISMATCH, reasons);
    meant += kOfEntry + std::to_string(request.carry_sequence()) + (out ? std::string(1, kOut) : "");
  }
  if (request.has_recovery_sequence()) {
    meant += kOfEntry + std::to_string(request.recovery_sequence());
    Require(RecoveryNamed(*project, meant) != nullptr, v1::INVALID_FIELD, reasons);
    if (RecoveryNamed(*project, meant) == nullptr) return reasons;
  }
  const std::optional<int64_t> moved = Moved(*project, meant, request.reversal());
  Require(moved.has_value(), v1::WRONG_RESOURCE_STATE, reasons);
  // What came in came to one account. What was paid out nobody said of which one.
  const bool paid_out = (Is(meant, "expenditures") && RecoveryNamed(*project, meant) == nullptr) || Is(meant, "refunds");
  if (!carried && !paid_out && !request.reversal() && Has(project->came_to, meant)) {
    Require(AccountOfLine(*project, request.name()) == project->came_to.at(meant), v1::ACCOUNT_MISMATCH, reasons);
  }
  const int64_t covered = Covered(*project, meant, request.reversal());
  const int64_t open = moved.value_or(0) - covered;
  const int64_t part = request.has_minor_units() ? request.minor_units() : line->left();
  Require(covered == 0 || open != 0, v1::BANK_LINE_MATCHED, reasons);
  Require(!line->has(meant, request.reversal()), v1::BANK_LINE_MATCHED, reasons);
  // The one is the other, or a part lies in both.
  if (!request.has_minor_units()) Require(open == line->left(), v1::BANK_LINE_MISMATCH, reasons);
  Require(IsPart(part, open) && IsPart(part, line->left()), v1::BANK_LINE_MISMATCH, reasons);
  Require(line->changes < kLineChangesMax, v1::TOO_MANY_CHANGES, reasons);
  if (!reasons.empty()) return reasons;
  line->matches.push_back({meant, request.reversal(), part});
  line->apart = false;
  ++line->changes;
  return reasons;
}

Reasons Model::Do(const v1::UnmatchBankLineRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  BankLine* line = LineNamed(*project, request.name());
  if (line == nullptr) return {v1::BANK_LINE_NOT_FOUND};
  const bool all = request.matched_with().empty();
  const auto meant = [&](const BankLine::Match& match) {
    return all || (ResourceOf(match.with) == request.matched_with() && match.reversal == request.reversal());
  };
  RequireVerifier(*project, "", reasons);
  for (const BankLine::Match& match : line->matches) {
    if (!meant(match)) continue;
    RequireVerifier(*project, DeclarerOf(*project, ResourceOf(match.with)), reasons);
  }
  Require(kStating.contains(Behind(*project)), v1::WRONG_PROJECT_STATE, reasons);
  Require(line->state() != v1::BankLine::SET_APART, v1::WRONG_RESOURCE_STATE, reasons);
  const bool some = std::any_of(line->matches.begin(), line->matches.end(), meant);
  Require(all || some, v1::WRONG_RESOURCE_STATE, reasons);
  Require(line->changes < kLineChangesMax, v1::TOO_MANY_CHANGES, reasons);
  if (!reasons.empty()) return reasons;
  std::erase_if(line->matches, meant);
  line->apart = line->matches.empty();
  ++line->changes;
  return reasons;
}

std::string Model::CompareBank(const Project& mine, const std::string& name, const google::protobuf::Message& record) {
  if (const auto* deposit = dynamic_cast<const v1::Deposit*>(&record)) {
    const auto found = mine.deposits.find(name);
    if (found == mine.deposits.end()) return name + " is unknown to the model";
    if (deposit->state() != found->second.state) return "the deposit is in another state than in the model";
    if (deposit->amount().minor_units() != found->second.amount) return "the deposit is of another amount than in the model";
    if (deposit->identified_as() != ResourceOf(found->second.became)) return "the deposit became something else than in the model";
  } else if (const auto* statement = dynamic_cast<const v1::BankStatement*>(&record)) {
    const auto found = mine.statements.find(name);
    if (found == mine.statements.end()) return name + " is unknown to the model";
    int64_t sum = 0;
    for (const BankLine& line : found->second.lines) sum += line.amount;
    if (statement->state() != found->second.state) return "the statement is in another state than in the model";
    if (statement->account_commitment() != found->second.account) return "the statement is of another account than in the model";
    int64_t matches = 0;
    for (const BankLine& line : found->second.lines) matches += static_cast<int64_t>(line.matches.size());
    if (statement->match_count() != matches) return "the statement counts other matches than there are";
    if (statement->imported_line_count() != static_cast<int64_t>(found->second.lines.size())) return "the statement has other lines";
    if (statement->imported_minor_units() != sum) return "the lines add up to something else than in the model";
    if (statement->state() == v1::BankStatement::COMPLETE &&
        statement->opening_balance_minor_units() + sum != statement->closing_balance_minor_units()) {
      return "a complete statement does not add up";
    }
  } else if (const auto* line = dynamic_cast<const v1::BankLine*>(&record)) {
    for (const auto& [statement_name, there] : mine.statements) {
      for (std::size_t i = 0; i < there.lines.size(); ++i) {
        if (LineName(statement_name, i + 1) != name) continue;
        const BankLine& expected = there.lines[i];
        bool same = line->state() == expected.state() && line->minor_units() == expected.amount && line->bank_value_date() == expected.day &&
                    line->reference_commitment() == expected.reference && line->assigned_minor_units() == expected.matched() &&
                    line->matches_size() == static_cast<int>(expected.matches.size()) && line->entry_sequences_size() == expected.changes;
        for (int k = 0; same && k < line->matches_size(); ++k) {
          const BankLine::Match& match = expected.matches[static_cast<std::size_t>(k)];
          same = line->matches(k).matched_with() == ResourceOf(match.with) && line->matches(k).matched_reversal() == match.reversal &&
                 line->matches(k).minor_units() == match.amount;
        }
        const bool first = !expected.matches.empty();
        same = same && line->matched_with() == (first ? ResourceOf(expected.matches[0].with) : "") &&
               line->confirmed_size() == static_cast<int>(expected.confirmed.size()) &&
               line->matched_reversal() == (first && expected.matches[0].reversal);
        if (!same) return "the bank line differs from the model's: " + line->ShortDebugString();
        return {};
      }
    }
    return name + " is unknown to the model";
  } else if (const auto* use = dynamic_cast<const v1::BankReferenceUse*>(&record)) {
    // What lines say is kept under their day and amount.
    for (const auto& [movement, users] : mine.by_movement) {
      const auto& [day, amount] = movement;
      const std::string digits = day.substr(0, 4) + day.substr(5, 2) + day.substr(8);
      const std::string said = (amount < 0 ? "d" : "c") + digits + "-" + std::to_string(std::abs(amount));
      if (IdOf(name) != said) continue;
      bool same = use->users_size() == static_cast<int>(users.size());
      for (int i = 0; same && i < use->users_size(); ++i) same = use->users(i) == ResourceOf(users[static_cast<std::size_t>(i)]);
      return same ? std::string() : name + " was used by others than in the model";
    }
    for (const auto& [reference, users] : mine.references) {
      for (const std::string& user : users) {
        if (ResourceOf(user) == use->used_by()) return {};
      }
    }
    return name + " is used by something that the model knows no reference of";
  } else if (const auto* project = dynamic_cast<const v1::Project*>(&record)) {
    const std::string last = LastStatement(mine, mine.account);
    std::string importing;
    int64_t lines = 0;
    for (const auto& [statement_name, there] : mine.statements) {
      if (there.state == v1::BankStatement::IMPORTING) importing = statement_name;
      if (there.state == v1::BankStatement::COMPLETE) lines += static_cast<int64_t>(there.lines.size());
    }
    if (project->last_statement() != last) return "another statement is the last one than in the model";
    for (const v1::AccountStatements& account : project->account_statements()) {
      if (account.last_statement() != LastStatement(mine, account.account_commitment())) return "an account's statements end otherwise";
      const bool here = !importing.empty() && mine.statements.at(importing).account == account.account_commitment();
      if (account.importing_statement() != (here ? importing : "")) return "another account's statement is imported than in the model";
    }
    if (project->importing_statement() != importing) return "another statement is imported than in the model";
    if (project->bank_line_count() != lines) return "the project counts other bank lines than the model";
  }
  return {};
}

}  // namespace oriundo::model
