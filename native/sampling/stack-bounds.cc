// How is the range between a stack pointer and the top of its stack proven to be readable?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-bounds.h"

#include <sys/mman.h>

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

}  // namespace

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
