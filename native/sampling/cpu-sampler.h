// Which threads are sampled while they run, how often, and do their samples add up to what the kernel says?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "sampling/engine.h"
#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kHighestRate =
    10000;  // Hz; the kernel's tick (often 250 Hz) caps what really arrives, weights stay right

// Samples all known threads and those that appear, `rate_hz` times in each second of a thread's CPU time. A thread that
// `engine` cannot sample gets a timer. Returns nullptr, or a sentence that says why nothing is sampled.
const char *start(uint32_t rate_hz, Engine &engine = timer_engine());
// Disarms everything. The handler stays installed: a pending signal must never meet the default disposition.
void stop();
// Samples at another rate from now on, in Hz; 0 = no samples. Clamped to kHighestRate. Nothing happens before start().
// True: it is another one than before. `engine`: another one from now on; nullptr: the same.
bool set_rate(uint32_t rate_hz, Engine *engine = nullptr);

enum class PollResult { kOk, kSignalTaken };
// Background thread, about ten times a second: tries refused threads again, adds up CPU clocks, checks that the signal
// is still ours (kSignalTaken: another library took it, sampling is off now).
PollResult poll_clocks(wire::Segment &segment);

// In a forked child: timers stayed with the parent.
void reset_after_fork();

}  // namespace pyro::sampling
