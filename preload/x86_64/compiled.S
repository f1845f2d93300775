/*
 * preload/x86_64/compiled.S - the rows TSAN_ACCESS of tsan.def: tier 1 of a plain access that compiled code calls in for.
 *
 *      in:   rdi address; the return address names the access, as the number of a check does elsewhere
 *      used: rax, rcx, rdx, rsi (the C convention lets a callee have them); no stack
 *
 * The same compare that rewritten code has inline (shadow/shadow.h), on the same plane. A thread that is none of ours has
 * plane 0 and compares with whatever is there; the slow path sends it back. Where the compare fails:
 * preload_compiled_access(address, size | flags << 8, return address, the caller's rsp, rbp). Where it faults, for want of a
 * cell at that distance, the fault's handler goes on there too: section compiled_slow tells it where (struct slow in compiled.c).
 */
/* Of struct preload_tls, which begins with struct shadow_inline; preload/tls.h asserts them. */
#define CUR_READ 0
#define CUR_WRITE 8
#define READ_MASK 16
#define PLANE 24
#define COLD_STACK 80
#define NEED 112
#define PLANE_DISP 0x240

        .hidden preload_xor_form, preload_compiled_access
        .text

/* rdx: the cell of rdi (its four-byte place, where it is aligned); rax: this thread's variable, for %fs. */
.macro cell from, slow
        movq    preload_tls@gottpoff(%rip), %rax
        movq    %fs:PLANE(%rax), %rdx
        cmpl    $0, preload_xor_form(%rip)
        jne     7f
        addq    %\from, %rdx
6:
        .pushsection .text.unlikely, "ax", @progbits
7:      testq   %rdx, %rdx
        je      \slow
        xorq    %\from, %rdx
        addq    $PLANE_DISP, %rdx
        jmp     6b
        .popsection
.endm

.macro slowly size, flags
9:      movl    $(\size | (\flags | 6) << 8), %esi /* SHADOW_PLAIN, SHADOW_EXACT */
        movq    (%rsp), %rdx
        leaq    8(%rsp), %rcx
        movq    %rbp, %r8
        jmp     preload_compiled_access
.endm

/* Some bytes of a granule, and maybe of the next: bits of both cells at once. */
.macro part size, flags
        movl    %edi, %ecx
        movq    %rdi, %rsi
        andl    $3, %ecx
        andq    $-4, %rsi
        cell    rsi, 9f
        movq    (%rdx), %rdx
        xorq    %fs:CUR_WRITE(%rax), %rdx
        leaq    (%rax,%rcx,8), %rax
        .set    row, (\size / 2) * 2 + \flags   /* 1, 2, 4 bytes: 0, 2, 4 */
        testq   %rdx, %fs:(NEED + 32 * row)(%rax)
        jne     9f
        ret
        slowly  \size, \flags
.endm

/* Never equal where the address is not aligned to 4: see the tags in shadow/shadow.h. */
.macro four size, flags
        cell    rdi, 9f
        .if     \flags
        movl    %fs:CUR_WRITE(%rax), %ecx
        cmpl    %ecx, (%rdx)
        jne     9f
        .else
        movl    (%rdx), %ecx
        subl    %fs:CUR_READ(%rax), %ecx
        cmpl    $15, %ecx
        ja      9f
        .endif
        ret
        slowly  \size, \flags
.endm

.macro eight size, flags
        cell    rdi, 9f
        .if     \flags
        movq    %fs:CUR_WRITE(%rax), %rcx
        cmpq    %rcx, (%rdx)
        .else
        movq    (%rdx), %rcx
        xorq    %fs:CUR_READ(%rax), %rcx
        testq   %rcx, %fs:READ_MASK(%rax)
        .endif
        jne     9f
        ret
        slowly  \size, \flags
.endm

/* rsi: what will be stored */
.macro eight_changed size, flags
        cmpq    %rsi, (%rdi)
        je      8f
        eight   \size, \flags
8:      ret
.endm

.macro sixteen size, flags
        cell    rdi, 9f
        movq    %fs:CUR_WRITE(%rax), %rcx
        movq    8(%rdx), %rsi
        xorq    %rcx, %rsi
        xorq    (%rdx), %rcx
        orq     %rsi, %rcx
        .if     \flags
        testq   %rcx, %rcx
        .else
        testq   %rcx, %fs:READ_MASK(%rax)
        .endif
        jne     9f
        ret
        slowly  \size, \flags
.endm

.macro define name, shape, size, flags
        .p2align 4
        .globl  \name
        .type   \name, @function
\name:
11:
        .cfi_startproc
        \shape  \size, \flags
        .pushsection compiled_slow, "a", @progbits
        .long   11b - ., 9b - .
        .popsection
        .cfi_endproc
        .size   \name, .-\name
.endm

#define TSAN_ACCESS(name, shape, size, flags) define name, shape, size, flags
#define TSAN_ATOMIC(name, bits, operation)
#define TSAN_BODY(name)
#include "preload/tsan.def"

        .globl  __tsan_func_entry, __tsan_func_exit
        .type   __tsan_func_entry, @function
        .type   __tsan_func_exit, @function
        .cfi_startproc
__tsan_func_entry:
__tsan_func_exit:
        ret
        .cfi_endproc
        .size   __tsan_func_entry, .-__tsan_func_entry
        .size   __tsan_func_exit, .-__tsan_func_exit

/* void preload_compiled_below(void (*f)(void *), void *arg): f(arg) on the thread's cold stack, the depth being raised. The
 * program may be near the end of its own. */
        .globl  preload_compiled_below
        .hidden preload_compiled_below
        .type   preload_compiled_below, @function
preload_compiled_below:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        movq    preload_tls@gottpoff(%rip), %rax
        movq    %rdi, %rcx
        movq    %rsi, %rdi
        movq    %fs:COLD_STACK(%rax), %rsp
        call    *%rcx
        movq    %rbp, %rsp
        popq    %rbp
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc
        .size   preload_compiled_below, .-preload_compiled_below

        .section .note.GNU-stack,"",@progbits
