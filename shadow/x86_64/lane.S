/*
 * shadow/x86_64/lane.S - bool shadow_lane(addr, number, t, sp, bp): shadow_fast() for the commonest accesses, in half the
 * instructions. What it does not know it hands over to that, having changed nothing.
 *
 *      aligned 4 or 8 bytes in a tract of t's own, or that it reads along; the frame in hand and all outside it as at the last
 *      walk (report/callers.h), found by sp; a write, or a read of what t did not write in an earlier epoch in parts
 *
 * tests/unit/shadow_model.c plays it. Arguments in rdi, esi, rdx, rcx, r8; result in al. Besides, only rcx, rsi and r8
 * change, and those only where the result is true. No stack but for three registers:
 *
 *      rsp ->  | r11 | r10 | r9 | return |
 */
#include "shadow/x86_64/lane.h"

        .hidden shadow_sites, shadow_tracts, shadow_planes, shadow_fast, shadow_freed
        .text
        .globl  shadow_lane
        .hidden shadow_lane
        .type   shadow_lane, @function
shadow_lane:
        .cfi_startproc
        /* Freed memory (freed.h): what is left of the address, so that none leads out of the table, is its line. */
        cmpq    $0, shadow_freed(%rip)
        je      .Lbegin
        movq    %rdi, %rax
        shlq    $17, %rax
        shrq    $23, %rax
        addq    shadow_freed(%rip), %rax
        movzbl  (%rax), %eax
        testl   %eax, %eax
        jne     .Lpartly
.Lbegin:
        pushq   %r9
        .cfi_adjust_cfa_offset 8
        pushq   %r10
        .cfi_adjust_cfa_offset 8
        pushq   %r11
        .cfi_adjust_cfa_offset 8
        /* r9: the site; r10: its flags */
        cmpl    $LANE_SITES, %esi
        jae     .Lhand_over
        movl    %esi, %eax
        shrl    $LANE_CHUNK_BITS, %eax
        leaq    shadow_sites(%rip), %r9
        movq    (%r9,%rax,8), %r9
        testq   %r9, %r9
        je      .Lhand_over
        movl    %esi, %eax
        andl    $((1 << LANE_CHUNK_BITS) - 1), %eax
        leaq    (%rax,%rax,2), %rax
        leaq    (%r9,%rax,8), %r9
        movzbl  LANE_SITE_FLAGS(%r9), %r10d
        testb   $LANE_SITE_WHOLE, %r10b
        je      .Lhand_over
        movl    %r10d, %eax
        andl    $LANE_SITE_WIDE, %eax
        shrl    $1, %eax
        orl     $3, %eax                        # 3 or 7
        testl   %edi, %eax
        jne     .Lhand_over
        /* rax: CFA; r9: frames. The callers are the memo's. */
        cmpb    $1, LANE_SITE_BASE(%r9)
        jne     .Lhand_over
        movslq  LANE_SITE_CFA_OFF(%r9), %rax
        addq    %rcx, %rax
        movl    LANE_DEPTH(%rdx), %r9d
        testl   %r9d, %r9d
        je      .Lhand_over
        cmpq    %rax, (LANE_CFA - 8)(%rdx,%r9,8)
        jne     .Lhand_over
        cmpq    LANE_STACK_LO(%rdx), %rax
        jbe     .Lhand_over
        movq    LANE_CFA(%rdx), %r11
        cmpq    LANE_STACK_HI(%rdx), %r11
        ja      .Lhand_over
        movq    -8(%rax), %rax
        cmpq    %rax, (LANE_RET - 8)(%rdx,%r9,8)
        jne     .Lhand_over
        subl    $1, %r9d
        je      .Lcallers
        cmpb    $0, (LANE_BP_USED - 1)(%rdx,%r9)
        jne     .Lhand_over
.Louter:
        movq    (LANE_CFA - 8)(%rdx,%r9,8), %rax
        movq    -8(%rax), %rax
        cmpq    %rax, (LANE_RET - 8)(%rdx,%r9,8)
        jne     .Lhand_over
        subl    $1, %r9d
        jne     .Louter
.Lcallers:
        /* r11: the tract; r9: what the cells become, read before `fast` is; then rax: the first cell */
        movq    %rdi, %r11
        shrq    $LANE_TRACT_SHIFT, %r11
        movq    shadow_tracts(%rip), %r9
        testq   %r9, %r9
        je      .Lhand_over
        movq    %r11, %rax
        shrq    $(47 - LANE_TRACT_SHIFT), %rax
        jne     .Lhand_over
        shlq    $4, %r11
        addq    %r9, %r11
        movq    LANE_IN(%rdx), %rax
        movq    LANE_CUR_READ(%rax), %r9
        testb   $LANE_SITE_WRITE, %r10b
        cmovneq LANE_CUR_WRITE(%rax), %r9
        movl    $1, LANE_WORKING(%rdx)
        movl    (%r11), %eax
        cmpl    %eax, LANE_FAST(%rdx)
        je      .Lmay
        cmpl    $LANE_TRACT_READ, %eax
        jne     .Lidle
        testb   $LANE_SITE_WRITE, %r10b
        jne     .Lidle
        movl    LANE_SELF(%rdx), %eax
        cmpl    %eax, LANE_FAST(%rdx)
        jne     .Lidle
        movq    LANE_READER(%rdx), %rax
        testq   %rax, LANE_TRACT_READERS(%r11)
        je      .Lidle
