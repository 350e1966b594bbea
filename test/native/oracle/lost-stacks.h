// Which stacks could a run not follow to the root? Taken in the signal handler, written as files afterwards.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>

#include "modules-ready.h"
#include "stored-stack.h"

namespace pyro::oracle {

class LostStacks {
 public:
  // Signal-safe. Keeps the first few, of different places in the code.
  void take(const Registers &registers, StackBounds stack, const unwind::Walk &walk, const uint64_t *frames) {
    const uint64_t sp = registers.r[unwind::kStackPointer] & ~uint64_t{7};
    if (sp < stack.low || sp >= stack.high) return;  // on an alternate stack: not kept
    const uint32_t known = count_.load();
    for (uint32_t i = 0; i < known && i < kMost; i++)
      if (kept_[i].registers.pc == registers.pc) return;
    const uint32_t at = known < kMost ? count_.fetch_add(1) : kMost;
    if (at >= kMost) return;
    Kept &kept = kept_[at];
    kept.registers = registers;
    kept.stack = stack;
    kept.end = walk.end;
    kept.depth = walk.depth < kFrames ? walk.depth : kFrames;
    memcpy(kept.frames, frames, kept.depth * sizeof *frames);
    const uint64_t bytes = stack.high - sp < sizeof kept.words ? stack.high - sp : sizeof kept.words;
    kept.stack.high = sp + (bytes & ~uint64_t{7});
    for (uint64_t i = 0; i < bytes / 8; i++) kept.words[i] = reinterpret_cast<const volatile uint64_t *>(sp)[i];
    kept.whole.store(true, std::memory_order_release);
  }
  // Writes `folder`/NAME-N.stack and says so.
  void write(const std::string &folder, const std::string &name) {
    const uint32_t count = count_.exchange(0);
    for (uint32_t i = 0; i < count && i < kMost; i++) {
      Kept &kept = kept_[i];
      if (!kept.whole.exchange(false, std::memory_order_acquire)) continue;
      mkdir(folder.c_str(), 0755);
      const std::string path = folder + "/" + name + "-" + std::to_string(i) + ".stack";
      if (store(sample_of(kept, name), path)) printf("      stored %s\n", path.c_str());
    }
  }

 private:
  static constexpr uint32_t kMost = 16, kFrames = 64;
  struct Kept {
    std::atomic<bool> whole{false};
    Registers registers;
    StackBounds stack;
    unwind::End end;
    uint32_t depth;
    uint64_t frames[kFrames];
    uint64_t words[4096];
  };
  static Sample sample_of(const Kept &kept, const std::string &name) {
    Sample sample;
    sample.why = "did not reach the root in " + name;
    sample.registers = kept.registers;
    sample.stack = kept.stack;
    sample.end = kept.end;
    sample.copy = kept.words;
    for (uint32_t i = 0; i < kept.depth; i++) sample.truth.push_back(unwind::test::raw_address(kept.frames[i]));
    return sample;
  }

  std::atomic<uint32_t> count_{0};
  Kept kept_[kMost];
};

}  // namespace pyro::oracle
