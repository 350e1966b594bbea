// Which callbacks has a class structure, where, and what are they called?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace pyro::pads {

struct ClassLayout {
  const char *type;
  uint16_t size;      // of the structure in bytes, what it inherits included
  bool stable;        // else it is as here in one version of GStreamer only
  const char *slots;  // callbacks of its own part, a line each: "<offset> <name>\n"
};

// What the table says of a type; nullptr: nothing that holds for a structure of this size in this GStreamer.
const ClassLayout *layout_of(const char *type, uint32_t class_size);
// Of an interface, whose size GObject tells nobody. It can only grow: nothing of a GStreamer older than the table.
const ClassLayout *interface_layout_of(const char *type);

struct ClassSlot {
  uint32_t offset;
  std::string_view name;
};

// Takes the next line off `slots`; false at the end.
bool next_slot(const char *&slots, ClassSlot &slot);
// The name of the callback at `offset`; "" = none.
std::string_view slot_name(const ClassLayout &layout, uint32_t offset);

}  // namespace pyro::pads
