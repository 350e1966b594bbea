// What does a walker have to know about x86-64? DWARF register numbers, what calls preserve, where a signal keeps it
// all.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <ucontext.h>

#include <cstdint>

namespace pyro::unwind {

inline constexpr uint32_t kRegisters = 16;  // 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8..15
inline constexpr uint32_t kStackPointer = 7;
inline constexpr uint32_t kFramePointer = 6;
inline constexpr uint32_t kResultRegister = 0;               // of a system call
inline constexpr uint32_t kReturnColumn = 16;                // the CFI column of the return address
inline constexpr bool kReturnInRegister = false;             // a call pushes it
inline constexpr uint64_t kSmallestFrame = 8;                // so every frame has at least that
inline constexpr uint8_t kSaved[] = {3, 6, 12, 13, 14, 15};  // what a callee must preserve
inline constexpr uint32_t kSavedCount = sizeof kSaved;

inline uint64_t code_address(uint64_t value) { return value; }

// With the stack pointer at the kernel's signal frame (struct ucontext), where lies each register? The kernel ABI.
inline constexpr uint16_t kSignalSlot[kRegisters] = {144, 136, 152, 128, 112, 104, 120, 160,
                                                     40,  48,  56,  64,  72,  80,  88,  96};
inline constexpr uint16_t kSignalPcSlot = 168;

inline uint64_t read_context(const ucontext_t &context, uint64_t *r) {
  static constexpr uint8_t kGreg[kRegisters] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
                                                REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  for (uint32_t i = 0; i < kRegisters; i++) r[i] = static_cast<uint64_t>(context.uc_mcontext.gregs[kGreg[i]]);
  return static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP]);
}

}  // namespace pyro::unwind
