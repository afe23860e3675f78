// What the bank says in a workload, and what confirmations name of it.
#include <algorithm>
#include <cstdlib>

#include "server/base/ids.h"
#include "server/ledger/test_ledger.h"
#include "tests/model/workload.h"

namespace oriundo::model {
namespace {

// References of one project; few, so that some are used twice.
constexpr int kReferences = 60;

}  // namespace

bool Workload::RequiresReference() const {
  const auto rule = model_->rules().find(project_->rule);
  return rule != model_->rules().end() && rule->second.bank_reference_required();
}

Workload::AtBank Workload::ChooseAtBank(bool comes_in) {
  AtBank chosen;
  const auto reference = [&] { return "REF-" + std::to_string(Any(1, kReferences)); };
  // A line that belongs to nothing, or now and then one that does.
  std::vector<std::pair<std::string, const BankLine*>> lines;
  for (const std::string& statement : project_->complete_statements) {
    const auto& all = project_->statements.at(statement).lines;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((all[i].amount > 0) != comes_in || (all[i].left() == 0 && !Chance(5))) continue;
      lines.emplace_back(Model::LineName(statement, i + 1), &all[i]);
    }
  }
  std::vector<std::string> deposits;
  for (const auto& [name, deposit] : project_->deposits) {
    if (deposit.state == v1::Deposit::UNIDENTIFIED || Chance(3)) deposits.push_back(name);
  }
  if (comes_in && !deposits.empty() && Chance(40)) {
    chosen.deposit = Pick(deposits);
    chosen.amount = project_->deposits.at(chosen.deposit).amount;
    chosen.day = project_->deposits.at(chosen.deposit).day;
    if (Chance(3)) chosen.reference = reference();
    return chosen;
  }
  if (!lines.empty() && Chance(35)) {
    const auto& [name, line] = Pick(lines);
    chosen.line = Chance(2) ? name_ + "/lines/none-000001" : name;
    chosen.amount = line->left() == 0 ? line->amount : line->left();
    chosen.day = line->day;
    // One credit of several confirmations; now and then too much of it.
    chosen.part_of_line = Chance(45);
    if (chosen.part_of_line) chosen.amount = (comes_in ? 1 : -1) * Any(1, std::abs(chosen.amount) + (Chance(5) ? 1 : 0));
    if (Chance(5)) chosen.reference = reference();
    return chosen;
  }
  if (Chance(RequiresReference() ? 93 : 25)) chosen.reference = reference();
  chosen.part_of_line = Chance(1);
  return chosen;
}

Workload::Deed Workload::Deposit() {
  v1::RecordDepositRequest request;
  request.set_parent(name_);
  request.set_deposit_id(NewId());
  // Now and then just what was paid out, so that it may be that.
  int64_t amount = Around(1 + scale_ / 20);
  for (const auto& [name, expenditure] : project_->expenditures) {
    if (!expenditure.reversed && Chance(30)) amount = expenditure.amount;
  }
  for (const auto& [name, contribution] : project_->contributions) {
    const bool open = contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED;
    if (open && Chance(30)) amount = contribution.declared;
  }
  *request.mutable_deposit()->mutable_amount() = Money(amount);
  request.mutable_deposit()->set_bank_value_date(Day());
  if (Chance(97)) *request.mutable_deposit()->add_evidence() = Document(v1::BANK_RECEIPT);
  *request.mutable_account() = Account();
  AtBank chosen = ChooseAtBank(true);
  if (!chosen.reference.empty()) request.mutable_bank_reference()->set_reference(chosen.reference);
  if (!chosen.line.empty()) {
    request.set_bank_line(chosen.line);
    request.set_part_of_line(chosen.part_of_line);
    if (Chance(92)) {
      request.mutable_deposit()->mutable_amount()->set_minor_units(chosen.amount);
      request.mutable_deposit()->set_bank_value_date(chosen.day);
    }
  }
  return {Org(Chance(50) ? "verifier-a" : "verifier-b"), request};
}

