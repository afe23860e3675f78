// Calls: what every method of the interface does on its way in and out. No rule lives here.
//
// A write is admitted on gRPC's thread, handed to the sequencer, and answered when its entry is on disk. A read is handed to the read pool.
// Nothing blocks in a callback.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oriundo/v1/audit_service.pb.h"
#include "server/admission/admission.h"
#include "server/queries/lists.h"
#include "server/queries/reader.h"
#include "server/queries/trail.h"
#include "server/rpc/errors.h"
#include "server/rpc/read_pool.h"
#include "server/sequencer/sequencer.h"
#include "storage/engine/engine.h"

namespace oriundo {

class Calls {
 public:
  // All must outlive the calls.
  Calls(const Admission& admission, Sequencer& sequencer, const Engine& engine, ReadPool& reads)
      : admission_(admission), sequencer_(sequencer), engine_(engine), reads_(reads) {}

  // Answers a writing method with the resource it made or changed; a repeat with that resource as it was the first time.
  template <typename Request>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const char* method, const Request& request,
                                  google::protobuf::Message* response) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    absl::StatusOr<Command> command = admission_.Admit(CallerOf(*context), method, request);
    if (!command.ok()) {
      reactor->Finish(ToGrpcStatus(command.status()));
      return reactor;
    }
    sequencer_.Submit(*std::move(command), [this, reactor, response](absl::StatusOr<CommandResult> result) {
      Answer(std::move(result), response, reactor);
    });
    return reactor;
  }

  // Answers a reading method with what `read` fills the response with.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Request& request, Response* response,
                                 absl::Status (*read)(const Engine&, const Request&, Response*)) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    RunRead(reactor, [this, copy = request, response, read]() mutable {
      if (absl::Status shape = Admission::AdmitRead(copy); !shape.ok()) return shape;
      return read(engine_, copy, response);
    });
    return reactor;
  }

  // One resource by name, as known at the moment asked for, texts opened.
  template <typename Request, typename Response>
  static absl::Status GetResource(const Engine& engine, const Request& request, Response* response) {
    ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, request.known_at()));
    ORIUNDO_ASSIGN_OR_RETURN(*response, reader.Get<Response>(request.name()));
    return reader.OpenTexts(*response);
  }

  // A page of resources.
  template <typename Request, typename Response>
  static absl::Status ListResources(const Engine& engine, const Request& request, Response* response) {
    return List(engine, request, *response);
  }

  // Streams the rows of a trail. As many streams as limits.h allows are open at once; more are TOO_MANY_STREAMS.
  grpc::ServerWriteReactor<v1::TrailRow>* Stream(
      std::function<absl::Status(const Engine&, std::vector<v1::TrailRow>& rows)> trace);

 private:
  static Caller CallerOf(const grpc::CallbackServerContext& context);

  // Runs `read` on the read pool and finishes the call with its status.
  void RunRead(grpc::ServerUnaryReactor* reactor, std::function<absl::Status()> read);

  void Answer(absl::StatusOr<CommandResult> result, google::protobuf::Message* response, grpc::ServerUnaryReactor* reactor);

  // The resource that a committed call answers with, texts opened.
  absl::Status FillResponse(const CommandResult& result, google::protobuf::Message* response) const;

  const Admission& admission_;
  Sequencer& sequencer_;
  const Engine& engine_;
  ReadPool& reads_;
  std::atomic<int> streams_{0};
};

}  // namespace oriundo
