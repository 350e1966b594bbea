// How long was a thread on no CPU, and on which stack is that booked? The arithmetic between two looks at one thread.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "sampling/blocked-stack.h"
#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::sampling {

// Everything kept of one thread. Nanoseconds.
class OffCpu {
 public:
  // The thread in `thread` may be another one than at the look before. `looks`: where stacks come from; nullptr: none
  // may be taken this time.
  void look(threads::ThreadRecord &thread, wire::Segment &segment, uint64_t now_ns, BlockedStacks *looks);
  // Writes what is booked, and what found no stack.
  void finish(const threads::ThreadRecord &thread, wire::Segment &segment);
  // The last look took a stack from somewhere, or tried to.
  bool was_costly() const { return costly_; }

 private:
  void begin(pid_t tid, uint64_t now_ns, uint64_t cpu_ns);
  void pass(uint64_t now_ns, uint64_t cpu_ns);
  void find(const threads::ThreadRecord &thread, wire::Segment &segment, BlockedStacks *looks);
  bool finished_stack() const;
  void write(const BlockedRecord &record, uint64_t weight_ns, wire::Segment &segment);
  void write_booked(wire::Segment &segment);
  void write_alone(const threads::ThreadRecord &thread, wire::Segment &segment, int16_t why, uint64_t *weight_ns);

  pid_t tid_ = 0;
  uint32_t ring_hint_ = 0;
  uint64_t looked_ns_ = 0, written_ns_ = 0, cpu_ns_ = 0, delay_ns_ = 0;
  uint64_t pending_ns_ = 0;  // on no CPU, on a stack not found yet
  uint64_t waited_ns_ = 0;   // ready, but on no CPU
  uint64_t booked_ns_ = 0;   // on the stack in `record_`, not written yet
  bool found_ = false;       // `record_` is where the thread is blocked
  bool costly_ = false;
  uint8_t tries_ = 0;
  BlockedRecord record_;
};

}  // namespace pyro::sampling
