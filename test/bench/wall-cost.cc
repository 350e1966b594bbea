// What does it cost to look at blocked threads? Prints as JSON: the share of a core for so many that do not move, and
// the time of one look at one that does.
// SPDX-License-Identifier: MPL-2.0
//   wall-cost IDLE_THREADS RATE SECONDS
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "../native/sampling/harness.h"
#include "../native/unwind/modules-ready.h"
#include "sampling/blocked-stack.h"
#include "sampling/off-cpu-sampler.h"
#include "sampling/thread-clock.h"

namespace pyro {
namespace {

std::mutex mutex;
std::condition_variable over;
bool done = false;

// Blocked as a thread of a pool is, some frames deep.
__attribute__((noinline)) void wait_below(int depth) {
  if (depth > 0) {
    wait_below(depth - 1);
    __asm__ volatile("");
    return;
  }
  std::unique_lock<std::mutex> lock(mutex);
  over.wait(lock, [] { return done; });
}

// The sampler's thread is the one of ours that is in no table.
uint64_t process_cpu() { return sampling::clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

double idle_share(uint64_t rate, uint64_t seconds) {
  testing::live().control.wall_rate.store(static_cast<uint32_t>(rate));
  if (!sampling::keep_off_cpu_sampler(testing::live())) return -1;
  poll(nullptr, 0, 2000);  // the first looks take stacks
  const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC), cpu = process_cpu();
  poll(nullptr, 0, static_cast<int>(seconds * 1000));
  const double used = static_cast<double>(process_cpu() - cpu);
  const double passed = static_cast<double>(sampling::clock_ns(CLOCK_MONOTONIC) - begin);
  testing::live().control.wall_rate.store(0);
  sampling::keep_off_cpu_sampler(testing::live());
  return used / passed;
}

// One behind the other, or each after a pause, as a round meets a thread.
std::vector<uint64_t> looks_at(const threads::ThreadRecord &record, int pause_ms, int times) {
  sampling::BlockedStacks stacks;
  sampling::BlockedRecord out;
  std::vector<uint64_t> took;
  for (int i = 0; i < times; i++) {
    if (pause_ms > 0) poll(nullptr, 0, pause_ms);
    const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC);
    const uint64_t cpu = sampling::cpu_of(record.tid.load());
    const bool blocked = stacks.read(record, testing::live(), cpu, &out) == sampling::Sight::kBlocked;
    if (blocked && out.sample().end == wire::kEndRoot) took.push_back(sampling::clock_ns(CLOCK_MONOTONIC) - begin);
  }
  std::sort(took.begin(), took.end());
  return took;
}

// The yardstick: what the system calls alone cost on this machine.
uint64_t null_call_ns() {
  const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC);
  for (int i = 0; i < 100000; i++) syscall(SYS_gettid);
  return (sampling::clock_ns(CLOCK_MONOTONIC) - begin) / 100000;
}

uint64_t clock_call_ns(const threads::ThreadRecord &record) {
  const pid_t tid = record.tid.load();
  const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC);
  for (int i = 0; i < 100000; i++) sampling::cpu_of(tid);
  return (sampling::clock_ns(CLOCK_MONOTONIC) - begin) / 100000;
}

// A thread that does nothing but wake as often: what no look can be cheaper than.
double empty_share(uint64_t rate) {
  const int times = static_cast<int>(rate * 2);
  const timespec period = sampling::as_timespec(1000000000 / rate);
  const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC), cpu = testing::cpu_ns();
  for (int i = 0; i < times; i++) nanosleep(&period, nullptr);
  return static_cast<double>(testing::cpu_ns() - cpu) /
         static_cast<double>(sampling::clock_ns(CLOCK_MONOTONIC) - begin);
}

int run(int count, uint64_t rate, uint64_t seconds) {
  testing::live();
  std::vector<std::thread> threads;
  for (int i = 0; i < count; i++) threads.emplace_back(wait_below, 12);
  poll(nullptr, 0, 200);
  threads::scan();
  unwind::test::build_tables();
  const double share = idle_share(rate, seconds);
  const threads::ThreadRecord *record = nullptr;
  for (uint32_t i = 0; i < threads::record_count(); i++)
    if (threads::record_at(i)->tid.load() != getpid()) record = threads::record_at(i);
  const std::vector<uint64_t> warm = looks_at(*record, 0, 2000), cold = looks_at(*record, 10, 200);
  if (warm.empty() || cold.empty()) return 1;
  std::printf(
      "{\"idleThreads\": %d, \"rate\": %lu, \"shareOfACore\": %.5f, \"emptyShare\": %.5f, \"nsAnIdleLook\": %.0f, "
      "\"lookNsP50\": %lu, "
      "\"lookNsP50Cold\": %lu, \"nullCallNs\": %lu, \"clockCallNs\": %lu}\n",
      count, rate, share, empty_share(rate), share * 1e9 / (count * static_cast<double>(rate)), warm[warm.size() / 2],
      cold[cold.size() / 2], null_call_ns(), clock_call_ns(*record));
  {
    const std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  over.notify_all();
  for (std::thread &thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace pyro

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  return pyro::run(atoi(argv[1]), strtoull(argv[2], nullptr, 10), strtoull(argv[3], nullptr, 10));
}
