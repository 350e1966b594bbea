// How is a buffer found again in a ring of those that went in?
// SPDX-License-Identifier: MPL-2.0
#include "timing/residence.h"

#include <algorithm>

#include "clock/clock.h"

namespace pyro::timing {

uint64_t Residence::put(const void *buffer, uint64_t stamp, uint64_t ticks, const TraceContext *carries) {
  const uint64_t place = head_.load(std::memory_order_relaxed);
  const uint64_t tail = tail_.load(std::memory_order_acquire);  // partner: take
  const uint64_t inside = place - tail;
  if (inside >= kCapacity) return kNowhere;
  Entry &entry = entries_[place % kCapacity];
  entry.buffer = buffer;
  entry.stamp = stamp;
  entry.arrived = ticks;
  entry.since.store(0, std::memory_order_relaxed);
  const bool carried_before = carries_since_.load(std::memory_order_relaxed) != kNowhere;
  if (__builtin_expect(carries != nullptr || carried_before, 0)) {
    contexts_[place % kCapacity] = carries ? *carries : TraceContext{};
    if (!carried_before) carries_since_.store(place, std::memory_order_relaxed);
  }
  head_.store(place + 1, std::memory_order_release);  // partner: take
  if (leak_.load(std::memory_order_relaxed) == kNothing) mark(inside + 1);
  if (tail == tail_at_put_) show_level();
  tail_at_put_ = tail;
  return place;
}

// The thread that takes shows the level with each buffer. While it takes none, the queue fills unseen: this one does it
// then, and only then, so that the two do not write to one cache line in turns.
void Residence::show_level() {
  wire::Cell *cell = books_.load(std::memory_order_acquire);  // partner: book_on
  if (!cell) return;
  cell->level.store(std::min(level(), highest()), std::memory_order_relaxed);
  cell->highest_level.store(highest(), std::memory_order_relaxed);
}

// One writer: the thread that puts, or where the queue leaks the one that takes.
void Residence::mark(uint64_t inside) {
  if (inside > highest_.load(std::memory_order_relaxed)) highest_.store(inside, std::memory_order_relaxed);
}

void Residence::settle(uint64_t place, uint64_t ticks) {
  if (place >= head_.load(std::memory_order_relaxed)) return;  // nowhere, or it has another user since
  taken_before_[place % kCapacity] = taken_.load(std::memory_order_relaxed);
  entries_[place % kCapacity].since.store(ticks, std::memory_order_release);  // partner: inside_with
  settled_.store(place + 1, std::memory_order_release);                       // partner: come_back, take
}

Residence::Taken Residence::take(const void *buffer, uint64_t stamp, uint64_t ticks) {
  const uint64_t tail = tail_.load(std::memory_order_relaxed);
  const uint64_t head = head_.load(std::memory_order_acquire);  // partner: put
  const uint64_t place = find(buffer, stamp, tail, head);
  if (place == kNowhere) return {false, 0, 0, 0};
  const Entry &entry = entries_[place % kCapacity];
  const uint64_t since = entry.since.load(std::memory_order_relaxed);
  const uint64_t arrived = entry.arrived;
  Taken taken{true, since == 0 || since > ticks ? 0 : ticks - since, place - tail,
              ticks > arrived ? ticks - arrived : 0};
  if (__builtin_expect(place >= carries_since_.load(std::memory_order_relaxed), 0))
    taken.context = contexts_[place % kCapacity];
  if (leak_.load(std::memory_order_relaxed) != kNothing) mark(inside_with(place));
  settled_at_take_.store(settled_.load(std::memory_order_acquire), std::memory_order_relaxed);
  taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  tail_.store(place + 1, std::memory_order_release);  // partner: put
  return taken;
}

// The oldest one; the newest where the queue leaks: without a time stamp nothing else tells it from one that leaked and
// whose memory came again.
uint64_t Residence::find(const void *buffer, uint64_t stamp, uint64_t tail, uint64_t head) const {
  const bool leaks = leak_.load(std::memory_order_relaxed) != kNothing;
  uint64_t found = kNowhere;
  for (uint64_t place = tail; place != head && (leaks || found == kNowhere); place++) {
    const Entry &entry = entries_[place % kCapacity];
    if (entry.buffer == buffer && entry.stamp == stamp) found = place;
  }
  return found;
}

// It may have left the queue long before it came here, while others leaked: what was put meanwhile says nothing. What
// leaks is the newest: all that came out between the end of its put and now, itself included, were inside at that end.
// The oldest: when the last one had been given on, this one and all that were put behind it were inside; and when the
// last one came here, it and all from this one on that were put by then.
uint64_t Residence::inside_with(uint64_t place) const {
  if (leak_.load(std::memory_order_relaxed) == kNewest) {
    const bool settled = entries_[place % kCapacity].since.load(std::memory_order_acquire) != 0;  // partner: settle
    return settled ? taken_.load(std::memory_order_relaxed) + 1 - taken_before_[place % kCapacity] : 1;
  }
  const uint64_t at_return = settled_at_return_.load(std::memory_order_relaxed);
  const uint64_t waiting = at_return > place ? at_return - place : 0;
  const uint64_t at_take = settled_at_take_.load(std::memory_order_relaxed);
  const uint64_t survivors = at_take > place ? at_take - place : 0;
  return std::max(waiting, survivors + 1);
}

TraceContext Residence::take_into(wire::Cell &cell, wire::Cell *transit, const void *buffer, uint64_t stamp,
                                  uint64_t ticks) {
  const Taken taken = take(buffer, stamp, ticks);
  wire::bump(cell.invocations, 1);
  cell.level.store(std::min(level(), highest()), std::memory_order_relaxed);
  cell.highest_level.store(highest(), std::memory_order_relaxed);
  if (!taken.found) return {};
  wire::bump(cell.buffers, 1);
  wire::bump(cell.dropped, taken.skipped);
  cell.inclusive.record(wire::grid, clock::ticks_to_ns(taken.waited));
  if (transit) transit->inclusive.record(wire::grid, clock::ticks_to_ns(taken.stayed));
  return taken.context;
}

void Residence::begin_flush(uint64_t most) {
  uint64_t none = kNowhere;  // a second one finds the queue empty
  inside_.compare_exchange_strong(none, most, std::memory_order_acq_rel);
}

void Residence::flush() {
  const uint64_t head = head_.load(std::memory_order_acquire);  // partner: put
  const uint64_t inside = head - tail_.exchange(head, std::memory_order_acq_rel);
  const uint64_t most = inside_.exchange(kNowhere, std::memory_order_acq_rel);
  wire::Cell *cell = books_.load(std::memory_order_acquire);  // partner: book_on
  if (!cell) return;
  const uint64_t flushed = inside < most ? inside : most;
  cell->flushed.fetch_add(flushed, std::memory_order_relaxed);
  wire::bump(cell->dropped, inside - flushed);  // no thread takes meanwhile
  cell->level.store(0, std::memory_order_relaxed);
}

void Residence::clear() {
  books_.store(nullptr, std::memory_order_relaxed);
  inside_.store(kNowhere, std::memory_order_relaxed);
  carries_since_.store(kNowhere, std::memory_order_relaxed);
  head_.store(0, std::memory_order_relaxed);
  tail_.store(0, std::memory_order_relaxed);
  tail_at_put_ = 0;
  highest_.store(0, std::memory_order_relaxed);
  leak_.store(kNothing, std::memory_order_relaxed);
  taken_.store(0, std::memory_order_relaxed);
  settled_.store(0, std::memory_order_relaxed);
  settled_at_return_.store(0, std::memory_order_relaxed);
  settled_at_take_.store(0, std::memory_order_relaxed);
}

}  // namespace pyro::timing
