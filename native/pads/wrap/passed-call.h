// What is left of a wrapped call while nothing is recorded?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/registry/pad-registry.h"
#include "pads/wrap/wire-names.h"
#include "threads/thread-record.h"
#include "timing/residence.h"

namespace pyro::pads {

// It has a frame all the same, because a loop through our own wrapper must be seen
// (original.h), and of what is inside a queue nothing is known afterwards.
class PassedCall {
 public:
  PassedCall(GstPad *pad, const PadState &state, Kind kind, threads::ThreadRecord *thread) {
    if (__builtin_expect(state.noted, 0) && state.queue.output) state.queue.output->forget();
    if (__builtin_expect(!thread || thread->depth >= threads::kMaxDepth, 0)) return;
    thread->root_end = 0;  // what passes until the next recorded call is booked on no element
    if (thread->depth == 0) thread->element.store(0, std::memory_order_relaxed);
    threads::Frame &frame = thread->frames[thread->depth++];  // what is inside reads no more of it
    frame.key = pad;
    frame.kind = cell_kind(kind);
    frame.element = 0;
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
