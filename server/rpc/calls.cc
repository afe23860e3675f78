#include "server/rpc/calls.h"

#include <span>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/ledger/fold.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status TooManyReads() {
  return ReasonStatus(v1::QUEUE_FULL, "as many reads are waiting as the server takes; try again",
                      {{"waiting", absl::StrCat(ReadPool::kWaitingMax)}});
}

// True where a text of `message` or below stands sealed and has to be opened.
bool HasTexts(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->type() == FieldDescriptor::TYPE_BYTES && field->name().ends_with("_commitment")) return true;
    if (field->type() != FieldDescriptor::TYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (HasTexts(field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                                        : message.GetReflection()->GetMessage(message, field))) {
        return true;
      }
    }
  }
  return false;
}

// Writes rows one after the other and deletes itself when the call is over. The rows stay in memory until then: a thread that
// waited for a slow caller would be one read less for all others.
class TrailReactor final : public grpc::ServerWriteReactor<v1::TrailRow> {
 public:
  explicit TrailReactor(std::atomic<int>& streams) : streams_(streams) {}

  // Begins to write, once, with what was found.
  void Begin(absl::StatusOr<std::vector<v1::TrailRow>> rows) {
    if (!rows.ok()) {
      Finish(ToGrpcStatus(rows.status()));
      return;
    }
    rows_ = *std::move(rows);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      WriteNext();
    } else {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller went away"));
    }
  }

  void OnDone() override {
    streams_.fetch_sub(1);
    delete this;
  }

 private:
  void WriteNext() {
    if (next_ == rows_.size()) {
      Finish(grpc::Status::OK);
      return;
    }
    // No buffer hint: a row held back would wait for an operation that itself waits for the row.
    StartWrite(&rows_[next_++]);
  }

  std::atomic<int>& streams_;
  std::vector<v1::TrailRow> rows_;
  std::size_t next_ = 0;
};

}  // namespace

Caller Calls::CallerOf(const grpc::CallbackServerContext& context) {
  const auto value = [&](const char* key) {
    const auto found = context.client_metadata().find(key);
    return found == context.client_metadata().end() ? std::string() : std::string(found->second.data(), found->second.size());
  };
  return {value("oriundo-organization"), value("oriundo-principal")};
}

void Calls::RunRead(grpc::ServerUnaryReactor* reactor, std::function<absl::Status()> read) {
  const bool taken = reads_.Run([reactor, read = std::move(read)] { reactor->Finish(ToGrpcStatus(read())); });
  if (!taken) reactor->Finish(ToGrpcStatus(TooManyReads()));
}

void Calls::Answer(absl::StatusOr<CommandResult> result, Message* response, grpc::ServerUnaryReactor* reactor) {
  if (!result.ok()) {
    reactor->Finish(ToGrpcStatus(result.status()));
    return;
  }
  if (result->record != nullptr && !HasTexts(*result->record)) {
    response->CopyFrom(*result->record);
    reactor->Finish(grpc::Status::OK);
    return;
  }
  // What is durable is answered as done whatever becomes of the read: then without its texts. Only a repeat has nothing but the
  // store to answer from, and may be repeated again.
  const auto answer_closed = [reactor, response](const google::protobuf::Message& record) {
    response->CopyFrom(record);
    reactor->Finish(grpc::Status::OK);
  };
  const bool taken = reads_.Run([this, reactor, response, answer_closed, result = *result] {
    const absl::Status filled = FillResponse(result, response);
    if (!filled.ok() && result.record != nullptr) return answer_closed(*result.record);
    reactor->Finish(ToGrpcStatus(filled));
  });
  if (taken) return;
  if (result->record != nullptr) return answer_closed(*result->record);
  reactor->Finish(ToGrpcStatus(TooManyReads()));
}

absl::Status Calls::FillResponse(const CommandResult& result, Message* response) const {
  v1::KnownAt moment;
  moment.set_sequence(result.last_sequence);
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine_, moment));
  if (result.record != nullptr) {
    response->CopyFrom(*result.record);
  } else {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry entry, ReadParsedEntry(reader.snapshot(), result.sequence));
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> record, reader.Get(ResultName(entry)));
    response->CopyFrom(*record);
  }
  return reader.OpenTexts(*response);
}

grpc::ServerWriteReactor<v1::TrailRow>* Calls::Stream(std::function<absl::Status(const TrailSink&)> trace) {
  auto* reactor = new TrailReactor(streams_);
  if (streams_.fetch_add(1) >= kStreamsMax) {
    reactor->Begin(ReasonStatus(v1::TOO_MANY_STREAMS, "as many streams as the server allows are open; try again later",
                                {{"maximum", absl::StrCat(kStreamsMax)}}));
    return reactor;
  }
  const bool taken = reads_.Run([reactor, trace = std::move(trace)] {
    std::vector<v1::TrailRow> rows;
    const absl::Status status = trace([&](std::span<const v1::TrailRow> found) {
      rows.insert(rows.end(), found.begin(), found.end());
      return true;
    });
    if (status.ok()) {
      reactor->Begin(std::move(rows));
    } else {
      reactor->Begin(status);
    }
  });
  if (!taken) reactor->Begin(TooManyReads());
  return reactor;
}

}  // namespace oriundo
