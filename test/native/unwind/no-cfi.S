// Code without CFI in the shapes that codecs have: each runs a loop of its own for `rdi` rounds.
// SPDX-License-Identifier: MPL-2.0
        .intel_syntax noprefix
        .text
        .macro function name
        .balign 16, 0x90
        .globl \name
        .type \name, @function
\name:
        .endm
        .macro spin
1:      dec rdi
        jnz 1b
        .endm

        function asm_bare
        spin
        mov eax, 1
        ret
        .size asm_bare, . - asm_bare

        function asm_tiny
        ret
        .size asm_tiny, . - asm_tiny

        // x86inc: pushes, one subtraction; the stack is never written, so old return addresses stay in it
        function asm_large_frame
        push rbx
        push rbp
        push r12
        sub rsp, 4096
        mov rbp, 0x1234567
        xor ebx, ebx
        spin
        add rsp, 4096
        pop r12
        pop rbp
        pop rbx
        mov eax, 2
        ret
        .size asm_large_frame, . - asm_large_frame

        // rbp is data here
        function asm_clobbers_rbp
        push rbp
        mov rbp, -1
        spin
        pop rbp
        mov eax, 3
        ret
        .size asm_clobbers_rbp, . - asm_clobbers_rbp

        function asm_with_helper
        push r13
        sub rsp, 200
        call helper_here
        add rsp, 200
        pop r13
        mov eax, 4
        ret
        .size asm_with_helper, . - asm_with_helper

        function asm_helper
helper_here:    // not through the PLT
        spin
        ret
        .size asm_helper, . - asm_helper

        // libjpeg-turbo: rbp points at the old stack pointer
        function asm_realigned
        push rbp
        mov rax, rsp
        sub rsp, 4
        and rsp, -32
        mov [rsp], rax
        mov rbp, rsp
        sub rsp, 512
        push rbx
        spin
        pop rbx
        mov rsp, rbp
        pop rsp
        pop rbp
        mov eax, 5
        ret
        .size asm_realigned, . - asm_realigned

        function asm_frame_pointer
        push rbp
        mov rbp, rsp
        push r14
        sub rsp, 1000
        spin
        lea rsp, [rbp - 8]
        pop r14
        pop rbp
        mov eax, 6
        ret
        .size asm_frame_pointer, . - asm_frame_pointer
        // so that the gap is worth being taken for assembly
        .fill 256, 1, 0x90
        .section .note.GNU-stack, "", @progbits
