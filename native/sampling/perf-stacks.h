// Where is a thread that blocks every signal? Its stack, copied by the kernel at an event of perf, into a ring that we
// read.
//
// Only where perf samples: other engines do not need it. A ring costs a descriptor and kRingBytes of locked memory, so
// only kMostRings threads have one at a time; the others, and all that a ring does not tell, are booked without a
// stack.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kMostRings = 4;

// All of these are called by the background thread, under the thread table's lock.
//
// Has the kernel copy the thread's stack into a ring after each `period_ns` nanoseconds of its CPU time. Nothing
// happens where the thread has a ring already, kMostRings threads have one, or the kernel refuses: the thread's time is
// then booked without a stack.
void open_ring(threads::ThreadRecord &record, uint64_t period_ns);
// Walks the stacks that the kernel copied since the last call, writes them as samples and wipes our copy. Their weights
// are `unbooked_ns` nanoseconds of CPU time together at most. Nothing happens without a ring.
void drain_ring(threads::ThreadRecord &record, wire::Segment &segment, uint64_t unbooked_ns);
// Gives the thread's ring back, with what was not drained. Nothing happens without a ring.
void close_ring(threads::ThreadRecord &record);

}  // namespace pyro::sampling
