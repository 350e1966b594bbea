// How does the table of numbers grow?
// SPDX-License-Identifier: MPL-2.0
#include "profile/hash-index.h"

#include <algorithm>
#include <utility>

namespace pyro::profile {

void HashIndex::add(uint64_t hash, uint32_t number) {
  if (2 * (used_ + 1) > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot &slot : old)
      if (slot.number != kNoNumber) put(slot);
  }
  put({hash, number});
  used_++;
}

void HashIndex::clear() {
  if (used_ > 0) std::fill(slots_.begin(), slots_.end(), Slot{});
  used_ = 0;
}

void HashIndex::put(const Slot &slot) {
  const size_t mask = slots_.size() - 1;
  size_t at = slot.hash & mask;
  while (slots_[at].number != kNoNumber) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace pyro::profile
