// Where does time go that is spent on no CPU? Some times a second a thread of ours looks at all others from outside.
//
// Time between two looks that a thread was on no CPU is its wall time less its CPU clock, and less the time that it was
// ready and waited for a CPU. It is booked on the stack that it is found blocked in; a thread that runs when looked at
// keeps it until it is found blocked. So the sums of a thread are exact, whatever the rate. A thread whose CPU clock
// has not moved is where it was: then nothing else is asked.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "wire/segment.h"

namespace pyro::sampling {

inline constexpr uint32_t kHighestWallRate = 250;  // Hz

// Background thread, now and then: the thread that looks runs if Control::wall_rate asks for it. False: it could not
// be started.
bool keep_wall(wire::Segment &segment);
// Writes what is booked so far. Any thread; waits for a look under way.
void flush_wall(wire::Segment &segment);
// No more looks; what is booked is written, unless a look takes too long.
void stop_wall(wire::Segment &segment);

// In a forked child: thread and looks stayed with the parent.
void reset_wall_after_fork();

}  // namespace pyro::sampling
