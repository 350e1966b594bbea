// At which return addresses does a register hold something worth knowing, and which one?
//
// A site is a call in somebody's code: when a walk arrives at its return address, the caller's frame still has `reg`, a
// register that callees preserve, as it was at the call. What the value means is the business of whoever published the
// sites; here it is a number. Learned once, published once, never freed: code that is never unloaded.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

namespace pyro::unwind {

struct Site {
  uint64_t address;  // of the instruction after the call
  int32_t adjust;    // added to the register
  uint8_t reg;       // DWARF number
  uint8_t kind;      // the publisher's; not 0
};

inline constexpr uint32_t kMostSites = 96;

// Told of each site that a walk passes, from the leaf outwards. Runs in signal handlers. The values of a frame that
// stands behind code without CFI may be anything: they are checked by who gets them.
struct SiteSink {
  void (*found)(SiteSink &self, uint8_t kind, uint64_t value);
};

class SiteTable {
 public:
  // Background thread or start of a session; false = more than kMostSites. What was published before stays.
  bool publish(const Site *sites, uint32_t count);
  bool published() const { return ready_.load(std::memory_order_acquire); }

  // 0 = no site, else number of the site plus one: small enough to be remembered by whoever remembers addresses.
  uint8_t number_at(uint64_t address) const {
    if (address - low_ > span_) return 0;
    for (uint32_t slot = slot_of(address);; slot = (slot + 1) % kSlots) {
      const uint8_t number = slots_[slot];
      if (number == 0 || sites_[number - 1].address == address) return number;
    }
  }
  const Site &site(uint8_t number) const { return sites_[number - 1]; }

 private:
  static constexpr uint32_t kSlots = 256;
  static uint32_t slot_of(uint64_t address) { return static_cast<uint32_t>((address * 0x9e3779b97f4a7c15ull) >> 56); }
  Site sites_[kMostSites] = {};
  uint8_t slots_[kSlots] = {};
  uint64_t low_ = 0, span_ = 0;
  std::atomic<bool> ready_{false};
};

extern SiteTable site_table;

}  // namespace pyro::unwind
