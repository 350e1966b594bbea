// How is a change written, and what came of it read?
// SPDX-License-Identifier: MPL-2.0
#include "live-settings.h"

#include <time.h>

#include <cstring>

#include "pipeline.h"
#include "wire/ring.h"

namespace pyro::test {
namespace {

uint64_t clock_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

bool change(const std::function<void(wire::Control &words)> &write) {
  if (!eventually([] { return own_segment() != nullptr; })) return false;
  wire::Control &words = own_segment()->control;
  write(words);
  const uint32_t number = words.changes.fetch_add(1) + 1;
  return eventually([&] { return words.obeyed.load() == number; }, 60);
}

uint64_t now_ns() { return clock_ns(CLOCK_MONOTONIC); }

void burn(unsigned milliseconds) {
  const uint64_t until = clock_ns(CLOCK_THREAD_CPUTIME_ID) + uint64_t{milliseconds} * 1000000;
  while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until) continue;
}

bool burn_until(const std::function<bool()> &condition) {
  const uint64_t until = now_ns() + 60ull * 1000000000;
  while (!condition()) {
    if (now_ns() > until) return false;
    burn(5);
  }
  return true;
}

std::map<uint64_t, uint64_t> waited() {
  std::map<uint64_t, uint64_t> by_thread;
  wire::RingRead ring(own_segment()->ring);
  for (uint32_t index = 0; index < wire::kChunkCount; index++) {
    const wire::ChunkView view = ring.peek(index);
    uint32_t records = 0;
    for (uint32_t at = 0; at < view.bytes; records++) {
      wire::StackSample sample;
      std::memcpy(&sample, view.from + at, sizeof sample);
      at += sample.header.size;
      if (sample.header.kind == wire::kRecordBlockedSample)
        by_thread[uint64_t{sample.header.thread} << 32 | sample.thread_number] += sample.weight_ns;
    }
    ring.advance(index, view.bytes, records);
  }
  return by_thread;
}

}  // namespace pyro::test
