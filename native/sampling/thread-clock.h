// How much CPU time has a thread used, seen from another one? And when, within a period, does something begin?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>

#include "wire/clock-ns.h"

namespace pyro::sampling {

using wire::clock_ns;

inline timespec as_timespec(uint64_t ns) {
  return {static_cast<time_t>(ns / 1000000000), static_cast<long>(ns % 1000000000)};
}

// The kernel's per-thread CPU clock id: ~tid << 3 | per-thread | scheduler clock (linux/posix-timers.h).
inline clockid_t cpu_clock(pid_t tid) { return static_cast<clockid_t>((~static_cast<unsigned>(tid)) << 3 | 6); }

inline uint64_t cpu_of(pid_t tid) { return clock_ns(cpu_clock(tid)); }

// So that threads do not tick in step with each other, nor with a stream. `limit` is not 0.
inline uint64_t random_below(uint64_t limit) {
  static std::atomic<uint64_t> state{0};
  uint64_t x = state.fetch_add(0x9e3779b97f4a7c15ull) + clock_ns(CLOCK_MONOTONIC);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ x >> 27) * 0x94d049bb133111ebull;
  return (x ^ x >> 31) % limit;
}

}  // namespace pyro::sampling
