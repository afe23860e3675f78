// What the bank says: statements that follow one another and add up, lines that belong to one thing each, references that confirm
// once, and deposits that are nobody's until it is known whose they are.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

constexpr v1::ErrorReason kYes = v1::ERROR_REASON_UNSPECIFIED;
// The day on which everything of a TestLedger happens.
constexpr char kDay[] = "2014-09-10";

constexpr char kNewAccount[] = "998877665544332211";

// All sign an amendment to kNewAccount.
void ChangeAccount(TestLedger& ledger) {
  v1::ProposeAmendmentRequest propose;
  propose.set_parent("projects/p");
  propose.set_amendment_id("a1");
  propose.mutable_terms()->mutable_account()->set_number(kNewAccount);
  propose.mutable_reason()->set_text("the bank closed its branch");
  ledger.Must(Org("office"), propose);
  for (const char* signer : {"federal", "club", "contractor"}) {
    v1::SignAmendmentRequest sign;
    sign.set_name("projects/p/amendments/a1");
    sign.mutable_account()->set_number(kNewAccount);
    ledger.Must(Org(signer), sign);
  }
}

v1::BankReference Reference(const std::string& text) {
  v1::BankReference reference;
  reference.set_reference(text);
  return reference;
}

v1::Account TheAccount(const TestLedger& ledger) { return ledger.VerifyRequest("p", "c", 1).account(); }
std::string Day(const TestLedger& ledger) { return ledger.VerifyRequest("p", "c", 1).bank_value_date(); }

// A project of two halves: `federal` in two tranches, and `club`. The rule asks for references where `required`.
TestLedger Halves(bool required = false) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0);
  rule.set_bank_reference_required(required);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  return ledger;
}

v1::RecordDepositRequest DepositRequest(const TestLedger& ledger, const std::string& id, int64_t amount) {
  v1::RecordDepositRequest request;
  request.set_parent("projects/p");
  request.set_deposit_id(id);
  *request.mutable_deposit()->mutable_amount() = Mxn(amount);
  request.mutable_deposit()->set_bank_value_date(Day(ledger));
  *request.mutable_deposit()->add_evidence() = Document(v1::BANK_RECEIPT);
  *request.mutable_account() = TheAccount(ledger);
  return request;
}

v1::StartBankStatementRequest StartRequest(const TestLedger& ledger, const std::string& id, const std::string& first, const std::string& last,
                                           int64_t opening, int64_t closing, int64_t lines) {
  v1::StartBankStatementRequest request;
  request.set_parent("projects/p");
  request.set_statement_id(id);
  v1::BankStatement& statement = *request.mutable_statement();
  statement.set_first_date(first);
  statement.set_last_date(last);
  statement.set_opening_balance_minor_units(opening);
  statement.set_closing_balance_minor_units(closing);
  statement.set_line_count(lines);
  *request.mutable_account() = TheAccount(ledger);
  return request;
}

// A project of which the club's and the bank's first half are in the box, and 600 are paid in advance, `a1`.
TestLedger Advanced() {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0);
  rule.set_bank_reference_required(true);
  rule.set_advance_bps_max(5'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 1'000);
  *verify.mutable_bank_reference() = Reference("R1");
  ledger.Must(Org("verifier"), verify);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 0);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "f1", 1'000);
  *receive.mutable_bank_reference() = Reference("R2");
  ledger.Must(Org("verifier"), receive);
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 4'000));
  v1::RecordExpenditureRequest pay = ledger.SpendRequest("p", "a1", 600);
  pay.mutable_expenditure()->set_contract("projects/p/contracts/k");
  pay.mutable_expenditure()->set_purpose(v1::ADVANCE);
  ledger.Must(Org("contractor"), pay);
  return ledger;
}

v1::RecoverAdvanceRequest RecoverRequest(const TestLedger& ledger, int64_t amount) {
  v1::RecoverAdvanceRequest request;
  request.set_name("projects/p/expenditures/a1");
  *request.mutable_amount() = Mxn(amount);
  request.set_bank_value_date(kDay);
  *request.mutable_account() = TheAccount(ledger);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  return request;
}

struct Line {
  int64_t amount;
  std::string reference;
  std::string day = kDay;
};

v1::AddBankLinesRequest LinesRequest(const std::string& id, int64_t first, const std::vector<Line>& lines) {
  v1::AddBankLinesRequest request;
  request.set_name("projects/p/statements/" + id);
  request.set_first_line(first);
  for (const Line& line : lines) {
    v1::NewBankLine& added = *request.add_lines();
    added.set_bank_value_date(line.day);
    added.set_minor_units(line.amount);
    if (!line.reference.empty()) *added.mutable_bank_reference() = Reference(line.reference);
  }
  return request;
}

// Statement `s1` of the first ten days of September, which begins with 0.
void Import(TestLedger& ledger, const std::vector<Line>& lines) {
  int64_t sum = 0;
  for (const Line& line : lines) sum += line.amount;
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 0, sum, static_cast<int64_t>(lines.size())));
  if (!lines.empty()) ledger.Must(Org("verifier"), LinesRequest("s1", 1, lines));
}

v1::MatchBankLineRequest MatchRequest(int line, const std::string& target, bool reversal = false) {
  v1::MatchBankLineRequest request;
  request.set_name(BankLineName("projects/p/statements/s1", line));
  request.set_matched_with("projects/p/" + target);
  request.set_reversal(reversal);
  return request;
}

v1::UnmatchBankLineRequest UnmatchRequest(int line) {
  v1::UnmatchBankLineRequest request;
  request.set_name(BankLineName("projects/p/statements/s1", line));
  request.mutable_reason()->set_text("a mistake");
  return request;
}

v1::BankLine LineOf(const TestLedger& ledger, int line) {
  return ledger.Get<v1::BankLine>(BankLineName("projects/p/statements/s1", line));
}

TEST(BankStatement, IsCompleteOnceItsLinesMakeTheClosingBalance) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 500, 530, 3));
  EXPECT_EQ(ledger.Project("p").importing_statement(), "projects/p/statements/s1");
  ledger.Must(Org("verifier"), LinesRequest("s1", 1, {{100, "A1"}, {-90, ""}}));
  v1::BankStatement statement = ledger.Get<v1::BankStatement>("projects/p/statements/s1");
  EXPECT_EQ(statement.state(), v1::BankStatement::IMPORTING);
  EXPECT_EQ(statement.imported_line_count(), 2);
  EXPECT_EQ(statement.imported_minor_units(), 10);
  EXPECT_EQ(ledger.Try(Org("verifier"), LinesRequest("s1", 3, {{21, ""}})), v1::BANK_STATEMENT_DIFFERENCE);
  EXPECT_EQ(ledger.Figure("difference_minor_units"), "-1");
  ledger.Must(Org("verifier"), LinesRequest("s1", 3, {{20, ""}}));
  statement = ledger.Get<v1::BankStatement>("projects/p/statements/s1");
  EXPECT_EQ(statement.state(), v1::BankStatement::COMPLETE);
  EXPECT_EQ(ledger.Project("p").last_statement(), "projects/p/statements/s1");
  EXPECT_EQ(ledger.Project("p").importing_statement(), "");
  EXPECT_EQ(ledger.Project("p").bank_line_count(), 3);
  EXPECT_EQ(LineOf(ledger, 1).minor_units(), 100);
  EXPECT_EQ(LineOf(ledger, 1).reference_commitment(), FakeCommitment("A1"));
  EXPECT_EQ(LineOf(ledger, 2).minor_units(), -90);
  EXPECT_EQ(LineOf(ledger, 3).state(), v1::BankLine::OPEN);
  // No money of the ledger has moved by it.
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(BankStatement, WithoutLinesIsCompleteAtOnceWhereNothingChanged) {
  TestLedger ledger = Halves();
  EXPECT_EQ(ledger.Try(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 5, 6, 0)), v1::BANK_STATEMENT_DIFFERENCE);
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 5, 5, 0));
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s1").state(), v1::BankStatement::COMPLETE);
  EXPECT_EQ(ledger.Project("p").last_statement(), "projects/p/statements/s1");
}

