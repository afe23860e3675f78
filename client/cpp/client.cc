#include "client/cpp/client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/call_error.h"
#include "client/cpp/random.h"

namespace oriundo {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// The pause before the second attempt; doubled for each further one.
constexpr absl::Duration kPauseFirst = absl::Milliseconds(100);
// The longest pause of our own; a server's RetryInfo may ask for more.
constexpr absl::Duration kPauseMax = absl::Seconds(2);
// A page of 1,000 entries of 65,535 bytes fits.
constexpr int kResponseBytesMax = 80 << 20;

// Half of `pause` and a random part of the other half, so that clients turned away together do not come back together.
absl::Duration Jittered(absl::Duration pause) {
  const std::string byte = RandomBytes(1);
  return pause / 2 + pause / 2 * static_cast<int64_t>(static_cast<unsigned char>(byte[0])) / 256;
}

std::unique_ptr<Message> NewResponse(const MethodDescriptor& method) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
}

// Waits for the one operation that is under way; false where it failed or the stream has ended.
bool Await(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

absl::Status Parse(const grpc::ByteBuffer& buffer, Message& message) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (buffer.Dump(&slices).ok()) {
    bytes.reserve(buffer.Length());
    for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (message.ParseFromString(bytes)) return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat("the server's answer is no ", message.GetDescriptor()->full_name()));
}

}  // namespace

struct Client::Channel {
  explicit Channel(const ClientOptions& options) : stub(Open(options)) {}

  static std::shared_ptr<grpc::Channel> Open(const ClientOptions& options) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kResponseBytesMax);
    // A server that is just starting is found again at the pace of our own attempts.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
    return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
  }

  // One attempt: sends `request`, hands over every message of the answer. `handed_on` is set where the request went to a
  // connection: whatever the status then is, the server may have got it.
  absl::Status Attempt(const ClientOptions& options, absl::Time deadline, const std::string& path, const std::string& request,
                       const std::function<absl::Status(const grpc::ByteBuffer&)>& on_message, bool& handed_on) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    if (!options.organization.empty()) context.AddMetadata("oriundo-organization", options.organization);
    if (!options.principal.empty()) context.AddMetadata("oriundo-principal", options.principal);

    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    const grpc::ByteBuffer sent(&slice, 1);
    grpc::ByteBuffer received;
    absl::Status stopped;
    const auto call = stub.PrepareCall(&context, path, &queue);
    call->StartCall(nullptr);
    // Fails where no connection was found in time.
    bool open = Await(queue);
    if (open) {
      handed_on = true;
      call->WriteLast(sent, grpc::WriteOptions(), nullptr);
      open = Await(queue);
    }
    while (open) {
      call->Read(&received, nullptr);
      open = Await(queue);
      if (!open || !stopped.ok()) continue;
      stopped = on_message(received);
      if (!stopped.ok()) context.TryCancel();
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    Await(queue);
    queue.Shutdown();
    while (Await(queue)) {
    }
    if (!stopped.ok()) return stopped;
    return StatusFromGrpc(status.error_code(), status.error_message(), status.error_details());
  }

  grpc::GenericStub stub;
};

std::string AddressFromEnvironment() {
  const char* address = std::getenv("ORIUNDO_ADDRESS");
  return address != nullptr && *address != '\0' ? address : kDefaultAddress;
}

Client::Client(ClientOptions options) : options_(std::move(options)), channel_(std::make_unique<Channel>(options_)) {}
Client::~Client() = default;

absl::Status Client::Stream(const MethodDescriptor& method, const Message& request,
                            const std::function<absl::Status(const Message&)>& on_message) const {
  const absl::Time deadline = absl::Now() + options_.timeout;
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  const std::string bytes = request.SerializeAsString();
  absl::Duration pause = kPauseFirst;
  bool sent = false;  // By any attempt: the answer to an earlier one may have been lost.
  for (int attempt = 1;; ++attempt) {
    bool handed_over = false;
    const auto on_buffer = [&](const grpc::ByteBuffer& buffer) -> absl::Status {
      const std::unique_ptr<Message> message = NewResponse(method);
      if (absl::Status parsed = Parse(buffer, *message); !parsed.ok()) return parsed;
      handed_over = true;
      return on_message(*message);
    };
    absl::Status status = channel_->Attempt(options_, deadline, path, bytes, on_buffer, sent);
    if (!sent && !status.ok()) MarkNotReached(status);
    if (!absl::IsUnavailable(status) || handed_over || attempt >= options_.attempts_max) return status;
    const absl::Duration wait = std::max(Jittered(pause), CallErrorOf(status).retry_delay.value_or(absl::ZeroDuration()));
    if (absl::Now() + wait >= deadline) return status;
    absl::SleepFor(wait);
    pause = std::min(2 * pause, kPauseMax);
  }
}

absl::StatusOr<std::unique_ptr<Message>> Client::Call(const MethodDescriptor& method, const Message& request) const {
  std::unique_ptr<Message> response;
  const absl::Status status = Stream(method, request, [&](const Message& message) {
    response.reset(message.New());
    response->CopyFrom(message);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (response == nullptr) return absl::InternalError(absl::StrCat(method.full_name(), " was answered OK without a message"));
  return response;
}

}  // namespace oriundo
