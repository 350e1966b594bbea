// How long was a thread off-CPU, and on which stack is that booked? The arithmetic between two samples of one thread.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "sampling/blocked-stack.h"
#include "threads/thread-record.h"
#include "wire/segment.h"

namespace pyro::sampling {

// What the latest look saw of a thread, and what is true as long as the thread has not run since.
enum class Seen : uint8_t {
  kNothing,
  kReady,   // on a CPU then, so waiting for one since
  kInPart,  // blocked on a stack that waits for an unwind table
  kBlocked,
};

// Everything kept of one thread. Nanoseconds. A thread that stays where it is costs one system call and one line of
// memory: its record is not even looked at. While its samples are skipped it costs nothing here: the sampler counts.
class alignas(64) OffCpuTime {
 public:
  // Takes one sample. `index`: the thread's place in the table, which may have another thread than at the sample
  // before. `now_ns`, `began_ns` (when sampling began): CLOCK_MONOTONIC. `stacks` reads stacks; nullptr: none may be
  // read now. `skipped`: whether samples were skipped since the last one.
  void sample(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t began_ns, BlockedStacks *stacks,
              bool skipped);
  // So many of the next samples need not be taken: the thread has stayed where it is for so long.
  uint8_t skips() const;
  // Writes what is booked, and what found no stack.
  void finish(uint32_t index, wire::Segment &segment);
  // After finish(): the next sample is this thread's first.
  void forget() { tid_ = 0; }

 private:
  void stay(uint32_t index, wire::Segment &segment, uint64_t now_ns, BlockedStacks *stacks);
  void move(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t cpu_ns, bool skipped);
  void begin(const threads::ThreadRecord &thread, uint64_t now_ns, uint64_t cpu_ns, uint64_t began_ns);
  bool may_see_more() const;
  bool awaits_table() const;
  void find(const threads::ThreadRecord &thread, wire::Segment &segment, BlockedStacks *stacks);
  void book_found();
  void give_part();
  void ask_delay();
  void take_ready();
  void write(const BlockedRecord &record, uint64_t weight_ns, wire::Segment &segment);
  void write_booked(wire::Segment &segment);
  void write_alone(const threads::ThreadRecord &thread, wire::Segment &segment, int16_t why, uint64_t *weight_ns);

  // The first line: all that a thread needs that does not move.
  pid_t tid_ = 0;
  Seen seen_ = Seen::kNothing;
  bool ask_first_ = false;  // it was seen ready, or not looked at, since the kernel was asked how long it was ready
  uint32_t stayed_ = 0;     // samples since it last moved
  uint32_t ring_hint_ = 0;
  uint64_t sampled_ns_ = 0, written_ns_ = 0, cpu_ns_ = 0;
  uint64_t booked_ns_ = 0;   // on the stack in `record_`, not written yet
  uint64_t pending_ns_ = 0;  // on no CPU, on a stack not found yet
  uint64_t waited_ns_ = 0;   // ready, but on no CPU

  uint32_t published_ = 0;            // its published element when it had moved last
  uint64_t delay_ns_ = 0;             // the kernel's sum of time in which it was ready, as asked last
  uint64_t seen_ready_ns_ = 0;        // of that sum's next growth, what was seen and booked already
  uint64_t owed_ns_ = 0;              // of the sum, what is still to be taken from time that was blocked
  uint64_t in_part_ns_ = 0;           // since when no stack was more than a part; 0: the last one was
  detail::Deferred *held_ = nullptr;  // the stack that `record_` has a part of
  uint64_t asked_ns_ = 0;
  BlockedRecord record_;
};

}  // namespace pyro::sampling
