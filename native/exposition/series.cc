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

uint32_t cells_in_use(const wire::Segment &segment) {
  return std::min(segment.cells.used.load(std::memory_order_acquire), wire::kCellCapacity);  // partner: the claim
}

std::optional<wire::CellCopy> cell_at(const wire::Segment &segment, uint32_t index) {
  const wire::Cell &cell = segment.cells.cell[index];
  const uint32_t pad = cell.pad.load(std::memory_order_acquire);  // partner: whoever claims a cell
  if (pad == 0) return std::nullopt;
  const wire::CellCopy copy = wire::copy_cell(cell, pad);
  if (copy.kind < wire::kCellChain || copy.kind >= wire::kCellKindEnd) return std::nullopt;
  // The overflow cell is always there, and mostly empty.
  if (copy.kind == wire::kCellOverflow && copy.invocations == 0) return std::nullopt;
  return copy;
}

}  // namespace pyro::exposition
