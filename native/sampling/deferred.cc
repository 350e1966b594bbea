// How is a sample put aside by the handler?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/deferred.h"

#include "sampling/stack-label.h"
#include "unwind/modules/snapshot.h"

namespace pyro::sampling {
namespace detail {
std::atomic<Pool *> deferred_pool{nullptr};

constexpr uint32_t kMostTried = 32;  // entries that a handler looks at

Deferred *take_entry(Pool &pool) {
  const uint32_t first = pool.next.fetch_add(1, std::memory_order_relaxed);
  for (uint32_t i = 0; i < kMostTried; i++) {
    Deferred &entry = pool.entry[(first + i) % kMostDeferred];
    uint32_t expected = kFree;
    if (entry.state.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) return &entry;
  }
  return nullptr;
}

uint32_t take_slice(std::atomic<uint64_t> &slices) {
  uint64_t taken = slices.load(std::memory_order_relaxed);
  while (~taken != 0) {
    const uint64_t lowest = ~taken & (taken + 1);
    if (slices.compare_exchange_weak(taken, taken | lowest, std::memory_order_acquire))
      return static_cast<uint32_t>(__builtin_ctzll(lowest));
  }
  return kNoSlice;
}

}  // namespace detail

namespace {

using detail::Deferred;
using detail::Pool;

// Word by word: a sanitizer must not see this read of other functions' frames.
__attribute__((no_sanitize("address", "undefined", "thread"))) void copy_stack(uint64_t *to, uint64_t from,
                                                                               uint64_t bytes) {
  const auto *words = reinterpret_cast<const volatile uint64_t *>(from);
  for (uint64_t i = 0; i < bytes / sizeof(uint64_t); i++) to[i] = words[i];
}

void keep_stack(Pool &pool, Deferred &entry, const Tick &tick) {
  entry.low = entry.high = 0;
  entry.slice = detail::kNoSlice;
  const uint64_t sp = tick.registers->r[unwind::kStackPointer] & ~uint64_t{7};
  if (sp < tick.stack.low || sp >= tick.stack.high) return;
  entry.slice = detail::take_slice(pool.slices);
  if (entry.slice == detail::kNoSlice) return;
  const uint64_t above = (tick.stack.high - sp) & ~uint64_t{7};
  const uint64_t bytes = above < kSliceBytes ? above : kSliceBytes;
  copy_stack(pool.slice[entry.slice], sp, bytes);
  entry.low = sp;
  entry.high = sp + bytes;
}

}  // namespace

bool defer(const threads::ThreadRecord &thread, const Tick &tick) {
  Pool *pool = detail::deferred_pool.load(std::memory_order_acquire);  // partner: keep_deferred
  Deferred *entry = pool ? detail::take_entry(*pool) : nullptr;
  if (!entry) return false;
  entry->tid = static_cast<uint32_t>(thread.tid.load(std::memory_order_relaxed));
  entry->thread = thread.name.load(std::memory_order_relaxed);
  entry->thread_number = thread.number.load(std::memory_order_relaxed);
  entry->place = thread.index;
  entry->word = tick.word;
  entry->driver = StackLabel::remembered_driver(thread);
  entry->tries = 0;
  entry->time_ns = tick.time_ns;
  entry->weight_ns = tick.weight_ns;
  entry->span = thread.span.load(std::memory_order_relaxed);
  entry->unloads = unwind::shared.unloads.load(std::memory_order_relaxed);
  entry->registers = *tick.registers;
  keep_stack(*pool, *entry, tick);
  pool->count.fetch_add(1, std::memory_order_relaxed);
  entry->state.store(detail::kReady, std::memory_order_release);
  return true;
}

}  // namespace pyro::sampling
