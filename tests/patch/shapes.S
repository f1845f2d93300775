/*
 * tests/patch/shapes.S - one function a machine code shape that a rewriter can get wrong.
 *
 * Each takes rdi = memory of 64 words and rsi = a seed, and returns a word that depends on all registers and flags
 * the shape could lose. shapes.c calls them with random contents; run.py compares a native run with one under Seance.
 */
        .macro  SHAPE name
        .text
        .globl  shape_\name
        .type   shape_\name, @function
        .balign 16
shape_\name:
        .cfi_startproc
        .endm
        .macro  END name
        .cfi_endproc
        .size   shape_\name, .-shape_\name
        .section shapes, "aw"
        .quad   shape_\name, 1f
        .section .rodata
1:      .asciz  "\name"
        .text
        .endm

SHAPE flags_across_load                 # carry lives over a load and a store
        mov     %rsi, %rax
        mov     $0x7fffffffffffffff, %rcx
        add     %rcx, %rax
        mov     8(%rdi), %rdx
        mov     %rdx, 16(%rdi)
        adc     $0, %rdx
        seto    %al
        movzbl  %al, %eax
        adc     %rdx, %rax
        ret
END flags_across_load

SHAPE adc_chain                         # multi-word addition: the carry lives over 16 accesses
        mov     $8, %ecx
        clc
1:      mov     (%rdi), %rax
        adc     64(%rdi), %rax
        mov     %rax, 128(%rdi)
        lea     8(%rdi), %rdi
        dec     %rcx
        jne     1b
        setc    %cl
        movzbl  %cl, %ecx
        add     %rcx, %rax
        ret
END adc_chain

SHAPE all_registers_live                # no scratch register at any of the accesses
        movq    %rsi, %xmm0
        punpcklqdq %xmm0, %xmm0
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        lea     1(%rsi), %rax
        lea     2(%rsi), %rbx
        lea     3(%rsi), %rcx
        lea     4(%rsi), %rdx
        lea     5(%rsi), %rbp
        lea     6(%rsi), %r8
        lea     7(%rsi), %r9
        lea     8(%rsi), %r10
        lea     9(%rsi), %r11
        lea     10(%rsi), %r12
        lea     11(%rsi), %r13
        lea     12(%rsi), %r14
        lea     13(%rsi), %r15
        cmp     %rax, %rbx
        add     %rax, (%rdi)
        adcb    $1, 9(%rdi)
        movdqu  %xmm0, 32(%rdi)
        rcl     $1, %rax
        add     (%rdi), %rax
        imul    %rbx, %rax
        add     %rcx, %rax
        rol     $3, %rax
        add     %rdx, %rax
        add     %rbp, %rax
        rol     $5, %rax
        add     %r8, %rax
        add     %r9, %rax
        rol     $7, %rax
        add     %r10, %rax
        add     %r11, %rax
        add     %r12, %rax
        add     %r13, %rax
        add     %r14, %rax
        add     %r15, %rax
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
END all_registers_live

SHAPE rax_in_operand_flags_live
        mov     %rdi, %rax
        cmp     $5, %rsi
        mov     24(%rax), %rcx
        mov     %cl, 3(%rax)
        adc     $0, %rcx
        lahf
        movzbl  %ah, %eax
        and     $0xd5, %eax
        add     %rcx, %rax
        ret
END rax_in_operand_flags_live

SHAPE red_zone                          # a leaf that keeps values below its stack pointer
        mov     %rsi, -8(%rsp)
        mov     %rdi, -128(%rsp)
        mov     (%rdi), %rax
        mov     %rax, 40(%rdi)
        add     -8(%rsp), %rax
        mov     -128(%rsp), %rdx
        sub     %rdi, %rdx
        add     %rdx, %rax
        ret
END red_zone

SHAPE stack_pointer_operand             # checked rsp operands: the address of the slot is known to others
        sub     $40, %rsp
        lea     8(%rsp), %rax
        mov     %rsi, 8(%rsp)
        mov     %rax, 48(%rdi)
        mov     48(%rdi), %rdx
        mov     (%rdx), %rax
        addl    $3, 12(%rsp)
        add     8(%rsp), %rax
        add     $40, %rsp
        ret
END stack_pointer_operand

SHAPE loops                             # loop, loope, jrcxz have 8-bit displacements only
        mov     %rsi, %rcx
        and     $31, %rcx
        xor     %eax, %eax
        jrcxz   2f
1:      add     (%rdi,%rcx,8), %rax
        loop    1b
2:      mov     $8, %ecx
3:      cmp     %rax, (%rdi,%rcx,8)
        loope   3b
        add     %rcx, %rax
        ret
END loops

SHAPE strings                           # both directions, all widths
        push    %rdi
        lea     128(%rdi), %rsi
        xchg    %rdi, %rsi
        mov     $7, %ecx
        rep     movsq
        mov     $5, %ecx
        rep     movsb
        mov     $0x5a, %eax
        mov     $9, %ecx
        rep     stosb
        std
        lea     -8(%rdi), %rdi
        lea     -8(%rsi), %rsi
        mov     $3, %ecx
        rep     movsw
        movsl
        lodsq
        cld
        mov     (%rsp), %rdi
        mov     $30, %ecx
        mov     $0x5a, %al
        repne   scasb
        sete    %dl
        movzbl  %dl, %edx
        add     %rcx, %rdx
        add     %rdx, %rax
        pop     %rdi
        ret
END strings

