/*
 * shadow/x86_64/lane.S - bool shadow_lane(addr, number, t, sp): shadow_fast() for the commonest accesses, in a third of the
 * instructions. Where it returns false, that goes on: nothing has changed, or a part of the access was recorded.
 *
 *      1, 2, 4 or 8 bytes, aligned or not, in a tract of t's own, or that it reads along; the frame in hand and all outside
 *      it as at the last walk (report/callers.h), found by sp; what the cells said of earlier epochs is said again by the
 *      new ones, or is one write of a whole granule
 *
 * Head: the site, the callers, the tract, the event. Then one of the eight kinds of access, which stores the cells.
 *
 * tests/unit/shadow_model.c plays it. Arguments in rdi, esi, rdx, rcx; result in al. Besides, rcx, rsi and r8 change. No
 * stack but for three registers.
 */
#include "shadow/x86_64/lane.h"

        .hidden shadow_sites, shadow_tracts, shadow_planes, shadow_freed, shadow_shared
        .text
        .globl  shadow_lane
        .hidden shadow_lane
        .type   shadow_lane, @function
        .p2align 6
shadow_lane:
        .cfi_startproc
        /* Freed memory (freed.h): what is left of the address, so that none leads out of the table, is its line. */
        movq    shadow_freed(%rip), %r8
        testq   %r8, %r8
        je      .Lbegin
        movq    %rdi, %rax
        shlq    $17, %rax
        shrq    $23, %rax
        movzbl  (%r8,%rax), %eax
        testl   %eax, %eax
        jne     .Lpartly
.Lbegin:
        pushq   %r9
        .cfi_adjust_cfa_offset 8
        pushq   %r10
        .cfi_adjust_cfa_offset 8
        pushq   %r11
        .cfi_adjust_cfa_offset 8
        /* r9: the site */
        cmpl    $LANE_SITES, %esi
        jae     .Lno
        movl    %esi, %r9d
        shlq    $LANE_SITE_SHIFT, %r9
        leaq    shadow_sites(%rip), %rax
        addq    %rax, %r9
        cmpl    $0, LANE_SITE_LANE(%r9)
        je      .Lno
        /* rax: CFA; r10: frames. The callers are the memo's. */
        movslq  LANE_SITE_CFA_OFF(%r9), %rax
        addq    %rcx, %rax
        movl    LANE_PLAIN(%rdx), %r10d
        cmpq    %rax, (LANE_CFA - 8)(%rdx,%r10,8)
        jne     .Lno
        movq    -8(%rax), %rax
        cmpq    %rax, (LANE_RET - 8)(%rdx,%r10,8)
        jne     .Lno
        subl    $1, %r10d
        je      .Lcallers
.Louter:
        movq    (LANE_CFA - 8)(%rdx,%r10,8), %rax
        movq    -8(%rax), %rax
        cmpq    %rax, (LANE_RET - 8)(%rdx,%r10,8)
        jne     .Lno
        subl    $1, %r10d
        jne     .Louter
.Lcallers:
        /* r8: what the cells of a write become, read before `fast` is; r10: the tract; then rax: the first cell */
        movq    LANE_IN(%rdx), %r8
        testq   %r8, %r8
        je      .Lno
        movq    LANE_CUR_WRITE(%r8), %r8
        movq    %rdi, %r10
        movq    %rdi, %rax
        shrq    $LANE_TRACT_SHIFT, %r10
        shrq    $47, %rax
        jne     .Lno
        shlq    $4, %r10
        addq    shadow_tracts(%rip), %r10
        movl    $1, LANE_WORKING(%rdx)
        movl    (%r10), %eax
        cmpl    %eax, LANE_FAST(%rdx)
        jne     .Lother
.Lmay:
        movq    LANE_CELL_XOR(%rdx), %rax
        xorq    %rdi, %rax
        addq    LANE_CELL_ADD(%rdx), %rax
        /* The event, at rcx. First: whoever finds the stamp must find the event. */
        movq    LANE_HISTORY(%rdx), %r10
        testq   %r10, %r10
        je      .Lidle
        movq    LANE_RING(%r10), %r11
        testq   %r11, %r11
        je      .Lidle
        movl    LANE_MASK(%r10), %ecx
        andl    LANE_HEAD(%r10), %ecx
        shlq    $4, %rcx
        addq    %r11, %rcx
        movq    $0, 8(%rcx)
        shlq    $48, %rsi
        orq     %rdi, %rsi
        movq    %rsi, (%rcx)
        movl    LANE_EPOCH(%rdx), %esi
        movl    LANE_TOP(%rdx), %r11d
        shrl    $4, %esi
        shlq    $32, %r11
        orl     LANE_SITE_WHEN(%r9), %esi
        orq     %r11, %rsi
        movq    %rsi, 8(%rcx)
        incq    LANE_HEAD(%r10)
        /* rax: cell of addr, not aligned where that is not; r8: as above; rcx, rsi, r9, r10, r11: free */
        movl    LANE_SITE_LANE(%r9), %ecx
        leaq    shadow_lane(%rip), %rsi
        addq    %rsi, %rcx
        notrack jmp *%rcx

