// Which cells make up one series? Those with the same labels, added up.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exposition/labels.h"
#include "wire/segment.h"
#include "wire/snapshot.h"

namespace pyro::exposition {

// A bound an octave, 2^-23 s (119 ns) to 2^5 s (32 s): the ones that go to a collector (src/metrics/buckets.ts).
inline constexpr int kFirstExponent = -23;
inline constexpr int kOctaves = wire::kGridHighExponent - kFirstExponent + 1;

struct Durations {
  uint64_t sum_ns = 0;
  std::array<uint64_t, kOctaves + 1> bucket{};  // not cumulative; the last one is beyond 32 s
  uint64_t count() const;
  void add(const wire::HistogramCopy &copy);
};

struct Series {
  std::string labels;
  uint64_t buffers = 0, bytes = 0, calls = 0, nested = 0;
  uint64_t dropped = 0, flushed = 0, level = 0, highest_level = 0;  // as in the cell
  uint64_t last_ns = 0;
  std::array<uint64_t, wire::kFlowCount> flow{};
  Durations inclusive, exclusive;
  void add(const wire::CellCopy &cell);
  bool is_believed() const {
    return buffers > 0 && static_cast<double>(buffers) >= wire::kBelievedShare * static_cast<double>(calls);
  }
};

// Series in the order of their first cells.
class SeriesList {
 public:
  void add(const std::string &labels, const wire::CellCopy &cell);
  const std::vector<Series> &all() const { return all_; }

 private:
  std::unordered_map<std::string, size_t> index_;
  std::vector<Series> all_;
};

// What one look at a segment sees, with the names of all of it.
struct Look {
  Topology topology;
  std::vector<wire::CellCopy> cells;  // those that counted something, in the order of their claims …
  std::vector<wire::CellCopy> ended;  // … and by kind, what others counted before they were used again
};
Look look_at(const wire::Segment &segment);

}  // namespace pyro::exposition
