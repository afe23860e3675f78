#include "tests/support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "server/base/check.h"

namespace oriundo {

ChildProcess::ChildProcess(const ChildOptions& options) {
  std::vector<char*> arguments;
  for (const std::string& argument : options.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  // vfork, because fork would run gRPC's handlers in a test that has calls under way. Until exec the child only makes system
  // calls.
  pid_ = ::vfork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    if (!options.log_path.empty()) {
      const int log = ::open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
      if (log < 0 || ::dup2(log, STDOUT_FILENO) < 0 || ::dup2(log, STDERR_FILENO) < 0) ::_exit(127);
    }
    if (options.file_bytes_max) {
      const rlimit limit = {*options.file_bytes_max, RLIM_INFINITY};
      // Ignored, so that the write fails instead; exec keeps that.
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0 || ::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) ::_exit(127);
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ORIUNDO_CHECK(pid_ > 0);
}

ChildProcess::~ChildProcess() { Kill(); }

void ChildProcess::Signal(int number) {
  if (!ended_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::Wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!ended_) {
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    ORIUNDO_CHECK(reaped >= 0);
    if (reaped == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  return ended_;
}

int ChildProcess::Kill() {
  Signal(SIGKILL);
  const std::optional<int> ended = Wait(std::chrono::minutes(1));
  ORIUNDO_CHECK(ended.has_value());  // Only a disk that hangs keeps a killed process.
  return *ended;
}

void ChildProcess::LiftFileLimit() {
  const rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
  ORIUNDO_CHECK(ended_ || ::prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

std::chrono::duration<double> ChildProcess::ProcessorTime() const {
  std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  // The command's name, in parentheses, may hold blanks: fields count from behind it; utime and stime are the 14th and 15th of
  // all.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>((user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace oriundo
