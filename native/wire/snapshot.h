// What does the agent take with it after one look at cells, counters and sums? Plain copies.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "wire/segment.h"

namespace pyro::wire {

struct HistogramCopy {
  uint64_t sum_ns;
  uint64_t min_ns;  // smallest value + 1; 0 = none yet
  uint64_t max_ns;
  std::array<uint64_t, kGridBuckets> bucket;
};

struct CellCopy {
  uint32_t index;       // its place in the table, and …
  uint32_t generation;  // … for the how manyth time it has a pair; odd: it is being emptied, the rest is not true
  uint32_t pad, kind, peer, last_ns;
  uint64_t start_unix_ns, buffers, bytes, invocations, nested;
  std::array<uint64_t, kFlowCount> flow;
  HistogramCopy inclusive, exclusive;
  uint64_t dropped, level, highest_level, flushed;
  uint64_t moved;  // number of the look that found it as it is now (Reader::gone_cells); 0 = not compared
};
// Two copies are compared as bytes.
static_assert(std::has_unique_object_representations_v<CellCopy>);

struct StateCopy {
  Identity identity;
  uint32_t target_state, flush_asked;
  uint32_t enabled, sample_rate, timing, wall_rate;
  uint32_t changes, obeyed, cannot;
  uint64_t span_threshold, span_slow_ns;
  bool span_p99;
  uint64_t process_cpu_begin_ns, process_cpu_ns, registered_cpu_ns;
  uint64_t masked_ns, own_cpu_ns, unarmed_cpu_ns, unseen_ns;
  uint64_t samples_settled, samples_agent_lost;
  uint64_t timing_cost_ps, clock_source;
  HistogramCopy handler;
  uint32_t counter_count;  // those that the target has; the others are 0 here, and unmeasured
  std::array<uint64_t, kCounterCount> counters;
};

// All of these: any thread of a process that maps the segment. Fields are read one by one while the target writes, so
// they are not of one instant.
//
HistogramCopy copy_histogram(const Histogram &histogram);
// One look at all cells, and what those before them counted, by kind.
struct CellsCopy {
  std::vector<CellCopy> cells, ended;
  uint32_t broken = 0;  // cells of no kind
  bool whole = true;    // false: cells were emptied meanwhile, so that sums over both are not true
};

CellCopy copy_cell(const Cell &cell);
// Cells of a known kind. Their names may be newer than the directory as it was read last: the caller reads it
// afterwards.
CellsCopy copy_cells(const Cells &cells);
// What is said once a segment: whose it is, its life, settings, sums of CPU time and counters.
StateCopy copy_state(const Segment &segment);

}  // namespace pyro::wire
