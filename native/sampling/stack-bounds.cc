// How is the range between a stack pointer and the top of its stack proven to be readable?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-bounds.h"

#include <sys/mman.h>

#include <cstddef>

#include "unwind/registers.h"

extern "C" void *__libc_stack_end __attribute__((weak));  // of the main thread, by ld.so

namespace pyro::sampling {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kMostPagesAtOnce = 64;
constexpr uint64_t kLargestStack = 64ull << 20;

uint64_t thread_pointer() {
  uint64_t tp;
#if defined(__x86_64__)
  __asm__ volatile("mov %%fs:0, %0" : "=r"(tp));
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(tp));
#endif
  return tp;
}

uint64_t top_above(uint64_t sp) {
  const uint64_t tp = thread_pointer();
  if (tp > sp && tp - sp < kLargestStack) return tp;
  const uint64_t end = &__libc_stack_end ? reinterpret_cast<uint64_t>(__libc_stack_end) : 0;
  return end > sp && end - sp < kLargestStack ? end : 0;
}

// mincore fails with ENOMEM when any page of the range is not mapped.
bool mapped(uint64_t from, uint64_t to) {
  unsigned char residency[kMostPagesAtOnce];
  for (uint64_t at = from; at < to; at += kMostPagesAtOnce * kPage) {
    const uint64_t end = to - at > kMostPagesAtOnce * kPage ? at + kMostPagesAtOnce * kPage : to;
    if (mincore(reinterpret_cast<void *>(at), end - at, residency) != 0) return false;
  }
  return true;
}

// A kernel's frame is as large as the processor's registers: wide vectors take kilobytes, tiles eight more.
constexpr uint64_t kLargestFrame = 16384;

// The kernel's ucontext ends before glibc's.
#if defined(__x86_64__)
constexpr uint64_t kContextBytes = offsetof(ucontext_t, uc_mcontext) + sizeof(mcontext_t::gregs);
#else
constexpr uint64_t kContextBytes = offsetof(ucontext_t, uc_mcontext) + offsetof(mcontext_t, __reserved);
#endif

}  // namespace

// Written by the kernel when it came here: which alternate stack that is. No other words look so.
__attribute__((no_sanitize("address", "undefined", "thread"))) uint64_t stack_left_for(uint64_t low, uint64_t high,
                                                                                       uint64_t sp) {
  if (high < low + kContextBytes) return 0;
  const uint64_t lowest = high - low > kLargestFrame && sp < high - kLargestFrame ? high - kLargestFrame : sp;
  for (uint64_t at = (high - kContextBytes) & ~uint64_t{7}; at >= lowest && at >= low; at -= 8) {
    const ucontext_t &context = *reinterpret_cast<const ucontext_t *>(at);
    if (reinterpret_cast<uint64_t>(context.uc_stack.ss_sp) != low || context.uc_stack.ss_size != high - low) continue;
    const uint64_t left = unwind::read_registers(&context).r[unwind::kStackPointer];
    if (left < low || left >= high) return left;
  }
  return 0;
}

bool stack_bounds(uint64_t sp, uint64_t *from, uint64_t *high) {
  if (sp >= *from && sp < *high) return true;
  const uint64_t top = top_above(sp);
  if (top == 0) return false;
  const uint64_t begin = sp & ~(kPage - 1);
  const uint64_t end = top == *high && *from > begin ? *from : (top + kPage - 1) & ~(kPage - 1);
  if (!mapped(begin, end)) return false;
  *from = begin;
  *high = top;
  return true;
}

}  // namespace pyro::sampling
