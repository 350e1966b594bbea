// How is a type found in the table of class structures?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/class-slots.h"

#include <gst/gst.h>

#include <cstring>

#include "pads/names/class-slots.inc"

namespace pyro::pads {
namespace {

static_assert(sizeof(gpointer) == 8, "offsets in the table are those of machines with 64 bits");

// One text a class instead of a pointer a name: nothing to relocate when the plugin is loaded.
#define SLOT_LINE(structure, field, offset) #offset " " #field "\n"
#define STABLE_CLASS(type, structure, size, slots) {#type, size, true, "" slots},
#define UNSTABLE_CLASS(type, structure, size, slots) {#type, size, false, "" slots},
#define ROWS_true(library) PYRO_SLOTS_##library(STABLE_CLASS, SLOT_LINE)
#define ROWS_false(library) PYRO_SLOTS_##library(UNSTABLE_CLASS, SLOT_LINE)
#define ROWS(library, stable) ROWS_##stable(library)
const ClassLayout kLayouts[] = {PYRO_SLOT_LIBRARIES(ROWS)};
#undef ROWS
#undef ROWS_false
#undef ROWS_true
#undef UNSTABLE_CLASS
#undef STABLE_CLASS
#undef SLOT_LINE

guint minor_version() {
  guint major, minor, micro, nano;
  gst_version(&major, &minor, &micro, &nano);
  return minor;
}

const ClassLayout *row_of(const char *type) {
  for (const ClassLayout &layout : kLayouts)
    if (std::strcmp(layout.type, type) == 0) return &layout;
  return nullptr;
}

bool holds(const ClassLayout &layout, guint oldest) {
  const guint minor = minor_version();
  return layout.stable ? minor >= oldest : minor == PYRO_SLOTS_MINOR;
}

}  // namespace

const ClassLayout *layout_of(const char *type, uint32_t class_size) {
  const ClassLayout *layout = row_of(type);
  return layout && layout->size == class_size && holds(*layout, 0) ? layout : nullptr;
}

const ClassLayout *interface_layout_of(const char *type) {
  const ClassLayout *layout = row_of(type);
  return layout && holds(*layout, PYRO_SLOTS_MINOR) ? layout : nullptr;
}

bool next_slot(const char *&slots, ClassSlot &slot) {
  if (!*slots) return false;
  const char *at = slots;
  slot.offset = 0;
  for (; *at != ' '; at++) slot.offset = slot.offset * 10 + static_cast<uint32_t>(*at - '0');
  const char *begin = ++at;
  while (*at != '\n') at++;
  slot.name = {begin, static_cast<size_t>(at - begin)};
  slots = at + 1;
  return true;
}

std::string_view slot_name(const ClassLayout &layout, uint32_t offset) {
  const char *slots = layout.slots;
  for (ClassSlot slot; next_slot(slots, slot);)
    if (slot.offset == offset) return slot.name;
  return "";
}

}  // namespace pyro::pads
