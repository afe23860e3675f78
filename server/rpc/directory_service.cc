#include "server/rpc/directory_service.h"

#include "oriundo/v1/directory_service.grpc.pb.h"
#include "server/queries/feed.h"
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
  Reactor* SubmitRegistration(Context* context, const v1::SubmitRegistrationRequest* request,
                              v1::Organization* response) override {
    return calls_.Write(context, "SubmitRegistration", *request, response);
  }
  Reactor* RejectRegistration(Context* context, const v1::RejectRegistrationRequest* request,
                              v1::Organization* response) override {
    return calls_.Write(context, "RejectRegistration", *request, response);
  }
  Reactor* SuspendRegistration(Context* context, const v1::SuspendRegistrationRequest* request,
                               v1::Organization* response) override {
    return calls_.Write(context, "SuspendRegistration", *request, response);
  }
  Reactor* DisputeRegistration(Context* context, const v1::DisputeRegistrationRequest* request,
                               v1::Organization* response) override {
    return calls_.Write(context, "DisputeRegistration", *request, response);
  }
  Reactor* ReinstateRegistration(Context* context, const v1::ReinstateRegistrationRequest* request,
                                 v1::Organization* response) override {
    return calls_.Write(context, "ReinstateRegistration", *request, response);
  }
  Reactor* RevokeRegistration(Context* context, const v1::RevokeRegistrationRequest* request,
                              v1::Organization* response) override {
    return calls_.Write(context, "RevokeRegistration", *request, response);
  }
  Reactor* EndorseOrganization(Context* context, const v1::EndorseOrganizationRequest* request,
                               v1::Organization* response) override {
    return calls_.Write(context, "EndorseOrganization", *request, response);
  }
  Reactor* RevokeEndorsement(Context* context, const v1::RevokeEndorsementRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "RevokeEndorsement", *request, response);
  }
  Reactor* RenameOrganization(Context* context, const v1::RenameOrganizationRequest* request,
                              v1::Organization* response) override {
    return calls_.Write(context, "RenameOrganization", *request, response);
  }
  Reactor* ChangeFederation(Context* context, const v1::ChangeFederationRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "ChangeFederation", *request, response);
  }
  Reactor* AcceptClub(Context* context, const v1::AcceptClubRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "AcceptClub", *request, response);
  }
  Reactor* ProposeMerge(Context* context, const v1::ProposeMergeRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "ProposeMerge", *request, response);
  }
  Reactor* AcceptMerge(Context* context, const v1::AcceptMergeRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "AcceptMerge", *request, response);
  }
  Reactor* RecordDirectoryEntry(Context* context, const v1::RecordDirectoryEntryRequest* request,
                                v1::Organization* response) override {
    return calls_.Write(context, "RecordDirectoryEntry", *request, response);
  }
  Reactor* AcknowledgeFeed(Context* context, const v1::AcknowledgeFeedRequest* request, v1::Organization* response) override {
    return calls_.Write(context, "AcknowledgeFeed", *request, response);
  }
  Reactor* ListOrganizationFeed(Context* context, const v1::ListOrganizationFeedRequest* request,
                                v1::ListOrganizationFeedResponse* response) override {
    return calls_.ReadFrom(context, *request, response, oriundo::ListOrganizationFeed);
  }
  Reactor* GetOrganization(Context* context, const v1::GetOrganizationRequest* request, v1::Organization* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListOrganizations(Context* context, const v1::ListOrganizationsRequest* request,
                             v1::ListOrganizationsResponse* response) override {
    return calls_.List(context, *request, response);
  }
  Reactor* SaveCommunity(Context* context, const v1::SaveCommunityRequest* request, v1::Community* response) override {
    return calls_.Write(context, "SaveCommunity", *request, response);
  }
  Reactor* GetCommunity(Context* context, const v1::GetCommunityRequest* request, v1::Community* response) override {
    return calls_.Get(context, *request, response);
  }
  Reactor* ListCommunities(Context* context, const v1::ListCommunitiesRequest* request,
                           v1::ListCommunitiesResponse* response) override {
    return calls_.List(context, *request, response);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewDirectoryService(Calls& calls) { return std::make_unique<DirectoryService>(calls); }

}  // namespace oriundo