TEST(BankStatement, FollowsTheOneBeforeWithoutGapOverlapOrJump) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-08-01", "2014-08-31", 7, 7, 0));
  const auto start = [&](const std::string& first, int64_t opening) {
    return ledger.Try(Org("verifier"), StartRequest(ledger, "s2", first, kDay, opening, opening, 0));
  };
  EXPECT_EQ(start("2014-08-31", 7), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_THAT(ledger.violations().front().description, testing::HasSubstr("overlaps"));
  EXPECT_EQ(ledger.Figure("expected_first_date"), "2014-09-01");
  EXPECT_EQ(start("2014-09-02", 8), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_EQ(ledger.violations().size(), 2u);
  EXPECT_EQ(start("2014-09-01", 8), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_EQ(ledger.Figure("expected_opening_balance_minor_units"), "7");
  EXPECT_EQ(start("2014-09-01", 7), kYes);
}

TEST(BankStatement, TakesItsLinesOnceAndInOrder) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 0, 30, 3));
  ledger.Must(Org("verifier"), LinesRequest("s1", 1, {{10, ""}}));
  for (const int first : {1, 3}) {
    EXPECT_EQ(ledger.Try(Org("verifier"), LinesRequest("s1", first, {{10, ""}})), v1::BANK_STATEMENT_OUT_OF_ORDER);
    EXPECT_EQ(ledger.Figure("next_line"), "2");
  }
  EXPECT_EQ(ledger.Try(Org("verifier"), LinesRequest("s1", 2, {{10, ""}, {10, ""}, {10, ""}})), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_EQ(ledger.Try(Org("verifier"), LinesRequest("s1", 2, {{0, ""}, {10, "", "2014-08-31"}})), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.violations().size(), 2u);
  ledger.Must(Org("verifier"), LinesRequest("s1", 2, {{10, ""}, {10, ""}}));
  EXPECT_EQ(ledger.Try(Org("verifier"), LinesRequest("s1", 4, {{10, ""}})), v1::WRONG_RESOURCE_STATE);
}

TEST(BankStatement, OneAtATimeAndAWrongOneIsGivenUp) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 0, 30, 2));
  ledger.Must(Org("verifier"), LinesRequest("s1", 1, {{10, "A"}}));
  EXPECT_EQ(ledger.Try(Org("verifier"), StartRequest(ledger, "s2", "2014-09-01", kDay, 0, 0, 0)), v1::WRONG_RESOURCE_STATE);
  // Its lines are none yet.
  v1::MatchBankLineRequest match = MatchRequest(1, "contributions/c1");
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::BANK_LINE_NOT_FOUND);
  v1::DiscardBankStatementRequest discard;
  discard.set_name("projects/p/statements/s1");
  discard.mutable_reason()->set_text("the wrong file");
  EXPECT_EQ(ledger.Try(Org("contractor"), discard), v1::VERIFIER_NOT_INDEPENDENT);
  ledger.Must(Org("verifier"), discard);
  EXPECT_EQ(ledger.Try(Org("verifier"), discard), v1::WRONG_RESOURCE_STATE);
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::BANK_LINE_NOT_FOUND);
  EXPECT_EQ(ledger.Project("p").importing_statement(), "");
  EXPECT_EQ(ledger.Project("p").last_statement(), "");
  EXPECT_EQ(ledger.Project("p").bank_line_count(), 0);
  EXPECT_EQ(ledger.Try(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 0, 0, 0)), v1::NAME_TAKEN);
  ledger.Must(Org("verifier"), StartRequest(ledger, "s2", "2014-09-01", kDay, 0, 0, 0));
  discard.set_name("projects/p/statements/s9");
  EXPECT_EQ(ledger.Try(Org("verifier"), discard), v1::BANK_STATEMENT_NOT_FOUND);
}

TEST(BankStatement, IsImportedByAnIndependentVerifierForTheAgreedAccount) {
  TestLedger ledger = Halves();
  const v1::StartBankStatementRequest good = StartRequest(ledger, "s1", "2014-09-01", kDay, 0, 0, 0);
  for (const char* who : {"contractor", "club", "federal", "office"}) EXPECT_EQ(ledger.Try(Org(who), good), v1::VERIFIER_NOT_INDEPENDENT) << who;
  v1::StartBankStatementRequest bad = good;
  bad.mutable_account()->set_number("OTHERACCOUNT9");
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::ACCOUNT_MISMATCH);
  bad = good;
  bad.mutable_statement()->set_last_date("2014-12-31");
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::DATE_IN_FUTURE);
  bad.mutable_statement()->set_last_date("2014-08-31");
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::INVALID_FIELD);
  bad = good;
  bad.mutable_statement()->set_line_count(kBankLinesPerProjectMax + 1);
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::INVALID_FIELD);
  bad = good;
  bad.set_statement_id(std::string(kStatementIdCharactersMax + 1, 's'));
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("verifier"), good), kYes);
}

TEST(BankReference, ConfirmsOneThingOnly) {
  TestLedger ledger = Halves();
  ledger.Declare("p", "c1", "club", 400);
  ledger.Declare("p", "c2", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 400);
  *verify.mutable_bank_reference() = Reference("BNET1");
  ledger.Must(Org("verifier"), verify);
  verify.set_name("projects/p/contributions/c2");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
  EXPECT_EQ(ledger.Figure("used_by"), "projects/p/contributions/c1");
  // Nor a release, interest or a deposit.
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 400);
  *interest.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::BANK_REFERENCE_USED);
  v1::RecordDepositRequest deposit = DepositRequest(ledger, "d1", 400);
  *deposit.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), deposit), v1::BANK_REFERENCE_USED);
  *verify.mutable_bank_reference() = Reference("BNET2");
  ledger.Must(Org("verifier"), verify);
}

