// How do names get ids, and hops their cells?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/naming.h"

#include <pthread.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exposition/display-names.h"
#include "process/redact.h"
#include "threads/live.h"
#include "threads/thread-record.h"
#include "tracer/places.h"

namespace pyro::tracer {
namespace {

// A cell given up from inside its own call (the pad was relinked or freed there): that call still writes to it when it
// leaves, so no other pad gets it before.
struct LeftInside {
  const threads::ThreadRecord *thread;
  uint32_t depth;  // of the frame
  uint32_t cell;
};

// Everything known of the live session, under topology_mutex.
struct Session {
  explicit Session(wire::Segment &live)
      : segment(live),
        retirement(live.recycling),
        directory(live.directory, retirement),
        cells(live.cells, retirement,
              {with_names_of<&wire::DirectoryWriter::hold>, with_names_of<&wire::DirectoryWriter::release>, this}) {
    directory.on_forgotten(forget, this);
  }
  static void forget(void *user, uint32_t id) {
    static_cast<Session *>(user)->places.forget(id);
    static_cast<Session *>(user)->shared.erase(id);
  }
  uint32_t index_of(const wire::Cell *cell) const { return static_cast<uint32_t>(cell - segment.cells.cell); }
  // The ids of the pads that a cell is about. A change of state has an element, and no peer.
  template <void (wire::DirectoryWriter::*each)(uint32_t)>
  static void with_names_of(void *user, const CellKey &key) {
    wire::DirectoryWriter &directory = static_cast<Session *>(user)->directory;
    const auto [pad, peer, kind] = key;
    (directory.*each)(pad);
    if (kind != wire::kCellState) (directory.*each)(peer);
  }

