#include "server/queries/reconcile.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/chart.h"
#include "server/ledger/fold.h"
#include "server/queries/page.h"
#include "server/queries/reader.h"
#include "server/rules/reconcile.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

// What an entry says the bank did: to which resource, when, and whether it undid what the resource had done.
struct BankAct {
  std::string resource;
  std::string date;
  bool reversal = false;
};

BankAct ActOf(const v1::Entry& entry) {
  using v1::Entry;
  switch (entry.event_case()) {
    case Entry::kContributionVerified:
      return {entry.contribution_verified().contribution(), entry.contribution_verified().bank_value_date()};
    case Entry::kReleaseReceived:
      return {entry.release_received().release(), entry.release_received().bank_value_date()};
    case Entry::kExpenditureRecorded:
      return {entry.expenditure_recorded().expenditure().name(), entry.expenditure_recorded().expenditure().payment_date()};
    case Entry::kInterestRecorded:
      return {entry.interest_recorded().interest().name(), entry.interest_recorded().interest().bank_value_date()};
    case Entry::kRefundPaid:
      return {entry.refund_paid().refund().name(), entry.refund_paid().refund().payment_date()};
    case Entry::kRepaymentRecorded:
      return {entry.repayment_recorded().repayment().name(), entry.repayment_recorded().repayment().bank_value_date()};
    case Entry::kDepositRecorded:
      return {entry.deposit_recorded().deposit().name(), entry.deposit_recorded().deposit().bank_value_date()};
    case Entry::kContributionReversed:
      return {entry.contribution_reversed().contribution(), entry.contribution_reversed().bank_value_date(), true};
    case Entry::kReleaseReturned:
      return {entry.release_returned().release(), entry.release_returned().bank_value_date(), true};
    case Entry::kExpenditureReversed:
      return {entry.expenditure_reversed().expenditure(), entry.expenditure_reversed().bank_value_date(), true};
    case Entry::kRefundReversed:
      return {entry.refund_reversed().refund(), entry.refund_reversed().bank_value_date(), true};
    case Entry::kRepaymentReversed:
      return {entry.repayment_reversed().repayment(), entry.repayment_reversed().bank_value_date(), true};
    case Entry::kInterestReversed:
      return {entry.interest_reversed().interest(), entry.interest_reversed().bank_value_date(), true};
    case Entry::kAdvanceRecovered:
      return {entry.advance_recovered().expenditure(), entry.advance_recovered().bank_value_date()};
    case Entry::kAdvanceRecoveryReversed:
      return {entry.advance_recovery_reversed().expenditure(), entry.advance_recovery_reversed().bank_value_date(), true};
    case Entry::kDepositReturned:
      return {entry.deposit_returned().deposit(), entry.deposit_returned().bank_value_date(), true};
    case Entry::kBalanceCarried:
      return {entry.project(), entry.balance_carried().bank_value_date()};
    default:
      return {ResultName(entry), entry.effective_date()};
  }
}

// Days since 1970. REQUIRES: IsDate(date).
int64_t DayNumber(const std::string& date) {
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    std::from_chars(date.data() + at, date.data() + at + count, value);
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)), std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  return std::chrono::sys_days(day).time_since_epoch().count();
}

// What of a posting stands on an account, which is a number as in BookMovement.
struct AccountPart {
  int account = kAnyAccount;
  int64_t amount = 0;
};

struct BookItem {
  int64_t sequence = 0;
  BankAct act;
  // Its account is known only where the entry states it; a line of any other may be its own, for what is paid is recorded late.
  BookMovement movement;
  // The account that it moved, as the entry states or as the ledger counts what is still to be carried.
  int account = kAnyAccount;
  // All of it, by account: more than one where a bank took back more than the ledger had on the account.
  std::vector<AccountPart> parts;
};

struct BankItem {
  std::string line;
  std::string date;
  BankMovement movement;
};

struct Statement {
  v1::BankStatement head;
  std::vector<BankItem> items;
};

// An account of the box.
struct Account {
  std::string commitment;
  // Its complete statements, in order, one after another without a gap.
  std::vector<v1::BankStatement> statements;
  // What stands on it by the entries taken so far.
  int64_t balance = 0;

  bool Covers(const std::string& date) const {
    return !statements.empty() && date >= statements.front().first_date() && date <= statements.back().last_date();
  }
};

