// What becomes of a sample whose stack cannot be walked yet, because its modules or their tables are not known?
//
// The handler puts it aside: registers, the thread's word, and a copy of the inner part of the stack, in private memory
// that is wiped as soon as it was used. The background thread walks the copy once the tables are there, within
// kPatienceNs. Nothing of the stack ever lies in the segment.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "threads/thread-record.h"
#include "unwind/cfi/registers.h"
#include "unwind/walk/unwinder.h"
#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kMostSlices = 64;  // copies of stacks at a time; more samples keep where they were, alone
inline constexpr uint32_t kMostBlockedSlices = 64;  // the same of blocked threads, so that handlers have theirs
inline constexpr uint32_t kSliceBytes = 65536;      // x264 has 20 to 40 KB on its stacks
inline constexpr uint32_t kResidentBytes = 16384;   // of a slice, once it was used
inline constexpr uint32_t kMostDeferred = 1024;
inline constexpr uint64_t kPatienceNs = 2000000000;
// Of blocked threads: they are few, and where many threads wait for a CPU, tables take seconds.
inline constexpr uint64_t kBlockedPatienceNs = 10000000000;

// All that a handler knows.
struct Tick {
  uint64_t time_ns;  // CLOCK_MONOTONIC
  uint64_t weight_ns;
  uint32_t word;  // the thread's own word of its element; 0 = none
  const unwind::Registers *registers;
  unwind::StackBounds stack;  // proven to be readable; empty: only where it was is kept
};

// How a walk ended, as a loss.
inline void count_end(wire::Counters &counters, const unwind::Walk &walk) {
  if (walk.truncated) counters.add(wire::kUnwindTruncated);
  if (walk.inferred) counters.add(wire::kUnwindInferred);
  if (walk.end == unwind::End::kNoTable)
    counters.add(wire::kNoTable);
  else if (walk.end != unwind::End::kRoot)
    counters.add(wire::kUnwindFailed);
}

// Background thread, before timers are armed. Without memory for it samples are written as they are.
void keep_deferred();
// In the handler. False: there is no room.
bool defer(const threads::ThreadRecord &thread, const Tick &tick);
// kBuilding: more tables are on their way. kBuilt: those that were asked for are there. kNoMore: the rest is written
// with what is known.
enum class Tables { kBuilding, kBuilt, kNoMore };
// Walks what can be walked by now and writes it to the ring. Any thread. Returns how many are left that a table may
// still help.
uint32_t walk_deferred(wire::Segment &segment, Tables tables);
// Walks and writes a copy that the kernel made: the bytes of tick.stack lie `delta` further on. Background thread.
void write_copied(const threads::ThreadRecord &thread, const Tick &tick, uint64_t delta, wire::Segment &segment);
// How many wait. Any thread.
uint32_t deferred_count();
// In a forked child: they are the parent's.
void reset_deferred_after_fork();

namespace detail {
struct Deferred;
}

// A thread that was seen from outside where it is blocked.
struct Blocked {
  unwind::Stopped at;
  unwind::StackBounds stack;  // a copy of it lies `delta` further on
  uint64_t delta;
  uint32_t word;  // the thread's own word of its element; 0 = none
  uint64_t span;
  int16_t system_call;
};

// The same for the stack of a blocked thread: kept until it is known how long that was. nullptr: there is no room. Not
// in a handler.
detail::Deferred *hold(const threads::ThreadRecord &thread, const Blocked &blocked);
// From now on it waits as those of handlers do.
void hand_over(detail::Deferred *held, uint64_t time_ns, uint64_t weight_ns);
void let_go(detail::Deferred *held);

namespace detail {

enum State : uint32_t { kFree, kHeld, kReady };
inline constexpr uint32_t kNoSlice = ~0u;

struct Deferred {
  std::atomic<uint32_t> state;  // kReady is released by the handler, acquired by who walks
  uint32_t tid;
  uint32_t thread;  // directory id of its name
  uint32_t thread_number;
  uint32_t place;  // in the thread table
  uint32_t word;
  uint32_t driver;  // by the stacks seen so far; 0 = none
  uint32_t slice;
  uint32_t tries;
  bool blocked;  // of a blocked thread: of `registers` only program counter and stack pointer are known
  int16_t system_call;
  uint64_t time_ns, weight_ns, span;
  uint64_t unloads;  // Shared::unloads then: what was unloaded since may have lain where code is now
  uint64_t low, high;
  unwind::Registers registers;
};

struct Pool {
  std::atomic<uint64_t> slices;          // bit set = taken
  std::atomic<uint64_t> blocked_slices;  // of those behind them
  std::atomic<uint32_t> next;            // where to look for a free one
  std::atomic<uint32_t> count;
  Deferred entry[kMostDeferred];
  alignas(4096) uint64_t slice[kMostSlices + kMostBlockedSlices][kSliceBytes / sizeof(uint64_t)];
};

static_assert(kMostSlices == 64 && kMostBlockedSlices == 64, "one bit each");

extern std::atomic<Pool *> deferred_pool;

// In the handler too. nullptr, kNoSlice: none is free.
Deferred *take_entry(Pool &pool);
uint32_t take_slice(std::atomic<uint64_t> &slices);

}  // namespace detail
}  // namespace pyro::sampling
