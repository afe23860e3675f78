#include "server/queries/reconcile.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/reason_status.h"
#include "server/ledger/bank_names.h"
#include "server/queries/lists.h"
#include "server/queries/statement.h"
#include "server/queries/stored_ledger.h"
#include "server/queries/trail.h"

namespace oriundo {
namespace {

// The day on which everything of a StoredLedger counts.
constexpr char kDay[] = "2014-08-29";

v1::BankReference Reference(char c) {
  v1::BankReference reference;
  reference.set_reference_commitment(std::string(32, c));
  return reference;
}

v1::Account TheAccount() {
  v1::Account account;
  account.set_number_commitment(std::string(32, 'a'));
  return account;
}

struct Line {
  std::string day;
  int64_t amount;
  char reference = 0;
};

// All sign an amendment to that account.
void ChangeAccount(StoredLedger& ledger, char account = 'b') {
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/p");
  propose.set_amendment_id(std::string("to-") + account);
  propose.mutable_terms()->mutable_account()->set_number_commitment(std::string(32, account));
  propose.mutable_terms()->mutable_account()->set_use(std::string("accounts/") + account);
  propose.mutable_reason()->set_text("the bank closed its branch");
  ledger.Do("office", "projects/p", propose);
  for (const char* signer : {"club", "executor"}) {
    v1::SignAmendmentRequest sign;
    sign.set_name(std::string("projects/p/amendments/to-") + account);
    sign.mutable_account()->set_number_commitment(std::string(32, account));
    ledger.Do(signer, "projects/p", sign);
  }
}

void AddReceipt(google::protobuf::RepeatedPtrField<v1::Evidence>& documents) {
  v1::Evidence& receipt = *documents.Add();
  receipt.set_type(v1::BANK_RECEIPT);
  receipt.set_salted_sha256(std::string(32, 'd'));
}

// A verifier saw so much of the former account's money on that one.
void Carry(StoredLedger& ledger, int64_t amount, char account = 'b') {
  v1::CarryBalanceRequest carry;
  carry.set_name("projects/p");
  *carry.mutable_credited() = Mxn(amount);
  carry.set_bank_value_date("2014-08-30");
  carry.mutable_account()->set_number_commitment(std::string(32, account));
  AddReceipt(*carry.mutable_documents());
  ledger.Do("verifier", "projects/p", carry);
}

// The club's money came to that account.
void ContributeTo(StoredLedger& ledger, const std::string& id, int64_t amount, char account) {
  ledger.Declare("p", id, "club", amount);
  v1::VerifyContributionRequest verify;
  verify.set_name("projects/p/contributions/" + id);
  *verify.mutable_credited() = Mxn(amount);
  verify.set_bank_value_date(kDay);
  verify.mutable_account()->set_number_commitment(std::string(32, account));
  AddReceipt(*verify.mutable_documents());
  ledger.Do("verifier", "projects/p", verify);
}

// The executor records what the bank took for itself.
void PayFee(StoredLedger& ledger, const std::string& id, int64_t amount) {
  v1::RecordExpenditureRequest fee;
  fee.set_parent("projects/p");
  fee.set_expenditure_id(id);
  *fee.mutable_expenditure()->mutable_amount() = Mxn(amount);
  fee.mutable_expenditure()->set_category(v1::FEES);
  fee.mutable_expenditure()->set_payment_date("2014-08-30");
  fee.mutable_expenditure()->set_vendor_name("the bank");
  v1::Evidence& invoice = *fee.mutable_expenditure()->add_evidence();
  invoice.set_type(v1::INVOICE);
  invoice.set_salted_sha256(std::string(32, 'd'));
  ledger.Do("executor", "projects/p", fee);
}

// One statement of project `p` with all its lines.
void Import(StoredLedger& ledger, const std::string& id, const std::string& first, const std::string& last, int64_t opening,
            const std::vector<Line>& lines, char account = 'a') {
  v1::StartBankStatementRequest start;
  start.set_parent("projects/p");
  start.set_statement_id(id);
  start.mutable_statement()->set_first_date(first);
  start.mutable_statement()->set_last_date(last);
  start.mutable_statement()->set_opening_balance_minor_units(opening);
  int64_t closing = opening;
  v1::AddBankLinesRequest add;
  add.set_name("projects/p/statements/" + id);
  add.set_first_line(1);
  for (const Line& line : lines) {
    closing += line.amount;
    v1::NewBankLine& added = *add.add_lines();
    added.set_bank_value_date(line.day);
    added.set_minor_units(line.amount);
    if (line.reference != 0) *added.mutable_bank_reference() = Reference(line.reference);
  }
  start.mutable_statement()->set_closing_balance_minor_units(closing);
  start.mutable_statement()->set_line_count(static_cast<int64_t>(lines.size()));
  start.mutable_account()->set_number_commitment(std::string(32, account));
  ledger.Do("verifier", "projects/p", start);
  if (!lines.empty()) ledger.Do("verifier", "projects/p", add);
}

void Deposit(StoredLedger& ledger, const std::string& id, int64_t amount, char reference = 0) {
  v1::RecordDepositRequest request;
  request.set_parent("projects/p");
  request.set_deposit_id(id);
  *request.mutable_deposit()->mutable_amount() = Mxn(amount);
  request.mutable_deposit()->set_bank_value_date(kDay);
  v1::Evidence& receipt = *request.mutable_deposit()->add_evidence();
  receipt.set_type(v1::BANK_RECEIPT);
  receipt.set_salted_sha256(std::string(32, 'd'));
  *request.mutable_account() = TheAccount();
  if (reference != 0) *request.mutable_bank_reference() = Reference(reference);
  ledger.Do("verifier", "projects/p", request);
}

v1::ReconcileBoxResponse Reconcile(StoredLedger& ledger, int page_size = 0, const std::string& token = {}) {
  v1::ReconcileBoxRequest request;
  request.set_name("projects/p");
  request.set_page_size(page_size);
  request.set_page_token(token);
  return *ReconcileBox(ledger.engine(), request);
}

std::vector<v1::BoxItem> Items(StoredLedger& ledger, bool unmatched_only = false, int page_size = 0) {
  v1::ListBoxItemsRequest request;
  request.set_parent("projects/p");
  request.set_unmatched_only(unmatched_only);
  request.set_page_size(page_size);
  std::vector<v1::BoxItem> items;
  do {
    const v1::ListBoxItemsResponse page = *ListBoxItems(ledger.engine(), request);
    items.insert(items.end(), page.items().begin(), page.items().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return items;
}

// The club alone, due 2,000; it has paid 1,000 and 500 of it is spent. Agreed when the first statements begin.
void MakeBox(StoredLedger& ledger) {
  ledger.agreement_day = "2014-07-01";
  ledger.AddRule("r", {{.role = "club"}});
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Spend("p", "e1", 500);
}

TEST(ReconcileBox, SaysNothingOfABoxWithoutStatementsButWhatTheLedgerHas) {
  StoredLedger ledger;
  MakeBox(ledger);
  const v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_FALSE(box.reconciled());
  EXPECT_EQ(box.last_date(), "");
  ASSERT_EQ(box.days_size(), 1);
  EXPECT_EQ(box.days(0).book_balance_minor_units(), 500);
  EXPECT_FALSE(box.days(0).has_bank_balance_minor_units());
  EXPECT_EQ(box.days(0).book_unmatched_count(), 0);
  for (const v1::BoxItem& item : Items(ledger)) EXPECT_EQ(item.match(), v1::BoxItem::NOT_COVERED);
}

TEST(ReconcileBox, HoldsTheLedgerAgainstTheBankDayByDay) {
  StoredLedger ledger;
  MakeBox(ledger);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{"2014-08-27", 1'000}, {"2014-08-30", -500}, {"2014-08-31", 7}});
  const v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_FALSE(box.reconciled());
  EXPECT_EQ(box.currency_code(), "MXN");
  EXPECT_EQ(box.first_date(), "2014-08-01");
  EXPECT_EQ(box.last_date(), "2014-08-31");
  EXPECT_EQ(box.book_balance_minor_units(), 500);
  EXPECT_EQ(box.bank_balance_minor_units(), 507);
  EXPECT_EQ(box.difference_minor_units(), 7);
  EXPECT_EQ(box.bank_unmatched_count(), 1);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  ASSERT_EQ(box.days_size(), 4);
  EXPECT_EQ(box.days(0).bank_value_date(), "2014-08-27");
  EXPECT_EQ(box.days(0).difference_minor_units(), 1'000);
  EXPECT_EQ(box.days(0).bank_matched_minor_units(), 1'000);
  EXPECT_EQ(box.days(1).bank_value_date(), kDay);
  EXPECT_EQ(box.days(1).book_matched_count(), 2);
  EXPECT_EQ(box.days(1).book_matched_minor_units(), 500);
  EXPECT_EQ(box.days(1).difference_minor_units(), 500);
  EXPECT_EQ(box.days(3).bank_unmatched_minor_units(), 7);
  const std::vector<v1::BoxItem> unmatched = Items(ledger, true);
  ASSERT_EQ(unmatched.size(), 1u);
  EXPECT_EQ(unmatched[0].line(), "projects/p/lines/s1-000003");

  ledger.AddInterest("p", "i1", 7);
  const v1::ReconcileBoxResponse after = Reconcile(ledger);
  EXPECT_TRUE(after.reconciled());
  EXPECT_EQ(after.difference_minor_units(), 0);
}

TEST(ReconcileBox, KeepsItsPagesAtOneMomentAndTheyAddUp) {
  StoredLedger ledger;
  MakeBox(ledger);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{"2014-08-27", 1'000}, {"2014-08-30", -500}});
  const v1::ReconcileBoxResponse first = Reconcile(ledger, 2);
  ASSERT_EQ(first.days_size(), 2);
  ledger.AddInterest("p", "i1", 7);
  const v1::ReconcileBoxResponse second = Reconcile(ledger, 2, first.next_page_token());
  EXPECT_EQ(second.sequence(), first.sequence());
  ASSERT_EQ(second.days_size(), 2);
  EXPECT_EQ(second.days(1).bank_value_date(), "2014-08-31");
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_TRUE(second.reconciled());
  const std::vector<v1::BoxItem> by_one = Items(ledger, false, 1);
  const std::vector<v1::BoxItem> at_once = Items(ledger);
  ASSERT_EQ(by_one.size(), at_once.size());
  for (std::size_t i = 0; i < by_one.size(); ++i) EXPECT_EQ(by_one[i].SerializeAsString(), at_once[i].SerializeAsString());
}

TEST(ReconcileBox, BelievesVerifiersAndLeavesDiscardedLinesOut) {
  StoredLedger ledger;
  MakeBox(ledger);
  v1::StartBankStatementRequest start;
  start.set_parent("projects/p");
  start.set_statement_id("wrong");
  start.mutable_statement()->set_first_date("2014-08-01");
  start.mutable_statement()->set_last_date("2014-08-31");
  start.mutable_statement()->set_line_count(2);
  *start.mutable_account() = TheAccount();
  ledger.Do("verifier", "projects/p", start);
  v1::AddBankLinesRequest add;
  add.set_name("projects/p/statements/wrong");
  add.set_first_line(1);
  v1::NewBankLine& line = *add.add_lines();
  line.set_bank_value_date(kDay);
  line.set_minor_units(1'000);
  ledger.Do("verifier", "projects/p", add);
  v1::DiscardBankStatementRequest discard;
  discard.set_name("projects/p/statements/wrong");
  discard.mutable_reason()->set_text("the wrong file");
  ledger.Do("verifier", "projects/p", discard);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{"2014-08-01", 1'000}, {kDay, 1'000}, {kDay, -500}, {kDay, -1'000}});
  EXPECT_EQ(Items(ledger).size(), 6u);
  v1::MatchBankLineRequest match;
  match.set_name("projects/p/lines/s1-000001");
  match.set_matched_with("projects/p/contributions/c1");
  ledger.Do("verifier", "projects/p", match);
  std::vector<v1::BoxItem> items = Items(ledger);
  EXPECT_EQ(items[0].match(), v1::BoxItem::ENTERED);
  EXPECT_EQ(items[0].resource(), "projects/p/contributions/c1");
  v1::UnmatchBankLineRequest unmatch;
  unmatch.set_name("projects/p/lines/s1-000001");
  unmatch.mutable_reason()->set_text("it was the other one");
  ledger.Do("verifier", "projects/p", unmatch);
  items = Items(ledger);
  EXPECT_EQ(items[0].match(), v1::BoxItem::UNMATCHED);
  EXPECT_EQ(items[0].resource(), "");
  // The contribution is found again by its day.
  EXPECT_EQ(items[1].resource(), "projects/p/contributions/c1");
  EXPECT_EQ(items[1].match(), v1::BoxItem::BY_DATE);
  EXPECT_EQ(items[1].line(), "projects/p/lines/s1-000002");
}

TEST(ReconcileBox, ShowsEachPartOfASharedLineAndWhatIsLeftOfIt) {
  StoredLedger ledger;
  MakeBox(ledger);
  ledger.Contribute("p", "c2", "club", 300);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'400}, {kDay, -200}, {kDay, -300}});
  const auto match = [&](int line, const std::string& target, int64_t part) {
    v1::MatchBankLineRequest request;
    request.set_name("projects/p/lines/s1-00000" + std::to_string(line));
    request.set_matched_with("projects/p/" + target);
    request.set_minor_units(part);
    ledger.Do("verifier", "projects/p", request);
  };
  match(1, "contributions/c1", 1'000);
  match(1, "contributions/c2", 300);
  match(2, "expenditures/e1", -200);
  v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_EQ(box.bank_unmatched_count(), 2);
  EXPECT_EQ(box.book_unmatched_count(), 1);
  const v1::BoxDay& day = box.days(0);
  EXPECT_EQ(day.bank_value_date(), kDay);
  EXPECT_EQ(day.bank_matched_minor_units(), 1'300 - 200);
  EXPECT_EQ(day.bank_unmatched_minor_units(), 100 - 300);
  EXPECT_EQ(day.bank_matched_count(), 1);
  EXPECT_EQ(day.book_matched_minor_units(), 1'300 - 200);
  EXPECT_EQ(day.book_unmatched_minor_units(), -300);
  std::vector<int64_t> of_line;
  for (const v1::BoxItem& item : Items(ledger)) {
    if (item.bank() && item.line() == "projects/p/lines/s1-000001") of_line.push_back(item.minor_units());
  }
  EXPECT_EQ(of_line, (std::vector<int64_t>{1'000, 300, 100}));
  const std::vector<v1::BoxItem> left = Items(ledger, true);
  ASSERT_EQ(left.size(), 3u);
  EXPECT_EQ(left[0].resource(), "projects/p/expenditures/e1");
  EXPECT_EQ(left[0].minor_units(), -300);
  EXPECT_EQ(left[1].minor_units(), 100);
  EXPECT_EQ(left[2].minor_units(), -300);
  match(3, "expenditures/e1", -300);
  box = Reconcile(ledger);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  EXPECT_EQ(box.bank_unmatched_count(), 1);
}

TEST(ReconcileBox, CountsAWithdrawnStatementForNothingButAsItWasKnownThen) {
  StoredLedger ledger;
  MakeBox(ledger);
  Import(ledger, "s0", "2014-07-01", "2014-07-31", 0, {{"2014-07-05", 40}, {"2014-07-06", -40}});
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -501}});
  const v1::ReconcileBoxResponse wrong = Reconcile(ledger);
  EXPECT_EQ(wrong.difference_minor_units(), -1);
  v1::WithdrawBankStatementRequest withdraw;
  withdraw.set_name("projects/p/statements/s1");
  withdraw.mutable_reason()->set_text("the bank corrected it");
  ledger.Do("verifier", "projects/p", withdraw);
  v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_EQ(box.last_date(), "2014-07-31");
  EXPECT_EQ(box.bank_unmatched_count(), 2);
  Import(ledger, "s1b", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}});
  box = Reconcile(ledger);
  EXPECT_EQ(box.last_date(), "2014-08-31");
  EXPECT_EQ(box.difference_minor_units(), 0);
  EXPECT_EQ(box.bank_unmatched_count(), 2);
  v1::ReconcileBoxRequest then;
  then.set_name("projects/p");
  then.mutable_known_at()->set_sequence(wrong.sequence());
  EXPECT_EQ(ReconcileBox(ledger.engine(), then)->difference_minor_units(), -1);
}

TEST(ReconcileBox, TakesTheAccountsOfAnAmendedAgreementTogetherAndWhatWasCarriedOnBothSides) {
  StoredLedger ledger;
  MakeBox(ledger);
  Import(ledger, "s1", "2014-08-01", "2014-08-28", 0, {{"2014-08-27", 1'000}});
  ChangeAccount(ledger);
  Carry(ledger, 500);
  // The old account's last statement; the new one's is missing, and with it what arrived there.
  Import(ledger, "s2", "2014-08-29", "2014-08-31", 1'000, {{kDay, -500}, {kDay, -500}});
  v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_EQ(box.difference_minor_units(), -500);
  EXPECT_EQ(box.bank_unmatched_count(), 0);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  EXPECT_EQ(box.book_not_covered_count(), 1);
  EXPECT_FALSE(box.reconciled());
  Import(ledger, "n1", "2014-08-30", "2014-08-31", 0, {{"2014-08-30", 500}}, 'b');
  box = Reconcile(ledger);
  EXPECT_TRUE(box.reconciled());
  EXPECT_EQ(box.book_not_covered_count(), 0);
  EXPECT_EQ(box.first_date(), "2014-08-01");
  EXPECT_EQ(box.book_balance_minor_units(), 500);
  EXPECT_EQ(box.bank_balance_minor_units(), 500);
  EXPECT_EQ(box.opening_difference_minor_units(), 0);
  int carried = 0;
  for (const v1::BoxItem& item : Items(ledger)) carried += item.resource() == "projects/p" ? 1 : 0;
  EXPECT_EQ(carried, 4);
  // What a later account opened with the ledger knows nothing of.
  v1::WithdrawBankStatementRequest withdraw;
  withdraw.set_name("projects/p/statements/n1");
  withdraw.mutable_reason()->set_text("the bank corrected it");
  EXPECT_EQ((*ledger.Read().Get<v1::BankLine>("projects/p/lines/n1-000001")).state(), v1::BankLine::OPEN);
  ledger.Do("verifier", "projects/p", withdraw);
  EXPECT_EQ((*ledger.Read().Get<v1::BankLine>("projects/p/lines/n1-000001")).state(), v1::BankLine::WITHDRAWN);
  Import(ledger, "n1b", "2014-08-30", "2014-08-31", 20, {{"2014-08-30", 500}}, 'b');
  box = Reconcile(ledger);
  EXPECT_EQ(box.opening_difference_minor_units(), 20);
  EXPECT_EQ(box.difference_minor_units(), 20);
  EXPECT_EQ(box.bank_unmatched_count(), 0);
}

TEST(ReconcileBox, LooksForADepositOnTheAccountThatItWasConfirmedOnAlone) {
  StoredLedger ledger;
  MakeBox(ledger);
  ChangeAccount(ledger);
  // As much as the deposit of the old account, three days later.
  Import(ledger, "n1", "2014-08-30", "2014-08-31", 0, {{"2014-08-30", 1'000}}, 'b');
  EXPECT_EQ(Reconcile(ledger).bank_unmatched_count(), 1);
  Import(ledger, "s1", "2014-08-27", "2014-08-31", 0, {{"2014-08-27", 1'000}});
  EXPECT_EQ(Reconcile(ledger).bank_unmatched_count(), 1);
  for (const v1::BoxItem& item : Items(ledger)) {
    const bool is_deposit = item.bank() && item.line() == "projects/p/lines/s1-000001";
    EXPECT_TRUE(!is_deposit || item.match() == v1::BoxItem::BY_DATE);
  }
}

TEST(ReconcileBox, SaysWhatStandsOnEachAccountAndWhatItsOwnBankHas) {
  StoredLedger ledger;
  MakeBox(ledger);
  ChangeAccount(ledger);
  ContributeTo(ledger, "c2", 300, 'b');
  v1::ReconcileBoxResponse box = Reconcile(ledger);
  ASSERT_EQ(box.accounts_size(), 2);
  EXPECT_EQ(box.accounts(0).account_commitment(), std::string(32, 'b'));
  EXPECT_FALSE(box.accounts(0).former());
  EXPECT_EQ(box.accounts(0).book_balance_minor_units(), 300);
  EXPECT_EQ(box.accounts(0).book_not_covered_count(), 1);
  EXPECT_EQ(box.accounts(1).account_commitment(), std::string(32, 'a'));
  EXPECT_TRUE(box.accounts(1).former());
  EXPECT_EQ(box.accounts(1).book_balance_minor_units(), 500);
  EXPECT_EQ(box.accounts(1).book_not_covered_count(), 2);
  EXPECT_FALSE(box.accounts(1).has_difference_minor_units());
  // The old bank agrees with the ledger, whatever stands on the account of which no statement is there.
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}});
  box = Reconcile(ledger);
  EXPECT_EQ(box.accounts(1).first_date(), "2014-08-01");
  EXPECT_EQ(box.accounts(1).last_date(), "2014-08-31");
  EXPECT_EQ(box.accounts(1).bank_balance_minor_units(), 500);
  EXPECT_EQ(box.accounts(1).difference_minor_units(), 0);
  EXPECT_TRUE(box.accounts(1).has_difference_minor_units());
  EXPECT_EQ(box.accounts(1).book_not_covered_count(), 0);
  EXPECT_FALSE(box.accounts(0).has_difference_minor_units());
  EXPECT_EQ(box.accounts(0).book_not_covered_count(), 1);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  EXPECT_EQ(Reconcile(ledger, 1).accounts_size(), 2) << "the same on a page";
  Carry(ledger, 500);
  Import(ledger, "n1", "2014-08-01", "2014-08-31", 0, {{kDay, 300}, {"2014-08-30", 499}}, 'b');
  box = Reconcile(ledger);
  EXPECT_EQ(box.accounts(0).book_balance_minor_units(), 800);
  EXPECT_EQ(box.accounts(0).difference_minor_units(), -1);
  EXPECT_EQ(box.accounts(0).book_unmatched_count(), 1);
  EXPECT_EQ(box.accounts(0).bank_unmatched_count(), 1);
  EXPECT_EQ(box.accounts(1).book_balance_minor_units(), 0);
  EXPECT_EQ(box.accounts(1).difference_minor_units(), 500);
  EXPECT_EQ(box.accounts(1).book_unmatched_count(), 1) << "what was carried has not left the old account by its bank";
  EXPECT_EQ(box.accounts(1).bank_unmatched_count(), 0);
}

TEST(ReconcileBox, HoldsWhatIsPaidAfterAnAmendmentAgainstStatementsOfTheNewAccount) {
  StoredLedger ledger;
  MakeBox(ledger);
  ChangeAccount(ledger);
  Carry(ledger, 500);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}, {"2014-08-30", -500}});
  // All that stood on the old account was carried: the new bank takes the fee, and no statement of it is there.
  PayFee(ledger, "fee", 30);
  v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  EXPECT_EQ(box.book_not_covered_count(), 2);
  ASSERT_EQ(box.accounts_size(), 2);
  EXPECT_EQ(box.accounts(0).book_balance_minor_units(), 470);
  EXPECT_EQ(box.accounts(0).book_not_covered_count(), 2);
  EXPECT_EQ(box.accounts(1).difference_minor_units(), 0);
  for (const v1::BoxItem& item : Items(ledger)) {
    const bool is_fee = item.resource() == "projects/p/expenditures/fee";
    EXPECT_TRUE(!is_fee || item.match() == v1::BoxItem::NOT_COVERED);
  }
  Import(ledger, "n1", "2014-08-30", "2014-08-31", 0, {{"2014-08-30", 500}}, 'b');
  box = Reconcile(ledger);
  EXPECT_EQ(box.book_unmatched_count(), 1);
  EXPECT_EQ(box.accounts(0).book_unmatched_count(), 1);
  EXPECT_EQ(box.accounts(0).difference_minor_units(), 30);
}

// Late or paid by the old bank after all: its line is the payment's, and on which account it stands is a question for people.
TEST(ReconcileBox, FindsAPaymentOnTheOldBanksStatementToo) {
  StoredLedger ledger;
  MakeBox(ledger);
  ChangeAccount(ledger);
  Carry(ledger, 500);
  PayFee(ledger, "fee", 30);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}, {"2014-08-30", -30}, {"2014-08-30", -470}});
  bool found = false;
  for (const v1::BoxItem& item : Items(ledger)) {
    found |= item.resource() == "projects/p/expenditures/fee" && item.line() == "projects/p/lines/s1-000003";
  }
  EXPECT_TRUE(found);
}

// Whatever moved, former accounts have what is still to be carried, and all accounts together the box.
TEST(ReconcileBox, CountsOnFormerAccountsWhatIsStillToBeCarried) {
  StoredLedger ledger;
  MakeBox(ledger);
  std::map<std::string, int64_t> balances;
  const auto expect_sums = [&] {
    const v1::Project project = *ledger.Read().Get<v1::Project>("projects/p");
    const v1::ReconcileBoxResponse box = Reconcile(ledger);
    int64_t former = 0;
    int64_t all = 0;
    balances.clear();
    for (const v1::BoxAccount& account : box.accounts()) {
      former += account.former() ? account.book_balance_minor_units() : 0;
      all += account.book_balance_minor_units();
      balances[account.account_commitment().substr(0, 1)] = account.book_balance_minor_units();
    }
    EXPECT_EQ(former, project.uncarried_minor_units()) << "at entry " << ledger.newest();
    EXPECT_EQ(all, box.book_balance_minor_units()) << "at entry " << ledger.newest();
  };
  ledger.after_each = expect_sums;
  ChangeAccount(ledger);
  ContributeTo(ledger, "c2", 300, 'b');
  ledger.AddInterest("p", "i1", 40);
  EXPECT_EQ(balances["a"], 540);
  PayFee(ledger, "f1", 15);
  EXPECT_EQ(balances["a"], 525) << "the old bank takes its fee first";
  Carry(ledger, 400);
  EXPECT_EQ(balances["a"], 125);
  EXPECT_EQ(balances["b"], 700);
  ledger.Spend("p", "e2", 200);
  EXPECT_EQ(balances["b"], 500);
  ledger.Reverse("p", "r2", "contributions/c2");
  EXPECT_EQ(balances["a"], 125) << "the new bank took back what had come to it";
  EXPECT_EQ(balances["b"], 200);
  ChangeAccount(ledger, 'c');
  EXPECT_EQ(balances["a"], 125);
  EXPECT_EQ(balances["b"], 200);
  Deposit(ledger, "d1", 50);
  EXPECT_EQ(balances["a"], 175);
  Carry(ledger, 250, 'c');
  EXPECT_EQ(balances["b"], 0) << "the account that came before this one is carried first";
  EXPECT_EQ(balances["a"], 125);
  EXPECT_EQ(balances["c"], 250);
  ledger.Reverse("p", "r1", "contributions/c1");
  EXPECT_EQ(balances["a"], 0) << "of more than that account has the ledger takes the rest from where money is seen";
  EXPECT_EQ(balances["c"], -625);
}

// The old bank shows one debit for what it sent and for its fee; neither is found by amount or day.
TEST(ReconcileBox, BelievesAVerifierThatOneDebitIsACarriedBalanceAndItsFee) {
  StoredLedger ledger;
  MakeBox(ledger);
  ChangeAccount(ledger);
  PayFee(ledger, "fee", 20);
  Carry(ledger, 480);
  const int64_t sequence = ledger.newest();
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}, {"2014-08-20", -500}});
  Import(ledger, "n1", "2014-08-30", "2014-08-31", 0, {{"2014-08-30", 480}}, 'b');
  EXPECT_FALSE(Reconcile(ledger).reconciled());
  v1::MatchBankLineRequest match;
  match.set_name("projects/p/lines/s1-000003");
  match.set_matched_with("projects/p/expenditures/fee");
  match.set_minor_units(-20);
  ledger.Do("verifier", "projects/p", match);
  match.set_matched_with("projects/p");
  match.set_carry_sequence(sequence);
  match.set_minor_units(-480);
  ledger.Do("verifier", "projects/p", match);
  EXPECT_TRUE(Reconcile(ledger).reconciled());
  int entered = 0;
  for (const v1::BoxItem& item : Items(ledger)) entered += item.match() == v1::BoxItem::ENTERED ? 1 : 0;
  EXPECT_EQ(entered, 4);
}

TEST(ReconcileBox, CountsAllThatTheBankTookBackThoughTheBoxNeverGoesBelowZero) {
  StoredLedger ledger;
  MakeBox(ledger);
  ledger.Reverse("p", "rv", "contributions/c1");
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}, {kDay, -1'000}});
  const v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_TRUE(box.reconciled());
  EXPECT_EQ(box.book_balance_minor_units(), -500);
  EXPECT_EQ(box.bank_balance_minor_units(), -500);
}

TEST(ReconcileBox, SetsAMistakeThatTheBankNeverSawAgainstItsReversal) {
  StoredLedger ledger;
  MakeBox(ledger);
  ledger.Contribute("p", "c2", "club", 300);
  ledger.Reverse("p", "rv", "contributions/c2");
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}});
  EXPECT_TRUE(Reconcile(ledger).reconciled());
  int with_reversal = 0;
  for (const v1::BoxItem& item : Items(ledger)) with_reversal += item.match() == v1::BoxItem::WITH_REVERSAL;
  EXPECT_EQ(with_reversal, 2);
}

TEST(ReconcileBox, HoldsWhatWasThereBeforeTheFirstStatementAgainstItsOpeningBalance) {
  StoredLedger ledger;
  MakeBox(ledger);
  Import(ledger, "s1", "2014-08-30", "2014-08-31", 510, {});
  const v1::ReconcileBoxResponse box = Reconcile(ledger);
  EXPECT_EQ(box.opening_difference_minor_units(), 10);
  EXPECT_EQ(box.difference_minor_units(), 10);
  EXPECT_EQ(box.book_unmatched_count(), 0);
  EXPECT_FALSE(box.reconciled());
}

TEST(ReconcileBox, MatchesADepositByItsReferenceAndNotWhatItBecame) {
  StoredLedger ledger;
  MakeBox(ledger);
  Deposit(ledger, "d1", 300, 'r');
  ledger.Declare("p", "c2", "club", 300);
  v1::VerifyContributionRequest verify;
  verify.set_name("projects/p/contributions/c2");
  *verify.mutable_credited() = Mxn(300);
  verify.set_bank_value_date(kDay);
  *verify.mutable_account() = TheAccount();
  v1::Evidence& receipt = *verify.add_documents();
  receipt.set_type(v1::BANK_RECEIPT);
  receipt.set_salted_sha256(std::string(32, 'd'));
  verify.set_deposit("projects/p/deposits/d1");
  ledger.Do("verifier", "projects/p", verify);
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}, {"2014-08-02", 300, 'r'}});
  EXPECT_TRUE(Reconcile(ledger).reconciled());
  const std::vector<v1::BoxItem> items = Items(ledger);
  EXPECT_EQ(items[0].match(), v1::BoxItem::BY_REFERENCE);
  EXPECT_EQ(items[0].resource(), "projects/p/deposits/d1");
  EXPECT_EQ(items.size(), 6u);
}

TEST(ReconcileBox, KnowsThePast) {
  StoredLedger ledger;
  MakeBox(ledger);
  const int64_t before = ledger.newest();
  Import(ledger, "s1", "2014-08-01", "2014-08-31", 0, {{kDay, 1'000}, {kDay, -500}});
  v1::ReconcileBoxRequest request;
  request.set_name("projects/p");
  request.mutable_known_at()->set_sequence(before);
  EXPECT_EQ(ReconcileBox(ledger.engine(), request)->last_date(), "");
  v1::BankStatement statement = *ledger.Read().Get<v1::BankStatement>("projects/p/statements/s1");
  EXPECT_EQ(statement.state(), v1::BankStatement::COMPLETE);
  statement = *ledger.Read(before + 1).Get<v1::BankStatement>("projects/p/statements/s1");
  EXPECT_EQ(statement.state(), v1::BankStatement::IMPORTING);
  EXPECT_EQ(ReasonOf(ledger.Read(before + 1).Get("projects/p/lines/s1-000001").status()), v1::BANK_LINE_NOT_FOUND);
  v1::ListBankLinesRequest list;
  list.set_parent("projects/p");
  list.set_filter("minor_units < 0");
  v1::ListBankLinesResponse lines;
  ASSERT_TRUE(List(ledger.engine(), list, lines).ok());
  ASSERT_EQ(lines.lines_size(), 1);
  EXPECT_EQ(lines.lines(0).name(), "projects/p/lines/s1-000002");
}

TEST(ReconcileBox, RefusesWhatItCannotRead) {
  StoredLedger ledger;
  MakeBox(ledger);
  v1::ReconcileBoxRequest request;
  request.set_name("projects/none");
  EXPECT_EQ(ReasonOf(ReconcileBox(ledger.engine(), request).status()), v1::PROJECT_NOT_FOUND);
  request.set_name("programs/mx");
  EXPECT_EQ(ReasonOf(ReconcileBox(ledger.engine(), request).status()), v1::INVALID_FIELD);
  request.set_name("projects/p");
  request.set_page_token("abc");
  EXPECT_EQ(ReasonOf(ReconcileBox(ledger.engine(), request).status()), v1::PAGE_TOKEN_INVALID);
}

TEST(Deposit, StandsInStatementAndTrailAsNobodysMoney) {
  StoredLedger ledger;
  MakeBox(ledger);
  Deposit(ledger, "d1", 300);
  Deposit(ledger, "d2", 20);
  ledger.Reverse("p", "rv", "deposits/d2");
  v1::GetProjectStatementRequest request;
  request.set_name("projects/p");
  const v1::ProjectStatement statement = *GetProjectStatement(ledger.Read(), request);
  EXPECT_EQ(statement.unidentified_minor_units(), 300);
  EXPECT_EQ(statement.box_minor_units(), 800);
  TrailBudget budget;
  std::vector<v1::TrailRow> all;
  {
    const auto cursor = *TraceProject(ledger.Read(), "projects/p", "", budget);
    std::vector<v1::TrailRow> rows;
    for (bool more = true; more;) {
      more = *cursor->Next(rows);
      all.insert(all.end(), rows.begin(), rows.end());
    }
  }
  EXPECT_EQ(budget.items(), 0u);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back().kind(), v1::UNIDENTIFIED);
  EXPECT_EQ(all.back().inflow(), "projects/p/deposits/d1");
  EXPECT_EQ(all.back().party(), "");
  EXPECT_EQ(all.back().amount().minor_units(), 300);
  int unidentified = 0;
  for (const v1::TrailRow& row : all) unidentified += row.kind() == v1::UNIDENTIFIED;
  EXPECT_EQ(unidentified, 1);
}

}  // namespace
}  // namespace oriundo
