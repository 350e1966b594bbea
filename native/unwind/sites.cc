// How do learned sites become something that a walk finds in one look?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/sites.h"

namespace pyro::unwind {

SiteTable site_table;

bool SiteTable::publish(const Site *sites, uint32_t count) {
  if (count == 0 || count > kMostSites || published()) return false;
  uint64_t low = sites[0].address, high = low;
  for (uint32_t i = 0; i < count; i++) {
    sites_[i] = sites[i];
    if (sites[i].address < low) low = sites[i].address;
    if (sites[i].address > high) high = sites[i].address;
    uint32_t slot = slot_of(sites[i].address);
    while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
    slots_[slot] = static_cast<uint8_t>(i + 1);
  }
  low_ = low;
  span_ = high - low;
  ready_.store(true, std::memory_order_release);  // partner: published
  return true;
}

}  // namespace pyro::unwind
