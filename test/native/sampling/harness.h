// What does a test of sampling need around it? A live segment, known threads, CPU time burned on purpose.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <time.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "clock/clock.h"
#include "sampling/cpu-sampler.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "wire/segment.h"

namespace pyro::testing {

inline uint64_t cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

inline uint64_t burn(uint64_t ns) {
  const uint64_t begin = cpu_ns();
  volatile uint64_t work = 0;
  while (cpu_ns() - begin < ns)
    for (int i = 0; i < 2000; i++) work = work + static_cast<uint64_t>(i);
  return cpu_ns() - begin;
}

// One live segment for the whole test program: live words and handlers are of the process.
inline wire::Segment &live() {
  static wire::Mapping *mapping = [] {
    int error = 0;
    auto made = wire::Mapping::create(&error);
    auto *kept = new wire::Mapping(std::move(*made));
    static std::atomic<void *> word{nullptr};
    clock::start();
    threads::use_live_word(word);
    threads::go_live(kept->segment());
    kept->segment()->control.enabled.store(1);
    return kept;
  }();
  return *mapping->segment();
}

struct Sample {
  wire::StackSample head;
  std::vector<uint64_t> frames;
};

// Takes every committed sample out of the ring.
inline std::vector<Sample> drain(wire::Segment &segment) {
  std::vector<Sample> samples;
  wire::RingRead ring(segment.ring);
  for (uint32_t chunk = 0; chunk < wire::kChunkCount; chunk++) {
    const wire::ChunkView view = ring.peek(chunk);
    uint32_t records = 0;
    for (uint32_t at = 0; at < view.bytes; records++) {
      Sample sample;
      std::memcpy(&sample.head, view.from + at, sizeof sample.head);
      sample.frames.resize(sample.head.depth);
      if (sample.head.depth > 0)
        std::memcpy(sample.frames.data(), view.from + at + sizeof sample.head, sample.head.depth * sizeof(uint64_t));
      at += sample.head.header.size;
      samples.push_back(std::move(sample));
    }
    ring.advance(chunk, view.bytes, records);
  }
  return samples;
}

// Time on the samples' own account; of a whole run it is short of what a busy machine's late ticks book as masked:
// booked_ns().
inline uint64_t weight_of(const std::vector<Sample> &samples) {
  uint64_t sum = 0;
  for (const Sample &sample : samples) sum += sample.head.weight_ns;
  return sum;
}

// All time that a run has booked. burn() is full of system calls, and a tick that is delivered late, behind one of
// them, looks like one behind a blocked signal; `masked_before_ns` is the account at the run's begin.
inline uint64_t booked_ns(const std::vector<Sample> &samples, uint64_t masked_before_ns = 0) {
  return weight_of(samples) + live().account.masked_ns.load() - masked_before_ns;
}

}  // namespace pyro::testing
