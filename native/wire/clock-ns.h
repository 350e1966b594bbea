// What does a clock of the kernel show, in nanoseconds? Both processes compare such times.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <time.h>

#include <cstdint>

namespace pyro::wire {

// 0 when there is no such clock or, for a thread's, when the thread is gone.
inline uint64_t clock_ns(clockid_t clock) {
  timespec t{};
  if (clock_gettime(clock, &t) != 0) return 0;
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace pyro::wire
