// Preserved registers, saved, filled with junk and given back: by hand, because no compiler would.
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/poisoned-call.h"

#if defined(__x86_64__)
asm(R"(
  .text
  .globl pyro_scrambled_call
  .hidden pyro_scrambled_call
  .type pyro_scrambled_call, @function
pyro_scrambled_call:
  .cfi_startproc
  endbr64
  push %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  push %rbp
  .cfi_def_cfa_offset 24
  .cfi_offset rbp, -24
  push %r12
  .cfi_def_cfa_offset 32
  .cfi_offset r12, -32
  push %r13
  .cfi_def_cfa_offset 40
  .cfi_offset r13, -40
  push %r14
  .cfi_def_cfa_offset 48
  .cfi_offset r14, -48
  push %r15
  .cfi_def_cfa_offset 56
  .cfi_offset r15, -56
  sub $8, %rsp
  .cfi_def_cfa_offset 64
  mov %rdi, %rax
  mov %rsi, %r10
  lea 1(%rdx), %rbx
  lea 3(%rdx), %rbp
  lea 5(%rdx), %r12
  lea 7(%rdx), %r13
  lea 9(%rdx), %r14
  lea 11(%rdx), %r15
  mov (%r10), %rdi
  mov 8(%r10), %rsi
  mov 16(%r10), %rdx
  mov 24(%r10), %rcx
  call *%rax
  .globl pyro_scrambled_return
  .hidden pyro_scrambled_return
pyro_scrambled_return:
  add $8, %rsp
  .cfi_def_cfa_offset 56
  pop %r15
  .cfi_restore r15
  .cfi_def_cfa_offset 48
  pop %r14
  .cfi_restore r14
  .cfi_def_cfa_offset 40
  pop %r13
  .cfi_restore r13
  .cfi_def_cfa_offset 32
  pop %r12
  .cfi_restore r12
  .cfi_def_cfa_offset 24
  pop %rbp
  .cfi_restore rbp
  .cfi_def_cfa_offset 16
  pop %rbx
  .cfi_restore rbx
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size pyro_scrambled_call, .-pyro_scrambled_call
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .globl pyro_scrambled_call
  .hidden pyro_scrambled_call
  .type pyro_scrambled_call, %function
pyro_scrambled_call:
  .cfi_startproc
  stp x29, x30, [sp, #-96]!
  .cfi_def_cfa_offset 96
  .cfi_offset 29, -96
  .cfi_offset 30, -88
  stp x19, x20, [sp, #16]
  .cfi_offset 19, -80
  .cfi_offset 20, -72
  stp x21, x22, [sp, #32]
  .cfi_offset 21, -64
  .cfi_offset 22, -56
  stp x23, x24, [sp, #48]
  .cfi_offset 23, -48
  .cfi_offset 24, -40
  stp x25, x26, [sp, #64]
  .cfi_offset 25, -32
  .cfi_offset 26, -24
  stp x27, x28, [sp, #80]
  .cfi_offset 27, -16
  .cfi_offset 28, -8
  mov x9, x0
  mov x10, x1
  add x19, x2, #1
  add x20, x2, #3
  add x21, x2, #5
  add x22, x2, #7
  add x23, x2, #9
  add x24, x2, #11
  add x25, x2, #13
  add x26, x2, #15
  add x27, x2, #17
  add x28, x2, #19
  ldp x0, x1, [x10]
  ldp x2, x3, [x10, #16]
  blr x9
  .globl pyro_scrambled_return
  .hidden pyro_scrambled_return
pyro_scrambled_return:
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #96
  .cfi_restore 30
  .cfi_restore 29
  .cfi_def_cfa_offset 0
  ret
  .cfi_endproc
  .size pyro_scrambled_call, .-pyro_scrambled_call
)");
#endif
