// How often are all threads sampled, and what ends it?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/off-cpu-sampler.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "clock/clock.h"
#include "sampling/off-cpu-time.h"
#include "sampling/thread-clock.h"
#include "threads/live.h"
#include "threads/thread-table.h"

namespace pyro::sampling {
namespace {

// A fiftieth of one CPU for samples that read a stack. The others come in the next round, with all their time.
constexpr uint64_t kShare = 50;
constexpr uint64_t kIdleNs = 1000000000;
constexpr uint64_t kLongestWaitNs = 200000000;
constexpr uint32_t kAhead = 4;  // threads whose memory is asked for before their turn

pthread_mutex_t off_cpu_mutex = PTHREAD_MUTEX_INITIALIZER;  // what follows; leaf but for the thread table's
pthread_cond_t off_cpu_wake = PTHREAD_COND_INITIALIZER;
OffCpuTime *kept[threads::kMaxThreads];
// How many samples of a thread are still skipped. Side by side: a round over a hundred idle threads then waits for two
// cold lines of memory and not for a hundred.
uint8_t left[threads::kMaxThreads];
BlockedStacks *stacks = nullptr;
uint32_t first = 0;  // where the next round begins
bool running = false, stopping = false;
uint64_t began_ns = 0;     // when sampling began
uint64_t followed_ns = 0;  // the period that is sampled at; 0 = nothing is

OffCpuTime *kept_of(uint32_t index) {
  if (!kept[index] && threads::record_at(index)) kept[index] = new (std::nothrow) OffCpuTime;
  return kept[index];
}

// The thread after next may not have been used for a second: its line comes while others are sampled.
void expect(uint32_t index, uint32_t count) {
  if (index < count && left[index] == 0 && kept[index]) __builtin_prefetch(kept[index], 1);
}

void sample_one(uint32_t index, wire::Segment &segment, uint64_t now_ns, BlockedStacks *reader) {
  OffCpuTime *thread = kept_of(index);
  if (!thread) return;
  thread->sample(index, segment, now_ns, began_ns, reader, left[index] != thread->skips());
  left[index] = thread->skips();
}

// Samples every thread once, but for those that are `skipped`; stacks are read until `until_ns` (CLOCK_MONOTONIC).
enum class Skips { kAllowed, kNone };
void sample_all(wire::Segment &segment, uint64_t until_ns, Skips skips) {
  const uint32_t count = threads::record_count();
  uint32_t next = first;
  bool late = false;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t index = (first + i) % count;
    expect(index + kAhead, count);
    if (left[index] > 0 && skips == Skips::kAllowed) {
      left[index]--;
      continue;
    }
    const uint64_t now = clock::monotonic_ns();
    if (!late && now > until_ns) {
      late = true;
      next = index;
    }
    sample_one(index, segment, now, late ? nullptr : stacks);
  }
  first = next;
}

void finish_all(wire::Segment &segment) {
  sample_all(segment, clock::monotonic_ns() + kLongestWaitNs, Skips::kNone);
  for (uint32_t i = 0; i < threads::record_count(); i++)
    if (kept[i]) kept[i]->finish(i, segment);
}

uint64_t period_of(const wire::Segment &segment) {
  if (!segment.control.enabled.load(std::memory_order_relaxed)) return 0;
  const uint32_t rate = segment.control.wall_rate.load(std::memory_order_relaxed);
  return rate == 0 ? 0 : 1000000000ull / std::min(rate, kHighestOffCpuRate);
}

// Under the mutex. Time that passes while nothing is sampled is nobody's: what was is written, and threads are met
// anew.
void follow(wire::Segment &segment) {
  const uint64_t period = period_of(segment);
  if (period == followed_ns) return;
  if (period == 0 && running && !stopping) {
    finish_all(segment);
    for (OffCpuTime *one : kept)
      if (one) one->forget();
    memset(left, 0, sizeof left);
  }
  if (followed_ns == 0) began_ns = clock::monotonic_ns();
  followed_ns = period;
  pthread_cond_signal(&off_cpu_wake);
}

bool wanted(const wire::Segment &segment) { return !stopping && threads::live_segment() == &segment; }

void wait_until(uint64_t ns) {
  const timespec until = as_timespec(ns);
  pthread_cond_clockwait(&off_cpu_wake, &off_cpu_mutex, CLOCK_MONOTONIC, &until);
}

void *off_cpu_loop(void *argument) {
  wire::Segment &segment = *static_cast<wire::Segment *>(argument);
  prctl(PR_SET_NAME, "gst-pyro-wall");
  threads::ignore_current();
  pthread_mutex_lock(&off_cpu_mutex);
  while (wanted(segment)) {
    const uint64_t begin = clock::monotonic_ns(), period = followed_ns;
    if (period != 0) sample_all(segment, begin + period / kShare, Skips::kAllowed);
    // Between half a period and one and a half: never in step with a stream.
    wait_until(begin + (period != 0 ? period / 2 + random_below(period) : kIdleNs));
  }
  running = false;
  pthread_mutex_unlock(&off_cpu_mutex);
  return nullptr;
}

bool start_thread(wire::Segment &segment) {
  if (!stacks) stacks = new (std::nothrow) BlockedStacks;
  running = stacks && threads::start_own_thread(off_cpu_loop, &segment) == 0;
  return running;
}

// A process that ends waits 200 ms at most; a round takes milliseconds. By trying, because sanitizers do not see
// pthread_mutex_clocklock() lock.
bool lock_in_time() {
  const timespec little{0, 1000000};
  for (uint64_t waited = 0; waited < kLongestWaitNs; waited += 1000000) {
    if (pthread_mutex_trylock(&off_cpu_mutex) == 0) return true;
    nanosleep(&little, nullptr);
  }
  return false;
}

}  // namespace

bool keep_off_cpu_sampler(wire::Segment &segment) {
  pthread_mutex_lock(&off_cpu_mutex);
  follow(segment);
  const bool fine = followed_ns == 0 || running || stopping || start_thread(segment);
  pthread_mutex_unlock(&off_cpu_mutex);
  return fine;
}

void flush_off_cpu(wire::Segment &segment) {
  if (!lock_in_time()) return;
  if (running && followed_ns != 0) finish_all(segment);
  pthread_mutex_unlock(&off_cpu_mutex);
}

void stop_off_cpu(wire::Segment &segment) {
  if (!lock_in_time()) return;
  if (running && !stopping && followed_ns != 0) finish_all(segment);
  stopping = true;
  pthread_cond_signal(&off_cpu_wake);
  pthread_mutex_unlock(&off_cpu_mutex);
}

void reset_off_cpu_after_fork() {
  off_cpu_mutex = PTHREAD_MUTEX_INITIALIZER;
  off_cpu_wake = PTHREAD_COND_INITIALIZER;
  for (OffCpuTime *&one : kept) one = nullptr;  // the parent may have been in the middle of it
  memset(left, 0, sizeof left);
  stacks = nullptr;
  running = stopping = false;
  first = 0;
  followed_ns = 0;
}

}  // namespace pyro::sampling
