// How are stacks read that the kernel copied into a ring of perf?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/perf-stacks.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "sampling/deferred.h"
#include "sampling/perf-events.h"
#include "unwind/cfi/registers.h"

namespace pyro::sampling {

#ifdef __x86_64__
namespace {

constexpr uint32_t kPage = 4096;
constexpr uint32_t kRingBytes = 64 * kPage;  // 15 stacks: more than the kernel's tick lets pass between two looks
constexpr uint32_t kStackBytes = 16384;
// By DWARF number: the kernel's, in their order in a record (asm/perf_regs.h): AX BX CX DX SI DI BP SP IP R8 … R15.
constexpr uint64_t kRegisterMask = 0x1ff | 0xff0000ull;
constexpr uint8_t kPlace[unwind::kRegisters] = {0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr uint32_t kPcPlace = 8, kRegisterCount = 17;

struct Copied {  // a record of the ring, in the order of its sample type
  perf_event_header header;
  uint64_t time_ns, period_ns, abi;
  uint64_t registers[kRegisterCount];
  uint64_t stack_bytes;
  uint64_t stack[kStackBytes / sizeof(uint64_t)];
  uint64_t filled_bytes;
};

struct Ring {
  PerfEvent event;
  unsigned char *at;  // the kernel's page, then kRingBytes
  Copied copy;        // of one record: in the ring it may lie around the end
  perf_event_mmap_page &page() { return *reinterpret_cast<perf_event_mmap_page *>(at); }
};

uint32_t open_rings = 0;

void describe(perf_event_attr &attributes) {
  attributes.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attributes.sample_regs_user = kRegisterMask;
  attributes.sample_stack_user = kStackBytes;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
}

// The bytes from `tail` on. They stay in the ring until others come: we may not write there, and no dump has it.
void take(const Ring &ring, uint64_t tail, void *to, uint64_t bytes) {
  const unsigned char *data = ring.at + kPage;
  const uint64_t from = tail % kRingBytes, first = std::min<uint64_t>(bytes, kRingBytes - from);
  std::memcpy(to, data + from, first);
  std::memcpy(static_cast<unsigned char *>(to) + first, data, bytes - first);
}

uint64_t book(threads::ThreadRecord &record, wire::Segment &segment, const Copied &copied, uint64_t weight_ns) {
  if (copied.abi != PERF_SAMPLE_REGS_ABI_64 || copied.filled_bytes > kStackBytes) return 0;
  unwind::Registers registers{copied.registers[kPcPlace], {}};
  for (uint32_t i = 0; i < unwind::kRegisters; i++) registers.r[i] = copied.registers[kPlace[i]];
  const uint64_t sp = registers.r[unwind::kStackPointer];
  const Tick tick{copied.time_ns, weight_ns, 0, &registers, {sp, sp + copied.filled_bytes}};
  write_copied(record, tick, reinterpret_cast<uint64_t>(copied.stack) - sp, segment);
  record.booked_ns.fetch_add(weight_ns, std::memory_order_relaxed);
  record.unseen_ns.fetch_add(weight_ns, std::memory_order_relaxed);  // its handler shall not book it again
  return weight_ns;
}

}  // namespace

void open_ring(threads::ThreadRecord &record, uint64_t period_ns) {
  if (record.ring || open_rings == kMostRings) return;
  std::unique_ptr<Ring> ring(new (std::nothrow) Ring);
  if (!ring) return;
  ring->event = open_perf_ring(record.tid.load(std::memory_order_relaxed), period_ns, describe);
  if (ring->event.fd < 0) return;
  void *at = mmap(nullptr, kPage + kRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->event.fd, 0);
  if (at == MAP_FAILED) return close_perf(ring->event);
  ring->at = static_cast<unsigned char *>(at);
  ioctl(ring->event.fd, PERF_EVENT_IOC_ENABLE, 0);
  open_rings++;
  record.ring = ring.release();
}

void drain_ring(threads::ThreadRecord &record, wire::Segment &segment, uint64_t unbooked_ns) {
  if (!record.ring) return;
  Ring &ring = *static_cast<Ring *>(record.ring);
  const uint64_t head = __atomic_load_n(&ring.page().data_head, __ATOMIC_ACQUIRE);
  uint64_t tail = ring.page().data_tail;
  while (head - tail >= sizeof(perf_event_header) && head - tail <= kRingBytes) {
    perf_event_header header;
    std::memcpy(&header, ring.at + kPage + tail % kRingBytes, sizeof header);  // records are whole words
    if (header.size < sizeof header || header.size > head - tail) break;
    const bool whole = header.type == PERF_RECORD_SAMPLE && header.size == sizeof(Copied);
    take(ring, tail, &ring.copy, std::min<uint64_t>(header.size, sizeof(Copied)));
    if (whole) unbooked_ns -= book(record, segment, ring.copy, std::min(ring.copy.period_ns, unbooked_ns));
    tail += header.size;
  }
  std::memset(&ring.copy, 0, sizeof ring.copy);
  __atomic_store_n(&ring.page().data_tail, head, __ATOMIC_RELEASE);
}

void close_ring(threads::ThreadRecord &record) {
  if (!record.ring) return;
  Ring *ring = static_cast<Ring *>(record.ring);
  munmap(ring->at, kPage + kRingBytes);
  close_perf(ring->event);
  delete ring;
  record.ring = nullptr;
  open_rings--;
}

#else

void open_ring(threads::ThreadRecord &, uint64_t) {}
void drain_ring(threads::ThreadRecord &, wire::Segment &, uint64_t) {}
void close_ring(threads::ThreadRecord &) {}

#endif

}  // namespace pyro::sampling
