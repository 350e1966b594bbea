// How does a rule fit where a cold walk reads it in one cache line together with what else it needs?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/rule.h"

namespace pyro::unwind {

// A rule in 16 bytes on x86-64. Rules that do not fit, hardly any, are not cached.
struct PackedRule {
  int32_t offset;
  uint16_t based;
  uint8_t cfa;
  uint8_t reg;
  int8_t post;
  int8_t ra;
  int8_t saved[kSavedCount];

  // Not a rule: no CFI covers this code, its caller is searched for.
  static constexpr uint8_t kNoRule = 0x7f;
  static constexpr int8_t kSame = INT8_MIN, kLost = INT8_MIN + 1;
  static bool pack_slot(int16_t slot, int8_t *out) {
    if (slot == kSlotSame || slot == kSlotLost) {
      *out = slot == kSlotSame ? kSame : kLost;
      return true;
    }
    *out = static_cast<int8_t>(slot);
    return slot > kLost && slot <= INT8_MAX;
  }
  static int16_t unpack_slot(int8_t slot) {
    return slot <= kLost ? static_cast<int16_t>(slot - kSame + kSlotSame) : int16_t{slot};
  }
  bool pack(const Rule &rule) {
    offset = rule.offset;
    based = rule.based;
    cfa = rule.cfa;
    reg = rule.reg;
    post = static_cast<int8_t>(rule.post);
    bool fits = post == rule.post && pack_slot(rule.ra, &ra);
    for (uint32_t i = 0; i < kSavedCount; i++) fits &= pack_slot(rule.saved[i], &saved[i]);
    return fits;
  }
  void unpack(Rule *rule) const {
    rule->cfa = cfa;
    rule->reg = reg;
    rule->based = based;
    rule->offset = offset;
    rule->post = post;
    rule->ra = unpack_slot(ra);
    for (uint32_t i = 0; i < kSavedCount; i++) rule->saved[i] = unpack_slot(saved[i]);
  }
};
static_assert(kSlotLost == kSlotSame + 1 && PackedRule::kLost == PackedRule::kSame + 1);

}  // namespace pyro::unwind
