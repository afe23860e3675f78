#include "server/rpc/project_service.h"

#include "oriundo/v1/project_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

class ProjectService final : public v1::ProjectService::CallbackService {
 public:
  explicit ProjectService(Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* CreateProject(grpc::CallbackServerContext* context, const v1::CreateProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "CreateProject", *request, response);
  }
  grpc::ServerUnaryReactor* UpdateProject(grpc::CallbackServerContext* context, const v1::UpdateProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "UpdateProject", *request, response);
  }
  grpc::ServerUnaryReactor* SubmitProject(grpc::CallbackServerContext* context, const v1::SubmitProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "SubmitProject", *request, response);
  }
  grpc::ServerUnaryReactor* PrevalidateProject(grpc::CallbackServerContext* context, const v1::PrevalidateProjectRequest* request,
                                               v1::Project* response) override {
    return calls_.Write(context, "PrevalidateProject", *request, response);
  }
  grpc::ServerUnaryReactor* ApproveProject(grpc::CallbackServerContext* context, const v1::ApproveProjectRequest* request,
                                           v1::Project* response) override {
    return calls_.Write(context, "ApproveProject", *request, response);
  }
  grpc::ServerUnaryReactor* RejectProject(grpc::CallbackServerContext* context, const v1::RejectProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "RejectProject", *request, response);
  }
  grpc::ServerUnaryReactor* SignAgreement(grpc::CallbackServerContext* context, const v1::SignAgreementRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "SignAgreement", *request, response);
  }
  grpc::ServerUnaryReactor* AuthorizeProject(grpc::CallbackServerContext* context, const v1::AuthorizeProjectRequest* request,
                                             v1::Project* response) override {
    return calls_.Write(context, "AuthorizeProject", *request, response);
  }
  grpc::ServerUnaryReactor* ReportCompletion(grpc::CallbackServerContext* context, const v1::ReportCompletionRequest* request,
                                             v1::Project* response) override {
    return calls_.Write(context, "ReportCompletion", *request, response);
  }
  grpc::ServerUnaryReactor* ConfirmCompletion(grpc::CallbackServerContext* context, const v1::ConfirmCompletionRequest* request,
                                              v1::Project* response) override {
    return calls_.Write(context, "ConfirmCompletion", *request, response);
  }
  grpc::ServerUnaryReactor* SignHandover(grpc::CallbackServerContext* context, const v1::SignHandoverRequest* request,
                                         v1::Project* response) override {
    return calls_.Write(context, "SignHandover", *request, response);
  }
  grpc::ServerUnaryReactor* SettleProject(grpc::CallbackServerContext* context, const v1::SettleProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "SettleProject", *request, response);
  }
  grpc::ServerUnaryReactor* CloseProject(grpc::CallbackServerContext* context, const v1::CloseProjectRequest* request,
                                         v1::Project* response) override {
    return calls_.Write(context, "CloseProject", *request, response);
  }
  grpc::ServerUnaryReactor* CancelProject(grpc::CallbackServerContext* context, const v1::CancelProjectRequest* request,
                                          v1::Project* response) override {
    return calls_.Write(context, "CancelProject", *request, response);
  }
  grpc::ServerUnaryReactor* GetProject(grpc::CallbackServerContext* context, const v1::GetProjectRequest* request,
                                       v1::Project* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetProjectRequest, v1::Project>);
  }
  grpc::ServerUnaryReactor* ListProjects(grpc::CallbackServerContext* context, const v1::ListProjectsRequest* request,
                                         v1::ListProjectsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListProjectsRequest, v1::ListProjectsResponse>);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProjectService(Calls& calls) { return std::make_unique<ProjectService>(calls); }

}  // namespace oriundo
