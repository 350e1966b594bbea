// How long did a pad's event or query function take, and how much of that was its own?
//
// A frame like any other, so that negotiation inside a push is not the pusher's own time; but no data: the sampler's
// word stays as it was, and an event between two root calls takes nothing from the driver's gap but its own time.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "timing/timing.h"

namespace pyro::timing {

// Returns the depth to leave with; 0 = not timed (a thread without a session, or half of the
// stack is used).
uint32_t enter_control(threads::ThreadRecord *thread, wire::Segment *segment, const void *key, uint32_t kind);

struct ControlTime {
  bool timed, nested;  // nested: the function called itself; time of its own, but no call
  uint64_t inclusive_ns, exclusive_ns;
};
// The partner of enter_control, in the same session.
ControlTime leave_control(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind,
                          uint32_t depth);

}  // namespace pyro::timing
