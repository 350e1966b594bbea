// How do learned sites become something that a walk finds in one look?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/label-sites.h"

namespace pyro::unwind {

SiteTable site_table;

bool SiteTable::publish(const Site *sites, uint32_t count) {
  if (count == 0 || count > kMostSites || published()) return false;
  uint64_t low = sites[0].address, high = low;
  bool seen[kSiteKinds] = {};
  for (uint32_t i = 0; i < count; i++) {
    const Site &site = sites[i];
    if (site.kind == 0 || site.kind >= kSiteKinds || site.reg >= 32) return false;
    if (seen[site.kind] && adjust_[site.kind] != site.adjust) return false;
    seen[site.kind] = true;
    adjust_[site.kind] = site.adjust;
    if (site.address < low) low = site.address;
    if (site.address > high) high = site.address;
  }
  if (high - low > UINT32_MAX) return false;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = slot_of(sites[i].address);
    while (slots_[slot].packed != 0) slot = (slot + 1) % kSlots;
    slots_[slot] = {static_cast<uint32_t>(sites[i].address - low), pack_site(sites[i].reg, sites[i].kind)};
  }
  low_ = low;
  span_ = high - low;
  ready_.store(true, std::memory_order_release);  // partner: published
  return true;
}

}  // namespace pyro::unwind
