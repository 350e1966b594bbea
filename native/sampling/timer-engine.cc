// How does a thread get a signal from a timer on its own CPU clock? It fires only while the thread runs.
// SPDX-License-Identifier: MPL-2.0
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "sampling/engine.h"
#include "sampling/signal.h"
#include "sampling/thread-clock.h"

namespace pyro::sampling {
namespace {

// Raw system calls: glibc's wrapper of timer_create allocates, and before 2.34 it lives in another library.
class TimerEngine final : public Engine {
 public:
  bool install() override {
    if (signal() == 0) signal_.store(install_handler());
    return signal() != 0;
  }

  bool handler_is_ours() const override { return sampling::handler_is_ours(signal()); }
  int signal() const override { return signal_.load(std::memory_order_relaxed); }

  bool open(threads::ThreadRecord &thread, uint64_t) const override {
    const pid_t tid = thread.tid.load(std::memory_order_relaxed);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal();
    event.sigev_value.sival_ptr = reinterpret_cast<void *>(kCookie | thread.index);
    event._sigev_un._tid = tid;
    int timer = -1;
    if (syscall(SYS_timer_create, cpu_clock(tid), &event, &timer) != 0) return false;
    thread.timer = timer;
    return true;
  }

  bool is_open(const threads::ThreadRecord &thread) const override { return thread.timer >= 0; }

  // The first tick comes at a random phase, so that short threads are sampled fairly and threads do not tick in step.
  void begin(threads::ThreadRecord &thread, uint64_t period_ns) const override {
    const itimerspec when{as_timespec(period_ns), as_timespec(1 + random_below(period_ns))};
    syscall(SYS_timer_settime, thread.timer, 0, &when, nullptr);
  }

  void close(threads::ThreadRecord &thread) const override {
    if (thread.timer >= 0) syscall(SYS_timer_delete, thread.timer);
    thread.timer = -1;
  }

  wire::Counter refusal() const override { return wire::kTimerDenied; }

 private:
  std::atomic<int> signal_{0};
};

}  // namespace

Engine &timer_engine() {
  static TimerEngine engine;
  return engine;
}

}  // namespace pyro::sampling
