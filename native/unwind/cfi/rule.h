// How does one frame lead to its caller? A rule: where the frame ends (CFA) and where registers were kept.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <cstring>

#include "unwind/cfi/registers.h"

namespace pyro::unwind {

enum CfaKind : uint8_t {
  kCfaRegister,      // CFA = reg + offset
  kCfaDeref,         // CFA = *(reg + offset) + post: the stack was realigned
  kCfaPlt,           // CFA = reg + offset, and 8 more once (pc & 15) >= post: lazy binding pushes in mid-entry
  kCfaSignal,        // the kernel put every register on the stack
  kCfaGuess = 0x80,  // a bit: told from a prologue, not from a table; to be checked (assembly.h)
};

// A slot is a place in units of 8 bytes from the CFA (or from `reg` where its bit of `based` is set).
inline constexpr int16_t kSlotSame = INT16_MIN;  // still in the register
inline constexpr int16_t kSlotLost =
    INT16_MIN + 1;  // nowhere; for the return address: this is the thread's first frame

// Compared and hashed as bytes: no padding.
struct Rule {
  uint8_t cfa;
  uint8_t reg;
  uint16_t based;  // bit i: saved[i] counts from `reg`
  int32_t offset;
  int16_t post;
  int16_t ra;
  int16_t saved[kSavedCount];  // in the order of kSaved

  bool operator==(const Rule &other) const { return memcmp(this, &other, sizeof *this) == 0; }
};
static_assert(sizeof(Rule) == 12 + 2 * kSavedCount + (kSavedCount & 1) * 2);

// The first numbers of the dictionary stand for the absence of a rule.
inline constexpr uint16_t kRuleNone = 0;  // a gap: no CFI covers this code
inline constexpr uint16_t kRuleBad = 1;   // CFI that we do not carry out
inline constexpr uint16_t kFirstRule = 2;

}  // namespace pyro::unwind
