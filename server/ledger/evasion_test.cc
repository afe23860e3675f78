// Ways round the rules that somebody tried, and what the ledger answers now: freezes dodged, bounds widened, money drawn twice, one acting as
// two; and ways into a state that nothing leads out of.
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/draft.h"
#include "server/ledger/refusal.h"
#include "server/ledger/state.h"
#include "server/ledger/test_deeds.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using ::testing::IsEmpty;
using v1::Amendment;
using v1::Project;

// Roles and ids of organisations.
using Parties = std::vector<std::pair<std::string, std::string>>;

constexpr char kNewAccount[] = "998877665544332211";
// 5 January 2015, noon.
constexpr int64_t kNextYearUs = 1'420'459'200'000'000;
constexpr int64_t kDayUs = 86'400'000'000;

// The office proposes, all sign.
void Amend(TestLedger& ledger, const std::string& id, const v1::AmendmentTerms& terms) {
  ledger.Must(Org("office"), AmendRequest(id, terms));
  const Amendment amendment = ledger.Get<Amendment>("projects/p/amendments/" + id);
  for (const std::string& signer : amendment.signers()) ledger.Must(signer, SignAmendmentRequest(id, terms.account().number()));
}

v1::AmendmentTerms Dues(const std::vector<std::pair<std::string, int64_t>>& dues) {
  v1::AmendmentTerms terms;
  for (const auto& [organization_id, due] : dues) {
    v1::AmendmentTerms::PartyDue& party = *terms.add_dues();
    party.set_organization(Org(organization_id));
    party.set_due_minor_units(due);
  }
  return terms;
}

v1::RuleVersion Thirds(bool pooled = false) {
  return MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, pooled, {3000, 7000, 10000}),
                   FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
}

// A project of 3,000 pesos, a third each.
TestLedger AgreedInThirds(const v1::RuleVersion& rule = Thirds()) {
  TestLedger ledger;
  if (rule.roles(0).pooled()) ledger.MakePool("federal", 150'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  return ledger;
}

// A project of 4,000 in halves; what the federal side has left goes back when the year ends. Half of its half has come.
TestLedger WithYearEnd() {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000});
  federal.set_returns_unspent_at_year_end(true);
  federal.set_year_end_return_days(15);
  v1::RuleVersion rule = MakeRule({federal, ClubShare(1)}, 0);
  rule.set_advance_bps_max(3'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  return ledger;
}

v1::ProposeYearEndReturnRequest ReturnRequest(const std::string& id) {
  v1::ProposeYearEndReturnRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id(id);
  request.set_party(Org("federal"));
  request.set_fiscal_year(2014);
  request.mutable_reason()->set_text("the year is over");
  return request;
}

// A project of 4,000 in halves, the last federal half of which waits until nine tenths of the street are verified; the first has come.
TestLedger WithMilestone(int64_t planned_quantity_milli, const Parties& clubs = {{"club", "club"}}) {
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5'000, 10'000}), ClubShare(1)}, 0);
  for (int i = 0; i < 2; ++i) rule.mutable_roles(0)->add_tranche_conditions();
  rule.mutable_roles(0)->mutable_tranche_conditions(1)->set_verified_bps_min(9'000);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  Parties parties = {{"federal", "federal"}};
  parties.insert(parties.end(), clubs.begin(), clubs.end());
  v1::Project draft = ledger.MakeDraft("r1", 4'000, parties);
  const int64_t each = 2'000 / static_cast<int64_t>(clubs.size());
  for (int i = 1; clubs.size() > 1 && i < draft.parties_size(); ++i) draft.mutable_parties(i)->set_due_minor_units(each);
  draft.set_planned_quantity_milli(planned_quantity_milli);
  ledger.Agree("p", draft);
  for (const auto& [role, club] : clubs) ledger.Contribute("p", "of-" + club, club, each);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  return ledger;
}

v1::ProposeWaiverRequest WaiverRequest() {
  v1::ProposeWaiverRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id("w1");
  request.set_tranche("projects/p/tranches/federal-2");
  request.add_waivers(v1::Tranche::VERIFIED_WORK);
  request.mutable_reason()->set_text("less was built");
  return request;
}

v1::ProposeReallocationRequest ReallocationRequest(int64_t amount) {
  v1::ProposeReallocationRequest request;
  request.set_parent("projects/q");
  request.set_proposal_id("x1");
  request.set_reallocation_id("m1");
  request.set_party(Org("club"));
  request.set_target_project("projects/p");
  *request.mutable_amount() = Mxn(amount);
  request.mutable_reason()->set_text("the school needs it");
  return request;
}

// `p` in thirds, and `q` cancelled with 300 pesos of the club's to refund.
TestLedger WithRefund() {
  TestLedger ledger = AgreedInThirds();
  ledger.Agree("q", ledger.MakeDraft("r1", 150'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Contribute("q", "c1", "club", 30'000);
  ledger.Cancel("q");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/q");
  ledger.Must(Org("office"), apportion);
  return ledger;
}

void Dispute(TestLedger& ledger, const std::string& id) {
  v1::DisputeRegistrationRequest request;
  request.set_name(Org(id));
  request.mutable_reason()->set_text("our name was misused");
  ledger.Must(Org(id), request);
}

TEST(Dispute, IsNotDodgedByReplacingTheClubThatDisputes) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 60'000);
  CreateOrganization(ledger, "sham", v1::CLUB, /*registered=*/true);
  ledger.Must(Org("office"), AmendRequest("a1", Replace("club", "sham")));
  for (const char* who : {"club", "state", "sham"}) ledger.Must(Org(who), SignAmendmentRequest("a1"));
  Dispute(ledger, "club");
  EXPECT_EQ(ledger.Try(Org("federal"), SignAmendmentRequest("a1")), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Project("p").club(), Org("club"));
}

TEST(Dispute, LetsNothingOutOfTheBox) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 60'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  Dispute(ledger, "club");
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 10'000)), v1::REGISTRATION_FROZEN);
  ledger.Cancel("p");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RefundRequest("p", "x1", "club")), v1::REGISTRATION_FROZEN);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x2", "state"));
}

TEST(YearEndReturn, GoesToNobodyWhoOwesTheProject) {
  TestLedger ledger = WithYearEnd();
  ledger.Spend("p", "e1", 1'500);
  ledger.Reverse("p", "rv1", "releases/f1");
  ledger.Reverse("p", "rv2", "expenditures/e1");
  EXPECT_EQ(ledger.Party("p", "federal").receivable_minor_units(), 500);
  EXPECT_EQ(ledger.Party("p", "federal").left_minor_units(), 500);
  ledger.SetTime(kNextYearUs);
  EXPECT_EQ(ledger.Try(Org("office"), ReturnRequest("y1")), v1::NOTHING_TO_REFUND);
}

TEST(YearEndReturn, GivesEachPartOfTheInterestOnce) {
  TestLedger ledger = WithYearEnd();
  ledger.Spend("p", "e1", 2'998);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 900));
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  EXPECT_EQ(ledger.Project("p").interest_minor_units(), 600);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  EXPECT_EQ(ledger.Party("p", "federal").interest_paid_minor_units(), 300);
  EXPECT_EQ(ledger.Try(Org("office"), ReturnRequest("y2")), v1::NOTHING_TO_REFUND);
}

TEST(ClosedYear, TakesNoAmendmentThatCommitsMoreOfIt) {
  TestLedger ledger = AgreedInThirds(Thirds(/*pooled=*/true));
  ledger.SetTime(kNextYearUs + 40 * kDayUs);
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(2014);
  ledger.Must(Org("office"), close);
  RenewForNextYear(ledger, "club");
  v1::AmendmentTerms total;
  total.set_total_minor_units(420'000);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", total)), v1::FISCAL_YEAR_STATE);
  // Less may still be agreed.
  total.set_total_minor_units(270'000);
  Amend(ledger, "a2", total);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").committed_minor_units(), 90'000);
}

TEST(Refrendo, FreesAnOldBudgetAndNotTheCapsOfItsYear) {
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, /*pooled=*/true), ClubShare(1)}, 0);
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(v1::CumulativeCap::CLUB_YEAR);
  cap.set_pools_bps_max(10'000);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  for (int year : {2014, 2015}) ledger.MakePool("federal", 2'000, year);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015));
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").free_minor_units(), 2'000);
  // What the club has got out of 2014 stays its own: the old budget pays for others.
  v1::Project draft = ledger.MakeDraft("r1", 200, {{"federal", "federal"}, {"club", "club"}});
  v1::CreateProjectRequest create;
  create.set_project_id("q");
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("q");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("q"));
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("q")), v1::CUMULATIVE_CAP_EXCEEDED);
  draft.set_club(Org("club2"));
  draft.mutable_parties(1)->set_organization(Org("club2"));
  ledger.Agree("s", draft);
  // Nor does anything move back to be counted anew.
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2015, 2014)), v1::INVALID_FIELD);
}

TEST(YearEnd, IsNoneOfAYearThatEndedBeforeTheAgreement) {
  TestLedger ledger = WithYearEnd();
  v1::ProposeYearEndReturnRequest request = ReturnRequest("y1");
  request.set_fiscal_year(2013);
  EXPECT_EQ(ledger.Try(Org("federal"), request), v1::YEAR_END_RETURN_NOT_DUE);
  EXPECT_EQ(ledger.Figure("fiscal_year"), "2013");
}