// A box, as the ledger and the bank have it, and what belongs together.
class Box {
 public:
  explicit Box(v1::Project project)
      : project_(std::move(project)),
        bank_account_(chart::Bank(project_.name())),
        cover_account_(chart::Suspense(project_.name())) {
    if (project_.former_account_commitments().empty()) then_ = project_;
  }

  // Reads the project's entries and matches what they say.
  absl::Status Load(const Reader& reader, int window_days) {
    absl::Status status;
    ORIUNDO_RETURN_IF_ERROR(reader.VisitEntries(project_.name(), project_.create_sequence() - 1, [&](const v1::Entry& entry) {
      status = Take(entry);
      return status.ok();
    }));
    ORIUNDO_RETURN_IF_ERROR(status);
    // Lines that were said to belong to something, or to nothing, when they were all there.
    std::unordered_map<int64_t, std::size_t> places;
    // What a carried balance took from the former account is of the same entry as what arrived on the new one.
    std::unordered_map<int64_t, std::size_t> carried_out;
    for (std::size_t i = 0; i < book_.size(); ++i) {
      const bool leaves = book_[i].act.resource == project_.name() && book_[i].movement.amount < 0;
      (leaves ? carried_out : places).emplace(book_[i].sequence, i);
    }
    for (BankItem& item : bank_) {
      const auto said = said_.find(item.line);
      if (said == said_.end()) continue;
      item.movement.set_apart = said->second.empty();
      for (const Said& match : said->second) {
        auto place = places.find(match.sequence);
        if (const auto out = carried_out.find(match.sequence); match.minor_units < 0 && out != carried_out.end()) place = out;
        if (place == places.end()) return absl::DataLossError("the bank line " + item.line + " is matched with an entry that moved nothing");
        item.movement.entered.push_back({place->second, match.minor_units});
      }
    }
    std::vector<BookMovement> book;
    std::vector<BankMovement> bank;
    for (const BookItem& item : book_) book.push_back(item.movement);
    for (const BankItem& item : bank_) bank.push_back(item.movement);
    matches_ = MatchMovements(book, bank, window_days);
    return absl::OkStatus();
  }

  const std::string& currency_code() const { return project_.currency_code(); }

  // Fills everything but the pages, and returns the days in order.
  std::vector<v1::BoxDay> Days(v1::ReconcileBoxResponse& summary) const {
    std::map<std::string, v1::BoxDay> days;
    std::map<std::string, int64_t> moved_by_bank;
    // An account stands at nothing before its first statement, and at what closed the last one after that.
    std::map<std::string, int64_t> openings;
    bool covered = false;
    for (const Account& account : accounts_) {
      for (const v1::BankStatement& statement : account.statements) days[statement.last_date()];
      if (account.statements.empty()) continue;
      const v1::BankStatement& first = account.statements.front();
      const v1::BankStatement& last = account.statements.back();
      openings[first.first_date()] += first.opening_balance_minor_units();
      if (!covered || first.first_date() < summary.first_date()) summary.set_first_date(first.first_date());
      if (!covered || last.last_date() > summary.last_date()) summary.set_last_date(last.last_date());
      summary.set_bank_balance_minor_units(summary.bank_balance_minor_units() + last.closing_balance_minor_units());
      summary.set_opening_difference_minor_units(summary.opening_difference_minor_units() + first.opening_balance_minor_units());
      covered = true;
    }
    for (std::size_t i = 0; i < book_.size(); ++i) {
      v1::BoxDay& day = days[book_[i].act.date];
      const int64_t amount = book_[i].movement.amount;
      const int64_t matched = matches_.book[i].matched;
      day.set_book_balance_minor_units(day.book_balance_minor_units() + amount);  // What moved; the balance follows below.
      day.set_book_matched_minor_units(day.book_matched_minor_units() + matched);
      if (matched == amount) {
        day.set_book_matched_count(day.book_matched_count() + 1);
      } else if (IsCovered(book_[i])) {
        day.set_book_unmatched_minor_units(day.book_unmatched_minor_units() + amount - matched);
        day.set_book_unmatched_count(day.book_unmatched_count() + 1);
        summary.set_book_unmatched_count(summary.book_unmatched_count() + 1);
      } else if (covered && book_[i].act.date >= summary.first_date()) {
        summary.set_book_not_covered_count(summary.book_not_covered_count() + 1);
      }
    }
    for (std::size_t i = 0; i < bank_.size(); ++i) {
      v1::BoxDay& day = days[bank_[i].date];
      const int64_t amount = bank_[i].movement.amount;
      moved_by_bank[bank_[i].date] += amount;
      const int64_t matched = matches_.bank[i].matched;
      day.set_bank_matched_minor_units(day.bank_matched_minor_units() + matched);
      if (matched == amount) {
        day.set_bank_matched_count(day.bank_matched_count() + 1);
      } else {
        day.set_bank_unmatched_minor_units(day.bank_unmatched_minor_units() + amount - matched);
        day.set_bank_unmatched_count(day.bank_unmatched_count() + 1);
        summary.set_bank_unmatched_count(summary.bank_unmatched_count() + 1);
      }
    }
    int64_t book_balance = 0;
    int64_t bank_balance = 0;
    std::vector<v1::BoxDay> in_order;
    auto opening = openings.begin();
    for (auto& [date, day] : days) {
      for (; opening != openings.end() && opening->first <= date; ++opening) bank_balance += opening->second;
      if (covered && date < summary.first_date()) {
        summary.set_opening_difference_minor_units(summary.opening_difference_minor_units() - day.book_balance_minor_units());
      }
      book_balance += day.book_balance_minor_units();
      day.set_bank_value_date(date);
      day.set_book_balance_minor_units(book_balance);
      if (IsCovered(date)) {
        bank_balance += moved_by_bank[date];
        day.set_bank_balance_minor_units(bank_balance);
        day.set_difference_minor_units(bank_balance - book_balance);
      }
      if (!covered || date <= summary.last_date()) summary.set_book_balance_minor_units(book_balance);
      in_order.push_back(std::move(day));
    }
    if (covered) summary.set_difference_minor_units(summary.bank_balance_minor_units() - summary.book_balance_minor_units());
    summary.set_reconciled(covered && summary.difference_minor_units() == 0 && summary.book_unmatched_count() == 0 &&
                           summary.bank_unmatched_count() == 0);
    return in_order;
  }

