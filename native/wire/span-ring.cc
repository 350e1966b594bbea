// How do many writers and one reader share slots without a lock?
// SPDX-License-Identifier: MPL-2.0
#include "wire/span-ring.h"

#include <algorithm>
#include <cstring>

namespace pyro::wire {
namespace {

constexpr uint64_t free_turn(uint64_t number) { return number / kSpanSlots * 2; }

}  // namespace

bool write_span(SpanRing &ring, const Span &span) {
  uint64_t number = ring.head.load(std::memory_order_relaxed);
  for (;;) {
    SpanSlot &slot = ring.slot[number % kSpanSlots];
    const uint64_t turn = slot.turn.load(std::memory_order_acquire);  // partner: read_span
    if (turn == free_turn(number)) {
      if (!ring.head.compare_exchange_weak(number, number + 1, std::memory_order_relaxed)) continue;
      slot.span = span;
      slot.turn.store(turn + 1, std::memory_order_release);  // partner: read_span
      return true;
    }
    const uint64_t now = ring.head.load(std::memory_order_relaxed);
    if (now == number) return false;  // the slot still holds a span of the lap before: full
    number = now;
  }
}

bool read_span(SpanRing &ring, Span *span) {
  const uint64_t number = ring.tail.load(std::memory_order_relaxed);
  SpanSlot &slot = ring.slot[number % kSpanSlots];
  if (slot.turn.load(std::memory_order_acquire) != free_turn(number) + 1) return false;  // partner: write_span
  std::memcpy(span, &slot.span, sizeof *span);
  slot.turn.store(free_turn(number) + 2, std::memory_order_release);  // partner: write_span
  ring.tail.store(number + 1, std::memory_order_relaxed);
  return true;
}

uint32_t spans_waiting(const SpanRing &ring) {
  const uint64_t tail = ring.tail.load(std::memory_order_relaxed), head = ring.head.load(std::memory_order_relaxed);
  return head > tail ? static_cast<uint32_t>(std::min<uint64_t>(head - tail, kSpanSlots)) : 0;
}

}  // namespace pyro::wire
