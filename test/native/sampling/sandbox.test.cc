// What happens to a thread that goes into a sandbox while it is sampled? It lives, is sampled no more, and is counted.
// SPDX-License-Identifier: MPL-2.0
#include "sampling/sandbox.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "sampling/harness.h"

namespace pyro {
namespace {

std::atomic<bool> stop{false}, scanned{false}, inside{false}, ended{false};
std::atomic<pid_t> its_tid{0};

void spin() {
  volatile uint64_t work = 0;
  while (!stop.load(std::memory_order_relaxed)) work = work + 1;
}

// As a thread that pushes no buffers: a scan finds it.
void alone() {
  its_tid = static_cast<pid_t>(syscall(SYS_gettid));
  while (!scanned) testing::burn(1000000);
  testing::burn(100000000);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) inside = true;
  spin();
  ended = true;
  syscall(SYS_exit, 0);
}

threads::ThreadRecord *record_of(pid_t tid) {
  for (uint32_t i = 0; tid != 0 && i < threads::record_count(); i++)
    if (threads::record_at(i)->tid == tid) return threads::record_at(i);
  return nullptr;
}

void wait_for(const std::atomic<bool> &what) {
  for (int i = 0; i < 30000 && !what; i++) usleep(1000);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BESIDE_SANITIZERS GTEST_SKIP() << "a sanitizer's own system calls are killed for"
#else
#define BESIDE_SANITIZERS (void)0
#endif

TEST(LeftAlone, a_thread_that_goes_into_strict_mode_while_sampled_lives_and_is_sampled_no_more) {
  BESIDE_SANITIZERS;
  wire::Segment &segment = testing::live();
  threads::register_current();
  ASSERT_EQ(nullptr, sampling::start(100));
  sampling::set_rate(100);
  const uint64_t counted = segment.counters.get(wire::kLeftAlone);
  std::thread(alone).detach();
  while (!record_of(its_tid)) threads::scan();
  scanned = true;
  wait_for(inside);
  ASSERT_TRUE(inside);
  testing::drain(segment);
  // Ticks come until a look finds out: the handler runs inside the sandbox.
  uint64_t seen = 0;
  for (int i = 0; i < 3000 && seen < 3; i++) {
    usleep(10000);
    for (const testing::Sample &sample : testing::drain(segment)) seen += sample.head.end == wire::kEndNoStack ? 0 : 1;
  }
  EXPECT_GE(seen, 3u);
  EXPECT_FALSE(ended);
  threads::ThreadRecord *record = record_of(its_tid);
  ASSERT_TRUE(record);
  EXPECT_EQ(sampling::PollResult::kOk, sampling::poll_clocks(segment));
  EXPECT_EQ(record->timer, -1);
  EXPECT_TRUE(record->left_alone);
  EXPECT_EQ(segment.counters.get(wire::kLeftAlone), counted + 1);
  sampling::set_rate(50);  // arms all anew
  EXPECT_EQ(record->timer, -1);
  stop = true;
  wait_for(ended);
  EXPECT_TRUE(ended) << "killed in its sandbox";
  sampling::stop();
}

TEST(LeftAlone, threads_under_the_filters_of_all_are_in_no_sandbox_of_their_own) {
  const auto here = static_cast<pid_t>(syscall(SYS_gettid));
  EXPECT_FALSE(sampling::is_sandboxed(here, here));
}

}  // namespace
}  // namespace pyro
