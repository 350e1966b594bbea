// What does a walker have to know about aarch64? DWARF register numbers, what calls preserve, where a signal keeps it
// all.
//
// Written to keep the seam honest; no test runs it yet.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <ucontext.h>

#include <cstdint>

namespace pyro::unwind {

inline constexpr uint32_t kRegisters = 32;  // 0..30 x0..x30, 31 sp
inline constexpr uint32_t kStackPointer = 31;
inline constexpr uint32_t kFramePointer = 29;
inline constexpr uint32_t kResultRegister = 0;  // of a system call
inline constexpr uint32_t kReturnColumn = 30;
inline constexpr bool kReturnInRegister = true;  // a leaf may never store it
inline constexpr uint64_t kSmallestFrame = 0;
inline constexpr uint8_t kSaved[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
inline constexpr uint32_t kSavedCount = sizeof kSaved;

// Pointer authentication keeps a code in the bits above the address.
inline uint64_t code_address(uint64_t value) { return value & 0x0000ffffffffffffull; }

// sp points at siginfo (128 bytes), then ucontext; x0 lies 184 bytes into that. The kernel ABI.
inline constexpr uint16_t kSignalX0 = 128 + 184;
inline constexpr uint16_t kSignalSlot[kRegisters] = {
    kSignalX0,       kSignalX0 + 8,   kSignalX0 + 16,  kSignalX0 + 24,  kSignalX0 + 32,  kSignalX0 + 40,
    kSignalX0 + 48,  kSignalX0 + 56,  kSignalX0 + 64,  kSignalX0 + 72,  kSignalX0 + 80,  kSignalX0 + 88,
    kSignalX0 + 96,  kSignalX0 + 104, kSignalX0 + 112, kSignalX0 + 120, kSignalX0 + 128, kSignalX0 + 136,
    kSignalX0 + 144, kSignalX0 + 152, kSignalX0 + 160, kSignalX0 + 168, kSignalX0 + 176, kSignalX0 + 184,
    kSignalX0 + 192, kSignalX0 + 200, kSignalX0 + 208, kSignalX0 + 216, kSignalX0 + 224, kSignalX0 + 232,
    kSignalX0 + 240, kSignalX0 + 248};
inline constexpr uint16_t kSignalPcSlot = kSignalX0 + 256;

inline uint64_t read_context(const ucontext_t &context, uint64_t *r) {
  for (uint32_t i = 0; i < 31; i++) r[i] = context.uc_mcontext.regs[i];
  r[kStackPointer] = context.uc_mcontext.sp;
  return context.uc_mcontext.pc;
}

}  // namespace pyro::unwind
