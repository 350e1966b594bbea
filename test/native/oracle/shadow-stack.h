// Who called whom, known from every instruction that was executed? The truth that walks are held against.
//
// A call pushes, whatever raises the stack pointer above a return address pops: returns, longjmp, exceptions. Jumps
// change nothing. No table is asked. SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "unwind/cfi/registers.h"

namespace pyro::oracle {

using unwind::Registers;
using unwind::StackBounds;

struct ShadowFrame {
  enum Kind : uint8_t { kCall, kSignal };
  Kind kind;
  uint64_t place;       // of the return address; of the kernel's frame
  uint64_t returns;     // where the caller goes on: behind the call, or at the interrupted instruction
  Registers registers;  // of the caller, as it called or was interrupted
};

class ShadowStack {
 public:
  ShadowStack(StackBounds stack, StackBounds alternate) : stack_(stack), alternate_(alternate) {}

  // One instruction was executed.
  void step(const Registers &before, const Registers &after);
  // The kernel put a frame on the stack and went to a handler.
  void signal(const Registers &before, const Registers &after);
  // What left its frames is gone, however it did it.
  void leave_below(uint64_t sp);

  // Outermost first.
  const std::vector<ShadowFrame> &frames() const { return frames_; }
  // The address that this frame will return to: what lies on the stack, which unwinders and retpolines overwrite.
  static uint64_t returns_to(const ShadowFrame &frame);

 private:
  static bool inside(StackBounds bounds, uint64_t at) { return at >= bounds.low && at < bounds.high; }
  bool gone(const ShadowFrame &frame, uint64_t sp) const;

  StackBounds stack_, alternate_;
  std::vector<ShadowFrame> frames_;
};

// Does a call instruction begin here?
bool is_call(const uint8_t *code);

}  // namespace pyro::oracle