SHAPE locked                            # flags of a LOCK instruction are results
        mov     (%rdi), %rax
        mov     %rsi, %rdx
        lock cmpxchg %rdx, (%rdi)
        setz    %cl
        lock xadd %rdx, 8(%rdi)
        setc    %ch
        lock decl 16(%rdi)
        sets    %dl
        xchg    %rax, 24(%rdi)
        lock btsq $3, 32(%rdi)
        adc     $0, %rax
        movzwl  %cx, %ecx
        add     %rcx, %rax
        movzbl  %dl, %edx
        add     %rdx, %rax
        ret
END locked

SHAPE wide_cas
        push    %rbx
        lea     31(%rdi), %r8
        and     $-16, %r8
        mov     (%r8), %rax
        mov     8(%r8), %rdx
        mov     %rsi, %rbx
        lea     1(%rsi), %rcx
        lock cmpxchg16b (%r8)
        setz    %al
        movzbl  %al, %eax
        add     8(%r8), %rax
        pop     %rbx
        ret
END wide_cas

SHAPE small_widths                      # bytes, words, straddling and misaligned
        movzbl  (%rdi), %eax
        movb    %al, 1(%rdi)
        movzwl  3(%rdi), %ecx
        movw    %cx, 7(%rdi)
        mov     13(%rdi), %edx
        mov     %rdx, 61(%rdi)
        add     %rcx, %rax
        add     %rdx, %rax
        addb    $1, 63(%rdi)
        adc     63(%rdi), %rax
        ret
END small_widths

SHAPE vectors
        movdqu  (%rdi), %xmm1
        movdqu  16(%rdi), %xmm2
        cmp     %rsi, %rdi
        paddq   %xmm2, %xmm1
        movups  %xmm1, 72(%rdi)
        sbb     %rcx, %rcx
        movss   4(%rdi), %xmm3
        movsd   8(%rdi), %xmm4
        movhps  24(%rdi), %xmm4
        movq    %xmm4, %rax
        movd    %xmm3, %edx
        add     %rdx, %rax
        add     80(%rdi), %rax
        add     %rcx, %rax
        ret
END vectors

SHAPE x87
        fildq   (%rdi)
        fstpt   96(%rdi)
        fldt    96(%rdi)
        fistpq  112(%rdi)
        mov     112(%rdi), %rax
        ret
END x87

SHAPE calls_through_memory              # the slot is read by the call itself
        push    %rbx
        mov     %rdi, %rbx
        lea     helper(%rip), %rax
        mov     %rax, 200(%rdi)
        mov     $3, %ecx
        call    *200(%rdi)
        mov     %rax, %rdx
        mov     $25, %ecx
        call    *(%rbx,%rcx,8)
        add     %rdx, %rax
        call    helper
        pop     %rbx
        ret
END calls_through_memory

SHAPE jump_table                        # cases are entered in the original
        mov     %esi, %eax
        and     $3, %eax
        lea     5f(%rip), %rdx
        movslq  (%rdx,%rax,4), %rcx
        add     %rdx, %rcx
        jmp     *%rcx
1:      mov     (%rdi), %rax
2:      add     8(%rdi), %rax           # also reached by falling through
        ret
3:      mov     (%rdi), %eax
        ret
4:      xor     %eax, %eax
        mov     %al, (%rdi)
        sub     16(%rdi), %rax
        ret
        .section .rodata
5:      .long   1b - 5b, 2b - 5b, 3b - 5b, 4b - 5b
        .text
END jump_table

SHAPE rip_relative
        mov     %rsi, word(%rip)
        addl    $77, word+4(%rip)
        lea     word(%rip), %rdx
        mov     (%rdx), %rax
        cmpl    $5, word(%rip)
        adc     word(%rip), %rax
        cmovg   word(%rip), %rax
        ret
END rip_relative

SHAPE push_and_pop_memory
        push    (%rdi)
        pop     8(%rdi)
        pushf
        add     8(%rdi), %rsi
        popf
        mov     %rsi, %rax
        xor     8(%rdi), %rax
        ret
END push_and_pop_memory

SHAPE conditional_tail                  # a direct jump into another unit, with live flags
        cmp     %rsi, (%rdi)
        jb      tail
        mov     8(%rdi), %rax
        ret
END conditional_tail

SHAPE tiny_entry                        # one and two byte instructions before and at the access
        push    %rsi
        nop
        mov     (%rdi), %eax
        pop     %rdx
        inc     %eax
        add     (%rdi), %eax
        add     %edx, %eax
        ret
END tiny_entry

SHAPE table_between_functions           # a table in the text, and a case that the one before it falls into
        mov     %rsi, %rax
        and     $3, %eax
        xor     %edx, %edx
#ifdef __PIC__
        lea     cases(%rip), %rcx
        movslq  (%rcx,%rax,4), %r8
        add     %rcx, %r8
        jmp     *%r8
#else
        jmp     *cases(,%rax,8)
#endif
.Lfirst:
        mov     (%rdi), %rax
.Lsecond:
        add     8(%rdi), %rdx
.Lthird:
        add     %rdx, %rax
.Lfourth:
        xor     16(%rdi), %rax
        ret
END table_between_functions
#ifdef __PIC__
cases:  .long   .Lfirst - cases, .Lsecond - cases, .Lthird - cases, .Lfourth - cases
#else
cases:  .quad   .Lfirst, .Lsecond, .Lthird, .Lfourth
#endif

        .type   tail, @function
tail:
        .cfi_startproc
        sbb     %rax, %rax
        add     16(%rdi), %rax
        ret
        .cfi_endproc

        .type   helper, @function
helper:
        .cfi_startproc
        mov     (%rbx), %rax
        addq    $1, (%rbx)
        lea     (%rax,%rcx), %rax
        ret
        .cfi_endproc

        .section .data
        .balign 8
word:   .quad   0

        .section .note.GNU-stack,"",@progbits
