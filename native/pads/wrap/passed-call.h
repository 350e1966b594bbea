// What is left of a wrapped call while nothing is recorded?
//
// It has a frame all the same, because a loop through our own wrapper must be seen (original.h), and a call that is
// recorded inside of it is no root. A thread comes by the same pads at the same depths again and again, so its frames
// remember after the call what was looked up for it: `start` is the original, and `cell` is no cell but a mark, the
// epoch and which wrapper it was. Each recorded call overwrites the mark.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/pad-registry.h"
#include "pads/wrap/original.h"
#include "pads/wrap/wire-names.h"
#include "threads/live.h"
#include "threads/thread-record.h"
#include "timing/residence.h"

namespace pyro::pads {

static_assert(kKindCount * kLevels < kEpochStep, "one mark for each wrapper in each epoch");

// Less than any address.
inline void *mark_of(uint64_t epoch, Kind kind, uint32_t level) {
  return reinterpret_cast<void *>(epoch + kind * kLevels + level);
}

// Those of a session before, or of the parent of a forked child.
inline void forget_frames(threads::ThreadRecord &thread, uint64_t session) {
  thread.depth = 0;
  thread.driver = 0;
  thread.root_end = 0;
  thread.span.store(0, std::memory_order_relaxed);
  thread.session = session;
}

// What passes until the next recorded root call is booked on no element.
inline void begin_passed_root(threads::ThreadRecord &thread) {
  thread.root_end = 0;
  thread.element.store(0, std::memory_order_relaxed);
}

// The frame in which this thread went by this wrapper of this pad at this depth before; nullptr = it must be looked up,
// or a session is due. On the path of every buffer.
template <uint32_t level, Kind kind>
[[gnu::always_inline]] inline threads::Frame *remembered(threads::ThreadRecord &thread, uint32_t depth,
                                                         const GstPad *pad) {
  if (__builtin_expect(depth >= kEndless, 0)) return nullptr;
  threads::Frame &frame = thread.frames[depth];
  if (__builtin_expect(frame.key != pad || frame.cell != mark_of(epoch(), kind, level), 0)) return nullptr;
  if (depth == 0) {
    if (__builtin_expect(!threads::live_segment(), 0)) return nullptr;
    begin_passed_root(thread);
  }
  return &frame;
}

// A passed call that was looked up, in `epoch`: of what is inside a queue nothing is known afterwards.
class PassedCall {
 public:
  PassedCall(const PadState &state, Kind kind, uint32_t level, threads::ThreadRecord *thread, gpointer function,
             uint64_t epoch) {
    if (__builtin_expect(state.noted, 0) && state.queue.output) state.queue.output->forget();
    if (__builtin_expect(!thread || thread->depth >= threads::kMaxDepth, 0)) return;
    if (thread->depth == 0) begin_passed_root(*thread);
    const bool always_looked_up = state.noted || state.originals[kind].selfish.load(std::memory_order_relaxed) != 0;
    threads::Frame &frame = thread->frames[thread->depth++];
    frame.key = state.pad;
    frame.kind = cell_kind(kind);
    frame.element = 0;
    frame.cell = always_looked_up ? nullptr : mark_of(epoch, kind, level);
    frame.start = reinterpret_cast<uint64_t>(function);
    thread_ = thread;
    depth_ = thread->depth;
  }
  ~PassedCall() {
    if (thread_ && thread_->depth >= depth_) thread_->depth = depth_ - 1;
  }
  PassedCall(const PassedCall &) = delete;
  PassedCall &operator=(const PassedCall &) = delete;

 private:
  threads::ThreadRecord *thread_ = nullptr;
  uint32_t depth_ = 0;
};

}  // namespace pyro::pads
