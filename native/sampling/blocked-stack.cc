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

bool is_worded(const wire::Segment &segment) {
  return segment.control.timing.load(std::memory_order_relaxed) != wire::kTimingOff;
}

wire::StackSample &begin_record(const threads::ThreadRecord &thread, int16_t system_call, BlockedRecord *out) {
  wire::StackSample &sample = out->sample();
  sample = {};
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

bool BlockedStacks::hold(const threads::ThreadRecord &thread, const Whereabouts &where, size_t bytes) {
  published_ = {thread.element.load(std::memory_order_relaxed), thread.span.load(std::memory_order_relaxed)};
  return copy_.take(where.sp, bytes);
}

void BlockedStacks::walk(const threads::ThreadRecord &thread, const Whereabouts &where, bool is_published,
                         BlockedRecord *out) {
  wire::StackSample &sample = begin_record(thread, where.system_call, out);
  StackLabel label;
  const unwind::Walk walk = unwind::walk_copy({where.pc, where.sp}, copy_.bounds(), copy_.delta(),
                                              reinterpret_cast<uint64_t *>(&sample + 1), cache_, &label);
  const uint32_t driver = StackLabel::remembered_driver(thread);
  label.resolve_elsewhere(walk.end == unwind::End::kRoot ? driver : 0);
  sample.depth = static_cast<uint16_t>(walk.depth);
  sample.end = static_cast<uint8_t>(walk.end);
  sample.flags = (walk.inferred ? wire::kSampleInferred : 0) | (walk.truncated ? wire::kSampleTruncated : 0) |
                 (label.element() != 0 ? wire::kSampleFromStack : 0);
  sample.element = label.element() != 0 ? label.element() : is_published ? published_.element : 0;
  if (sample.element == 0 && driver != 0) sample.element = driver | wire::kElementDriver;
  sample.span = published_.span;
  label.store_chain(sample);
  end_record(sample);
}

// The walk ended where the copy does.
bool BlockedStacks::wants_more(const wire::StackSample &sample) const {
  return copy_.cut() && sample.end != wire::kEndRoot && sample.end != wire::kEndNoTable &&
         sample.end != wire::kEndNoModule && sample.end != wire::kEndDepth;
}

Sight BlockedStacks::read(const threads::ThreadRecord &thread, wire::Segment &segment, uint64_t cpu_ns,
                          BlockedRecord *out) {
  const pid_t tid = thread.tid.load(std::memory_order_relaxed);
  TaskFile file(tid);
  Whereabouts where;
  switch (file.read(&where)) {
    case Task::kGone:
      return Sight::kGone;
    case Task::kDenied:
      return Sight::kDenied;
    case Task::kRunning:
      return Sight::kRunning;
    case Task::kBlocked:
      break;
  }
  for (size_t bytes = StackCopy::kFirstBytes;; bytes *= 8) {
    if (!hold(thread, where, bytes)) return Sight::kDenied;
    if (!file.unchanged() || cpu_of(tid) != cpu_ns) return Sight::kTorn;
    walk(thread, where, is_worded(segment), out);
    if (bytes >= StackCopy::kMostBytes || !wants_more(out->sample())) return Sight::kBlocked;
  }
}

void without_stack(const threads::ThreadRecord &thread, uint32_t element, int16_t system_call, BlockedRecord *out) {
  wire::StackSample &sample = begin_record(thread, system_call, out);
  sample.element = element;
  sample.end = wire::kEndNoStack;
  end_record(sample);
}

}  // namespace pyro::sampling
