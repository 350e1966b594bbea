// Which rules exist in the whole process?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/dictionary.h"

namespace pyro::unwind {

RuleDictionary::RuleDictionary() {
  // Reserved as a whole so that it never moves under a reader; untouched pages cost nothing.
  if (!rules_.reserve(kCapacity) || !slots_.resize(kSlots)) return;
  rules_.resize(kFirstRule);
}

uint32_t RuleDictionary::hash(const Rule &rule) {
  uint64_t h = 0xcbf29ce484222325ull;
  const auto *bytes = reinterpret_cast<const unsigned char *>(&rule);
  for (size_t i = 0; i < sizeof rule; i += 2) {
    uint16_t two;
    memcpy(&two, bytes + i, sizeof two);
    h = (h ^ two) * 0x100000001b3ull;
  }
  return static_cast<uint32_t>(h ^ h >> 29);
}

uint16_t RuleDictionary::number_of(const Rule &rule) {
  if (rules_.size() < kFirstRule || slots_.empty()) return kRuleBad;
  if (last_ >= kFirstRule && rules_[last_] == rule) return last_;
  uint32_t slot = hash(rule) % kSlots;
  for (; slots_[slot]; slot = (slot + 1) % kSlots)
    if (rules_[slots_[slot]] == rule) return last_ = slots_[slot];
  if (rules_.size() == kCapacity) return kRuleBad;
  const auto number = static_cast<uint16_t>(rules_.size());
  rules_.push(rule);
  slots_[slot] = number;
  return last_ = number;
}

}  // namespace pyro::unwind
