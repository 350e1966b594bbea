// Which directory id does a name have, and which cell a hop, in the live session? Everything is protected by one mutex.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "pads/registry/pad-registry.h"
#include "tracer/place.h"
#include "wire/cell-table.h"
#include "wire/segment.h"

namespace pyro::tracer {

// Holds the mutex. All functions below are called while one of these exists, except begin_naming, lock_naming and
// unlock_naming.
class Locked {
 public:
  Locked();
  ~Locked();
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;
};

using wire::CellKey;

// Starts a session with an empty directory and no cells in use. Takes the mutex itself.
void begin_naming(wire::Segment &segment);
// The live session's segment; nullptr before the first session, and in a forked child until it begins its own.
wire::Segment *named_segment();

// Directory id of an element, pad or other name; a new name is added. An object keeps its id as long as it keeps its
// name.
uint32_t element_id(const PadPlace &place);
uint32_t pad_id(const PadPlace &place, uint32_t element);
uint32_t name_id(wire::EntryKind kind, const std::vector<std::string> &texts, uint64_t value0 = 0, uint64_t value1 = 0);
// Moves the object references out of `place`, which keeps the names. The caller releases them after it has unlocked the
// mutex, since one may be the last reference to a pipeline.
std::vector<Ref<GstObject>> take_objects(PadPlace &place);
// Keep a directory entry alive after its object is gone, until let_go_of_name().
void hold_name(uint32_t id);
void let_go_of_name(uint32_t id);
// Directory id of the name of the thread with this record index, replacing its former name; "" = the thread has ended,
// and the id is 0.
uint32_t thread_name_id(uint32_t record, std::string_view name);
// Lines of named functions (wire::kEntryFunctions); false = there was no room.
bool add_function_lines(const std::string &lines, uint32_t count);
// What the pad with this directory id gets from now on. Nothing holds it: once it is read, its place may be used again.
void add_media(uint32_t pad, const std::string &text);
// Whether half of the directory is in use: then names of functions leave the rest to elements and pads.
bool names_are_scarce();
// Adds the names that did not fit into the directory since the last call to the counter kDirectoryFull.
void note_refused();

// Index of a cell that no live pad has, preferably a former one of this key; if there is none, wire::kOverflowCell,
// which is counted. Every live pad has a cell of its own, so that a cell has a single writer; the reader adds up the
// cells of one hop.
uint32_t claim_cell(const CellKey &key);
// Like claim_cell(), but nullptr if there is no free cell.
wire::Cell *own_cell(const CellKey &key);
// Gives a cell back, for the next pad of the same key or, once the agent has acknowledged it, for any key. For cells
// that are written only at the start of a call; no call may be at its start now.
void release_cell(wire::Cell *cell);
// Gives back all cells of a hop. If this is called from within a call of the hop, its cell stays reserved until that
// call has returned.
void release_cell(timing::Hop &hop);

void lock_naming();
void unlock_naming();

}  // namespace pyro::tracer
