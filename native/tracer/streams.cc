// How is a sink's source found, and who writes down what elements report?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/streams.h"

#include <algorithm>
#include <set>
#include <vector>

#include "pads/streams/queues.h"
#include "pads/streams/reported.h"
#include "threads/live.h"
#include "tracer/filters.h"

namespace pyro::tracer {
namespace {

bool has_flag(const PadPlace &place, uint64_t flag) { return !place.path.empty() && (place.path.back().flags & flag); }

std::optional<GstSegment> sticky_segment(GstPad *pad) {
  GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (!event) return std::nullopt;
  const GstSegment *segment = nullptr;
  gst_event_parse_segment(event, &segment);
  std::optional<GstSegment> copy;
  if (segment) copy = *segment;
  gst_event_unref(event);
  return copy;
}

// A source pad of a source, and the track that the pad it feeds keeps.
struct Found {
  Ref<GstPad> source;
  PadPlace place;
  timing::Track *track;
};

// Larger graphs are not searched to their ends.
constexpr size_t kMostElements = 512;

// Pads that a source pad's buffers may come from: what the element says where it tells streams apart, else all.
std::vector<Ref<GstPad>> inputs_of(GstElement *element, GstPad *source) {
  std::vector<Ref<GstPad>> inputs;
  // Only queue elements are asked: elsewhere that function may take any lock, and we hold one of a stream.
  if (pads::is_queue_pad(source)) {
    if (GstPad *input = pads::queue_input(source)) inputs.emplace_back(input);
    return inputs;
  }
  GST_OBJECT_LOCK(element);
  for (GList *item = element->sinkpads; item; item = item->next)
    inputs.emplace_back(GST_PAD(gst_object_ref(item->data)));
  GST_OBJECT_UNLOCK(element);
  return inputs;
}

class Search {
 public:
  std::vector<Found> run(GstPad *sink) {
    due_.emplace_back(GST_PAD(gst_object_ref(sink)));
    while (!due_.empty()) {
      const Ref<GstPad> pad = std::move(due_.back());
      due_.pop_back();
      step(pad.get());
    }
    return std::move(found_);
  }

 private:
  void step(GstPad *pad) {
    Ref<GstPad> source = real_peer(pad);
    if (!source || !seen_.insert(source.get()).second || seen_.size() > kMostElements) return;
    const Ref<GstObject> parent{gst_object_get_parent(GST_OBJECT(source.get()))};
    if (!parent || !GST_IS_ELEMENT(parent.get())) return;
    if (GST_OBJECT_FLAG_IS_SET(parent.get(), GST_ELEMENT_FLAG_SOURCE)) {
      pads::PadState *fed = pads::find(pad, nullptr);
      pads::StreamPoint *point = fed ? fed->point.load(std::memory_order_acquire) : nullptr;
      if (point && point->fed) found_.push_back({std::move(source), {}, point->fed});
      return;
    }
    for (Ref<GstPad> &input : inputs_of(GST_ELEMENT(parent.get()), source.get())) due_.push_back(std::move(input));
  }