TEST(BankReference, OfWhatWasReversedConfirmsWhatItReallyWas) {
  TestLedger ledger = Halves();
  ledger.Declare("p", "c1", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 400);
  *verify.mutable_bank_reference() = Reference("BNET1");
  ledger.Must(Org("verifier"), verify);
  ledger.Reverse("p", "rv", "contributions/c1");
  ledger.Declare("p", "c2", "club", 400);
  verify.set_name("projects/p/contributions/c2");
  ledger.Must(Org("verifier"), verify);
  ledger.Declare("p", "c3", "club", 100);
  verify = ledger.VerifyRequest("p", "c3", 100);
  *verify.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
  EXPECT_EQ(ledger.Figure("used_by"), "projects/p/contributions/c2");
}

TEST(BankReference, IsAskedForWhereTheRuleSaysSoAndMoneyComesIn) {
  TestLedger ledger = Halves(/*required=*/true);
  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 1'000);
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_MISSING);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.InterestRequest("p", 5)), v1::BANK_REFERENCE_MISSING);
  EXPECT_EQ(ledger.Try(Org("verifier"), DepositRequest(ledger, "d1", 5)), v1::BANK_REFERENCE_MISSING);
  *verify.mutable_bank_reference() = Reference("BNET1");
  ledger.Must(Org("verifier"), verify);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 500);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "f1", 500);
  EXPECT_EQ(ledger.Try(Org("verifier"), receive), v1::BANK_REFERENCE_MISSING);
  *receive.mutable_bank_reference() = Reference("BNET2");
  ledger.Must(Org("verifier"), receive);
  // What goes out is the executor's to record; it needs none.
  ledger.Spend("p", "e1", 100);
  // Nor does an invoice that is wholly retained: the bank moved nothing.
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 200));
  v1::RecordExpenditureRequest retained = ledger.SpendRequest("p", "e2", 0);
  retained.mutable_expenditure()->set_contract("projects/p/contracts/k");
  retained.mutable_expenditure()->set_retained_minor_units(200);
  ledger.Must(Org("contractor"), retained);
  EXPECT_EQ(ledger.Project("p").retained_minor_units(), 200);
}

TEST(BankLine, IsPointedAtByTheConfirmationOfExactlyItsAmountAndDay) {
  TestLedger ledger = Halves();
  const std::string day = Day(ledger);
  Import(ledger, {{400, "BNET1", day}, {300, "", day}, {-50, "", day}});
  ledger.Declare("p", "c1", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 399);
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 1));
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MISMATCH);
  EXPECT_EQ(ledger.Figure("difference_minor_units"), "-1");
  *verify.mutable_credited() = Mxn(400);
  *verify.mutable_bank_reference() = Reference("BNET9");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MISMATCH);
  verify.clear_bank_reference();
  verify.set_bank_line("projects/p/lines/s1-000009");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_NOT_FOUND);
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 1));
  ledger.Must(Org("verifier"), verify);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::MATCHED);
  EXPECT_EQ(LineOf(ledger, 1).matched_with(), "projects/p/contributions/c1");
  // Neither the line nor its reference confirms anything more.
  ledger.Declare("p", "c2", "club", 400);
  verify.set_name("projects/p/contributions/c2");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MATCHED);
  verify.clear_bank_line();
  *verify.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
  // A line without a reference takes the one given with it.
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 300);
  interest.set_bank_line(BankLineName("projects/p/statements/s1", 2));
  *interest.mutable_bank_reference() = Reference("INT-1");
  ledger.Must(Org("verifier"), interest);
  interest = ledger.InterestRequest("p", 5, "i2");
  *interest.mutable_bank_reference() = Reference("INT-1");
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::BANK_REFERENCE_USED);
}

TEST(BankLine, IsMatchedWithOnePostingAndTakenOutAgain) {
  TestLedger ledger = Halves();
  const std::string day = Day(ledger);
  Import(ledger, {{400, "", day}, {400, "", day}, {-400, "", day}, {-30, "", day}});
  ledger.Contribute("p", "c1", "club", 400);
  EXPECT_EQ(ledger.Try(Org("club"), MatchRequest(1, "contributions/c1")), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(1, "contributions/none")), v1::CONTRIBUTION_NOT_FOUND);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(3, "contributions/c1")), v1::BANK_LINE_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(3, "contributions/c1", true)), v1::WRONG_RESOURCE_STATE);
  ledger.Must(Org("verifier"), MatchRequest(1, "contributions/c1"));
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(2, "contributions/c1")), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(1, "contributions/c1")), v1::BANK_LINE_MATCHED);
  ledger.Must(Org("verifier"), UnmatchRequest(1));
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::SET_APART);
  EXPECT_FALSE(LineOf(ledger, 1).has_matched_sequence());
  EXPECT_EQ(ledger.Try(Org("verifier"), UnmatchRequest(1)), v1::WRONG_RESOURCE_STATE);
  ledger.Must(Org("verifier"), MatchRequest(2, "contributions/c1"));
  ledger.Reverse("p", "rv", "contributions/c1");
  ledger.Must(Org("verifier"), MatchRequest(3, "contributions/c1", true));
  EXPECT_TRUE(LineOf(ledger, 3).matched_reversal());
  // The posting of a deposit, whatever became of it.
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 400));
  ledger.Declare("p", "c2", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c2", 400);
  verify.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), verify);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(1, "contributions/c2")), v1::BANK_LINE_MATCHED);
  ledger.Must(Org("verifier"), MatchRequest(1, "deposits/d1"));
}

TEST(BankLine, IsSharedAmongTheContributionsOfOneTransfer) {
  // A federation sent 400 for its clubs in one transfer.
  TestLedger ledger = Halves();
  Import(ledger, {{400, "BNET1", Day(ledger)}});
  for (const auto& [id, amount] : {std::pair{"c1", 100}, {"c2", 200}, {"c3", 100}, {"c4", 200}}) ledger.Declare("p", id, "club", amount);
  const auto verify = [&](const std::string& id, int64_t amount, bool part) {
    v1::VerifyContributionRequest request = ledger.VerifyRequest("p", id, amount);
    request.set_bank_line(BankLineName("projects/p/statements/s1", 1));
    request.set_part_of_line(part);
    return ledger.Try(Org("verifier"), request);
  };
  EXPECT_EQ(verify("c1", 100, false), v1::BANK_LINE_MISMATCH);
  ASSERT_EQ(verify("c1", 100, true), kYes);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::PARTLY_MATCHED);
  EXPECT_EQ(LineOf(ledger, 1).assigned_minor_units(), 100);
  EXPECT_EQ(verify("c2", 301, true), v1::BANK_LINE_MISMATCH);
  EXPECT_EQ(ledger.Figure("minor_units"), "300");
  ASSERT_EQ(verify("c2", 200, true), kYes);
  // All that is left needs no saying.
  EXPECT_EQ(verify("c3", 101, false), v1::BANK_LINE_MISMATCH);
  EXPECT_EQ(ledger.Figure("difference_minor_units"), "1");
  ASSERT_EQ(verify("c3", 100, false), kYes);
  const v1::BankLine line = LineOf(ledger, 1);
  EXPECT_EQ(line.state(), v1::BankLine::MATCHED);
  ASSERT_EQ(line.matches_size(), 3);
  EXPECT_EQ(line.matches(1).matched_with(), "projects/p/contributions/c2");
  EXPECT_EQ(line.matches(1).minor_units(), 200);
  EXPECT_EQ(line.matched_with(), "projects/p/contributions/c1");
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s1").match_count(), 3);
  EXPECT_EQ(verify("c4", 1, true), v1::BANK_LINE_MATCHED);
  // Without the line its reference confirms nothing more, nor with it while somebody stands who has no part of it any more.
  v1::VerifyContributionRequest by_reference = ledger.VerifyRequest("p", "c4", 200);
  *by_reference.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), by_reference), v1::BANK_REFERENCE_USED);
  v1::UnmatchBankLineRequest unmatch = UnmatchRequest(1);
  unmatch.set_matched_with("projects/p/contributions/c2");
  ledger.Must(Org("verifier"), unmatch);
  EXPECT_EQ(ledger.Try(Org("verifier"), unmatch), v1::WRONG_RESOURCE_STATE);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::PARTLY_MATCHED);
  EXPECT_EQ(verify("c4", 200, true), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Figure("matched_with"), "projects/p/contributions/c2");
  // Reversed, it was no part of that credit.
  ledger.Reverse("p", "rv", "contributions/c2");
  EXPECT_EQ(verify("c4", 200, true), kYes);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::MATCHED);
  // And nothing names a part of no line.
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 5);
  interest.set_part_of_line(true);
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::INVALID_FIELD);
}

