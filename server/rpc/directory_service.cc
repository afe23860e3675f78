#include "server/rpc/directory_service.h"

#include "oriundo/v1/directory_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

class DirectoryService final : public v1::DirectoryService::CallbackService {
 public:
  explicit DirectoryService(Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* CreateOrganization(grpc::CallbackServerContext* context, const v1::CreateOrganizationRequest* request,
                                               v1::Organization* response) override {
    return calls_.Write(context, "CreateOrganization", *request, response);
  }
  grpc::ServerUnaryReactor* RegisterOrganization(grpc::CallbackServerContext* context, const v1::RegisterOrganizationRequest* request,
                                                 v1::Organization* response) override {
    return calls_.Write(context, "RegisterOrganization", *request, response);
  }
  grpc::ServerUnaryReactor* GetOrganization(grpc::CallbackServerContext* context, const v1::GetOrganizationRequest* request,
                                            v1::Organization* response) override {
    return calls_.Read(context, *request, response, &Calls::GetResource<v1::GetOrganizationRequest, v1::Organization>);
  }
  grpc::ServerUnaryReactor* ListOrganizations(grpc::CallbackServerContext* context, const v1::ListOrganizationsRequest* request,
                                              v1::ListOrganizationsResponse* response) override {
    return calls_.Read(context, *request, response, &Calls::ListResources<v1::ListOrganizationsRequest, v1::ListOrganizationsResponse>);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewDirectoryService(Calls& calls) { return std::make_unique<DirectoryService>(calls); }

}  // namespace oriundo
