// Which bytes are a sample? The one check for what comes out of the ring, and for what is handed on from there.
// SPDX-License-Identifier: MPL-2.0
#include "wire/sample-records.h"

namespace pyro::wire {
namespace {

bool is_known(uint16_t kind) { return kind == kRecordCpuSample || kind == kRecordBlockedSample; }

}  // namespace

uint32_t read_sample(const unsigned char *from, size_t left, StackSample *sample) {
  if (left < sizeof *sample) return 0;
  std::memcpy(sample, from, sizeof *sample);
  const uint32_t size = sample->header.size;
  if (!is_known(sample->header.kind) || size > left) return 0;
  if (sample->depth > kMaxFrames || sample->chain > kMaxChain) return 0;
  if (size != record_bytes(sample->depth, sample->chain)) return 0;
  return sample->end < kStackEndCount ? size : 0;
}

}  // namespace pyro::wire
