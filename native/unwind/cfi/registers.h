// Which registers does a walk start from? The one place that chooses the architecture.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <ucontext.h>

#include <cstdint>

#if defined(__x86_64__)
#include "unwind/cfi/registers-x86-64.h"
#elif defined(__aarch64__)
#include "unwind/cfi/registers-aarch64.h"
#else
#error "no register description for this architecture"
#endif

namespace pyro::unwind {

struct Registers {
  uint64_t pc;
  uint64_t r[kRegisters];  // by DWARF number
};

// Reads are allowed in [low, high) only.
struct StackBounds {
  uint64_t low, high;
};

inline Registers read_registers(const void *ucontext) {
  Registers out;
  out.pc = read_context(*static_cast<const ucontext_t *>(ucontext), out.r);
  return out;
}

// The thread's alternate signal stack as the kernel noted it when it interrupted the thread; empty if it has none.
inline StackBounds alternate_stack(const void *ucontext) {
  const stack_t &stack = static_cast<const ucontext_t *>(ucontext)->uc_stack;
  const uint64_t low = reinterpret_cast<uint64_t>(stack.ss_sp);
  return {low, low + stack.ss_size};
}

}  // namespace pyro::unwind
