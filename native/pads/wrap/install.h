// How does a wrapper of ours come into the place of a pad's function, and which function does it stand for?
//
// Six kinds of functions, eight wrappers each (a level). An original is appended to its pad's array and published, then
// the wrapper goes in by compare-and-swap: whoever sets another function meanwhile wins.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/pad-registry.h"

namespace pyro::pads {

template <typename Wrapper>
gpointer pointer(Wrapper *wrapper) {
  return reinterpret_cast<gpointer>(wrapper);
}

// All wrappers of a kind, by level. Once, before anything is wrapped.
void offer_wrappers(Kind kind, const gpointer (&wrapper)[kLevels], const char *name_in_logs);
// Where a pad keeps its function of a kind.
gpointer *slot_of(GstPad *pad, Kind kind);
bool is_ours(Kind kind, gpointer function);
// Whether `function` is GStreamer's own list function, which calls the chain function for each buffer.
bool is_default_list(gpointer function);
// True if the function in place was not ours and is now. Under the registry's mutex: one writer of originals at a time.
// GStreamer itself reads and writes the slot unlocked.
bool wrap_slot(PadState &state, Kind kind);

}  // namespace pyro::pads
