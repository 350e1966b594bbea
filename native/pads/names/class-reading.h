// Which functions does a class bring that its parent class has not?
//
// Only while an instance of it lives: its module may be unloaded afterwards. Callbacks are read where the table says
// that there are some; of a class that it does not know, each word of the class's own part may be one.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <cstdint>
#include <vector>

#include "pads/names/class-slots.h"

namespace pyro::pads {

// A class or interface with its structure.
struct ReadType {
  GType type;
  const char *name;
  const ClassLayout *layout;
  uint16_t size;       // of the structure in bytes; 0 = not known, as of a type that a GTypeModule brings
  uint16_t inherited;  // of these from the parent
};

struct ReadSlot {
  gpointer function;
  GType type;  // whose it is: the class that was read, or an interface whose default it is
  GType of;    // what has the slot
  uint16_t offset;
  bool of_interface;
};

struct ClassLevel {
  ReadType type;
  gpointer structure;
};

struct ClassReading {
  std::vector<ReadType> interfaces;
  std::vector<ReadSlot> slots;
};

// A class and what it derives from, outermost first.
std::vector<ClassLevel> levels_of(gpointer class_structure);
// What the last of `levels` brings.
ClassReading read_class(const ClassLevel *levels, size_t count);

}  // namespace pyro::pads
