// How is a pad's function replaced by our wrapper, and how does the wrapper find the original?
//
// There are six kinds of pad functions with eight wrappers each, one per level. The original is stored in the pad's
// array at its level, then the wrapper of that level is set by compare-and-swap: a function that was set meanwhile
// stays.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/pad-registry.h"

namespace pyro::pads {

template <typename Wrapper>
gpointer pointer(Wrapper *wrapper) {
  return reinterpret_cast<gpointer>(wrapper);
}

// Registers the wrappers of one kind: wrapper[i] calls the original of level i. Call once, before any pad is wrapped.
// `name_in_logs` is what the GStreamer debug log prints for them.
void offer_wrappers(Kind kind, const gpointer (&wrapper)[kLevels], const char *name_in_logs);
// Address of the field of `pad` that holds its function of this kind.
gpointer *slot_of(GstPad *pad, Kind kind);
// True if `function` is one of our wrappers of this kind.
bool is_ours(Kind kind, gpointer function);
// True if `function` is GStreamer's default chain-list function, which calls the chain function for each buffer.
bool is_default_list(gpointer function);
// Replaces the pad's function of this kind by a wrapper; true if it was replaced. The caller holds the registry's
// mutex, so that only one thread writes the originals; GStreamer itself reads and writes the field without a lock.
bool wrap_slot(PadState &state, Kind kind);

}  // namespace pyro::pads
