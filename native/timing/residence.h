// How long does a buffer stay in a queue, and which ones never come out?
//
// A buffer is noted when it is given to the queue and found again, by its address and time stamp, when the queue gives
// it on: both in the order of the queue. What stands before the one that was found never came out: dropped by a leaky
// queue. What is inside at a flush is counted apart. It waits from the moment the queue's function returned, not while
// that one blocks on a full queue. One writer at each side; memory is bounded, and what does not fit is neither
// measured nor guessed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "timing/trace-context.h"
#include "wire/cells.h"

namespace pyro::timing {

class Residence {
 public:
  static constexpr uint32_t kCapacity = 1024;  // buffers inside at a time; 32 KiB
  static constexpr uint64_t kNowhere = ~uint64_t{0};

  // What a queue that is full throws away. As GstQueue's property "leaky" counts.
  enum Leak : int { kNothing, kNewest, kOldest };

  struct Taken {
    bool found;
    uint64_t waited;   // ticks; 0 when it was taken before the queue's function came back
    uint64_t skipped;  // older ones that never came out
    uint64_t stayed;   // ticks since the queue's function was called, blocking on a full queue included
    TraceContext context = {};
  };

  // Else the high-water mark would count those that leaked and are not known to be gone yet.
  void leaks(Leak which) { leak_.store(which, std::memory_order_relaxed); }

  // By the thread that gives it to the queue, before, at `ticks`. Returns its place, or kNowhere when there is no room.
  // `carries`: its trace, while spans are wanted; nullptr = none.
  uint64_t put(const void *buffer, uint64_t stamp, uint64_t ticks = 0, const TraceContext *carries = nullptr);
  // By the same thread, when the queue's function came back.
  void settle(uint64_t place, uint64_t ticks);
  // By the thread that the queue gives it on in.
  Taken take(const void *buffer, uint64_t stamp, uint64_t ticks);
  // By the same thread, when it has given it on: from now the queue may give out the next one.
  void come_back() { settled_at_return_.store(settled_.load(std::memory_order_acquire), std::memory_order_relaxed); }

  // The same, booked on the queue's cell, which the caller alone writes. Returns what the buffer carried.
  // `transit`: another cell for how long it stayed; nullptr = not asked for.
  TraceContext take_into(wire::Cell &cell, wire::Cell *transit, const void *buffer, uint64_t stamp, uint64_t ticks);

  // By the thread that takes: of what is inside nothing is known any more (it was not looked at for a while).
  void forget() { tail_.store(head_.load(std::memory_order_acquire), std::memory_order_release); }

  // By the thread that brings the begin of a flush: of what is known here, no more than so many are really inside. What
  // is here besides was dropped since the last one came out.
  void begin_flush(uint64_t most);
  // By the thread that brings its end: the queue is stopped at both sides, and has thrown away what was inside.
  void flush();
  // Where flushed buffers are booked; nullptr: nowhere. By the pad that has the cell.
  void book_on(wire::Cell *cell) { books_.store(cell, std::memory_order_release); }

  uint64_t level() const { return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_relaxed); }
  uint64_t highest() const { return highest_.load(std::memory_order_relaxed); }
  // No other thread may use it meanwhile.
  void clear();

 private:
  // How many were certainly at one time inside of a queue that leaks, now that the entry at `place` came out.
  uint64_t inside_with(uint64_t place) const;
  void mark(uint64_t inside);
  // By the thread that puts.
  void show_level();
  uint64_t find(const void *buffer, uint64_t stamp, uint64_t tail, uint64_t head) const;

  struct Entry {
    const void *buffer;
    uint64_t stamp;
    uint64_t arrived;             // ticks
    std::atomic<uint64_t> since;  // ticks; 0 = still being put in
  };
  std::atomic<uint64_t> head_{0};  // next free place
  std::atomic<uint64_t> tail_{0};  // oldest one inside
  uint64_t tail_at_put_ = 0;       // the same at the last put, whose thread alone uses it
  std::atomic<uint64_t> highest_{0};
  std::atomic<wire::Cell *> books_{nullptr};
  std::atomic<uint64_t> inside_{kNowhere};  // at the begin of a flush
  std::atomic<Leak> leak_{kNothing};
  std::atomic<uint32_t> taken_{0};              // found ones
  std::atomic<uint64_t> settled_{0};            // place behind the last one whose put is over
  std::atomic<uint64_t> settled_at_return_{0};  // the same, when the thread that takes came back to the queue
  std::atomic<uint64_t> settled_at_take_{0};    // the same, at the last take
  Entry entries_[kCapacity] = {};
  uint32_t taken_before_[kCapacity] = {};  // of an entry, where the queue leaks: when its put was over
  // As the entry. Apart and not initialized, so that without spans none of it is touched: 32 KiB.
  TraceContext contexts_[kCapacity];
  std::atomic<uint64_t> carries_since_{kNowhere};  // first place that was put with a context; the ones before have none
};

}  // namespace pyro::timing
