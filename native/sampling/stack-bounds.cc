// How is the range between a stack pointer and the top of its stack proven to be readable?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-bounds.h"

#include <cstddef>

#include "sampling/stack-words.h"
#include "unwind/cfi/registers.h"

extern "C" void *__libc_stack_end __attribute__((weak));  // of the main thread, by ld.so

namespace pyro::sampling {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kLargestStack = 64ull << 20;
// Who made threads by other means than libc may have put anything there. On x86-64 a block of libc names itself twice.
PYRO_LIBC_MEMORY bool is_block(uint64_t tp) {
#if defined(__x86_64__)
  return reinterpret_cast<const volatile uint64_t *>(tp)[2] == tp;
#else
  return tp != 0;
#endif
}

// A thread's block lies at the top of its stack. The main thread's stack ends at __libc_stack_end and grows downwards
// without a hole; the kernel keeps at least 128 MB below it free of anything else.
bool own_stack(uint64_t sp, Stack *stack) {
  const uint64_t tp = thread_pointer();
  const int64_t words = stack_words.load(std::memory_order_relaxed);
  if (words != 0 && tp > sp && tp - sp < kLargestStack && is_block(tp)) {
    *stack = stack_noted_at(tp + static_cast<uint64_t>(words));
    const bool inside = stack->low != 0 && sp >= stack->low && tp < stack->high;  // 0: the main thread's block
    stack->high = tp;
    return inside;
  }
  const uint64_t end = &__libc_stack_end ? reinterpret_cast<uint64_t>(__libc_stack_end) : 0;
  *stack = {sp & ~(kPage - 1), end};
  return end > sp && end - sp < kLargestStack;
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
  Stack stack;
  if (!own_stack(sp, &stack)) return false;
  const uint64_t page = sp & ~(kPage - 1);
  *from = page > stack.low ? page : stack.low;
  *high = stack.high;
  return true;
}

}  // namespace pyro::sampling
