// Where in its block of a thread does libc note the thread's stack?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

// The block of a thread is libc's, and no variable of ours.
#define PYRO_LIBC_MEMORY __attribute__((no_sanitize("address", "undefined", "thread")))

namespace pyro::sampling {

// In bytes from the thread pointer: where the stack begins, how long it is, and how much of it is guard, in three
// words. 0 = not learned.
extern std::atomic<int64_t> stack_words;

// Learns it, once a process; not in a handler. False: the threads of this libc have no stacks, but for the main one.
bool learn_stack_words();

struct Stack {
  uint64_t low, high;  // all of it is mapped
};

inline uint64_t thread_pointer() {
  uint64_t tp;
#if defined(__x86_64__)
  __asm__ volatile("mov %%fs:0, %0" : "=r"(tp));
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(tp));
#endif
  return tp;
}

PYRO_LIBC_MEMORY inline Stack stack_noted_at(uint64_t place) {
  const auto *words = reinterpret_cast<const volatile uint64_t *>(place);
  return {words[0] + words[2], words[0] + words[1]};
}

}  // namespace pyro::sampling
