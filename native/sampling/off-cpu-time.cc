// How do a thread's clocks become weights of stacks?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/off-cpu-time.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sampling/stack-label.h"
#include "sampling/thread-clock.h"
#include "threads/thread-table.h"
#include "unwind/walk/unwinder.h"

namespace pyro::sampling {
namespace {

// A thread that stays where it is has its time written so often: windows of the agent get their part of it.
constexpr uint64_t kWriteEveryNs = 1000000000;
// Reading the delay costs as much as half a sample.
constexpr uint64_t kAskDelayEveryNs = 250000000;
// A thread that stayed for so many samples is sampled every second time, then every fourth, eighth, sixteenth: when it
// moved is then known to 6, 2.5, 1 and 0.6 % of the time for which it stayed.
constexpr uint32_t kStayed[] = {16, 48, 128, 256};

// Since the thread was made, to a hundredth of a second; 0 = not known.
uint64_t age_ns(uint64_t start_ticks) {
  static const uint64_t tick_ns = 1000000000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  const uint64_t born = start_ticks * tick_ns, now = clock_ns(CLOCK_BOOTTIME);
  return start_ticks == 0 || born >= now ? 0 : now - born;
}

}  // namespace

void OffCpuTime::begin(const threads::ThreadRecord &thread, uint64_t now_ns, uint64_t cpu_ns, uint64_t began_ns) {
  tid_ = thread.tid.load(std::memory_order_relaxed);
  sampled_ns_ = written_ns_ = asked_ns_ = now_ns;
  cpu_ns_ = cpu_ns;
  delay_ns_ = run_delay(tid_);
  pending_ns_ = waited_ns_ = booked_ns_ = owed_ns_ = seen_ready_ns_ = in_part_ns_ = 0;
  // Made since sampling began: all its life counts.
  const uint64_t age = age_ns(thread.start_ticks);
  if (age != 0 && now_ns - age > began_ns) {
    const uint64_t off = age > cpu_ns ? age - cpu_ns : 0;
    waited_ns_ = std::min(off, delay_ns_);
    pending_ns_ = off - waited_ns_;
  }
  seen_ = Seen::kNothing;
  ask_first_ = false;
  stayed_ = 0;
}

uint8_t OffCpuTime::skips() const {
  uint8_t most = 0;
  for (const uint32_t stayed : kStayed)
    if (seen_ == Seen::kBlocked && stayed_ >= stayed) most = static_cast<uint8_t>(2 * most + 1);
  return most;
}

void OffCpuTime::sample(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t began_ns,
                        BlockedStacks *stacks, bool skipped) {
  const uint64_t cpu_ns = tid_ != 0 ? cpu_of(tid_) : 0;
  if (cpu_ns != 0 && cpu_ns == cpu_ns_) return stay(index, segment, now_ns, stacks);
  const threads::ThreadRecord &thread = *threads::record_at(index);
  const pid_t tid = thread.tid.load(std::memory_order_acquire);  // partner: thread table
  const bool alone = thread.left_alone.load(std::memory_order_relaxed);
  if (cpu_ns == 0 || tid != tid_ || alone) {
    finish(index, segment);  // it is gone, though perhaps not taken from the table yet
    tid_ = 0;
    if (alone) return;
    const uint64_t begun_cpu_ns = tid != 0 ? cpu_of(tid) : 0;
    if (begun_cpu_ns == 0) return;
    begin(thread, now_ns, begun_cpu_ns, began_ns);
    published_ = published_of(thread, segment);
  } else {
    move(index, segment, now_ns, cpu_ns, skipped);
  }
  find(thread, segment, stacks);
}

bool OffCpuTime::may_see_more() const {
  if (seen_ == Seen::kInPart) return unwind::tables_generation() != record_.tables;
  return seen_ == Seen::kNothing;
}

bool OffCpuTime::awaits_table() const {
  return seen_ == Seen::kInPart && sampled_ns_ - in_part_ns_ < kBlockedPatienceNs;
}

void OffCpuTime::stay(uint32_t index, wire::Segment &segment, uint64_t now_ns, BlockedStacks *stacks) {
  const uint64_t passed = now_ns - sampled_ns_;
  (seen_ == Seen::kBlocked ? booked_ns_ : seen_ == Seen::kReady ? waited_ns_ : pending_ns_) += passed;
  if (seen_ == Seen::kReady) seen_ready_ns_ += passed;  // who is ready has to run before he can block
  sampled_ns_ = now_ns;
  stayed_++;
  if (may_see_more()) find(*threads::record_at(index), segment, stacks);
  if (seen_ == Seen::kInPart) book_found();
  if (now_ns - written_ns_ < kWriteEveryNs) return;
  write_booked(segment);
  write_alone(*threads::record_at(index), segment, wire::kWaitCpu, &waited_ns_);
  written_ns_ = now_ns;
}

// It ran: for the rest of the time since the last sample it was blocked, or ready and waited for a CPU.
void OffCpuTime::move(uint32_t index, wire::Segment &segment, uint64_t now_ns, uint64_t cpu_ns, bool skipped) {
  if (seen_ == Seen::kInPart) give_part();
  const uint64_t passed = now_ns - sampled_ns_, ran = cpu_ns - cpu_ns_;
  uint64_t off = passed > ran ? passed - ran : 0;
  // If samples were skipped, when it moved is not known: on average in the middle.
  if (skipped && seen_ == Seen::kBlocked) {
    booked_ns_ += off / 2;
    off -= off / 2;
  }
  write_booked(segment);
  pending_ns_ += off;
  sampled_ns_ = now_ns;
  cpu_ns_ = cpu_ns;
  if (now_ns - asked_ns_ >= kAskDelayEveryNs) ask_delay();
  const threads::ThreadRecord &thread = *threads::record_at(index);
  const uint32_t published = published_of(thread, segment);
  if (published != published_) write_alone(thread, segment, wire::kWaitCpu, &waited_ns_);  // for another element
  published_ = published;
  take_ready();
  seen_ = Seen::kNothing;
  stayed_ = 0;
  if (now_ns - written_ns_ < kWriteEveryNs) return;
  write_alone(thread, segment, wire::kWaitCpu, &waited_ns_);
  written_ns_ = now_ns;
}

// It moves on before there was a table: its time goes with the copy of its stack, else on what of it is known.
void OffCpuTime::give_part() {
  seen_ = Seen::kNothing;
  if (held_ && pending_ns_ > 0)
    hand_over(std::exchange(held_, nullptr), sampled_ns_, std::exchange(pending_ns_, 0));
  else
    booked_ns_ += std::exchange(pending_ns_, 0);
  if (held_) let_go(std::exchange(held_, nullptr));
}

void OffCpuTime::ask_delay() {
  const uint64_t delay = run_delay(tid_);
  asked_ns_ = sampled_ns_;
  ask_first_ = false;
  if (delay <= delay_ns_) return;
  const uint64_t seen = std::min(seen_ready_ns_, delay - delay_ns_);
  owed_ns_ += delay - delay_ns_ - seen;
  seen_ready_ns_ -= seen;
  delay_ns_ = delay;
}

void OffCpuTime::take_ready() {
  const uint64_t waited = std::min(owed_ns_, pending_ns_);
  owed_ns_ -= waited;
  pending_ns_ -= waited;
  waited_ns_ += waited;
}

// What was blocked since the last stack gets the one in `record_`: it is whole, or there is no hope left for more.
void OffCpuTime::book_found() {
  seen_ = record_.in_part ? Seen::kInPart : Seen::kBlocked;
  if (!record_.in_part) in_part_ns_ = 0;
  if (record_.in_part && in_part_ns_ == 0) in_part_ns_ = sampled_ns_;
  // What it waited for its turn till then is not asked for each time; it may be much where it was seen to wait, or not
  // seen.
  if (ask_first_) ask_delay();
  take_ready();
  if (awaits_table()) return;
  if (held_) let_go(std::exchange(held_, nullptr));
  booked_ns_ += std::exchange(pending_ns_, 0);
}

void OffCpuTime::find(const threads::ThreadRecord &thread, wire::Segment &segment, BlockedStacks *stacks) {
  ask_first_ |= !stacks;
  if (!stacks) return segment.counters.add(wire::kWallSkipped);
  write_booked(segment);  // on what was found before
  if (held_) let_go(std::exchange(held_, nullptr));
  seen_ = Seen::kNothing;
  switch (stacks->read(thread, segment, cpu_ns_, &record_)) {
    case Sight::kBlocked:
      book_found();
      if (awaits_table()) held_ = stacks->hold_last(thread);
      return;
    case Sight::kReady:
      seen_ = Seen::kReady;
      ask_first_ = true;
      return;
    case Sight::kTorn:
      return segment.counters.add(wire::kWallTorn);
    case Sight::kDenied:
      segment.counters.add(wire::kWallDenied);
      return write_alone(thread, segment, wire::kWaitUnknown, &pending_ns_);
    case Sight::kGone:
      return;
  }
}

void OffCpuTime::write(const BlockedRecord &record, uint64_t weight_ns, wire::Segment &segment) {
  wire::RingWrite write(segment.ring, static_cast<uint32_t>(tid_), ring_hint_);
  if (!write.room()) return segment.counters.add(wire::kWallRingFull);
  const uint32_t bytes = record.sample().header.size;
  std::memcpy(write.room(), record.bytes, bytes);
  wire::StackSample &sample = *static_cast<wire::StackSample *>(write.room());
  sample.time_ns = sampled_ns_;
  sample.weight_ns = weight_ns;
  segment.counters.add(wire::kWallWritten);
  write.commit(bytes);
}

void OffCpuTime::write_booked(wire::Segment &segment) {
  if (booked_ns_ == 0) return;
  if (record_.sample().end != wire::kEndRoot) segment.counters.add(wire::kWallUnfinished);
  write(record_, booked_ns_, segment);
  record_.sample().flags |= wire::kSampleBorrowed;
  booked_ns_ = 0;
}

void OffCpuTime::write_alone(const threads::ThreadRecord &thread, wire::Segment &segment, int16_t why,
                             uint64_t *weight_ns) {
  if (*weight_ns == 0) return;
  if (why == wire::kWaitCpu) segment.counters.add(wire::kWallRunnable);
  BlockedRecord record;
  without_stack(thread, published_, why, &record);
  write(record, *weight_ns, segment);
  *weight_ns = 0;
}

void OffCpuTime::finish(uint32_t index, wire::Segment &segment) {
  if (tid_ == 0) return;
  const threads::ThreadRecord &thread = *threads::record_at(index);
  ask_delay();
  take_ready();
  if (seen_ == Seen::kInPart) give_part();
  write_booked(segment);
  write_alone(thread, segment, wire::kWaitCpu, &waited_ns_);
  if (pending_ns_ > 0) segment.counters.add(wire::kWallNoStack);
  write_alone(thread, segment, wire::kWaitUnknown, &pending_ns_);
}

}  // namespace pyro::sampling