  // What stands on each account: the agreed one first, then former ones, the latest first.
  std::vector<v1::BoxAccount> Accounts() const {
    std::vector<std::string> commitments = {project_.account_commitment()};
    for (const std::string& former : FormerAccounts(project_)) commitments.push_back(former);
    std::vector<v1::BoxAccount> accounts;
    for (const std::string& commitment : commitments) {
      const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                      [&](const Account& candidate) { return candidate.commitment == commitment; });
      if (found == accounts_.end()) continue;
      const int number = static_cast<int>(found - accounts_.begin()) + 1;
      v1::BoxAccount account;
      account.set_account_commitment(commitment);
      account.set_former(commitment != project_.account_commitment());
      const bool has_statement = !found->statements.empty();
      if (has_statement) {
        account.set_first_date(found->statements.front().first_date());
        account.set_last_date(found->statements.back().last_date());
        account.set_bank_balance_minor_units(found->statements.back().closing_balance_minor_units());
      }
      bool moved = false;
      for (std::size_t i = 0; i < book_.size(); ++i) {
        for (const AccountPart& part : book_[i].parts) {
          if (part.account != number) continue;
          moved = true;
          if (has_statement && book_[i].act.date > account.last_date()) continue;
          account.set_book_balance_minor_units(account.book_balance_minor_units() + part.amount);
        }
        if (book_[i].account != number || matches_.book[i].matched == book_[i].movement.amount) continue;
        if (IsCovered(book_[i])) {
          account.set_book_unmatched_count(account.book_unmatched_count() + 1);
        } else {
          account.set_book_not_covered_count(account.book_not_covered_count() + 1);
        }
      }
      for (std::size_t i = 0; i < bank_.size(); ++i) {
        if (bank_[i].movement.account != number || matches_.bank[i].matched == bank_[i].movement.amount) continue;
        account.set_bank_unmatched_count(account.bank_unmatched_count() + 1);
      }
      if (!has_statement && !moved) continue;
      if (has_statement) {
        account.set_difference_minor_units(account.bank_balance_minor_units() - account.book_balance_minor_units());
      }
      accounts.push_back(std::move(account));
    }
    return accounts;
  }

  // Postings and lines by day, each match of one by itself and what is left of it last; of a day first the postings, then the lines.
  std::vector<v1::BoxItem> Items(bool unmatched_only) const {
    std::vector<v1::BoxItem> items;
    // Adds a posting or line of this amount, `whole` saying what does not change from part to part.
    const auto add = [&](const v1::BoxItem& whole, int64_t amount, const MovementMatch& match, bool covered, const auto& fill) {
      const int64_t left = amount - match.matched;
      if (!unmatched_only) {
        for (const MatchPart& part : match.parts) {
          v1::BoxItem& item = items.emplace_back(whole);
          item.set_minor_units(part.amount);
          item.set_match(MatchOf(match.kind, covered));
          fill(part.other, item);
        }
      }
      if (left == 0 || (unmatched_only && !covered)) return;
      v1::BoxItem& item = items.emplace_back(whole);
      item.set_minor_units(left);
      item.set_match(MatchOf(MatchKind::kNone, covered));
    };
    for (std::size_t i = 0; i < book_.size(); ++i) {
      v1::BoxItem item;
      item.set_bank_value_date(book_[i].act.date);
      item.set_resource(book_[i].act.resource);
      item.set_entry_sequence(book_[i].sequence);
      const bool reversal = matches_.book[i].kind == MatchKind::kReversal;
      add(item, book_[i].movement.amount, matches_.book[i], IsCovered(book_[i]), [&](std::size_t other, v1::BoxItem& part) {
        if (!reversal) part.set_line(bank_[other].line);
      });
    }
    for (std::size_t i = 0; i < bank_.size(); ++i) {
      v1::BoxItem item;
      item.set_bank(true);
      item.set_bank_value_date(bank_[i].date);
      item.set_line(bank_[i].line);
      add(item, bank_[i].movement.amount, matches_.bank[i], true, [&](std::size_t other, v1::BoxItem& part) {
        part.set_resource(book_[other].act.resource);
        part.set_entry_sequence(book_[other].sequence);
      });
    }
    std::stable_sort(items.begin(), items.end(), [](const v1::BoxItem& a, const v1::BoxItem& b) {
      if (a.bank_value_date() != b.bank_value_date()) return a.bank_value_date() < b.bank_value_date();
      return !a.bank() && b.bank();
    });
    return items;
  }

 private:
  // What a verifier said of a line: the entry that a part of it belongs to.
  struct Said {
    int64_t sequence = 0;
    int64_t minor_units = 0;
  };

  static v1::BoxItem::Match MatchOf(MatchKind kind, bool covered) {
    switch (kind) {
      case MatchKind::kNone:
        return covered ? v1::BoxItem::UNMATCHED : v1::BoxItem::NOT_COVERED;
      case MatchKind::kEntered:
        return v1::BoxItem::ENTERED;
      case MatchKind::kReference:
        return v1::BoxItem::BY_REFERENCE;
      case MatchKind::kDate:
        return v1::BoxItem::BY_DATE;
      case MatchKind::kReversal:
        return v1::BoxItem::WITH_REVERSAL;
    }
    return v1::BoxItem::MATCH_UNSPECIFIED;
  }

  // True where a complete statement covers the day.
  bool IsCovered(const std::string& date) const {
    return std::any_of(accounts_.begin(), accounts_.end(), [&](const Account& account) { return account.Covers(date); });
  }
  // True where a complete statement of its account covers the day.
  bool IsCovered(const BookItem& item) const {
    return accounts_[static_cast<std::size_t>(item.account) - 1].Covers(item.act.date);
  }

  // The account's number among those of the box: its place, from 1 on.
  int NumberOf(const std::string& commitment) {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
      if (accounts_[i].commitment == commitment) return static_cast<int>(i) + 1;
    }
    accounts_.push_back({.commitment = commitment, .statements = {}});
    return static_cast<int>(accounts_.size());
  }
  Account& AccountOf(const std::string& commitment) { return accounts_[static_cast<std::size_t>(NumberOf(commitment)) - 1]; }

  // Those that amendments replaced, the latest first, each once.
  static std::vector<std::string> FormerAccounts(const v1::Project& project) {
    const auto& all = project.former_account_commitments();
    std::vector<std::string> accounts;
    for (auto former = all.rbegin(); former != all.rend(); ++former) {
      if (*former == project.account_commitment()) continue;
      if (std::find(accounts.begin(), accounts.end(), *former) == accounts.end()) accounts.push_back(*former);
    }
    return accounts;
  }

  void MoveOn(int account, int64_t amount, BookItem& item) {
    if (amount == 0) return;
    accounts_[static_cast<std::size_t>(account) - 1].balance += amount;
    item.parts.push_back({account, amount});
  }

  // What leaves the former accounts leaves the item's own, if that is one of them, and then the latest on which something stands.
  void MoveOnFormer(int64_t amount, BookItem& item) {
    const std::vector<std::string> former = FormerAccounts(then_);
    const int agreed = NumberOf(then_.account_commitment());
    std::vector<int> numbers;
    if (item.account != kAnyAccount && item.account != agreed) numbers.push_back(item.account);
    for (const std::string& account : former) numbers.push_back(NumberOf(account));
    if (numbers.empty()) numbers.push_back(agreed);
    for (const int number : numbers) {
      const int64_t stands = accounts_[static_cast<std::size_t>(number) - 1].balance;
      const int64_t leaves = std::max(amount, -std::max<int64_t>(0, stands));
      if (leaves < 0 && item.account == kAnyAccount) item.account = number;
      MoveOn(number, leaves, item);
      amount -= leaves;
    }
    // Only where agreements went from one account to others and back to it is less there than is to be carried.
    if (item.account == kAnyAccount) item.account = numbers.front();
    MoveOn(numbers.front(), amount, item);
  }

  // What left the former account, and what arrived on the new one; together nothing.
  void TakeCarry(const v1::Entry& entry) {
    const v1::BalanceCarried& carried = entry.balance_carried();
    const int64_t amount = carried.credited().minor_units();
    const std::vector<std::string> former = FormerAccounts(then_);
    for (const bool arrives : {false, true}) {
      BookItem item{.sequence = entry.sequence(), .act = ActOf(entry), .movement = {}, .account = kAnyAccount, .parts = {}};
      item.movement.amount = arrives ? amount : -amount;
      item.movement.day = DayNumber(item.act.date);
      if (arrives) item.account = NumberOf(carried.account_commitment());
      // From which of several former ones it came nobody said.
      if (!arrives && former.size() == 1) item.account = NumberOf(former[0]);
      item.movement.account = item.account;
      if (arrives) {
        MoveOn(item.account, amount, item);
      } else {
        MoveOnFormer(-amount, item);
      }
      book_.push_back(std::move(item));
    }
  }

  // Says on which accounts an entry's money stands, as the ledger counts what is still to be carried: what states no account
  // moved the agreed one, but for as much as `uncarried_moved`.
  void Place(const v1::Entry& entry, int64_t uncarried_moved, BookItem& item) {
    if (const std::string& stated = StatedAccount(entry); !stated.empty()) {
      item.account = NumberOf(stated);
      item.movement.account = item.account;
      MoveOn(item.account, item.movement.amount, item);
      return;
    }
    const int agreed = NumberOf(then_.account_commitment());
    if (uncarried_moved == 0) {
      item.account = agreed;
      MoveOn(agreed, item.movement.amount, item);
      return;
    }
    const auto& inputs = entry.inputs();
    const bool from_former = !item.act.reversal || std::any_of(inputs.begin(), inputs.end(), [](const v1::Input& input) {
      return input.name() == kLeftFormerAccountInput;
    });
    if (!from_former) item.account = agreed;
    // A bank takes back from the account that it had credited.
    if (from_former && item.movement.reverses.has_value()) item.account = book_[*item.movement.reverses].account;
    MoveOnFormer(uncarried_moved, item);
    MoveOn(agreed, item.movement.amount - uncarried_moved, item);
  }

  absl::Status Take(const v1::Entry& entry) {
    TakeStatement(entry);
    const int64_t uncarried = then_.uncarried_minor_units();
    Follow(entry);
    int64_t amount = 0;
    const bool carries = entry.has_balance_carried();
    for (const v1::Posting& posting : entry.postings()) {
      if (posting.account() == bank_account_ || posting.account() == cover_account_) amount += posting.minor_units();
    }
    if (amount == 0 && !carries) return absl::OkStatus();
    if (book_.size() + (carries ? 2 : 1) > kBookPostingsMax) {
      return ReasonStatus(v1::TOO_MANY_CHANGES,
                          absl::StrCat("the box of ", project_.name(), " has more than ", kBookPostingsMax,
                                       " postings; reconciliation takes no more"),
                          {{"case", "POSTINGS"}, {"maximum", absl::StrCat(kBookPostingsMax)}});
    }
    if (carries) {
      TakeCarry(entry);
      return absl::OkStatus();
    }
    BookItem item{.sequence = entry.sequence(), .act = ActOf(entry), .movement = {}, .account = kAnyAccount, .parts = {}};
    item.movement.amount = amount;
    item.movement.day = DayNumber(item.act.date);
    item.movement.reference = entry.bank_use().reference_commitment();
    if (entry.has_advance_recovery_reversed()) {
      const int64_t recovery = entry.advance_recovery_reversed().recovery_sequence();
      const auto found = std::find_if(book_.begin(), book_.end(), [&](const BookItem& other) { return other.sequence == recovery; });
      if (found != book_.end()) item.movement.reverses = static_cast<std::size_t>(found - book_.begin());
    } else if (item.act.reversal) {
      if (const auto found = originals_.find(item.act.resource); found != originals_.end()) item.movement.reverses = found->second;
    } else {
      originals_.try_emplace(item.act.resource, book_.size());  // What comes back of an advance is of the same resource.
    }
    Place(entry, then_.uncarried_minor_units() - uncarried, item);
    book_.push_back(std::move(item));
    return absl::OkStatus();
  }

  // Brings `then_` to the entry. A project that never had another account has all on the one.
  void Follow(const v1::Entry& entry) {
    if (project_.former_account_commitments().empty()) return;
    for (const std::string& touched : TouchedRecords(entry)) {
      if (touched == project_.name()) FoldRecord(entry, touched, then_);
    }
  }

  void TakeStatement(const v1::Entry& entry) {
    if (entry.has_bank_statement_started()) {
      v1::BankStatement head = entry.bank_statement_started().statement();
      head.set_account_commitment(entry.bank_statement_started().account_commitment());
      importing_ = {head, {}};
      if (head.state() == v1::BankStatement::COMPLETE) AccountOf(head.account_commitment()).statements.push_back(head);
    }
    if (entry.has_bank_lines_added()) {
      const v1::BankLinesAdded& added = entry.bank_lines_added();
      for (int i = 0; i < added.lines_size(); ++i) {
        const v1::BankLinesAdded::Line& line = added.lines(i);
        BankItem item{.line = BankLineName(added.statement(), added.first_line() + i), .date = line.bank_value_date(), .movement = {}};
        item.movement.amount = line.minor_units();
        item.movement.day = DayNumber(item.date);
        item.movement.reference = line.reference_commitment();
        item.movement.account = NumberOf(importing_.head.account_commitment());
        importing_.items.push_back(std::move(item));
      }
      if (added.complete()) {
        AccountOf(importing_.head.account_commitment()).statements.push_back(importing_.head);
        std::move(importing_.items.begin(), importing_.items.end(), std::back_inserter(bank_));
        importing_ = {};
      }
    }
    if (entry.has_bank_statement_discarded()) importing_ = {};
    if (entry.has_bank_statement_withdrawn()) {
      // None of its lines is matched, and it is the last one of its account.
      const std::string& withdrawn = entry.bank_statement_withdrawn().statement();
      std::erase_if(bank_, [&](const BankItem& item) { return StatementOfLine(item.line) == withdrawn; });
      for (Account& account : accounts_) {
        std::erase_if(account.statements, [&](const v1::BankStatement& statement) { return statement.name() == withdrawn; });
      }
    }
    if (entry.has_bank_line_matched()) {
      const v1::BankLineMatched& matched = entry.bank_line_matched();
      said_[matched.line()].push_back({matched.matched_sequence(), matched.minor_units()});
    }
    if (entry.has_bank_line_unmatched()) {
      const auto& ended = entry.bank_line_unmatched().matched_sequences();
      std::erase_if(said_[entry.bank_line_unmatched().line()],
                    [&](const Said& said) { return std::find(ended.begin(), ended.end(), said.sequence) != ended.end(); });
    }
    if (!entry.bank_use().line().empty()) {
      said_[entry.bank_use().line()].push_back({entry.sequence(), entry.bank_use().line_minor_units()});
    }
  }

  const v1::Project project_;
  // The project as it was at the entry taken last.
  v1::Project then_;
  const std::string bank_account_;
  const std::string cover_account_;
  std::vector<BookItem> book_;
  std::vector<BankItem> bank_;
  // By when each was first met.
  std::vector<Account> accounts_;
  Statement importing_;
  // What verifiers said of lines last: the entries that one belongs to, or none where it belongs to nothing.
  std::unordered_map<std::string, std::vector<Said>> said_;
  // The posting of each resource, by its place.
  std::unordered_map<std::string, std::size_t> originals_;
  MovementMatches matches_;
};