.Lother:
        cmpl    $LANE_TRACT_SHARED, %eax
        je      .Lshared
        cmpl    $LANE_TRACT_READ, %eax
        jne     .Lidle
        testb   $LANE_SITE_WRITE, LANE_SITE_FLAGS(%r9)
        jne     .Lidle
        movl    LANE_SELF(%rdx), %eax
        cmpl    %eax, LANE_FAST(%rdx)
        jne     .Lidle
        movq    LANE_READER(%rdx), %rax
        testq   %rax, LANE_TRACT_READERS(%r10)
        jne     .Lmay
.Lidle:
        movl    $0, LANE_WORKING(%rdx)
.Lno:
        xorl    %eax, %eax
        .cfi_remember_state
        popq    %r11
        .cfi_adjust_cfa_offset -8
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r9
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_restore_state

        /* The callers are known, the rest is shared.c's. */
.Lshared:
        movl    $0, LANE_WORKING(%rdx)
        movl    LANE_TOP(%rdx), %ecx
        .cfi_remember_state
        popq    %r11
        .cfi_adjust_cfa_offset -8
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r9
        .cfi_adjust_cfa_offset -8
        jmp     shadow_shared
        .cfi_restore_state

/* ---- the kinds ------------------------------------------------------------------------------------------------- */

.macro leave_lane
        movb    $1, LANE_STAMPED(%rdx)
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
.endm

/* esi: the epoch that the older cell esi names, as a cell with all bytes: its tag's three digits to the base of 240, see
 * inline.c. Kept until another one is asked for. Uses r11. */
.macro epoch_of_cell
        cmpl    %esi, LANE_KEPT_CELL(%rdx)
        jne     8f
        movl    LANE_KEPT_EPOCH(%rdx), %esi
9:
        .pushsection .text.lane, "ax", @progbits
8:      movl    %esi, LANE_KEPT_CELL(%rdx)
        movl    %esi, %r11d
        shrl    $24, %r11d
        imull   $240, %r11d, %r11d
        pushq   %rsi
        movzbl  2(%rsp), %esi
        addl    %esi, %r11d
        imull   $240, %r11d, %r11d
        movzbl  1(%rsp), %esi
        addl    %esi, %r11d
        popq    %rsi
        subl    LANE_TAG_BASE(%rdx), %r11d
        shll    $4, %r11d
        movl    LANE_SLOT(%rdx), %esi
        shll    $22, %esi
        leal    0x0F(%r11,%rsi), %esi
        movl    %esi, LANE_KEPT_EPOCH(%rdx)
        jmp     9b
        .popsection
.endm

/* r11: the cell in plane W of the granule `x`; to `no` where there is a record. */
.macro cell_w x, no
        movq    (shadow_planes + LANE_PLANES_W)(%rip), %r11
        xorq    \x, %r11
        cmpl    $LANE_ELSEWHERE, LANE_W_DISP(%r11)
        je      \no
.endm

/*
 * Some bytes of a granule, and maybe of the next ones: a cell at a time.
 *      r9: the granule; rax: its cell; r10: the bytes from its first on; ecx: bits of the cell; esi: what it was
 */
.macro parts size, write
        movl    %edi, %ecx
        andl    $(LANE_TRACT - 1), %ecx
        cmpl    $(LANE_TRACT - \size), %ecx
        ja      .Lidle                          # goes on in another tract
        movl    %edi, %ecx
        andl    $3, %ecx
        movl    $((1 << \size) - 1), %r10d
        shll    %cl, %r10d
        movq    %rdi, %r9
        andq    $-4, %r9
        andq    $-4, %rax
1:      movl    %r10d, %ecx
        andl    $15, %ecx
        .if     \write
        imull   $0x11, %ecx, %ecx
        .else
        shll    $4, %ecx
        .endif
        movl    (%rax), %esi
        movl    %esi, %r11d
        xorl    %r8d, %r11d
        shrl    $8, %r11d
        jne     3f
        orl     %esi, %ecx
