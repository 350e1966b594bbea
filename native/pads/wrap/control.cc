// What happens around a pad's event function and query function?
//
// The caller of the function holds the pad: GStreamer itself uses it after the function returned.
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/control.h"

#include "pads/streams/media.h"
#include "pads/streams/queues.h"
#include "pads/streams/reported.h"
#include "pads/streams/stream-point.h"
#include "pads/wrap/install.h"
#include "pads/wrap/original.h"
#include "pads/wrap/wrap.h"
#include "threads/live.h"
#include "threads/thread-record.h"
#include "timing/control.h"

namespace pyro::pads {
namespace {

const Owner *owner = nullptr;

class ControlCall {
 public:
  ControlCall(PadState &state, uint32_t kind, threads::ThreadRecord *thread)
      : state_(state), kind_(kind), thread_(thread), session_(threads::session_number()) {
    if (!is_recording()) return;
    segment_ = threads::live_segment();
    depth_ = timing::enter_control(thread, segment_, state.pad, kind);
  }
  ~ControlCall() {
    // Not in a child that was forked inside.
    if (depth_ == 0 || threads::live_segment() != segment_ || threads::session_number() != session_) return;
    const timing::ControlTime time = timing::leave_control(*thread_, *segment_, state_.pad, kind_, depth_);
    if (time.timed) book_control(state_, kind_, time);
  }
  ControlCall(const ControlCall &) = delete;
  ControlCall &operator=(const ControlCall &) = delete;

 private:
  PadState &state_;
  const uint32_t kind_;
  threads::ThreadRecord *const thread_;
  const uint64_t session_;
  wire::Segment *segment_ = nullptr;
  uint32_t depth_ = 0;
};

// `none`: what is returned where there is no function.
template <typename Function, Kind kind, uint32_t level, auto none>
auto pass_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<Function>(thread, state, kind, level);
  if (!function) {
    gst_event_unref(event);
    return none;
  }
  note_event(*state, event);
  note_media(*state, event);
  note_flush(*state, event, is_recording());
  const ControlCall call(*state, wire::kCellEvent, thread);
  return function(pad, parent, event);
}

template <uint32_t level>
gboolean event(GstPad *pad, GstObject *parent, GstEvent *event) {
  return pass_event<GstPadEventFunction, kEvent, level, gboolean{FALSE}>(pad, parent, event);
}

template <uint32_t level>
GstFlowReturn event_full(GstPad *pad, GstObject *parent, GstEvent *event) {
  return pass_event<GstPadEventFullFunction, kEventFull, level, GST_FLOW_NOT_SUPPORTED>(pad, parent, event);
}

template <uint32_t level>
gboolean query(GstPad *pad, GstObject *parent, GstQuery *query) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadQueryFunction>(thread, state, kQuery, level);
  if (!function) return FALSE;
  if (!is_recording()) return function(pad, parent, query);
  const ControlCall call(*state, wire::kCellQuery, thread);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY || GST_PAD_DIRECTION(pad) != GST_PAD_SRC)
    return function(pad, parent, query);
  LatencyAnswer answer(*state);
  const gboolean known = function(pad, parent, query);
  if (known) answer.take(query);
  return known;
}

template <uint32_t... level>
struct Wrappers {
  const gpointer event[kLevels] = {pointer(&pads::event<level>)...};
  const gpointer event_full[kLevels] = {pointer(&pads::event_full<level>)...};
  const gpointer query[kLevels] = {pointer(&pads::query<level>)...};
};
const Wrappers<0, 1, 2, 3, 4, 5, 6, 7> wrappers;

}  // namespace

void prepare_control(const Owner &new_owner) {
  owner = &new_owner;
  offer_wrappers(kEvent, wrappers.event, "pyroscope_event");
  offer_wrappers(kEventFull, wrappers.event_full, "pyroscope_event_full");
  offer_wrappers(kQuery, wrappers.query, "pyroscope_query");
}

void book_control(PadState &state, uint32_t kind, const timing::ControlTime &time) {
  const uint64_t session = threads::session_number();
  ControlUse &use = state.control[use_of(kind)];
  if (!time.nested) use.calls.fetch_add(1, std::memory_order_relaxed);
  const uint64_t spent = use.spent_ns.fetch_add(time.exclusive_ns, std::memory_order_relaxed) + time.exclusive_ns;
  if (use.session.load(std::memory_order_acquire) != session) {
    if (spent < kWorthACell) return;
    owner->control(state, kind);
  }
  if (!use.cell) return;
  wire::Cell &cell = *use.cell;
  cell.invocations.fetch_add(use.calls.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  cell.exclusive.sum_ns.fetch_add(use.spent_ns.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  if (!time.nested) cell.exclusive.record_bucket_shared(wire::grid, time.exclusive_ns);
}

// Where a full function is in place, GStreamer asks no other, and the plain one is a way to it.
void wrap_control(PadState &state) {
  wrap_slot(state, GST_PAD_EVENTFULLFUNC(state.pad) ? kEventFull : kEvent);
  wrap_slot(state, kQuery);
}

}  // namespace pyro::pads
