// Which functions do the classes of elements, their interfaces and their pads have? Noted where they are met.
//
// A class is read in the thread that links a pad of one of its elements: there an instance lives, so its class and its
// module do. Kept are numbers, addresses, and texts that are never freed; nothing is read again later.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <cstdint>
#include <vector>

#include "pads/names/class-slots.h"
#include "pads/names/code-images.h"

namespace pyro::pads {

inline constexpr uint16_t kNoType = UINT16_MAX;

// A class or an interface. Types are told apart by their number in NotedFunctions.
struct NotedType {
  GType type;
  const char *name;           // GLib's own, which it never frees
  const ClassLayout *layout;  // nullptr: the table does not know it
  uint16_t parent;            // kNoType = none
  uint16_t inherited;         // bytes of its structure that are the parent's
};

enum class NoteKind : uint8_t { kClassSlot, kInterfaceSlot, kPadFunction };
enum class PadUse : uint8_t { kChain, kChainList, kGetRange, kEvent, kQuery, kActivate, kActivateMode, kLoop };
inline constexpr const char *kPadUseNames[] = {"chain", "chainlist", "getrange",     "event",
                                               "query", "activate",  "activatemode", "loop"};

struct FunctionNote {
  gpointer function;
  uint16_t type;   // whose slot this is; of a pad's function, the element's type
  uint16_t of;     // which class or interface has the slot; of a pad's function, the pad's type
  uint16_t where;  // offset of the slot; of a pad's function, the number of the pad's template
  NoteKind kind;
  PadUse use;  // of a pad's function
};
static_assert(sizeof(FunctionNote) == 16);

struct NotedFunctions {
  std::vector<NotedType> types;  // parents before children
  std::vector<const char *> templates;
  std::vector<FunctionNote> notes;
  CodeImages images;  // files that the functions were in
};

// Bounds of what is kept in the target.
inline constexpr size_t kMostNotes = 8192, kMostTypes = 2048, kMostTemplates = 1024;

// Notes the classes of the pad, of its element and of the bins around it, and the pad's own functions. The caller holds
// the pad, and no lock. For what is known already it costs a comparison.
void note_functions_of(GstPad *pad);
// Adds to `known` what was noted since it was filled last; false = nothing.
bool take_notes(NotedFunctions &known);
// Functions for which there was no room so far.
uint64_t notes_refused();

// Around fork.
void lock_notes();
void unlock_notes();

}  // namespace pyro::pads
