// How are samples kept between the ring and what adds them up? As they lay there, one record behind the other.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "wire/records.h"

namespace pyro::wire {

struct SampleRecords {
  std::vector<unsigned char> bytes;  // whole records, each as read_sample() lets it through
  uint32_t count = 0;
  bool drained = true;  // false: more records are waiting; call again
};

// Copies the fixed part of the record at `from`; its size, or 0 if there is none that makes sense.
uint32_t read_sample(const unsigned char *from, size_t left, StackSample *sample);

// Frame `i` of the record at `record`, which was read as a sample.
inline uint64_t frame_of(const unsigned char *record, uint32_t i) {
  uint64_t frame;
  std::memcpy(&frame, record + sizeof(StackSample) + i * sizeof frame, sizeof frame);
  return frame;
}

// The ids of its chain.
inline void copy_chain(const unsigned char *record, const StackSample &sample, uint32_t *ids) {
  const size_t frames = sample.depth * sizeof(uint64_t);
  if (sample.chain > 0) std::memcpy(ids, record + sizeof sample + frames, sample.chain * sizeof(uint32_t));
}

// Calls `take(sample, record)` for each record until one makes no sense.
template <typename Take>
void each_sample(const unsigned char *bytes, size_t size, Take &&take) {
  StackSample sample;
  for (size_t at = 0; at < size;) {
    const uint32_t length = read_sample(bytes + at, size - at, &sample);
    if (length == 0) return;
    take(sample, bytes + at);
    at += length;
  }
}

}  // namespace pyro::wire