  const pid_t pid = getpid();
  wire::Segment &segment;
  wire::Retirement retirement;
  wire::DirectoryWriter directory;
  wire::CellTable cells;
  Places places;
  std::set<uint32_t> shared;           // ids that more than one object had, one after the other
  std::vector<uint32_t> thread_names;  // by record
  std::vector<LeftInside> left_inside;
  uint64_t refused = 0;  // names that did not fit, as counted so far
  uint32_t renamed = 0;
  uint32_t function_lines = 0;  // entries of them
  uint64_t media = 0;           // entries of it
};

// A forked child has the parent's session until it begins one of its own, but not its segment: nothing of it may be
// touched, whatever objects go meanwhile.
bool is_ours();

pthread_mutex_t topology_mutex = PTHREAD_MUTEX_INITIALIZER;
Session *session = nullptr;                                // never freed: exit handlers may come late
std::map<std::string, std::set<uint64_t>> *live_ordinals;  // of living pipelines, by name

bool is_ours() { return session && session->pid == getpid(); }

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

// What an object, or a name without one, is called in the directory.
struct Named {
  Session *session = nullptr;
  uint32_t id = 0, parent = 0;
  std::string name;
  uint64_t value0 = 0;
  // Of a name that differs from object to object: where its number comes from.
  std::string prefix;
  uint32_t scope = 0, number = 0;
};

GQuark named_quark() {
  static const GQuark quark = g_quark_from_static_string("gst-pyroscope-named");
  return quark;
}

void let_go(const Named &named) {
  if (named.session != session || !is_ours()) return;  // of a segment that is gone
  session->directory.release(named.id);
  if (!named.prefix.empty()) session->places.release(named.scope, named.prefix, named.number);
}

void named_gone(gpointer data) {
  const std::unique_ptr<Named> named{static_cast<Named *>(data)};
  const Locked locked;
  let_go(*named);
}

// A name as it may be looked for: whose it is, what stands beside it, and what makes it one of many.
struct Wanted {
  wire::EntryKind kind;
  uint32_t parent, scope;
  std::string name;
  std::initializer_list<std::string_view> others;
  uint64_t value0;
  std::optional<std::string> automatic;  // what a number is shown behind
  std::string prefix = {};               // what stands for all such names; "" = only what its own looks like
};

// Where the name itself says nothing that is the same in another run.
std::string prefix_of(const Wanted &wanted) {
  if (wanted.automatic) return *wanted.automatic;
  if (!wanted.prefix.empty()) return wanted.prefix;
  std::string safe = exposition::safe_name(wanted.name);
  return safe == wanted.name ? "" : safe;
}

Named look_up(const Wanted &wanted) {
  wire::DirectoryWriter &directory = session->directory;
  Named named{session, 0, wanted.parent, wanted.name, wanted.value0, prefix_of(wanted), wanted.scope, 0};
  std::string key, first = wanted.name;
  uint64_t shown = 0;
  if (!named.prefix.empty()) {
    // Where a pipeline has the place of one that is gone, so has what is in it.
    const bool scarce = directory.is_scarce() || session->cells.is_scarce() || session->shared.count(named.scope) > 0;
    named.number = session->places.number(named.scope, named.prefix, named.name, scarce);
    first = session->places.first_name(named.scope, named.prefix, named.number);
    if (wanted.automatic) shown = uint64_t{named.number} + 1;
    key = named.prefix + '\1' + std::to_string(named.number);
  }
  std::vector<std::string> texts{process::redact_name(first)};
  for (const std::string_view text : wanted.others) {
    texts.emplace_back(text);
    if (!key.empty()) key.append(1, '\0').append(text);
  }
  named.id = directory.add(wanted.kind, wanted.parent, texts, wanted.value0, shown, key);
  if (first != wanted.name) session->shared.insert(named.id);
  return named;
}

// `object` may be gone.
uint32_t id_of(GObject *object, const Wanted &wanted) {
  if (!object) return look_up(wanted).id;
  auto *named = static_cast<Named *>(g_object_get_qdata(object, named_quark()));
  if (named && named->session == session && named->parent == wanted.parent && named->name == wanted.name &&
      named->value0 == wanted.value0)
    return named->id;
  Named now = look_up(wanted);
  session->directory.hold(now.id);
  if (!now.prefix.empty()) session->places.hold(now.scope, now.prefix, now.number);
  if (named) {
    let_go(*named);
    *named = std::move(now);
    return named->id;
  }
  named = new Named(std::move(now));
  g_object_set_qdata_full(object, named_quark(), named, named_gone);
  return named->id;
}

// Names of pipelines that mean nothing any more; a program that renames each of thousands gets no further ones.
constexpr uint32_t kMostRenamed = 256;

void note_renamed(GObject *pipeline, const Ordinal &former) {
  const auto *named = static_cast<Named *>(g_object_get_qdata(pipeline, named_quark()));
  std::string name = former.name;
  if (named && named->session == session && named->name == name && !named->prefix.empty())
    name = session->places.first_name(named->scope, named->prefix, named->number);
  if (session->renamed++ < kMostRenamed)
    name_id(wire::kEntryFact, {"renamed", process::redact_name(name)}, former.number);
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
    note_renamed(object, *known);
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

namespace {
std::string capacity_text(const Node &node) { return node.capacity > 0 ? std::to_string(node.capacity) : ""; }
}  // namespace

uint32_t element_id(const PadPlace &place) {
  uint32_t id = 0, pipeline = 0;
  for (const Node &node : place.path) {
    GObject *object = G_OBJECT(node.object.get());
    const auto automatic = exposition::auto_prefix(node.name, node.factory);
    if (node.pipeline && id == 0)
      id = pipeline = id_of(
          object, {wire::kEntryPipeline, 0, 0, node.name, {node.factory, node.type}, ordinal_of(node), automatic});
    else
      id = id_of(object, {wire::kEntryElement,
                          id,
                          pipeline,
                          node.name,
                          {node.factory, node.plugin, node.klass, node.type, capacity_text(node), node.published},
                          node.flags,
                          automatic});
  }
  return id;
}

// Of pads that are made on request, only the template says the same in every run.
uint32_t pad_id(const PadPlace &place, uint32_t element) {
  const bool many = place.pad_template.find('%') != std::string::npos;
  return id_of(G_OBJECT(place.pad), {wire::kEntryPad,
                                     element,
                                     element,
                                     place.name,
                                     {place.pad_template},
                                     place.direction,
                                     std::nullopt,
                                     many ? place.pad_template : ""});
}

void hold_name(uint32_t id) {
  if (is_ours()) session->directory.hold(id);
}

void let_go_of_name(uint32_t id) {
  if (is_ours()) session->directory.release(id);
}

uint32_t thread_name_id(uint32_t record, std::string_view name) {
  if (!is_ours()) return 0;
  std::vector<uint32_t> &names = session->thread_names;
  if (record >= names.size()) names.resize(record + 1);
  const uint32_t before = names[record];
  names[record] = name.empty() ? 0 : session->directory.add(wire::kEntryThread, 0, {std::string(name)});
  session->directory.hold(names[record]);
  session->directory.release(before);
  return names[record];
}

namespace {

// Of this thread only: no other may look at its depth. A record used again has no frames left of the thread before.
void free_what_was_left() {
  const threads::ThreadRecord *thread = threads::current();
  std::vector<LeftInside> &left = session->left_inside;
  for (size_t i = 0; i < left.size();) {
    if (left[i].thread != thread || thread->depth >= left[i].depth) {
      i++;
      continue;
    }
    session->cells.retire(left[i].cell);
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

}  // namespace

uint32_t claim_cell(const CellKey &key) {
  if (!session->left_inside.empty()) free_what_was_left();
  const uint32_t index = session->cells.claim(key);
  if (index == wire::kOverflowCell)
    session->segment.counters.add(wire::is_hop_kind(std::get<2>(key)) ? wire::kCellsFull : wire::kSideCellsFull);
  return index;
}

wire::Cell *own_cell(const CellKey &key) {
  const uint32_t index = claim_cell(key);
  return index == wire::kOverflowCell ? nullptr : &session->segment.cells.cell[index];
}

void release_cell(wire::Cell *cell) {
  if (cell && is_ours() && session->index_of(cell) != wire::kOverflowCell)
    session->cells.retire(session->index_of(cell));
}

void release_cell(timing::Hop &hop) {
  if (!is_ours()) {
    hop = {};
    return;
  }
  release_cell(hop.driver_cell);
  release_cell(hop.transit);
  hop.driver_cell = hop.transit = nullptr;
  if (!hop.cell || hop.shared) return;
  const uint32_t index = session->index_of(hop.cell);
  if (const uint32_t depth = depth_inside(hop.cell))
    session->left_inside.push_back({threads::current(), depth, index});
  else
    session->cells.retire(index);
  hop = {};
}

void note_refused() {
  const uint64_t refused = session->directory.refused();
  session->segment.counters.add(wire::kDirectoryFull, refused - session->refused);
  session->refused = refused;
}

uint32_t name_id(wire::EntryKind kind, const std::vector<std::string> &texts, uint64_t value0, uint64_t value1) {
  return is_ours() ? session->directory.add(kind, 0, texts, value0, value1) : 0;
}

bool add_function_lines(const std::string &lines, uint32_t count) {
  if (!is_ours()) return false;
  // Its key is a number, so that the directory keeps no copy of the text.
  const std::string key = "functions " + std::to_string(session->function_lines++);
  return session->directory.add(wire::kEntryFunctions, 0, {lines}, count, 0, key) != wire::kOverflowId;
}

void add_media(uint32_t pad, const std::string &text) {
  if (!is_ours()) return;
  // Told each time: a pad may get again what it got before.
  const std::string key = "caps " + std::to_string(session->media++);
  session->directory.add(wire::kEntryCaps, 0, {text}, pad, 0, key);
}

bool names_are_scarce() { return is_ours() && session->directory.is_scarce(); }

wire::Segment *named_segment() { return is_ours() ? &session->segment : nullptr; }

void begin_naming(wire::Segment &segment) {
  const Locked locked;
  session = new Session(segment);
}

void lock_naming() { pthread_mutex_lock(&topology_mutex); }
void unlock_naming() { pthread_mutex_unlock(&topology_mutex); }

}  // namespace pyro::tracer
