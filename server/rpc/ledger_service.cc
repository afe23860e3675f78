#include "server/rpc/ledger_service.h"

#include "oriundo/v1/ledger_service.grpc.pb.h"
#include "server/queries/lists.h"
#include "server/queries/reconcile.h"
#include "server/queries/statement.h"
#include "server/queries/statement_lines.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class LedgerService final : public v1::LedgerService::CallbackService {
 public:
  explicit LedgerService(Calls& calls) : calls_(calls) {}

  Reactor* CreatePledge(Context* context, const v1::CreatePledgeRequest* request, v1::Pledge* response) override {
    return calls_.Write(context, "CreatePledge", *request, response);
  }
  Reactor* DeclareContribution(Context* context, const v1::DeclareContributionRequest* request,
                               v1::Contribution* response) override {
    return calls_.Write(context, "DeclareContribution", *request, response);
  }
  Reactor* EvidenceContribution(Context* context, const v1::EvidenceContributionRequest* request,
                                v1::Contribution* response) override {
    return calls_.Write(context, "EvidenceContribution", *request, response);
  }
  Reactor* VerifyContribution(Context* context, const v1::VerifyContributionRequest* request,
                              v1::Contribution* response) override {
    return calls_.Write(context, "VerifyContribution", *request, response);
  }
  Reactor* RejectContribution(Context* context, const v1::RejectContributionRequest* request,
                              v1::Contribution* response) override {
    return calls_.Write(context, "RejectContribution", *request, response);
  }
  Reactor* WithdrawContribution(Context* context, const v1::WithdrawContributionRequest* request,
                                v1::Contribution* response) override {
    return calls_.Write(context, "WithdrawContribution", *request, response);
  }
  Reactor* DeclareInKind(Context* context, const v1::DeclareInKindRequest* request, v1::InKind* response) override {
    return calls_.Write(context, "DeclareInKind", *request, response);
  }
  Reactor* AppraiseInKind(Context* context, const v1::AppraiseInKindRequest* request, v1::InKind* response) override {
    return calls_.Write(context, "AppraiseInKind", *request, response);
  }
  Reactor* RejectInKind(Context* context, const v1::RejectInKindRequest* request, v1::InKind* response) override {
    return calls_.Write(context, "RejectInKind", *request, response);
  }
  Reactor* WithdrawInKind(Context* context, const v1::WithdrawInKindRequest* request, v1::InKind* response) override {
    return calls_.Write(context, "WithdrawInKind", *request, response);
  }
  Reactor* RecordContract(Context* context, const v1::RecordContractRequest* request, v1::Contract* response) override {
    return calls_.Write(context, "RecordContract", *request, response);
  }
  Reactor* RecoverAdvance(Context* context, const v1::RecoverAdvanceRequest* request, v1::Expenditure* response) override {
    return calls_.Write(context, "RecoverAdvance", *request, response);
  }
  Reactor* ProposeForfeiture(Context* context, const v1::ProposeForfeitureRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeForfeiture", *request, response);
  }
  Reactor* ProposeYearEndReturn(Context* context, const v1::ProposeYearEndReturnRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeYearEndReturn", *request, response);
  }
  Reactor* ProposeRelease(Context* context, const v1::ProposeReleaseRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeRelease", *request, response);
  }
  Reactor* MoveCommitment(Context* context, const v1::MoveCommitmentRequest* request, v1::Project* response) override {
    return calls_.Write(context, "MoveCommitment", *request, response);
  }
  Reactor* ProposeWaiver(Context* context, const v1::ProposeWaiverRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeWaiver", *request, response);
  }
  Reactor* CarryBalance(Context* context, const v1::CarryBalanceRequest* request, v1::Project* response) override {
    return calls_.Write(context, "CarryBalance", *request, response);
  }
  Reactor* ProposeReversal(Context* context, const v1::ProposeReversalRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeReversal", *request, response);
  }
  Reactor* ProposeExpenditure(Context* context, const v1::ProposeExpenditureRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeExpenditure", *request, response);
  }
  Reactor* ApproveProposal(Context* context, const v1::ApproveProposalRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ApproveProposal", *request, response);
  }
  Reactor* WithdrawProposal(Context* context, const v1::WithdrawProposalRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "WithdrawProposal", *request, response);
  }
  Reactor* ReceiveRelease(Context* context, const v1::ReceiveReleaseRequest* request, v1::Release* response) override {
    return calls_.Write(context, "ReceiveRelease", *request, response);
  }
  Reactor* RecordExpenditure(Context* context, const v1::RecordExpenditureRequest* request, v1::Expenditure* response) override {
    return calls_.Write(context, "RecordExpenditure", *request, response);
  }
  Reactor* RecordInterest(Context* context, const v1::RecordInterestRequest* request, v1::Interest* response) override {
    return calls_.Write(context, "RecordInterest", *request, response);
  }
  Reactor* ApportionRefunds(Context* context, const v1::ApportionRefundsRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ApportionRefunds", *request, response);
  }
  Reactor* ProposeReallocation(Context* context, const v1::ProposeReallocationRequest* request, v1::Proposal* response) override {
    return calls_.Write(context, "ProposeReallocation", *request, response);
  }
  Reactor* CancelReallocation(Context* context, const v1::CancelReallocationRequest* request, v1::Reallocation* response) override {
    return calls_.Write(context, "CancelReallocation", *request, response);
  }
  Reactor* GetReallocation(Context* context, const v1::GetReallocationRequest* request, v1::Reallocation* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListReallocations(Context* context, const v1::ListReallocationsRequest* request,
                             v1::ListReallocationsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* PayRefund(Context* context, const v1::PayRefundRequest* request, v1::Refund* response) override {
    return calls_.Write(context, "PayRefund", *request, response);
  }
  Reactor* RecordRepayment(Context* context, const v1::RecordRepaymentRequest* request, v1::Repayment* response) override {
    return calls_.Write(context, "RecordRepayment", *request, response);
  }
  Reactor* StartBankStatement(Context* context, const v1::StartBankStatementRequest* request, v1::BankStatement* response) override {
    return calls_.Write(context, "StartBankStatement", *request, response);
  }
  Reactor* AddBankLines(Context* context, const v1::AddBankLinesRequest* request, v1::BankStatement* response) override {
    return calls_.Write(context, "AddBankLines", *request, response);
  }
  Reactor* DiscardBankStatement(Context* context, const v1::DiscardBankStatementRequest* request, v1::BankStatement* response) override {
    return calls_.Write(context, "DiscardBankStatement", *request, response);
  }
  Reactor* WithdrawBankStatement(Context* context, const v1::WithdrawBankStatementRequest* request, v1::BankStatement* response) override {
    return calls_.Write(context, "WithdrawBankStatement", *request, response);
  }
  Reactor* MatchBankLine(Context* context, const v1::MatchBankLineRequest* request, v1::BankLine* response) override {
    return calls_.Write(context, "MatchBankLine", *request, response);
  }
  Reactor* UnmatchBankLine(Context* context, const v1::UnmatchBankLineRequest* request, v1::BankLine* response) override {
    return calls_.Write(context, "UnmatchBankLine", *request, response);
  }
  Reactor* RecordDeposit(Context* context, const v1::RecordDepositRequest* request, v1::Deposit* response) override {
    return calls_.Write(context, "RecordDeposit", *request, response);
  }
  Reactor* ReconcileBox(Context* context, const v1::ReconcileBoxRequest* request, v1::ReconcileBoxResponse* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::ReconcileBox);
  }
  Reactor* ListBoxItems(Context* context, const v1::ListBoxItemsRequest* request, v1::ListBoxItemsResponse* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::ListBoxItems);
  }
  Reactor* GetBankStatement(Context* context, const v1::GetBankStatementRequest* request, v1::BankStatement* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListBankStatements(Context* context, const v1::ListBankStatementsRequest* request, v1::ListBankStatementsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetBankLine(Context* context, const v1::GetBankLineRequest* request, v1::BankLine* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListBankLines(Context* context, const v1::ListBankLinesRequest* request, v1::ListBankLinesResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetDeposit(Context* context, const v1::GetDepositRequest* request, v1::Deposit* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListDeposits(Context* context, const v1::ListDepositsRequest* request, v1::ListDepositsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetProjectStatement(Context* context, const v1::GetProjectStatementRequest* request,
                               v1::ProjectStatement* response) override {
    return calls_.ReadAt(context, *request, response, &oriundo::GetProjectStatement);
  }
  Reactor* ListBalances(Context* context, const v1::ListBalancesRequest* request, v1::ListBalancesResponse* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::ListBalances);
  }
  Reactor* ListStatementLines(Context* context, const v1::ListStatementLinesRequest* request,
                              v1::ListStatementLinesResponse* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::ListStatementLines);
  }
  Reactor* GetPledge(Context* context, const v1::GetPledgeRequest* request, v1::Pledge* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListPledges(Context* context, const v1::ListPledgesRequest* request, v1::ListPledgesResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetContribution(Context* context, const v1::GetContributionRequest* request, v1::Contribution* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListContributions(Context* context, const v1::ListContributionsRequest* request,
                             v1::ListContributionsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetInKind(Context* context, const v1::GetInKindRequest* request, v1::InKind* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListInKinds(Context* context, const v1::ListInKindsRequest* request, v1::ListInKindsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetContract(Context* context, const v1::GetContractRequest* request, v1::Contract* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListContracts(Context* context, const v1::ListContractsRequest* request, v1::ListContractsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetRelease(Context* context, const v1::GetReleaseRequest* request, v1::Release* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListReleases(Context* context, const v1::ListReleasesRequest* request, v1::ListReleasesResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetExpenditure(Context* context, const v1::GetExpenditureRequest* request, v1::Expenditure* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListExpenditures(Context* context, const v1::ListExpendituresRequest* request,
                            v1::ListExpendituresResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetInterest(Context* context, const v1::GetInterestRequest* request, v1::Interest* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListInterests(Context* context, const v1::ListInterestsRequest* request,
                         v1::ListInterestsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetRefund(Context* context, const v1::GetRefundRequest* request, v1::Refund* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListRefunds(Context* context, const v1::ListRefundsRequest* request, v1::ListRefundsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetRepayment(Context* context, const v1::GetRepaymentRequest* request, v1::Repayment* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListRepayments(Context* context, const v1::ListRepaymentsRequest* request,
                          v1::ListRepaymentsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetProposal(Context* context, const v1::GetProposalRequest* request, v1::Proposal* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListProposals(Context* context, const v1::ListProposalsRequest* request,
                         v1::ListProposalsResponse* response) override {
    return calls_.List(context, *request, response);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLedgerService(Calls& calls) { return std::make_unique<LedgerService>(calls); }

}  // namespace oriundo