TEST(BankLine, MakesUpOnePostingTogetherWithOthers) {
  TestLedger ledger = Halves();
  const std::string day = Day(ledger);
  Import(ledger, {{250, "", day}, {150, "", day}, {10, "", day}, {-150, "", day}});
  ledger.Contribute("p", "c1", "club", 400);
  const auto match = [&](int line, std::optional<int64_t> part) {
    v1::MatchBankLineRequest request = MatchRequest(line, "contributions/c1");
    if (part.has_value()) request.set_minor_units(*part);
    return ledger.Try(Org("verifier"), request);
  };
  EXPECT_EQ(match(1, std::nullopt), v1::BANK_LINE_MISMATCH);
  for (const int64_t part : {int64_t{251}, int64_t{-250}, int64_t{0}}) EXPECT_EQ(match(1, part), v1::BANK_LINE_MISMATCH);
  EXPECT_EQ(match(4, -150), v1::BANK_LINE_MISMATCH);
  ASSERT_EQ(match(1, 250), kYes);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::MATCHED);
  EXPECT_EQ(match(3, 11), v1::BANK_LINE_MISMATCH);
  ASSERT_EQ(match(2, std::nullopt), kYes);
  const int64_t posted = LineOf(ledger, 1).matched_sequence();
  const auto matched = ledger.Get<v1::BankMatch>(BankMatchName("projects/p", posted));
  ASSERT_EQ(matched.parts_size(), 2);
  EXPECT_EQ(matched.parts(0).minor_units() + matched.parts(1).minor_units(), 400);
  // It is wholly there; a third line belongs to something else.
  EXPECT_EQ(match(3, 10), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Figure("matched_with"), "projects/p/contributions/c1");
  ledger.Must(Org("verifier"), UnmatchRequest(1));
  EXPECT_EQ(ledger.Get<v1::BankMatch>(BankMatchName("projects/p", posted)).line(), BankLineName("projects/p/statements/s1", 2));
  ASSERT_EQ(match(3, 10), kYes);
  EXPECT_EQ(match(3, std::nullopt), v1::BANK_LINE_MATCHED);
  // The same two are not matched twice, and nothing is matched beyond what is left of either.
  EXPECT_EQ(match(1, 241), v1::BANK_LINE_MISMATCH);
  ASSERT_EQ(match(1, 240), kYes);
  EXPECT_EQ(match(1, 10), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(LineOf(ledger, 1).state(), v1::BankLine::PARTLY_MATCHED);
}

TEST(BankStatement, IsWithdrawnAndImportedAnewForTheSameDays) {
  TestLedger ledger = Halves();
  const std::string day = Day(ledger);
  ledger.Must(Org("verifier"), StartRequest(ledger, "s0", "2014-08-01", "2014-08-31", 0, 0, 0));
  Import(ledger, {{400, "BNET1", day}, {7, "", day}});
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s1").previous_statement(), "projects/p/statements/s0");
  ledger.Declare("p", "c1", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 400);
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 1));
  ledger.Must(Org("verifier"), verify);
  v1::WithdrawBankStatementRequest withdraw;
  withdraw.set_name("projects/p/statements/s0");
  withdraw.mutable_reason()->set_text("the bank sent it anew");
  // Another goes on from it.
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_EQ(ledger.Figure("last_statement"), "projects/p/statements/s1");
  withdraw.set_name("projects/p/statements/s1");
  EXPECT_EQ(ledger.Try(Org("contractor"), withdraw), v1::VERIFIER_NOT_INDEPENDENT);
  // What was matched is taken out first, and the refusal says what.
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Figure("lines"), BankLineName("projects/p/statements/s1", 1));
  ledger.Must(Org("verifier"), UnmatchRequest(1));
  ledger.Must(Org("verifier"), withdraw);
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s1").state(), v1::BankStatement::WITHDRAWN);
  EXPECT_EQ(ledger.Project("p").last_statement(), "projects/p/statements/s0");
  EXPECT_EQ(ledger.Project("p").bank_line_count(), 0);
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::WRONG_RESOURCE_STATE);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(2, "contributions/c1")), v1::BANK_LINE_NOT_FOUND);
  EXPECT_EQ(ledger.Try(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, 0, 400, 1)), v1::NAME_TAKEN);
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1b", "2014-09-01", kDay, 0, 400, 1));
  withdraw.set_name("projects/p/statements/s0");
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::WRONG_RESOURCE_STATE);
  ledger.Must(Org("verifier"), LinesRequest("s1b", 1, {{400, "BNET1", day}}));
  v1::MatchBankLineRequest match;
  match.set_name(BankLineName("projects/p/statements/s1b", 1));
  match.set_matched_with("projects/p/contributions/c1");
  ledger.Must(Org("verifier"), match);
  // The bank's reference stays used all the while.
  ledger.Declare("p", "c2", "club", 400);
  verify = ledger.VerifyRequest("p", "c2", 400);
  *verify.mutable_bank_reference() = Reference("BNET1");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
  withdraw.set_name("projects/p/statements/none");
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::BANK_STATEMENT_NOT_FOUND);
}

TEST(BankLine, CountsNoMoreThanARecordTakes) {
  TestLedger ledger = Halves();
  Import(ledger, {{400, "", Day(ledger)}});
  ledger.Contribute("p", "c1", "club", 400);
  v1::ErrorReason reason = kYes;
  int changes = 0;
  for (; reason == kYes && changes < 200; ++changes) {
    reason = ledger.Try(Org("verifier"), MatchRequest(1, "contributions/c1"));
    if (reason == kYes) reason = ledger.Try(Org("verifier"), UnmatchRequest(1));
  }
  EXPECT_EQ(reason, v1::TOO_MANY_CHANGES);
  EXPECT_GT(changes, 10);
}

