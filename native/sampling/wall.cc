// How often are all threads looked at, and what ends it?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/wall.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <new>

#include "clock/clock.h"
#include "sampling/off-cpu.h"
#include "sampling/thread-clock.h"
#include "threads/live.h"
#include "threads/thread-table.h"

namespace pyro::sampling {
namespace {

// Of one CPU, for looks that take a stack. What is beyond it comes in the next round, with all its time.
constexpr uint64_t kShare = 50;
constexpr uint64_t kIdleNs = 1000000000;
constexpr uint64_t kLongestWaitNs = 200000000;

pthread_mutex_t wall_mutex = PTHREAD_MUTEX_INITIALIZER;  // what follows; leaf but for the thread table's
pthread_cond_t wall_wake = PTHREAD_COND_INITIALIZER;
OffCpu *watched[threads::kMaxThreads];
BlockedStacks *stacks = nullptr;
uint32_t first = 0;  // where the next round begins
bool running = false, stopping = false;
uint64_t began_ns = 0;  // of this run of looks

OffCpu *watch_of(uint32_t index) {
  if (!watched[index] && threads::record_at(index)) watched[index] = new (std::nothrow) OffCpu;
  return watched[index];
}

// One look at every thread, stacks until `until_ns`.
void look_at_all(wire::Segment &segment, uint64_t until_ns) {
  const uint32_t count = threads::record_count();
  uint32_t next = first;
  bool late = false;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t index = (first + i) % count;
    OffCpu *thread = watch_of(index);
    if (!thread) continue;
    const uint64_t now = clock::monotonic_ns();
    if (!late && now > until_ns) {
      late = true;
      next = index;
    }
    thread->look(index, segment, now, began_ns, late ? nullptr : stacks);
  }
  first = next;
}

void finish_all(wire::Segment &segment) {
  for (OffCpu *one : watched)
    if (one) one->hurry();
  look_at_all(segment, clock::monotonic_ns() + kLongestWaitNs);
  for (uint32_t i = 0; i < threads::record_count(); i++)
    if (watched[i]) watched[i]->finish(i, segment);
}

uint64_t period_of(const wire::Segment &segment) {
  if (!segment.control.enabled.load(std::memory_order_relaxed)) return 0;
  const uint32_t rate = segment.control.wall_rate.load(std::memory_order_relaxed);
  return rate == 0 ? 0 : 1000000000ull / std::min(rate, kHighestWallRate);
}

bool wanted(const wire::Segment &segment) { return !stopping && threads::live_segment() == &segment; }

void wait_until(uint64_t ns) {
  const timespec until = as_timespec(ns);
  pthread_cond_clockwait(&wall_wake, &wall_mutex, CLOCK_MONOTONIC, &until);
}

void *wall_main(void *argument) {
  wire::Segment &segment = *static_cast<wire::Segment *>(argument);
  prctl(PR_SET_NAME, "gst-pyro-wall");
  threads::ignore_current();
  pthread_mutex_lock(&wall_mutex);
  began_ns = clock::monotonic_ns();
  while (wanted(segment)) {
    const uint64_t begin = clock::monotonic_ns(), period = period_of(segment);
    if (period == 0) began_ns = begin;
    if (period != 0) look_at_all(segment, begin + period / kShare);
    // Between half a period and one and a half: never in step with a stream.
    wait_until(begin + (period != 0 ? period / 2 + random_below(period) : kIdleNs));
  }
  running = false;
  pthread_mutex_unlock(&wall_mutex);
  return nullptr;
}

bool start_thread(wire::Segment &segment) {
  if (!stacks) stacks = new (std::nothrow) BlockedStacks;
  if (!stacks) return false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  running = pthread_create(&thread, nullptr, wall_main, &segment) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (running) pthread_detach(thread);
  return running;
}

// At an end nobody may wait for long: a look that is under way takes milliseconds. By trying, because sanitizers do not
// see pthread_mutex_clocklock() lock.
bool lock_in_time() {
  const timespec little{0, 1000000};
  for (uint64_t waited = 0; waited < kLongestWaitNs; waited += 1000000) {
    if (pthread_mutex_trylock(&wall_mutex) == 0) return true;
    nanosleep(&little, nullptr);
  }
  return false;
}

}  // namespace

bool keep_wall(wire::Segment &segment) {
  if (period_of(segment) == 0) return true;
  pthread_mutex_lock(&wall_mutex);
  const bool fine = running || stopping || start_thread(segment);
  pthread_mutex_unlock(&wall_mutex);
  return fine;
}

void flush_wall(wire::Segment &segment) {
  if (!lock_in_time()) return;
  if (running && period_of(segment) != 0) finish_all(segment);
  pthread_mutex_unlock(&wall_mutex);
}

void stop_wall(wire::Segment &segment) {
  if (!lock_in_time()) return;
  if (running && !stopping && period_of(segment) != 0) finish_all(segment);
  stopping = true;
  pthread_cond_signal(&wall_wake);
  pthread_mutex_unlock(&wall_mutex);
}

void reset_wall_after_fork() {
  wall_mutex = PTHREAD_MUTEX_INITIALIZER;
  wall_wake = PTHREAD_COND_INITIALIZER;
  for (OffCpu *&one : watched) one = nullptr;  // the parent may have been in the middle of it
  stacks = nullptr;
  running = stopping = false;
  first = 0;
}

}  // namespace pyro::sampling
