// Frames whose code is the same on every machine: what stored stacks of them say holds for any build.
// SPDX-License-Identifier: MPL-2.0
        .intel_syntax noprefix
        .text
        .macro function name
        .balign 16, 0x90
        .globl \name
        .type \name, @function
\name:
        .endm

        // the outermost frame that is stored
        function stored_root
        .cfi_startproc
        push rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        mov ebx, 0x1001
        call saves
        pop rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        ret
        .cfi_endproc
        .size stored_root, . - stored_root

        // every register that a callee must keep
        function stored_saves
saves:
        .cfi_startproc
        .irp reg, r15, r14, r13, r12, rbp, rbx
        push \reg
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \reg, 0
        .endr
        mov ebx, 0x2003
        mov ebp, 0x2006
        mov r12d, 0x200c
        mov r13d, 0x200d
        mov r14d, 0x200e
        mov r15d, 0x200f
        sub rsp, 24
        .cfi_adjust_cfa_offset 24
        call points
        add rsp, 24
        .cfi_adjust_cfa_offset -24
        .irp reg, rbx, rbp, r12, r13, r14, r15
        pop \reg
        .cfi_adjust_cfa_offset -8
        .cfi_restore \reg
        .endr
        ret
        .cfi_endproc
        .size stored_saves, . - stored_saves

        function stored_points
points:
        .cfi_startproc
        push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        mov rbp, rsp
        .cfi_def_cfa_register rbp
        push r12
        .cfi_offset r12, -24
        mov r12d, 0x300c
        sub rsp, 72
        call realigned
        add rsp, 72
        pop r12
        leave
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc
        .size stored_points, . - stored_points

        // as gcc does it: the frame's end is kept in memory
        function stored_realigned
realigned:
        .cfi_startproc
        lea r10, [rsp + 8]
        .cfi_def_cfa r10, 0
        and rsp, -64
        push qword ptr [r10 - 8]
        push rbp
        mov rbp, rsp
        .cfi_escape 0x10, 0x6, 0x2, 0x76, 0
        push r10
        .cfi_escape 0xf, 0x3, 0x76, 0x78, 0x6
        push rbx
        .cfi_escape 0x10, 0x3, 0x2, 0x76, 0x70
        mov ebx, 0x4003
        sub rsp, 112
        mov edi, 2
        call leaf
        mov edi, 2
        call litters
        add rsp, 112
        pop rbx
        pop r10
        .cfi_def_cfa r10, 0
        pop rbp
        lea rsp, [r10 - 8]
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc
        .size stored_realigned, . - stored_realigned

        // no CFI from here: as assemblers leave it
        function stored_leaf
leaf:   push rbx
        push rbp
        sub rsp, 256
        mov ebp, 0x5006
        xor ebx, ebx
1:      dec rdi
        jnz 1b
        add rsp, 256
        pop rbp
        pop rbx
        ret
        .size stored_leaf, . - stored_leaf

        // its frame holds a return address that is none of its callers
        function stored_litters
litters:
        push r13
        sub rsp, 64
        lea rax, [rip + leaf + 16]
        mov [rsp + 8], rax
        mov [rsp + 16], rsp
        xor r13d, r13d
        call helps
        add rsp, 64
        pop r13
        ret
        .size stored_litters, . - stored_litters

        function stored_helps
helps:
1:      dec rdi
        jnz 1b
        ret
        .size stored_helps, . - stored_helps
        .fill 256, 1, 0x90
        .section .note.GNU-stack, "", @progbits