TEST(Deposit, StandsInSuspenseAndIsNotSpent) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 5'000));
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 6'000);
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), -5'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1'501)), v1::INSUFFICIENT_FUNDS);
  EXPECT_EQ(ledger.Figure("available_minor_units"), "1500");
  ledger.Spend("p", "e1", 1'500);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 5'000);
  EXPECT_EQ(ledger.Try(Org("club"), DepositRequest(ledger, "d2", 1)), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("verifier"), DepositRequest(ledger, "d1", 1)), v1::NAME_TAKEN);
  v1::RecordDepositRequest bad = DepositRequest(ledger, "d2", 1);
  bad.mutable_deposit()->clear_evidence();
  *bad.mutable_deposit()->add_evidence() = Document(v1::INVOICE);
  EXPECT_EQ(ledger.Try(Org("verifier"), bad), v1::DOCUMENT_MISSING);
}

TEST(Deposit, BecomesAContributionAReleaseOrInterestAndCountsAsSuch) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 1'000));
  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 999);
  verify.set_deposit("projects/p/deposits/d1");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MISMATCH);
  *verify.mutable_credited() = Mxn(1'000);
  *verify.mutable_bank_reference() = Reference("X1");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::INVALID_FIELD);
  verify.clear_bank_reference();
  verify.set_deposit("projects/p/deposits/none");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::DEPOSIT_NOT_FOUND);
  verify.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), verify);
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 1'000);
  EXPECT_EQ(ledger.Party("p", "club").verified_minor_units(), 1'000);
  EXPECT_EQ(ledger.Party("p", "club").left_minor_units(), 1'000);
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::FUNDING);
  const auto identified = ledger.Get<v1::Deposit>("projects/p/deposits/d1");
  EXPECT_EQ(identified.state(), v1::Deposit::IDENTIFIED);
  EXPECT_EQ(identified.identified_as(), "projects/p/contributions/c1");
  // Once.
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 1'000);
  interest.set_deposit("projects/p/deposits/d1");
  EXPECT_EQ(ledger.Try(Org("verifier"), interest), v1::WRONG_RESOURCE_STATE);
  ledger.Authorize("p");
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d2", 490));
  ledger.Release("p", "f1", "federal", 1, 500);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "f1", 490);
  receive.set_deposit("projects/p/deposits/d2");
  ledger.Must(Org("verifier"), receive);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 490);
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d3", 7));
  interest = ledger.InterestRequest("p", 7);
  interest.set_deposit("projects/p/deposits/d3");
  ledger.Must(Org("verifier"), interest);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 1'497);
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
}

TEST(Deposit, IsWhatAVendorSentBack) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 300);
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 300));
  v1::ProposeReversalRequest reversal = ledger.ReverseRequest("p", "rv", "contributions/c1");
  reversal.set_deposit("projects/p/deposits/d1");
  EXPECT_EQ(ledger.Try(Org("verifier"), reversal), v1::INVALID_FIELD);
  reversal = ledger.ReverseRequest("p", "rv", "expenditures/e1");
  reversal.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("contractor"), reversal);
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv"));
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 1'500);
  EXPECT_EQ(ledger.Project("p").spent_minor_units(), 0);
  EXPECT_EQ(ledger.Get<v1::Deposit>("projects/p/deposits/d1").identified_as(), "projects/p/expenditures/e1");
}

TEST(Deposit, IsHowSpendingComesBackWhereTheRuleAsksForReferences) {
  TestLedger ledger = Advanced();
  v1::ProposeReversalRequest reversal = ledger.ReverseRequest("p", "rv", "expenditures/a1");
  // What no bank has seen may be a mistake of the books.
  TestLedger mistaken = ledger;
  mistaken.Must(Org("contractor"), reversal);
  Import(ledger, {{-600, ""}});
  ledger.Must(Org("verifier"), MatchRequest(1, "expenditures/a1"));
  // What the vendor sent back would otherwise stand in the box, and its credit could be recorded once more.
  EXPECT_EQ(ledger.Try(Org("contractor"), reversal), v1::BANK_REFERENCE_MISSING);
  EXPECT_EQ(ledger.Figure("case"), "REVERSAL");
  EXPECT_EQ(ledger.Figure("minor_units"), "600");
  v1::RecordDepositRequest credit = DepositRequest(ledger, "d1", 600);
  *credit.mutable_bank_reference() = Reference("R3");
  ledger.Must(Org("verifier"), credit);
  credit.set_deposit_id("d2");
  reversal.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("contractor"), reversal);
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv"));
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 2'000);
  EXPECT_EQ(ledger.Try(Org("verifier"), credit), v1::BANK_REFERENCE_USED);
  // What is reversed already needs no deposit to be told so.
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ReverseRequest("p", "rv2", "expenditures/a1")), v1::WRONG_RESOURCE_STATE);
}

TEST(Deposit, IsHowARefundComesBackWhereTheRuleAsksForReferences) {
  TestLedger ledger = Halves(/*required=*/true);
  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 1'000);
  *verify.mutable_bank_reference() = Reference("R1");
  ledger.Must(Org("verifier"), verify);
  ledger.Cancel("p");
  ledger.Refund("p");
  Import(ledger, {{-1'000, ""}});
  ledger.Must(Org("verifier"), MatchRequest(1, "refunds/rf-club"));
  v1::ProposeReversalRequest reversal = ledger.ReverseRequest("p", "rv", "refunds/rf-club");
  EXPECT_EQ(ledger.Try(Org("verifier"), reversal), v1::BANK_REFERENCE_MISSING);
  EXPECT_EQ(ledger.Figure("minor_units"), "1000");
  v1::RecordDepositRequest credit = DepositRequest(ledger, "d1", 1'000);
  *credit.mutable_bank_reference() = Reference("R2");
  ledger.Must(Org("verifier"), credit);
  reversal.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), reversal);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  EXPECT_EQ(ledger.Party("p", "club").payable_minor_units(), 1'000);
}

TEST(Deposit, IsNotAskedForWhereNothingComesBackAtTheBank) {
  TestLedger ledger = Advanced();
  // An invoice that the advance had paid already, and an advance that came back whole.
  Import(ledger, {{-600, ""}});
  ledger.Must(Org("verifier"), MatchRequest(1, "expenditures/a1"));
  v1::RecordExpenditureRequest amortised = ledger.SpendRequest("p", "e1", 0);
  amortised.mutable_expenditure()->set_contract("projects/p/contracts/k");
  amortised.mutable_expenditure()->set_amortised_minor_units(600);
  ledger.Must(Org("contractor"), amortised);
  ledger.Must(Org("contractor"), ledger.ReverseRequest("p", "rv", "expenditures/e1"));
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv"));
  v1::RecoverAdvanceRequest recover = RecoverRequest(ledger, 600);
  *recover.mutable_bank_reference() = Reference("R3");
  ledger.Must(Org("verifier"), recover);
  ledger.Must(Org("contractor"), ledger.ReverseRequest("p", "rv2", "expenditures/a1"));
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv2"));
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 2'000);
  EXPECT_EQ(ledger.Project("p").spent_minor_units(), 0);
}

TEST(Deposit, IsCheckedAgainWhenWhatCameBackIsApproved) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 300);
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 300));
  v1::ProposeReversalRequest reversal = ledger.ReverseRequest("p", "rv", "expenditures/e1");
  reversal.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("contractor"), reversal);
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 300);
  interest.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), interest);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ApproveRequest("p", "rv")), v1::WRONG_RESOURCE_STATE);
}

