// How do we see every pad, whichever element makes it and whenever it is linked?
//
// Emission hooks, no tracer hooks: GstElement::pad-added and GstPad::linked show the pads, GstBin::deep-element-added
// shows that the names above them have changed. What is done with a pad depends on the engine: wrapped, or only known.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/registry/owner.h"

namespace pyro::pads {

// Installs the emission hooks. Once a process; `owner` lives for ever.
void start(const Owner &owner, Engine engine);
// Gives every living pad the name of its element in the live session: what was linked before the session began. Not in
// a forked child; there pads are named as they are linked, or timed for the first time.
void name_pads();

}  // namespace pyro::pads
