// How do we come between a pad and its function without anybody being hurt?
//
// Two emission hooks (GstElement::pad-added, GstPad::linked) see every pad; its chain, own chain-list or getrange
// function is replaced by a wrapper of ours by compare-and-swap. Proxy pads count nothing, so bins are transparent
// (passage.h). Originals are kept per pad and level (pad-registry.h); wrappers stay in place for ever and pass through
// when nothing is recorded.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/pad-registry.h"

namespace pyro::pads {

// What the wrappers need from their owner. All run in ordinary context, never under a lock of ours.
struct WrapOwner {
  // No live segment and a buffer arrives: start a session if that is wanted. Called for every such buffer: cheap to
  // refuse.
  void (*activity)();
  // Names the hop of `state` in the live session: pad and parent are referenced by the caller, the stream lock is held.
  void (*resolve)(PadState &state, Kind kind);
  // Code that will appear in stacks: functions that were wrapped, and the functions in the class of an element that was
  // linked for the first time (its own module is seldom the one of its chain function).
  void (*code)(gpointer const *functions, guint count);
  // The pad goes; its hop may be given to another pad of the same name.
  void (*gone)(PadState &state);
};

// Installs the emission hooks. Once a process; `owner` lives for ever.
void start_wrapping(const WrapOwner &owner);
// For timing=off: wraps nothing, only reports the first link inside a pipeline as activity.
void start_watching(const WrapOwner &owner);
// The safety net, once a second from the background thread: functions set again since. Returns how many of linked
// pads were wrapped, which had not been timed (counted).
uint32_t look_again();
// Recording on or off (the control word `timing`); wrappers stay where they are.
void set_recording(bool on);

}  // namespace pyro::pads
