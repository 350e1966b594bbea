// How do the tests interrupt a thread at places it does not choose? A timer of its own that signals that thread only.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "unwind/walk/unwinder.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace pyro::unwind::test {

inline thread_local StackBounds this_stack __attribute__((tls_model("initial-exec")));

inline void learn_stack() {
  pthread_attr_t attr;
  void *low;
  size_t size;
  ASSERT_EQ(pthread_getattr_np(pthread_self(), &attr), 0);
  ASSERT_EQ(pthread_attr_getstack(&attr, &low, &size), 0);
  pthread_attr_destroy(&attr);
  this_stack = {reinterpret_cast<uint64_t>(low), reinterpret_cast<uint64_t>(low) + size};
}

// Calls `hit` in a signal handler of a thread, `hz` times a second of `clock`, for as long as it lives.
// CLOCK_MONOTONIC is not bound to the kernel's tick, so a busy thread can be hit thousands of times a second.
class Sampler {
 public:
  using Hit = void (*)(const ucontext_t *);

  static int signal_number() { return SIGRTMAX - 3; }
  static void install(Hit hit) {
    hit_ = hit;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    ASSERT_EQ(sigaction(signal_number(), &action, nullptr), 0);
  }

  Sampler(clockid_t clock, long hz, pid_t tid = static_cast<pid_t>(syscall(SYS_gettid))) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_number();
    event.sigev_notify_thread_id = tid;
    armed_ = timer_create(clock, &event, &timer_) == 0;
    struct itimerspec every;
    every.it_interval = {hz > 1 ? 0 : 1, hz > 1 ? 1000000000L / hz : 0};
    every.it_value = every.it_interval;
    if (armed_) timer_settime(timer_, 0, &every, nullptr);
  }
  ~Sampler() {
    if (armed_) timer_delete(timer_);
  }
  Sampler(const Sampler &) = delete;
  Sampler &operator=(const Sampler &) = delete;
  bool armed() const { return armed_; }

  // The CPU clock of another thread of this process.
  static clockid_t cpu_clock(pid_t tid) { return static_cast<clockid_t>((~static_cast<unsigned>(tid) << 3) | 6); }

 private:
  static void handle(int, siginfo_t *, void *context) {
    const int saved = errno;
    hit_(static_cast<const ucontext_t *>(context));
    errno = saved;
  }
  static inline Hit hit_ = nullptr;
  timer_t timer_{};
  bool armed_ = false;
};

}  // namespace pyro::unwind::test
