// What does a test of wall samples need? A sampler that runs, threads whose waits are known, and what was booked.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "modules-ready.h"
#include "sampling/harness.h"
#include "sampling/off-cpu-sampler.h"
#include "sampling/thread-clock.h"

namespace pyro::testing {

inline constexpr uint64_t kSecond = 1000000000;

inline uint64_t now() { return sampling::clock_ns(CLOCK_MONOTONIC); }

inline bool stands_by(const Sample &sample) {
#ifdef SYS_select
  if (sample.head.system_call == SYS_select) return true;
#endif
  return sample.head.system_call == SYS_pselect6;
}

// Nanoseconds by what was waited for, of the records that `of` takes.
using Waits = std::map<int, uint64_t>;
template <typename Of>
Waits drain_waits(Of of) {
  Waits waits;
  for (const Sample &sample : drain(live()))
    if (sample.head.header.kind == wire::kRecordBlockedSample && of(sample) && !stands_by(sample))
      waits[sample.head.system_call] += sample.head.weight_ns;
  return waits;
}

inline uint64_t sum(const Waits &waits) {
  uint64_t all = 0;
  for (const auto &[wait, ns] : waits) all += ns;
  return all;
}

// A thread that works for the element with this number until it is told to end.
inline constexpr uint32_t kElement = 4242;
inline bool is_ours(const Sample &sample) { return (sample.head.element & ~wire::kElementDriver) == kElement; }

class Wall : public ::testing::Test {
 protected:
  void SetUp() override {
    live().control.timing.store(wire::kTimingWrap);
    live().control.wall_rate.store(100);
    threads::scan();
    unwind::test::build_tables();
    drain(live());
    ASSERT_TRUE(sampling::keep_off_cpu_sampler(live()));
  }
  void TearDown() override {
    live().control.wall_rate.store(0);
    sampling::keep_off_cpu_sampler(live());
    sampling::flush_off_cpu(live());
  }
};

class Worker {
 public:
  template <typename Body>
  explicit Worker(Body body)
      : thread_([this, body] {
          threads::ThreadRecord *record = threads::register_current();
          record->element.store(kElement);
          stand_by();
          const uint64_t begin = now(), cpu = testing::cpu_ns();
          body();
          cpu_ns_ = testing::cpu_ns() - cpu;
          wall_ns_ = now() - begin;
          stand_by();
          record->element.store(0);
        }) {}
  void join() { thread_.join(); }
  uint64_t cpu_ns() const { return cpu_ns_; }
  uint64_t wall_ns() const { return wall_ns_; }

 private:
  // Looked at before what is measured begins, and after it ended: in a call that nothing else here makes.
  static void stand_by() {
    timeval wait{0, 80000};
    select(0, nullptr, nullptr, nullptr, &wait);
  }
  uint64_t cpu_ns_ = 0, wall_ns_ = 0;
  std::thread thread_;
};

}  // namespace pyro::testing
