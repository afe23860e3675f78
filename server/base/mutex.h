// Mutex and MutexLock: std::mutex with the annotations that clang's -Wthread-safety reads.
//
// std::mutex and not Abseil's, whose packaged build is not instrumented and gives false races under ThreadSanitizer.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace oriundo {

// Guards the members annotated ABSL_GUARDED_BY(it).
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex for the length of a scope and can wait on a condition variable meanwhile.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() = default;

  // Releases the mutex until `condition` is notified or, spuriously, not; takes it again before returning.
  void Wait(std::condition_variable& condition) { condition.wait(lock_); }

  // As Wait, and returns at the latest after `duration`. False on time-out.
  template <typename Duration>
  bool WaitFor(std::condition_variable& condition, Duration duration) {
    return condition.wait_for(lock_, duration) == std::cv_status::no_timeout;
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace oriundo