2:      movl    %ecx, (%rax)
        shrl    $4, %r10d
        je      5f
        addq    $4, %rax
        addq    $4, %r9
        jmp     1b
3:      movl    %ecx, %r11d                     # of an earlier epoch: other bytes, or a write under a read?
        notl    %r11d
        testb   %r11b, %sil
        je      4f
        cmpb    $0xFF, %sil
        jne     .Lidle
        cell_w  %r9, .Lidle
        epoch_of_cell
        movq    (shadow_planes + LANE_PLANES_W)(%rip), %r11
        xorq    %r9, %r11
        movl    %esi, LANE_W_DISP(%r11)
4:      movl    %r8d, %r11d
        andl    $-256, %r11d
        orl     %r11d, %ecx
        jmp     2b
5:      leave_lane
.endm

/* In one granule: the same at once. bits: of the first byte. */
.macro small size, write, bits
        movl    %edi, %ecx
        movl    $\bits, %r10d
        andl    $3, %ecx
        .if     \size == 2
        cmpl    $3, %ecx
        je      6f
        .endif
        andq    $-4, %rax
        shll    %cl, %r10d
        movl    (%rax), %esi
        movl    %esi, %r11d
        xorl    %r8d, %r11d
        shrl    $8, %r11d
        jne     6f
        orl     %esi, %r10d
        movl    %r10d, (%rax)
        leave_lane
6:      parts   \size, \write
.endm

.Lread1:
        small   1, 0, 0x10
.Lwrite1:
        small   1, 1, 0x11
.Lread2:
        small   2, 0, 0x30
.Lwrite2:
        small   2, 1, 0x33

.Lwrite4:
        testb   $3, %dil
        jne     .Lwrite4_parts
        movl    %r8d, (%rax)
        leave_lane
.Lwrite4_parts:
        parts   4, 1

.Lwrite8:
        testb   $7, %dil
        jne     .Lwrite8_parts
        movq    %r8, (%rax)
        leave_lane
.Lwrite8_parts:
        parts   8, 1

.Lread4:
        testb   $3, %dil
        jne     .Lread4_parts
        movl    (%rax), %esi
        testb   $0x0F, %sil                     # an older write?
        jne     .Lread4_parts
        andl    $-16, %r8d
        movl    %r8d, (%rax)
        leave_lane
.Lread4_parts:
        parts   4, 0

.Lread8:
        testb   $7, %dil
        jne     .Lread8_parts
        movabsq $0x0000000F0000000F, %r10
        movq    (%rax), %rsi
        testq   %r10, %rsi
        jne     .Lread8_older
.Lread8_store:
        notq    %r10
        andq    %r10, %r8
        movq    %r8, (%rax)
        leave_lane
        /* Both granules written whole in one earlier epoch: that goes to W, see store_whole(). */
.Lread8_older:
        movq    %rsi, %rcx
        shrq    $32, %rcx
        cmpl    %esi, %ecx
        jne     .Lread8_parts
        cmpb    $0xFF, %cl
        jne     .Lread8_parts
        cmpl    %r8d, %ecx
        je      .Lread8_parts
        cell_w  %rdi, .Lidle
        cmpl    $LANE_ELSEWHERE, (LANE_W_DISP + 4)(%r11)
        je      .Lidle
        movq    %r11, %rcx
        epoch_of_cell
        movl    %esi, LANE_W_DISP(%rcx)
        movl    %esi, (LANE_W_DISP + 4)(%rcx)
        jmp     .Lread8_store
.Lread8_parts:
        parts   8, 0

.Lpartly:
        .cfi_def_cfa_offset 8
        movl    %edi, %r8d
        shrl    $3, %r8d
        andl    $7, %r8d
        btl     %r8d, %eax
        jnc     .Lbegin
        xorl    %eax, %eax
        ret
        .cfi_endproc
        .size   shadow_lane, .-shadow_lane

/* For site.c: size 1, 2, 4, 8, reads and writes by turns. */
        .section .rodata
        .globl  shadow_lane_kinds
        .hidden shadow_lane_kinds
        .type   shadow_lane_kinds, @object
        .p2align 2
shadow_lane_kinds:
        .long   .Lread1 - shadow_lane, .Lwrite1 - shadow_lane, .Lread2 - shadow_lane, .Lwrite2 - shadow_lane
        .long   .Lread4 - shadow_lane, .Lwrite4 - shadow_lane, .Lread8 - shadow_lane, .Lwrite8 - shadow_lane
        .size   shadow_lane_kinds, .-shadow_lane_kinds

        .section .note.GNU-stack,"",@progbits
