// What do eight busy threads look like to the agent on a machine that has not eight cores? Writes samples at a steady
// rate.
// SPDX-License-Identifier: MPL-2.0
//   steady-target RATE SECONDS    prints its pid, then how many samples found room
#include <ctime>
#include <iostream>
#include <random>
#include <vector>

#include "../native/wire/samples.h"

using namespace pyro::wire;

namespace {

constexpr uint32_t kElements = 24, kThreads = 8, kStacks = 600, kChain = 4;
constexpr uint64_t kPlaces = 200, kFirstPlace = 0x28000, kPlaceBytes = 96;
constexpr const char *kFolder = "/usr/lib/x86_64-linux-gnu/";
constexpr const char *kModules[] = {"libc.so.6",           "libglib-2.0.so.0",
                                    "libgobject-2.0.so.0", "libgstreamer-1.0.so.0",
                                    "libgstbase-1.0.so.0", "libgstvideo-1.0.so.0"};

struct Names {
  std::vector<uint32_t> element, thread, module;
};

Names publish(Segment &segment) {
  static const Grid grid;
  static Retirement retirement(segment.recycling);
  DirectoryWriter directory(segment.directory, retirement);
  Names names;
  const uint32_t pipeline = directory.add(kEntryPipeline, 0, {"pipeline0", "pipeline"});
  for (uint32_t i = 0; i < kElements; i++) {
    const std::string number = std::to_string(i);
    names.element.push_back(
        directory.add(kEntryElement, pipeline, {"e" + number, "f" + std::to_string(i % 6), "", ""}));
    Cell &cell = segment.cells.cell[i];
    cell.kind = 1;
    cell.start_unix_ns = segment.identity.created_unix_ns;
    for (uint64_t n = 1; n < 5000; n++) cell.inclusive.record(grid, n * 977), cell.exclusive.record(grid, n * 311);
    cell.pad = directory.add(kEntryPad, names.element.back(), {"sink", "sink"});
  }
  segment.cells.used = kElements;
  for (uint32_t i = 0; i < kThreads; i++)
    names.thread.push_back(directory.add(kEntryThread, 0, {"t" + std::to_string(i) + ":src"}));
  for (const char *module : kModules)
    names.module.push_back(directory.add(kEntryModule, 0, {std::string(kFolder) + module, ""}));
  return names;
}

// A few stacks are met often, many seldom; leaf frames differ, callers are shared.
std::vector<std::vector<uint64_t>> stacks(const Names &names, std::mt19937 &random) {
  std::vector<std::vector<uint64_t>> all(kStacks);
  for (std::vector<uint64_t> &stack : all)
    for (uint32_t depth = 16 + random() % 20; depth > 0; depth--)
      stack.push_back(
          pack_frame(names.module[random() % names.module.size()], kFirstPlace + random() % kPlaces * kPlaceBytes));
  return all;
}

bool write(Segment &segment, const Names &names, uint32_t which, uint32_t thread, const std::vector<uint64_t> &frames,
           uint32_t &hint) {
  RingWrite write(segment.ring, thread, hint);
  auto *at = static_cast<unsigned char *>(write.room());
  if (at == nullptr) return false;
  uint32_t chain[kChain];
  for (uint32_t i = 0; i < kChain; i++) chain[i] = names.element[(which + i) % kElements];
  StackSample sample{};
  sample.header = {kRecordCpuSample, static_cast<uint16_t>(record_bytes(frames.size(), kChain)), thread};
  sample.weight_ns = 10'000'000;
  sample.element = chain[0];
  sample.depth = static_cast<uint16_t>(frames.size());
  sample.chain = kChain;
  std::memcpy(at, &sample, sizeof sample);
  std::memcpy(at + sizeof sample, frames.data(), frames.size() * 8);
  std::memcpy(at + sizeof sample + frames.size() * 8, chain, sizeof chain);
  write.commit(sample.header.size);
  segment.counters.add(kSamplesWritten);
  return true;
}

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int count, char **words) {
  if (count != 3) return 2;
  const double rate = std::stod(words[1]), seconds = std::stod(words[2]);
  Mapping mapping = make_segment();
  Segment &segment = *mapping.segment();
  segment.control.sample_rate = 100;
  const Names names = publish(segment);
  std::mt19937 random(42);
  const auto pool = stacks(names, random);
  std::cout << getpid() << std::endl;
  uint64_t due = 0, written = 0;
  uint32_t hint = 0;
  for (const double begin = now(); now() < begin + seconds; usleep(10000))
    for (; static_cast<double>(due) < (now() - begin) * rate; due++) {
      const uint32_t which = std::min(random() % kStacks, random() % kStacks);
      written += write(segment, names, which, names.thread[due % kThreads], pool[which], hint);
    }
  std::cout << written << std::endl;
}
