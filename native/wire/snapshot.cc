// How are shared words copied, each one whole?
// SPDX-License-Identifier: MPL-2.0
#include "wire/snapshot.h"

#include <algorithm>

namespace pyro::wire {
namespace {

template <typename T>
T look(const std::atomic<T> &word) {
  return word.load(std::memory_order_relaxed);
}

}  // namespace

HistogramCopy copy_histogram(const Histogram &histogram) {
  HistogramCopy copy;
  copy.sum_ns = look(histogram.sum_ns);
  copy.min_ns = look(histogram.min_ns);
  copy.max_ns = look(histogram.max_ns);
  for (int i = 0; i < kGridBuckets; i++) copy.bucket[i] = look(histogram.bucket[i]);
  return copy;
}

CellCopy copy_cell(const Cell &cell) {
  CellCopy copy;
  copy.index = 0;
  copy.moved = 0;
  const uint32_t generation = cell.generation.load(std::memory_order_acquire);  // partner: CellTable
  copy.pad = cell.pad.load(std::memory_order_acquire);                          // partner: CellTable::begin
  copy.kind = look(cell.kind);
  copy.peer = look(cell.peer);
  copy.last_ns = look(cell.last_ns);
  copy.start_unix_ns = look(cell.start_unix_ns);
  copy.buffers = look(cell.buffers);
  copy.bytes = look(cell.bytes);
  copy.invocations = look(cell.invocations);
  copy.nested = look(cell.nested);
  for (uint32_t i = 0; i < kFlowCount; i++) copy.flow[i] = look(cell.flow[i]);
  copy.inclusive = copy_histogram(cell.inclusive);
  copy.exclusive = copy_histogram(cell.exclusive);
  copy.dropped = look(cell.dropped);
  copy.level = look(cell.level);
  copy.highest_level = look(cell.highest_level);
  copy.flushed = look(cell.flushed);
  std::atomic_thread_fence(std::memory_order_acquire);
  copy.generation = look(cell.generation) == generation ? generation : generation | 1;
  return copy;
}

namespace {

bool is_known(uint32_t kind) { return kind >= kCellChain && kind < kCellKindEnd; }

CellsCopy look_at(const Cells &cells) {
  CellsCopy all;
  all.cells.reserve(std::min(look(cells.used), kCellCapacity));
  const uint32_t folds = cells.folds.load(std::memory_order_acquire);  // partner: CellTable
  const uint32_t used = std::min(cells.used.load(std::memory_order_acquire), kCellCapacity);
  for (uint32_t i = 0; i < used; i++) {
    if (look(cells.cell[i].pad) == 0) continue;
    CellCopy copy = copy_cell(cells.cell[i]);
    if (copy.pad == 0) continue;
    copy.index = i;
    if (!is_known(copy.kind))
      all.broken++;
    else if ((copy.generation & 1) == 0)
      all.cells.push_back(std::move(copy));
  }
  for (uint32_t kind = kCellChain; kind < kCellKindEnd; kind++)
    if (look(cells.ended[kind].kind) == kind) all.ended.push_back(copy_cell(cells.ended[kind]));
  std::atomic_thread_fence(std::memory_order_acquire);
  all.whole = (folds & 1) == 0 && look(cells.folds) == folds;
  return all;
}

// Cells are emptied many at a time and rarely: a target that does nothing else means harm.
constexpr int kTries = 4;

}  // namespace

CellsCopy copy_cells(const Cells &cells) {
  CellsCopy all = look_at(cells);
  for (int tries = 1; !all.whole && tries < kTries; tries++) all = look_at(cells);
  return all;
}

StateCopy copy_state(const Segment &segment) {
  StateCopy copy;
  copy.identity = segment.identity;
  copy.target_state = segment.life.target_state.load(std::memory_order_acquire);  // partner: at_exit()
  copy.flush_asked = segment.life.flush_asked.load(std::memory_order_acquire);    // partner: wait_for_flush
  copy.enabled = look(segment.control.enabled);
  copy.sample_rate = look(segment.control.sample_rate);
  copy.wall_rate = look(segment.control.wall_rate);
  copy.changes = look(segment.control.changes);
  copy.obeyed = segment.control.obeyed.load(std::memory_order_acquire);  // partner: follow_control
  copy.cannot = look(segment.control.cannot);
  copy.span_threshold = look(segment.control.span_threshold);
  copy.span_slow_ns = look(segment.control.span_slow_ns);
  copy.span_p99 = look(segment.control.span_p99) != 0;
  copy.timing = look(segment.control.timing);
  copy.process_cpu_begin_ns = look(segment.account.process_cpu_begin_ns);
  copy.process_cpu_ns = look(segment.account.process_cpu_ns);
  copy.registered_cpu_ns = look(segment.account.registered_cpu_ns);
  copy.masked_ns = look(segment.account.masked_ns);
  copy.own_cpu_ns = look(segment.account.own_cpu_ns);
  copy.unarmed_cpu_ns = look(segment.account.unarmed_cpu_ns);
  copy.unseen_ns = look(segment.account.unseen_ns);
  copy.samples_settled = look(segment.account.samples_settled);
  copy.samples_agent_lost = look(segment.account.samples_agent_lost);
  copy.timing_cost_ps = look(segment.account.timing_cost_ps);
  copy.clock_source = look(segment.account.clock_source);
  copy.handler = copy_histogram(segment.handler);
  copy.counter_count = std::min<uint32_t>(copy.identity.counter_count, kCounterCount);
  copy.counters = {};
  for (uint32_t i = 0; i < copy.counter_count; i++) copy.counters[i] = segment.counters.get(static_cast<Counter>(i));
  return copy;
}

}  // namespace pyro::wire
