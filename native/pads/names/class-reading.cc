// How are the callbacks of a class read?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/class-reading.h"

namespace pyro::pads {
namespace {

// Of a class that the table does not know: more words are data.
constexpr uint32_t kMostWords = 512;
constexpr uint32_t kWord = sizeof(gpointer);

gpointer word_at(gconstpointer structure, uint32_t offset) {
  const auto *at = reinterpret_cast<const gpointer *>(static_cast<const char *>(structure) + offset);
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}

ReadType describe(GType type, uint16_t inherited) {
  GTypeQuery query{};  // stays empty for a type of a GTypeModule
  g_type_query(type, &query);
  const auto size = static_cast<uint16_t>(query.class_size);  // a number of 16 bits in GTypeInfo
  const char *name = g_type_name(type);
  return {type, name, layout_of(name, size), size, inherited};
}

// Runs visit(offset) for each place in the own part of a structure where a callback is or may be.
template <typename Visit>
void each_slot(const ReadType &type, Visit visit) {
  if (type.layout) {
    const char *slots = type.layout->slots;
    for (ClassSlot slot; next_slot(slots, slot);) visit(slot.offset);
    return;
  }
  const uint32_t begin = (type.inherited + kWord - 1) / kWord * kWord;
  for (uint32_t i = 0, at = begin; i < kMostWords && at + kWord <= type.size; i++, at += kWord) visit(at);
}

// The interface itself, as far as the table knows it: nobody says how large its structure is.
ReadType describe_interface(GType type) {
  const char *name = g_type_name(type);
  const ClassLayout *layout = interface_layout_of(name);
  return {type, name, layout, layout ? layout->size : uint16_t{0}, sizeof(GTypeInterface)};
}

void read_slots(const ClassLevel &own, const ClassLevel *parent, const ReadType &of, ClassReading &reading) {
  each_slot(of, [&](uint32_t offset) {
    const gpointer function = word_at(own.structure, offset);
    const bool may_be_inherited = parent && of.type != own.type.type;
    if (function && !(may_be_inherited && word_at(parent->structure, offset) == function))
      reading.slots.push_back({function, own.type.type, of.type, static_cast<uint16_t>(offset), false});
  });
}

void read_interface(const ClassLevel &own, const ClassLevel *parent, GType type, ClassReading &reading) {
  const gpointer table = g_type_interface_peek(own.structure, type);
  const gpointer inherited = parent ? g_type_interface_peek(parent->structure, type) : nullptr;
  if (!table || table == inherited) return;
  const gpointer defaults = g_type_default_interface_peek(type);
  const ReadType interface = describe_interface(type);
  const size_t before = reading.slots.size();
  each_slot(interface, [&](uint32_t offset) {
    const gpointer function = word_at(table, offset);
    if (!function || (inherited && word_at(inherited, offset) == function)) return;
    const bool is_default = defaults && word_at(defaults, offset) == function;
    reading.slots.push_back({function, is_default ? type : own.type.type, type, static_cast<uint16_t>(offset), true});
  });
  if (reading.slots.size() > before) reading.interfaces.push_back(interface);
}

}  // namespace

std::vector<ClassLevel> levels_of(gpointer class_structure) {
  std::vector<gpointer> structures;
  for (gpointer at = class_structure; at; at = g_type_class_peek_parent(at)) structures.push_back(at);
  std::vector<ClassLevel> levels;
  for (auto at = structures.rbegin(); at != structures.rend(); ++at) {
    const uint16_t inherited = levels.empty() ? sizeof(GTypeClass) : levels.back().type.size;
    levels.push_back({describe(G_TYPE_FROM_CLASS(*at), inherited), *at});
    // Where its own part begins is not known either.
    if (inherited == 0) levels.back().type.size = 0;
  }
  return levels;
}

ClassReading read_class(const ClassLevel *levels, size_t count) {
  ClassReading reading;
  const ClassLevel &own = levels[count - 1];
  const ClassLevel *parent = count > 1 ? &levels[count - 2] : nullptr;
  for (size_t i = 0; i < count; i++) read_slots(own, parent, levels[i].type, reading);
  guint interfaces = 0;
  GType *types = g_type_interfaces(own.type.type, &interfaces);
  for (guint i = 0; i < interfaces; i++) read_interface(own, parent, types[i], reading);
  g_free(types);
  return reading;
}

}  // namespace pyro::pads
