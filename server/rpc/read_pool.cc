#include "server/rpc/read_pool.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/reason_status.h"

namespace oriundo {

ReadPool::ReadPool() {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
}

ReadPool::~ReadPool() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ReadPool::Run(std::function<void()> read) { return Add(std::move(read), kWaitingMax); }

bool ReadPool::RunOn(std::function<void()> read) { return Add(std::move(read), std::numeric_limits<std::size_t>::max()); }

absl::Status ReadPool::TooManyReads() {
  return ReasonStatus(v1::QUEUE_FULL, "as many reads are waiting as the server takes; try again",
                      {{"waiting", absl::StrCat(kWaitingMax)}});
}

bool ReadPool::Add(std::function<void()> read, std::size_t waiting_max) {
  {
    MutexLock lock(mutex_);
    if (closing_ || waiting_.size() >= waiting_max) return false;
    waiting_.push_back(std::move(read));
  }
  changed_.notify_one();
  return true;
}

void ReadPool::Work() {
  while (true) {
    std::function<void()> read;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty()) {
        if (closing_) return;
        lock.Wait(changed_);
      }
      read = std::move(waiting_.front());
      waiting_.pop_front();
    }
    read();
  }
}

}  // namespace oriundo
