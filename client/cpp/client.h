// Client speaks to an Oriundo server: any method by its descriptor, answered once or as a stream.
//
//   Client client({.address = "127.0.0.1:7390", .organization = "organizations/club-tekax", .principal = "treasurer"});
//   absl::StatusOr<std::unique_ptr<google::protobuf::Message>> project = client.Call(method, request);
//
// A call that ends UNAVAILABLE is sent again, as it is, a few times with growing pauses: reads change nothing, and a write
// carries its `request_id`, so the server does it once however often it arrives. No other code is retried. A call that still ends
// UNAVAILABLE or DEADLINE_EXCEEDED may or may not have been carried out; sending it again with the same `request_id` finds out.
// Where no attempt reached a server nothing was sent, and the error says so (CallError::not_reached).
//
// Any thread may call any method at any time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace oriundo {

// Where a server listens unless the caller or the environment says otherwise.
inline constexpr char kDefaultAddress[] = "127.0.0.1:7390";

// The address in the environment variable ORIUNDO_ADDRESS, or kDefaultAddress.
std::string AddressFromEnvironment();

// How to reach the server and who is asking.
struct ClientOptions {
  // A gRPC target: `host:port`, or `ipv4:a:port,b:port` for several servers.
  std::string address = AddressFromEnvironment();
  // The acting organisation, `organizations/{organization}`; call metadata `oriundo-organization`. Empty: not sent.
  std::string organization = {};
  // The acting principal, an id that the organisation gave; call metadata `oriundo-principal`. Empty: not sent.
  std::string principal = {};
  // For the whole call, all attempts and pauses included. A stream is one call.
  absl::Duration timeout = absl::Seconds(30);
  // How often a call is sent at most. At least 1.
  int attempts_max = 5;
};

// A channel to one ledger.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Calls a unary method and returns its response. An error is what the server said, details as payloads (see CallErrorOf).
  // REQUIRES: `method` is of the generated pool, `request` is of its input type.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Call(const google::protobuf::MethodDescriptor& method,
                                                                  const google::protobuf::Message& request) const;

  // Calls a server streaming method and hands each message to `on_message` as it arrives, on the caller's thread. An error of
  // `on_message` ends the stream and is returned. Once a message was handed over, nothing is retried. REQUIRES as for Call.
  absl::Status Stream(const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
                      const std::function<absl::Status(const google::protobuf::Message&)>& on_message) const;

 private:
  struct Channel;
  ClientOptions options_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace oriundo
