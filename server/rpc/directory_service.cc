#include "server/rpc/directory_service.h"

#include "oriundo/v1/directory_service.grpc.pb.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class DirectoryService final : public v1::DirectoryService::CallbackService {
 public:
  explicit DirectoryService(Calls& calls) : calls_(calls) {}

  Reactor* CreateOrganization(Context* context, const v1::CreateOrganizationRequest* request,
                              v1::Organization* response) override {
    return calls_.Write(context, "CreateOrganization", *request, response);
  }
  Reactor* RegisterOrganization(Context* context, const v1::RegisterOrganizationRequest* request,
                                v1::Organization* response) override {
    return calls_.Write(context, "RegisterOrganization", *request, response);
  }
  Reactor* GetOrganization(Context* context, const v1::GetOrganizationRequest* request, v1::Organization* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListOrganizations(Context* context, const v1::ListOrganizationsRequest* request,
                             v1::ListOrganizationsResponse* response) override {
    return calls_.List(context, *request, response);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewDirectoryService(Calls& calls) { return std::make_unique<DirectoryService>(calls); }

}  // namespace oriundo
