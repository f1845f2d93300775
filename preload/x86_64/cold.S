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
 * to do behind their call but to jump.
 */
        .text
        .globl  preload_cold_entry
        .hidden preload_cold_entry
        .type   preload_cold_entry, @function
preload_cold_entry:
        .cfi_startproc
        .cfi_def_cfa_offset 8
        pushq   %rax
        lahf
        seto    %al
        pushq   %rax                            # arithmetic flags
        pushq   %rsi
        pushq   %rdx
        movl    40(%rsp), %esi
        incl    %esi                            # the check's number counts from 1
        movq    %fs:0, %rdx
        addq    preload_tls@gottpoff(%rip), %rdx # struct shadow_inline, its first member
        cmpl    $0, 72(%rdx)                    # depth
        jne     5f
        pushq   %rdx
        movq    64(%rdx), %rdx                  # thread
        testq   %rdx, %rdx
        je      6f
        pushq   %rcx
        pushq   %r8
        leaq    208(%rsp), %rcx                 # the program's rsp
        movq    %rbp, %r8
        call    shadow_lane
        popq    %r8
        popq    %rcx
        popq    %rdx
        testb   %al, %al
        jne     5f
        call    shadow_fast_known               # last: seldom true, but cheaper than what follows
        testb   %al, %al
        jne     5f
        popq    %rdx
        popq    %rsi
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
        ret     $144                            # leaves what the stub has pushed and the red zone
3:      std
        jmp     2b
6:      popq    %rdx
5:      popq    %rdx
        popq    %rsi
        jmp     2b
4:      pushfq                                  # single-step until the check is left; see preload/handlers.c
        orl     $0x100, (%rsp)
        popfq
        jmp     1b
        .cfi_endproc
        .size   preload_cold_entry, .-preload_cold_entry

        .section .note.GNU-stack,"",@progbits
