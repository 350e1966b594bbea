// What are the names of pipelines, elements and pads, and which cell counts for which hop?
//
// Names go into the segment's directory when a pad's first wrapped call resolves it: there the pad and its parents are
// referenced. GStreamer is asked first, without any lock of ours; then ids are given out under one mutex.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <string_view>

#include "pads/wrap/wrap.h"
#include "tracer/presets.h"
#include "wire/segment.h"

namespace pyro::tracer {

// A new session: forgets all ids and cells of the one before. `wanted`: which latencies are measured.
void topology_begin(wire::Segment &segment, const Latencies &wanted);
// Fills in state.hop for the live session (pads::Owner::resolve).
void topology_driver_cell(pads::PadState &state);
void topology_resolve(pads::PadState &state, pads::Kind kind);
// The pad goes: its cell may serve the next pad of the same name (pads::Owner::gone).
void topology_release(pads::PadState &state);
// By the background thread: what pads get from now on, where that came or changed since the last time.
void topology_publish_media();
// The element of a referenced pad (pads::Owner::element_of); 0 without a session or without a parent.
uint32_t topology_element_of(GstPad *pad);

// Directory ids of other names; 0 without a session. Of a thread by its record; "" = it is gone.
uint32_t topology_thread(uint32_t record, const char *name);
uint32_t topology_module(std::string_view path, std::string_view build_id, wire::ModuleKind kind, uint64_t size);
void topology_fact(std::string_view key, std::string_view value);

}  // namespace pyro::tracer