TEST(Advance, IsBoundedByTheProjectWhateverAContractSaysToBeWorth) {
  TestLedger ledger = WithYearEnd();
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 1'000'000'000'000));
  v1::RecordExpenditureRequest pay = ledger.SpendRequest("p", "a1", 1'201);
  pay.mutable_expenditure()->set_contract("projects/p/contracts/k");
  pay.mutable_expenditure()->set_purpose(v1::ADVANCE);
  EXPECT_EQ(ledger.Try(Org("contractor"), pay), v1::ADVANCE_ABOVE_MAXIMUM);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "1200");
  *pay.mutable_expenditure()->mutable_amount() = Mxn(1'200);
  ledger.Must(Org("contractor"), pay);
}

TEST(Amendment, LetsWhatAReplacedClubNoLongerGivesBeTakenOver) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 60'000);
  CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
  Amend(ledger, "a1", Replace("club", "heir"));
  ledger.Contribute("p", "c2", "heir", 40'000);
  // The bank takes the first club's cheque back: it gives nothing any more, and nobody owes its part.
  ledger.Reverse("p", "rv", "contributions/c1");
  EXPECT_EQ(ledger.Party("p", "club").due_minor_units(), 60'000);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", Dues({{"club", 60'001}, {"heir", 39'999}}))), v1::PARTY_REPLACED);
  Amend(ledger, "a2", Dues({{"club", 0}, {"heir", 100'000}}));
  ledger.Contribute("p", "c3", "heir", 60'000);
  EXPECT_EQ(ledger.Party("p", "heir").verified_minor_units(), 100'000);
}

TEST(Amendment, MakesNoReplacedClubOweLessThanItGave) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 60'000);
  CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
  Amend(ledger, "a1", Replace("club", "heir"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", Dues({{"club", 59'999}, {"heir", 40'001}}))), v1::AMENDMENT_BELOW_GIVEN);
}

TEST(InKind, IsDeclaredNoMoreByWhoWasReplaced) {
  v1::RuleVersion rule = Thirds();
  rule.mutable_roles(2)->set_in_kind_cap_bps(5'000);
  rule.set_in_kind_allowed(true);
  TestLedger ledger = AgreedInThirds(rule);
  CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
  Amend(ledger, "a1", Replace("club", "heir"));
  EXPECT_EQ(ledger.Try(Org("club"), GoodsRequest("g1", "club", 1'000, 30'000)), v1::PARTY_REPLACED);
}

TEST(InKind, FundsAProjectWhoseClubGivesNothingElse) {
  v1::FunderRole club = ClubShare(1);
  club.set_in_kind_cap_bps(10'000);
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), club}, 0);
  rule.set_in_kind_allowed(true);
  rule.set_in_kind_in_bound(true);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 1'000));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 1'000));
  EXPECT_EQ(ledger.Project("p").state(), Project::FUNDING);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 1'000);
}

TEST(FederationCap, IsNotDodgedByAClubThatLeftItsFederation) {
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0);
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(v1::CumulativeCap::FEDERATION_YEAR);
  cap.set_projects_max(1);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  v1::ChangeFederationRequest leave;
  leave.set_name(Org("club2"));
  ledger.Must(Org("club2"), leave);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club", "club2"))), v1::FEDERATION_MISSING);
}

v1::Account Number(const std::string& number) {
  v1::Account account;
  account.set_number(number);
  return account;
}

// A signature under `id` for the account of `other`.
v1::SignAgreementRequest SignFor(const TestLedger& ledger, const std::string& id, const std::string& other) {
  v1::SignAgreementRequest sign = ledger.SignRequest(id);
  *sign.mutable_account() = ledger.SignRequest(other).account();
  return sign;
}

v1::AmendmentTerms AccountTerms(const v1::Account& account) {
  v1::AmendmentTerms terms;
  *terms.mutable_account() = account;
  return terms;
}

TEST(Account, IsOneProjectsAloneSoThatNoCreditCountsInTwo) {
  TestLedger ledger = AgreedInThirds();
  const Parties parties = {{"federal", "federal"}, {"state", "state"}, {"club", "club2"}};
  Project draft = ledger.MakeDraft("r1", 300'000, parties);
  draft.set_club(Org("club2"));
  ledger.Approve("q", draft);
  EXPECT_EQ(ledger.Try(Org("club2"), SignFor(ledger, "q", "p")), v1::ACCOUNT_IN_USE);
  EXPECT_EQ(ledger.Figure("holder"), "projects/p");
  ledger.SignAll("q");
  // Nor by an amendment, whichever project is there first with a new number.
  v1::ProposeAmendmentRequest taken = AmendRequest("a1", AccountTerms(ledger.SignRequest("p").account()));
  taken.set_parent("projects/q");
  EXPECT_EQ(ledger.Try(Org("office"), taken), v1::ACCOUNT_IN_USE);
  v1::ProposeAmendmentRequest late = AmendRequest("a2", AccountTerms(Number(kNewAccount)));
  late.set_parent("projects/q");
  ledger.Must(Org("office"), late);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  v1::SignAmendmentRequest sign = SignAmendmentRequest("a2", kNewAccount);
  sign.set_name("projects/q/amendments/a2");
  for (const char* signer : {"federal", "state", "club2"}) ledger.Must(Org(signer), sign);
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::ACCOUNT_IN_USE);
  EXPECT_EQ(ledger.Figure("holder"), "projects/p");
}

TEST(Account, OfAProjectCancelledBeforeAnythingWasSeenOnItIsFreeForAnother) {
  TestLedger ledger = AgreedInThirds();
  ledger.Approve("q", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  TestLedger seen = ledger;
  ledger.Cancel("p");
  for (const char* signer : {"federal", "state", "club", "contractor"}) ledger.Must(Org(signer), SignFor(ledger, "q", "p"));
  // From then on the cancelled one confirms nothing on it.
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.InterestRequest("p", 1'000)), v1::ACCOUNT_IN_USE);
  EXPECT_EQ(ledger.Figure("holder"), "projects/q");
  seen.Contribute("p", "c1", "club", 1'000);
  seen.Cancel("p");
  EXPECT_EQ(seen.Try(Org("club"), SignFor(seen, "q", "p")), v1::ACCOUNT_IN_USE);
}

TEST(Account, ThatAnAmendmentLeftIsFreeForAnotherUnlessSomethingWasSeenOnIt) {
  TestLedger ledger = AgreedInThirds();
  ledger.Approve("q", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  TestLedger seen = ledger;
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  EXPECT_THAT(ledger.Project("p").former_account_commitments(), IsEmpty());
  ledger.Must(Org("club"), SignFor(ledger, "q", "p"));
  seen.Contribute("p", "c1", "club", 1'000);
  Amend(seen, "a1", AccountTerms(Number(kNewAccount)));
  EXPECT_EQ(seen.Try(Org("club"), SignFor(seen, "q", "p")), v1::ACCOUNT_IN_USE);
  // Its own project may return to it.
  Amend(seen, "a2", AccountTerms(seen.SignRequest("p").account()));
  EXPECT_EQ(seen.Try(Org("club"), SignFor(seen, "q", "p")), v1::ACCOUNT_IN_USE);
}

TEST(Account, OldOneEarnsInterestThatIsCarriedWithTheRest) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 50'000);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 70));
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 50'070);
  v1::RecordInterestRequest elsewhere = ledger.InterestRequest("p", 1, "i2");
  elsewhere.mutable_account()->set_number("999999999999999999");
  EXPECT_EQ(ledger.Try(Org("verifier"), elsewhere), v1::ACCOUNT_MISMATCH);
  *elsewhere.mutable_account() = Number(kNewAccount);
  ledger.Must(Org("verifier"), elsewhere);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 50'070);
}

TEST(Account, ARepaymentIsSeenOnTheAgreedOneAndWithABankReceipt) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Spend("p", "e1", 150'000);
  ledger.Reverse("p", "rv", "contributions/c1");
  v1::RecordRepaymentRequest repay = ledger.RepayRequest("p", "rp", "club", 1'000);
  repay.mutable_account()->set_number(kNewAccount);
  EXPECT_EQ(ledger.Try(Org("verifier"), repay), v1::ACCOUNT_MISMATCH);
  repay = ledger.RepayRequest("p", "rp", "club", 1'000);
  repay.mutable_repayment()->mutable_evidence(0)->set_type(v1::PHOTOGRAPH);
  EXPECT_EQ(ledger.Try(Org("verifier"), repay), v1::DOCUMENT_MISSING);
}

v1::CarryBalanceRequest CarryRequest(const std::string& number, int64_t amount) {
  auto request = ProjectRequest<v1::CarryBalanceRequest>("p");
  *request.mutable_credited() = Mxn(amount);
  request.set_bank_value_date("2014-09-10");
  *request.mutable_account() = Number(number);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::RecordDepositRequest DepositRequest(const v1::Account& account, int64_t amount) {
  v1::RecordDepositRequest deposit;
  deposit.set_parent("projects/p");
  deposit.set_deposit_id("d1");
  *deposit.mutable_deposit()->mutable_amount() = Mxn(amount);
  deposit.mutable_deposit()->set_bank_value_date("2014-09-10");
  *deposit.mutable_deposit()->add_evidence() = Document(v1::BANK_RECEIPT);
  *deposit.mutable_account() = account;
  return deposit;
}

v1::ProposeExpenditureRequest FeeRequest(const TestLedger& ledger, int64_t amount) {
  v1::ProposeExpenditureRequest fee;
  fee.set_parent("projects/p");
  fee.set_proposal_id("fee");
  fee.set_expenditure_id("fee");
  *fee.mutable_expenditure() = ledger.SpendRequest("p", "fee", amount, v1::FEES).expenditure();
  fee.mutable_reason()->set_text("closing the account");
  return fee;
}

TEST(Account, OfAProjectThatWasNeverAgreedTakesNothing) {
  TestLedger ledger;
  ledger.Publish("r1", Thirds());
  for (const char* id : {"p", "q"}) {
    ledger.Approve(id, ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  }
  // One signature under p names the account of q.
  ledger.Must(Org("club"), SignFor(ledger, "p", "q"));
  ledger.Cancel("p");
  ledger.SignAll("q");
  ledger.Must(Org("verifier"), ledger.InterestRequest("q", 7'000));
  v1::RecordInterestRequest again = ledger.InterestRequest("q", 7'000);
  again.set_parent("projects/p");
  EXPECT_EQ(ledger.Try(Org("verifier"), again), v1::ACCOUNT_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("verifier"), DepositRequest(ledger.SignRequest("q").account(), 100)), v1::ACCOUNT_MISMATCH);
}

TEST(Account, ThatACancelledBoxIsStillCarriedToIsNoOtherProjects) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 50'000);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Cancel("p");
  ledger.Approve("q", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  v1::SignAgreementRequest sign = ledger.SignRequest("q");
  *sign.mutable_account() = Number(kNewAccount);
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::ACCOUNT_IN_USE);
  // An old bank keeps its fee before anything is apportioned; afterwards nothing could.
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("verifier"), CarryRequest(kNewAccount, 49'990));
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::BALANCE_NOT_CARRIED);
  ledger.Must(Org("contractor"), FeeRequest(ledger, 10));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "fee"));
  ledger.Refund("p");
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(Account, OldOneKeepsItsFeeAfterTheHandover) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Must(Org("verifier"), CarryRequest(kNewAccount, 2'000));
  ledger.Spend("p", "e1", 1'900);
  ledger.Complete("p");
  ledger.HandOver("p");
  // The old account still earned something, of which its bank keeps a part.
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 70));
  ledger.Must(Org("verifier"), CarryRequest(kNewAccount, 60));
  EXPECT_EQ(ledger.Try(Org("contractor"), FeeRequest(ledger, 11)), v1::WRONG_PROJECT_STATE);
  ledger.Must(Org("contractor"), FeeRequest(ledger, 10));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "fee"));
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 0);
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Account, OfAProjectThatAwaitsADeclaredContributionIsNoOtherProjects) {
  TestLedger ledger = AgreedInThirds();
  ledger.Declare("p", "c1", "club", 1'000);
  ledger.Cancel("p");
  ledger.Approve("q", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Try(Org("club"), SignFor(ledger, "q", "p")), v1::ACCOUNT_IN_USE);
  ledger.Verify("p", "c1", 1'000);
}

TEST(Account, WhatTheNewBankGivesBackIsNotCarriedFromTheOldOne) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Must(Org("verifier"), DepositRequest(Number(kNewAccount), 200'000));
  ledger.Reverse("p", "rv", "deposits/d1");
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 200'000);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1)), v1::BALANCE_NOT_CARRIED);
}

TEST(Account, ThatTheProjectReturnsToHasWhatNeverLeftIt) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Must(Org("verifier"), CarryRequest(kNewAccount, 30'000));
  Amend(ledger, "a2", AccountTerms(ledger.SignRequest("p").account()));
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 30'000);
  ledger.Spend("p", "e1", 170'000);
}

TEST(Account, OldOneTakesADepositThatAContributionIsConfirmedWith) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 10'000);
  ledger.Declare("p", "c2", "club", 400);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c2", 400);
  EXPECT_EQ(ledger.Try(Org("verifier"), verify), v1::ACCOUNT_MISMATCH);
  ledger.Must(Org("verifier"), DepositRequest(ledger.SignRequest("p").account(), 400));
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 10'400);
  EXPECT_FALSE(ledger.Project("p").account_used());
  verify.set_deposit("projects/p/deposits/d1");
  ledger.Must(Org("verifier"), verify);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 10'400);
  // Its bank takes it back from there.
  ledger.Reverse("p", "rv", "contributions/c2");
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 10'000);
}

TEST(Merger, LeavesTheOldNameNeitherProposalNorSignature) {
  TestLedger ledger = AgreedInThirds();
  Merge(ledger, "club", "club2");
  EXPECT_EQ(ledger.Try(Org("club"), AmendRequest("a1", AccountTerms(Number(kNewAccount)))), v1::ORGANIZATION_MERGED);
  ledger.Must(Org("office"), AmendRequest("a1", AccountTerms(Number(kNewAccount))));
  EXPECT_EQ(ledger.Try(Org("club"), SignAmendmentRequest("a1", kNewAccount)), v1::ORGANIZATION_MERGED);
  ledger.Must(Org("club2"), SignAmendmentRequest("a1", kNewAccount));
  v1::ProposeWaiverRequest waiver;
  waiver.set_parent("projects/p");
  waiver.set_proposal_id("w1");
  waiver.mutable_reason()->set_text("it is late");
  EXPECT_EQ(ledger.Try(Org("club"), waiver), v1::ORGANIZATION_MERGED);
}

TEST(Verifier, StandsAboveNobodyInAChainOfMergers) {
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("confederation"));
  TestLedger ledger;
  CreateOrganization(ledger, "fed9", v1::FEDERATION, /*registered=*/true);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 60'000);
  EXPECT_EQ(ledger.Try(Org("confederation"), ledger.VerifyRequest("p", "c1", 60'000)), v1::VERIFIER_NOT_INDEPENDENT);
  // Its federation goes into one that stands below none.
  Merge(ledger, "federation", "fed9");
  EXPECT_EQ(ledger.Try(Org("confederation"), ledger.VerifyRequest("p", "c1", 60'000)), v1::VERIFIER_NOT_INDEPENDENT);
}

TEST(Verifier, StandsBelowNobodyWhoExecutedOrPays) {
  v1::RuleVersion rule = Thirds();
  for (const char* verifier : {"muni-works", "mirror-works"}) rule.add_verifiers(Org(verifier));
  TestLedger ledger;
  CreateOrganization(ledger, "muni-works", v1::COMMITTEE, false, Org("municipality"));
  CreateOrganization(ledger, "mirror-works", v1::COMMITTEE, false, Org("mirror"));
  ledger.Publish("r1", rule);
  Project draft = ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  ledger.Agree("p", draft);
  ledger.Declare("p", "c1", "club", 60'000);
  v1::AmendmentTerms terms;
  terms.set_executor(Org("contractor"));
  Amend(ledger, "a1", terms);
  for (const char* verifier : {"muni-works", "mirror-works"}) {
    EXPECT_EQ(ledger.Try(Org(verifier), ledger.VerifyRequest("p", "c1", 60'000)), v1::VERIFIER_NOT_INDEPENDENT) << verifier;
  }
}

TEST(Completion, IsNotOutbidByAProgressReportOnceItIsReported) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(379'000);
  ledger.Must(Org("contractor"), report);
  v1::ReportProgressRequest more;
  more.set_parent("projects/p");
  more.set_report_id("r1");
  more.mutable_report()->set_report_date("2014-09-10");
  more.mutable_report()->set_reported_quantity_milli(4'000'000);
  *more.mutable_report()->add_evidence() = Document(v1::PHOTOGRAPH);
  EXPECT_EQ(ledger.Try(Org("contractor"), more), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Figure("case"), "REPORTED_COMPLETE");
}

TEST(Account, WhatTheOldBankTakesBackNeedNotBeCarried) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 50'000);
  ledger.Contribute("p", "c2", "club", 50'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  Amend(ledger, "a1", AccountTerms(Number(kNewAccount)));
  ledger.Must(Org("verifier"), CarryRequest(kNewAccount, 150'000));
  ledger.Reverse("p", "rv", "contributions/c2");
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 150'000);
  EXPECT_EQ(ledger.Project("p").uncarried_minor_units(), 0);
  ledger.Spend("p", "e1", 150'000);
}

TEST(Reallocation, IsProposedByThePayerItselfAndNotByItsFederation) {
  TestLedger ledger = WithRefund();
  EXPECT_EQ(ledger.Try(Org("federation"), ReallocationRequest(30'000)), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), ReallocationRequest(30'000));
}

TEST(Reallocation, IsNotSentWhereItCouldNotArriveAnyMore) {
  for (const bool replaced : {false, true}) {
    TestLedger ledger = WithRefund();
    ledger.Must(Org("club"), ReallocationRequest(30'000));
    ledger.Must(Org("office"), ledger.ApproveRequest("q", "x1"));
    if (replaced) {
      CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
      Amend(ledger, "a1", Replace("club", "heir"));
    } else {
      ledger.Cancel("p");
    }
    v1::PayRefundRequest send = ledger.RefundRequest("q", "x2", "club");
    send.mutable_refund()->set_reallocation("projects/q/reallocations/m1");
    EXPECT_EQ(ledger.Try(Org("verifier"), send), replaced ? v1::PARTY_REPLACED : v1::WRONG_PROJECT_STATE);
    // Given up, it is refunded to the club itself.
    v1::CancelReallocationRequest cancel;
    cancel.set_name("projects/q/reallocations/m1");
    cancel.mutable_reason()->set_text("it has no place to go");
    ledger.Must(Org("office"), cancel);
    ledger.Must(Org("verifier"), ledger.RefundRequest("q", "x3", "club"));
  }
}

TEST(Waiver, CountsForTheAmountThatWasLetGoAndNotForMore) {
  TestLedger ledger = WithMilestone(4'000'000);
  ledger.Complete("p");
  ledger.Must(Org("office"), WaiverRequest());
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "w1"));
  v1::AmendmentTerms total;
  total.set_total_minor_units(40'000);
  Amend(ledger, "a1", total);
  ledger.Contribute("p", "c2", "club", 18'000);
  EXPECT_EQ(ledger.Project("p").tranches(1).amount_minor_units(), 19'000);
  EXPECT_THAT(ledger.Project("p").tranches(1).waivers(), IsEmpty());
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0)), v1::MILESTONE_NOT_REACHED);
}

TEST(Waiver, IsNotProposedAndApprovedByOneClubUnderTwoNames) {
  TestLedger ledger = WithMilestone(4'000'000, {{"club", "club"}, {"club", "club2"}});
  ledger.Complete("p");
  ledger.Must(Org("club"), WaiverRequest());
  v1::ProposeMergeRequest merge;
  merge.set_name(Org("club"));
  merge.set_successor(Org("club2"));
  merge.mutable_reason()->set_text("we are one");
  ledger.Must(Org("club"), merge);
  v1::AcceptMergeRequest accept;
  accept.set_name(Org("club"));
  ledger.Must(Org("club2"), accept);
  EXPECT_EQ(ledger.Try(Org("club2"), ledger.ApproveRequest("p", "w1")), v1::APPROVER_NOT_INDEPENDENT);
}

void ReportProgress(TestLedger& ledger, const std::string& id, int64_t quantity_milli) {
  v1::ReportProgressRequest request;
  request.set_parent("projects/p");
  request.set_report_id(id);
  request.mutable_report()->set_report_date("2014-09-10");
  request.mutable_report()->set_reported_quantity_milli(quantity_milli);
  *request.mutable_report()->add_evidence() = Document(v1::PHOTOGRAPH);
  ledger.Must(Org("contractor"), request);
}

void VerifyProgress(TestLedger& ledger, const std::string& id, int64_t quantity_milli) {
  v1::VerifyProgressRequest request;
  request.set_name("projects/p/reports/" + id);
  request.set_quantity_milli(quantity_milli);
  *request.add_documents() = Document(v1::PHOTOGRAPH);
  ledger.Must(Org("club"), request);
}

// The executor reports that only so much is built after all, and the office confirms it.
void MeasureComplete(TestLedger& ledger, int64_t quantity_milli) {
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(quantity_milli);
  report.set_correction(true);
  ledger.Must(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(quantity_milli);
  ledger.Must(Org("office"), confirm);
}

TEST(Progress, OfAFinishedWorkIsNotVerifiedBeyondWhatWasConfirmed) {
  // The street of F7: 1,200 metres reported, 379 built.
  TestLedger ledger = WithMilestone(1'200'000);
  ReportProgress(ledger, "r1", 1'200'000);
  MeasureComplete(ledger, 379'000);
  v1::VerifyProgressRequest verify;
  verify.set_name("projects/p/reports/r1");
  verify.set_quantity_milli(1'200'000);
  *verify.add_documents() = Document(v1::PHOTOGRAPH);
  EXPECT_EQ(ledger.Try(Org("club"), verify), v1::QUANTITY_OUT_OF_ORDER);
  verify.set_quantity_milli(379'000);
  ledger.Must(Org("club"), verify);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0)), v1::MILESTONE_NOT_REACHED);
}

TEST(Executor, NeitherVerifiesNorApprovesOnceItIsReplaced) {
  TestLedger ledger;
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("contractor"));
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 60'000);
  v1::AmendmentTerms terms;
  terms.set_executor(Org("verifier"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", terms)), v1::ROLE_MISMATCH);
  terms.set_executor(Org("municipality"));
  Amend(ledger, "a1", terms);
  ledger.Declare("p", "c2", "club", 100);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.VerifyRequest("p", "c2", 100)), v1::VERIFIER_NOT_INDEPENDENT);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1"));
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ApproveRequest("p", "rv")), v1::VERIFIER_NOT_INDEPENDENT);
}

TEST(Handover, TakesOneMirrorClubForTheClubAndNotHundreds) {
  TestLedger ledger = WithMilestone(1'200'000);
  for (const char* id : {"mirror-1", "mirror-2"}) CreateOrganization(ledger, id, v1::MIRROR_CLUB, /*registered=*/false, Org("club"));
  ledger.Complete("p");
  ledger.Pay("p", "f2", "federal", 2, 0);
  const auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  ledger.Must(Org("mirror-1"), sign);
  EXPECT_EQ(ledger.Try(Org("mirror-2"), sign), v1::ALREADY_SIGNED);
  ledger.Must(Org("club"), sign);
}

TEST(Reversal, IsOfNoDayBeforeTheMoneyCame) {
  TestLedger ledger = AgreedInThirds();
  ledger.Declare("p", "c1", "club", 60'000);
  ledger.SetTime(kNextYearUs);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 60'000);
  verify.set_bank_value_date("2014-12-20");
  ledger.Must(Org("verifier"), verify);
  v1::ProposeReversalRequest reverse = ledger.ReverseRequest("p", "rv", "contributions/c1");
  reverse.set_bank_value_date("2014-12-19");
  EXPECT_EQ(ledger.Try(Org("verifier"), reverse), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Figure("bank_value_date"), "2014-12-20");
  reverse.set_bank_value_date("2014-12-20");
  ledger.Must(Org("verifier"), reverse);
}

// A project of 4,000 in halves as WithYearEnd has it, paid by a pool, all of both halves given and 1,000 of 4,000 spent.
TEST(Evasion, AFunderWhoseMoneyWentBackAtTheYearsEndHasNotGivenIt) {
  TestLedger ledger = WithYearEnd();
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 1'000);
  ASSERT_EQ(ledger.Party("p", "federal").received_minor_units(), 2'000);
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  // What is not spent of its half, 1,500, goes back: the second tranche whole, and half of the first.
  v1::Party federal = ledger.Party("p", "federal");
  EXPECT_EQ(federal.year_end_returned_minor_units(), 1'500);
  EXPECT_EQ(federal.received_minor_units(), 500);
  EXPECT_EQ(federal.released_minor_units(), 500);
  EXPECT_EQ(federal.committed_minor_units(), 1'500);
  EXPECT_EQ(federal.spent_minor_units(), 500);
  ASSERT_EQ(federal.later_dues_size(), 1);
  EXPECT_EQ(federal.later_dues(0).date(), "2015-01-05");
  EXPECT_EQ(federal.later_dues(0).minor_units(), 1'500);
  EXPECT_EQ(ledger.Project("p").tranches(0).settled_minor_units(), 500);
  EXPECT_EQ(ledger.Project("p").tranches(1).settled_minor_units(), 0);
  EXPECT_EQ(ledger.Project("p").tranches(1).released_minor_units(), 0);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  // A bank that sends the refund back does not make it given: it is payable again.
  TestLedger bounced = ledger;
  v1::ProposeReversalRequest reverse = bounced.ReverseRequest("p", "rv", "refunds/x1");
  reverse.set_bank_value_date(bounced.Get<v1::Refund>("projects/p/refunds/x1").payment_date());
  bounced.Must(Org("verifier"), reverse);
  bounced.Must(Org("office"), bounced.ApproveRequest("p", "rv"));
  EXPECT_EQ(bounced.Party("p", "federal").payable_minor_units(), 1'500);
  EXPECT_EQ(bounced.Party("p", "federal").received_minor_units(), 500);
  // The club's money builds the rest: it hands nothing over and is not divided. Of the 1,500 that went back half are savings.
  ledger.Spend("p", "e2", 1'500);
  ledger.Complete("p");
  ledger.Must(Org("club"), ProjectRequest<v1::SignHandoverRequest>("p"));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "750");
  EXPECT_EQ(ledger.Figure("refunded_early_minor_units"), "750");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::SHARE_BELOW_TOLERANCE);
  // It pays what is missing again, in the order of its tranches; then each has paid half of what was built.
  v1::ProposeWaiverRequest waiver;
  waiver.set_parent("projects/p");
  waiver.set_proposal_id("w1");
  waiver.set_tranche("projects/p/tranches/federal-1");
  waiver.add_waivers(v1::Tranche::LAST_TRANCHES_ONLY);
  *waiver.add_documents() = Document(v1::OTHER_DOCUMENT);
  waiver.mutable_reason()->set_text("the money of the year before went back");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f4", "federal", 2, 0)), v1::TRANCHE_NOT_OPEN);
  ledger.Must(Org("federal"), waiver);
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "w1"));
  const auto pay = [&](const std::string& id, int ordinal, int64_t amount) {
    ledger.Release("p", id, "federal", ordinal, amount);
    v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", id, amount);
    receive.set_bank_value_date("2015-01-05");
    ledger.Must(Org("verifier"), receive);
  };
  pay("f3", 1, 500);
  pay("f4", 2, 249);
  EXPECT_EQ(ledger.Try(Org("office"), apportion), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "1");
  pay("f5", 2, 1);
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").payable_minor_units(), 750);
  EXPECT_EQ(ledger.Party("p", "federal").paid_in_minor_units(), 2'750);
}

TEST(Evasion, WhatWentBackAtTheYearsEndIsARefundPaidEarlyAsFarAsItIsSaved) {
  TestLedger ledger = WithYearEnd();
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 1'000);
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  ledger.Complete("p");
  // Each bears half of 1,000: the club gets its 1,500 back, and the federal side has had its own.
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").payable_minor_units(), 1'500);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x2", "club"));
  ledger.Must(Org("club"), ProjectRequest<v1::SignHandoverRequest>("p"));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("contractor"), sign);
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

// Whoever sent its money away and back has paid what it would have paid without that.
TEST(YearEndReturn, ChangesNothingInACancelledProjectOnceItIsSentAgain) {
  for (const bool returns : {false, true}) {
    TestLedger ledger = WithYearEnd();
    ledger.Spend("p", "e1", 600);
    ledger.SetTime(kNextYearUs);
    if (returns) {
      ledger.Must(Org("office"), ReturnRequest("y1"));
      ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
      ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
      ledger.Pay("p", "f2", "federal", 1, 800);
    }
    ledger.Cancel("p");
    v1::ApportionRefundsRequest apportion;
    apportion.set_parent("projects/p");
    ledger.Must(Org("office"), apportion);
    EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 800);
    EXPECT_EQ(ledger.Party("p", "club").payable_minor_units(), 1'600);
  }
}

TEST(YearEndReturn, IsARefundOfAFinishedWorkToWhichAllHaveGiven) {
  TestLedger ledger = WithYearEnd();
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 1'000);
  ledger.Complete("p");
  ledger.SetTime(kNextYearUs);
  EXPECT_EQ(ledger.Try(Org("office"), ReturnRequest("y1")), v1::YEAR_END_RETURN_NOT_DUE);
  EXPECT_EQ(ledger.Figure("case"), "SAVINGS");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  ledger.Must(Org("office"), apportion);
  EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 1'500);
}

TEST(YearEndReturn, OfAFinishedWorkWaitsForNobodyWhoIsShort) {
  TestLedger ledger = WithYearEnd();
  ledger.Spend("p", "e1", 1'000);
  ledger.Complete("p");
  ledger.SetTime(kNextYearUs);
  // The second federal tranche has not come: what is left of the first goes back by the law's day all the same.
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  EXPECT_EQ(ledger.Party("p", "federal").payable_minor_units(), 667);
}

TEST(Evasion, AYearsEndTakesFromThePoolNothingThatOthersCouldUse) {
  TestLedger ledger;
  ledger.MakePool("federal", 2'100);
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true);
  federal.set_returns_unspent_at_year_end(true);
  federal.set_year_end_return_days(15);
  ledger.Publish("r1", MakeRule({federal, ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  const v1::Pool pool = ledger.Get<v1::Pool>("programs/mx/pools/federal-2014");
  EXPECT_EQ(pool.released_minor_units(), 0);
  EXPECT_EQ(pool.committed_minor_units(), 2'000);
  EXPECT_EQ(pool.free_minor_units(), 100);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  // Its end frees the promise.
  ledger.Cancel("p");
  EXPECT_EQ(ledger.Party("p", "federal").committed_minor_units(), 0);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").free_minor_units(), 2'100);
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 2'000);
}

TEST(Evasion, ABankThatTakesBackWhatWentBackAlreadyIsRepaidAndNothingIsGivenByIt) {
  TestLedger ledger = WithYearEnd();
  ledger.Spend("p", "e1", 1'500);
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "x1", "federal"));
  // Of 1,000 a third of 1,500 was spent.
  ASSERT_EQ(ledger.Party("p", "federal").received_minor_units(), 500);
  v1::ProposeReversalRequest reverse = ledger.ReverseRequest("p", "rv", "releases/f1");
  reverse.set_bank_value_date("2015-01-05");
  ledger.Must(Org("verifier"), reverse);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  v1::Party federal = ledger.Party("p", "federal");
  EXPECT_EQ(federal.received_minor_units(), 0);
  EXPECT_EQ(federal.receivable_minor_units(), 1'000);
  EXPECT_EQ(federal.taken_twice_minor_units(), 500);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 1, 0)), v1::RECEIVABLE_OPEN);
  v1::RecordRepaymentRequest repay = ledger.RepayRequest("p", "rp", "federal", 1'000);
  repay.mutable_repayment()->set_bank_value_date("2015-01-05");
  ledger.Must(Org("verifier"), repay);
  federal = ledger.Party("p", "federal");
  EXPECT_EQ(federal.received_minor_units(), 500) << "what is spent of it is given, and no more";
  EXPECT_EQ(federal.verified_minor_units(), 0);
  EXPECT_EQ(federal.taken_twice_minor_units(), 0);
  EXPECT_EQ(ledger.Get<v1::Repayment>("projects/p/repayments/rp").taken_twice_minor_units(), 500);
  // It bounces, and all is as before.
  v1::ProposeReversalRequest bounce = ledger.ReverseRequest("p", "rv2", "repayments/rp");
  bounce.set_bank_value_date("2015-01-05");
  ledger.Must(Org("verifier"), bounce);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv2"));
  EXPECT_EQ(ledger.Party("p", "federal").taken_twice_minor_units(), 500);
  EXPECT_EQ(ledger.Party("p", "federal").receivable_minor_units(), 1'000);
}

TEST(Evasion, WhoseEveryTrancheIsAnothersGetsNothingBackAtTheYearsEnd) {
  TestLedger ledger = WithYearEnd();
  CreateOrganization(ledger, "ministry", v1::FEDERAL_GOVERNMENT);
  Amend(ledger, "a1", Replace("federal", "ministry"));
  ledger.SetTime(kNextYearUs);
  // What it gave is all that it owes; gone back, nobody would owe it.
  EXPECT_EQ(ledger.Try(Org("office"), ReturnRequest("y1")), v1::PARTY_REPLACED);
}

TEST(Evasion, WhatWasGivenBeyondTheDueGoesBackBeforeTranches) {
  TestLedger ledger = WithYearEnd();
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Contribute("p", "extra", "federal", 300);
  ledger.Spend("p", "e1", 430);
  ledger.SetTime(kNextYearUs);
  ledger.Must(Org("office"), ReturnRequest("y1"));
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "y1"));
  // It has 2,300 of 4,300 in the box, and 230 of that are spent.
  const v1::Party federal = ledger.Party("p", "federal");
  EXPECT_EQ(federal.year_end_returned_minor_units(), 2'070);
  EXPECT_EQ(federal.verified_minor_units(), 0);
  EXPECT_EQ(federal.over_match_minor_units(), 0);
  EXPECT_EQ(federal.received_minor_units(), 230);
  EXPECT_EQ(ledger.Balance("p", "funds:p:federal:over-match"), 0);
}

// What a funder that owes has repaid already is nobody else's, and its debt is set off.
TEST(Evasion, NobodyIsRefundedMoreThanItPaidBecauseAnotherStillOwes) {
  TestLedger ledger = WithYearEnd();
  ledger.Spend("p", "e1", 1'500);
  ledger.Reverse("p", "rv", "releases/f1");
  ASSERT_EQ(ledger.Party("p", "federal").receivable_minor_units(), 500);
  ledger.Reverse("p", "rv2", "expenditures/e1");
  ledger.Repay("p", "rp", "federal", 499);
  ledger.Cancel("p");
  ledger.Refund("p");
  // The club has paid 2,000 and spent nothing.
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 2'000);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
  const int64_t refunded = ledger.Party("p", "federal").refunded_minor_units();
  EXPECT_GT(refunded, 0);
  ledger.Repay("p", "rp2", "federal", 1);
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), refunded + 1);
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 2'000);
}

// The bank took back what was half spent: half is to be repaid, and half to be given again, once each.
TEST(Evasion, AClubGivesNothingAnewInThePlaceOfWhatItOwesBack) {
  TestLedger ledger = WithYearEnd();
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Spend("p", "e1", 2'000);
  ledger.Reverse("p", "rv", "contributions/c1");
  ASSERT_EQ(ledger.Party("p", "club").receivable_minor_units(), 1'000);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c2", "club", 1'001)), v1::RECEIVABLE_OPEN);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "1000");
  ledger.Must(Org("club"), ledger.DeclareRequest("p", "c2", "club", 1'000));
  // More came than was declared: the rest is its debt.
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 2'000)), v1::RECEIVABLE_OPEN);
  ledger.Verify("p", "c2", 1'000);
  ledger.Repay("p", "rp", "club", 1'000);
  ledger.Complete("p");
  ledger.Refund("p");
  // Each has paid half of 2,000.
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 1'000);
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 1'000);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(Evasion, AFrozenOrganizationSignsNoHandover) {
  for (const char* who : {"club", "mirror"}) {
    SCOPED_TRACE(who);
    TestLedger ledger = WithYearEnd();
    ledger.Pay("p", "f2", "federal", 2, 0);
    ledger.Complete("p");
    v1::DisputeRegistrationRequest dispute;
    dispute.set_name(Org("club"));
    dispute.mutable_reason()->set_text("somebody else uses our name");
    ledger.Must(Org("club"), dispute);
    // Nor does anybody sign for it.
    EXPECT_EQ(ledger.Try(Org(who), ProjectRequest<v1::SignHandoverRequest>("p")), v1::REGISTRATION_FROZEN);
  }
}

// A government needs no registration, and may have one that is disputed.
TEST(Evasion, AFrozenOrganizationOfAnyKindSignsNoAgreement) {
  TestLedger ledger = AgreedInThirds();
  v1::RegisterOrganizationRequest registration;
  registration.set_name(Org("state"));
  registration.mutable_registration()->set_folio("TN-900");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2016-12-31");
  ledger.Must(Org("consulate"), registration);
  v1::DisputeRegistrationRequest dispute;
  dispute.set_name(Org("state"));
  dispute.mutable_reason()->set_text("somebody else uses our name");
  ledger.Must(Org("state"), dispute);
  v1::AmendmentTerms later;
  later.set_works_end_date("2014-12-01");
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", later)), v1::REGISTRATION_FROZEN);
}

// Three parties and one person.
TEST(Evasion, OnePersonBindsOneOrganizationOnly) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Approve("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  const std::string one = FakePrincipal("one person");
  ledger.Must(Org("contractor"), ledger.SignRequest("p"), one);
  EXPECT_EQ(ledger.Project("p").executor_signature_principal(), one);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.SignRequest("p"), one), v1::SIGNER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Figure("signed_for"), Org("contractor"));
  ledger.Must(Org("club"), ledger.SignRequest("p"));
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.SignRequest("p"), FakePrincipal(Org("club"))), v1::SIGNER_NOT_INDEPENDENT);
  ledger.Must(Org("federal"), ledger.SignRequest("p"));
  // Under an amendment and the handover the same.
  v1::AmendmentTerms later;
  later.set_works_end_date("2014-12-01");
  ledger.Must(Org("office"), AmendRequest("a1", later));
  ledger.Must(Org("contractor"), SignAmendmentRequest("a1"), one);
  EXPECT_EQ(ledger.Get<Amendment>("projects/p/amendments/a1").signatures(0).principal(), one);
  EXPECT_EQ(ledger.Try(Org("club"), SignAmendmentRequest("a1"), one), v1::SIGNER_NOT_INDEPENDENT);
  for (const char* who : {"club", "federal"}) ledger.Must(Org(who), SignAmendmentRequest("a1"));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Complete("p");
  ledger.Must(Org("club"), ProjectRequest<v1::SignHandoverRequest>("p"), one);
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  EXPECT_EQ(ledger.Try(Org("contractor"), sign, one), v1::SIGNER_NOT_INDEPENDENT);
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
}

TEST(Refund, GivesNobodyMoreThanItStillHasInForAnothersDebt) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 1'300);
  ledger.Pay("p", "f2", "federal", 1, 700);
  ledger.Spend("p", "e1", 400);
  ledger.Reverse("p", "rv1", "contributions/c1");
  ledger.Contribute("p", "c2", "club", 600);
  ledger.Reverse("p", "rv2", "releases/f1");
  ASSERT_EQ(ledger.Party("p", "club").receivable_minor_units(), 200);
  ledger.Cancel("p");
  ledger.Refund("p");
  // 900 are unspent and 200 owed: by cash 8 to 7 of 1,100 are 587 and 513.
  EXPECT_EQ(ledger.Party("p", "federal").refunded_minor_units(), 513);
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 387);
  EXPECT_GE(-ledger.Balance("p", "funds:p:federal"), 0);
}

TEST(Amendment, MakesWhoLeavesByItOweNeitherMoreNorLessThanItGave) {
  TestLedger ledger = AgreedInThirds(Thirds(/*pooled=*/true));
  CreateOrganization(ledger, "federal2", v1::FEDERAL_GOVERNMENT);
  CreateOrganization(ledger, "heir", v1::CLUB, true);
  ledger.MakePool("federal2", 150'000);
  ledger.Contribute("p", "c1", "club", 60'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 30'000);
  for (const auto& [leaving, joining, given] : {std::tuple{"federal", "federal2", 30'000}, std::tuple{"club", "heir", 60'000}}) {
    v1::AmendmentTerms terms = Replace(leaving, joining);
    terms.MergeFrom(Dues({{leaving, 0}, {joining, 100'000}}));
    EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", terms)), v1::AMENDMENT_BELOW_GIVEN);
    EXPECT_EQ(ledger.Figure("given_minor_units"), std::to_string(given));
    terms = Replace(leaving, joining);
    terms.MergeFrom(Dues({{leaving, given + 1}, {joining, 100'000 - given - 1}}));
    EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", terms)), v1::PARTY_REPLACED);
  }
}

TEST(Draft, OfWhichAnAmountWouldFallBelowZeroIsRefusedAndStopsNoServer) {
  TestLedger ledger = AgreedInThirds(Thirds(/*pooled=*/true));
  State state([&](const std::string& name) -> absl::StatusOr<std::optional<std::string>> {
    const auto found = ledger.records().find(name);
    return found == ledger.records().end() ? std::optional<std::string>() : found->second;
  });
  const auto reason_of = [&](Draft& draft) {
    draft.entry.set_project("projects/p");
    const std::optional<Refusal> refusal = draft.Finish(state);
    return refusal.has_value() ? refusal->reason() : v1::ERROR_REASON_UNSPECIFIED;
  };
  Draft committed, left, pool, other_part;
  committed.Party(Org("federal")).set_committed_minor_units(-100'001);
  left.Party(Org("club")).set_left_minor_units(-1);
  pool.Pool("programs/mx/pools/federal-2014").set_committed_minor_units(50'001);
  // The party promises less, and none of its pools does.
  other_part.Party(Org("federal")).set_committed_minor_units(-1);
  for (Draft* draft : {&committed, &left, &pool, &other_part}) EXPECT_EQ(reason_of(*draft), v1::AMOUNT_OUT_OF_RANGE);
  Draft sound;
  sound.Party(Org("federal")).set_committed_minor_units(-100'000);
  sound.PoolPart(Org("federal"), 2014).set_committed_minor_units(-100'000);
  EXPECT_EQ(reason_of(sound), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(Waiver, IsTakenOverForWhatWasOpenThenAndNotForMore) {
  TestLedger ledger = WithMilestone(4'000'000);
  CreateOrganization(ledger, "federal2", v1::FEDERAL_GOVERNMENT);
  ledger.Complete("p");
  ledger.Must(Org("office"), WaiverRequest());
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "w1"));
  TestLedger same = ledger;
  Amend(same, "a1", Replace("federal", "federal2"));
  EXPECT_EQ(FindTranche(same.Project("p"), "projects/p/tranches/federal2-2")->waivers_size(), 1);
  same.Must(Org("federal2"), same.ProposeRequest("p", "f2", "federal2", 2, 0));
  v1::AmendmentTerms more = Replace("federal", "federal2");
  more.set_total_minor_units(40'000);
  Amend(ledger, "a1", more);
  EXPECT_EQ(FindTranche(ledger.Project("p"), "projects/p/tranches/federal2-2")->amount_minor_units(), 19'000);
  ledger.Contribute("p", "c2", "club", 18'000);
  EXPECT_EQ(ledger.Try(Org("federal2"), ledger.ProposeRequest("p", "f2", "federal2", 2, 0)), v1::MILESTONE_NOT_REACHED);
}

TEST(Progress, MeasuredLessAtCompletionOpensNoTrancheByWhatAReportSaid) {
  TestLedger ledger = WithMilestone(1'200'000);
  ReportProgress(ledger, "r1", 1'200'000);
  VerifyProgress(ledger, "r1", 1'200'000);
  MeasureComplete(ledger, 379'000);
  EXPECT_EQ(ledger.Project("p").progress_quantity_milli(), 379'000);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 2, 0)), v1::MILESTONE_NOT_REACHED);
}

TEST(Progress, IsWhatTheInspectionOfTheNewestReportFound) {
  TestLedger ledger = WithMilestone(1'200'000);
  ReportProgress(ledger, "r1", 500'000);
  ReportProgress(ledger, "r2", 1'000'000);
  ReportProgress(ledger, "r3", 1'000'000);
  VerifyProgress(ledger, "r2", 1'000'000);
  VerifyProgress(ledger, "r1", 500'000);
  EXPECT_EQ(ledger.Project("p").progress_quantity_milli(), 1'000'000);
  VerifyProgress(ledger, "r3", 700'000);
  EXPECT_EQ(ledger.Project("p").progress_quantity_milli(), 700'000);
}

TEST(Completion, OfNothingWhereAQuantityIsPlannedIsNone) {
  TestLedger ledger = WithMilestone(1'200'000);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  EXPECT_EQ(ledger.Try(Org("contractor"), report), v1::QUANTITY_OUT_OF_ORDER);
  report.set_quantity_milli(1);
  ledger.Must(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  EXPECT_EQ(ledger.Try(Org("club"), confirm), v1::QUANTITY_OUT_OF_ORDER);
  confirm.set_quantity_milli(1);
  ledger.Must(Org("club"), confirm);
}

void JoinFederation(TestLedger& ledger, const std::string& club, const std::string& federation) {
  v1::ChangeFederationRequest request;
  request.set_name(Org(club));
  if (!federation.empty()) request.set_federation(Org(federation));
  ledger.Must(Org(club), request);
  if (federation.empty()) return;
  v1::AcceptClubRequest accept;
  accept.set_name(Org(club));
  ledger.Must(Org(federation), accept);
}

TEST(Verifier, IsNoFederationOfAClubThatLeftItForAMoment) {
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("federation"));
  rule.add_verifiers(Org("fed9"));
  TestLedger ledger;
  CreateOrganization(ledger, "fed9", v1::FEDERATION, /*registered=*/true);
  CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 60'000);
  JoinFederation(ledger, "club", "");
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.VerifyRequest("p", "c1", 60'000)), v1::VERIFIER_NOT_INDEPENDENT);
  ledger.Must(Org("fed9"), ledger.VerifyRequest("p", "c1", 60'000));
  // Nor the federation of a club that joined by an amendment.
  JoinFederation(ledger, "heir", "");
  JoinFederation(ledger, "heir", "fed9");
  Amend(ledger, "a1", Replace("club", "heir"));
  ledger.Declare("p", "c2", "heir", 40'000);
  JoinFederation(ledger, "heir", "");
  EXPECT_EQ(ledger.Try(Org("fed9"), ledger.VerifyRequest("p", "c2", 40'000)), v1::VERIFIER_NOT_INDEPENDENT);
  ledger.Must(Org("verifier"), ledger.VerifyRequest("p", "c2", 40'000));
}

TEST(Verifier, IsNoFederationThatAClubJoinedAndLeftDuringTheProject) {
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("fed8"));
  rule.add_verifiers(Org("fed9"));
  TestLedger ledger;
  for (const char* federation : {"fed8", "fed9"}) CreateOrganization(ledger, federation, v1::FEDERATION, /*registered=*/true);
  // Whom it had left before is a stranger to this project.
  JoinFederation(ledger, "club", "");
  JoinFederation(ledger, "club", "fed8");
  JoinFederation(ledger, "club", "");
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 60'000);
  JoinFederation(ledger, "club", "fed9");
  JoinFederation(ledger, "club", "");
  EXPECT_EQ(ledger.Try(Org("fed9"), ledger.VerifyRequest("p", "c1", 60'000)), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Figure("case"), "STOOD_ABOVE_CLUB");
  ledger.Must(Org("fed8"), ledger.VerifyRequest("p", "c1", 60'000));
}

TEST(Verifier, IsNotForgottenAmongManyFederationsThatAClubLeft) {
  TestLedger ledger;
  for (int i = 0; i < kDirectoryListMax; ++i) {
    const std::string federation = "fed-" + std::to_string(i);
    CreateOrganization(ledger, federation, v1::FEDERATION, /*registered=*/true);
    JoinFederation(ledger, "club", federation);
  }
  EXPECT_EQ(ledger.Get<v1::Organization>(Org("club")).former_federations_size(), kDirectoryListMax);
  EXPECT_EQ(ledger.Get<v1::Organization>(Org("club")).former_federations(0).federation(), Org("federation"));
  v1::ChangeFederationRequest leave;
  leave.set_name(Org("club"));
  EXPECT_EQ(ledger.Try(Org("club"), leave), v1::TOO_MANY_CHANGES);
}

TEST(Verifier, FundsAndInspectsNothingThatItVerified) {
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("fed9"));
  TestLedger ledger;
  CreateOrganization(ledger, "fed9", v1::FEDERATION, /*registered=*/true);
  ledger.Publish("r1", rule);
  v1::Project draft =
      ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}, {"club", "club2"}});
  draft.mutable_parties(2)->set_due_minor_units(50'000);
  draft.mutable_parties(3)->set_due_minor_units(50'000);
  ledger.Agree("p", draft);
  ledger.Declare("p", "c1", "club", 50'000);
  ledger.Must(Org("fed9"), ledger.VerifyRequest("p", "c1", 50'000));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("club2", "fed9"))), v1::ROLE_MISMATCH);
}

TEST(Committee, OfAFormerExecutorInspectsNothing) {
  TestLedger ledger;
  CreateOrganization(ledger, "muni-works", v1::COMMITTEE, /*registered=*/false, Org("municipality"));
  ledger.Publish("r1", Thirds());
  v1::Project draft = ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  ledger.Agree("p", draft);
  v1::AmendmentTerms both;
  both.set_executor(Org("contractor"));
  both.set_committee(Org("muni-works"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", both)), v1::ROLE_MISMATCH);
  v1::AmendmentTerms executor;
  executor.set_executor(Org("contractor"));
  Amend(ledger, "a2", executor);
  v1::AmendmentTerms committee;
  committee.set_committee(Org("muni-works"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a3", committee)), v1::ROLE_MISMATCH);
}

TEST(Dispute, IsNotForestalledByASuspension) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 60'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  v1::SuspendRegistrationRequest suspend;
  suspend.set_name(Org("club"));
  suspend.mutable_reason()->set_text("papers");
  ledger.Must(Org("office"), suspend);
  v1::DisputeRegistrationRequest dispute;
  dispute.set_name(Org("club"));
  dispute.mutable_reason()->set_text("the office misuses our name");
  // A federation would put its own word in the place of the office's.
  EXPECT_EQ(ledger.Try(Org("federation"), dispute), v1::ACTOR_NOT_ALLOWED);
  Dispute(ledger, "club");
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 10'000)), v1::REGISTRATION_FROZEN);
}

TEST(Dispute, OfAClubIsNotLiftedByItsOwnFederation) {
  TestLedger ledger;
  CreateOrganization(ledger, "c9", v1::CLUB);
  v1::RegisterOrganizationRequest registration;
  registration.set_name(Org("c9"));
  registration.mutable_registration()->set_folio("F-1");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2014-12-31");
  ledger.Must(Org("federation"), registration);
  Dispute(ledger, "c9");
  v1::ReinstateRegistrationRequest reinstate;
  reinstate.set_name(Org("c9"));
  reinstate.mutable_reason()->set_text("nonsense");
  EXPECT_EQ(ledger.Try(Org("federation"), reinstate), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Figure("case"), "CONSULATE");
  ledger.Must(Org("consulate"), reinstate);
  // What it froze itself it lifts.
  v1::SuspendRegistrationRequest suspend;
  suspend.set_name(Org("c9"));
  suspend.mutable_reason()->set_text("papers");
  ledger.Must(Org("federation"), suspend);
  ledger.Must(Org("federation"), reinstate);
}

TEST(Frozen, NobodyVerifiesApprovesOrLetsGo) {
  v1::RuleVersion rule = Thirds();
  rule.add_verifiers(Org("fed9"));
  TestLedger ledger;
  CreateOrganization(ledger, "fed9", v1::FEDERATION, /*registered=*/true);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 300'000, {{"federal", "federal"}, {"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 100'000);
  v1::RevokeRegistrationRequest revoke;
  revoke.set_name(Org("fed9"));
  revoke.mutable_reason()->set_text("sham");
  ledger.Must(Org("office"), revoke);
  EXPECT_EQ(ledger.Try(Org("fed9"), ledger.VerifyRequest("p", "c1", 100'000)), v1::REGISTRATION_FROZEN);
  ledger.Must(Org("verifier"), ledger.VerifyRequest("p", "c1", 100'000));
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 100));
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "interests/i1"));
  Dispute(ledger, "club");
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ApproveRequest("p", "rv")), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Figure("case"), "CONSULATE_LIFTS");
  v1::ProposeWaiverRequest waiver = WaiverRequest();
  EXPECT_EQ(ledger.Try(Org("club"), waiver), v1::REGISTRATION_FROZEN);
}

TEST(Merged, ClubsOldNameMovesNoMoney) {
  TestLedger ledger = WithRefund();
  v1::ProposeMergeRequest merge;
  merge.set_name(Org("club"));
  merge.set_successor(Org("club2"));
  merge.mutable_reason()->set_text("we are one");
  ledger.Must(Org("club"), merge);
  auto accept = v1::AcceptMergeRequest();
  accept.set_name(Org("club"));
  ledger.Must(Org("club2"), accept);
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest(30'000)), v1::ORGANIZATION_MERGED);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c1", "club", 100)), v1::ORGANIZATION_MERGED);
  ledger.Must(Org("club2"), ReallocationRequest(30'000));
  ledger.Must(Org("club2"), ledger.DeclareRequest("p", "c1", "club", 100));
}

// Halves of `total`; half of the club's share may be goods, which open tranches as money does.
TestLedger WithGoods(int64_t total, int32_t in_kind_cap_bps = 5'000) {
  v1::FunderRole club = ClubShare(1);
  club.set_in_kind_cap_bps(in_kind_cap_bps);
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), club}, 0);
  rule.set_in_kind_allowed(true);
  rule.set_in_kind_in_bound(true);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", total, {{"federal", "federal"}, {"club", "club"}}));
  return ledger;
}

TEST(Reallocation, IsNotSentWhereGoodsLeaveNoRoomForIt) {
  TestLedger ledger = WithGoods(2'000);
  ledger.Agree("q", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("q", "c1", "club", 1'000);
  ledger.Cancel("q");
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/q");
  ledger.Must(Org("office"), apportion);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 400));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 400));
  ledger.Declare("p", "c1", "club", 100);
  EXPECT_EQ(ledger.Try(Org("club"), ReallocationRequest(501)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "500");
  ledger.Must(Org("club"), ReallocationRequest(500));
  ledger.Must(Org("office"), ledger.ApproveRequest("q", "x1"));
  // Declared before it is sent, it does not stand in its own way.
  auto declare = ledger.DeclareRequest("p", "c9", "club", 500);
  declare.mutable_contribution()->set_reallocation("projects/q/reallocations/m1");
  ledger.Must(Org("club"), declare);
  v1::PayRefundRequest send = ledger.RefundRequest("q", "x2", "club");
  send.mutable_refund()->set_reallocation("projects/q/reallocations/m1");
  ledger.Must(Org("verifier"), send);
  ledger.Must(Org("verifier"), ledger.VerifyRequest("p", "c9", 500));
}

TEST(Reallocation, ThatABankTookBackAfterItsArrivalArrivesAgainOrComesBack) {
  for (const bool comes_back : {false, true}) {
    TestLedger ledger = WithRefund();
    ledger.Must(Org("club"), ReallocationRequest(30'000));
    ledger.Must(Org("office"), ledger.ApproveRequest("q", "x1"));
    v1::PayRefundRequest send = ledger.RefundRequest("q", "x2", "club");
    send.mutable_refund()->set_reallocation("projects/q/reallocations/m1");
    ledger.Must(Org("verifier"), send);
    auto declare = ledger.DeclareRequest("p", "c1", "club", 30'000);
    declare.mutable_contribution()->set_reallocation("projects/q/reallocations/m1");
    ledger.Must(Org("club"), declare);
    ledger.Verify("p", "c1", 30'000);
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("q", "rv", "refunds/x2")), v1::WRONG_RESOURCE_STATE);
    ledger.Reverse("p", "rv", "contributions/c1");
    if (comes_back) {
      ledger.Reverse("q", "rv", "refunds/x2");
      EXPECT_EQ(ledger.Get<v1::Reallocation>("projects/q/reallocations/m1").state(), v1::Reallocation::APPROVED);
      EXPECT_EQ(ledger.Party("q", "club").payable_minor_units(), 30'000);
      continue;
    }
    declare.set_contribution_id("c2");
    ledger.Must(Org("club"), declare);
    ledger.Verify("p", "c2", 30'000);
    EXPECT_EQ(ledger.Get<v1::Reallocation>("projects/q/reallocations/m1").contribution(), "projects/p/contributions/c2");
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("q", "rv", "refunds/x2")), v1::WRONG_RESOURCE_STATE);
  }
}

TEST(Cap, OfAYearIsNotUsedUpByAProjectThatGotNothing) {
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0);
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(v1::CumulativeCap::CLUB_YEAR);
  cap.set_projects_max(1);
  cap.set_matched_minor_units_max(3'000);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 500);
  ledger.Release("p", "f2", "federal", 1, 1'500);
  ledger.Cancel("p");
  ledger.Reverse("p", "rv1", "releases/f2");
  const auto tally = [&] { return ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014"); };
  EXPECT_EQ(tally().project_count(), 1);
  EXPECT_EQ(tally().matched_minor_units(), 500);
  ledger.Reverse("p", "rv2", "releases/f1");
  EXPECT_EQ(tally().project_count(), 0);
  EXPECT_EQ(tally().matched_minor_units(), 0);
  ledger.Agree("q", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
}

TEST(Suspension, ForgetsNoGoodsThatFundTheProject) {
  TestLedger ledger = WithGoods(2'000, 10'000);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 1'000));
  auto suspend = ProjectRequest<v1::SuspendProjectRequest>("p");
  suspend.mutable_reason()->set_text("a survey");
  ledger.Must(Org("office"), suspend);
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 1'000));
  auto resume = ProjectRequest<v1::ResumeProjectRequest>("p");
  resume.mutable_reason()->set_text("surveyed");
  ledger.Must(Org("office"), resume);
  EXPECT_EQ(ledger.Project("p").state(), Project::FUNDING);
  ledger.Authorize("p");
}

TEST(Reopening, IsNotEndedByTheRequestForAnotherYear) {
  TestLedger ledger = AgreedInThirds(Thirds(/*pooled=*/true));
  ledger.SetTime(kNextYearUs + 400 * kDayUs);
  for (const int year : {2013, 2014}) {
    v1::CloseFiscalYearRequest close;
    close.set_name("programs/mx");
    close.set_fiscal_year(year);
    ledger.Must(Org("office"), close);
  }
  v1::ProposeReopeningRequest propose;
  propose.set_name("programs/mx");
  propose.set_fiscal_year(2014);
  propose.mutable_reason()->set_text("an invoice came late");
  ledger.Must(Org("federal"), propose);
  propose.set_fiscal_year(2013);
  EXPECT_EQ(ledger.Try(Org("office"), propose), v1::FISCAL_YEAR_STATE);
  v1::ApproveReopeningRequest approve;
  approve.set_name("programs/mx");
  approve.set_fiscal_year(2014);
  ledger.Must(Org("office"), approve);
  ledger.Must(Org("office"), propose);
  // A request that is over stands in nobody's way.
  ledger.PassDays(31);
  ledger.Must(Org("office"), propose);
}

TEST(Handover, WaitsForAdvancesAndForWhatTheOldBankHolds) {
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_advance_bps_max(3'000);
  TestLedger ledger;
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 4'000));
  ledger.Must(Org("contractor"), PayVendor(ledger, "a1", 1'000, v1::ADVANCE));
  ledger.Complete("p");
  v1::AmendmentTerms account;
  account.mutable_account()->set_number(kNewAccount);
  Amend(ledger, "a1", account);
  ledger.Must(Org("contractor"), ProjectRequest<v1::SignHandoverRequest>("p"));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::BALANCE_NOT_ZERO);
  ASSERT_EQ(ledger.violations().size(), 2u);
  EXPECT_EQ(ledger.violations().back().reason, v1::BALANCE_NOT_CARRIED);
  ledger.Must(Org("contractor"), PayVendor(ledger, "i1", 0, v1::INVOICE_PAYMENT, 0, 1'000));
  EXPECT_EQ(ledger.Try(Org("club"), sign), v1::BALANCE_NOT_CARRIED);
  EXPECT_EQ(ledger.Figure("uncarried_minor_units"), "3000");
  ledger.Must(Org("contractor"), ledger.SpendRequest("p", "e2", 3'000, v1::FEES));
  ledger.Must(Org("club"), sign);
}

TEST(Handover, LetsAShareBeMadeGoodThatABankMadeFallShort) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'900);
  ledger.Contribute("p", "c2", "club", 100);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 1'900);
  ledger.Pay("p", "f2", "federal", 1, 100);
  ledger.Spend("p", "e1", 3'000);
  ledger.Complete("p");
  ledger.HandOver("p");
  // As long as no share falls short, nothing comes in.
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", 1)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 1, 0)), v1::WRONG_PROJECT_STATE);
  ledger.Reverse("p", "rv1", "contributions/c2");
  ledger.Reverse("p", "rv2", "releases/f2");
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", 101)), v1::CONTRIBUTION_ABOVE_DUE);
  ledger.Contribute("p", "c3", "club", 100);
  ledger.Pay("p", "f3", "federal", 1, 0);
  EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(Handover, LetsGoodsThatWereNoneBeMadeGoodInMoney) {
  TestLedger ledger = WithGoods(2'000);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 500));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 500));
  ledger.Contribute("p", "c1", "club", 500);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 1'500);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Reverse("p", "rv", "in-kinds/g1");
  ledger.Contribute("p", "c2", "club", 500);
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(OverMatch, CountsGoodsThatCoverTheirPartOfTheDue) {
  TestLedger ledger = WithGoods(2'000);
  const auto over_match = [&] {
    EXPECT_EQ(ledger.Balance("p", "funds:p:club:over-match"), -ledger.Party("p", "club").over_match_minor_units());
    return ledger.Party("p", "club").over_match_minor_units();
  };
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 500));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 1'000, 500));
  ledger.Contribute("p", "c1", "club", 800);
  EXPECT_EQ(over_match(), 300);
  ledger.Contribute("p", "c2", "club", 200);
  EXPECT_EQ(over_match(), 500);
  ledger.Reverse("p", "rv1", "in-kinds/g1");
  EXPECT_EQ(over_match(), 0);
  ledger.Must(Org("club"), GoodsRequest("g2", "club", 1'000, 400));
  ledger.Must(Org("verifier"), AppraisalRequest("g2", 1'000, 400));
  EXPECT_EQ(over_match(), 400);
  // A due that grows takes it in, one that shrinks leaves it beyond.
  v1::AmendmentTerms total;
  total.set_total_minor_units(2'600);
  Amend(ledger, "a1", total);
  EXPECT_EQ(over_match(), 100);
  total.set_total_minor_units(2'000);
  Amend(ledger, "a2", total);
  EXPECT_EQ(over_match(), 400);
  ledger.Reverse("p", "rv2", "contributions/c1");
  EXPECT_EQ(over_match(), 0);
}

TEST(Appraisal, IsOfNoMoreThanWasDeclared) {
  TestLedger ledger = WithGoods(2'000);
  ledger.Must(Org("club"), GoodsRequest("g1", "club", 1'000, 300));
  EXPECT_EQ(ledger.Try(Org("verifier"), AppraisalRequest("g1", 1'001, 300)), v1::QUANTITY_OUT_OF_ORDER);
  EXPECT_EQ(ledger.Figure("declared_quantity_milli"), "1000");
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 999, 300));
}

TEST(Refusal, NamesTheProposalThatHoldsTheTranche) {
  TestLedger ledger = AgreedInThirds();
  ledger.Contribute("p", "c1", "club", 100'000);
  ledger.Authorize("p");
  ledger.Must(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 0));
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ProposeRequest("p", "s2", "state", 1, 0)), v1::RELEASE_ABOVE_TRANCHE);
  EXPECT_EQ(ledger.Figure("proposal"), "projects/p/proposals/pr-s1");
  EXPECT_EQ(ledger.Figure("proposed_minor_units"), "100000");
}

TEST(Refusal, SaysOfRefundsWhyThereAreNone) {
  TestLedger ledger = WithRefund();
  const auto why = [&](const char* who) {
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RefundRequest("q", "x9", who)), v1::NOTHING_TO_REFUND);
    return ledger.violations().empty() ? std::string() : ledger.violations().front().description;
  };
  EXPECT_EQ(why("state"), "organizations/state has paid nothing into projects/q; nothing is refunded to it");
  ledger.Must(Org("verifier"), ledger.RefundRequest("q", "x1", "club"));
  EXPECT_EQ(why("club"), "what projects/q had to refund is apportioned, and nothing of it is still payable to organizations/club");
}

TEST(Refusal, SaysThatAConditionIsMetWhereItIs) {
  TestLedger ledger = WithMilestone(1'200'000);
  ReportProgress(ledger, "r1", 1'200'000);
  VerifyProgress(ledger, "r1", 1'200'000);
  EXPECT_EQ(ledger.Try(Org("office"), WaiverRequest()), v1::CONDITION_NOT_WAIVABLE);
  EXPECT_EQ(ledger.Figure("case"), "WORK_VERIFIED");
}

TEST(Refusal, SaysThatThereIsNoPoolWhereThereIsNone) {
  TestLedger ledger = AgreedInThirds(Thirds(/*pooled=*/true));
  CreateOrganization(ledger, "federal2", v1::FEDERAL_GOVERNMENT);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("federal", "federal2"))), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Figure("case"), "NO_POOL");
  EXPECT_EQ(ledger.Figure("name"), "programs/mx/pools/federal2-2014");
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "100000");
}

TEST(Handover, LetsAReplacedClubMakeGoodWhatABankTookBack) {
  TestLedger ledger;
  CreateOrganization(ledger, "heir", v1::CLUB, /*registered=*/true);
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 900);
  Amend(ledger, "a1", Replace("club", "heir"));
  ledger.Contribute("p", "c2", "heir", 1'100);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Complete("p");
  ledger.Must(Org("contractor"), ProjectRequest<v1::SignHandoverRequest>("p"));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("heir"), sign);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", 900)), v1::PARTY_REPLACED);
  ledger.Reverse("p", "rv", "contributions/c1");
  ledger.Contribute("p", "c3", "club", 900);
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

}  // namespace
}  // namespace oriundo
