// ChildProcess is a program that a test started: the only kind of process that a test signals.
//
// It dies with its owner: killed and reaped by the destructor, and killed by the kernel should the test itself be killed. Used
// from one thread, which must outlive it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace oriundo {

// How to start a program.
struct ChildOptions {
  // The program's path and its arguments.
  std::vector<std::string> arguments;
  // Where its output and its errors are appended; empty: where the test's go.
  std::string log_path;
  // The largest file it may write, bytes; a longer one fails as on a disk that takes no more.
  std::optional<uint64_t> file_bytes_max;
};

class ChildProcess {
 public:
  // Stops the test where the program cannot be started.
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Sends a signal; nothing once the program has been reaped.
  void Signal(int number);

  // Waits for the end. The exit code, minus the signal that ended it, or nullopt where it still runs after `patience`.
  std::optional<int> Wait(std::chrono::milliseconds patience);

  // SIGKILL, and waits. What Wait() answers.
  int Kill();

  // Takes the limit of ChildOptions::file_bytes_max away.
  void LiftFileLimit();

  // Processor time it has used so far, of all its threads.
  std::chrono::duration<double> ProcessorTime() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> ended_;
};

}  // namespace oriundo
