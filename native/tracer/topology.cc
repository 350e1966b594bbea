// How does a pad find its place: pipeline, bins, element, peer, cell?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/topology.h"

#include "pads/names/function-notes.h"
#include "pads/streams/media.h"
#include "pads/streams/queues.h"
#include "process/redact.h"
#include "threads/live.h"
#include "tracer/filters.h"
#include "tracer/naming.h"
#include "tracer/streams.h"

namespace pyro::tracer {

namespace {

Latencies wanted{};

void leave_queue(pads::QueueUse &use) {
  if (use.output) use.output->book_on(nullptr);
  release_cell(use.cell);
  use.cell = nullptr;
  pads::let_go(use.output);
}

// What a queue's source pad gives on, and where that went in.
struct QueueInput {
  Ref<GstPad> pad;
  PadPlace place;
  pads::PadState *state = nullptr;
};

QueueInput input_of(GstPad *source) {
  QueueInput input;
  if (!source || !pads::is_queue_pad(source)) return input;
  input.pad.reset(pads::queue_input(source));
  if (!input.pad) return input;
  input.place = place_of(input.pad.get());
  input.state = pads::find(input.pad.get(), nullptr);
  return input;
}

// Nothing to take where no buffer was seen to go into the queue, or a filter excludes its pad.
void use_queue(pads::QueueUse &use, const QueueInput &input, uint32_t driver, uint32_t peer) {
  if (!input.state || !input.state->queue.input || !is_wanted(input.place)) return;
  use.cell = own_cell({pad_id(input.place, driver), peer, wire::kCellQueue});
  if (!use.cell) return;
  use.output = pads::share(input.state->queue.input);
  use.output->book_on(use.cell);
}

void use_cells(timing::Hop &hop, uint32_t pad, uint32_t peer, uint32_t kind) {
  const uint32_t cell = claim_cell({pad, peer, kind});
  hop.cell = &named_segment()->cells.cell[cell];
  hop.shared = cell == wire::kOverflowCell;
  if (wanted.element && !hop.shared) hop.transit = own_cell({pad, peer, wire::kCellTransit});
}

timing::Residence::Leak leak_of(const PadPlace &place) {
  const int leaky = place.path.empty() ? 0 : place.path.back().leaky;
  return leaky == timing::Residence::kNewest || leaky == timing::Residence::kOldest
             ? static_cast<timing::Residence::Leak>(leaky)
             : timing::Residence::kNothing;
}

// Returns the pad's directory id; 0 = a filter excludes it.
uint32_t resolve(pads::PadState &state, pads::Kind kind, GstPad *peer_pad) {
  const PadPlace place = place_of(state.pad);
  const PadPlace peer_place = peer_pad ? place_of(peer_pad) : PadPlace{};
  const bool chained = kind != pads::kGetRange;
  const bool fills = chained && pads::is_queue_pad(state.pad);
  const QueueInput input = chained ? input_of(peer_pad) : QueueInput{};
  const Ends ends = chained && wanted.pipeline ? ends_of(state.pad, place, peer_place) : Ends{};
  const bool again = state.resolved_session == threads::session_number();
  const Locked locked;
  if (again) {
    release_cell(state.hop);
    leave_queue(state.queue);
  } else {
    state.queue.cell = nullptr;  // of a segment that is gone
    pads::let_go(state.queue.output);
    if (state.queue.input) state.queue.input->clear();
  }
  const uint32_t element = element_id(place);
  const uint32_t driver = element_id(peer_place);
  const uint32_t peer = peer_pad ? pad_id(peer_place, driver) : 0;
  const bool asked_for = is_wanted(place);
  const uint32_t pad = asked_for ? pad_id(place, element) : 0;
  if (fills && !state.queue.input)
    __atomic_store_n(&state.queue.input, pads::make_residence(), __ATOMIC_RELEASE);  // partner: the begin of a flush
  if (fills) state.queue.input->leaks(leak_of(place));
  use_queue(state.queue, input, driver, peer);
  use_ends(state, ends, again);
  state.noted = state.queue.input || state.queue.output || state.point.load(std::memory_order_relaxed);
  note_refused();
  state.hop = {nullptr, element, driver, false};
  if (asked_for) use_cells(state.hop, pad, peer, chained ? wire::kCellChain : wire::kCellPull);
  return pad;
}

}  // namespace

void topology_begin(wire::Segment &segment, const Latencies &latencies) {
  begin_naming(segment);
  wanted = latencies;
  streams_begin(latencies);
}

// One that could not be had, or is not wanted, is not asked for again.
void topology_driver_cell(pads::PadState &state) {
  const PadPlace place = place_of(state.pad);
  const Ref<GstPad> peer_pad = real_peer(state.pad);
  const PadPlace peer_place = peer_pad ? place_of(peer_pad.get()) : PadPlace{};
  const Locked locked;
  uint32_t cell = wire::kOverflowCell;
  if (state.hop.shared)
    named_segment()->counters.add(wire::kSideCellsFull);
  else if (peer_pad && is_wanted(peer_place))
    cell = claim_cell({pad_id(peer_place, state.hop.driver), pad_id(place, state.hop.element), wire::kCellDriver});
  state.hop.driver_cell = &named_segment()->cells.cell[cell];
}

// Both ends are named as they are now: samples of either say what the counts say, also where something was renamed, or
// put into its pipeline, after the link was made.
void topology_resolve(pads::PadState &state, pads::Kind kind) {
  const Ref<GstPad> peer = real_peer(state.pad);
  pads::name_media(state, resolve(state, kind, peer.get()));
  pads::set_owner(state.pad, state.hop.element);
  if (peer) pads::set_owner(peer.get(), state.hop.driver);
  // By now the task behind a first buffer is there, and a pad that was linked early has all its functions.
  pads::note_functions_of(state.pad);
  if (peer) pads::note_functions_of(peer.get());
}

uint32_t topology_element_of(GstPad *pad) {
  const PadPlace place = place_of(pad);
  // Pads that are added while their element is being made belong to something without a name. It gets one when linked.
  if (place.path.empty() || place.path.back().name.empty()) return 0;
  const Locked locked;
  if (!named_segment()) return 0;
  const uint32_t element = element_id(place);
  note_refused();
  return element;
}

void topology_release(pads::PadState &state) {
  const std::optional<pads::Media> media = pads::leave_media(state);
  const Locked locked;
  const bool of_this_session = named_segment() && state.resolved_session == threads::session_number();
  if (of_this_session) {
    release_cell(state.hop);
    leave_queue(state.queue);
    if (media) add_media(media->pad, process::redact_name(media->text));
  }
  release_streams(state, of_this_session);
  pads::let_go(state.queue.output);
  pads::let_go(state.queue.input);
}

void topology_publish_media() {
  const std::vector<pads::Media> media = pads::take_media();
  if (media.empty()) return;
  const Locked locked;
  for (const auto &[pad, text] : media) add_media(pad, process::redact_name(text));
  note_refused();
}

uint32_t topology_thread(uint32_t record, const char *name) {
  const Locked locked;
  return thread_name_id(record, process::redact_name(name));
}

uint32_t topology_module(std::string_view path, std::string_view build_id, wire::ModuleKind kind, uint64_t size) {
  const Locked locked;
  return name_id(wire::kEntryModule, {std::string(path), std::string(build_id)}, kind, size);
}

void topology_fact(std::string_view key, std::string_view value) {
  const Locked locked;
  name_id(wire::kEntryFact, {std::string(key), std::string(value)});
}

}  // namespace pyro::tracer
