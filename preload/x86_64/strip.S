/*
 * preload/x86_64/strip.S - a loop asks how far it may run, see rewrite/x86_64/loop_emit.c.
 *
 * Stack at entry, growing down (struct strip_frame):
 *
 *      program's rsp ->  |                     |
 *                        | red zone, 128 bytes |
 *                        | program's rdi       |
 *                        | operands' addresses, the first one lowest
 *                        | control ; counter ; bound ; number
 *                rsp ->  | return into the stub|
 *
 * Leaves every register as it was, and answers with the carry flag: set where the copy without checks runs the next strip.
 * The C side is compiled for general registers only and runs on the thread's cold stack, as in cold.S.
 */
        .text
        .globl  preload_strip_entry
        .hidden preload_strip_entry
        .type   preload_strip_entry, @function
        .p2align 4
preload_strip_entry:
        .cfi_startproc
        .cfi_def_cfa_offset 8
        pushq   %rax
        movq    preload_tls@gottpoff(%rip), %rax
        cmpl    $0, %fs:72(%rax)                # depth
        jne     5f
        cmpq    $0, %fs:64(%rax)                # thread
        je      5f
        pushfq
        testl   $0x400, (%rsp)                  # direction flag
        leaq    8(%rsp), %rsp
        jne     5f
        pushq   %rcx
        pushq   %rdx
        pushq   %rsi
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        movl    $1, %fs:72(%rax)
        movq    %rsp, %rdi
        movq    %rbp, %rsi
        movq    %rsp, %rbx
        movq    %fs:80(%rax), %rsp              # cold_stack
        call    preload_strip
        movq    %rbx, %rsp                      # off the cold stack before a signal may use it
        movzbl  %al, %eax
        movq    preload_tls@gottpoff(%rip), %rcx
        movl    $0, %fs:72(%rcx)
        cmpl    $0, %fs:76(%rcx)                # ndeferred
        jne     4f
1:      shrl    $1, %eax                        # the answer, to the carry flag
        popq    %rbx
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rsi
        popq    %rdx
        popq    %rcx
        popq    %rax
        ret
4:      pushfq                                  # single-step until the stub is left; see preload/handlers.c
        orl     $0x100, (%rsp)
        popfq
        jmp     1b
5:      popq    %rax
        clc
        ret
        .cfi_endproc
        .size   preload_strip_entry, .-preload_strip_entry
        .section .note.GNU-stack,"",@progbits
