// Calls: what every method of the interface does on its way in and out. No rule lives here.
//
// A write is admitted on gRPC's thread, handed to the sequencer, and answered when its entry is on disk. A read is handed to the
// read pool. Nothing blocks in a callback.
#pragma once

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
#include "server/rpc/trail_streams.h"
#include "server/sequencer/sequencer.h"
#include "storage/engine/engine.h"

namespace oriundo {

class Calls {
 public:
  // All must outlive the calls.
  Calls(const Admission& admission, Sequencer& sequencer, const Engine& engine, ReadPool& reads, const StreamLimits& limits)
      : admission_(admission), sequencer_(sequencer), engine_(engine), reads_(reads), trails_(reads, limits) {}

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

  // Answers a reading method with what `query` finds in the store.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* ReadFrom(grpc::CallbackServerContext* context, const Request& request, Response* response,
                                     absl::StatusOr<Response> (*query)(const Engine&, const Request&)) {
    return Read(context, request, [this, response, query](const Request& asked) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(*response, query(engine_, asked));
      return absl::OkStatus();
    });
  }

  // Answers a reading method with what `query` finds as known at the moment asked for.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* ReadAt(grpc::CallbackServerContext* context, const Request& request, Response* response,
                                   absl::StatusOr<Response> (*query)(const Reader&, const Request&)) {
    return Read(context, request, [this, response, query](const Request& asked) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine_, MomentOf(asked)));
      ORIUNDO_ASSIGN_OR_RETURN(*response, query(reader, asked));
      return absl::OkStatus();
    });
  }

  // Answers with the one resource named, as known at the moment asked for, texts opened.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const Request& request, Response* response) {
    return Read(context, request, [this, response](const Request& asked) -> absl::Status {
      ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine_, MomentOf(asked)));
      ORIUNDO_ASSIGN_OR_RETURN(*response, reader.Get<Response>(asked.name()));
      return reader.OpenTexts(*response);
    });
  }

  // Answers with a page of resources.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const Request& request, Response* response) {
    return Read(context, request, [this, response](const Request& asked) { return oriundo::List(engine_, asked, *response); });
  }

  // Streams the rows of a trail. As many streams as limits.h allows are open at once; more are TOO_MANY_STREAMS.
  template <typename Request>
  grpc::ServerWriteReactor<v1::TrailRow>* Trail(grpc::CallbackServerContext* context, const Request& request,
                                                absl::StatusOr<std::unique_ptr<TrailCursor>> (*trace)(
                                                    Reader, const std::string&, const std::string&, TrailBudget&)) {
    return trails_.Stream(*context, [this, asked = request, trace](TrailBudget& budget) mutable
                          -> absl::StatusOr<std::unique_ptr<TrailCursor>> {
      ORIUNDO_RETURN_IF_ERROR(Admission::AdmitRead(asked));
      ORIUNDO_ASSIGN_OR_RETURN(Reader reader, Reader::Open(engine_, asked.known_at()));
      return trace(std::move(reader), asked.name(), asked.effective_through(), budget);
    });
  }

 private:
  static Caller CallerOf(const grpc::CallbackServerContext& context);

  // The moment asked for; now where the request has no such field.
  template <typename Request>
  static v1::KnownAt MomentOf(const Request& request) {
    if constexpr (requires { request.known_at(); }) {
      return request.known_at();
    } else {
      return v1::KnownAt();
    }
  }

  // Judges the request's shape at once, so that nothing large waits for its turn, and runs `query` with what is left of it on the
  // read pool.
  template <typename Request, typename Query>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Request& request, Query query) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    Request asked = request;
    if (const absl::Status status = Admission::AdmitRead(asked); !status.ok()) {
      reactor->Finish(ToGrpcStatus(status));
      return reactor;
    }
    RunRead(context, reactor, [asked = std::move(asked), query]() -> absl::Status { return query(asked); });
    return reactor;
  }

  // Runs `read` on the read pool and finishes the call with its status. Where the caller has gone before its turn, or let its
  // deadline pass, nothing is read.
  void RunRead(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor, std::function<absl::Status()> read);

  void Answer(absl::StatusOr<CommandResult> result, google::protobuf::Message* response, grpc::ServerUnaryReactor* reactor);

  // The resource that a committed call answers with, texts opened.
  absl::Status FillResponse(const CommandResult& result, google::protobuf::Message* response) const;

  const Admission& admission_;
  Sequencer& sequencer_;
  const Engine& engine_;
  ReadPool& reads_;
  TrailStreams trails_;
};

}  // namespace oriundo
