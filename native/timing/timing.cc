// What becomes of a measured call: its cell, its parent, the word for the sampler.
// SPDX-License-Identifier: MPL-2.0
#include "timing/timing.h"

namespace pyro::timing {

namespace {

// Driver changes after which a thread counts as shared by several drivers (an executor): its gaps are booked on no
// driver.
constexpr uint32_t kSharedThread = 16;

void count(wire::Cell &cell, const Load &load, wire::Flow flow) {
  wire::bump(cell.buffers, load.buffers);
  wire::bump(cell.bytes, load.bytes);
  wire::bump(cell.invocations, 1);
  wire::bump(cell.flow[flow], 1);
}

void count_shared(wire::Cell &cell, const Load &load, wire::Flow flow) {
  cell.buffers.fetch_add(load.buffers, std::memory_order_relaxed);
  cell.bytes.fetch_add(load.bytes, std::memory_order_relaxed);
  cell.invocations.fetch_add(1, std::memory_order_relaxed);
  cell.flow[flow].fetch_add(1, std::memory_order_relaxed);
}

// The word between two root frames: the element that drives this thread, unless several take turns.
uint32_t between_roots(threads::ThreadRecord &thread, uint32_t driver) {
  if (thread.driver != driver) {
    if (thread.driver != 0) thread.driver_changes++;
    thread.driver = driver;
  }
  return driver == 0 || thread.driver_changes >= kSharedThread ? 0 : driver | wire::kElementDriver;
}

}  // namespace

void account(threads::ThreadRecord &thread, const threads::Frame &frame, const Hop &hop, uint64_t inclusive_ticks,
             const Load &load, wire::Flow flow) {
  bool nested = false;
  if (thread.depth > 0) {
    threads::Frame &parent = thread.frames[thread.depth - 1];
    parent.children += inclusive_ticks;
    nested = parent.key == frame.key && parent.kind == frame.kind;
    thread.element.store(parent.element, std::memory_order_relaxed);
  } else {
    thread.element.store(between_roots(thread, hop.driver), std::memory_order_relaxed);
    thread.root_end = frame.start + inclusive_ticks;
  }
  if (!hop.cell) return;
  wire::Cell &cell = *hop.cell;
  const uint64_t own_ticks = inclusive_ticks > frame.children ? inclusive_ticks - frame.children : 0;
  const uint64_t exclusive = clock::ticks_to_ns(own_ticks);
  if (nested) {  // the pad called its own function: time of its own, but no buffer of its own
    cell.nested.fetch_add(1, std::memory_order_relaxed);
    cell.exclusive.sum_ns.fetch_add(exclusive, std::memory_order_relaxed);
    return;
  }
  const uint64_t inclusive = clock::ticks_to_ns(inclusive_ticks);
  cell.last_ns.store(static_cast<uint32_t>(exclusive < UINT32_MAX ? exclusive : UINT32_MAX), std::memory_order_relaxed);
  if (__builtin_expect(hop.shared, 0)) {
    count_shared(cell, load, flow);
    cell.inclusive.record_shared(wire::grid, inclusive);
    cell.exclusive.record_shared(wire::grid, exclusive);
    return;
  }
  count(cell, load, flow);
  cell.inclusive.record(wire::grid, inclusive);
  cell.exclusive.record(wire::grid, exclusive);
}

void account_driver_time(const threads::ThreadRecord &thread, wire::Segment &segment, const Hop &hop, uint64_t begin) {
  if (thread.root_end == 0 || thread.driver != hop.driver || thread.driver_changes >= kSharedThread) return;
  if (hop.driver_cell == &segment.cells.cell[wire::kOverflowCell]) return;
  if (thread.push_begin > thread.root_end) begin = thread.push_begin;  // from there on it is the link's time
  if (begin < thread.root_end) return segment.counters.add(wire::kClockBackwards);
  wire::bump(hop.driver_cell->invocations, 1);
  hop.driver_cell->exclusive.record(wire::grid, clock::ticks_to_ns(begin - thread.root_end));
}

// Through what is no element of its own: bins, events.
void account_transit(const threads::ThreadRecord &thread, const Hop &hop, uint64_t begin) {
  for (uint32_t i = thread.depth - 1; i-- > 0;) {
    const threads::Frame &outer = thread.frames[i];
    if (outer.kind != wire::kCellChain) continue;
    if (outer.element == hop.driver && begin >= outer.start)
      hop.transit->inclusive.record(wire::grid, clock::ticks_to_ns(begin - outer.start));
    return;
  }
}

void account_untimed(const Hop &hop, const Load &load, wire::Flow flow) {
  if (!hop.cell) return;
  if (hop.shared)
    count_shared(*hop.cell, load, flow);
  else
    count(*hop.cell, load, flow);
}

bool rebalance(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind, uint32_t depth) {
  // Frames above ours: functions that never came back (longjmp, an exception, a cancelled call). Drop them.
  const bool ours =
      thread.depth >= depth && thread.frames[depth - 1].key == key && thread.frames[depth - 1].kind == kind;
  segment.counters.add(wire::kFrameImbalance, ours ? thread.depth - depth : 1);
  if (ours) thread.depth = depth;
  return ours;
}

}  // namespace pyro::timing
