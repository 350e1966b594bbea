// Where does time go that is spent on no CPU? A thread of ours samples all others some times a second, without a
// signal.
//
// Between two samples, a thread was off-CPU for its wall time less its CPU clock, and less the time that it was ready
// and waited for a CPU. That is booked on the stack that it is found blocked in; of a thread that runs when sampled it
// is kept until the thread is found blocked. So the sums of a thread are exact at any rate. A thread whose CPU clock
// has not moved is where it was: then nothing else is read.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kHighestOffCpuRate = 250;  // Hz

// Background thread, once a round: samples as Control::enabled and Control::wall_rate ask for by now, and starts the
// sampler's thread for it. False: it could not be started.
bool keep_off_cpu_sampler(wire::Segment &segment);
// Writes what is booked so far. Any thread; waits up to 200 ms for a round of samples under way.
void flush_off_cpu(wire::Segment &segment);
// Ends sampling; what is booked is written, unless a round takes longer than 200 ms.
void stop_off_cpu(wire::Segment &segment);

// In a forked child: the sampler's thread and what it kept stayed with the parent.
void reset_off_cpu_after_fork();

}  // namespace pyro::sampling
