// Was this push slow, by what was asked for or by what its pad is used to?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "wire/segment.h"

namespace pyro::timing {

// The 99th percentiles of some pads as a thread knows them: found in their histograms, and again after as many calls as
// the first time.
struct SlowPads {
  static constexpr uint32_t kPads = 64;
  struct Known {
    const wire::Cell *cell;
    uint64_t calls;
    uint64_t p99_ns;
  };
  Known known[kPads];
};

bool is_slow(SlowPads &pads, const wire::Segment &segment, const wire::Cell *cell, uint64_t duration_ns);

}  // namespace pyro::timing
