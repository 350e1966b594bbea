// Which pads get another function while buffers flow, and how is nothing missed there?
//
// No signal tells of it. A closure that an interpreter made is replaced as easily as it was set, and a pad that the
// look a second found replaced will be replaced again. Those get a probe of ours, which looks before each buffer, just
// before GStreamer reads the function. No other pad has one: it costs as much as timing does.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/pad-registry.h"

namespace pyro::pads {

// Code that no file brought, with data to be freed by a function: a closure of a language binding.
bool is_closure(gpointer function, GDestroyNotify notify);

// From now on `look` runs before each buffer and list that is pushed into this pad. In ordinary context; once a pad.
void add_rewrap_probe(PadState &state, GstPadProbeCallback look);

}  // namespace pyro::pads
