#include "server/rpc/calls.h"

#include "server/ledger/field_table.h"
#include "server/ledger/fold.h"

namespace oriundo {
namespace {

using google::protobuf::Message;

}  // namespace

Caller Calls::CallerOf(const grpc::CallbackServerContext& context) {
  const auto value = [&](const char* key) {
    const auto found = context.client_metadata().find(key);
    return found == context.client_metadata().end() ? std::string() : std::string(found->second.data(), found->second.size());
  };
  return {value("oriundo-organization"), value("oriundo-principal")};
}

void Calls::RunRead(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                    std::function<absl::Status()> read) {
  const bool taken = reads_.Run([context, reactor, read = std::move(read)] {
    if (context->IsCancelled()) {
      reactor->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller went away"));
    } else {
      reactor->Finish(ToGrpcStatus(read()));
    }
  });
  if (!taken) reactor->Finish(ToGrpcStatus(ReadPool::TooManyReads()));
}

void Calls::Answer(absl::StatusOr<CommandResult> result, Message* response, grpc::ServerUnaryReactor* reactor) {
  if (!result.ok()) {
    reactor->Finish(ToGrpcStatus(result.status()));
    return;
  }
  // Responses come empty from gRPC, so merging is copying; CopyFrom would walk through the record first.
  if (result->record != nullptr && !HoldsCommitment(*result->record)) {
    response->MergeFrom(*result->record);
    reactor->Finish(grpc::Status::OK);
    return;
  }
  // What is durable is answered as done whatever becomes of the read: then without its texts. Only a repeat has nothing but the
  // store to answer from, and may be repeated again.
  const auto answer_closed = [reactor, response](const google::protobuf::Message& record) {
    response->MergeFrom(record);
    reactor->Finish(grpc::Status::OK);
  };
  const bool taken = reads_.Run([this, reactor, response, answer_closed, result = *result] {
    const absl::Status filled = FillResponse(result, response);
    if (!filled.ok() && result.record != nullptr) return answer_closed(*result.record);
    reactor->Finish(ToGrpcStatus(filled));
  });
  if (taken) return;
  if (result->record != nullptr) return answer_closed(*result->record);
  reactor->Finish(ToGrpcStatus(ReadPool::TooManyReads()));
}

absl::Status Calls::FillResponse(const CommandResult& result, Message* response) const {
  v1::KnownAt moment;
  moment.set_sequence(result.last_sequence);
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine_, moment));
  if (result.record != nullptr) {
    response->MergeFrom(*result.record);
  } else {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry entry, ReadParsedEntry(reader.snapshot(), result.sequence));
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> record, reader.Get(ResultName(entry)));
    response->MergeFrom(*record);
  }
  return reader.OpenTexts(*response);
}

}  // namespace oriundo
