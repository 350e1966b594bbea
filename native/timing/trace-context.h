// What does a buffer carry through a queue, so that its trace goes on behind it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::timing {

// Without initializers: rings of it are left untouched until they are used. `{}` is no trace.
struct TraceContext {
  uint64_t high, low;  // trace id; 0 = no trace
  uint64_t span;
  bool sampled;

  explicit operator bool() const { return (high | low) != 0; }
};

}  // namespace pyro::timing
