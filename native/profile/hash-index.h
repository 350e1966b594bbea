// Which of the numbers with this hash is meant? An open hash table of numbers from 0; what they stand for is the
// caller's business.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyro::profile {

inline constexpr uint32_t kNoNumber = UINT32_MAX;

// One step of a hash, the first of them after a seed.
inline uint64_t mix(uint64_t hash, uint64_t value) {
  const uint64_t product = (hash ^ value) * 0x9e3779b97f4a7c15ull;
  return product ^ (product >> 29);
}

class HashIndex {
 public:
  HashIndex() : slots_(kFirstSlots) {}

  // The number with this hash that `is_same` takes; kNoNumber if there is none.
  template <typename IsSame>
  uint32_t find(uint64_t hash, IsSame &&is_same) const {
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask; slots_[at].number != kNoNumber; at = (at + 1) & mask)
      if (slots_[at].hash == hash && is_same(slots_[at].number)) return slots_[at].number;
    return kNoNumber;
  }

  // `number`: below kNoNumber.
  void add(uint64_t hash, uint32_t number);
  // Keeps its size: what comes next is as much.
  void clear();

 private:
  static constexpr size_t kFirstSlots = 1024;
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kNoNumber;  // free
  };
  void put(const Slot &slot);

  std::vector<Slot> slots_;  // their number is a power of two
  size_t used_ = 0;
};

}  // namespace pyro::profile
