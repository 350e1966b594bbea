// How long did a pad function take, and how much of that was its own?
//
// inclusive = leave − enter; exclusive = inclusive − time in functions it called (which are frames of their own). Works
// on a thread's frame stack and a cell; knows no GStreamer. Enter and leave match by pad, kind and depth: what does not
// match is counted and dropped, never guessed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "clock/clock.h"
#include "threads/live.h"
#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::timing {

// What is known of a hop before its function runs; all of it stays valid while the segment lives.
struct Hop {
  wire::Cell *cell;                   // nullptr = none
  uint32_t element;                   // whose function runs
  uint32_t driver;                    // whose push or pull it is: works between the root frames of this thread
  bool shared;                        // several writers: the overflow cell
  wire::Cell *driver_cell = nullptr;  // what the driver spends before it; nullptr = none yet, the overflow cell = none
  wire::Cell *transit = nullptr;  // how long buffers were in the driver before it pushed them; nullptr = not asked for
};

// What one call carried.
struct Load {
  uint64_t buffers;
  uint64_t bytes;
};

// A root frame begins: what passed since the last one was its driver's, if that one drove the thread before, too.
void account_driver_time(const threads::ThreadRecord &thread, wire::Segment &segment, const Hop &hop, uint64_t begin);

// A frame inside another one begins: how long was the buffer in the element that pushes now?
void account_transit(const threads::ThreadRecord &thread, const Hop &hop, uint64_t begin);

// Puts a frame on the thread's stack and publishes the element. Returns the depth to leave with, or 0 when the stack is
// full (counted): then leave only counts buffers.
inline uint32_t enter(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind,
                      const Hop &hop) {
  if (__builtin_expect(thread.depth >= threads::kMaxDepth, 0)) {
    segment.counters.add(wire::kFrameOverflow);
    return 0;
  }
  threads::Frame &frame = thread.frames[thread.depth++];
  frame.key = key;
  frame.kind = kind;
  frame.element = hop.element;
  frame.cell = hop.cell;
  frame.children = 0;
  thread.element.store(hop.element, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // the handler of this thread sees the word before the work
  frame.start = clock::now_ticks();
  if (thread.depth == 1) {
    if (hop.driver_cell) account_driver_time(thread, segment, hop, frame.start);
  } else if (__builtin_expect(hop.transit != nullptr, 0)) {
    account_transit(thread, hop, frame.start);
  }
  return thread.depth;
}

// The rest of leave, once the time is known: cells and counters.
void account(threads::ThreadRecord &thread, const threads::Frame &frame, const Hop &hop, uint64_t inclusive_ticks,
             const Load &load, wire::Flow flow);
// For calls without a frame (stack full): counts only.
void account_untimed(const Hop &hop, const Load &load, wire::Flow flow);
// Finds the frame that enter() returned `depth` for, dropping what lies above; false when it is not there.
bool rebalance(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind, uint32_t depth);

// The partner of enter. `segment` is the live one now: when the process forked in between, the caller does not come
// here.
inline void leave(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind, uint32_t depth,
                  const Hop &hop, const Load &load, wire::Flow flow) {
  const uint64_t end = clock::now_ticks();
  if (__builtin_expect(depth == 0, 0)) return account_untimed(hop, load, flow);
  if (__builtin_expect(
          thread.depth != depth || thread.frames[depth - 1].key != key || thread.frames[depth - 1].kind != kind, 0) &&
      !rebalance(thread, segment, key, kind, depth))
    return account_untimed(hop, load, flow);
  const threads::Frame &frame = thread.frames[depth - 1];
  uint64_t inclusive = end - frame.start;
  if (__builtin_expect(static_cast<int64_t>(inclusive) < 0, 0)) {  // moved to a core whose clock lags
    segment.counters.add(wire::kClockBackwards);
    inclusive = 0;
  }
  thread.depth = depth - 1;
  account(thread, frame, hop, inclusive, load, flow);
}

}  // namespace pyro::timing
