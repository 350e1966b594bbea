// How is the stack of a blocked thread read, and known to be whole?
//
// State, copy of the stack, thread's word, state again, CPU clock again: if nothing changed the copy is of one moment.
// SPDX-License-Identifier: MPL-2.0
#include "sampling/blocked-stack.h"

#include <cstring>

#include "sampling/stack-label.h"
#include "sampling/thread-clock.h"
#include "unwind/walk/unwinder.h"

namespace pyro::sampling {
namespace {

wire::StackSample &begin_record(const threads::ThreadRecord &thread, int16_t system_call, BlockedRecord *out) {
  wire::StackSample &sample = out->sample();
  sample = {};
  out->in_part = false;
  sample.system_call = system_call;
  sample.header.kind = wire::kRecordBlockedSample;
  sample.header.thread = thread.name.load(std::memory_order_relaxed);
  sample.thread_number = thread.number.load(std::memory_order_relaxed);
  return sample;
}

void end_record(wire::StackSample &sample) {
  sample.header.size = static_cast<uint16_t>(wire::record_bytes(sample.depth, sample.chain));
}

}  // namespace

void BlockedStacks::walk(const threads::ThreadRecord &thread, BlockedRecord *out) {
  wire::StackSample &sample = begin_record(thread, where_.system_call, out);
  StackLabel label;
  const uint64_t tables = unwind::tables_generation();
  const unwind::Walk walk = unwind::walk_copy({where_.pc, where_.sp}, copy_.bounds(), copy_.delta(),
                                              reinterpret_cast<uint64_t *>(&sample + 1), cache_, &label);
  const uint32_t driver = StackLabel::remembered_driver(thread);
  label.resolve_elsewhere(walk.end == unwind::End::kRoot ? driver : 0);
  sample.depth = static_cast<uint16_t>(walk.depth);
  sample.end = static_cast<uint8_t>(walk.end);
  sample.flags = (walk.inferred ? wire::kSampleInferred : 0) | (walk.truncated ? wire::kSampleTruncated : 0) |
                 (label.element() != 0 ? wire::kSampleFromStack : 0);
  sample.element = label.element() != 0 ? label.element() : published_.element;
  if (sample.element == 0 && driver != 0) sample.element = driver | wire::kElementDriver;
  sample.span = published_.span;
  out->in_part = walk.later && walk.end != unwind::End::kRoot;
  out->tables = tables;
  label.store_chain(sample);
  end_record(sample);
}

// The walk ended where the copy does, or will go further once there is a table.
bool BlockedStacks::wants_more(const BlockedRecord &record) const {
  const wire::StackSample &sample = record.sample();
  if (copy_.cut() && record.in_part) return copy_.bounds().high - copy_.bounds().low < kSliceBytes;
  return copy_.cut() && sample.end != wire::kEndRoot && sample.end != wire::kEndNoTable &&
         sample.end != wire::kEndNoModule && sample.end != wire::kEndDepth;
}

Sight BlockedStacks::read(const threads::ThreadRecord &thread, wire::Segment &segment, uint64_t cpu_ns,
                          BlockedRecord *out) {
  const pid_t tid = thread.tid.load(std::memory_order_relaxed);
  TaskFile file(tid);
  switch (file.read(&where_)) {
    case Task::kGone:
      return Sight::kGone;
    case Task::kDenied:
      return Sight::kDenied;
    case Task::kRunning:
      return Sight::kReady;
    case Task::kBlocked:
      break;
  }
  for (size_t bytes = StackCopy::kFirstBytes;; bytes *= 8) {
    published_ = {published_of(thread, segment), thread.span.load(std::memory_order_relaxed)};
    if (!copy_.take(where_.sp, bytes)) return Sight::kDenied;
    if (!file.unchanged() || cpu_of(tid) != cpu_ns) return Sight::kTorn;
    walk(thread, out);
    if (bytes >= StackCopy::kMostBytes || !wants_more(*out)) return Sight::kBlocked;
  }
}

detail::Deferred *BlockedStacks::hold_last(const threads::ThreadRecord &thread) const {
  return hold(
      thread,
      {{where_.pc, where_.sp}, copy_.bounds(), copy_.delta(), published_.element, published_.span, where_.system_call});
}

void without_stack(const threads::ThreadRecord &thread, uint32_t element, int16_t system_call, BlockedRecord *out) {
  wire::StackSample &sample = begin_record(thread, system_call, out);
  sample.element = element;
  sample.end = wire::kEndNoStack;
  end_record(sample);
}

}  // namespace pyro::sampling