TEST(BankStatement, OfEachAccountGoesOnByItselfAfterAnAmendmentChangedTheAccount) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 400);
  const std::string old = ledger.Project("p").account_commitment();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", "2014-09-05", 0, 0, 0));
  ChangeAccount(ledger);
  // None is of the new account yet.
  EXPECT_EQ(ledger.Project("p").last_statement(), "");
  v1::StartBankStatementRequest first = StartRequest(ledger, "n1", "2014-09-03", kDay, 7, 7, 0);
  first.mutable_account()->set_number(kNewAccount);
  ledger.Must(Org("verifier"), first);
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/n1").previous_statement(), "");
  EXPECT_EQ(ledger.Project("p").last_statement(), "projects/p/statements/n1");
  // The old one's last statement goes on from its own.
  EXPECT_EQ(ledger.Try(Org("verifier"), StartRequest(ledger, "s2", "2014-09-06", kDay, 7, 400, 1)), v1::BANK_STATEMENT_OUT_OF_ORDER);
  EXPECT_EQ(ledger.Figure("last_statement"), "projects/p/statements/s1");
  ledger.Must(Org("verifier"), StartRequest(ledger, "s2", "2014-09-06", kDay, 0, 400, 1));
  ledger.Must(Org("verifier"), LinesRequest("s2", 1, {{400, ""}}));
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s2").previous_statement(), "projects/p/statements/s1");
  EXPECT_EQ(ledger.Get<v1::BankStatement>("projects/p/statements/s2").account_commitment(), old);
  EXPECT_EQ(ledger.Project("p").last_statement(), "projects/p/statements/n1");
  ASSERT_EQ(ledger.Project("p").account_statements_size(), 2);
  EXPECT_EQ(ledger.Project("p").account_statements(0).last_statement(), "projects/p/statements/s2");
  v1::StartBankStatementRequest other = StartRequest(ledger, "o1", "2014-09-01", kDay, 0, 0, 0);
  other.mutable_account()->set_number("123456789012345678");
  EXPECT_EQ(ledger.Try(Org("verifier"), other), v1::ACCOUNT_MISMATCH);
  // Each account's last one is withdrawn.
  v1::WithdrawBankStatementRequest withdraw;
  withdraw.set_name("projects/p/statements/s1");
  withdraw.mutable_reason()->set_text("the bank sent it anew");
  EXPECT_EQ(ledger.Try(Org("verifier"), withdraw), v1::BANK_STATEMENT_OUT_OF_ORDER);
  withdraw.set_name("projects/p/statements/s2");
  ledger.Must(Org("verifier"), withdraw);
  EXPECT_EQ(ledger.Project("p").account_statements(0).last_statement(), "projects/p/statements/s1");
  EXPECT_EQ(ledger.Project("p").bank_line_count(), 0);
}

TEST(BankLine, ConfirmsNothingElseWhileWhatItConfirmedStands) {
  TestLedger ledger = Halves(true);
  Import(ledger, {{400, ""}});
  for (const char* id : {"c1", "c2"}) ledger.Declare("p", id, "club", 400);
  const auto verify = [&](const std::string& id) {
    v1::VerifyContributionRequest request = ledger.VerifyRequest("p", id, 400);
    request.set_bank_line(BankLineName("projects/p/statements/s1", 1));
    return ledger.Try(Org("verifier"), request);
  };
  ASSERT_EQ(verify("c1"), kYes);
  ledger.Must(Org("verifier"), UnmatchRequest(1));
  EXPECT_EQ(verify("c2"), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Figure("matched_with"), "projects/p/contributions/c1");
  EXPECT_EQ(LineOf(ledger, 1).confirmed_size(), 1);
  // What was reversed was no such credit.
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(verify("c2"), kYes);
}

TEST(BankLine, RecoversAnAdvanceOnceAndConfirmsNothingElse) {
  TestLedger ledger = Advanced();
  Import(ledger, {{-600, ""}, {600, "R9"}});
  v1::RecoverAdvanceRequest recover = RecoverRequest(ledger, 300);
  EXPECT_EQ(ledger.Try(Org("verifier"), recover), v1::BANK_REFERENCE_MISSING);
  *recover.mutable_bank_reference() = Reference("R1");
  EXPECT_EQ(ledger.Try(Org("verifier"), recover), v1::BANK_REFERENCE_USED);
  recover.clear_bank_reference();
  recover.set_bank_line(BankLineName("projects/p/statements/s1", 2));
  EXPECT_EQ(ledger.Try(Org("verifier"), recover), v1::BANK_LINE_MISMATCH);
  recover.set_part_of_line(true);
  ledger.Must(Org("verifier"), recover);
  const int64_t first = ledger.journal().back().sequence();
  // The rest of the line came back of the same advance.
  ledger.Must(Org("verifier"), recover);
  const int64_t second = ledger.journal().back().sequence();
  EXPECT_EQ(LineOf(ledger, 2).matches(1).matched_sequence(), second);
  ledger.Declare("p", "c2", "club", 600);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c2", 600);
  *verify.mutable_bank_reference() = Reference("R9");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
  verify.clear_bank_reference();
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 2));
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MATCHED);
  // Reversed, both of them, it was a contribution after all.
  ledger.Must(Org("verifier"), UnmatchRequest(2));
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MATCHED);
  int count = 0;
  for (const int64_t recovery : {first, second}) {
    const std::string id = "rv" + std::to_string(++count);
    v1::ProposeReversalRequest reverse = ledger.ReverseRequest("p", id, "expenditures/a1");
    reverse.set_recovery_sequence(recovery);
    ledger.Must(Org("verifier"), reverse);
    ledger.Must(Org("office"), ledger.ApproveRequest("p", id));
  }
  ledger.Must(Org("verifier"), verify);
}

