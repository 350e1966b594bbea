// What does a blocked thread wait in, and for which element? Read from outside: no signal, nothing in the thread runs.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "sampling/deferred.h"
#include "sampling/stack-copy.h"
#include "sampling/task-state.h"
#include "threads/thread-record.h"
#include "unwind/walk/frame-cache.h"
#include "wire/segment.h"

namespace pyro::sampling {

// A record that is ready but for its time and weight.
struct alignas(8) BlockedRecord {
  unsigned char bytes[wire::kMaxRecord];
  bool in_part = false;  // its walk ended early, for want of a table or of a module
  uint64_t tables = 0;   // what there was of these: unwind::tables_generation()
  wire::StackSample &sample() { return *reinterpret_cast<wire::StackSample *>(bytes); }
  const wire::StackSample &sample() const { return *reinterpret_cast<const wire::StackSample *>(bytes); }
};

enum class Sight : uint8_t {
  kBlocked,  // `out` says where
  kReady,    // on a CPU, or waiting for one
  kTorn,     // it moved while it was read
  kDenied,
  kGone,
};

// Reads the stacks of threads one after the other; keeps what makes that cheap.
class BlockedStacks {
 public:
  BlockedStacks() : cache_(unwind::FrameCache::create()) {}
  ~BlockedStacks() { unwind::FrameCache::destroy(cache_); }
  BlockedStacks(const BlockedStacks &) = delete;
  BlockedStacks &operator=(const BlockedStacks &) = delete;

  // `cpu_ns`: the thread's CPU clock before; if it has moved on meanwhile, the stack is torn.
  Sight read(const threads::ThreadRecord &thread, wire::Segment &segment, uint64_t cpu_ns, BlockedRecord *out);
  // What was read last: to be walked again later (deferred.h).
  detail::Deferred *hold_last(const threads::ThreadRecord &thread) const;

 private:
  // What the thread publishes, read between the two readings of its state.
  struct Published {
    uint32_t element;
    uint64_t span;
  };
  void walk(const threads::ThreadRecord &thread, BlockedRecord *out);
  bool wants_more(const BlockedRecord &record) const;

  StackCopy copy_;
  unwind::FrameCache *cache_;
  Whereabouts where_;
  Published published_{};
};

// A record without a stack, of a thread whose published element is `element`.
void without_stack(const threads::ThreadRecord &thread, uint32_t element, int16_t system_call, BlockedRecord *out);

}  // namespace pyro::sampling
