// Do ticks arrive, add up to the kernel's clocks, and stay out of everybody's way?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/cpu-sampler.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "sampling/harness.h"
#include "sampling/signal.h"

namespace pyro {
namespace {

using testing::booked_ns;
using testing::burn;
using testing::drain;
using testing::live;
using testing::weight_of;

int our_signal() {
  for (int number = SIGRTMAX; number > SIGRTMIN; number--)
    if (sampling::handler_is_ours(number)) return number;
  return 0;
}

class CpuTimers : public ::testing::Test {
 protected:
  void SetUp() override {
    live();
    threads::register_current();
    ASSERT_EQ(nullptr, sampling::start(100));
    sampling::set_rate(100);
    drain(live());
  }
  void TearDown() override { sampling::stop(); }
};

TEST_F(CpuTimers, weights_add_up_to_the_cpu_time_of_the_threads_that_burned_it) {
  std::atomic<uint64_t> burned{0};
  const uint64_t masked_before_ns = live().account.masked_ns.load();
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; i++)
    workers.emplace_back([&] {
      threads::register_current();
      burned += burn(1500000000);
    });
  for (std::thread &worker : workers) worker.join();
  const double sampled = static_cast<double>(booked_ns(drain(live()), masked_before_ns));
  // Each thread loses at most one period at its end, and the random phase spreads that evenly: ± 3 × 5 ms of 4.5 s.
  EXPECT_NEAR(sampled / static_cast<double>(burned.load()), 1.0, 0.015);
}

TEST_F(CpuTimers, threads_that_never_register_are_found_by_a_scan) {
  std::atomic<bool> go{false};
  std::atomic<pid_t> tid{0};
  std::thread foreign([&] {
    tid = static_cast<pid_t>(syscall(SYS_gettid));
    while (!go) std::this_thread::yield();
    burn(300000000);
  });
  while (tid == 0) std::this_thread::yield();
  threads::scan();
  drain(live());
  const uint64_t masked_before_ns = live().account.masked_ns.load();
  go = true;
  foreign.join();
  EXPECT_NEAR(static_cast<double>(booked_ns(drain(live()), masked_before_ns)), 300e6, 45e6);
}

TEST_F(CpuTimers, ticks_missed_behind_a_mask_are_booked_as_masked_and_on_no_stack) {
  const int signal = our_signal();
  ASSERT_NE(0, signal);
  const uint64_t before = live().counters.get(wire::kSampleMasked);
  const uint64_t before_ns = live().account.masked_ns.load();
  sigset_t ours, old;
  sigemptyset(&ours);
  sigaddset(&ours, signal);
  pthread_sigmask(SIG_BLOCK, &ours, &old);
  const uint64_t burned = burn(400000000);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  EXPECT_GE(live().counters.get(wire::kSampleMasked) - before, 30u);
  EXPECT_NEAR(static_cast<double>(live().account.masked_ns.load() - before_ns), static_cast<double>(burned), 30e6);
  EXPECT_LT(weight_of(drain(live())), 50000000u);
}

TEST_F(CpuTimers, a_signal_that_is_not_ours_is_counted_and_does_nothing) {
  const uint64_t before = live().counters.get(wire::kForeignSignal);
  pthread_kill(pthread_self(), our_signal());
  sigval value{};
  value.sival_ptr = reinterpret_cast<void *>(0x1234);
  pthread_sigqueue(pthread_self(), our_signal(), value);
  EXPECT_EQ(before + 2, live().counters.get(wire::kForeignSignal));
}

TEST_F(CpuTimers, errno_survives_a_tick) {
  const uint64_t begin = testing::cpu_ns();
  while (testing::cpu_ns() - begin < 200000000) {
    errno = 4242;
    for (volatile int i = 0; i < 100000; i = i + 1) {
    }
    ASSERT_EQ(4242, errno);
  }
  EXPECT_GE(drain(live()).size(), 10u);
}

TEST_F(CpuTimers, a_blocked_thread_is_never_interrupted) {
  // 1000 Hz of CPU time in a neighbour, none here: poll must sleep its full time.
  sampling::set_rate(1000);
  std::thread busy([] { burn(500000000); });
  threads::scan();
  timespec begin{}, end{};
  clock_gettime(CLOCK_MONOTONIC, &begin);
  EXPECT_EQ(0, poll(nullptr, 0, 300));
  clock_gettime(CLOCK_MONOTONIC, &end);
  EXPECT_GE((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000, 299);
  busy.join();
}

TEST_F(CpuTimers, a_disposition_that_somebody_took_is_noticed_and_everything_disarmed) {
  const int signal = our_signal();
  struct sigaction ours {
  }, ignore{};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(0, sigaction(signal, &ignore, &ours));
  EXPECT_EQ(sampling::PollResult::kSignalTaken, sampling::poll_clocks(live()));
  EXPECT_EQ(1u, live().counters.get(wire::kTimerStolen));
  burn(50000000);
  drain(live());
  sigaction(signal, &ours, nullptr);
  burn(100000000);
  EXPECT_EQ(0u, drain(live()).size());
}

TEST_F(CpuTimers, a_refused_timer_is_counted_once_and_made_when_there_is_room_again) {
  rlimit before{};
  getrlimit(RLIMIT_SIGPENDING, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  const uint64_t denied = live().counters.get(wire::kTimerDenied);
  std::atomic<int> stage{0};
  ASSERT_EQ(0, setrlimit(RLIMIT_SIGPENDING, &none));
  std::thread worker([&] {
    threads::register_current();
    stage = 1;
    while (stage != 2) std::this_thread::yield();
    burn(200000000);
  });
  while (stage != 1) std::this_thread::yield();
  sampling::poll_clocks(live());
  EXPECT_EQ(denied + 1, live().counters.get(wire::kTimerDenied));
  setrlimit(RLIMIT_SIGPENDING, &before);
  sampling::poll_clocks(live());
  drain(live());
  const uint64_t masked_before_ns = live().account.masked_ns.load();
  stage = 2;
  worker.join();
  EXPECT_GE(booked_ns(drain(live()), masked_before_ns), 120000000u);
}

TEST_F(CpuTimers, registered_cpu_time_is_the_sum_over_living_and_ended_threads) {
  sampling::poll_clocks(live());
  const uint64_t before = live().account.registered_cpu_ns.load();
  std::thread worker([] {
    threads::register_current();
    burn(300000000);
  });
  while (true) {
    sampling::poll_clocks(live());
    if (live().account.registered_cpu_ns.load() - before > 250000000) break;
    std::this_thread::yield();
  }
  worker.join();
  threads::scan();
  sampling::poll_clocks(live());
  EXPECT_NEAR(static_cast<double>(live().account.registered_cpu_ns.load() - before), 300e6, 150e6);
}

}  // namespace
}  // namespace pyro