TEST(BankLine, IsMatchedByHandWithWhatWasRecoveredOfAnAdvance) {
  TestLedger ledger = Advanced();
  Import(ledger, {{-600, ""}, {250, ""}, {-250, ""}});
  v1::RecoverAdvanceRequest recover = RecoverRequest(ledger, 250);
  *recover.mutable_bank_reference() = Reference("R9");
  ledger.Must(Org("verifier"), recover);
  const int64_t recovery = ledger.journal().back().sequence();
  v1::MatchBankLineRequest match = MatchRequest(2, "expenditures/a1");
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::BANK_LINE_MISMATCH);
  match.set_recovery_sequence(recovery + 1);
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::INVALID_FIELD);
  match.set_recovery_sequence(recovery);
  ledger.Must(Org("verifier"), match);
  EXPECT_EQ(LineOf(ledger, 2).matched_sequence(), recovery);
  ledger.Must(Org("verifier"), MatchRequest(1, "expenditures/a1"));
  match.set_name(BankLineName("projects/p/statements/s1", 3));
  match.set_reversal(true);
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::WRONG_RESOURCE_STATE);
  v1::ProposeReversalRequest reverse = ledger.ReverseRequest("p", "rv", "expenditures/a1");
  reverse.set_recovery_sequence(recovery);
  ledger.Must(Org("verifier"), reverse);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  ledger.Must(Org("verifier"), match);
}

TEST(Deposit, IsWhatAVendorPaidBackOfAnAdvance) {
  TestLedger ledger = Advanced();
  v1::RecordDepositRequest deposit = DepositRequest(ledger, "d1", 200);
  *deposit.mutable_bank_reference() = Reference("R9");
  ledger.Must(Org("verifier"), deposit);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 1'600);
  v1::RecoverAdvanceRequest recover = RecoverRequest(ledger, 201);
  recover.set_deposit("projects/p/deposits/d1");
  EXPECT_EQ(ledger.Try(Org("verifier"), recover), v1::BANK_LINE_MISMATCH);
  *recover.mutable_amount() = Mxn(200);
  ledger.Must(Org("verifier"), recover);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 1'600);
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
  EXPECT_EQ(ledger.Get<v1::Deposit>("projects/p/deposits/d1").identified_as(), "projects/p/expenditures/a1");
  EXPECT_EQ(ledger.Get<v1::Expenditure>("projects/p/expenditures/a1").recovered_minor_units(), 200);
  EXPECT_EQ(ledger.Try(Org("verifier"), recover), v1::WRONG_RESOURCE_STATE);
  ledger.Declare("p", "c2", "club", 200);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c2", 200);
  *verify.mutable_bank_reference() = Reference("R9");
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_REFERENCE_USED);
}

TEST(Deposit, GoesBackToItsSenderWhereTwoWantItAndOneIsAVerifier) {
  TestLedger ledger = Halves();
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 300));
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ReverseRequest("p", "rv", "deposits/d1")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "deposits/d1"));
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ApproveRequest("p", "rv")), v1::APPROVER_NOT_INDEPENDENT);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  EXPECT_EQ(ledger.Get<v1::Deposit>("projects/p/deposits/d1").state(), v1::Deposit::RETURNED);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv2", "deposits/d1")), v1::WRONG_RESOURCE_STATE);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv2", "deposits/none")), v1::DEPOSIT_NOT_FOUND);
}

TEST(Deposit, OfARepaymentServesFirstWhoeverCovered) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 1'400);
  // The bank takes 1,000 back of which the box holds 100.
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), -900);
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 930));
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 930);
  v1::RecordRepaymentRequest repay = ledger.RepayRequest("p", "rp", "club", 930);
  repay.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), repay);
  EXPECT_EQ(ledger.Balance("p", "suspense:p:deposits"), 0);
  EXPECT_EQ(ledger.Balance("p", "suspense:p"), 0);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 30);
  EXPECT_EQ(ledger.Party("p", "club").receivable_minor_units(), 3);
}

TEST(Deposit, KeepsAProjectFromBeingSettled) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 2'000);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Must(Org("verifier"), DepositRequest(ledger, "d1", 300));
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p")), v1::BALANCE_NOT_ZERO);
  std::vector<std::string> subjects;
  for (const Violation& violation : ledger.violations()) subjects.push_back(violation.subject);
  EXPECT_THAT(subjects, testing::ElementsAre("assets:p:bank", "suspense:p:deposits"));
  ledger.Reverse("p", "rv", "deposits/d1");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  EXPECT_EQ(ledger.Try(Org("verifier"), DepositRequest(ledger, "d2", 300)), v1::WRONG_PROJECT_STATE);
  // The last statement comes when the box is empty.
  Import(ledger, {{1, ""}, {-1, ""}});
}

TEST(BankStatement, HasNoLineOfADayBeforeTheAgreement) {
  TestLedger ledger = Halves();
  const std::string agreed = ledger.Project("p").agreement_date();
  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-08-01", kDay, 0, 30, 3));
  const v1::AddBankLinesRequest lines = LinesRequest("s1", 1, {{10, "", agreed}, {10, "", "2014-08-29"}, {10, "", "2014-08-01"}});
  EXPECT_EQ(ledger.Try(Org("verifier"), lines), v1::DATE_BEFORE_AGREEMENT);
  ASSERT_EQ(ledger.violations().size(), 1u);
  EXPECT_EQ(ledger.violations()[0].subject, "lines[1].bank_value_date");
  EXPECT_EQ(ledger.Figure("line"), "2");
  EXPECT_EQ(ledger.Figure("date"), "2014-08-29");
  EXPECT_EQ(ledger.Figure("agreement_date"), agreed);
  ledger.Must(Org("verifier"), LinesRequest("s1", 1, {{10, "", agreed}, {10, "", agreed}, {10, "", agreed}}));
}

// The corrected statement has the same line again; nothing on it says that it is the one that has confirmed a contribution
// already.
TEST(BankLine, WithoutAReferenceConfirmsNothingASecondTimeUnderAnotherStatement) {
  TestLedger ledger = Halves();
  const std::string day = Day(ledger);
  Import(ledger, {{400, "", day}});
  ledger.Declare("p", "c1", "club", 400);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 400);
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 1));
  ledger.Must(Org("verifier"), verify);
  ledger.Must(Org("verifier"), UnmatchRequest(1));
  v1::WithdrawBankStatementRequest withdraw;
  withdraw.set_name("projects/p/statements/s1");
  withdraw.mutable_reason()->set_text("the bank sent it anew");
  ledger.Must(Org("verifier"), withdraw);
  ledger.Must(Org("verifier"), StartRequest(ledger, "s2", "2014-09-01", kDay, 0, 800, 2));
  ledger.Must(Org("verifier"), LinesRequest("s2", 1, {{400, "", day}, {400, "", day}}));
  ledger.Declare("p", "c2", "club", 400);
  verify = ledger.VerifyRequest("p", "c2", 400);
  verify.set_bank_line(BankLineName("projects/p/statements/s2", 1));
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::BANK_LINE_MATCHED);
  EXPECT_EQ(ledger.Figure("matched_with"), "projects/p/contributions/c1");
  // Once that has its line again, another one of the day and amount is another credit.
  v1::MatchBankLineRequest match;
  match.set_name(BankLineName("projects/p/statements/s2", 2));
  match.set_matched_with("projects/p/contributions/c1");
  TestLedger reversed = ledger;
  ledger.Must(Org("verifier"), match);
  ledger.Must(Org("verifier"), verify);
  // Or once it stands no more.
  reversed.Reverse("p", "rv", "contributions/c1");
  reversed.Must(Org("verifier"), verify);
}

