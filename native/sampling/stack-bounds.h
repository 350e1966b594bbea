// How far up may a handler read this thread's stack?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::sampling {

// Makes [sp, *high) known if it can be proven, where [*from, *high) is what is known already (0, 0 at first): libc
// notes where a thread's stack lies (stack-words.h), and the main thread's ends at __libc_stack_end. No system call:
// the thread may be in a sandbox that kills for one. False when sp lies on some other stack (coroutines, alternate
// stacks far away). Signal-safe.
bool stack_bounds(uint64_t sp, uint64_t *from, uint64_t *high);

// For a thread in a handler on its alternate stack [low, high), with `sp` in it: where its own stack was left, as the
// kernel wrote it at the top. 0 when it is not found there (something else runs there). Signal-safe.
uint64_t stack_left_for(uint64_t low, uint64_t high, uint64_t sp);

}  // namespace pyro::sampling
