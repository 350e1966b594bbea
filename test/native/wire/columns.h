// What does a test see of the samples that a reader took? One column per field.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <vector>

#include "wire/reader.h"

namespace pyro::wire {

// Frames of sample i are [frame_start[i], frame_start[i + 1]), leaf first; its chain [chain_start[i], chain_start[i +
// 1]).
struct SampleColumns {
  std::vector<double> time_ns;
  std::vector<uint32_t> thread, element;
  std::vector<uint8_t> end;
  std::vector<uint32_t> frame_start{0};
  std::vector<uint32_t> frame_module;
  std::vector<double> frame_offset;
  std::vector<uint32_t> chain_start{0};
  std::vector<uint32_t> chain;
  uint32_t said = 0;  // how many the reader says that there are
  bool drained = true;

  uint32_t count() const { return static_cast<uint32_t>(time_ns.size()); }
};

inline SampleColumns columns_of(const SampleRecords &records) {
  SampleColumns out;
  each_sample(records.bytes.data(), records.bytes.size(), [&](const StackSample &sample, const unsigned char *record) {
    out.time_ns.push_back(static_cast<double>(sample.time_ns));
    out.thread.push_back(sample.header.thread);
    out.element.push_back(sample.element);
    out.end.push_back(sample.end);
    for (uint32_t i = 0; i < sample.depth; i++) {
      out.frame_module.push_back(frame_module(frame_of(record, i)));
      out.frame_offset.push_back(static_cast<double>(frame_offset(frame_of(record, i))));
    }
    out.frame_start.push_back(static_cast<uint32_t>(out.frame_module.size()));
    out.chain.resize(out.chain.size() + sample.chain);
    copy_chain(record, sample, out.chain.data() + out.chain.size() - sample.chain);
    out.chain_start.push_back(static_cast<uint32_t>(out.chain.size()));
  });
  out.said = records.count;
  out.drained = records.drained;
  return out;
}

}  // namespace pyro::wire
