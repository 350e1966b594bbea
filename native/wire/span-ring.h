// How do spans get to the agent, a burst of 64 Ki of them included, without any thread waiting?
//
// Slots of one size behind the rest of the segment, there only when spans are wanted from the start: 6 MiB are not
// taken from processes without. A writer claims the next slot if the reader has emptied it, fills it, and notes that in
// the slot's turn; full means drop and count. Never written in a signal handler. Turns: 2n = free in lap n, 2n + 1 =
// filled in lap n; a new segment is all zeros and so all free.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "wire/records.h"

namespace pyro::wire {

inline constexpr uint32_t kSpanSlots = 65536;

struct alignas(32) SpanSlot {
  std::atomic<uint64_t> turn;
  Span span;
};
static_assert(sizeof(SpanSlot) == 96);

struct alignas(4096) SpanRing {
  alignas(64) std::atomic<uint64_t> head;  // number of the next span, by writers
  alignas(64) std::atomic<uint64_t> tail;  // spans read so far, by the reader
  alignas(64) SpanSlot slot[kSpanSlots];
};

// False: full, nothing was written. Any thread of the target.
bool write_span(SpanRing &ring, const Span &span);
// False: none is waiting. One reader at a time; what it gets may be lies.
bool read_span(SpanRing &ring, Span *span);
// How many are waiting; clamped.
uint32_t spans_waiting(const SpanRing &ring);

}  // namespace pyro::wire
