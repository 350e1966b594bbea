// How do a thread's clocks become weights of stacks?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/off-cpu.h"

#include <algorithm>
#include <cstring>

#include "sampling/thread-clock.h"

namespace pyro::sampling {
namespace {

// A thread that stays where it is has its time written so often: windows of the agent get their part of it.
constexpr uint64_t kWriteEveryNs = 1000000000;
// A stack that ended for want of a table is tried again: tables are built while we wait.
constexpr uint8_t kMostTries = 5;

bool is_worded(const wire::Segment &segment) {
  return segment.control.timing.load(std::memory_order_relaxed) != wire::kTimingOff;
}

}  // namespace

void OffCpu::begin(pid_t tid, uint64_t now_ns, uint64_t cpu_ns) {
  tid_ = tid;
  looked_ns_ = written_ns_ = now_ns;
  cpu_ns_ = cpu_ns;
  delay_ns_ = run_delay(tid);
  pending_ns_ = waited_ns_ = booked_ns_ = 0;
  found_ = false;
}

void OffCpu::look(threads::ThreadRecord &thread, wire::Segment &segment, uint64_t now_ns, BlockedStacks *looks) {
  const pid_t tid = thread.tid.load(std::memory_order_acquire);  // partner: thread table
  costly_ = false;
  if (tid != tid_ && tid_ != 0) finish(thread, segment);
  if (tid == 0) return void(tid_ = 0);
  const uint64_t cpu_ns = cpu_of(tid);
  if (cpu_ns == 0) return finish(thread, segment);  // gone, and not yet taken from the table
  const bool is_new = tid != tid_, moved = cpu_ns != cpu_ns_;
  if (is_new) {
    begin(tid, now_ns, cpu_ns);
  } else if (moved) {
    write_booked(segment);
    pass(now_ns, cpu_ns);
  } else {
    (found_ ? booked_ns_ : pending_ns_) += now_ns - looked_ns_;
  }
  looked_ns_ = now_ns;
  if (is_new || moved || !found_ || !finished_stack()) find(thread, segment, looks);
  if (now_ns - written_ns_ < kWriteEveryNs) return;
  write_booked(segment);
  write_alone(thread, segment, wire::kWaitCpu, &waited_ns_);
  written_ns_ = now_ns;
}

// It ran: the rest of the time since then it was blocked, or ready and waited for a CPU.
void OffCpu::pass(uint64_t now_ns, uint64_t cpu_ns) {
  const uint64_t passed = now_ns - looked_ns_, ran = cpu_ns - cpu_ns_;
  pending_ns_ += passed > ran ? passed - ran : 0;
  const uint64_t delay = run_delay(tid_);
  const uint64_t waited = std::min(delay > delay_ns_ ? delay - delay_ns_ : 0, pending_ns_);
  pending_ns_ -= waited;
  waited_ns_ += waited;
  cpu_ns_ = cpu_ns;
  delay_ns_ = delay;
  found_ = false;
  tries_ = 0;
}

bool OffCpu::finished_stack() const {
  const uint8_t end = record_.sample().end;
  return (end != wire::kEndNoTable && end != wire::kEndNoModule) || tries_ >= kMostTries;
}

void OffCpu::find(const threads::ThreadRecord &thread, wire::Segment &segment, BlockedStacks *looks) {
  if (!looks) return segment.counters.add(wire::kWallSkipped);
  costly_ = true;
  tries_++;
  write_booked(segment);  // on what was found before
  switch (looks->look(thread, segment, cpu_ns_, &record_)) {
    case Sight::kBlocked:
      found_ = true;
      booked_ns_ += pending_ns_;
      pending_ns_ = 0;
      return;
    case Sight::kTorn:
      segment.counters.add(wire::kWallTorn);
      break;
    case Sight::kDenied:
      segment.counters.add(wire::kWallDenied);
      write_alone(thread, segment, wire::kWaitUnknown, &pending_ns_);
      break;
    case Sight::kRunning:
    case Sight::kGone:
      break;
  }
  found_ = false;
}

void OffCpu::write(const BlockedRecord &record, uint64_t weight_ns, wire::Segment &segment) {
  wire::RingWrite write(segment.ring, static_cast<uint32_t>(tid_), ring_hint_);
  if (!write.room()) return segment.counters.add(wire::kWallRingFull);
  const uint32_t bytes = record.sample().header.size;
  std::memcpy(write.room(), record.bytes, bytes);
  wire::StackSample &sample = *static_cast<wire::StackSample *>(write.room());
  sample.time_ns = looked_ns_;
  sample.weight_ns = weight_ns;
  segment.counters.add(wire::kWallWritten);
  write.commit(bytes);
}

void OffCpu::write_booked(wire::Segment &segment) {
  if (!found_ || booked_ns_ == 0) return;
  if (record_.sample().end != wire::kEndRoot) segment.counters.add(wire::kWallUnfinished);
  write(record_, booked_ns_, segment);
  booked_ns_ = 0;
}

void OffCpu::write_alone(const threads::ThreadRecord &thread, wire::Segment &segment, int16_t why,
                         uint64_t *weight_ns) {
  if (*weight_ns == 0) return;
  BlockedRecord record;
  without_stack(thread, is_worded(segment), why, &record);
  write(record, *weight_ns, segment);
  *weight_ns = 0;
}

void OffCpu::finish(const threads::ThreadRecord &thread, wire::Segment &segment) {
  write_booked(segment);
  write_alone(thread, segment, wire::kWaitCpu, &waited_ns_);
  if (pending_ns_ > 0) segment.counters.add(wire::kWallNoStack);
  write_alone(thread, segment, wire::kWaitUnknown, &pending_ns_);
}

}  // namespace pyro::sampling
