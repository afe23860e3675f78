#include "server/rpc/audit_service.h"

#include "oriundo/v1/audit_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/rpc/calls.h"

namespace oriundo {
namespace {

class AuditService final : public v1::AuditService::CallbackService {
 public:
  explicit AuditService(Calls& calls) : calls_(calls) {}

  grpc::ServerWriteReactor<v1::TrailRow>* TraceInflow(grpc::CallbackServerContext*, const v1::TraceInflowRequest* request) override {
    return Trace(*request, &oriundo::TraceInflow);
  }
  grpc::ServerWriteReactor<v1::TrailRow>* TraceOutflow(grpc::CallbackServerContext*, const v1::TraceOutflowRequest* request) override {
    return Trace(*request, &oriundo::TraceOutflow);
  }
  grpc::ServerWriteReactor<v1::TrailRow>* TraceProject(grpc::CallbackServerContext*, const v1::TraceProjectRequest* request) override {
    return Trace(*request, &oriundo::TraceProject);
  }
  grpc::ServerUnaryReactor* GetEntry(grpc::CallbackServerContext* context, const v1::GetEntryRequest* request,
                                     v1::Entry* response) override {
    return calls_.Read<v1::GetEntryRequest, v1::Entry>(context, *request, response, [](const Engine& engine, const v1::GetEntryRequest& request, v1::Entry* response) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(*response, oriundo::GetEntry(engine, request));
      return absl::OkStatus();
    });
  }
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context, const v1::ListEntriesRequest* request,
                                        v1::ListEntriesResponse* response) override {
    return calls_.Read<v1::ListEntriesRequest, v1::ListEntriesResponse>(context, *request, response, [](const Engine& engine, const v1::ListEntriesRequest& request, v1::ListEntriesResponse* response) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(*response, oriundo::ListEntries(engine, request));
      return absl::OkStatus();
    });
  }

 private:
  // Streams what `trace` finds for the resource named in the request.
  template <typename Request>
  grpc::ServerWriteReactor<v1::TrailRow>* Trace(const Request& request,
                                                absl::Status (*trace)(const Reader&, const std::string&, const TrailSink&)) {
    return calls_.Stream([copy = request, trace](const Engine& engine, std::vector<v1::TrailRow>& rows) mutable -> absl::Status {
      ORIUNDO_RETURN_IF_ERROR(Admission::AdmitRead(copy));
      ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, copy.known_at()));
      return trace(reader, copy.name(), [&](std::span<const v1::TrailRow> found) {
        rows.insert(rows.end(), found.begin(), found.end());
        return true;
      });
    });
  }

  Calls& calls_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAuditService(Calls& calls) { return std::make_unique<AuditService>(calls); }

}  // namespace oriundo
