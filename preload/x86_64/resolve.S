/*
 * preload/x86_64/resolve.S - called by the stub of a unit that has not run yet; comes back with every register and flag
 * as it was, and the stub then leads on.
 *
 * Stack at entry, growing down:
 *
 *      program's rsp ->  |                     |
 *                        | red zone, 128 bytes |
 *                rsp ->  | return into the stub|      names the stub
 *
 * Arguments may be in any register: the C side is compiled for general registers only and keeps the vector registers
 * over its calls into foreign code (rewrite/module.c).
 */
        .text
        .globl  preload_resolve_entry
        .hidden preload_resolve_entry
        .type   preload_resolve_entry, @function
preload_resolve_entry:
        .cfi_startproc
        .cfi_def_cfa_offset 8
        pushq   %rax
        lahf
        seto    %al
        pushq   %rax                            # arithmetic flags
        movq    preload_tls@gottpoff(%rip), %rax
        incl    %fs:72(%rax)                    # depth
        pushfq                                  # for the direction flag
        cld
        pushq   %rcx
        pushq   %rdx
        pushq   %rsi
        pushq   %rdi
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        movq    %rsp, %rbx
        movq    96(%rbx), %rdi                  # return address
        andq    $-16, %rsp
        call    rewrite_resolve
        movq    %rbx, %rsp
        movq    preload_tls@gottpoff(%rip), %rax
        decl    %fs:72(%rax)
        jne     1f
        cmpl    $0, %fs:76(%rax)                # ndeferred
        jne     3f
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
        jne     4f
2:      popq    %rax
        addb    $0x7f, %al
        sahf
        popq    %rax
        ret
3:      pushfq                                  # single-step until the copy is reached; see preload/handlers.c
        orl     $0x100, (%rsp)
        popfq
        jmp     1b
4:      std
        jmp     2b
        .cfi_endproc
        .size   preload_resolve_entry, .-preload_resolve_entry

        .section .note.GNU-stack,"",@progbits
