// RpcServer: the interface on a loopback port.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/trail_streams.h"

namespace grpc {
class Channel;
}

namespace oriundo {

class Admission;
class Engine;
class Sequencer;

// OK for the loopback address and port that the server may listen on: 127.0.0.0/8, [::1] or localhost with a port from 0 to 65535
// in plain digits. kInvalidArgument says what is wrong: access control is not there yet, and whoever reaches the port may say who
// it is.
absl::Status CheckListenAddress(std::string_view address);

class RpcServer {
 public:
  // Serves all services, health and reflection on `address`, `127.0.0.1:7390`; an empty address serves in-process channels only.
  //
  // kInvalidArgument for an address that CheckListenAddress refuses. kUnavailable where the port is taken. The others must outlive
  // the server.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const std::string& address, const Admission& admission,
                                                          Sequencer& sequencer, const Engine& engine,
                                                          const StreamLimits& limits = {});

  virtual ~RpcServer() = default;

  // The port bound.
  virtual int port() const = 0;

  // A channel into this server without a port, for tests.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;

  // Takes no new calls, waits for those under way and returns. The sequencer must still be running or be draining.
  virtual void Stop() = 0;
};

}  // namespace oriundo
