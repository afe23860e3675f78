// Which deed is allowed in which state of a project: the table of domain notes 1.3, tried cell by cell.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/ledger/test_deeds.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using v1::Project;
using States = std::set<Project::State>;

const std::vector<Project::State> kAllStates = {
    Project::DRAFT,       Project::SUBMITTED, Project::PREVALIDATED, Project::APPROVED,  Project::REJECTED,
    Project::AGREED,      Project::FUNDING,   Project::AUTHORISED,   Project::EXECUTING, Project::COMPLETED,
    Project::HANDED_OVER, Project::SETTLED,   Project::CLOSED,       Project::CANCELLED, Project::SUSPENDED};

v1::WithdrawContributionRequest WithdrawRequest() {
  v1::WithdrawContributionRequest request;
  request.set_name("projects/p/contributions/c2");
  request.mutable_reason()->set_text("mistyped");
  return request;
}

v1::CreateProjectRequest CreateRequest(const TestLedger& ledger) {
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft(
      "r1", 40'000, {{"federal", "federal"}, {"state", "state"}, {"municipal", "municipality"}, {"club", "club"}});
  return create;
}

v1::SubmitProjectRequest SubmitRequest() {
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  return submit;
}

v1::SuspendProjectRequest SuspendRequest() {
  auto suspend = ProjectRequest<v1::SuspendProjectRequest>("p");
  suspend.mutable_reason()->set_text("somebody objects");
  return suspend;
}

v1::RejectProjectRequest RejectRequest() {
  auto reject = ProjectRequest<v1::RejectProjectRequest>("p");
  reject.mutable_reason()->set_text("no");
  return reject;
}

v1::RecordDepositRequest DepositRequest(const TestLedger& ledger) {
  v1::RecordDepositRequest request;
  request.set_parent("projects/p");
  request.set_deposit_id("d1");
  *request.mutable_deposit()->mutable_amount() = Mxn(10);
  request.mutable_deposit()->set_bank_value_date(ledger.VerifyRequest("p", "c1", 1).bank_value_date());
  *request.mutable_deposit()->add_evidence() = Document(v1::BANK_RECEIPT);
  *request.mutable_account() = ledger.SignRequest("p").account();
  return request;
}

// Leads project `p` towards `state`, at most until all have signed. True once it is there.
bool LeadToAgreement(TestLedger& ledger, Project::State state) {
  ledger.Must(Org("club"), CreateRequest(ledger));
  if (state == Project::DRAFT) return true;
  ledger.Must(Org("club"), SubmitRequest());
  if (state == Project::SUBMITTED) return true;
  if (state == Project::REJECTED) {
    ledger.Must(Org("office"), RejectRequest());
    return true;
  }
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  if (state == Project::PREVALIDATED) return true;
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  if (state == Project::APPROVED) return true;
  ledger.SignAll("p");
  return false;
}

// Project `p` in `state`, suspended while it was executed, with something in it for every deed: the club has paid 9,000 of 10,000
// (c1) and declared 100 more (c2); the federal side has paid its first tranche (f1) and may still pay the second; a release by
// the state, which pays from pools, is proposed (pr-s1); 1,000 is spent (e1). With `transit` the municipality has a release on
// its way (m1). When it is handed over all is paid (c3 is the rest of the club's), and in a settled project all is spent.
TestLedger LeadTo(Project::State state, bool transit) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 25, false, {5000, 10000}),
                                 FunderShare("state", v1::STATE_GOVERNMENT, 25, /*pooled=*/true),
                                 FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25), ClubShare(25)}));
  for (int year : {2014, 2015}) ledger.MakePool("state", 10'000, year);
  if (LeadToAgreement(ledger, state)) return ledger;
  const bool settled = state == Project::SETTLED || state == Project::CLOSED;
  const bool whole = settled || state == Project::HANDED_OVER;
  ledger.Declare("p", "c2", "club", 100);
  if (state == Project::AGREED) return ledger;
  ledger.Contribute("p", "c1", "club", 9'000);
  if (whole) ledger.Contribute("p", "c3", "club", 1'000);
  if (state == Project::FUNDING) return ledger;
  ledger.Authorize("p");
  if (transit && !whole) ledger.Release("p", "m1", "municipality", 1, 1'000);
  if (!whole) ledger.Propose("p", "s1", "state", 1, 100);
  if (state == Project::AUTHORISED) return ledger;
  ledger.Pay("p", "f1", "federal", 1, 0);
  if (whole) {
    ledger.Pay("p", "f2", "federal", 2, 0);
    ledger.Pay("p", "s1", "state", 1, 0);
    ledger.Pay("p", "m1", "municipality", 1, 0);
  }
  ledger.Spend("p", "e1", settled ? 40'000 : 1'000);
  if (state == Project::EXECUTING) return ledger;
  if (state == Project::SUSPENDED) {
    ledger.Must(Org("office"), SuspendRequest());
    return ledger;
  }
  if (state == Project::CANCELLED) {
    ledger.Cancel("p");
    return ledger;
  }
  ledger.Complete("p");
  if (state == Project::COMPLETED) return ledger;
  ledger.HandOver("p");
  if (state == Project::HANDED_OVER) return ledger;
  // What is declared and undecided keeps the books open.
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p")), v1::BALANCE_NOT_ZERO);
  EXPECT_EQ(ledger.violations().size(), 1u);
  EXPECT_EQ(ledger.Figure("minor_units"), "100");
  ledger.Must(Org("club"), WithdrawRequest());
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  if (state == Project::SETTLED) return ledger;
  ledger.Must(Org("office"), ProjectRequest<v1::CloseProjectRequest>("p"));
  return ledger;
}

// Has all shares of a completed project given; before that it refunds nothing.
void GiveShares(TestLedger& ledger) {
  if (ledger.Project("p").state() != Project::COMPLETED) return;
  ledger.Verify("p", "c2", 100);
  ledger.Contribute("p", "c3", "club", 900);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-s1"));
  ledger.Receive("p", "s1", 100);
  ledger.Pay("p", "s2", "state", 1, 0);
  ledger.Pay("p", "m1", "municipality", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
}

struct Deed {
  std::string name;
  // The states that allow it.
  States allowed;
  // Tries it; the last step's reason.
  std::function<v1::ErrorReason(TestLedger&)> tried;
  // Whether the municipality's release is on its way.
  bool transit = false;
  // What a state that allows it may still answer, where the deed needs more than the state.
  v1::ErrorReason beyond = v1::ERROR_REASON_UNSPECIFIED;
  // The states that answer so; none means all that allow it.
  States beyond_in = {};
};

// True for the answers of a state that does not allow something: the state is wrong, or what the deed needs cannot be there.
bool IsOfState(v1::ErrorReason reason) {
  return reason == v1::WRONG_PROJECT_STATE || reason == v1::WRONG_RESOURCE_STATE || reason == v1::IN_KIND_NOT_FOUND ||
         (reason >= v1::ORGANIZATION_NOT_FOUND && reason < v1::NAME_TAKEN);
}

void CheckMatrix(const std::vector<Deed>& deeds, TestLedger (*lead)(Project::State, bool) = &LeadTo) {
  for (Project::State state : kAllStates) {
    const TestLedger still = lead(state, false);
    const TestLedger moving = lead(state, true);
    ASSERT_EQ(still.Project("p").state(), state);
    for (const Deed& deed : deeds) {
      SCOPED_TRACE(deed.name + " in " + Project::State_Name(state));
      TestLedger ledger = deed.transit ? moving : still;
      const v1::ErrorReason reason = deed.tried(ledger);
      if (deed.allowed.contains(state)) {
        const bool beyond = deed.beyond_in.empty() || deed.beyond_in.contains(state);
        EXPECT_EQ(v1::ErrorReason_Name(reason), v1::ErrorReason_Name(beyond ? deed.beyond : v1::ERROR_REASON_UNSPECIFIED));
      } else {
        EXPECT_TRUE(IsOfState(reason)) << v1::ErrorReason_Name(reason);
      }
    }
  }
}

v1::CreatePledgeRequest PledgeRequest() {
  v1::CreatePledgeRequest request;
  request.set_parent("projects/p");
  request.set_pledge_id("pl");
  request.mutable_pledge()->set_party(Org("club"));
  *request.mutable_pledge()->mutable_amount() = Mxn(10);
  return request;
}

v1::ApportionRefundsRequest ApportionRequest() {
  v1::ApportionRefundsRequest request;
  request.set_parent("projects/p");
  return request;
}

v1::ProposeExpenditureRequest LateExpenditureRequest(const TestLedger& ledger) {
  v1::ProposeExpenditureRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id("pe");
  request.set_expenditure_id("e9");
  *request.mutable_expenditure() = ledger.SpendRequest("p", "e9", 10).expenditure();
  request.mutable_reason()->set_text("owed before");
  return request;
}

const States kPaying = {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED};
const States kClearing = {Project::AGREED,    Project::FUNDING,     Project::AUTHORISED, Project::EXECUTING,
                          Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED,  Project::SUSPENDED};
const States kReleasing = {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED};

TEST(MoneyMatrix, SaysWhichMoneyMayMoveInWhichState) {
  CheckMatrix({
      {"pledge",
       {Project::DRAFT, Project::SUBMITTED, Project::PREVALIDATED, Project::APPROVED, Project::AGREED, Project::FUNDING,
        Project::AUTHORISED, Project::EXECUTING},
       [](TestLedger& ledger) { return ledger.Try(Org("club"), PledgeRequest()); }},
      {"move a commitment to the next year's pool",
       {Project::APPROVED, Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED,
        Project::HANDED_OVER, Project::SUSPENDED},
       [](TestLedger& ledger) { return ledger.Try(Org("state"), MoveRequest("state", 2014, 2015, 10)); },
       /*transit=*/false,
       v1::MOVE_ABOVE_COMMITTED,  // All is released before the handover.
       {Project::HANDED_OVER}},
      {"declare a contribution", kPaying,
       [](TestLedger& ledger) { return ledger.Try(Org("club"), ledger.DeclareRequest("p", "c9", "club", 10)); }},
      {"verify a contribution declared before",
       kClearing,
       [](TestLedger& ledger) { return ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 100)); },
       /*transit=*/false,
       v1::CONTRIBUTION_ABOVE_DUE,  // All that is due was given before the handover.
       {Project::HANDED_OVER}},
      {"propose the last tranche", kReleasing,
       [](TestLedger& ledger) { return ledger.Try(Org("state"), ledger.ProposeRequest("p", "s9", "state", 1, 10)); }},
      {"approve the last tranche", kReleasing,
       [](TestLedger& ledger) { return ledger.Try(Org("office"), ledger.ApproveRequest("p", "pr-s1")); }},
      {"receive a release", kReleasing,
       [](TestLedger& ledger) { return ledger.Try(Org("verifier"), ledger.ReceiveRequest("p", "m1", 1'000)); }, /*transit=*/true},
      {"spend",
       {Project::EXECUTING, Project::COMPLETED},
       [](TestLedger& ledger) { return ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e9", 10)); }},
      {"pay what fell due before, with two approvers",
       {Project::CANCELLED},
       [](TestLedger& ledger) {
         const v1::ErrorReason reason = ledger.Try(Org("contractor"), LateExpenditureRequest(ledger));
         return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ledger.Try(Org("office"), ledger.ApproveRequest("p", "pe"));
       }},
      {"apportion refunds",
       {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
       [](TestLedger& ledger) {
         GiveShares(ledger);
         return ledger.Try(Org("office"), ApportionRequest());
       }},
      {"pay a refund",
       {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
       [](TestLedger& ledger) {
         GiveShares(ledger);
         ledger.Try(Org("office"), ApportionRequest());
         return ledger.Try(Org("verifier"), ledger.RefundRequest("p", "rf", "club"));
       }},
      {"record interest",
       kClearing,
       [](TestLedger& ledger) { return ledger.Try(Org("verifier"), ledger.InterestRequest("p", 10)); }},
      {"record a deposit",
       kClearing,
       [](TestLedger& ledger) { return ledger.Try(Org("verifier"), DepositRequest(ledger)); }},
      {"return a deposit",
       kClearing,
       [](TestLedger& ledger) {
         ledger.Try(Org("verifier"), DepositRequest(ledger));
         const v1::ErrorReason reason = ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "deposits/d1"));
         return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv"));
       }},
      {"identify a deposit as interest",
       kClearing,
       [](TestLedger& ledger) {
         ledger.Try(Org("verifier"), DepositRequest(ledger));
         v1::RecordInterestRequest interest = ledger.InterestRequest("p", 10);
         interest.set_deposit("projects/p/deposits/d1");
         return ledger.Try(Org("verifier"), interest);
       }},
      {"take a bank statement",
       {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER,
        Project::CANCELLED, Project::SETTLED, Project::SUSPENDED},
       [](TestLedger& ledger) {
         v1::StartBankStatementRequest request;
         request.set_parent("projects/p");
         request.set_statement_id("s1");
         request.mutable_statement()->set_first_date("2014-09-01");
         request.mutable_statement()->set_last_date("2014-09-10");
         *request.mutable_account() = ledger.SignRequest("p").account();
         return ledger.Try(Org("verifier"), request);
       }},
      {"reverse a contribution",
       {Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED,
        Project::SUSPENDED},
       [](TestLedger& ledger) {
         const v1::ErrorReason reason = ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1"));
         return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv"));
       }},
      {"reverse interest",
       kClearing,
       [](TestLedger& ledger) {
         ledger.Try(Org("verifier"), ledger.InterestRequest("p", 10));
         const v1::ErrorReason reason = ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "interests/i1"));
         return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv"));
       }},
      {"reverse a refund",
       {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED},
       [](TestLedger& ledger) {
         GiveShares(ledger);
         ledger.Try(Org("office"), ApportionRequest());
         ledger.Try(Org("verifier"), ledger.RefundRequest("p", "rf", "club"));
         const v1::ErrorReason reason = ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "refunds/rf"));
         return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv"));
       }},
      {"repay",
       {Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED,
        Project::SUSPENDED},
       [](TestLedger& ledger) { return ledger.Try(Org("verifier"), ledger.RepayRequest("p", "rp", "club", 10)); },
       /*transit=*/false,
       v1::REPAYMENT_ABOVE_RECEIVABLE},
      {"reject a declared contribution",  // A paper act: it moves nothing, and clears what never arrived.
       kClearing,
       [](TestLedger& ledger) {
         v1::RejectContributionRequest request;
         request.set_name("projects/p/contributions/c2");
         request.mutable_reason()->set_text("never came");
         return ledger.Try(Org("verifier"), request);
       }},
      {"withdraw a declared contribution", kClearing, [](TestLedger& ledger) { return ledger.Try(Org("club"), WithdrawRequest()); }},
      {"attach evidence",  // A paper act as well.
       {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER,
        Project::SUSPENDED},
       [](TestLedger& ledger) {
         v1::EvidenceContributionRequest request;
         request.set_name("projects/p/contributions/c2");
         *request.mutable_evidence() = Document(v1::BANK_RECEIPT);
         return ledger.Try(Org("club"), request);
       }},
  });
}

v1::RejectInKindRequest RejectGoodsRequest() {
  v1::RejectInKindRequest request;
  request.set_name("projects/p/in-kinds/g2");
  request.mutable_reason()->set_text("it never came");
  return request;
}

v1::ProposeReallocationRequest ReallocationRequest() {
  v1::ProposeReallocationRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id("mv");
  request.set_reallocation_id("mv");
  request.set_party(Org("club"));
  request.set_target_project("projects/q");
  *request.mutable_amount() = Mxn(10);
  request.mutable_reason()->set_text("the school needs it");
  return request;
}

v1::ProposeYearEndReturnRequest YearEndRequest() {
  v1::ProposeYearEndReturnRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id("ye");
  request.set_party(Org("federal"));
  request.set_fiscal_year(2014);
  request.mutable_reason()->set_text("the year is over");
  return request;
}

// Project `p` in `state`, with goods, a vendor and another project of the club's: of the club's goods g1 is appraised and g2
// declared; under contract `k` 1,000 are paid in advance (a1) and 1,500 invoiced, of which 300 are retained (i1); the club owes
// to project `q`. After the handover the advance is open again, because a recovery of it was none. The rest as LeadTo has it, but
// for the proposal and the second declaration.
TestLedger LeadWithVendor(Project::State state, bool) {
  TestLedger ledger;
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 25, false, {5000, 10000});
  federal.set_returns_unspent_at_year_end(true);
  federal.set_year_end_return_days(15);
  v1::FunderRole club = ClubShare(25);
  club.set_in_kind_cap_bps(1'000);
  v1::RuleVersion rule = MakeRule({federal, FunderShare("state", v1::STATE_GOVERNMENT, 25),
                                   FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 25), club});
  rule.set_in_kind_allowed(true);
  rule.set_advance_bps_max(5'000);
  ledger.Publish("r1", rule);
  ledger.Agree("q", CreateRequest(ledger).project());
  if (LeadToAgreement(ledger, state)) return ledger;
  const bool settled = state == Project::SETTLED || state == Project::CLOSED;
  const bool whole = settled || state == Project::HANDED_OVER;
  for (const char* id : {"g1", "g2"}) ledger.Must(Org("club"), GoodsRequest(id, "club", 10'000, 10));
  ledger.Must(Org("verifier"), AppraisalRequest("g1", 10'000, 10));
  ledger.Must(Org("contractor"), ledger.ContractRequest("p", "k", 5'000));
  if (state == Project::AGREED) return ledger;
  ledger.Contribute("p", "c1", "club", 9'000);
  if (whole) ledger.Contribute("p", "c3", "club", 900);
  if (state == Project::FUNDING) return ledger;
  ledger.Authorize("p");
  if (state == Project::AUTHORISED) return ledger;
  ledger.Pay("p", "f1", "federal", 1, 0);
  if (whole) {
    ledger.Pay("p", "f2", "federal", 2, 0);
    ledger.Pay("p", "s1", "state", 1, 0);
    ledger.Pay("p", "m1", "municipality", 1, 0);
  }
  ledger.Must(Org("contractor"), PayVendor(ledger, "a1", 1'000, v1::ADVANCE));
  ledger.Must(Org("contractor"), PayVendor(ledger, "i1", 1'500, v1::INVOICE_PAYMENT, 300));
  if (state == Project::EXECUTING) return ledger;
  if (state == Project::SUSPENDED) {
    ledger.Must(Org("office"), SuspendRequest());
    return ledger;
  }
  if (state == Project::CANCELLED) {
    ledger.Cancel("p");
    return ledger;
  }
  ledger.Complete("p");
  if (state == Project::COMPLETED) return ledger;
  // The handover waits for the advance; that it was not recovered after all is found out later.
  ledger.Must(Org("verifier"), RecoveryRequest(ledger, "a1", 1'000));
  ledger.HandOver("p");
  v1::ProposeReversalRequest never_came = ledger.ReverseRequest("p", "nc", "expenditures/a1");
  never_came.set_recovery_sequence(ledger.Get<v1::Expenditure>("projects/p/expenditures/a1").recoveries(0).sequence());
  ledger.Must(Org("verifier"), never_came);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "nc"));
  if (state == Project::HANDED_OVER) return ledger;
  // What a vendor still has to be paid or to bring keeps the books open, and so do goods that nobody has looked at.
  ledger.Must(Org("verifier"), RejectGoodsRequest());
  ledger.Must(Org("verifier"), RecoveryRequest(ledger, "a1", 1'000));
  ledger.Must(Org("contractor"), PayVendor(ledger, "w1", 300, v1::RETENTION_RELEASE));
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
  if (state == Project::SETTLED) return ledger;
  ledger.Must(Org("office"), ProjectRequest<v1::CloseProjectRequest>("p"));
  return ledger;
}

// Proposes by `proposer`, and has the office approve.
template <typename Proposal>
v1::ErrorReason TryByTwo(TestLedger& ledger, const std::string& proposer, const Proposal& proposal,
                         const std::string& approver = "office") {
  const v1::ErrorReason reason = ledger.Try(Org(proposer), proposal);
  if (reason != v1::ERROR_REASON_UNSPECIFIED) return reason;
  return ledger.Try(Org(approver), ledger.ApproveRequest("p", proposal.proposal_id()));
}

// Ends what is open with the vendor, gives what a completed project still waits for, and apportions what is left: the saving.
v1::ErrorReason ApportionSaving(TestLedger& ledger) {
  ledger.Try(Org("verifier"), RecoveryRequest(ledger, "a1", 1'000));
  TryByTwo(ledger, "contractor", ForfeitRequest("ff", 300));
  if (ledger.Project("p").state() == Project::COMPLETED) {
    ledger.Contribute("p", "c3", "club", 900);
    ledger.Pay("p", "s1", "state", 1, 0);
    ledger.Pay("p", "m1", "municipality", 1, 0);
    ledger.Pay("p", "f2", "federal", 2, 0);
  }
  return ledger.Try(Org("office"), ApportionRequest());
}

// Goods and labour are contributions, retained money last payments; a recovered advance and money kept for good are received
// whoever is owed what, as suspense is.
TEST(MoneyMatrix, SaysWhenGoodsVendorsSavingsAndReturnsMoveMoney) {
  const States kVendorOwes = {Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED,
                              Project::SUSPENDED};
  const States kRefunding = {Project::COMPLETED, Project::HANDED_OVER, Project::CANCELLED};
  CheckMatrix(
      {
          {"declare goods", kPaying, [](TestLedger& ledger) { return ledger.Try(Org("club"), GoodsRequest("g9", "club", 10'000, 10)); }},
          {"appraise goods declared before",
           {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::SUSPENDED},
           [](TestLedger& ledger) { return ledger.Try(Org("verifier"), AppraisalRequest("g2", 10'000, 10)); }},
          {"reject declared goods", kClearing,
           [](TestLedger& ledger) { return ledger.Try(Org("verifier"), RejectGoodsRequest()); }},
          {"withdraw declared goods", kClearing,
           [](TestLedger& ledger) {
             v1::WithdrawInKindRequest request;
             request.set_name("projects/p/in-kinds/g2");
             request.mutable_reason()->set_text("mistyped");
             return ledger.Try(Org("club"), request);
           }},
          {"reverse goods", kClearing,
           [](TestLedger& ledger) { return TryByTwo(ledger, "verifier", ledger.ReverseRequest("p", "rv", "in-kinds/g1")); }},
          {"record a contract",
           {Project::AGREED, Project::FUNDING, Project::AUTHORISED, Project::EXECUTING},
           [](TestLedger& ledger) { return ledger.Try(Org("contractor"), ledger.ContractRequest("p", "k2", 5'000)); }},
          {"pay an advance",
           {Project::EXECUTING},
           [](TestLedger& ledger) { return ledger.Try(Org("contractor"), PayVendor(ledger, "a2", 10, v1::ADVANCE)); }},
          {"pay an invoice and retain of it",
           {Project::EXECUTING, Project::COMPLETED},
           [](TestLedger& ledger) { return ledger.Try(Org("contractor"), PayVendor(ledger, "i2", 10, v1::INVOICE_PAYMENT, 5)); }},
          {"release what was retained",
           {Project::COMPLETED, Project::HANDED_OVER},
           [](TestLedger& ledger) { return ledger.Try(Org("contractor"), PayVendor(ledger, "w9", 10, v1::RETENTION_RELEASE)); }},
          {"release what was retained, with two approvers",
           {Project::CANCELLED},
           [](TestLedger& ledger) {
             v1::ProposeExpenditureRequest request = LateExpenditureRequest(ledger);
             *request.mutable_expenditure() = VendorPayment(ledger, 10, v1::RETENTION_RELEASE);
             return TryByTwo(ledger, "contractor", request);
           }},
          {"keep for good what was retained", kVendorOwes,
           [](TestLedger& ledger) { return TryByTwo(ledger, "contractor", ForfeitRequest("ff", 10)); }},
          {"recover an advance", kVendorOwes,
           [](TestLedger& ledger) { return ledger.Try(Org("verifier"), RecoveryRequest(ledger, "a1", 10)); }},
          {"apportion a saving", kRefunding, &ApportionSaving},
          {"give a refund to another project", kRefunding,
           [](TestLedger& ledger) {
             if (const v1::ErrorReason reason = ApportionSaving(ledger); reason != v1::ERROR_REASON_UNSPECIFIED) return reason;
             return TryByTwo(ledger, "club", ReallocationRequest());
           }},
          {"return what is left of a year",
           {Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::SUSPENDED},
           [](TestLedger& ledger) {
             ledger.SetTime(1'420'459'200'000'000);  // Noon of the 5th of January 2015.
             return TryByTwo(ledger, "office", YearEndRequest(), "club");
           },
           /*transit=*/false, v1::NOTHING_TO_REFUND,
           /*beyond_in=*/{Project::AUTHORISED}},
      },
      &LeadWithVendor);
}

// Refunds only (domain notes 1.3): what the state behind the suspension lets go back goes back.
TEST(MoneyMatrix, RefundsASuspendedProjectThatWasCompleted) {
  TestLedger ledger = LeadTo(Project::COMPLETED, false);
  GiveShares(ledger);
  ledger.Must(Org("office"), SuspendRequest());
  ASSERT_EQ(ledger.Project("p").suspended_state(), Project::COMPLETED);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e9", 10)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("contractor"), ProjectRequest<v1::SignHandoverRequest>("p")), v1::WRONG_PROJECT_STATE);
  ledger.Must(Org("office"), ApportionRequest());
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf", "club"));
  ledger.Reverse("p", "rv", "refunds/rf");
}

TEST(MoneyMatrix, LetsACompletedProjectReleaseLastTranchesOnly) {
  TestLedger ledger = LeadTo(Project::EXECUTING, false);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "releases/f1"));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "rv"));
  // The first federal tranche is open again; its proposal is not carried out once the work is complete.
  ledger.Repay("p", "rp", "federal", ledger.Party("p", "federal").receivable_minor_units());
  ledger.Propose("p", "f2", "federal", 1, 100);
  ledger.Complete("p");
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 1, 100)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "pr-f2")), v1::WRONG_PROJECT_STATE);
}

TEST(MoneyMatrix, HandsNothingOverWhileReleasesAreOpen) {
  TestLedger ledger = LeadTo(Project::COMPLETED, true);
  ledger.Must(Org("club"), ProjectRequest<v1::SignHandoverRequest>("p"));
  // The last signature names all that is open and what ends it.
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::BALANCE_NOT_ZERO);
  ASSERT_EQ(ledger.violations().size(), 7u);
  EXPECT_EQ(ledger.violations()[0].subject, Org("state"));
  EXPECT_EQ(ledger.Figure("minor_units"), "100");
  EXPECT_EQ(ledger.violations()[1].subject, "assets:p:transit:municipality");
  for (int i = 2; i < 6; ++i) EXPECT_EQ(ledger.violations()[static_cast<std::size_t>(i)].reason, v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.violations()[6].reason, v1::DOCUMENT_MISSING);
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/p/proposals/pr-s1");
  ledger.Must(Org("state"), withdraw);
  // What is missing can still be paid.
  ledger.Verify("p", "c2", 100);
  ledger.Contribute("p", "c3", "club", 900);
  ledger.Pay("p", "f2", "federal", 2, 0);
  ledger.Pay("p", "s2", "state", 1, 0);
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::BALANCE_NOT_ZERO);
  EXPECT_EQ(ledger.Figure("party"), Org("municipality"));
  EXPECT_EQ(ledger.Figure("minor_units"), "1000");
  ledger.Reverse("p", "rv", "releases/m1");
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::SHARE_BELOW_TOLERANCE);
  EXPECT_EQ(ledger.violations().size(), 1u);
  ledger.Pay("p", "m2", "municipality", 1, 0);
  ledger.Must(Org("contractor"), sign);
  EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
  // What a reversal takes away from it now cannot be made good, and the office may still end it.
  ledger.Reverse("p", "rv-c", "contributions/c1");
  ledger.Cancel("p");
}

TEST(MoneyMatrix, RefundsWhatWasOnItsWayWhenItWasCancelled) {
  TestLedger ledger = LeadTo(Project::CANCELLED, false);
  ledger.Refund("p");
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c9", "club", 10)), v1::WRONG_PROJECT_STATE);
  ledger.Verify("p", "c2", 100);
  EXPECT_EQ(ledger.Project("p").state(), Project::CANCELLED);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 100);
  EXPECT_EQ(ledger.Party("p", "club").declared_minor_units(), 0);
  v1::ApportionRefundsRequest apportion = ApportionRequest();
  ledger.Must(Org("office"), apportion);
  int64_t paid = 0;
  for (const char* who : {"club", "federal"}) {
    paid += ledger.Party("p", who).payable_minor_units();
    if (ledger.Party("p", who).payable_minor_units() > 0)
      ledger.Must(Org("verifier"), ledger.RefundRequest("p", "late-" + std::string(who), who));
  }
  EXPECT_EQ(paid, 100);
  EXPECT_EQ(ledger.Balance("p", "assets:p:bank"), 0);
}

TEST(MoneyMatrix, LetsACompletedProjectTakeContributionsUpToWhatIsDue) {
  TestLedger ledger = LeadTo(Project::COMPLETED, false);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c9", "club", 901)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "900");
  EXPECT_EQ(ledger.Try(Org("state"), ledger.DeclareRequest("p", "c9", "state", 1)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 1'001)), v1::CONTRIBUTION_ABOVE_DUE);
  ledger.Verify("p", "c2", 1'000);
}

// Within the tolerance a share is given without it, and the money that the bank credited all the same is no less real.
TEST(MoneyMatrix, ConfirmsAfterTheHandoverWhatHadBeenDeclaredBefore) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'900);
  ledger.Declare("p", "c2", "club", 100);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 2'000);
  ledger.Spend("p", "e1", 3'900);
  ledger.Complete("p");
  ledger.HandOver("p");
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", 1)), v1::WRONG_PROJECT_STATE);
  v1::EvidenceContributionRequest evidence;
  evidence.set_name("projects/p/contributions/c2");
  *evidence.mutable_evidence() = Document(v1::BANK_RECEIPT);
  ledger.Must(Org("club"), evidence);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 101)), v1::CONTRIBUTION_ABOVE_DUE);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "100");
  ledger.Verify("p", "c2", 100);
  EXPECT_EQ(ledger.Party("p", "club").verified_minor_units(), 2'000);
  ledger.Refund("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

// After the handover a release is sent only where a bank took something back, and what is on its way arrives.
TEST(MoneyMatrix, TakesAReleaseThatWasOnItsWayAfterTheHandover) {
  TestLedger ledger = LeadTo(Project::HANDED_OVER, false);
  ledger.Reverse("p", "rv", "releases/m1");
  const int64_t back = ledger.Party("p", "municipality").receivable_minor_units();
  if (back > 0) ledger.Repay("p", "rp", "municipality", back);
  ledger.Release("p", "m2", "municipality", 1, 0);
  EXPECT_EQ(ledger.Project("p").state(), Project::HANDED_OVER);
  const int64_t sent = ledger.Get<v1::Release>("projects/p/releases/m2").amount().minor_units();
  ledger.Must(Org("verifier"), ledger.ReceiveRequest("p", "m2", sent));
}

TEST(MoneyMatrix, SaysWhichStepFollowsWhichState) {
  CheckMatrix({
      {"update",
       {Project::DRAFT},
       [](TestLedger& ledger) {
         auto update = ProjectRequest<v1::UpdateProjectRequest>("p");
         update.set_etag(ledger.Project("p").etag());
         *update.mutable_project() = CreateRequest(ledger).project();
         return ledger.Try(Org("club"), update);
       }},
      {"submit", {Project::DRAFT}, [](TestLedger& ledger) { return ledger.Try(Org("club"), SubmitRequest()); }},
      {"prevalidate",
       {Project::SUBMITTED},
       [](TestLedger& ledger) { return ledger.Try(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p")); }},
      {"approve",
       {Project::PREVALIDATED},
       [](TestLedger& ledger) { return ledger.Try(Org("committee"), ProjectRequest<v1::ApproveProjectRequest>("p")); }},
      {"reject",
       {Project::SUBMITTED, Project::PREVALIDATED},
       [](TestLedger& ledger) { return ledger.Try(Org("committee"), RejectRequest()); }},
      {"sign", {Project::APPROVED}, [](TestLedger& ledger) { return ledger.Try(Org("club"), ledger.SignRequest("p")); }},
      {"authorise",
       {Project::FUNDING},
       [](TestLedger& ledger) { return ledger.Try(Org("office"), ProjectRequest<v1::AuthorizeProjectRequest>("p")); }},
      {"report completion",
       {Project::EXECUTING},
       [](TestLedger& ledger) {
         auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
         report.set_quantity_milli(1);
         return ledger.Try(Org("contractor"), report);
       }},
      {"confirm completion",
       {Project::EXECUTING},
       [](TestLedger& ledger) {
         auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
         report.set_quantity_milli(1);
         ledger.Try(Org("contractor"), report);
         auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
         confirm.set_quantity_milli(1);
         return ledger.Try(Org("office"), confirm);
       }},
      {"sign the handover",
       {Project::COMPLETED},
       [](TestLedger& ledger) { return ledger.Try(Org("contractor"), ProjectRequest<v1::SignHandoverRequest>("p")); }},
      {"settle",
       {Project::HANDED_OVER},
       [](TestLedger& ledger) { return ledger.Try(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p")); },
       /*transit=*/false,
       v1::BALANCE_NOT_ZERO},
      {"close",
       {Project::SETTLED},
       [](TestLedger& ledger) { return ledger.Try(Org("office"), ProjectRequest<v1::CloseProjectRequest>("p")); }},
      {"cancel",
       {Project::DRAFT, Project::SUBMITTED, Project::PREVALIDATED, Project::APPROVED, Project::AGREED, Project::FUNDING,
        Project::AUTHORISED, Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER, Project::SUSPENDED},
       [](TestLedger& ledger) {
         auto cancel = ProjectRequest<v1::CancelProjectRequest>("p");
         cancel.mutable_reason()->set_text("over");
         return ledger.Try(Org("office"), cancel);
       }},
  });
}

}  // namespace
}  // namespace oriundo
