// What is learned from a pad's event and query functions?
//
// They are wrapped like the data functions (install.h), on pads of both directions. Their time is no longer the time of
// whoever pushed the buffer that brought the event; segments tell running times (stream-point.h); latency queries tell
// what elements say of themselves. Any thread may call them, several at once: all writes here are atomic adds.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/owner.h"
#include "timing/control.h"

namespace pyro::pads {

// Once, before anything is wrapped.
void prepare_control(const Owner &owner);
// Event and query functions of a pad. Under the registry's mutex.
void wrap_control(PadState &state);
// One call that was timed in the live session; the caller has the pad referenced. `kind`: wire::CellKind.
void book_control(PadState &state, uint32_t kind, const timing::ControlTime &time);

}  // namespace pyro::pads
