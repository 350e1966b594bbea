// Who called whom, from the registers of an interrupted thread? The walk; safe in a signal handler.
//
// No lock, no allocation, no call out of this folder; reads only the given stack and the published tables (modules.h).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/registers.h"
#include "unwind/walk/frame-cache.h"
#include "unwind/walk/label-sites.h"

namespace pyro::unwind {

// Why did the walk end? Numbers as in the wire's stack ends.
enum class End : uint8_t {
  kRoot = 0,       // the thread's first frame
  kNoTable = 1,    // module known, table not there (yet)
  kNoModule = 2,   // address in no known module
  kNoCfi = 3,      // code without unwind rules
  kBadRead = 4,    // a rule pointed outside the stack
  kBadRule = 5,    // a rule that we do not carry out
  kNotRising = 6,  // the stack pointer did not rise: would loop
  kDepth = 7,      // frame limit reached
  kNoStack = 8,    // the stack pointer lies in no known stack
};

struct Walk {
  uint32_t depth;
  End end;
  bool inferred;   // a caller of code without CFI was found by search
  bool truncated;  // the middle was left out: leaf kLeafFrames, then the last kRootFrames
  bool own;        // interrupted in an excluded module
  bool later;      // it met code or a table that the background thread has yet to learn: walk again after that
};

inline constexpr uint32_t kLeafFrames = 192;
inline constexpr uint32_t kRootFrames = 64;
inline constexpr uint32_t kMaxFrames = kLeafFrames + kRootFrames;
inline constexpr uint32_t kWalkLimit = 4096;  // frames looked at, for stacks that never end

inline constexpr int kFrameTagShift = 44;

// A frame is tag << kFrameTagShift | ELF address: exact for interrupted code, inside the call instruction for callers.
// A frame in unknown code is 0. `frames` has room for kMaxFrames. `alternate` is the thread's alternate signal stack,
// if any: a walk may begin there and go on to `stack` through the signal frame. `cache` is the calling thread's; with
// it or without, the answer is the same. `sink` is told of the sites that the walk passes, if any were published.
// Async-signal-safe.
Walk walk(const Registers &start, StackBounds stack, uint64_t *frames, StackBounds alternate = {0, 0},
          FrameCache *cache = nullptr, SiteSink *sink = nullptr) noexcept;

// The same over a copy of a stack that was interrupted at `start`: the bytes of [stack.low, stack.high) lie `delta`
// further on.
Walk walk_copy(const Registers &start, StackBounds stack, uint64_t delta, uint64_t *frames,
               SiteSink *sink = nullptr) noexcept;
// Alone the frame of an interrupted instruction; `later`: its module is not known (yet), and the frame is 0.
Walk walk_leaf(uint64_t pc, uint64_t *frame) noexcept;

// A thread that is not running, seen from another one: of its registers only these two are known.
struct Stopped {
  uint64_t pc, sp;
};

// The same for such a thread, over a copy of its stack: the bytes of [stack.low, stack.high) lie `delta` further on.
Walk walk_copy(Stopped at, StackBounds stack, uint64_t delta, uint64_t *frames, FrameCache *cache = nullptr,
               SiteSink *sink = nullptr) noexcept;

// Changes whenever a walk may find more than before: modules came, or a table of one. 0: nothing is known yet.
uint64_t tables_generation() noexcept;

}  // namespace pyro::unwind
