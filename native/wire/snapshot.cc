// How are shared words copied, each one whole?
// SPDX-License-Identifier: MPL-2.0
#include "wire/snapshot.h"

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

CellCopy copy_cell(const Cell &cell, uint32_t pad) {
  CellCopy copy;
  copy.pad = pad;
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
  return copy;
}

StateCopy copy_state(const Segment &segment) {
  StateCopy copy;
  copy.identity = segment.identity;
  copy.target_state = segment.life.target_state.load(std::memory_order_acquire);  // partner: the target's last words
  copy.flush_asked = segment.life.flush_asked.load(std::memory_order_acquire);    // partner: whoever asks for a flush
  copy.enabled = look(segment.control.enabled);
  copy.sample_rate = look(segment.control.sample_rate);
  copy.wall_rate = look(segment.control.wall_rate);
  copy.span_threshold = look(segment.control.span_threshold);
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
  for (uint32_t i = 0; i < kCounterCount; i++) copy.counters[i] = segment.counters.get(static_cast<Counter>(i));
  return copy;
}

}  // namespace pyro::wire
