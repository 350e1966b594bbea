// What does it cost to look at blocked threads? Prints as JSON: the share of a core for so many that do not move, and
// the time of one look at one that does.
// SPDX-License-Identifier: MPL-2.0
//   wall-cost IDLE_THREADS RATE SECONDS [SECONDS_BEFORE]
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
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

// A thread that does nothing but wake as often, meanwhile: what no sampler can be cheaper than on this machine, now.
class Waker {
 public:
  explicit Waker(uint64_t rate) : rate_(rate), thread_([this] { wake(); }) {}
  ~Waker() {
    stop_.store(true);
    thread_.join();
  }
  uint64_t cpu_ns() const { return sampling::cpu_of(tid_.load()); }
  bool runs() const { return tid_.load() != 0; }

 private:
  void wake() {
    threads::ignore_current();
    tid_.store(static_cast<pid_t>(syscall(SYS_gettid)));
    while (!stop_.load()) {
      const uint64_t period = 1000000000 / rate_;
      const timespec pause = sampling::as_timespec(period / 2 + sampling::random_below(period));
      nanosleep(&pause, nullptr);
    }
  }
  const uint64_t rate_;
  std::atomic<pid_t> tid_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Shares {
  double sampler, empty;
};

Shares idle_shares(uint64_t rate, uint64_t seconds, uint64_t before) {
  const Waker waker(rate);
  while (!waker.runs()) poll(nullptr, 0, 1);
  testing::live().control.wall_rate.store(static_cast<uint32_t>(rate));
  if (!sampling::keep_off_cpu_sampler(testing::live())) return {-1, -1};
  poll(nullptr, 0, static_cast<int>(before * 1000));  // the first looks take stacks
  const uint64_t begin = sampling::clock_ns(CLOCK_MONOTONIC), cpu = process_cpu(), empty = waker.cpu_ns();
  poll(nullptr, 0, static_cast<int>(seconds * 1000));
  const double woke = static_cast<double>(waker.cpu_ns() - empty);
  const double used = static_cast<double>(process_cpu() - cpu) - woke;
  const double passed = static_cast<double>(sampling::clock_ns(CLOCK_MONOTONIC) - begin);
  testing::live().control.wall_rate.store(0);
  sampling::keep_off_cpu_sampler(testing::live());
  return {used / passed, woke / passed};
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

int run(int count, uint64_t rate, uint64_t seconds, uint64_t before) {
  testing::live();
  std::vector<std::thread> threads;
  for (int i = 0; i < count; i++) threads.emplace_back(wait_below, 12);
  poll(nullptr, 0, 200);
  threads::scan();
  unwind::test::build_tables();
  const auto [share, empty] = idle_shares(rate, seconds, before);
  const threads::ThreadRecord *record = nullptr;
  for (uint32_t i = 0; i < threads::record_count(); i++)
    if (threads::record_at(i)->tid.load() != getpid()) record = threads::record_at(i);
  const std::vector<uint64_t> warm = looks_at(*record, 0, 2000), cold = looks_at(*record, 10, 200);
  if (warm.empty() || cold.empty()) return 1;
  std::printf(
      "{\"idleThreads\": %d, \"rate\": %lu, \"shareOfACore\": %.5f, \"emptyShare\": %.5f, \"nsAnIdleLook\": %.0f, "
      "\"lookNsP50\": %lu, "
      "\"lookNsP50Cold\": %lu, \"nullCallNs\": %lu, \"clockCallNs\": %lu}\n",
      count, rate, share, empty, share * 1e9 / (count * static_cast<double>(rate)), warm[warm.size() / 2],
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
  if (argc < 4 || argc > 5) return 2;
  const uint64_t before = argc == 5 ? strtoull(argv[4], nullptr, 10) : 2;
  return pyro::run(atoi(argv[1]), strtoull(argv[2], nullptr, 10), strtoull(argv[3], nullptr, 10), before);
}
