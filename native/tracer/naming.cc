// How do names get ids, and hops their cells?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/naming.h"

#include <pthread.h>

#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "process/redact.h"
#include "threads/live.h"
#include "threads/thread-record.h"

namespace pyro::tracer {
namespace {

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

GQuark ordinal_quark() {
  static const GQuark quark = g_quark_from_static_string("gst-pyroscope-pipeline-ordinal");
  return quark;
}

struct Ordinal {
  std::string name;
  uint64_t number;
};

void let_go(const Ordinal &ordinal) {
  const auto used = live_ordinals->find(ordinal.name);
  used->second.erase(ordinal.number);
  if (used->second.empty()) live_ordinals->erase(used);  // GStreamer numbers pipelines: names do not come again
}

void pipeline_gone(gpointer data) {
  const std::unique_ptr<Ordinal> ordinal{static_cast<Ordinal *>(data)};
  const Locked locked;
  let_go(*ordinal);
}

Ordinal smallest_free(const std::string &name) {
  if (!live_ordinals) live_ordinals = new std::map<std::string, std::set<uint64_t>>;
  std::set<uint64_t> &used = (*live_ordinals)[name];
  uint64_t number = 1;
  while (used.count(number)) number++;
  used.insert(number);
  return {name, number};
}

// Living pipelines of one name are told apart by the smallest free number, so that one built again gets its old place.
// One that was renamed is another: readers hear that its former name stands for nothing any more.
uint64_t ordinal_of(const Node &pipeline) {
  if (!pipeline.object) return pipeline.ordinal;
  GObject *object = G_OBJECT(pipeline.object.get());
  Ordinal *known = static_cast<Ordinal *>(g_object_get_qdata(object, ordinal_quark()));
  if (!known) {
    known = new Ordinal(smallest_free(pipeline.name));
    g_object_set_qdata_full(object, ordinal_quark(), known, pipeline_gone);
  } else if (known->name != pipeline.name) {
    name_id(wire::kEntryFact, {"renamed", process::redact_name(known->name)}, known->number);
    let_go(*known);
    *known = smallest_free(pipeline.name);
  }
  return known->number;
}

}  // namespace

std::vector<Ref<GstObject>> take_objects(PadPlace &place) {
  std::vector<Ref<GstObject>> objects;
  for (Node &node : place.path) {
    if (node.pipeline) node.ordinal = ordinal_of(node);
    objects.push_back(std::move(node.object));
  }
  return objects;
}

Locked::Locked() { pthread_mutex_lock(&topology_mutex); }
Locked::~Locked() { pthread_mutex_unlock(&topology_mutex); }

uint32_t element_id(const PadPlace &place) {
  uint32_t id = 0;
  for (const Node &node : place.path) {
    if (node.pipeline && id == 0)
      id = session->directory.add(wire::kEntryPipeline, 0, {process::redact_name(node.name), node.factory, node.type},
                                  ordinal_of(node));
    else
      id = session->directory.add(wire::kEntryElement, id,
                                  {process::redact_name(node.name), node.factory, node.plugin, node.klass, node.type},
                                  node.flags);
  }
  return id;
}

uint32_t pad_id(const PadPlace &place, uint32_t element) {
  return session->directory.add(wire::kEntryPad, element, {process::redact_name(place.name), place.pad_template},
                                place.direction);
}

namespace {

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

}  // namespace

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

void give_back(wire::Cell *cell) {
  if (cell && index_of(cell) != wire::kOverflowCell) free_cell(index_of(cell));
}

void give_back(timing::Hop &hop) {
  give_back(hop.gaps);
  give_back(hop.transit);
  hop.gaps = hop.transit = nullptr;
  if (!hop.cell || hop.shared) return;
  const uint32_t index = index_of(hop.cell);
  if (const uint32_t depth = depth_inside(hop.cell))
    session->left_inside.push_back({threads::current(), depth, index});
  else
    free_cell(index);
  hop = {};
}

void note_refused() {
  const uint64_t refused = session->directory.refused();
  session->segment.counters.add(wire::kDirectoryFull, refused - session->refused);
  session->refused = refused;
}

uint32_t name_id(wire::EntryKind kind, std::initializer_list<std::string_view> texts, uint64_t value0,
                 uint64_t value1) {
  return session ? session->directory.add(kind, 0, texts, value0, value1) : 0;
}

const CellKey &key_of(const wire::Cell *cell) { return session->key_of[index_of(cell)]; }

wire::Segment *named_segment() { return session ? &session->segment : nullptr; }

void begin_naming(wire::Segment &segment) {
  const Locked locked;
  session = new Session(segment);
}

void lock_naming() { pthread_mutex_lock(&topology_mutex); }
void unlock_naming() { pthread_mutex_unlock(&topology_mutex); }

}  // namespace pyro::tracer
