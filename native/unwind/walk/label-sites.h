// At which return addresses does a register hold something worth knowing, and which one?
//
// A site is a call in a library's code: when a walk arrives at its return address, the caller's frame still has `reg`,
// a register that callees preserve, as it was at the call. What the value means is known by the publisher of the sites;
// here it is a number. Learned once, published once, never freed: code that is never unloaded.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

namespace pyro::unwind {

struct Site {
  uint64_t address;  // of the instruction after the call
  int32_t adjust;    // added to the register
  uint8_t reg;       // DWARF number, below 32
  uint8_t kind;      // the publisher's; 1 to 7
};

inline constexpr uint32_t kMostSites = 96;

// Told of each site that a walk passes, from the leaf outwards. Runs in signal handlers. The values of a frame that
// stands behind code without CFI may be anything: they are checked by who gets them.
struct SiteSink {
  void (*found)(SiteSink &self, uint8_t kind, uint64_t value);
};

// Register and kind of a site in one byte, small enough to be remembered with an address; 0 = no site.
inline constexpr uint8_t pack_site(uint8_t reg, uint8_t kind) { return static_cast<uint8_t>(kind << 5 | reg); }
inline constexpr uint8_t site_register(uint8_t packed) { return packed & 31; }
inline constexpr uint8_t site_kind(uint8_t packed) { return packed >> 5; }
inline constexpr uint32_t kSiteKinds = 8;

class alignas(64) SiteTable {
 public:
  // Background thread or start of a session; false = more than kMostSites, or two sites of one kind whose adjustments
  // differ. What was published before stays.
  bool publish(const Site *sites, uint32_t count);
  bool published() const { return ready_.load(std::memory_order_acquire); }

  // The site that a call returning to `address` is, packed.
  uint8_t at(uint64_t address) const {
    if (address - low_ > span_) return 0;
    for (uint32_t slot = slot_of(address);; slot = (slot + 1) % kSlots) {
      if (slots_[slot].packed == 0 || slots_[slot].offset == address - low_) return slots_[slot].packed;
    }
  }
  // What is added to the register of a site of that kind.
  int32_t adjust(uint8_t kind) const { return adjust_[kind]; }

 private:
  struct Slot {
    uint32_t offset;  // from low_
    uint8_t packed;   // 0 = free
  };
  static constexpr uint32_t kSlots = 256;
  static uint32_t slot_of(uint64_t address) { return static_cast<uint32_t>((address * 0x9e3779b97f4a7c15ull) >> 56); }
  // One line: all that a walk with a cache needs.
  std::atomic<bool> ready_{false};
  uint64_t low_ = 0, span_ = 0;
  int32_t adjust_[kSiteKinds] = {};
  Slot slots_[kSlots] = {};
};

extern SiteTable site_table;

}  // namespace pyro::unwind
