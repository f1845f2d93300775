/*
 * preload/x86_64/cold.S - entered by the cold stub of a check, leaves every register and flag as it was.
 *
 * Stack at entry, growing down:
 *
 *      program's rsp ->  |                     |
 *                        | red zone, 128 bytes |
 *                        | program's rdi       |
 *                        | site number         |
 *                rsp ->  | return into the stub|      rdi: address of the operand
 *
 * The C side (preload_cold) is compiled for general registers only, so vector registers need no saving. It runs on
 * the thread's own cold stack: the program may be near the end of its own. A thread that is already inside Seance,
 * or is none of ours, goes straight back. The return takes the program's stack as it was: stubs are many and have nothing
 * to do behind their call but to jump. Where the flags are dead, the stub calls the other one of the two entries.
 */
        .text

/* Puts back what `cold_entry` pushed, flags or not, and goes behind the check. */
.macro leave flags
        popq    %rdx
        popq    %rsi
        .if     \flags
        popq    %rax
        addb    $0x7f, %al
        sahf
        .endif
        popq    %rax
        movq    16(%rsp), %rdi
        ret     $144                            # leaves what the stub has pushed and the red zone
.endm

/* flags: 1 where the arithmetic flags must be as they were. */
.macro cold_entry name, flags
        .set    above, 8 * \flags
        .globl  \name
        .hidden \name
        .type   \name, @function
\name:
        .cfi_startproc
        .cfi_def_cfa_offset 8
        pushq   %rax
        .if     \flags
        lahf
        seto    %al
        pushq   %rax
        .endif
        pushq   %rsi
        pushq   %rdx
        movl    32 + above(%rsp), %esi
        movq    preload_tls@gottpoff(%rip), %rdx
        incl    %esi                            # the check's number counts from 1
        cmpl    $0, %fs:72(%rdx)                # depth
        jne     5f
        movq    %fs:64(%rdx), %rdx              # thread
        testq   %rdx, %rdx
        je      5f
        pushq   %rcx
        pushq   %r8
        leaq    192 + above(%rsp), %rcx         # the program's rsp
        call    shadow_lane
        testb   %al, %al
        je      6f
4:      popq    %r8
        popq    %rcx
5:      leave   \flags
6:      movl    48 + above(%rsp), %esi
        incl    %esi
        leaq    192 + above(%rsp), %rcx
        movq    %rbp, %r8
        call    shadow_fast
        testb   %al, %al
        jne     4b
        movq    %fs:0, %rdx
        addq    preload_tls@gottpoff(%rip), %rdx # struct shadow_inline, its first member
        call    shadow_fast_known               # last: seldom true, but cheaper than what follows
        testb   %al, %al
        jne     4b
        popq    %r8
        popq    %rcx
        popq    %rdx
        popq    %rsi
        .ifeq   \flags
        pushq   %rax                            # in their place
        .endif
        jmp     slow
        .cfi_endproc
        .size   \name, .-\name
.endm

        cold_entry preload_cold_entry_dead, 0
        .p2align 4
        cold_entry preload_cold_entry, 1

/* With rax and the flags on the stack. */
slow:
        .cfi_startproc
        .cfi_def_cfa_offset 24
        movq    preload_tls@gottpoff(%rip), %rax
        pushfq                                  # for the direction flag
        cld
        pushq   %rcx
        pushq   %rdx
        pushq   %rsi
        pushq   %rdi                            # address
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        movl    $1, %fs:72(%rax)
        movq    %rsp, %rdi                      # struct cold_frame *
        movq    %rbp, %rsi
        movq    %rsp, %rbx
        movq    %fs:80(%rax), %rsp              # cold_stack
        call    preload_cold
        movq    %rbx, %rsp                      # off the cold stack before a signal may use it
        movq    preload_tls@gottpoff(%rip), %rax
        movl    $0, %fs:72(%rax)
        cmpl    $0, %fs:76(%rax)                # ndeferred
        jne     4f
1:      popq    %rbx
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rdi
        popq    %rsi
        popq    %rdx
        popq    %rcx
        popq    %rax
        testl   $0x400, %eax
        jne     3f
2:      popq    %rax
        addb    $0x7f, %al
        sahf
        popq    %rax
        movq    16(%rsp), %rdi
        ret     $144
3:      std
        jmp     2b
4:      pushfq                                  # single-step until the check is left; see preload/handlers.c
        orl     $0x100, (%rsp)
        popfq
        jmp     1b
        .cfi_endproc
        .section .note.GNU-stack,"",@progbits
