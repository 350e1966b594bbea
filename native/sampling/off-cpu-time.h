// How long was a thread off-CPU, and on which stack is that booked? The arithmetic between two samples of one thread.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "sampling/blocked-stack.h"
#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::sampling {

// Everything kept of one thread. Nanoseconds. A thread that stays where it is costs one system call and one line of
// memory: its record is not even looked at.
class alignas(64) OffCpuTime {
 public:
  // Takes one sample. `index`: the thread's place in the table, which may have another thread than at the sample
  // before. `now_ns`, `began_ns` (when sampling began): CLOCK_MONOTONIC. `stacks` reads stacks; nullptr: none may be
  // read now.
  void sample(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t began_ns, BlockedStacks *stacks);
  // The next sample is taken whatever was skipped: it may be the last one.
  void skip_none() {
    if (skipped_ > 0) skipped_ = UINT8_MAX;
  }
  // Writes what is booked, and what found no stack.
  void finish(uint32_t index, wire::Segment &segment);

 private:
  bool is_skipped();
  void stay(uint32_t index, wire::Segment &segment, uint64_t now_ns, BlockedStacks *stacks);
  void move(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t cpu_ns);
  void begin(const threads::ThreadRecord &thread, uint64_t now_ns, uint64_t cpu_ns, uint64_t began_ns);
  void find(const threads::ThreadRecord &thread, wire::Segment &segment, BlockedStacks *stacks);
  void ask_delay();
  bool stack_is_final();
  void write(const BlockedRecord &record, uint64_t weight_ns, wire::Segment &segment);
  void write_booked(wire::Segment &segment);
  void write_alone(const threads::ThreadRecord &thread, wire::Segment &segment, int16_t why, uint64_t *weight_ns);

  // The first line: all that a thread needs that does not move.
  pid_t tid_ = 0;
  bool found_ = false;    // `record_` is where the thread is blocked
  bool settled_ = false;  // and its stack will not get better by another sample
  uint8_t tries_ = 0;     // samples in a row that ended for want of a table
  uint8_t skipped_ = 0;   // samples skipped since the last one
  uint32_t stayed_ = 0;   // samples since it last moved
  uint32_t ring_hint_ = 0;
  uint64_t sampled_ns_ = 0, written_ns_ = 0, cpu_ns_ = 0;
  uint64_t booked_ns_ = 0;   // on the stack in `record_`, not written yet
  uint64_t pending_ns_ = 0;  // on no CPU, on a stack not found yet

  uint64_t waited_ns_ = 0;  // ready, but on no CPU
  uint32_t published_ = 0;  // its published element when it had moved last
  uint64_t delay_ns_ = 0;   // the kernel's sum of that, as asked last
  uint64_t owed_ns_ = 0;    // of it, what is still to be taken from time that was blocked
  uint64_t asked_ns_ = 0;
  BlockedRecord record_;
};

}  // namespace pyro::sampling
