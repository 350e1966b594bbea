// What is the least that a rule of a test says? The caller's stack pointer, and where its return address is.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/rule.h"

namespace pyro::unwind::test {

// `offset`: bytes from the stack pointer to the caller's.
inline Rule plain_rule(int32_t offset) {
  Rule rule{};
  rule.reg = kStackPointer;
  rule.offset = offset;
  rule.ra = -1;
  for (int16_t &slot : rule.saved) slot = kSlotSame;
  return rule;
}

}  // namespace pyro::unwind::test
