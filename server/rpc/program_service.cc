#include "server/rpc/program_service.h"

#include "oriundo/v1/program_service.grpc.pb.h"
#include "server/queries/preview.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ProgramService final : public v1::ProgramService::CallbackService {
 public:
  explicit ProgramService(Calls& calls) : calls_(calls) {}

  Reactor* CreateProgram(Context* context, const v1::CreateProgramRequest* request, v1::Program* response) override {
    return calls_.Write(context, "CreateProgram", *request, response);
  }
  Reactor* PublishRuleVersion(Context* context, const v1::PublishRuleVersionRequest* request,
                              v1::RuleVersion* response) override {
    return calls_.Write(context, "PublishRuleVersion", *request, response);
  }
  Reactor* CreatePool(Context* context, const v1::CreatePoolRequest* request, v1::Pool* response) override {
    return calls_.Write(context, "CreatePool", *request, response);
  }
  Reactor* IncreasePoolBudget(Context* context, const v1::IncreasePoolBudgetRequest* request, v1::Pool* response) override {
    return calls_.Write(context, "IncreasePoolBudget", *request, response);
  }
  Reactor* ReducePoolBudget(Context* context, const v1::ReducePoolBudgetRequest* request, v1::Pool* response) override {
    return calls_.Write(context, "ReducePoolBudget", *request, response);
  }
  Reactor* CloseFiscalYear(Context* context, const v1::CloseFiscalYearRequest* request, v1::Program* response) override {
    return calls_.Write(context, "CloseFiscalYear", *request, response);
  }
  Reactor* ProposeReopening(Context* context, const v1::ProposeReopeningRequest* request, v1::Program* response) override {
    return calls_.Write(context, "ProposeReopening", *request, response);
  }
  Reactor* WithdrawReopening(Context* context, const v1::WithdrawReopeningRequest* request, v1::Program* response) override {
    return calls_.Write(context, "WithdrawReopening", *request, response);
  }
  Reactor* ApproveReopening(Context* context, const v1::ApproveReopeningRequest* request, v1::Program* response) override {
    return calls_.Write(context, "ApproveReopening", *request, response);
  }
  Reactor* GetProgram(Context* context, const v1::GetProgramRequest* request, v1::Program* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListPrograms(Context* context, const v1::ListProgramsRequest* request, v1::ListProgramsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetTally(Context* context, const v1::GetTallyRequest* request, v1::Tally* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListTallies(Context* context, const v1::ListTalliesRequest* request,
                       v1::ListTalliesResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetRuleVersion(Context* context, const v1::GetRuleVersionRequest* request, v1::RuleVersion* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListRuleVersions(Context* context, const v1::ListRuleVersionsRequest* request,
                            v1::ListRuleVersionsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetPool(Context* context, const v1::GetPoolRequest* request, v1::Pool* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListPools(Context* context, const v1::ListPoolsRequest* request, v1::ListPoolsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* PreviewShares(Context* context, const v1::PreviewSharesRequest* request,
                         v1::PreviewSharesResponse* response) override {
    return calls_.ReadAt(context, *request, response, &oriundo::PreviewShares);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProgramService(Calls& calls) { return std::make_unique<ProgramService>(calls); }

}  // namespace oriundo
