// Which id has a name, and which cell a hop, in the live session? Used under its one mutex.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "pads/registry/pad-registry.h"
#include "tracer/place.h"
#include "wire/cell-table.h"
#include "wire/segment.h"

namespace pyro::tracer {

// All functions below: while one of these lives.
class Locked {
 public:
  Locked();
  ~Locked();
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;
};

using wire::CellKey;

// Forgets all ids and cells of the session before.
void begin_naming(wire::Segment &segment);
// The live session's segment; nullptr = there was none yet.
wire::Segment *named_segment();

// Ids, given out when a name is new. Objects keep theirs for as long as they live under that name.
uint32_t element_id(const PadPlace &place);
uint32_t pad_id(const PadPlace &place, uint32_t element);
uint32_t name_id(wire::EntryKind kind, const std::vector<std::string> &texts, uint64_t value0 = 0, uint64_t value1 = 0);
// From now on the names stand for themselves. The caller drops the objects when it has left the lock: one of them may
// be the last reference to a pipeline.
std::vector<Ref<GstObject>> take_objects(PadPlace &place);
// For what outlives the objects of a place: keeps the name until it is let go.
void hold_name(uint32_t id);
void let_go_of_name(uint32_t id);
// Of the thread with this record; "" = it is gone.
uint32_t thread_name_id(uint32_t record, std::string_view name);
// Counts names that did not fit since the last time.
void note_refused();

// Index of a cell of this key that nobody has, or wire::kOverflowCell (counted). Every live pad has a cell of its own,
// so that it has one writer; cells of one hop are added up by the reader.
uint32_t claim_cell(const CellKey &key);
const CellKey &key_of(const wire::Cell *cell);
uint32_t index_of(const wire::Cell *cell);
// The next pad of the same key may have it, at last any pad. Cells that are written when a call begins, which is not
// now.
void release_cell(wire::Cell *cell);
// A hop's own cell may be given up inside its own call: then nobody gets it before that has left.
void release_cell(timing::Hop &hop);

void lock_naming();
void unlock_naming();

}  // namespace pyro::tracer
