// Where is a thread that blocks every signal? Its stack, copied by the kernel at an event of perf, into a ring that we
// read.
//
// Only where perf samples: nobody else asked for it. A ring costs a descriptor and kRingBytes of locked memory, so only
// kMostRings threads have one at a time; the others, and all that a ring does not tell, are booked without a stack.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kMostRings = 4;

// All of these: background thread, under the thread table's lock.
void open_ring(threads::ThreadRecord &record, uint64_t period_ns);
// Walks what the kernel copied since, books it and wipes its copy. Never more than `unbooked_ns`.
void drain_ring(threads::ThreadRecord &record, wire::Segment &segment, uint64_t unbooked_ns);
void close_ring(threads::ThreadRecord &record);

}  // namespace pyro::sampling
