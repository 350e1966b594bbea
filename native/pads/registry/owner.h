// What do the pads need from the tracer, and which engine do they serve?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/registry/pad-registry.h"

namespace pyro::pads {

// What this folder needs from its owner. All run in ordinary context, never under a lock of ours.
struct Owner {
  // No live segment and something happens: start a session if that is wanted. Called for every such buffer: cheap to
  // refuse.
  void (*activity)();
  // Names the hop of `state` in the live session: pad and parent are referenced by the caller, the stream lock is held.
  void (*resolve)(PadState &state, Kind kind);
  // Gives the resolved hop of `state` a cell for what its driver spends before it.
  void (*driver_cell)(PadState &state);
  // Looks for the sources that reach the sink pad of `state`: as for resolve.
  void (*sources_of)(PadState &state);
  // Gives the pad a cell for its events (wire::kCellEvent), queries or links; the caller has the pad referenced.
  void (*control)(PadState &state, uint32_t kind);
  // Directory id of the element that a referenced pad belongs to, in the live session; 0 = none.
  uint32_t (*element_of)(GstPad *pad);
  // Code that will appear in stacks: functions of pads, and the functions in the class of an element that was linked
  // for the first time (its own module is seldom the one of its chain function).
  void (*code)(gpointer const *functions, guint count);
  // The pad goes; its hop may be given to another pad of the same name.
  void (*gone)(PadState &state);
};

enum class Engine : uint8_t { kOff, kWrap };

}  // namespace pyro::pads
