// How does a pad find its place: pipeline, bins, element, peer, cell?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/topology.h"

#include <pthread.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "threads/live.h"
#include "threads/thread-record.h"
#include "tracer/filters.h"
#include "tracer/places.h"

namespace pyro::tracer {
namespace {

using CellKey = std::tuple<uint32_t, uint32_t, uint32_t>;  // pad, peer, kind

// A cell given up from inside its own call (the pad was relinked or freed there): that call still writes to it when it
// leaves, so nobody gets it before.
struct LeftInside {
  const threads::ThreadRecord *thread;
  uint32_t depth;  // of the frame
  uint32_t cell;
};

// Everything known of the live session, under topology_mutex.
struct Session {
  explicit Session(wire::Segment &live) : segment(live), directory(live.directory) {}
  wire::Segment &segment;
  wire::DirectoryWriter directory;
  std::map<CellKey, std::vector<uint32_t>> free_cells;  // of pads that are gone
  std::map<uint32_t, CellKey> key_of;
  std::vector<LeftInside> left_inside;
  uint64_t refused = 0;  // names that did not fit, as counted so far
};

pthread_mutex_t topology_mutex = PTHREAD_MUTEX_INITIALIZER;
Session *session = nullptr;                                // never freed: exit handlers may come late
std::map<std::string, std::set<uint64_t>> *live_ordinals;  // of living pipelines, by name

class Locked {
 public:
  Locked() { pthread_mutex_lock(&topology_mutex); }
  ~Locked() { pthread_mutex_unlock(&topology_mutex); }
};

GQuark ordinal_quark() {
  static const GQuark quark = g_quark_from_static_string("gst-pyroscope-pipeline-ordinal");
  return quark;
}

struct Ordinal {
  std::string name;
  uint64_t number;
};

void pipeline_gone(gpointer data) {
  const std::unique_ptr<Ordinal> ordinal{static_cast<Ordinal *>(data)};
  const Locked locked;
  const auto used = live_ordinals->find(ordinal->name);
  used->second.erase(ordinal->number);
  if (used->second.empty()) live_ordinals->erase(used);  // GStreamer numbers pipelines: names do not come again
}

// Living pipelines of one name are told apart by the smallest free number, so that one built again gets its old place.
uint64_t ordinal_of(const Node &pipeline) {
  GObject *object = G_OBJECT(pipeline.object.get());
  if (const Ordinal *known = static_cast<Ordinal *>(g_object_get_qdata(object, ordinal_quark()))) return known->number;
  std::set<uint64_t> &used = (*live_ordinals)[pipeline.name];
  uint64_t number = 1;
  while (used.count(number)) number++;
  Ordinal *ordinal = new Ordinal{pipeline.name, number};
  used.insert(number);
  g_object_set_qdata_full(object, ordinal_quark(), ordinal, pipeline_gone);
  return number;
}

uint32_t element_id(const PadPlace &place) {
  uint32_t id = 0;
  for (const Node &node : place.path) {
    if (node.pipeline && id == 0)
      id = session->directory.add(wire::kEntryPipeline, 0, {node.name, node.factory, node.type}, ordinal_of(node));
    else
      id = session->directory.add(wire::kEntryElement, id,
                                  {node.name, node.factory, node.plugin, node.klass, node.type}, node.flags);
  }
  return id;
}

uint32_t pad_id(const PadPlace &place, uint32_t element) {
  return session->directory.add(wire::kEntryPad, element, {place.name, place.pad_template}, place.direction);
}

uint64_t unix_now_ns() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

void free_cell(uint32_t cell) { session->free_cells[session->key_of[cell]].push_back(cell); }

// Of this thread only: nobody else may look at its depth. A record used again has no frames left of the thread before.
void free_what_was_left() {
  const threads::ThreadRecord *thread = threads::current();
  std::vector<LeftInside> &left = session->left_inside;
  for (size_t i = 0; i < left.size();) {
    if (left[i].thread != thread || thread->depth >= left[i].depth) {
      i++;
      continue;
    }
    free_cell(left[i].cell);
    left[i] = left.back();
    left.pop_back();
  }
}

// Depth of the outermost frame of this thread that writes to `cell`; 0 = none.
uint32_t depth_inside(const wire::Cell *cell) {
  const threads::ThreadRecord *thread = threads::current();
  if (!thread || thread->session != threads::session_number()) return 0;
  for (uint32_t i = 0; i < thread->depth; i++)
    if (thread->frames[i].cell == cell) return i + 1;
  return 0;
}

// The last quarter is for hops alone: what they count must not give way to what drivers and queues tell besides.
constexpr uint32_t kCellsOfAllKinds = wire::kCellCapacity / 4 * 3;

// Every live pad has a cell of its own, so that it has one writer; cells of one hop are added up by the reader.
uint32_t claim_cell(const CellKey &key) {
  if (!session->left_inside.empty()) free_what_was_left();
  const auto free_ones = session->free_cells.find(key);
  if (free_ones != session->free_cells.end() && !free_ones->second.empty()) {
    const uint32_t cell = free_ones->second.back();
    free_ones->second.pop_back();
    return cell;
  }
  wire::Cells &cells = session->segment.cells;
  const uint32_t index = cells.used.load(std::memory_order_relaxed);
  const bool hop = std::get<2>(key) == wire::kCellChain || std::get<2>(key) == wire::kCellPull;
  if (index >= (hop ? wire::kCellCapacity : kCellsOfAllKinds)) {
    session->segment.counters.add(hop ? wire::kCellsFull : wire::kSideCellsFull);
    return wire::kOverflowCell;
  }
  wire::Cell &cell = cells.cell[index];
  cell.kind.store(std::get<2>(key), std::memory_order_relaxed);
  cell.peer.store(std::get<1>(key), std::memory_order_relaxed);
  cell.start_unix_ns.store(unix_now_ns(), std::memory_order_relaxed);
  cell.pad.store(std::get<0>(key), std::memory_order_release);
  cells.used.store(index + 1, std::memory_order_release);  // partner: the reader
  session->key_of[index] = key;
  return index;
}

uint32_t index_of(const wire::Cell *cell) { return static_cast<uint32_t>(cell - session->segment.cells.cell); }

// Cells that are written when a call begins, which is not now.
void give_back(wire::Cell *cell) {
  if (cell && index_of(cell) != wire::kOverflowCell) free_cell(index_of(cell));
}

void give_back(timing::Hop &hop) {
  give_back(hop.gaps);
  hop.gaps = nullptr;
  if (!hop.cell || hop.shared) return;
  const uint32_t index = index_of(hop.cell);
  if (const uint32_t depth = depth_inside(hop.cell))
    session->left_inside.push_back({threads::current(), depth, index});
  else
    free_cell(index);
  hop = {};
}

void give_back(pads::QueueUse &use) {
  if (use.takes) use.takes->book_on(nullptr);
  give_back(use.cell);
  use.cell = nullptr;
  pads::let_go(use.takes);
}

void note_refused() {
  const uint64_t refused = session->directory.refused();
  session->segment.counters.add(wire::kDirectoryFull, refused - session->refused);
  session->refused = refused;
}

}  // namespace

void topology_begin(wire::Segment &segment) {
  const Locked locked;
  if (!live_ordinals) live_ordinals = new std::map<std::string, std::set<uint64_t>>;
  session = new Session(segment);
}

namespace {

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

// Nothing has gone into the queue that we saw, or nobody wants to know: nothing to take.
void use_queue(pads::QueueUse &use, const QueueInput &input, uint32_t driver, uint32_t peer) {
  if (!input.state || !input.state->queue.fills || !is_wanted(input.place)) return;
  const uint32_t cell = claim_cell({pad_id(input.place, driver), peer, wire::kCellQueue});
  if (cell == wire::kOverflowCell) return;
  use.takes = pads::share(input.state->queue.fills);
  use.cell = &session->segment.cells.cell[cell];
  use.takes->book_on(use.cell);
}

uint32_t resolve(pads::PadState &state, pads::Kind kind) {
  const PadPlace place = place_of(state.pad);
  const Ref<GstPad> peer_pad = real_peer(state.pad);
  const PadPlace peer_place = peer_pad ? place_of(peer_pad.get()) : PadPlace{};
  const bool chained = kind != pads::kGetRange;
  const bool fills = chained && pads::is_queue_pad(state.pad);
  const QueueInput input = chained ? input_of(peer_pad.get()) : QueueInput{};
  const uint64_t number = threads::session_number();
  const Locked locked;
  if (state.resolved_session == number) {
    give_back(state.hop);
    give_back(state.queue);
  } else {
    state.queue.cell = nullptr;  // of a segment that is gone
    pads::let_go(state.queue.takes);
    if (state.queue.fills) state.queue.fills->clear();
  }
  const uint32_t element = element_id(place);
  const uint32_t driver = element_id(peer_place);
  const uint32_t peer = peer_pad ? pad_id(peer_place, driver) : 0;
  state.hop = {nullptr, element, driver, false};
  if (is_wanted(place)) {
    const uint32_t cell = claim_cell({pad_id(place, element), peer, chained ? wire::kCellChain : wire::kCellPull});
    state.hop = {&session->segment.cells.cell[cell], element, driver, cell == wire::kOverflowCell};
  }
  if (fills && !state.queue.fills)
    __atomic_store_n(&state.queue.fills, pads::make_residence(), __ATOMIC_RELEASE);  // partner: the begin of a flush
  if (fills) pads::watch_flushes(state.pad);
  use_queue(state.queue, input, driver, peer);
  note_refused();
  return element;
}

}  // namespace

// One that could not be had, or is not wanted, is not asked for again.
void topology_gaps(pads::PadState &state) {
  const PadPlace place = place_of(state.pad);
  const Ref<GstPad> peer_pad = real_peer(state.pad);
  const PadPlace peer_place = peer_pad ? place_of(peer_pad.get()) : PadPlace{};
  const Locked locked;
  uint32_t cell = wire::kOverflowCell;
  if (state.hop.shared)
    session->segment.counters.add(wire::kSideCellsFull);
  else if (peer_pad && is_wanted(peer_place))
    cell = claim_cell({pad_id(peer_place, state.hop.driver), pad_id(place, state.hop.element), wire::kCellDriver});
  state.hop.gaps = &session->segment.cells.cell[cell];
}

void topology_resolve(pads::PadState &state, pads::Kind kind) { pads::set_owner(state.pad, resolve(state, kind)); }

uint32_t topology_element_of(GstPad *pad) {
  const PadPlace place = place_of(pad);
  const Locked locked;
  if (!session) return 0;
  const uint32_t element = element_id(place);
  note_refused();
  return element;
}

void topology_release(pads::PadState &state) {
  if (state.resolved_session == 0) return;
  const Locked locked;
  if (session && state.resolved_session == threads::session_number()) {
    give_back(state.hop);
    give_back(state.queue);
  }
  pads::let_go(state.queue.takes);
  pads::let_go(state.queue.fills);
}

uint32_t topology_thread(const char *name) {
  const Locked locked;
  return session ? session->directory.add(wire::kEntryThread, 0, {name}) : 0;
}

uint32_t topology_module(std::string_view path, std::string_view build_id, wire::ModuleKind kind, uint64_t size) {
  const Locked locked;
  return session ? session->directory.add(wire::kEntryModule, 0, {path, build_id}, kind, size) : 0;
}

void topology_fact(std::string_view key, std::string_view value) {
  const Locked locked;
  if (session) session->directory.add(wire::kEntryFact, 0, {key, value});
}

void lock_topology() { pthread_mutex_lock(&topology_mutex); }
void unlock_topology() { pthread_mutex_unlock(&topology_mutex); }

}  // namespace pyro::tracer
