// What does a walk read of the process's modules? One immutable sorted array, replaced as a whole.
//
// The background thread makes a snapshot, publishes its pointer and keeps the old one until it has seen `in_flight` at
// zero afterwards: a walk counts itself in before it loads the pointer.
//
// Whatever a walk can learn from a snapshot has a generation. Each snapshot brings a number that no other had, in a
// forked child too, and gets another one whenever something in it was changed, after the change: who keeps copies
// (frame-cache.h) keeps them for one number.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "unwind/cfi/mapped-array.h"
#include "unwind/modules/call-sites.h"
#include "unwind/modules/table.h"

namespace pyro::unwind {

// What handlers tell the background thread about one module, and what it may still add while a snapshot is out.
struct ModuleSignals {
  std::atomic<bool> table_wanted{false};
  std::atomic<bool> calls_wanted{false};
  std::atomic<const CallSites *> calls{nullptr};  // released by the builder, acquired by the search
};

enum SegmentFlag : uint16_t {
  kSegmentNoElf = 1,     // executable memory outside any module: JIT code
  kSegmentExcluded = 2,  // our own code: never shown, never a caller that a search may find
  kSegmentRefused = 4,   // its table is broken or did not fit: do not ask again
  kSegmentCallsJit = 8,  // linked with a library that generates code
  kSegmentNoCalls = 16,  // its call sites are out of reach: do not ask again
};

// One executable range. A cache line.
struct alignas(64) Segment {
  uint64_t start, end;
  uint64_t bias;    // address - bias = ELF address
  uint64_t text;    // where offset 0 of the table is loaded
  TableView table;  // rows == nullptr: none yet
  ModuleSignals *signals;
  std::atomic<uint32_t> tag;
  std::atomic<uint16_t> flags;
};

struct Snapshot {
  MappedArray<uint64_t> starts;
  const Segment *segments = nullptr;  // parallel to `starts`, sorted, not overlapping
  uint32_t count = 0;
  std::atomic<uint64_t> generation{0};  // released after a change, acquired by walks
};

// The one meeting point of handlers and background thread.
struct Shared {
  std::atomic<const Snapshot *> snapshot{nullptr};
  std::atomic<uint32_t> in_flight{0};
  std::atomic<const Rule *> rules{nullptr};
  std::atomic<bool> unknown_code{false};      // a walk met code in no known module
  std::atomic<uint64_t> unloads{0};           // modules that the loader had removed when the snapshot was made
  std::atomic<bool> something_wanted{false};  // a walk asked a module for a table or for its call sites
};
extern Shared shared;

}  // namespace pyro::unwind
