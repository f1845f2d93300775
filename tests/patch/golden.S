/*
 * tests/patch/golden.S - one small unit for each form of a check and each pass; never run. See golden.c.
 */
        .macro  SHAPE name
        .section .text.goldens, "ax"
1:
        .pushsection goldens, "aw"
        .quad   1b, 2f, 3f
        .popsection
        .pushsection .rodata
3:      .asciz  "\name"
        .popsection
        .endm
        .macro  END
2:
        .endm

SHAPE read_1
        movzbl  3(%rdi), %eax
        ret
END
SHAPE read_2
        movzwl  (%rdi,%rsi,2), %eax
        xor     %edx, %edx
        ret
END
SHAPE read_2_one_register
        movzwl  (%rdi,%rsi,2), %eax
        ret
END
SHAPE read_4
        mov     (%rdi), %eax
        ret
END
SHAPE read_8
        mov     8(%r13,%rcx,4), %rax
        ret
END
SHAPE read_16
        movdqu  (%rdi), %xmm0
        xor     %eax, %eax
        ret
END
SHAPE read_32
        vmovdqu (%rdi), %ymm0
        xor     %eax, %eax
        ret
END
SHAPE write_1
        mov     %sil, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE write_2
        mov     %si, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE write_4
        mov     %esi, 0x1000(%rdi)
        xor     %eax, %eax
        ret
END
SHAPE write_8
        mov     %rsi, (%r12)
        xor     %eax, %eax
        ret
END
SHAPE write_16
        movups  %xmm0, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE rip_relative
        incl    SHAPES_DATA(%rip)
        xor     %eax, %eax
        ret
END
SHAPE live_flags                        # set before by whoever called
        mov     (%rdi), %ecx
        adc     $0, %ecx
        mov     %ecx, %eax
        ret
END
SHAPE spilled                           # every register lives on
        mov     %esi, (%rdi)
        jmp     *%rax
END
SHAPE odd_size
        fldt    (%rdi)
        ret
END
SHAPE lock_and_string                   # called each time, and nothing is known across them
        mov     %esi, (%rdi)
        lock incl 64(%rdi)
        mov     %esi, (%rdi)
        rep stosb
        mov     %esi, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE dropped_read                      # what was written need not be read
        mov     %esi, (%rdi)
        mov     $3, %edx
        movzwl  2(%rdi), %eax
        ret
END
SHAPE dropped_behind_a_branch
        mov     (%rdi), %eax
        test    %eax, %eax
        je      1f
        mov     (%rdi), %eax
1:      ret
END
SHAPE kept_write                        # a read does not cover a write that may not be made
        mov     (%rdi), %eax
        test    %eax, %eax
        je      1f
        mov     %esi, (%rdi)
1:      ret
END
SHAPE kept_register_changed
        mov     %esi, (%rdi)
        add     $4, %rdi
        mov     %esi, (%rdi)
        mov     $1, %dil
        mov     %esi, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE kept_behind_a_label               # the second access is entered from elsewhere too
        xor     %eax, %eax
        test    %esi, %esi
        je      1f
        mov     %esi, (%rdi)
1:      mov     %esi, (%rdi)
        ret
END
SHAPE kept_behind_a_call
        push    %rbx
        mov     %rdi, %rbx
        mov     %esi, (%rbx)
        call    1f
        mov     %esi, (%rbx)
        pop     %rbx
1:      ret
END
SHAPE kept_in_a_loop                    # looks anew each time round: it may be a spin
        xor     %eax, %eax
        cmp     (%rdi), %eax
1:      xorps   %xmm0, %xmm0
        cmp     (%rdi), %eax
        je      1b
        ret
END
SHAPE waits_in_a_loop                   # it is one: always calls in
        xor     %eax, %eax
1:      pause
        cmp     (%rdi), %eax
        je      1b
        ret
END
SHAPE merged_read_and_write
        mov     (%rdi), %rax
        lea     1(%rax), %rdx
        mov     %rdx, (%rdi)
        ret
END
SHAPE merged_neighbours                 # the second one lies below
        movl    $1, 4(%rdi)
        movl    $2, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE kept_apart                        # no neighbours
        movl    $1, 8(%rdi)
        movl    $2, (%rdi)
        xor     %eax, %eax
        ret
END
SHAPE moved
        xor     %eax, %eax
        cmp     %rsi, %rdx
        mov     (%rdi), %ecx
        setb    %al
        add     %ecx, %eax
        ret
END
SHAPE between                           # a check between the two leads to the twin
        mov     (%rdi), %eax
        mov     %eax, 64(%rsi)
        mov     (%rdi), %edx
        add     %edx, %eax
        ret
END
SHAPE prefetched                        # before the instruction that sets flags
        mov     8(%rdi), %rax
        cmp     %rsi, %rax
        prefetcht0 64(%rdi)
        sete    %al
        ret
END
SHAPE prefetched_all_live
        prefetchnta (%rdi,%rcx,4)
        call    1f
1:      ret
END
SHAPE strip                             # counted by rax, ends where that is rsi
        xor     %eax, %eax
1:      mov     (%rdi,%rax,8), %rcx
        add     %rcx, -8(%rdx,%rax,8)
        add     $1, %rax
        cmp     %rsi, %rax
        jne     1b
        ret
END
SHAPE strip_of_pointers                 # moved before they are used; a counter of 32 bits
1:      add     $16, %rdi
        movdqu  -16(%rdi), %xmm0
        movdqu  %xmm0, (%rdx)
        lea     16(%rdx), %rdx
        sub     $1, %esi
        jne     1b
        ret
END
SHAPE strip_without_end                 # when it ends is not known
1:      movzbl  (%rdi), %eax
        inc     %rdi
        test    %al, %al
        jne     1b
        ret
END
SHAPE no_strip                          # the operand moves by what was loaded
1:      add     (%rdi), %rdi
        add     $1, %rax
        cmp     %rsi, %rax
        jne     1b
        ret
END
SHAPE request
        lea     -0x38(%rsp), %rax
        xor     %edx, %edx
        rol     $3, %rdi
        rol     $13, %rdi
        rol     $61, %rdi
        rol     $51, %rdi
        xchg    %rbx, %rbx
        mov     %rdx, %rax
        ret
END
SHAPE request_uses_rax
        mov     %rcx, 0x58(%rdi)
        rol     $3, %rdi
        rol     $13, %rdi
        rol     $61, %rdi
        rol     $51, %rdi
        xchg    %rbx, %rbx
        xor     %eax, %eax
        ret
END
SHAPE request_forgets
        mov     (%rsi), %ecx
        rol     $3, %rdi
        rol     $13, %rdi
        rol     $61, %rdi
        rol     $51, %rdi
        xchg    %rbx, %rbx
        mov     (%rsi), %edx
        ret
END
SHAPE request_of_another_kind
        rol     $3, %rdi
        rol     $13, %rdi
        rol     $61, %rdi
        rol     $51, %rdi
        xchg    %rcx, %rcx
        ret
END
SHAPE request_cut_short
        rol     $3, %rdi
        rol     $13, %rdi
        rol     $61, %rdi
        rol     $51, %rdi
        ret
END

        .data
SHAPES_DATA:
        .quad   0
        .section .note.GNU-stack,"",@progbits
