// Which rules exist in the whole process? A few thousand, however many rows point at them.
//
// Append-only: a number once given out means the same rule for ever, so a signal handler may read while one background
// thread adds. What is added becomes visible with the snapshot that first uses it.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/mapped-array.h"
#include "unwind/cfi/rule.h"

namespace pyro::unwind {

class RuleDictionary {
 public:
  static constexpr uint32_t kCapacity = 16384;  // 191 modules with LLVM need about 3800

  RuleDictionary();
  // The number of `rule`; kRuleBad when the dictionary is full.
  uint16_t number_of(const Rule &rule);
  const Rule *rules() const { return rules_.data(); }
  uint32_t size() const { return static_cast<uint32_t>(rules_.size()); }
  size_t bytes() const { return size() * sizeof(Rule) + slots_.size() * sizeof(uint16_t); }

 private:
  static constexpr uint32_t kSlots = 2 * kCapacity;
  static uint32_t hash(const Rule &rule);

  MappedArray<Rule> rules_;
  MappedArray<uint16_t> slots_;  // open addressing; 0 = free
  uint16_t last_ = kRuleBad;     // neighbouring rows often agree
};

}  // namespace pyro::unwind
