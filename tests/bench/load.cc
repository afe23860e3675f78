#include "tests/bench/load.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <thread>
#include <vector>

namespace oriundo {
namespace {

using Clock = std::chrono::steady_clock;

struct Answer {
  Clock::time_point sent;
  Clock::time_point answered;
};

double ProcessorSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Round RunRound(int in_flight, std::chrono::milliseconds duration, const std::function<std::unique_ptr<Lane>(int)>& make) {
  struct Running {
    std::unique_ptr<Lane> lane;
    std::vector<Answer> answers;
    std::function<void()> next;
  };
  std::atomic<bool> stop{false};
  std::latch ended(in_flight);
  std::vector<Running> lanes(static_cast<std::size_t>(in_flight));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Running& running = lanes[i];
    running.lane = make(static_cast<int>(i));
    running.next = [&] {
      const Clock::time_point sent = Clock::now();
      running.lane->Send([&, sent](const grpc::Status& status) {
        if (!status.ok()) {
          std::fprintf(stderr, "oriundo_bench: a call failed: %d %s\n", status.error_code(), status.error_message().c_str());
          std::_Exit(1);
        }
        running.answers.push_back({sent, Clock::now()});
        if (stop) {
          ended.count_down();
        } else {
          running.next();
        }
      });
    };
  }
  for (Running& running : lanes) running.next();
  std::this_thread::sleep_for(std::min(duration / 4, std::chrono::milliseconds(300)));  // Until it runs evenly.
  const Clock::time_point begin = Clock::now();
  const double begin_seconds = ProcessorSeconds();
  std::this_thread::sleep_for(duration);
  const Clock::time_point end = Clock::now();
  const double end_seconds = ProcessorSeconds();
  stop = true;
  ended.wait();

  std::vector<std::chrono::microseconds> times;
  for (const Running& running : lanes) {
    for (const Answer& answer : running.answers) {
      if (answer.answered < begin || answer.answered >= end) continue;
      times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(answer.answered - answer.sent));
    }
  }
  std::sort(times.begin(), times.end());
  const double seconds = std::chrono::duration<double>(end - begin).count();
  Round round;
  round.per_second = static_cast<double>(times.size()) / seconds;
  round.client_cores = (end_seconds - begin_seconds) / seconds;
  if (!times.empty()) {
    round.p50 = times[times.size() / 2];
    round.p99 = times[times.size() * 99 / 100];
  }
  return round;
}

}  // namespace oriundo
