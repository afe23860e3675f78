// TrailStreams: the money trails on their way to callers.
//
// A trail is worked out on the read pool one chunk at a time, and the next chunk only once the caller has taken the last row of
// the one before: a slow caller costs memory for one chunk and what its cursor keeps, and no thread. A stream whose caller takes
// no row for too long, or that lasts too long, is cancelled, for it holds a snapshot of the store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oriundo/v1/audit_service.pb.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/queries/trail.h"
#include "server/rpc/read_pool.h"

namespace oriundo {

// What limits.h says, unless a test says otherwise.
struct StreamLimits {
  int streams_max = kStreamsMax;
  std::chrono::milliseconds stall_max = std::chrono::seconds(kStreamStallSecondsMax);
  std::chrono::milliseconds life_max = std::chrono::seconds(kStreamSecondsMax);
};

class TrailStreams {
 public:
  // `reads` must outlive it.
  TrailStreams(ReadPool& reads, const StreamLimits& limits);
  // REQUIRES: no stream is open any more.
  ~TrailStreams();
  TrailStreams(const TrailStreams&) = delete;
  TrailStreams& operator=(const TrailStreams&) = delete;

  // Opens the trail on the read pool and streams its rows. Called on gRPC's thread; never waits.
  using OpenTrail = std::function<absl::StatusOr<std::unique_ptr<TrailCursor>>(TrailBudget& budget)>;
  grpc::ServerWriteReactor<v1::TrailRow>* Stream(grpc::CallbackServerContext& context, OpenTrail open);

 private:
  class Reactor;

  // False where as many streams are open as may be.
  bool Enter(Reactor* reactor);
  void Leave(Reactor* reactor);
  // Cancels the streams that stall or last too long, until the end.
  void Watch();

  ReadPool& reads_;
  const StreamLimits limits_;
  TrailBudget budget_;
  Mutex mutex_;
  std::condition_variable closing_changed_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<Reactor*> open_ ABSL_GUARDED_BY(mutex_);
  std::thread watch_;
};

}  // namespace oriundo
