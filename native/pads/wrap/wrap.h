// How do we come between a pad and its function without harm to either?
//
// A pad's chain, own chain-list or getrange function is replaced by a wrapper of ours by compare-and-swap. Proxy pads
// count nothing, so bins are transparent (proxy-pads.h). Originals are kept per pad and level (pad-registry.h);
// wrappers stay in place for ever and pass through when nothing is recorded.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>

#include "pads/registry/owner.h"

namespace pyro::pads {

namespace detail {
inline std::atomic<bool> recording{true};
}  // namespace detail

// Once, before anything is wrapped.
void prepare_wrapping(const Owner &owner);
// Whether the engine is kWrap: then new pads are wrapped.
bool is_wrapping();
// Puts our wrappers in the place of the pad's functions. The caller holds no object or stream lock of GStreamer.
void wrap_pad(PadState &state);
// Wraps pad functions that an element set again after its pad was wrapped, and counts them as late. Once a second, from
// the background thread.
void look_again();
// kWrap wraps all pads there are, also in the middle of a stream, and those that come. Every other engine wraps no pad
// from now on; wrappers that are in place stay and pass calls through.
void set_engine(Engine engine);

// Whether wrapped calls are timed and counted; else they only pass through. A call counts as it is when it begins: one
// that began before is counted to its end, one that began meanwhile is not.
inline bool is_recording() { return detail::recording.load(std::memory_order_relaxed); }
inline void set_recording(bool on) {
  // Recorded calls may have made a pad one whose buffers are looked at: nothing is remembered from before
  // (passed-call.h).
  if (!on && is_recording()) bump_epoch();
  detail::recording.store(on, std::memory_order_relaxed);
}

}  // namespace pyro::pads
