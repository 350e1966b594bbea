// Is the time of blocked threads seen, whole, on the right stack, at no cost to them?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/off-cpu-sampler.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "sampling/wall-harness.h"

namespace pyro {
namespace {

using testing::burn;
using testing::is_ours;
using testing::kSecond;
using testing::live;
using testing::stands_by;
using testing::Waits;
using testing::Wall;
using testing::Worker;

TEST_F(Wall, time_on_no_cpu_is_wall_time_less_cpu_time) {
  Worker worker([] {
    for (int i = 0; i < 100; i++) {
      poll(nullptr, 0, 12);
      burn(3000000);
    }
  });
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  const Waits waits = testing::drain_waits(is_ours);
  const double off_cpu = static_cast<double>(worker.wall_ns() - worker.cpu_ns());
  // Where it begins and ends is known to a look: 15 ms each of 1250, and more where this machine is busy.
  EXPECT_NEAR(static_cast<double>(testing::sum(waits)) / off_cpu, 1.0, 0.05);
  // The rest it was ready, and waited for a CPU.
  const uint64_t ready = waits.count(wire::kWaitCpu) ? waits.at(wire::kWaitCpu) : 0;
  EXPECT_GT(static_cast<double>(waits.at(SYS_poll)), 0.9 * static_cast<double>(testing::sum(waits) - ready));
}

TEST_F(Wall, each_wait_gets_its_share_by_name) {
  Worker worker([] {
    const timespec forty{0, 40000000};
    for (int i = 0; i < 25; i++) {
      poll(nullptr, 0, 20);
      nanosleep(&forty, nullptr);
    }
  });
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  Waits waits = testing::drain_waits(is_ours);
  const double polled = static_cast<double>(waits[SYS_poll]);
  const double slept = static_cast<double>(waits[SYS_clock_nanosleep] + waits[SYS_nanosleep]);
  // 150 looks at 1.5 s: three standard deviations of a share of a third are 12 %.
  EXPECT_NEAR(polled / (polled + slept), 1.0 / 3, 0.12);
}

TEST_F(Wall, a_thread_that_does_not_move_is_booked_without_another_look) {
  std::mutex mutex;
  std::condition_variable wake;
  bool done = false;
  Worker worker([&] {
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait(lock, [&] { return done; });
  });
  poll(nullptr, 0, 2300);
  {
    const std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  wake.notify_one();
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  std::vector<testing::Sample> records;
  for (testing::Sample &sample : testing::drain(live()))
    if (sample.head.header.kind == wire::kRecordBlockedSample && is_ours(sample) && !stands_by(sample))
      records.push_back(std::move(sample));
  uint64_t booked = 0;
  for (const testing::Sample &sample : records) booked += sample.head.weight_ns;
  EXPECT_NEAR(static_cast<double>(booked) / static_cast<double>(worker.wall_ns()), 1.0, 0.02);
  // Written once a second, and at the end.
  EXPECT_GE(records.size(), 3u);
  EXPECT_LE(records.size(), 5u);
  EXPECT_EQ(SYS_futex, records.front().head.system_call);
  EXPECT_EQ(wire::kEndRoot, records.front().head.end);
  EXPECT_EQ(records.front().frames, records[1].frames);
}

TEST_F(Wall, a_busy_thread_has_no_blocked_time) {
  Worker worker([] { burn(kSecond / 2); });
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  Waits waits = testing::drain_waits(is_ours);
  waits.erase(wire::kWaitCpu);  // this machine may be busy
  EXPECT_LT(testing::sum(waits), worker.wall_ns() / 20);
}

// With a frame pointer, and nothing of it where anybody else could find it.
__attribute__((noinline, optimize("no-omit-frame-pointer"))) int sleep_below_a_frame(int pipe_end) {
  char byte;
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(SYS_read), "D"(pipe_end), "S"(&byte), "d"(1)
                   : "rcx", "r11", "memory");
#else
  result = read(pipe_end, &byte, 1);
#endif
  __asm__ volatile("");
  return static_cast<int>(result);
}

TEST_F(Wall, code_with_frame_pointers_is_walked_although_the_register_is_not_told) {
  int ends[2];
  ASSERT_EQ(0, pipe(ends));
  Worker worker([&] { sleep_below_a_frame(ends[0]); });
  poll(nullptr, 0, 300);
  ASSERT_EQ(1, write(ends[1], "x", 1));
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  const auto own = reinterpret_cast<uint64_t>(&sleep_below_a_frame);
  uint32_t whole = 0;
  for (const testing::Sample &sample : testing::drain(live())) {
    if (sample.head.header.kind != wire::kRecordBlockedSample || !is_ours(sample)) continue;
    if (sample.head.system_call != SYS_read) continue;
    EXPECT_LT(unwind::test::raw_address(sample.frames.at(0)) - own, 256u);
    EXPECT_EQ(wire::kEndRoot, sample.head.end);
    whole++;
  }
  EXPECT_GE(whole, 1u);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(Wall, a_deep_stack_is_copied_as_far_as_it_goes) {
  struct Deep {
    static __attribute__((noinline)) int go(int depth) {
      volatile char room[2000];
      room[0] = static_cast<char>(depth);
      const int below = depth == 0 ? poll(nullptr, 0, 400) : go(depth - 1);
      return below + room[0] - static_cast<char>(depth);
    }
  };
  Worker worker([] { Deep::go(60); });
  worker.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  uint64_t whole = 0;
  for (const testing::Sample &sample : testing::drain(live())) {
    if (sample.head.header.kind != wire::kRecordBlockedSample || !is_ours(sample)) continue;
    if (sample.head.system_call != SYS_poll) continue;
    EXPECT_EQ(wire::kEndRoot, sample.head.end);
    EXPECT_GT(sample.head.depth, 60);
    whole += sample.head.weight_ns;
  }
  EXPECT_GT(whole, 200000000u);
}

TEST_F(Wall, waits_that_find_the_ring_full_are_counted) {
  uint32_t hint = 0;
  for (bool room = true; room;) {
    wire::RingWrite write(live().ring, 1, hint);
    room = write.room() != nullptr;
    if (!room) break;
    auto &sample = *static_cast<wire::StackSample *>(write.room());
    sample = {};
    sample.header.size = sizeof sample;
    write.commit(sizeof sample);
  }
  const uint64_t full = live().counters.get(wire::kWallRingFull);
  Worker worker([] { poll(nullptr, 0, 100); });
  worker.join();
  sampling::flush_off_cpu(live());
  EXPECT_GT(live().counters.get(wire::kWallRingFull), full);
  testing::drain(live());
}

}  // namespace
}  // namespace pyro
