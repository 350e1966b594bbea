// How do we come between a pad and its function without anybody being hurt?
//
// A pad's chain, own chain-list or getrange function is replaced by a wrapper of ours by compare-and-swap. Proxy pads
// count nothing, so bins are transparent (passage.h). Originals are kept per pad and level (pad-registry.h); wrappers
// stay in place for ever and pass through when nothing is recorded.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/owner.h"

namespace pyro::pads {

// Once, before anything is wrapped.
void prepare_wrapping(const Owner &owner);
// Are new pads wrapped?
bool is_wrapping();
// Not under any object or stream lock.
void wrap_pad(PadState &state);
// The safety net, once a second from the background thread: functions set again since (counted as late).
void look_again();
// Switching on wraps all pads there are, also in the middle of a stream; switching off leaves the wrappers where they
// are.
void set_engine(Engine engine);
// Do wrapped calls record?
void set_recording(bool on);
bool is_recording();

}  // namespace pyro::pads
