// How long does a buffer stay in a queue, and which ones never come out?
//
// A buffer is noted when it is given to the queue and found again, by its address and time stamp, when the queue gives
// it on: both in the order of the queue. What stands before the one that was found never came out: dropped by a leaky
// queue, or by a flush. It waits from the moment the queue's function returned, not while that one blocks on a full
// queue. One writer at each side; memory is bounded, and what does not fit is neither measured nor guessed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "wire/cells.h"

namespace pyro::timing {

class Residence {
 public:
  static constexpr uint32_t kCapacity = 1024;  // buffers inside at a time; 24 KiB
  static constexpr uint64_t kNowhere = ~uint64_t{0};

  struct Taken {
    bool found;
    uint64_t waited;   // ticks; 0 when it was taken before the queue's function came back
    uint64_t skipped;  // older ones that never came out
  };

  // By the thread that gives it to the queue, before. Returns its place, or kNowhere when there is no room.
  uint64_t put(const void *buffer, uint64_t stamp);
  // By the same thread, when the queue's function came back.
  void settle(uint64_t place, uint64_t ticks);
  // By the thread that the queue gives it on in.
  Taken take(const void *buffer, uint64_t stamp, uint64_t ticks);

  // The same, booked on the queue's cell, which the caller alone writes.
  void take_into(wire::Cell &cell, const void *buffer, uint64_t stamp, uint64_t ticks);

  // By the thread that takes: of what is inside nothing is known any more (nobody looked for a while).
  void forget() { tail_.store(head_.load(std::memory_order_acquire), std::memory_order_release); }

  uint64_t level() const { return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_relaxed); }
  uint64_t highest() const { return highest_.load(std::memory_order_relaxed); }
  // Nobody else may use it.
  void clear();

 private:
  struct Entry {
    const void *buffer;
    uint64_t stamp;
    std::atomic<uint64_t> since;  // ticks; 0 = still being put in
  };
  std::atomic<uint64_t> head_{0};  // next free place
  std::atomic<uint64_t> tail_{0};  // oldest one inside
  std::atomic<uint64_t> highest_{0};
  Entry entries_[kCapacity] = {};
};

}  // namespace pyro::timing
