// Load: keeps so many calls in flight for so long, and says how many were answered and how fast.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>

namespace oriundo {

// One call in flight, and the next as soon as it is answered. Used by one thread at a time.
class Lane {
 public:
  virtual ~Lane() = default;
  // Sends a call; `done` is called once with its status, on a thread of gRPC.
  virtual void Send(std::function<void(const grpc::Status&)> done) = 0;
};

// What a round came to.
struct Round {
  double per_second = 0;
  // Time from sending to answer.
  std::chrono::microseconds p50{};
  std::chrono::microseconds p99{};
  // Processor cores that this process kept busy.
  double client_cores = 0;
};

// Runs `in_flight` lanes that `make` makes, by number: for a short while unmeasured, then for `duration`. Every answer must be
// OK: the program ends at the first that is not.
Round RunRound(int in_flight, std::chrono::milliseconds duration, const std::function<std::unique_ptr<Lane>(int)>& make);

}  // namespace oriundo
