// What did the tracer count in this very process? Reads the process's own segment as an agent would.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "wire/segment.h"

namespace pyro::test {

struct Durations {
  uint64_t count = 0;  // sum of buckets
  uint64_t sum_ns = 0;
  uint64_t min_ns = 0;
  uint64_t max_ns = 0;
  uint64_t median_ns = 0;  // upper bound of its bucket; of one cell, not of sums
  double mean_ns() const { return count ? static_cast<double>(sum_ns) / static_cast<double>(count) : 0; }
};

// One cell, named: pads as "pipeline/bin/element:pad", a second living pipeline of one name as "pipeline#2/…".
struct Hop {
  std::string pad, peer;
  uint32_t kind = 0;
  uint64_t buffers = 0, bytes = 0, invocations = 0, nested = 0;
  uint64_t flow[wire::kFlowCount] = {};
  uint64_t last_ns = 0;
  Durations inclusive, exclusive;
};

// The segment that this process made, nullptr when it made none; never one inherited from a parent.
wire::Segment *own_segment();

// Every cell that was ever claimed, the overflow cell ("(overflow)") included.
std::vector<Hop> hops();
// Cells whose pad is exactly `pad`.
std::vector<Hop> hops_of(const std::string &pad);
// Cells whose pad begins so: all of a pipeline.
std::vector<Hop> hops_below(const std::string &prefix);
// All cells of that pad added up.
Hop hop(const std::string &pad);
// Time in the cells of another kind whose pad is `pad`: of events, queries, links, drivers.
uint64_t spent(const std::string &pad, uint32_t kind);
uint64_t counter(wire::Counter which);
// Path of a directory entry; "" for 0.
std::string path_of(uint32_t id);

}  // namespace pyro::test
