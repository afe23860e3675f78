#include "server/rpc/ledger_service.h"

#include "oriundo/v1/ledger_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/queries/statement.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

class LedgerService final : public v1::LedgerService::CallbackService {
 public:
  explicit LedgerService(Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* CreatePledge(grpc::CallbackServerContext* context, const v1::CreatePledgeRequest* request,
                                         v1::Pledge* response) override {
    return calls_.Write(context, "CreatePledge", *request, response);
  }
  grpc::ServerUnaryReactor* DeclareContribution(grpc::CallbackServerContext* context, const v1::DeclareContributionRequest* request,
                                                v1::Contribution* response) override {
    return calls_.Write(context, "DeclareContribution", *request, response);
  }
  grpc::ServerUnaryReactor* EvidenceContribution(grpc::CallbackServerContext* context, const v1::EvidenceContributionRequest* request,
                                                 v1::Contribution* response) override {
    return calls_.Write(context, "EvidenceContribution", *request, response);
  }
  grpc::ServerUnaryReactor* VerifyContribution(grpc::CallbackServerContext* context, const v1::VerifyContributionRequest* request,
                                               v1::Contribution* response) override {
    return calls_.Write(context, "VerifyContribution", *request, response);
  }
  grpc::ServerUnaryReactor* RejectContribution(grpc::CallbackServerContext* context, const v1::RejectContributionRequest* request,
                                               v1::Contribution* response) override {
    return calls_.Write(context, "RejectContribution", *request, response);
  }
  grpc::ServerUnaryReactor* ProposeRelease(grpc::CallbackServerContext* context, const v1::ProposeReleaseRequest* request,
                                           v1::Proposal* response) override {
    return calls_.Write(context, "ProposeRelease", *request, response);
  }
  grpc::ServerUnaryReactor* ProposeReversal(grpc::CallbackServerContext* context, const v1::ProposeReversalRequest* request,
                                            v1::Proposal* response) override {
    return calls_.Write(context, "ProposeReversal", *request, response);
  }
  grpc::ServerUnaryReactor* ProposeExpenditure(grpc::CallbackServerContext* context, const v1::ProposeExpenditureRequest* request,
                                               v1::Proposal* response) override {
    return calls_.Write(context, "ProposeExpenditure", *request, response);
  }
  grpc::ServerUnaryReactor* ApproveProposal(grpc::CallbackServerContext* context, const v1::ApproveProposalRequest* request,
                                            v1::Proposal* response) override {
    return calls_.Write(context, "ApproveProposal", *request, response);
  }
  grpc::ServerUnaryReactor* WithdrawProposal(grpc::CallbackServerContext* context, const v1::WithdrawProposalRequest* request,
                                             v1::Proposal* response) override {
    return calls_.Write(context, "WithdrawProposal", *request, response);
  }
  grpc::ServerUnaryReactor* ReceiveRelease(grpc::CallbackServerContext* context, const v1::ReceiveReleaseRequest* request,
                                           v1::Release* response) override {
    return calls_.Write(context, "ReceiveRelease", *request, response);
  }
  grpc::ServerUnaryReactor* RecordExpenditure(grpc::CallbackServerContext* context, const v1::RecordExpenditureRequest* request,
                                              v1::Expenditure* response) override {
    return calls_.Write(context, "RecordExpenditure", *request, response);
  }
  grpc::ServerUnaryReactor* RecordInterest(grpc::CallbackServerContext* context, const v1::RecordInterestRequest* request,
                                           v1::Project* response) override {
    return calls_.Write(context, "RecordInterest", *request, response);
  }
  grpc::ServerUnaryReactor* ApportionRefunds(grpc::CallbackServerContext* context, const v1::ApportionRefundsRequest* request,
                                             v1::Project* response) override {
    return calls_.Write(context, "ApportionRefunds", *request, response);
  }
  grpc::ServerUnaryReactor* PayRefund(grpc::CallbackServerContext* context, const v1::PayRefundRequest* request,
                                      v1::Refund* response) override {
    return calls_.Write(context, "PayRefund", *request, response);
  }
  grpc::ServerUnaryReactor* RecordRepayment(grpc::CallbackServerContext* context, const v1::RecordRepaymentRequest* request,
                                            v1::Repayment* response) override {
    return calls_.Write(context, "RecordRepayment", *request, response);
  }
  grpc::ServerUnaryReactor* GetProjectStatement(grpc::CallbackServerContext* context, const v1::GetProjectStatementRequest* request,
                                                v1::ProjectStatement* response) override {
    return calls_.Read<v1::GetProjectStatementRequest, v1::ProjectStatement>(context, *request, response, [](const Engine& engine, const v1::GetProjectStatementRequest& request, v1::ProjectStatement* response) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, request.known_at()));
      ORIUNDO_ASSIGN_OR_RETURN(*response, oriundo::GetProjectStatement(reader, request));
      return absl::OkStatus();
    });
  }
  grpc::ServerUnaryReactor* ListBalances(grpc::CallbackServerContext* context, const v1::ListBalancesRequest* request,
                                         v1::ListBalancesResponse* response) override {
    return calls_.Read<v1::ListBalancesRequest, v1::ListBalancesResponse>(context, *request, response, [](const Engine& engine, const v1::ListBalancesRequest& request, v1::ListBalancesResponse* response) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(*response, oriundo::ListBalances(engine, request));
      return absl::OkStatus();
    });
  }
  grpc::ServerUnaryReactor* GetPledge(grpc::CallbackServerContext* context, const v1::GetPledgeRequest* request,
                                      v1::Pledge* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetPledgeRequest, v1::Pledge>);
  }
  grpc::ServerUnaryReactor* ListPledges(grpc::CallbackServerContext* context, const v1::ListPledgesRequest* request,
                                        v1::ListPledgesResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListPledgesRequest, v1::ListPledgesResponse>);
  }
  grpc::ServerUnaryReactor* GetContribution(grpc::CallbackServerContext* context, const v1::GetContributionRequest* request,
                                            v1::Contribution* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetContributionRequest, v1::Contribution>);
  }
  grpc::ServerUnaryReactor* ListContributions(grpc::CallbackServerContext* context, const v1::ListContributionsRequest* request,
                                              v1::ListContributionsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListContributionsRequest, v1::ListContributionsResponse>);
  }
  grpc::ServerUnaryReactor* GetRelease(grpc::CallbackServerContext* context, const v1::GetReleaseRequest* request,
                                       v1::Release* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetReleaseRequest, v1::Release>);
  }
  grpc::ServerUnaryReactor* ListReleases(grpc::CallbackServerContext* context, const v1::ListReleasesRequest* request,
                                         v1::ListReleasesResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListReleasesRequest, v1::ListReleasesResponse>);
  }
  grpc::ServerUnaryReactor* GetExpenditure(grpc::CallbackServerContext* context, const v1::GetExpenditureRequest* request,
                                           v1::Expenditure* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetExpenditureRequest, v1::Expenditure>);
  }
  grpc::ServerUnaryReactor* ListExpenditures(grpc::CallbackServerContext* context, const v1::ListExpendituresRequest* request,
                                             v1::ListExpendituresResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListExpendituresRequest, v1::ListExpendituresResponse>);
  }
  grpc::ServerUnaryReactor* GetRefund(grpc::CallbackServerContext* context, const v1::GetRefundRequest* request,
                                      v1::Refund* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetRefundRequest, v1::Refund>);
  }
  grpc::ServerUnaryReactor* ListRefunds(grpc::CallbackServerContext* context, const v1::ListRefundsRequest* request,
                                        v1::ListRefundsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListRefundsRequest, v1::ListRefundsResponse>);
  }
  grpc::ServerUnaryReactor* GetRepayment(grpc::CallbackServerContext* context, const v1::GetRepaymentRequest* request,
                                         v1::Repayment* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetRepaymentRequest, v1::Repayment>);
  }
  grpc::ServerUnaryReactor* ListRepayments(grpc::CallbackServerContext* context, const v1::ListRepaymentsRequest* request,
                                           v1::ListRepaymentsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListRepaymentsRequest, v1::ListRepaymentsResponse>);
  }
  grpc::ServerUnaryReactor* GetProposal(grpc::CallbackServerContext* context, const v1::GetProposalRequest* request,
                                        v1::Proposal* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetProposalRequest, v1::Proposal>);
  }
  grpc::ServerUnaryReactor* ListProposals(grpc::CallbackServerContext* context, const v1::ListProposalsRequest* request,
                                          v1::ListProposalsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListProposalsRequest, v1::ListProposalsResponse>);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLedgerService(Calls& calls) { return std::make_unique<LedgerService>(calls); }

}  // namespace oriundo
