// Which sources reach a sink, and where is kept what is not about a hop: arrivals, control calls, reported latency?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <optional>

#include "pads/hooks.h"
#include "pads/streams/stream-point.h"
#include "tracer/naming.h"
#include "tracer/presets.h"

namespace pyro::tracer {

// What a pad is to its pipeline; asked of GStreamer before the lock.
struct Ends {
  bool fed = false;   // by a source
  bool sink = false;  // of a sink
  std::optional<GstSegment> segment;
};
Ends ends_of(GstPad *pad, const PadPlace &place, const PadPlace &peer);
// Under the lock and the pad's stream lock. `again`: the point may have cells of this session.
void use_ends(pads::PadState &state, const Ends &ends, bool again);
// Under the lock: the pad goes, or all that it had belongs to another session.
void release_streams(pads::PadState &state, bool of_this_session);

// Which latencies are measured in the session that begins.
void streams_begin(const Latencies &wanted);
// pads::Owner::sources_of: looks for the sources that reach a sink, upstream through every element.
void streams_sources_of(pads::PadState &state);
// pads::Owner::control: a cell for the events or the queries of a pad.
void streams_control(pads::PadState &state, uint32_t kind);
// By pads::register_hooks: remembered until the background thread comes, since there may be no session yet.
void streams_state_changed(const pads::StateChange &change);
// By the background thread, and at the end: answers to latency queries, and changes of state, that came since the last
// time.
void streams_publish();

}  // namespace pyro::tracer
