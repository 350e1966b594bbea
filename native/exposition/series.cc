// How are the cells of one hop, or of several with one name, added up?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/series.h"

#include <algorithm>

namespace pyro::exposition {

uint64_t Durations::count() const {
  uint64_t sum = 0;
  for (const uint64_t n : bucket) sum += n;
  return sum;
}

// Every eighth bound of the grid is a power of two, so no count is split.
void Durations::add(const wire::HistogramCopy &copy) {
  constexpr int first = (kFirstExponent - wire::kGridLowExponent) * wire::kGridPerOctave;
  sum_ns += copy.sum_ns;
  for (int i = 0; i < wire::kGridBuckets; i++) {
    const int behind = std::max(0, i - first);
    bucket[static_cast<size_t>((behind + wire::kGridPerOctave - 1) / wire::kGridPerOctave)] +=
        copy.bucket[static_cast<size_t>(i)];
  }
}

void Series::add(const wire::CellCopy &cell) {
  buffers += cell.buffers;
  dropped += cell.dropped;
  flushed += cell.flushed;
  level = cell.kind == wire::kCellQueue ? level + cell.level : std::max(level, cell.level);
  highest_level = std::max(highest_level, cell.highest_level);
  bytes += cell.bytes;
  calls += cell.invocations;
  nested += cell.nested;
  if (cell.last_ns != 0) last_ns = cell.last_ns;
  for (size_t i = 0; i < flow.size(); i++) flow[i] += cell.flow[i];
  inclusive.add(cell.inclusive);
  exclusive.add(cell.exclusive);
}

void SeriesList::add(const std::string &labels, const wire::CellCopy &cell) {
  const auto [at, is_new] = index_.emplace(labels, all_.size());
  if (is_new) all_.emplace_back().labels = labels;
  all_[at->second].add(cell);
}

// Names before and after: a cell that is used again while we look gives up its old names, and has new ones.
Look look_at(const wire::Segment &segment) {
  Look look;
  wire::DirectoryScan scan;
  look.topology.add(scan.next(segment.directory));
  wire::CellsCopy copy = wire::copy_cells(segment.cells);
  look.topology.add(scan.next(segment.directory));
  for (wire::CellCopy &cell : copy.cells)  // the overflow cell is always there, and mostly empty
    if (cell.kind != wire::kCellOverflow || cell.invocations > 0) look.cells.push_back(std::move(cell));
  look.ended = std::move(copy.ended);
  return look;
}

}  // namespace pyro::exposition
