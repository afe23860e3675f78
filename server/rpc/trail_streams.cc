#include "server/rpc/trail_streams.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/reason_status.h"
#include "server/rpc/errors.h"

namespace oriundo {
namespace {

using Time = std::chrono::steady_clock::time_point;

Time Now() { return std::chrono::steady_clock::now(); }

grpc::Status CallerGone() { return grpc::Status(grpc::StatusCode::CANCELLED, "the caller went away"); }

}  // namespace

// One stream. At any moment it belongs to one of them: a read on the pool, or gRPC while a row is on its way; each hands it on to
// the other or finishes it. What OnCancel() and the watch touch is atomic.
class TrailStreams::Reactor final : public grpc::ServerWriteReactor<v1::TrailRow> {
 public:
  Reactor(TrailStreams& streams, grpc::CallbackServerContext& context, OpenTrail open)
      : streams_(streams), context_(context), open_(std::move(open)), begun_(Now()) {}

  // Begins, or refuses; once.
  void Begin() {
    is_entered_ = streams_.Enter(this);
    if (!is_entered_) {
      return Finish(ToGrpcStatus(ReasonStatus(v1::TOO_MANY_STREAMS,
                                              "as many streams as the server allows are open; try again later",
                                              {{"maximum", absl::StrCat(streams_.limits_.streams_max)}})));
    }
    if (!streams_.reads_.Run([this] { Step(); })) Finish(ToGrpcStatus(ReadPool::TooManyReads()));
  }

  void OnWriteDone(bool ok) override {
    writing_since_ = Time::max();
    if (ok) {
      Go();
    } else {
      End(CallerGone());
    }
  }

  void OnCancel() override { is_cancelled_ = true; }

  void OnDone() override {
    if (is_entered_) streams_.Leave(this);
    delete this;
  }

  // Called by the watch, any time before OnDone() has left.
  void CancelIfOverdue(Time now) {
    const Time writing_since = writing_since_;
    const bool stalls = writing_since <= now && now - writing_since > streams_.limits_.stall_max;
    if (stalls || now - begun_ > streams_.limits_.life_max) context_.TryCancel();
  }

 private:
  // On the read pool: the next chunk.
  void Step() {
    if (is_cancelled_) return End(CallerGone());
    if (cursor_ == nullptr) {
      absl::StatusOr<std::unique_ptr<TrailCursor>> opened = open_(streams_.budget_);
      open_ = nullptr;
      if (!opened.ok()) return End(ToGrpcStatus(opened.status()));
      cursor_ = *std::move(opened);
    }
    const absl::StatusOr<bool> more = cursor_->Next(rows_);
    if (!more.ok()) return End(ToGrpcStatus(more.status()));
    is_last_chunk_ = !*more;
    // A trail that is at its end needs no snapshot while its last rows are on their way.
    if (is_last_chunk_) cursor_.reset();
    next_ = 0;
    Go();
  }

  // Writes the next row, or has the next chunk worked out, or ends.
  void Go() {
    if (next_ < rows_.size()) {
      writing_since_ = Now();
      // No buffer hint: a row held back would wait for an operation that itself waits for the row.
      return StartWrite(&rows_[next_++]);
    }
    if (is_last_chunk_) return End(grpc::Status::OK);
    // It stands at the end of the line again, so that one long trail does not keep others waiting.
    if (!streams_.reads_.RunOn([this] { Step(); })) {
      End(ToGrpcStatus(ReasonStatus(v1::DRAINING, "the server is stopping; ask another for the trail")));
    }
  }

  void End(const grpc::Status& status) {
    cursor_.reset();
    Finish(status);
  }

  TrailStreams& streams_;
  grpc::CallbackServerContext& context_;
  OpenTrail open_;
  const Time begun_;
  bool is_entered_ = false;
  std::unique_ptr<TrailCursor> cursor_;
  std::vector<v1::TrailRow> rows_;
  std::size_t next_ = 0;
  bool is_last_chunk_ = false;
  std::atomic<bool> is_cancelled_{false};
  // Since when the row on its way has been waiting for the caller; the end of time while none is.
  std::atomic<Time> writing_since_{Time::max()};
};

TrailStreams::TrailStreams(ReadPool& reads, const StreamLimits& limits) : reads_(reads), limits_(limits) {
  watch_ = std::thread([this] { Watch(); });
}

TrailStreams::~TrailStreams() {
  {
    MutexLock lock(mutex_);
    ORIUNDO_CHECK(open_.empty());
    closing_ = true;
  }
  closing_changed_.notify_all();
  watch_.join();
}

grpc::ServerWriteReactor<v1::TrailRow>* TrailStreams::Stream(grpc::CallbackServerContext& context, OpenTrail open) {
  auto* reactor = new Reactor(*this, context, std::move(open));
  reactor->Begin();
  return reactor;
}

bool TrailStreams::Enter(Reactor* reactor) {
  MutexLock lock(mutex_);
  if (open_.size() >= static_cast<std::size_t>(limits_.streams_max)) return false;
  open_.insert(reactor);
  return true;
}

void TrailStreams::Leave(Reactor* reactor) {
  MutexLock lock(mutex_);
  open_.erase(reactor);
}

void TrailStreams::Watch() {
  const std::chrono::milliseconds period =
      std::clamp(limits_.stall_max / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1'000));
  MutexLock lock(mutex_);
  while (!closing_) {
    const Time now = Now();
    for (Reactor* reactor : open_) reactor->CancelIfOverdue(now);
    lock.WaitFor(closing_changed_, period);
  }
}

}  // namespace oriundo
