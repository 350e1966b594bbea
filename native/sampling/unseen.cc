// How is time without a stack written?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/unseen.h"

#include "clock/clock.h"
#include "sampling/stack-label.h"
#include "threads/live.h"
#include "wire/segment.h"

namespace pyro::sampling {
namespace {

constexpr uint32_t kBytes = wire::record_bytes(1, 0);

// What the thread says of itself, else who drove it when that was last seen.
uint32_t element_of(const threads::ThreadRecord &thread, const wire::Segment &segment) {
  if (const uint32_t published = published_of(thread, segment)) return published;
  const uint32_t driver = StackLabel::remembered_driver(thread);
  return driver != 0 ? driver | wire::kElementDriver : 0;
}

void write(const threads::ThreadRecord &thread, wire::Segment &segment, uint64_t weight_ns) {
  static uint32_t hint = 0;  // one writer: under the thread table's lock
  wire::RingWrite write(segment.ring, static_cast<uint32_t>(thread.tid.load(std::memory_order_relaxed)), hint);
  if (!write.room()) return segment.counters.add(wire::kRingFull);
  wire::StackSample &sample = *static_cast<wire::StackSample *>(write.room());
  sample = {};
  sample.header = {wire::kRecordCpuSample, static_cast<uint16_t>(kBytes), thread.name.load(std::memory_order_relaxed)};
  sample.thread_number = thread.number.load(std::memory_order_relaxed);
  sample.time_ns = clock::monotonic_ns();
  sample.weight_ns = weight_ns;
  sample.element = element_of(thread, segment);
  sample.span = thread.span.load(std::memory_order_relaxed);
  sample.depth = 1;
  sample.end = wire::kEndNoStack;
  *reinterpret_cast<uint64_t *>(&sample + 1) = wire::pack_frame(0, wire::kFrameUnseen);
  segment.counters.add(wire::kSamplesWritten);
  segment.counters.add(wire::kUnseen);
  segment.account.unseen_ns.fetch_add(weight_ns, std::memory_order_relaxed);
  write.commit(kBytes);
}

}  // namespace

uint64_t unbooked(const threads::ThreadRecord &thread) {
  const uint64_t used = thread.cpu_last_ns - thread.cpu_at_arm_ns;
  const uint64_t booked = thread.booked_ns.load(std::memory_order_relaxed);
  return used > booked ? used - booked : 0;
}

void book_unseen(threads::ThreadRecord &thread) {
  wire::Segment *segment = threads::live_segment();
  const uint64_t weight = unbooked(thread);
  if (!segment || weight == 0) return;
  thread.booked_ns.fetch_add(weight, std::memory_order_relaxed);
  thread.unseen_ns.fetch_add(weight, std::memory_order_relaxed);
  write(thread, *segment, weight);
}

}  // namespace pyro::sampling