Workload::Deed Workload::ImportStatement() {
  const std::string who = Org(Chance(95) ? "verifier-a" : "verifier-b");
  const BankStatement* importing = nullptr;
  std::string name;
  for (const auto& [statement_name, statement] : project_->statements) {
    if (statement.state != v1::BankStatement::IMPORTING) continue;
    importing = &statement;
    name = statement_name;
  }
  if (importing != nullptr && Chance(10)) {
    v1::DiscardBankStatementRequest request;
    request.set_name(name);
    request.mutable_reason()->set_text("the wrong file");
    return {who, request};
  }
  if (importing != nullptr && Chance(95)) {
    v1::AddBankLinesRequest request;
    request.set_name(name);
    const auto have = static_cast<int64_t>(importing->lines.size());
    request.set_first_line(have + (Chance(4) ? 2 : 1));
    const int64_t left = importing->count - have;
    const int64_t count = Chance(60) ? left : Any(1, left + (Chance(4) ? 1 : 0));
    int64_t sum = importing->opening;
    for (const BankLine& line : importing->lines) sum += line.amount;
    // What the ledger says moved, so that some of it belongs together.
    std::vector<int64_t> moved;
    for (const auto* children : {&project_->contributions}) {
      for (const auto& [child, record] : *children) moved.push_back(record.credited == 0 ? record.declared : record.credited);
    }
    for (const auto& [child, record] : project_->expenditures) {
      moved.push_back(-record.amount);
      for (const auto& [sequence, recovery] : record.recoveries) moved.push_back(recovery.amount);
    }
    for (const auto& [child, record] : project_->deposits) moved.push_back(record.amount);
    for (const auto& [child, record] : project_->releases) moved.push_back(record.sent);
    for (int64_t i = 0; i < count; ++i) {
      v1::NewBankLine& line = *request.add_lines();
      int64_t amount = moved.empty() || Chance(20) ? Around(1 + scale_ / 10) * (Chance(70) ? 1 : -1) : Pick(moved);
      // One line for two of them, or one of two lines for one.
      if (!moved.empty() && Chance(15)) amount += Pick(moved);
      if (Chance(15)) amount /= 2;
      if (i + 1 == left && Chance(93)) amount = importing->closing - sum;
      if (amount == 0 && Chance(90)) amount = 1;
      sum += amount;
      line.set_minor_units(amount);
      line.set_bank_value_date(Chance(50) ? importing->first_date : importing->last_date);
      if (Chance(2)) line.set_bank_value_date(Day());
      if (Chance(50)) line.mutable_bank_reference()->set_reference("REF-" + std::to_string(Any(1, kReferences)));
    }
    return {who, request};
  }
  if (!project_->complete_statements.empty() && Chance(22)) {
    v1::WithdrawBankStatementRequest request;
    request.set_name(Chance(85) ? project_->complete_statements.back() : Pick(project_->complete_statements));
    if (Chance(2)) request.set_name(name_ + "/statements/none");
    request.mutable_reason()->set_text("the bank corrected it");
    return {who, request};
  }
  v1::StartBankStatementRequest request;
  request.set_parent(name_);
  request.set_statement_id(NewId());
  v1::BankStatement& statement = *request.mutable_statement();
  std::string first = Day();
  int64_t opening = Chance(80) ? 0 : Any(-5, scale_);
  *request.mutable_account() = Account();
  // The last statement of an account that was changed comes after that.
  if (!project_->former_accounts.empty() && Chance(35)) *request.mutable_account() = Account(true);
  const BankStatement* before = nullptr;
  for (const std::string& complete : project_->complete_statements) {
    const BankStatement& one = project_->statements.at(complete);
    if (one.account == FakeCommitment(request.account().number()) || Chance(2)) before = &one;
  }
  std::string agreed;
  for (const auto& [signer, day] : project_->signed_on) agreed = std::max(agreed, day);
  if (Chance(92)) first = std::max(first, agreed);
  if (before != nullptr) {
    if (!Chance(4)) first = DateAfter(before->last_date, 1);
    if (!Chance(4)) opening = before->closing;
  }
  std::string last_day = DateAt(now_us_ - int64_t{6} * 3'600'000'000, 0);
  if (Chance(40)) last_day = std::max(first, Day());
  if (Chance(2)) last_day = DateAfter(last_day, 3);
  statement.set_first_date(first);
  statement.set_last_date(last_day);
  statement.set_opening_balance_minor_units(opening);
  statement.set_line_count(Any(0, 5));
  statement.set_closing_balance_minor_units(statement.line_count() == 0 && Chance(90) ? opening : opening + Any(-scale_ / 4, scale_));
  return {who, request};
}

Workload::Deed Workload::MatchLine() {
  std::vector<std::string> open, all;
  std::vector<int64_t> amounts;
  for (const std::string& statement : project_->complete_statements) {
    const auto& lines = project_->statements.at(statement).lines;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      all.push_back(Model::LineName(statement, i + 1));
      if (lines[i].left() == 0) continue;
      open.push_back(all.back());
      amounts.push_back(lines[i].left());
    }
  }
  const std::string who = Org(Chance(50) ? "verifier-a" : "verifier-b");
  if (all.empty() || Chance(25)) {
    v1::UnmatchBankLineRequest request;
    request.set_name(all.empty() || Chance(3) ? name_ + "/lines/none-000001" : Pick(all));
    request.mutable_reason()->set_text("a mistake");
    // One of its matches, or all.
    for (const std::string& statement : project_->complete_statements) {
      const auto& lines = project_->statements.at(statement).lines;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (Model::LineName(statement, i + 1) != request.name() || !Chance(50)) continue;
        if (lines[i].matches.empty()) {
          if (Chance(5)) request.set_matched_with(name_ + "/deposits/none");
          continue;
        }
        const BankLine::Match& match = Pick(lines[i].matches);
        request.set_matched_with(match.with.substr(0, match.with.find('#')));
        request.set_reversal(match.reversal != Chance(3));
      }
    }
    return {who, request};
  }
  v1::MatchBankLineRequest request;
  std::vector<std::pair<std::string, bool>> fitting, sharing, begun, any;
  const std::size_t at = open.empty() ? 0 : static_cast<std::size_t>(Any(0, static_cast<int64_t>(open.size()) - 1));
  request.set_name(open.empty() || Chance(8) ? Pick(all) : open[at]);
  const auto look_at = [&](const std::string& name) {
    for (const bool reversal : {false, true}) {
      any.emplace_back(name, reversal);
      const auto moved = Model::Moved(*project_, name, reversal);
      if (!moved.has_value() || open.empty()) continue;
      const int64_t uncovered = *moved - Model::Covered(*project_, name, reversal);
      if (uncovered == amounts[at]) fitting.emplace_back(name, reversal);
      if (uncovered == 0 || (uncovered > 0) != (amounts[at] > 0)) continue;
      sharing.emplace_back(name, reversal);
      if (uncovered != *moved) begun.emplace_back(name, reversal);
    }
  };
  const auto look = [&](const auto& children) {
    for (const auto& [name, child] : children) look_at(name);
  };
  for (const auto& [name, expenditure] : project_->expenditures) {
    for (const auto& [sequence, recovery] : expenditure.recoveries) look_at(name + "#" + std::to_string(sequence));
  }
  for (const auto& [sequence, carry] : project_->carries) {
    look_at(name_ + "#" + std::to_string(sequence));
    look_at(name_ + "#" + std::to_string(sequence) + "-");
  }
  look(project_->contributions);
  look(project_->releases);
  look(project_->expenditures);
  look(project_->refunds);
  look(project_->repayments);
  look(project_->interests);
  look(project_->deposits);
  // What lines make up in part already they mostly make up wholly.
  const bool shares = !sharing.empty() && Chance(begun.empty() ? 55 : 80);
  const bool fits = !fitting.empty() && Chance(90);
  const auto [target, reversal] = any.empty() ? std::pair<std::string, bool>(name_ + "/contributions/none", false)
                                              : Pick(shares ? begun.empty() || Chance(20) ? sharing : begun : fits ? fitting : any);
  if (shares) {
    const int64_t uncovered = *Model::Moved(*project_, target, reversal) - Model::Covered(*project_, target, reversal);
    const int64_t most = std::min(std::abs(uncovered), std::abs(amounts[at]));
    const int64_t part = Chance(60) ? most : Any(1, most + (Chance(5) ? 1 : 0));
    request.set_minor_units(amounts[at] > 0 ? part : -part);
    if (Chance(2)) request.set_minor_units(-request.minor_units());
  }
  const std::size_t entry = target.find('#');
  request.set_matched_with(Chance(2) ? name_ + "/deposits/none" : target.substr(0, entry));
  if (entry != std::string::npos && entry == name_.size()) {
    request.set_carry_sequence(std::stoll(target.substr(entry + 1)) + (Chance(2) ? 1 : 0));
  } else if (entry != std::string::npos) {
    request.set_recovery_sequence(std::stoll(target.substr(entry + 1)) + (Chance(2) ? 1 : 0));
  }
  if (entry == std::string::npos && Chance(1)) request.set_carry_sequence(Any(1, 100));
  request.set_reversal(reversal);
  return {who, request};
}

Workload::Deed Workload::Bank() {
  const bool lines = !project_->complete_statements.empty();
  const int64_t kind = Any(1, 10);
  if (kind <= 2) return Deposit();
  return lines && kind >= 7 ? MatchLine() : ImportStatement();
}

}  // namespace oriundo::model
