#include "server/rpc/audit_service.h"

#include "oriundo/v1/audit_service.grpc.pb.h"
#include "server/queries/lists.h"
#include "server/queries/trail.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;
using Stream = grpc::ServerWriteReactor<v1::TrailRow>;

class AuditService final : public v1::AuditService::CallbackService {
 public:
  explicit AuditService(Calls& calls) : calls_(calls) {}

  Stream* TraceInflow(Context* context, const v1::TraceInflowRequest* request) override {
    return calls_.Trail(context, *request, &oriundo::TraceInflow);
  }
  Stream* TraceOutflow(Context* context, const v1::TraceOutflowRequest* request) override {
    return calls_.Trail(context, *request, &oriundo::TraceOutflow);
  }
  Stream* TraceProject(Context* context, const v1::TraceProjectRequest* request) override {
    return calls_.Trail(context, *request, &oriundo::TraceProject);
  }
  Reactor* GetEntry(Context* context, const v1::GetEntryRequest* request, v1::Entry* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::GetEntry);
  }
  Reactor* ListEntries(Context* context, const v1::ListEntriesRequest* request, v1::ListEntriesResponse* response) override {
    return calls_.ReadFrom(context, *request, response, &oriundo::ListEntries);
  }

 private:
  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAuditService(Calls& calls) { return std::make_unique<AuditService>(calls); }

}  // namespace oriundo
