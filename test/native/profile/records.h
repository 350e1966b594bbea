// How does a test write records? As they lie in the ring, one behind the other.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstring>
#include <utility>
#include <vector>

#include "wire/sample-records.h"

namespace pyro::profile {

struct TestSample {
  uint32_t element = 0;
  std::vector<uint64_t> frames;
  uint64_t weight_ns = 10;
  uint64_t span = 0;
  std::vector<uint32_t> chain;
  uint32_t thread = 0, thread_number = 0;
  uint8_t end = 0, flags = 0;
  bool blocked = false;
  int16_t wait = 0;
};

inline void append(std::vector<unsigned char> &records, const TestSample &from) {
  wire::StackSample sample{};
  sample.depth = static_cast<uint16_t>(from.frames.size());
  sample.chain = static_cast<uint8_t>(from.chain.size());
  sample.header.kind = from.blocked ? wire::kRecordBlockedSample : wire::kRecordCpuSample;
  sample.header.size = static_cast<uint16_t>(wire::record_bytes(sample.depth, sample.chain));
  sample.header.thread = from.thread;
  sample.thread_number = from.thread_number;
  sample.weight_ns = from.weight_ns;
  sample.element = from.element;
  sample.end = from.end;
  sample.flags = from.flags;
  sample.system_call = from.wait;
  sample.span = from.span;
  const size_t at = records.size();
  records.resize(at + sample.header.size);
  std::memcpy(&records[at], &sample, sizeof sample);
  if (!from.frames.empty()) std::memcpy(&records[at + sizeof sample], from.frames.data(), 8 * from.frames.size());
  if (!from.chain.empty())
    std::memcpy(&records[at + sizeof sample + 8 * from.frames.size()], from.chain.data(), 4 * from.chain.size());
}

inline std::vector<unsigned char> records_of(const std::vector<TestSample> &samples) {
  std::vector<unsigned char> records;
  for (const TestSample &sample : samples) append(records, sample);
  return records;
}

}  // namespace pyro::profile
