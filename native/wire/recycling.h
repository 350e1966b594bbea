// When may the room of what is gone be used again? Once the reader has it.
//
// What goes gets a number: that of its going. The reader notes the latest number, then takes all records, cells and
// names, and acknowledges the number: it needs nothing any more that went before. Without a reader nothing is
// acknowledged, so nothing is used again. The target believes no acknowledgement beyond its own numbers; one that is a
// lie costs the liar names and counts, because everything that the target itself needs is kept outside of the segment.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

namespace pyro::wire {

struct Recycling {
  std::atomic<uint64_t> retired;       // by the target: cells and names that went so far
  std::atomic<uint64_t> asked;         // by the target: it is short of room, up to this number
  std::atomic<uint64_t> acknowledged;  // by the reader
};

// The target's half; the caller locks.
class Retirement {
 public:
  explicit Retirement(Recycling &words) : words_(words) {}
  // The number of what goes now. Behind the last write to it.
  uint64_t retire() {
    words_.retired.store(++count_, std::memory_order_release);  // partner: retired_so_far
    return count_;
  }
  bool is_acknowledged(uint64_t number) const {
    const uint64_t acknowledged = words_.acknowledged.load(std::memory_order_acquire);  // partner: acknowledge
    return acknowledged >= number && acknowledged <= count_;
  }
  // Room is short: the reader should not wait for its next look, if it is worth one.
  void ask() {
    if (count_ - words_.acknowledged.load(std::memory_order_relaxed) >= kWorthALook)
      words_.asked.store(count_, std::memory_order_relaxed);
  }

 private:
  static constexpr uint64_t kWorthALook = 256;
  Recycling &words_;
  uint64_t count_ = 0;
};

// The reader's half: before it takes anything, …
inline uint64_t retired_so_far(const Recycling &words) { return words.retired.load(std::memory_order_acquire); }
// … and when it has taken everything.
inline void acknowledge(Recycling &words, uint64_t number) {
  words.acknowledged.store(number, std::memory_order_release);
}
inline bool is_asked(const Recycling &words) {
  return words.asked.load(std::memory_order_relaxed) > words.acknowledged.load(std::memory_order_relaxed);
}

}  // namespace pyro::wire
