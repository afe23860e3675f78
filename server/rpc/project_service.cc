#include "server/rpc/project_service.h"

#include "oriundo/v1/project_service.grpc.pb.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ProjectService final : public v1::ProjectService::CallbackService {
 public:
  explicit ProjectService(Calls& calls) : calls_(calls) {}

  Reactor* CreateProject(Context* context, const v1::CreateProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "CreateProject", *request, response);
  }
  Reactor* UpdateProject(Context* context, const v1::UpdateProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "UpdateProject", *request, response);
  }
  Reactor* SubmitProject(Context* context, const v1::SubmitProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "SubmitProject", *request, response);
  }
  Reactor* PrevalidateProject(Context* context, const v1::PrevalidateProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "PrevalidateProject", *request, response);
  }
  Reactor* ApproveProject(Context* context, const v1::ApproveProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ApproveProject", *request, response);
  }
  Reactor* RejectProject(Context* context, const v1::RejectProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "RejectProject", *request, response);
  }
  Reactor* SignAgreement(Context* context, const v1::SignAgreementRequest* request, v1::Project* response) override {
    return calls_.Write(context, "SignAgreement", *request, response);
  }
  Reactor* ProposeAmendment(Context* context, const v1::ProposeAmendmentRequest* request, v1::Amendment* response) override {
    return calls_.Write(context, "ProposeAmendment", *request, response);
  }
  Reactor* SignAmendment(Context* context, const v1::SignAmendmentRequest* request, v1::Amendment* response) override {
    return calls_.Write(context, "SignAmendment", *request, response);
  }
  Reactor* WithdrawAmendment(Context* context, const v1::WithdrawAmendmentRequest* request, v1::Amendment* response) override {
    return calls_.Write(context, "WithdrawAmendment", *request, response);
  }
  Reactor* GetAmendment(Context* context, const v1::GetAmendmentRequest* request, v1::Amendment* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListAmendments(Context* context, const v1::ListAmendmentsRequest* request, v1::ListAmendmentsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* AuthorizeProject(Context* context, const v1::AuthorizeProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "AuthorizeProject", *request, response);
  }
  Reactor* SuspendProject(Context* context, const v1::SuspendProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "SuspendProject", *request, response);
  }
  Reactor* ResumeProject(Context* context, const v1::ResumeProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ResumeProject", *request, response);
  }
  Reactor* ReportProgress(Context* context, const v1::ReportProgressRequest* request, v1::ProgressReport* response) override {
    return calls_.Write(context, "ReportProgress", *request, response);
  }
  Reactor* VerifyProgress(Context* context, const v1::VerifyProgressRequest* request, v1::ProgressReport* response) override {
    return calls_.Write(context, "VerifyProgress", *request, response);
  }
  Reactor* CountersignProgress(Context* context, const v1::CountersignProgressRequest* request, v1::ProgressReport* response) override {
    return calls_.Write(context, "CountersignProgress", *request, response);
  }
  Reactor* ObjectToProject(Context* context, const v1::ObjectToProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ObjectToProject", *request, response);
  }
  Reactor* WithdrawObjection(Context* context, const v1::WithdrawObjectionRequest* request, v1::Project* response) override {
    return calls_.Write(context, "WithdrawObjection", *request, response);
  }
  Reactor* ReportCompletion(Context* context, const v1::ReportCompletionRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ReportCompletion", *request, response);
  }
  Reactor* ConfirmCompletion(Context* context, const v1::ConfirmCompletionRequest* request, v1::Project* response) override {
    return calls_.Write(context, "ConfirmCompletion", *request, response);
  }
  Reactor* SignHandover(Context* context, const v1::SignHandoverRequest* request, v1::Project* response) override {
    return calls_.Write(context, "SignHandover", *request, response);
  }
  Reactor* SettleProject(Context* context, const v1::SettleProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "SettleProject", *request, response);
  }
  Reactor* CloseProject(Context* context, const v1::CloseProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "CloseProject", *request, response);
  }
  Reactor* CancelProject(Context* context, const v1::CancelProjectRequest* request, v1::Project* response) override {
    return calls_.Write(context, "CancelProject", *request, response);
  }
  Reactor* GetProgressReport(Context* context, const v1::GetProgressReportRequest* request, v1::ProgressReport* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListProgressReports(Context* context, const v1::ListProgressReportsRequest* request,
                               v1::ListProgressReportsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* GetProject(Context* context, const v1::GetProjectRequest* request, v1::Project* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListProjects(Context* context, const v1::ListProjectsRequest* request, v1::ListProjectsResponse* response) override {
    return calls_.List(context, *request, response);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProjectService(Calls& calls) { return std::make_unique<ProjectService>(calls); }

}  // namespace oriundo
