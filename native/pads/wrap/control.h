// What is measured in a pad's event and query functions?
//
// They are wrapped like the data functions (install.h), on source and sink pads. Their time is taken out of the time of
// the element whose push brought the event; segment events give running times (stream-point.h); latency queries give
// the latency that elements report. Several threads may call them at once, so all counters are updated by atomic adds.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/owner.h"
#include "timing/control.h"

namespace pyro::pads {

// Registers the wrappers and the owner. Call once, before any pad is wrapped.
void prepare_control(const Owner &owner);
// Wraps the event and query functions of a pad. The caller holds the registry's mutex.
void wrap_control(PadState &state);
// Adds one timed call to the counters of the pad, and to its cell once its calls have taken kWorthACell together. The
// caller holds a reference to the pad. `kind`: wire::CellKind.
void book_control(PadState &state, uint32_t kind, const timing::ControlTime &time);

}  // namespace pyro::pads