// A request with what both have in common taken out of it.
struct Opened {
  int page_size = 0;
  LedgerKey key;
  PagePosition position;
  Reader reader;
  Box box;
};

template <typename Request>
absl::StatusOr<Opened> Open(const Engine& engine, const Request& request, const std::string& project) {
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> for_key, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(LedgerKey key, LedgerKey::Load(*for_key));
  for_key.reset();
  ORIUNDO_ASSIGN_OR_RETURN(PagePosition position, DecodePageToken(key, request));
  v1::KnownAt known_at = request.known_at();
  if (!position.last.empty()) known_at.set_sequence(position.sequence);
  absl::StatusOr<Reader> reader = Reader::Open(engine, known_at);
  if (!reader.ok() && !position.last.empty() && ReasonOf(reader.status()) == v1::INVALID_FIELD) {
    // A journal restored to an earlier day is shorter than the token says.
    return ReasonStatus(v1::PAGE_TOKEN_INVALID, "page_token points beyond the journal; begin again without it", {{"field", "page_token"}});
  }
  ORIUNDO_RETURN_IF_ERROR(reader.status());
  ORIUNDO_ASSIGN_OR_RETURN(v1::Project record, reader->template Get<v1::Project>(project));
  Box box(std::move(record));
  ORIUNDO_RETURN_IF_ERROR(box.Load(*reader, request.has_window_days() ? request.window_days() : kWindowDaysDefault));
  return Opened{page_size, std::move(key), std::move(position), *std::move(reader), std::move(box)};
}

}  // namespace

