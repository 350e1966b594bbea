// Which pads see the begin and the end of a pipeline, and at which running time?
//
// Only two kinds of pads have a point: those that a source feeds (a track is kept of what comes) and those of sinks
// (arrivals are looked up in the tracks of the sources that reach it). A buffer's running time follows from its time
// stamp and the latest segment, which the event function brings; both come under the pad's stream lock.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <atomic>
#include <cstdint>

#include "threads/thread-record.h"
#include "timing/latency.h"

namespace pyro::pads {

struct PadState;

// One source that reaches a sink.
struct Reach {
  timing::Track *track;
  wire::Cell *cell;       // kCellLatency; the sink pad's stream lock guards it
  uint64_t distance = 0;  // Track::find
};

struct StreamPoint {
  static constexpr uint32_t kMostSources = 8;

  // Under the pad's stream lock. From the pad's sticky event, when the point is made; then from each event.
  void use_segment(const GstSegment &segment);
  // timing::kNoTime = the buffer has none, or there is no segment of times.
  uint64_t running_time(GstClockTime stamp) const;

  timing::Track *fed = nullptr;  // a source feeds this pad
  bool sink = false;
  bool plan_due = true;      // the sources that reach it were not looked for yet, or in vain
  uint32_t sources = 0;      // entries of `reach`
  uint64_t plan_number = 0;  // tracks_number() when they were looked for
  uint64_t lost_in_turn = 0;
  uint64_t looked = 0;  // ticks when the latest arrival was looked up
  Reach reach[kMostSources];

 private:
  GstSegment segment_{};
  bool timed_ = false, straight_ = false;
  int64_t shift_ = 0;
};

namespace detail {
inline std::atomic<uint64_t> tracks{1};
}
// Changes whenever a source begins or goes: sinks look for their sources again.
inline uint64_t tracks_number() { return detail::tracks.load(std::memory_order_acquire); }
inline void tracks_changed() { detail::tracks.fetch_add(1, std::memory_order_acq_rel); }

// Called before a pad's event function. Any thread; only serialized events have the stream lock.
void note_event(PadState &state, GstEvent *event);
// Of a buffer whose call begins at `ticks`. `replan` looks for the sources of a sink again. At most a thousand arrivals
// a second are looked up: more would cost small buffers what they tell. True if one was.
bool note_stream(PadState &state, const threads::ThreadRecord &thread, GstBuffer *buffer, uint64_t ticks,
                 void (*replan)(PadState &state));

// A track with one user, and its end; never freed but used again. Under the caller's lock.
timing::Track *make_track(const void *pad, uint64_t made_ns);
void let_go(timing::Track *&track);

}  // namespace pyro::pads
