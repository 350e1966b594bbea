// How do a time stamp and a segment become a running time, and that an arrival?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/stream-point.h"

#include <vector>

#include "pads/registry/pad-registry.h"

namespace pyro::pads {
namespace {

std::vector<timing::Track *> &unused() {
  static auto *const tracks = new std::vector<timing::Track *>;  // exit handlers may come late
  return *tracks;
}

constexpr uint64_t kBetweenLooks = 1000 * 1000;  // nanoseconds
// Arrivals in turn that matched nothing, after which only one of so many is looked up.
constexpr uint64_t kHopeless = 256, kNowAndThen = 64;

// A thread inside of the source's push carries what was pushed, whatever its time stamp is. A push that began while
// nothing was recorded has no time, and no element.
uint64_t pushed_here(const threads::ThreadRecord &thread, const timing::Track &track) {
  const threads::Frame &root = thread.frames[0];
  return thread.depth > 0 && root.key == track.pad() && root.element != 0 ? root.start : 0;
}

void count_first(wire::Cell &cell, const timing::Track &track, uint64_t ticks) {
  const uint64_t first = track.first_ticks();
  if (cell.invocations.load(std::memory_order_relaxed) != 0 || first == 0) return;
  const uint64_t travelled = ticks > first ? clock::ticks_to_ns(ticks - first) : 0;
  // The pad may be older than the calibration of ticks.
  const uint64_t waited = clock::monotonic_ns() - track.made_ns();
  cell.level.store(waited > travelled ? waited - travelled : 0, std::memory_order_relaxed);
  cell.highest_level.store(travelled, std::memory_order_relaxed);
}

// Both have times: then only those count.
bool is_timed(const Reach &reach, uint64_t running_time) {
  return running_time != timing::kNoTime && reach.track->timed();
}

// Returns whether it is this source's.
bool arrive(Reach &reach, const threads::ThreadRecord &thread, uint64_t running_time, uint64_t ticks) {
  const uint64_t began = is_timed(reach, running_time) ? reach.track->find(running_time, reach.distance)
                                                       : pushed_here(thread, *reach.track);
  if (began == 0) return false;
  wire::Cell &cell = *reach.cell;
  count_first(cell, *reach.track, ticks);
  wire::bump(cell.invocations, 1);
  wire::bump(cell.buffers, 1);
  cell.inclusive.record(wire::grid, clock::ticks_to_ns(ticks > began ? ticks - began : 0));
  return true;
}

// No source's: it counts as arrived from each.
void miss(Reach &reach, uint64_t running_time) {
  wire::bump(reach.cell->invocations, 1);
  if (!is_timed(reach, running_time)) wire::bump(reach.cell->dropped, 1);
}

void note_sent(const StreamPoint &point, GstBuffer *buffer, uint64_t ticks) {
  const uint64_t time = point.running_time(GST_BUFFER_PTS(buffer));
  if (time == timing::kNoTime)
    point.fed->send_untimed(ticks);
  else
    point.fed->send(time, GST_BUFFER_DURATION(buffer), ticks);
}

void note_arrived(PadState &state, StreamPoint &point, const threads::ThreadRecord &thread, GstBuffer *buffer,
                  uint64_t ticks, void (*replan)(PadState &)) {
  if (point.plan_due || point.plan_number != tracks_number()) replan(state);
  const uint64_t time = point.running_time(GST_BUFFER_PTS(buffer));
  const bool hopeless = point.lost_in_turn > kHopeless && point.lost_in_turn % kNowAndThen != 0;
  bool matched = false;
  for (uint32_t i = 0; i < point.sources && !hopeless; i++)
    matched = arrive(point.reach[i], thread, time, ticks) || matched;
  point.lost_in_turn = matched ? 0 : point.lost_in_turn + 1;
  if (matched) return;
  for (uint32_t i = 0; i < point.sources; i++) miss(point.reach[i], time);
}

}  // namespace

void StreamPoint::use_segment(const GstSegment &segment) {
  segment_ = segment;
  timed_ = segment.format == GST_FORMAT_TIME;
  straight_ = timed_ && segment.rate == 1.0 && segment.applied_rate > 0;
  shift_ = static_cast<int64_t>(segment.base) - static_cast<int64_t>(segment.start + segment.offset);
}

uint64_t StreamPoint::running_time(GstClockTime stamp) const {
  if (!timed_ || stamp == GST_CLOCK_TIME_NONE) return timing::kNoTime;
  if (straight_ && stamp >= segment_.start + segment_.offset) return stamp + static_cast<uint64_t>(shift_);
  return gst_segment_to_running_time(&segment_, GST_FORMAT_TIME, stamp);
}

void note_event(PadState &state, GstEvent *event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT || GST_PAD_DIRECTION(state.pad) != GST_PAD_SINK) return;
  StreamPoint *point = state.point.load(std::memory_order_acquire);
  if (!point) return;
  const GstSegment *segment = nullptr;
  gst_event_parse_segment(event, &segment);
  if (segment) point->use_segment(*segment);
}

bool note_stream(PadState &state, const threads::ThreadRecord &thread, GstBuffer *buffer, uint64_t ticks,
                 void (*replan)(PadState &)) {
  StreamPoint &point = *state.point.load(std::memory_order_relaxed);
  if (point.fed) note_sent(point, buffer, ticks);
  if (!point.sink || clock::ticks_to_ns(ticks - point.looked) < kBetweenLooks) return false;
  point.looked = ticks;
  note_arrived(state, point, thread, buffer, ticks, replan);
  return true;
}

timing::Track *make_track(const void *pad, uint64_t made_ns) {
  timing::Track *track;
  if (unused().empty()) {
    track = new timing::Track;
  } else {
    track = unused().back();
    unused().pop_back();
  }
  track->begin(pad, made_ns);
  tracks_changed();
  return track;
}

void let_go(timing::Track *&track) {
  if (!track) return;
  unused().push_back(track);
  track = nullptr;
  tracks_changed();
}

}  // namespace pyro::pads