  std::vector<Ref<GstPad>> due_;
  std::set<GstPad *> seen_;
  std::vector<Found> found_;
};

void forget_sources(pads::StreamPoint &point, bool of_this_session) {
  if (of_this_session)
    for (uint32_t i = 0; i < point.sources; i++) release_cell(point.reach[i].cell);
  point.sources = 0;
  point.plan_due = true;
}

void reach(pads::StreamPoint &point, const Found &found, uint32_t pad) {
  if (point.sources == pads::StreamPoint::kMostSources) return;
  const uint32_t element = element_id(found.place);
  if (wire::Cell *cell = own_cell({pad, pad_id(found.place, element), wire::kCellLatency}))
    point.reach[point.sources++] = {found.track, cell};
}

void publish(GstPad *pad) {
  pads::PadState *state = pads::find(pad, nullptr);
  if (!state || state->reported.answers.load(std::memory_order_acquire) == 0) return;
  const PadPlace place = place_of(pad);
  const uint64_t session = threads::session_number();
  pads::Reported &reported = state->reported;
  const Locked locked;
  if (reported.session != session) {
    reported.cell = own_cell({pad_id(place, element_id(place)), 0, wire::kCellReported});
    reported.session = session;
    note_refused();
  }
  if (!reported.cell) return;
  reported.cell->level.store(reported.min_ns.load(std::memory_order_relaxed), std::memory_order_relaxed);
  reported.cell->highest_level.store(reported.max_ns.load(std::memory_order_relaxed), std::memory_order_relaxed);
  reported.cell->bytes.store(reported.live.load(std::memory_order_relaxed), std::memory_order_relaxed);
  reported.cell->invocations.store(reported.answers.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

std::atomic<bool> reported_wanted{true};

// One that is over sooner is not worth one of the cells.
constexpr uint64_t kSlowChange = 1000 * 1000;
constexpr size_t kMostChanges = 1024;  // until the background thread comes

struct Changed {
  PadPlace place;
  uint32_t element;  // its name, held; 0: there was no session yet
  uint32_t transition;
  bool failed;
  uint64_t inclusive_ns, exclusive_ns;
};
std::vector<Changed> *recent_changes = nullptr;  // under the lock; never freed

void publish_change(const Changed &changed) {
  // Elements that change on their way out have no pipeline any more, and perhaps never had a name.
  const uint32_t element = changed.element != 0 ? changed.element : element_id(changed.place);
  if (element == 0) return;
  wire::Cell *cell = own_cell({element, changed.transition, wire::kCellState});
  if (!cell) return;
  wire::bump(cell->invocations, 1);
  wire::bump(cell->flow[changed.failed ? wire::kFlowError : wire::kFlowOk], 1);
  cell->inclusive.record(wire::grid, changed.inclusive_ns);
  cell->exclusive.record(wire::grid, changed.exclusive_ns);
  release_cell(cell);
  note_refused();
}

}  // namespace

Ends ends_of(GstPad *pad, const PadPlace &place, const PadPlace &peer) {
  Ends ends;
  ends.fed = has_flag(peer, wire::kElementSource);
  ends.sink = has_flag(place, wire::kElementSink);
  if (ends.fed || ends.sink) ends.segment = sticky_segment(pad);
  return ends;
}

void use_ends(pads::PadState &state, const Ends &ends, bool again) {
  pads::StreamPoint *point = state.point.load(std::memory_order_relaxed);
  if (!point && (ends.fed || ends.sink)) point = new pads::StreamPoint;
  if (!point) return;
  forget_sources(*point, again);
  point->sink = ends.sink;
  if (point->fed && !ends.fed) pads::let_go(point->fed);
  if (!point->fed && ends.fed) point->fed = pads::make_track(state.pad, state.born_ns);
  if (ends.segment) point->use_segment(*ends.segment);
  state.point.store(point, std::memory_order_release);
}

void release_streams(pads::PadState &state, bool of_this_session) {
  const uint64_t session = threads::session_number();
  if (pads::StreamPoint *point = state.point.load(std::memory_order_relaxed)) {
    forget_sources(*point, of_this_session);
    pads::let_go(point->fed);
    state.point.store(nullptr, std::memory_order_relaxed);
    delete point;
  }
  for (pads::ControlUse &use : state.control)
    if (use.session.load(std::memory_order_relaxed) == session) release_cell(use.cell);
  if (state.reported.session == session) release_cell(state.reported.cell);
}

void streams_sources_of(pads::PadState &state) {
  pads::StreamPoint &point = *state.point.load(std::memory_order_relaxed);
  const uint64_t number = pads::tracks_number();
  std::vector<Found> found = Search().run(state.pad);
  for (Found &one : found) one.place = place_of(one.source.get());
  const PadPlace place = place_of(state.pad);
  const Locked locked;
  forget_sources(point, true);
  const uint32_t pad = pad_id(place, element_id(place));
  for (const Found &one : found) reach(point, one, pad);
  point.plan_due = false;
  point.plan_number = number;
  note_refused();
}

// One that could not be had is not asked for again.
void streams_control(pads::PadState &state, uint32_t kind) {
  const uint64_t session = threads::session_number();
  pads::ControlUse &use = state.control[pads::use_of(kind)];
  if (use.session.load(std::memory_order_acquire) == session) return;
  const PadPlace place = place_of(state.pad);
  const Locked locked;
  if (use.session.load(std::memory_order_relaxed) == session) return;
  use.cell = is_wanted(place) ? own_cell({pad_id(place, element_id(place)), 0, kind}) : nullptr;
  use.session.store(session, std::memory_order_release);
  note_refused();
}

void streams_state_changed(const pads::StateChange &change) {
  if (change.exclusive_ns < kSlowChange && !change.failed) return;
  Changed changed{
      place_of(change.element), 0, static_cast<uint32_t>(change.transition), change.failed, change.inclusive_ns,
      change.exclusive_ns};
  std::vector<Ref<GstObject>> objects;  // dropped behind the lock
  const Locked locked;
  if (!recent_changes) recent_changes = new std::vector<Changed>;
  const bool room = recent_changes->size() < kMostChanges;
  if (room && named_segment()) hold_name(changed.element = element_id(changed.place));
  objects = take_objects(changed.place);
  if (room) recent_changes->push_back(std::move(changed));
}

void streams_begin(const Latencies &wanted) {
  reported_wanted = wanted.reported;
  const Locked locked;
  if (!recent_changes) return;
  // In a forked child: those are names of the parent's session.
  const auto named = [](const Changed &changed) { return changed.element != 0; };
  recent_changes->erase(std::remove_if(recent_changes->begin(), recent_changes->end(), named), recent_changes->end());
}

void streams_publish() {
  if (pads::answers_came() && reported_wanted) pads::for_each_referenced(publish);
  const Locked locked;
  if (!recent_changes || !named_segment()) return;
  for (const Changed &changed : *recent_changes) {
    publish_change(changed);
    let_go_of_name(changed.element);
  }
  recent_changes->clear();
}

}  // namespace pyro::tracer
