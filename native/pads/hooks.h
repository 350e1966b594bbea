// What do GStreamer's own tracer hooks show that wrapped functions do not?
//
// timing=hooks registers them besides wrapping: time between a push and the function behind it (blocking probes, events
// that are sent again, the wait for the stream lock), and changes of state. Everything else is measured as with
// timing=wrap, so buffers and times of functions are the same; but one registered hook switches on GStreamer's dispatch
// at every hook point of the process, and that is what this engine costs.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/watch.h"

namespace pyro::pads {

// A change of an element's state, with and without those of its children, while it was referenced.
struct StateChange {
  GstElement *element;
  GstStateChange transition;
  bool failed;
  uint64_t inclusive_ns, exclusive_ns;
};

// Once a process, with a tracer that lives for ever. `changed` is called in the thread that changes the state.
// Only hooks that this GStreamer knows are registered: an unknown name would be called at every hook.
// Not while buffers flow: GStreamer keeps hooks in a table without a lock, which every push of the process reads from
// the first hook on. Nor can one be taken back.
void register_hooks(gpointer tracer, void (*changed)(const StateChange &change));
bool has_hooks();
// Whether registered hooks do anything; else they return at once, and GStreamer's dispatch is all they cost.
void hear_hooks(bool on);
// What one push through two pads takes now, with whatever hooks are registered; 0 = not measured, since the hooks of
// other tracers would see it.
uint64_t push_cost_ns();

}  // namespace pyro::pads
