#include "server/rpc/read_pool.h"

#include <utility>

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

bool ReadPool::Run(std::function<void()> read) {
  {
    MutexLock lock(mutex_);
    if (closing_ || waiting_.size() >= kWaitingMax) return false;
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
