// How is what a class or a pad has noted once, and handed over?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/function-notes.h"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

#include "pads/names/class-reading.h"
#include "pads/registry/pad-registry.h"
#include "pads/wrap/install.h"

namespace pyro::pads {
namespace {

// Everything noted in this process, before a session and in every one; a forked child has its parent's.
struct Notes {
  NotedFunctions all;
  std::unordered_map<GType, uint16_t> numbers;  // of types
  std::vector<uint16_t> places;                 // of pads' functions in all.notes, hashed; 0 = free
  size_t used_places = 0;
  uint64_t refused = 0;
};

pthread_mutex_t notes_mutex = PTHREAD_MUTEX_INITIALIZER;  // a leaf: nothing of GLib is called under it
Notes *notes = nullptr;                                   // never freed: exit handlers may come late

class Locked {
 public:
  Locked() {
    pthread_mutex_lock(&notes_mutex);
    if (!notes) notes = new Notes{{{}, {strdup("")}, {}, {}}, {}, {}, 0, 0};
  }
  ~Locked() { pthread_mutex_unlock(&notes_mutex); }
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;
};

uint16_t number_of(GType type) {
  const auto found = notes->numbers.find(type);
  return found == notes->numbers.end() ? kNoType : found->second;
}

bool is_known(GType type) {
  const Locked locked;
  return number_of(type) != kNoType;
}

bool add_type(const ReadType &read, uint16_t parent) {
  if (number_of(read.type) != kNoType) return true;
  std::vector<NotedType> &types = notes->all.types;
  if (types.size() == kMostTypes) return false;
  notes->numbers.emplace(read.type, static_cast<uint16_t>(types.size()));
  types.push_back({read.type, read.name, read.layout, parent, read.inherited});
  return true;
}

void add_note(const FunctionNote &note) {
  if (notes->all.notes.size() < kMostNotes && notes->all.images.meet(note.function))
    notes->all.notes.push_back(note);
  else
    notes->refused++;
}

void add_reading(const ClassLevel &level, uint16_t parent, const ClassReading &reading) {
  const Locked locked;
  if (number_of(level.type.type) != kNoType) return;  // another thread was here meanwhile
  bool room = add_type(level.type, parent);
  for (const ReadType &interface : reading.interfaces) room = add_type(interface, kNoType) && room;
  if (!room) {
    notes->refused += reading.slots.size();
    return;
  }
  for (const ReadSlot &slot : reading.slots)
    add_note({slot.function, number_of(slot.type), number_of(slot.of), slot.offset,
              slot.of_interface ? NoteKind::kInterfaceSlot : NoteKind::kClassSlot, PadUse::kChain});
}

void note_class(gpointer structure) {
  if (is_known(G_TYPE_FROM_CLASS(structure))) return;
  const std::vector<ClassLevel> levels = levels_of(structure);
  uint16_t parent = kNoType;
  for (size_t i = 0; i < levels.size(); i++) {
    if (!is_known(levels[i].type.type)) add_reading(levels[i], parent, read_class(levels.data(), i + 1));
    const Locked locked;
    parent = number_of(levels[i].type.type);
  }
}

// Bins and the pipeline too: what they do with states and messages is on stacks as well.
void note_classes_around(GstObject *element) {
  GstObject *object = GST_OBJECT(gst_object_ref(element));
  while (object) {
    note_class(G_OBJECT_GET_CLASS(object));
    GstObject *parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
}

struct PadFunctions {
  static constexpr size_t kMost = 24;
  struct One {
    PadUse use;
    gpointer function;
  };
  void add(PadUse use, gpointer function) {
    if (function && count < kMost) one[count++] = {use, function};
  }
  One one[kMost];
  size_t count = 0;
};

// The element's own, where one of our wrappers stands before them.
void add_wrapped(GstPad *pad, const PadState *state, Kind kind, PadUse use, PadFunctions &functions) {
  const gpointer function = __atomic_load_n(slot_of(pad, kind), __ATOMIC_ACQUIRE);
  if (!is_ours(kind, function)) return functions.add(use, function);
  if (!state) return;
  const Originals &originals = state->originals[kind];
  const uint32_t count = originals.count.load(std::memory_order_acquire);
  for (uint32_t level = 0; level < count; level++)
    functions.add(use, originals.function[level].load(std::memory_order_relaxed));
}

template <typename Function>
gpointer load(Function *slot) {
  return reinterpret_cast<gpointer>(__atomic_load_n(slot, __ATOMIC_RELAXED));
}

PadFunctions functions_of(GstPad *pad, const PadState *state) {
  PadFunctions functions;
  add_wrapped(pad, state, pads::kChain, PadUse::kChain, functions);
  add_wrapped(pad, state, pads::kChainList, PadUse::kChainList, functions);
  add_wrapped(pad, state, pads::kGetRange, PadUse::kGetRange, functions);
  add_wrapped(pad, state, pads::kEvent, PadUse::kEvent, functions);
  add_wrapped(pad, state, pads::kEventFull, PadUse::kEvent, functions);
  add_wrapped(pad, state, pads::kQuery, PadUse::kQuery, functions);
  functions.add(PadUse::kActivate, load(&GST_PAD_ACTIVATEFUNC(pad)));
  functions.add(PadUse::kActivateMode, load(&GST_PAD_ACTIVATEMODEFUNC(pad)));
  GST_OBJECT_LOCK(pad);
  const GstTask *task = GST_PAD_TASK(pad);
  const gpointer loop = task ? reinterpret_cast<gpointer>(task->func) : nullptr;
  GST_OBJECT_UNLOCK(pad);
  functions.add(PadUse::kLoop, loop);
  return functions;
}

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;  // Knuth: multiplicative hashing

uint64_t mixed(uint64_t hash, uint64_t word) { return (hash ^ word) * kGolden ^ (hash >> 29); }

// Of what a pad was noted with, the bin around its element too, which may come later than a link: never 0.
uint64_t hash_of(GstObject *element, const PadFunctions &functions) {
  const auto bin = reinterpret_cast<uint64_t>(__atomic_load_n(&GST_OBJECT_PARENT(element), __ATOMIC_RELAXED));
  uint64_t hash = mixed(mixed(1, G_OBJECT_TYPE(element)), bin);
  for (size_t i = 0; i < functions.count; i++)
    hash = mixed(hash, reinterpret_cast<uint64_t>(functions.one[i].function) + static_cast<uint64_t>(i));
  return hash | 1;
}

// What pads of that kind are called: by the template, else by the name with "%u" for its numbers. Names of another
// look are an application's own and say nothing of the function.
std::string template_of(GstPad *pad) {
  std::string name;
  GST_OBJECT_LOCK(pad);
  const GstPadTemplate *from = GST_PAD_PAD_TEMPLATE(pad);
  const char *text = from ? GST_PAD_TEMPLATE_NAME_TEMPLATE(from) : GST_OBJECT_NAME(pad);
  for (const char *at = text ? text : ""; *at; at++) {
    if (!g_ascii_isdigit(*at) || from)
      name.push_back(*at);
    else if (at == text || !g_ascii_isdigit(at[-1]))
      name.append("%u");
  }
  GST_OBJECT_UNLOCK(pad);
  const auto is_plain = [](char c) { return g_ascii_isalnum(c) || std::strchr("_-%", c); };
  const bool plain = name.size() < 32 && std::all_of(name.begin(), name.end(), is_plain);
  return plain ? name : "";
}

uint16_t template_number(const std::string &name) {
  std::vector<const char *> &templates = notes->all.templates;
  for (size_t i = 0; i < templates.size(); i++)
    if (name == templates[i]) return static_cast<uint16_t>(i);
  if (templates.size() == kMostTemplates) return 0;
  templates.push_back(strdup(name.c_str()));
  return static_cast<uint16_t>(templates.size() - 1);
}

bool is_about_the_same(const FunctionNote &a, const FunctionNote &b) {
  return a.function == b.function && a.type == b.type && a.of == b.of && a.use == b.use;
}

uint64_t place_hash(const FunctionNote &note) {
  return mixed(mixed(1, reinterpret_cast<uint64_t>(note.function)), note.type) >> 32;
}

void put_in_place(uint16_t number) {
  const size_t mask = notes->places.size() - 1;
  size_t at = place_hash(notes->all.notes[number - 1]) & mask;
  while (notes->places[at] != 0) at = (at + 1) & mask;
  notes->places[at] = number;
}

void make_places() {
  if (notes->places.size() > 2 * notes->used_places) return;
  const std::vector<uint16_t> before = std::move(notes->places);
  notes->places.assign(std::max<size_t>(256, before.size() * 2), 0);
  for (const uint16_t number : before)
    if (number != 0) put_in_place(number);
}

// Two notes with templates that differ say all there is to say: the function is not that of one pad.
bool is_noted(const FunctionNote &note) {
  const size_t mask = notes->places.size() - 1;
  uint32_t others = 0;
  for (size_t at = place_hash(note) & mask; notes->places[at] != 0; at = (at + 1) & mask) {
    const FunctionNote &one = notes->all.notes[notes->places[at] - 1];
    if (!is_about_the_same(one, note)) continue;
    if (one.where == note.where || ++others == 2) return true;
  }
  return false;
}

void note_function(const FunctionNote &note) {
  make_places();
  if (is_noted(note)) return;
  const size_t before = notes->all.notes.size();
  add_note(note);
  if (notes->all.notes.size() == before) return;
  notes->used_places++;
  put_in_place(static_cast<uint16_t>(before + 1));
}

void note_pad_functions(GstPad *pad, GType element, const PadFunctions &functions) {
  const std::string name = template_of(pad);
  const Locked locked;
  const uint16_t type = number_of(element), of = number_of(G_OBJECT_TYPE(pad));
  if (type == kNoType || of == kNoType) return;
  const uint16_t where = template_number(name);
  for (size_t i = 0; i < functions.count; i++)
    note_function({functions.one[i].function, type, of, where, NoteKind::kPadFunction, functions.one[i].use});
}

void note(GstPad *pad, GstObject *element) {
  PadState *state = find(pad, nullptr);
  const PadFunctions functions = GST_IS_PROXY_PAD(pad) ? PadFunctions{} : functions_of(pad, state);
  const uint64_t hash = hash_of(element, functions);
  if (state && state->noted_functions.exchange(hash, std::memory_order_relaxed) == hash) return;
  note_classes_around(element);
  note_class(G_OBJECT_GET_CLASS(pad));
  note_pad_functions(pad, G_OBJECT_TYPE(element), functions);
}

}  // namespace

void note_functions_of(GstPad *pad) {
  GstObject *parent = gst_object_get_parent(GST_OBJECT(pad));
  if (!parent) return;
  if (GST_IS_ELEMENT(parent)) note(pad, parent);
  gst_object_unref(parent);
}

bool take_notes(NotedFunctions &known) {
  const Locked locked;
  const NotedFunctions &all = notes->all;
  if (known.notes.size() == all.notes.size()) return false;
  known.types.insert(known.types.end(), all.types.begin() + static_cast<ptrdiff_t>(known.types.size()),
                     all.types.end());
  known.templates = all.templates;
  known.images = all.images;
  known.notes.insert(known.notes.end(), all.notes.begin() + static_cast<ptrdiff_t>(known.notes.size()),
                     all.notes.end());
  return true;
}

uint64_t notes_refused() {
  const Locked locked;
  return notes->refused;
}

void lock_notes() { pthread_mutex_lock(&notes_mutex); }
void unlock_notes() { pthread_mutex_unlock(&notes_mutex); }

}  // namespace pyro::pads