absl::StatusOr<v1::ReconcileBoxResponse> ReconcileBox(const Engine& engine, const v1::ReconcileBoxRequest& request) {
  if (!IsResourceName(request.name(), "projects/*")) return NameStatus("name", "projects/*");
  ORIUNDO_ASSIGN_OR_RETURN(const Opened opened, Open(engine, request, request.name()));
  v1::ReconcileBoxResponse response;
  response.set_sequence(opened.reader.sequence());
  response.set_currency_code(opened.box.currency_code());
  for (v1::BoxAccount& account : opened.box.Accounts()) *response.add_accounts() = std::move(account);
  for (v1::BoxDay& day : opened.box.Days(response)) {
    if (day.bank_value_date() <= opened.position.last) continue;
    if (response.days_size() == opened.page_size) {
      response.set_next_page_token(EncodePageToken(
          opened.key, request,
          {.last = response.days(opened.page_size - 1).bank_value_date(), .sequence = opened.reader.sequence()}));
      break;
    }
    *response.add_days() = std::move(day);
  }
  return response;
}

absl::StatusOr<v1::ListBoxItemsResponse> ListBoxItems(const Engine& engine, const v1::ListBoxItemsRequest& request) {
  if (!IsResourceName(request.parent(), "projects/*")) return NameStatus("parent", "projects/*");
  ORIUNDO_ASSIGN_OR_RETURN(const Opened opened, Open(engine, request, request.parent()));
  v1::ListBoxItemsResponse response;
  response.set_sequence(opened.reader.sequence());
  response.set_currency_code(opened.box.currency_code());
  // At one sequence the order never changes, so how many were shown says where to go on.
  std::size_t next = 0;
  const std::string& last = opened.position.last;
  std::from_chars(last.data(), last.data() + last.size(), next);
  std::vector<v1::BoxItem> items = opened.box.Items(request.unmatched_only());
  for (; next < items.size(); ++next) {
    if (response.items_size() == opened.page_size) {
      response.set_next_page_token(EncodePageToken(opened.key, request, {.last = absl::StrCat(next), .sequence = opened.reader.sequence()}));
      break;
    }
    *response.add_items() = std::move(items[next]);
  }
  return response;
}

}  // namespace oriundo
