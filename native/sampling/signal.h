// What happens when a timer fires? The one signal handler, and everything it may reach.
//
// Reachable from here: this file, stack-bounds.cc, threads/*.h, unwind's walk, wire's ring, cells and counters, the
// clock's inline reads. No lock, no malloc, no log, no lazy TLS, errno kept; test/native/sampling compares undefined
// symbols with a list.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::sampling {

// Marks a timer's signal as ours: upper half of its value, the thread's slot is the lower half.
inline constexpr uint64_t kCookie = 0x50b1a5ull << 32;

// Takes the first real-time signal from SIGRTMAX-2 downwards whose disposition is default; when there is none, shares
// one and passes on what is not ours. Returns its number, 0 = none.
int install_handler();
// Of perf's events: no real-time signal (perf-events.h), and one that nothing sends any more since coprocessors are
// part of the processor.
inline constexpr int kPerfSignal = 16;  // SIGSTKFLT
// False: it has another handler.
bool install_perf_handler();
// True while the disposition is still ours. Background thread.
bool handler_is_ours(int signal);

}  // namespace pyro::sampling
