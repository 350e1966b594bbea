// How does a sample that was put aside become a record?
// SPDX-License-Identifier: MPL-2.0
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "clock/clock.h"
#include "sampling/deferred.h"
#include "sampling/stack-label.h"
#include "threads/thread-table.h"
#include "unwind/modules/snapshot.h"
#include "unwind/walk/unwinder.h"

namespace pyro::sampling {
namespace {

using detail::Deferred;
using detail::Pool;

// So often with nothing left to build: what is not known by then never will be, such as code beyond the module table.
constexpr uint32_t kMostTries = 8;

struct Room {
  alignas(8) unsigned char bytes[wire::kMaxRecord];
  wire::StackSample &sample() { return *reinterpret_cast<wire::StackSample *>(bytes); }
  uint64_t *frames() { return reinterpret_cast<uint64_t *>(bytes + sizeof(wire::StackSample)); }
};

unwind::Walk walk_one(const Pool &pool, const Deferred &entry, StackLabel &label, uint64_t *frames) {
  if (entry.slice == detail::kNoSlice) return unwind::walk_leaf(entry.registers.pc, frames);
  const uint64_t delta = reinterpret_cast<uint64_t>(pool.slice[entry.slice]) - entry.low;
  if (entry.blocked)
    return unwind::walk_copy({entry.registers.pc, entry.registers.r[unwind::kStackPointer]}, {entry.low, entry.high},
                             delta, frames, nullptr, &label);
  return unwind::walk_copy(entry.registers, {entry.low, entry.high}, delta, frames, &label);
}

// What the stack names, else the thread's own word, else who drove the thread when it was last seen.
uint32_t element_of(const Deferred &entry, const StackLabel &label) {
  if (label.element() != 0) return label.element();
  if (entry.word != 0) return entry.word;
  return entry.driver != 0 ? entry.driver | wire::kElementDriver : 0;
}

void fill(const Deferred &entry, const unwind::Walk &walk, StackLabel &label, wire::StackSample &sample) {
  label.resolve_elsewhere(walk.end == unwind::End::kRoot ? entry.driver : 0);
  sample = {};
  sample.time_ns = entry.time_ns;
  sample.weight_ns = entry.weight_ns;
  sample.span = entry.span;
  sample.thread_number = entry.thread_number;
  sample.depth = static_cast<uint16_t>(walk.depth);
  sample.end = static_cast<uint8_t>(walk.end);
  sample.element = element_of(entry, label);
  sample.flags = (walk.inferred ? wire::kSampleInferred : 0) | (walk.truncated ? wire::kSampleTruncated : 0) |
                 (label.element() != 0 ? wire::kSampleFromStack : 0);
  sample.system_call = entry.blocked ? entry.system_call : int16_t{0};
  label.store_chain(sample);
  sample.header = {entry.blocked ? wire::kRecordBlockedSample : wire::kRecordCpuSample,
                   static_cast<uint16_t>(wire::record_bytes(sample.depth, sample.chain)), entry.thread};
}

void write(wire::Segment &segment, const wire::StackSample &sample, uint32_t tid) {
  const bool blocked = sample.header.kind == wire::kRecordBlockedSample;
  static std::atomic<uint32_t> shared_hint{0};
  uint32_t hint = shared_hint.load(std::memory_order_relaxed);
  wire::RingWrite write(segment.ring, tid, hint);
  shared_hint.store(hint, std::memory_order_relaxed);
  if (!write.room()) return segment.counters.add(blocked ? wire::kWallRingFull : wire::kRingFull);
  std::memcpy(write.room(), &sample, sample.header.size);
  write.commit(sample.header.size);
  segment.counters.add(blocked ? wire::kWallWritten : wire::kSamplesWritten);
}

void count(wire::Counters &counters, const unwind::Walk &walk, const wire::StackSample &sample) {
  if (sample.header.kind == wire::kRecordBlockedSample) {
    if (walk.end != unwind::End::kRoot) counters.add(wire::kWallUnfinished);
    return;
  }
  counters.add(wire::kSamplesDeferred);
  count_end(counters, walk);
  if (sample.element != 0) counters.add(wire::kLabelNotCompared);
}

// Nothing else of the stack stays anywhere, and no more memory than most stacks need; of blocked threads, which no
// handler waits for, none.
void wipe(Pool &pool, const Deferred &entry) {
  char *slice = reinterpret_cast<char *>(pool.slice[entry.slice]);
  const uint64_t bytes = entry.high - entry.low, kept = entry.blocked ? 0 : kResidentBytes;
  std::memset(slice, 0, bytes);
  if (bytes > kept) madvise(slice + kept, kSliceBytes - kept, MADV_DONTNEED);
}

void give_slice_back(Pool &pool, const Deferred &entry) {
  std::atomic<uint64_t> &slices = entry.slice < kMostSlices ? pool.slices : pool.blocked_slices;
  slices.fetch_and(~(uint64_t{1} << entry.slice % kMostSlices), std::memory_order_release);
}

void release(Pool &pool, Deferred &entry) {
  if (entry.slice != detail::kNoSlice) {
    wipe(pool, entry);
    give_slice_back(pool, entry);
  }
  entry.registers = {};
  entry.blocked = false;
  entry.state.store(detail::kFree, std::memory_order_release);
}

// A new thread is called as who made it until it says its own name, and the background thread waits while the loader
// works.
void name_again(Deferred &entry) {
  const threads::ThreadRecord *record = threads::record_at(entry.place);
  if (!record || static_cast<uint32_t>(record->tid.load(std::memory_order_relaxed)) != entry.tid) return;
  entry.thread = record->name.load(std::memory_order_relaxed);
  entry.thread_number = record->number.load(std::memory_order_relaxed);
}

// False: it may be walked further later.
bool walk_and_write(Pool &pool, Deferred &entry, wire::Segment &segment, bool last) {
  Room room;
  StackLabel label;
  const bool unloaded = entry.unloads != unwind::shared.unloads.load(std::memory_order_relaxed);
  unwind::Walk walk{};
  if (unloaded) {
    // What lies at an address now may not be what lay there then.
    walk.end = unwind::End::kNoModule;
    walk.depth = 1;
    room.frames()[0] = wire::pack_frame(0, wire::kFrameUnloaded);
    segment.counters.add(wire::kUnloaded);
  } else {
    walk = walk_one(pool, entry, label, room.frames());
  }
  if (walk.later && !last) return false;
  name_again(entry);
  fill(entry, walk, label, room.sample());
  count(segment.counters, walk, room.sample());
  write(segment, room.sample(), entry.tid);
  return true;
}

void note_thread(Deferred &entry, const threads::ThreadRecord &thread) {
  entry.tid = static_cast<uint32_t>(thread.tid.load(std::memory_order_relaxed));
  entry.thread = thread.name.load(std::memory_order_relaxed);
  entry.thread_number = thread.number.load(std::memory_order_relaxed);
  entry.place = thread.index;
  entry.driver = StackLabel::remembered_driver(thread);
}

void note_blocked(Deferred &entry, const Blocked &blocked) {
  entry.registers.pc = blocked.at.pc;
  entry.registers.r[unwind::kStackPointer] = blocked.at.sp;
  entry.blocked = true;
  entry.system_call = blocked.system_call;
  entry.word = blocked.word;
  entry.span = blocked.span;
  entry.tries = 0;
  entry.unloads = unwind::shared.unloads.load(std::memory_order_relaxed);
}

// False: no slice is free for it.
bool copy_stack(Pool &pool, Deferred &entry, const Blocked &blocked) {
  const uint32_t slice = detail::take_slice(pool.blocked_slices);
  entry.slice = slice == detail::kNoSlice ? slice : kMostSlices + slice;
  if (entry.slice == detail::kNoSlice) return false;
  entry.low = blocked.stack.low;
  entry.high = std::min(blocked.stack.high, blocked.stack.low + kSliceBytes);
  std::memcpy(pool.slice[entry.slice], reinterpret_cast<const void *>(entry.low + blocked.delta),
              entry.high - entry.low);
  return true;
}

}  // namespace

void write_copied(const threads::ThreadRecord &thread, const Tick &tick, uint64_t delta, wire::Segment &segment) {
  Deferred entry{};
  note_thread(entry, thread);
  entry.word = thread.element.load(std::memory_order_relaxed);
  entry.time_ns = tick.time_ns;
  entry.weight_ns = tick.weight_ns;
  Room room;
  StackLabel label;
  const unwind::Walk walk = unwind::walk_copy(*tick.registers, tick.stack, delta, room.frames(), &label);
  fill(entry, walk, label, room.sample());
  count_end(segment.counters, walk);
  write(segment, room.sample(), entry.tid);
}

void keep_deferred() {
  if (detail::deferred_pool.load(std::memory_order_relaxed)) return;
  void *at = mmap(nullptr, sizeof(Pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return;
  madvise(at, sizeof(Pool), MADV_DONTFORK);
  madvise(at, sizeof(Pool), MADV_DONTDUMP);
  detail::deferred_pool.store(static_cast<Pool *>(at), std::memory_order_release);
}

detail::Deferred *hold(const threads::ThreadRecord &thread, const Blocked &blocked) {
  Pool *pool = detail::deferred_pool.load(std::memory_order_acquire);
  Deferred *entry = pool ? detail::take_entry(*pool) : nullptr;
  if (!entry) return nullptr;
  note_thread(*entry, thread);
  note_blocked(*entry, blocked);
  if (copy_stack(*pool, *entry, blocked)) return entry;
  release(*pool, *entry);
  return nullptr;
}

void hand_over(Deferred *held, uint64_t time_ns, uint64_t weight_ns) {
  Pool *pool = detail::deferred_pool.load(std::memory_order_acquire);
  held->time_ns = time_ns;
  held->weight_ns = weight_ns;
  pool->count.fetch_add(1, std::memory_order_relaxed);
  held->state.store(detail::kReady, std::memory_order_release);
}

void let_go(Deferred *held) { release(*detail::deferred_pool.load(std::memory_order_acquire), *held); }

uint32_t deferred_count() {
  const Pool *pool = detail::deferred_pool.load(std::memory_order_acquire);
  return pool ? pool->count.load(std::memory_order_relaxed) : 0;
}

uint32_t walk_deferred(wire::Segment &segment, Tables tables) {
  Pool *pool = detail::deferred_pool.load(std::memory_order_acquire);
  if (!pool || pool->count.load(std::memory_order_relaxed) == 0) return 0;
  const uint64_t now = clock::monotonic_ns();
  uint32_t left = 0;
  for (Deferred &entry : pool->entry) {
    uint32_t expected = detail::kReady;
    if (!entry.state.compare_exchange_strong(expected, detail::kHeld, std::memory_order_acquire)) continue;
    if (tables == Tables::kBuilt) entry.tries++;
    const uint64_t patience_ns = entry.blocked ? kBlockedPatienceNs : kPatienceNs;
    const bool last = tables == Tables::kNoMore || entry.tries >= kMostTries || now - entry.time_ns > patience_ns;
    if (walk_and_write(*pool, entry, segment, last)) {
      pool->count.fetch_sub(1, std::memory_order_relaxed);
      release(*pool, entry);
      continue;
    }
    left++;
    entry.state.store(detail::kReady, std::memory_order_release);
  }
  return left;
}

void reset_deferred_after_fork() { detail::deferred_pool.store(nullptr); }

}  // namespace pyro::sampling
