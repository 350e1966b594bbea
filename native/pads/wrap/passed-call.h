// What is left of a wrapped call while nothing is recorded?
//
// A root call has a frame all the same: a call that is recorded inside of it is no root. Inside of it a thread comes by
// the same pads in the same order again and again, so it remembers them, and one that passes as it did before jumps to
// the original: a return of its own would cost more than all else, as in a long pipeline the processor predicts it
// wrongly. All others are looked up and have a frame, so that a loop through our own wrapper is seen (original.h),
// which at the latest begins behind kMaxPassed.
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

inline uint64_t mark_of(uint64_t epoch, Kind kind, uint32_t level) { return epoch + kind * kLevels + level; }

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

inline bool is_as_before(const threads::Passed &passed, const GstPad *pad, Kind kind, uint32_t level) {
  return passed.key == pad && passed.mark == mark_of(epoch(), kind, level);
}

// Where the original is that this call inside of a root call jumps to; nullptr = it must be looked up. On the path of
// every buffer.
[[gnu::always_inline]] inline const threads::Passed *pass_as_before(threads::ThreadRecord *thread, const GstPad *pad,
                                                                    Kind kind, uint32_t level) {
  if (__builtin_expect(!thread, 0)) return nullptr;
  const threads::Passed *passed = thread->passes;
  if (__builtin_expect(!is_as_before(*passed, pad, kind, level), 0)) return nullptr;
  thread->passes = passed + 1;
  return passed;
}

// A passed call that has a frame.
class PassedCall {
 public:
  PassedCall(GstPad *pad, Kind kind, threads::ThreadRecord *thread) {
    if (__builtin_expect(!thread || thread->depth >= threads::kMaxDepth, 0)) return;
    root_ = thread->depth == 0;
    if (root_) begin_passed_root(*thread);
    threads::Frame &frame = thread->frames[thread->depth++];
    frame.key = pad;
    frame.kind = cell_kind(kind);
    frame.element = 0;
    frame.cell = nullptr;
    thread_ = thread;
    depth_ = thread->depth;
    if (root_) thread->passes = &thread->passed[1];
  }
  ~PassedCall() {
    if (!thread_) return;
    if (thread_->depth >= depth_) thread_->depth = depth_ - 1;
    if (root_) thread_->passes = &threads::kNonePassed;
  }
  PassedCall(const PassedCall &) = delete;
  PassedCall &operator=(const PassedCall &) = delete;

  // Here, so that a call that is recorded inside finds our frame.
  static void see_session(threads::ThreadRecord &thread) {
    const uint64_t session = threads::session_number();
    if (thread.session != session) forget_frames(thread, session);
  }
  // Remembers it for the next time; nothing of a function that must be looked up each time.
  static void remember(threads::ThreadRecord *thread, const PadState &state, const threads::Passed &passed) {
    if (!thread) return;
    threads::Passed *place = &thread->passed[0];
    if (thread->depth > 0) {
      if (thread->passes == &threads::kNonePassed || thread->passes == &thread->passed[threads::kMaxPassed]) return;
      place = &thread->passed[thread->passes - thread->passed];
      thread->passes++;
    }
    const bool always = state.noted || detail::any_selfish.load(std::memory_order_relaxed);
    *place = always ? threads::Passed{} : passed;
  }

 private:
  threads::ThreadRecord *thread_ = nullptr;
  uint32_t depth_ = 0;
  bool root_ = false;
};

}  // namespace pyro::pads
