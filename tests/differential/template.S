/*
 * tests/differential/template.S - the slots that generated sequences are written into, and the way in and out.
 *
 * A slot is a function of its own to unwind tables, as every function is to a rewriter; generate.c overwrites the slots'
 * bytes in a copy of the linked program. The way in and out has no unwind table, so nobody rewrites it.
 *
 *      slots         code, back to back          slot_sizes    their bytes, 16 bits each, 0 at the end
 *      slot_masks    what is compared of each    slot_tables   jump tables of their switches
 */
#include "context.h"

        .macro  LOAD number, name
        mov     context+8*\number(%rip), %\name
        .endm
        .macro  STORE number, name
        mov     %\name, context+8*\number(%rip)
        .endm

        .macro  SLOT size
        .pushsection slots, "ax", @progbits
        .cfi_startproc
        .fill   \size, 1, 0x90
        .cfi_endproc
        .popsection
        .pushsection slot_sizes, "a", @progbits
        .short  \size
        .popsection
        .pushsection slot_masks, "a", @progbits
        .quad   0
        .popsection
        .endm

        .section slots, "ax", @progbits
        .balign 64
        .section slot_sizes, "a", @progbits
        .section slot_masks, "a", @progbits
        .balign 8
        .rept   512
        .irp    size, 96, 128, 176, 112, 256, 144, 208, 96, 384, 128, 160, 112, 192, 768, 144, 240
        SLOT    \size
        .endr
        .endr
        .section slot_sizes
        .short  0

        .section slot_tables, "a", @progbits
        .balign 4
        .fill   65536, 4, 0

        .section arena, "aw", @progbits
        .balign 4096
        .fill   REGION_BYTES, 1, 0

        .section low, "aw", @nobits
        .balign 4096
        .zero   REGION_BYTES

        .section homes, "aw", @progbits
        .balign 64
        .fill   HOMES, 8, 0

        .section .tbss, "awT", @nobits
        .balign 64
        .globl  arena_tls
arena_tls: .zero TLS_BYTES
        .section tls_offset, "a", @progbits
        .quad   arena_tls@tpoff

        .bss
        .balign 64
        .globl  context
context: .zero  CONTEXT_MASKS + 64

        .text
        .globl  enter
        .type   enter, @function
enter:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, context+CONTEXT_HOST_RSP(%rip)
        testl   $1, wide(%rip)
        jz      1f
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        vmovdqu64 context+CONTEXT_ZMM+64*\n(%rip), %zmm\n
        .endr
        .irp    n, 0,1,2,3,4,5,6,7
        kmovq   context+CONTEXT_MASKS+8*\n(%rip), %k\n
        .endr
1:      fxrstor64 context+CONTEXT_FX(%rip)
        mov     context+8*4(%rip), %rsp
        pushq   context+CONTEXT_FLAGS(%rip)
        popfq
        LOAD    0, rax
        LOAD    1, rcx
        LOAD    2, rdx
        LOAD    3, rbx
        LOAD    5, rbp
        LOAD    6, rsi
        LOAD    7, rdi
        LOAD    8, r8
        LOAD    9, r9
        LOAD    10, r10
        LOAD    11, r11
        LOAD    12, r12
        LOAD    13, r13
        LOAD    14, r14
        LOAD    15, r15
        call    *context+CONTEXT_TARGET(%rip)
        .globl  leave_open
leave_open:
        STORE   0, rax
        STORE   1, rcx
        STORE   2, rdx
        STORE   3, rbx
        STORE   4, rsp
        STORE   5, rbp
        STORE   6, rsi
        STORE   7, rdi
        STORE   8, r8
        STORE   9, r9
        STORE   10, r10
        STORE   11, r11
        STORE   12, r12
        STORE   13, r13
        STORE   14, r14
        STORE   15, r15
        mov     context+CONTEXT_HOST_RSP(%rip), %rsp
        pushfq
        popq    context+CONTEXT_FLAGS(%rip)
        cld
        fxsave64 context+CONTEXT_FX(%rip)
        testl   $1, wide(%rip)
        jz      1f
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        vmovdqu64 %zmm\n, context+CONTEXT_ZMM+64*\n(%rip)
        .endr
        .irp    n, 0,1,2,3,4,5,6,7
        kmovq   %k\n, context+CONTEXT_MASKS+8*\n(%rip)
        .endr
        vzeroall
1:      fninit
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   enter, .-enter
        .section .note.GNU-stack,"",@progbits