// The old bank shows one debit for what it sent and its fee; the new one the credit.
TEST(BankLine, IsMatchedByHandWithABalanceThatWasCarried) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  const int64_t box = ledger.Balance("p", "assets:p:bank");
  ChangeAccount(ledger);
  // A fee is taken by the bank that holds so much, and by none beyond that.
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "fee", box + 1, v1::FEES)), v1::INSUFFICIENT_FUNDS);
  ledger.Spend("p", "fee", 50, v1::FEES);
  v1::CarryBalanceRequest carry;
  carry.set_name("projects/p");
  *carry.mutable_credited() = Mxn(box - 50 - 100);
  carry.set_bank_value_date(kDay);
  carry.mutable_account()->set_number(kNewAccount);
  *carry.add_documents() = Document(v1::BANK_RECEIPT);
  ledger.Must(Org("verifier"), carry);
  ASSERT_EQ(ledger.Project("p").carries_size(), 1);
  const int64_t sequence = ledger.Project("p").carries(0).sequence();
  // 100 are left on the old account: neither bank could take 101 and more than that is not seen on the new one.
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 100);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "fee2", box - 50, v1::FEES)), v1::BALANCE_NOT_CARRIED);
  ledger.Spend("p", "fee2", 100 + 1, v1::FEES);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 100) << "the new bank took it";

  ledger.Must(Org("verifier"), StartRequest(ledger, "s1", "2014-09-01", kDay, box, 100, 1));
  ledger.Must(Org("verifier"), LinesRequest("s1", 1, {{100 - box, ""}}));
  v1::StartBankStatementRequest start = StartRequest(ledger, "n1", "2014-09-01", kDay, 0, box - 251, 2);
  start.mutable_account()->set_number(kNewAccount);
  ledger.Must(Org("verifier"), start);
  ledger.Must(Org("verifier"), LinesRequest("n1", 1, {{box - 150, ""}, {-101, ""}}));

  v1::MatchBankLineRequest match;
  match.set_name(BankLineName("projects/p/statements/n1", 1));
  match.set_matched_with("projects/p");
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::INVALID_FIELD);
  match.set_carry_sequence(sequence + 1);
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::INVALID_FIELD);
  match.set_carry_sequence(sequence);
  ledger.Must(Org("verifier"), match);
  EXPECT_EQ(ledger.Get<v1::BankLine>(match.name()).state(), v1::BankLine::MATCHED);
  EXPECT_EQ(ledger.Get<v1::BankMatch>(BankMatchName("projects/p", sequence)).parts_size(), 1);
  v1::MatchBankLineRequest out = match;
  out.set_name(BankLineName("projects/p/statements/s1", 1));
  EXPECT_EQ(ledger.Try(Org("verifier"), out), v1::BANK_LINE_MISMATCH);
  out.set_minor_units(150 - box);
  ledger.Must(Org("verifier"), out);
  v1::MatchBankLineRequest fee;
  fee.set_name(out.name());
  fee.set_matched_with("projects/p/expenditures/fee");
  ledger.Must(Org("verifier"), fee);
  EXPECT_EQ(ledger.Get<v1::BankLine>(out.name()).state(), v1::BankLine::MATCHED);
  EXPECT_EQ(ledger.Get<v1::BankMatch>(CarriedOutMatchName("projects/p", sequence)).parts(0).minor_units(), 150 - box);
  // Taken apart again, the side of the line alone.
  v1::UnmatchBankLineRequest unmatch;
  unmatch.set_name(out.name());
  unmatch.set_matched_with("projects/p");
  unmatch.mutable_reason()->set_text("a mistake");
  ledger.Must(Org("verifier"), unmatch);
  EXPECT_EQ(ledger.Get<v1::BankMatch>(CarriedOutMatchName("projects/p", sequence)).parts_size(), 0);
  EXPECT_EQ(ledger.Get<v1::BankMatch>(BankMatchName("projects/p", sequence)).parts_size(), 1);
  EXPECT_EQ(ledger.Get<v1::BankLine>(out.name()).matches_size(), 1);
  // A debit of the new account is no side of it.
  match.set_name(BankLineName("projects/p/statements/n1", 2));
  match.set_minor_units(-101);
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::ACCOUNT_MISMATCH);
}

TEST(BankLine, IsOfTheAccountThatTheMoneyCameTo) {
  TestLedger ledger = Halves();
  ledger.Contribute("p", "c1", "club", 400);
  ledger.Declare("p", "c2", "club", 400);
  Import(ledger, {{400, ""}, {400, ""}, {-400, ""}});
  ChangeAccount(ledger);
  v1::StartBankStatementRequest start = StartRequest(ledger, "n1", "2014-09-01", kDay, 0, 800, 2);
  start.mutable_account()->set_number(kNewAccount);
  ledger.Must(Org("verifier"), start);
  ledger.Must(Org("verifier"), LinesRequest("n1", 1, {{400, ""}, {400, ""}}));
  // What comes now comes to the new account; a line of the old one is no evidence of it.
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c2", 400);
  verify.mutable_account()->set_number(kNewAccount);
  verify.set_bank_line(BankLineName("projects/p/statements/s1", 2));
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::ACCOUNT_MISMATCH);
  EXPECT_EQ(ledger.Figure("case"), "LINE_ELSEWHERE");
  verify.set_bank_line(BankLineName("projects/p/statements/n1", 2));
  ledger.Must(Org("verifier"), verify);
  // What the old account earned is a line of its own.
  v1::RecordInterestRequest interest = ledger.InterestRequest("p", 400);
  interest.set_bank_line(BankLineName("projects/p/statements/s1", 2));
  v1::RecordInterestRequest elsewhere = interest;
  elsewhere.mutable_account()->set_number(kNewAccount);
  EXPECT_EQ(ledger.Try(Org("verifier"), elsewhere), v1::ACCOUNT_MISMATCH);
  TestLedger earned = ledger;
  earned.Must(Org("verifier"), interest);
  // Nor is a line of the new account what came to the old one, or the other way round.
  v1::MatchBankLineRequest match = MatchRequest(1, "contributions/c1");
  match.set_name(BankLineName("projects/p/statements/n1", 1));
  EXPECT_EQ(ledger.Try(Org("verifier"), match), v1::ACCOUNT_MISMATCH);
  EXPECT_EQ(ledger.Figure("name"), "projects/p/contributions/c1");
  ledger.Must(Org("verifier"), MatchRequest(1, "contributions/c1"));
  v1::UnmatchBankLineRequest unmatch = UnmatchRequest(1);
  unmatch.set_name(verify.bank_line());
  ledger.Must(Org("verifier"), unmatch);
  EXPECT_EQ(ledger.Try(Org("verifier"), MatchRequest(2, "contributions/c2")), v1::ACCOUNT_MISMATCH);
  // From which account something was taken back nobody has said.
  ledger.Reverse("p", "rv", "contributions/c2");
  ledger.Must(Org("verifier"), MatchRequest(3, "contributions/c2", /*reversal=*/true));
}

}  // namespace
}  // namespace oriundo
