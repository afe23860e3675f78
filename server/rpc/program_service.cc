#include "server/rpc/program_service.h"

#include "oriundo/v1/program_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/queries/preview.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

class ProgramService final : public v1::ProgramService::CallbackService {
 public:
  explicit ProgramService(Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* CreateProgram(grpc::CallbackServerContext* context, const v1::CreateProgramRequest* request,
                                          v1::Program* response) override {
    return calls_.Write(context, "CreateProgram", *request, response);
  }
  grpc::ServerUnaryReactor* PublishRuleVersion(grpc::CallbackServerContext* context, const v1::PublishRuleVersionRequest* request,
                                               v1::RuleVersion* response) override {
    return calls_.Write(context, "PublishRuleVersion", *request, response);
  }
  grpc::ServerUnaryReactor* CreatePool(grpc::CallbackServerContext* context, const v1::CreatePoolRequest* request,
                                       v1::Pool* response) override {
    return calls_.Write(context, "CreatePool", *request, response);
  }
  grpc::ServerUnaryReactor* IncreasePoolBudget(grpc::CallbackServerContext* context, const v1::IncreasePoolBudgetRequest* request,
                                               v1::Pool* response) override {
    return calls_.Write(context, "IncreasePoolBudget", *request, response);
  }
  grpc::ServerUnaryReactor* GetProgram(grpc::CallbackServerContext* context, const v1::GetProgramRequest* request,
                                       v1::Program* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetProgramRequest, v1::Program>);
  }
  grpc::ServerUnaryReactor* ListPrograms(grpc::CallbackServerContext* context, const v1::ListProgramsRequest* request,
                                         v1::ListProgramsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListProgramsRequest, v1::ListProgramsResponse>);
  }
  grpc::ServerUnaryReactor* GetRuleVersion(grpc::CallbackServerContext* context, const v1::GetRuleVersionRequest* request,
                                           v1::RuleVersion* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetRuleVersionRequest, v1::RuleVersion>);
  }
  grpc::ServerUnaryReactor* ListRuleVersions(grpc::CallbackServerContext* context, const v1::ListRuleVersionsRequest* request,
                                             v1::ListRuleVersionsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListRuleVersionsRequest, v1::ListRuleVersionsResponse>);
  }
  grpc::ServerUnaryReactor* GetPool(grpc::CallbackServerContext* context, const v1::GetPoolRequest* request,
                                    v1::Pool* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetPoolRequest, v1::Pool>);
  }
  grpc::ServerUnaryReactor* ListPools(grpc::CallbackServerContext* context, const v1::ListPoolsRequest* request,
                                      v1::ListPoolsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListPoolsRequest, v1::ListPoolsResponse>);
  }
  grpc::ServerUnaryReactor* PreviewShares(grpc::CallbackServerContext* context, const v1::PreviewSharesRequest* request,
                                          v1::PreviewSharesResponse* response) override {
    return calls_.Read<v1::PreviewSharesRequest, v1::PreviewSharesResponse>(context, *request, response, [](const Engine& engine, const v1::PreviewSharesRequest& request, v1::PreviewSharesResponse* response) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, v1::KnownAt()));
      ORIUNDO_ASSIGN_OR_RETURN(*response, oriundo::PreviewShares(reader, request));
      return absl::OkStatus();
    });
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProgramService(Calls& calls) { return std::make_unique<ProgramService>(calls); }

}  // namespace oriundo
