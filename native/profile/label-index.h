// Which label set has a sample? One small number for each combination of its ids: element, thread, chain.
//
// What a label set is called, how many there may be, and which combinations are alike, the agent decides: it is asked
// for the number of a combination once, when that first comes.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "profile/hash-index.h"

namespace pyro::profile {

// A label set's number is given by the agent.
using LabelSet = int64_t;

class LabelIndex {
 public:
  // Looks at all records. Where `version` is another one than at the look before, everything known is forgotten first.
  // Combinations that are not known are in unknown() afterwards, in the order in which they came.
  void look(const unsigned char *records, size_t size, uint64_t version);
  // The ids of each, one combination behind the other: element, thread, its number, length of the chain, the chain.
  const std::vector<uint32_t> &unknown() const { return unknown_; }
  // Their numbers. False: not one for each, and nothing is learnt.
  bool learn(const std::vector<LabelSet> &numbers);
  // Of each record of the last look, once all are known; that of a sample that a window refuses is 0.
  std::vector<LabelSet> sets() const;

 private:
  struct Combination {
    size_t at;  // in ids_
    uint32_t length;
    LabelSet set;
  };
  uint32_t number_of(const uint32_t *ids, uint32_t length);
  void forget();

  HashIndex index_;
  std::vector<Combination> combinations_;
  std::vector<uint32_t> ids_;
  size_t learnt_ = 0;           // those of combinations_ that have their label set
  uint64_t version_ = 0;        // what is known holds for it
  std::vector<uint32_t> seen_;  // by record of the last look: its combination, or kNoNumber
  std::vector<uint32_t> unknown_;
};

}  // namespace pyro::profile
