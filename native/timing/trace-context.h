// What does a buffer carry through a queue, so that its trace goes on behind it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::timing {

struct TraceContext {
  uint64_t high = 0, low = 0;  // trace id; 0 = no trace
  uint64_t span = 0;
  bool sampled = false;

  explicit operator bool() const { return (high | low) != 0; }
};

}  // namespace pyro::timing
