// When is a thread sampled? One timer per thread on that thread's CPU clock: it fires only while the thread runs, so it
// practically never interrupts a blocking call.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kHighestRate =
    10000;  // Hz; the kernel's tick (often 250 Hz) caps what really arrives, weights stay right

enum class Engine : uint8_t {
  kTimer,  // one timer a thread, up to the kernel's tick
  kPerf,   // one event of perf a thread (perf-events.h)
};

// Installs the handler and arms timers for all known threads and those that appear. Returns a sentence why not, or
// nullptr.
const char *start(uint32_t rate_hz, Engine engine = Engine::kTimer);
// Disarms everything. The handler stays installed: a pending signal must never meet the default disposition.
void stop();
// Re-arms with another rate; 0 = no samples. Clamped to kHighestRate.
void set_rate(uint32_t rate_hz);

enum class Look { kFine, kStolen };
// Background thread, about ten times a second: retries refused timers, adds up CPU clocks, checks that the signal is
// still ours (kStolen: somebody took it, sampling is off now).
Look look(wire::Segment &segment);

// In a forked child: timers stayed with the parent.
void reset_after_fork();

}  // namespace pyro::sampling
