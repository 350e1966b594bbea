// At which return addresses of GStreamer does a register hold a pad, in every single observation?
//
// Knows no pads: it compares registers of frames with values that it was told to expect. A register that calls preserve
// is a slot of a return address only if it held an expected value every time that the address was seen, over all routes
// and callers; one observation without it, and it is out.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "pads/learning/roles.h"
#include "threads/live-pads.h"

namespace pyro::pads {

// What one frame was seen to hold, and where. An address that callers may meet again in other stacks.
struct Slot {
  uint64_t address;
  int32_t adjust;  // to be added to the register's value to get the pad
  uint8_t reg;     // DWARF number
  threads::StackValue kind;
};

class SlotObserver {
 public:
  static constexpr uint32_t kMostAddresses = 128;

  // What the functions that are called from now on stand for; the pads of one trial. nullptr = none.
  struct Expected {
    const void *inside[2];   // their functions run: at the innermost place, then behind a ghost pad
    const void *pushing[2];  // through these it is pushed or pulled
    const void *driving;     // the lock of the task that runs
    Route route;             // what was called, and which function thereby
  };

  // `code`: an address in the module whose frames are observed, `lock_offset`: of the lock inside its pad.
  SlotObserver(const void *code, int32_t lock_offset);
  void expect(const Expected &expected) { expected_ = expected; }
  // Called from a function of the expected pad: looks at the frames outside of it. Not in a signal handler.
  void observe();
  // The slots found so far, at most `most`; returns how many.
  uint32_t slots(Slot *out, uint32_t most) const;
  uint32_t observations() const { return observations_; }
  const RoleObserver &roles() const { return roles_; }

 private:
  struct Address {
    uint64_t at = 0;
    uint32_t inside = ~0u, pushing = ~0u, driving = ~0u;  // bit i: saved register i held it each time
    uint32_t seen = 0;
    uint64_t pad = 0;  // the first one that was seen, to know that others came
    bool direct = false, handling = true, several = false;
  };
  struct Walk;

  static int frame(void *context, void *walk);
  void note(uint64_t address, const uint64_t *registers, bool direct);
  Address *address_of(uint64_t at);
  uint32_t held(const uint64_t *registers, const void *first, const void *second) const;

  const int32_t lock_offset_;
  uint64_t low_ = 0, high_ = 0;  // the observed module
  Expected expected_{};
  Address addresses_[kMostAddresses];
  uint32_t count_ = 0, observations_ = 0;
  RoleObserver roles_;
};

}  // namespace pyro::pads
