// How does a child that shares our memory (CLONE_VM) make system calls without touching the state of our libc?
//
// libc's wrappers write errno, which lies in the thread-local block of the thread that cloned the child, and may go
// through a PLT that may be interposed. These functions return the kernel's result, -errno on failure.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/syscall.h>

// Attribute of every function that runs in such a child: no stack protector (its canary is thread-local), no
// sanitizers.
#if defined(__clang__) || __GNUC__ >= 11
#define PYRO_NO_CANARY no_stack_protector
#else
#define PYRO_NO_CANARY optimize("no-stack-protector")
#endif
#if defined(__clang__)
#define PYRO_IN_CHILD __attribute__((PYRO_NO_CANARY, no_sanitize("address", "thread", "undefined")))
#else
#define PYRO_IN_CHILD __attribute__((PYRO_NO_CANARY, no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif

namespace pyro::process {

// The register value of a number or pointer.
template <class T>
PYRO_IN_CHILD inline long word(T value) {
  return (long)value;
}

#if defined(__x86_64__)
PYRO_IN_CHILD inline long raw_syscall5(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}

// clone(2) on the stack that ends at `stack_top`: the child runs main(argument) and exits with its result. Returns the
// child's pid, or -errno. libc's clone is not used: ThreadSanitizer intercepts it, takes every child for a copy of the
// process, and resets state that this child shares with us.
PYRO_IN_CHILD inline long raw_clone(unsigned long flags, char *stack_top, int (*main)(void *), void *argument) {
  long result;
  register long r10 asm("r10") = 0;
  register void *r8 asm("r8") = argument;  // the kernel's `tls` argument, ignored without CLONE_SETTLS
  register int (*r9)(void *) asm("r9") = main;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r8, %%rdi\n\t"
      "call *%%r9\n\t"
      "mov %%eax, %%edi\n\t"
      "mov $231, %%eax\n\t"  // exit_group
      "syscall\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"(SYS_clone), "D"(flags), "S"(stack_top), "d"(0L), "r"(r10), "r"(r8), "r"(r9)
      : "rcx", "r11", "memory", "cc");
  return result;
}
#elif defined(__aarch64__)
PYRO_IN_CHILD inline long raw_syscall5(long number, long a, long b, long c, long d, long e) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}

PYRO_IN_CHILD inline long raw_clone(unsigned long flags, char *stack_top, int (*main)(void *), void *argument) {
  register long x8 asm("x8") = SYS_clone;
  register long x0 asm("x0") = static_cast<long>(flags);
  register char *x1 asm("x1") = stack_top;
  register long x2 asm("x2") = 0;
  register long x3 asm("x3") = 0;
  register long x4 asm("x4") = 0;
  register int (*x5)(void *) asm("x5") = main;
  register void *x6 asm("x6") = argument;
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x30, xzr\n\t"
      "mov x0, x6\n\t"
      "blr x5\n\t"
      "mov x8, #94\n\t"  // exit_group
      "svc 0\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6)
      : "memory");
  return x0;
}
#else
#error "raw_syscall5 is not written for this architecture"
#endif

template <class A = long, class B = long, class C = long, class D = long, class E = long>
PYRO_IN_CHILD inline long raw_syscall(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0) {
  return raw_syscall5(number, word(a), word(b), word(c), word(d), word(e));
}

}  // namespace pyro::process
