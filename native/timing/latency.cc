// How is a running time found among those that a source sent?
// SPDX-License-Identifier: MPL-2.0
#include "timing/latency.h"

#include <algorithm>

namespace pyro::timing {

// Half open, with the tolerance at both ends; empty ones reach as far as the tolerance.
uint64_t Track::at(uint64_t number, uint64_t running_time) const {
  const Sent &sent = sent_[number % kCapacity];
  const uint64_t begin = sent.begin.load(std::memory_order_relaxed);
  const uint64_t end = sent.end.load(std::memory_order_relaxed);
  const uint64_t ticks = sent.ticks.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  // Overwritten meanwhile: the writer raises `begun_` before it writes.
  if (begun_.load(std::memory_order_relaxed) > number + kCapacity) return 0;
  if (begin == kNoTime || running_time + kTimeTolerance < begin) return 0;
  return running_time < std::max(end, begin + kTimeTolerance) ? ticks : 0;
}

void Track::send_untimed(uint64_t ticks) {
  if (first_.load(std::memory_order_relaxed) == 0) first_.store(ticks, std::memory_order_release);
}

void Track::send(uint64_t running_time, uint64_t duration, uint64_t ticks) {
  const uint64_t number = head_.load(std::memory_order_relaxed);
  // Counted twice: before, so that a reader of the place that is overwritten now does not believe it, and after, so
  // that no reader looks at the new one while half of it is the old one (old begin and new end would hold every time
  // between).
  begun_.store(number + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  Sent &sent = sent_[number % kCapacity];
  sent.begin.store(running_time, std::memory_order_relaxed);
  sent.end.store(duration == kNoTime ? running_time : running_time + duration, std::memory_order_relaxed);
  sent.ticks.store(ticks, std::memory_order_relaxed);
  head_.store(number + 1, std::memory_order_release);
  timed_.store(true, std::memory_order_relaxed);
  send_untimed(ticks);
}

uint64_t Track::find(uint64_t running_time, uint64_t &distance) const {
  const uint64_t head = head_.load(std::memory_order_acquire);
  const uint64_t reach = std::min<uint64_t>(head, kCapacity);
  if (reach == 0) return 0;
  // As far back as last time, or one more or less.
  for (const uint64_t back : {distance, distance + 1, distance - 1}) {
    if (back >= reach) continue;
    if (const uint64_t ticks = at(head - 1 - back, running_time)) {
      distance = back;
      return ticks;
    }
  }
  for (uint64_t back = 0; back < reach; back++) {
    if (const uint64_t ticks = at(head - 1 - back, running_time)) {
      distance = back;
      return ticks;
    }
  }
  return 0;
}

void Track::begin(const void *pad, uint64_t made_ns) {
  begun_.store(0, std::memory_order_relaxed);
  head_.store(0, std::memory_order_relaxed);
  first_.store(0, std::memory_order_relaxed);
  timed_.store(false, std::memory_order_relaxed);
  made_ns_.store(made_ns, std::memory_order_relaxed);
  for (Sent &sent : sent_) sent.begin.store(kNoTime, std::memory_order_relaxed);
  pad_.store(pad, std::memory_order_relaxed);
}

}  // namespace pyro::timing
