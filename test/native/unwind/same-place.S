# Two libraries that differ in one frame's size only: loaded at one place, their return addresses are the same.
# SPDX-License-Identifier: MPL-2.0
#if defined(__x86_64__)
        .text
        .globl  call_from_here
        .type   call_from_here, @function
call_from_here:                         # (function, argument)
        .cfi_startproc
        subq    $FRAME, %rsp
        .cfi_adjust_cfa_offset FRAME
        movq    %rdi, %rax
        movq    %rsi, %rdi
        call    *%rax
        addq    $FRAME, %rsp
        .cfi_adjust_cfa_offset -FRAME
        ret
        .cfi_endproc
        .size   call_from_here, . - call_from_here
#endif
        .section .note.GNU-stack, "", @progbits
