/*
 * rewrite/x86_64/loop.h - loops whose accesses are checked many iterations ahead.
 */
#ifndef REWRITE_X86_64_LOOP_H
#define REWRITE_X86_64_LOOP_H

#include "rewrite/x86_64/check.h"
#include "rewrite/x86_64/unit.h"

#define LOOP_MOST 32u /* loops of a unit */

/* An operand, at the head of the loop: that of `insn`, but that its registers may have another step before them. */
struct loop_access {
    uint32_t insn;
    int32_t disp; /* added to the operand's */
    struct rewrite_strip_access runtime;
};

struct loop {
    uint32_t head, last; /* instructions; the last one leads to the head */
    int8_t control;      /* the register that its strips are counted by */
    int8_t counter;      /* and the one that ends it; INSN_NONE: not known */
    int8_t bound;        /* what that is compared with, or INSN_NONE: `limit` */
    int32_t limit;
    struct rewrite_strip runtime;
    struct loop_access accesses[REWRITE_STRIP_ACCESSES];
    uintptr_t slow_head;         /* where the copy with checks asks */
    uintptr_t ask;               /* the cold stub */
    uint8_t *to_fast;            /* its jump to the copy without checks */
    struct rewrite_strip *strip; /* as the other side gets it; NULL: there is but one copy */
};

/* Lists the loops of a unit whose liveness is known, and marks their instructions. */
void loop_plan(struct unit *u);

/* Bytes at most: at the head of each copy, and of the cold stub. */
#define LOOP_HEAD_BYTES 64
#define LOOP_STUB_BYTES 256

/* At the head of the copy with checks; fills *site. thunk: that for strips. */
void loop_emit_head(const struct check_context *c, const struct unit *u, struct loop *l,
                    struct rewrite_site *site, uintptr_t thunk);
/* At the head of the copy without checks; returns where it begins. */
uintptr_t loop_emit_fast_head(const struct check_context *c, const struct loop *l);

#endif
