// ReadPool: the few threads on which reads run, so that no gRPC callback ever waits for the disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"

namespace oriundo {

class ReadPool {
 public:
  // Threads that read: enough to keep both cores busy while one waits for the disk.
  static constexpr std::size_t kThreads = 4;
  // Reads that may wait: a second's work.
  static constexpr std::size_t kWaitingMax = 4'096;

  ReadPool();
  // Runs what is waiting and returns then.
  ~ReadPool();
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  // Runs `read` soon on one of the threads; false, and `read` is not run, where too many are waiting.
  bool Run(std::function<void()> read);
  // The same for the next part of what is under way, of which the caller bounds how many there are: false only once the pool
  // closes.
  bool RunOn(std::function<void()> read);

  // What a read that was not taken is answered with.
  static absl::Status TooManyReads();

 private:
  bool Add(std::function<void()> read, std::size_t waiting_max);
  void Work();

  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace oriundo