.Lmay:
        movq    LANE_IN(%rdx), %rax
        movq    LANE_PLANE(%rax), %rax
        cmpl    $0, (shadow_planes + LANE_PLANES_FORM)(%rip)
        jne     .Lxor
        addq    %rdi, %rax
        jmp     .Lcell
.Lxor:
        xorq    %rdi, %rax
        addq    $LANE_PLANE_DISP, %rax
.Lcell:
        testb   $LANE_SITE_WRITE, %r10b
        jne     .Lnote
        testb   $0x0F, (%rax)                   # an older write?
        jne     .Lolder
        testb   $LANE_SITE_WIDE, %r10b
        je      .Lnote
        testb   $0x0F, 4(%rax)
        jne     .Lidle
        jmp     .Lnote
.Lolder:
        /* Of all bytes, in one earlier epoch, and there is no record: bit 7 of the flags says so. See store_whole(). */
        movl    (%rax), %r11d
        cmpb    $0xFF, %r11b
        jne     .Lidle
        testb   $LANE_SITE_WIDE, %r10b
        je      .Ltag
        cmpl    %r11d, 4(%rax)
        jne     .Lidle
.Ltag:
        xorl    %r9d, %r11d
        testl   $0xFFFFFF00, %r11d
        je      .Lidle
        movq    (shadow_planes + LANE_PLANES_W)(%rip), %r11
        xorq    %rdi, %r11
        cmpl    $LANE_ELSEWHERE, LANE_W_DISP(%r11)
        je      .Lidle
        orb     $LANE_KEEP, %r10b
        testb   $LANE_SITE_WIDE, %r10b
        je      .Lnote
        cmpl    $LANE_ELSEWHERE, (LANE_W_DISP + 4)(%r11)
        je      .Lidle
.Lnote:
        /* r11: history; r8: the event's place. First: whoever finds the stamp must find the event. */
        movq    LANE_HISTORY(%rdx), %r11
        testq   %r11, %r11
        je      .Lstamp
        movq    LANE_RING(%r11), %r8
        testq   %r8, %r8
        je      .Lstamp
        movl    LANE_MASK(%r11), %ecx
        andl    LANE_HEAD(%r11), %ecx
        shlq    $4, %rcx
        addq    %rcx, %r8
        movq    $0, 8(%r8)
        movq    %rsi, %rcx
        shlq    $48, %rcx
        orq     %rdi, %rcx
        movq    %rcx, (%r8)
        shrl    $16, %esi
        shll    $27, %esi
        movl    LANE_EPOCH(%rdx), %ecx
        shrl    $4, %ecx
        orl     %esi, %ecx
        orl     $LANE_EVENT, %ecx
        movl    LANE_TOP(%rdx), %esi
        shlq    $32, %rsi
        orq     %rsi, %rcx
        movq    %rcx, 8(%r8)
        incq    LANE_HEAD(%r11)
.Lstamp:
        testb   $LANE_KEEP, %r10b
        jne     .Lkeep
.Lstore:
        testb   $LANE_SITE_WIDE, %r10b
        je      .Lnarrow
        movq    %r9, (%rax)
        jmp     .Ldone
.Lnarrow:
        movl    %r9d, (%rax)
.Ldone:
        movb    $1, LANE_STAMPED(%rdx)
        incq    LANE_FILLED(%rdx)
        incq    LANE_TIER2(%rdx)
        movl    $0, LANE_WORKING(%rdx)
        movl    $1, %eax
        .cfi_remember_state
        popq    %r11
        .cfi_adjust_cfa_offset -8
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r9
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_restore_state
.Lkeep:
        /* W := the epoch that the older cell's tag names: its three digits to the base of 240, see inline.c. */
        movl    (%rax), %ecx
        movl    %ecx, %esi
        shrl    $24, %esi
        imull   $240, %esi, %esi
        movl    %ecx, %r8d
        shrl    $16, %r8d
        movzbl  %r8b, %r8d
        addl    %r8d, %esi
        imull   $240, %esi, %esi
        movzbl  %ch, %ecx
        addl    %ecx, %esi
        subl    LANE_TAG_BASE(%rdx), %esi
        shll    $4, %esi
        movl    LANE_SLOT(%rdx), %ecx
        shll    $22, %ecx
        leal    0x0F(%rsi,%rcx), %esi
        movq    (shadow_planes + LANE_PLANES_W)(%rip), %r11
        xorq    %rdi, %r11
        movl    %esi, LANE_W_DISP(%r11)
        testb   $LANE_SITE_WIDE, %r10b
        je      .Lstore
        movl    %esi, (LANE_W_DISP + 4)(%r11)
        jmp     .Lstore
.Lidle:
        movl    $0, LANE_WORKING(%rdx)
.Lhand_over:
        popq    %r11
        .cfi_adjust_cfa_offset -8
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r9
        .cfi_adjust_cfa_offset -8
        jmp     shadow_fast
.Lpartly:
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        shrl    $3, %edi
        andl    $7, %edi
        btl     %edi, %eax
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        jnc     .Lbegin
        xorl    %eax, %eax
        ret
        .cfi_endproc
        .size   shadow_lane, .-shadow_lane

        .section .note.GNU-stack,"",@progbits
