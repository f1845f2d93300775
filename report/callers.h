/*
 * report/callers.h - who called the frame in hand, from the last walk and some earlier ones. Hottest of report/: once for
 * each access that is recorded, and so inlined there. Takes no lock, calls nothing; signal-safe.
 *
 * The walker's memo says which frames lay on the stack at the last walk, outermost first. Those that lie outside the frame
 * in hand and whose return addresses are still in place have not changed; those inside it have returned.
 *
 *        memo:      [0] main   [1] serve   [2] handle   [3] log          cfa falls from left to right
 *        in hand:   a frame whose CFA is that of [2]: callers are [0..2], [3] goes
 *                   a new one, called by [1]: if such a call was walked before, it becomes [2]
 *                   one called by another one in the place of [2]: that is mended first
 *                   else: 0, and the walk learns it
 *
 * A new frame is known by its return address, its callers' node, and how far its CFA is from its caller's: that says that
 * memo's innermost frame is what a walk would find next. Where that one finds its CFA by bp, bp must be as it was, too.
 */
#ifndef REPORT_CALLERS_H
#define REPORT_CALLERS_H

#include <stddef.h>

#include "report/report.h"

/* Changes when rules are forgotten, see report/rules.h. Atomic. */
extern uint64_t report_rules_generation;

#define REPORT_INLINE static inline __attribute__((always_inline))

/* In ret[]: the frame was interrupted by a signal there, rather than having called. User addresses have no
 * such bit. */
#define REPORT_INTERRUPTED ((uintptr_t)1 << 63)

/* True if the memo's frame i-1, or one outside it, finds its caller by the bp that frame i leaves it. */
static inline bool report_walker_needs_bp(const struct report_walker *w, uint32_t i)
{
    return i > 0 && w->bp_used[i - 1];
}

/* The memo is its frames [0, n). Where these lie on the thread's stack and the frame in hand leaves no bp that one of its callers
 * needs, return addresses are all that must be looked at to know them again: n is `plain`. */
REPORT_INLINE void report_walker_set(struct report_walker *w, uint32_t n)
{
    w->depth = n;
    w->top = n ? w->node[n - 1] : 0;
    w->plain = w->top && w->cfa[n - 1] > w->stack_lo && w->cfa[0] <= w->stack_hi &&
                       !report_walker_needs_bp(w, n - 1)
                   ? n
                   : 0;
}

REPORT_INLINE bool report_callers_on_stack(const struct report_walker *w, uintptr_t slot)
{
    return slot - w->stack_lo < w->stack_hi - w->stack_lo && !(slot & 7);
}

REPORT_INLINE uintptr_t report_callers_word(uintptr_t slot)
{
    return *(const volatile uintptr_t *)slot;
}

/* True if the memo's frame i is on the thread's stack with its return address, or with the place where a signal interrupted
 * it. A handler's own stack may have gone meanwhile. */
REPORT_INLINE bool report_callers_same(const struct report_walker *w, uint32_t i)
{
    uintptr_t slot = w->cfa[i] - 8;

    return report_callers_on_stack(w, slot) &&
           report_callers_word(slot) == (w->ret[i] & ~REPORT_INTERRUPTED);
}

/* True if the memo's frames [0, n) are. The inner ones change more often. */
REPORT_INLINE bool report_callers_in_place(const struct report_walker *w, uint32_t n)
{
    while (n-- > 0)
        if (!report_callers_same(w, n))
            return false;
    return true;
}

/* What bp the frame leaves its caller; 0: not known, no frame's bp is. */
REPORT_INLINE uintptr_t report_callers_bp(const struct report_walker *w,
                                          const struct report_leaf *leaf, uintptr_t cfa,
                                          uintptr_t bp)
{
    uintptr_t slot = cfa + (uintptr_t)(intptr_t)leaf->bp_at;

    if (leaf->keeps_bp)
        return bp;
    return leaf->bp_at && report_callers_on_stack(w, slot) ? report_callers_word(slot) : 0;
}

/* There are calls. */
REPORT_INLINE struct report_call *report_callers_call(struct report_walker *w, uintptr_t ret,
                                                      uint32_t callers)
{
    uint64_t h = (ret ^ (uint64_t)callers << 40 ^ callers) * 0x9E3779B97F4A7C15ull;

    return &w->calls[h >> 32 & w->calls_mask];
}

REPORT_INLINE uint32_t report_callers_generation(void)
{
    return (uint32_t)__atomic_load_n(&report_rules_generation, __ATOMIC_RELAXED);
}

/* The call with that return address by the memo's frame n - 1, to a frame with that CFA, if it was walked before. */
REPORT_INLINE const struct report_call *report_callers_known(struct report_walker *w, uint32_t n,
                                                             uintptr_t cfa, uintptr_t ret)
{
    const struct report_call *c = w->calls ? report_callers_call(w, ret, w->node[n - 1]) : NULL;

    return c && c->ret == ret && c->callers == w->node[n - 1] && c->gap == w->cfa[n - 1] - cfa &&
                   c->serial == w->serial && c->generation == report_callers_generation()
               ? c
               : NULL;
}

/* Some of the memo's frames [0, n) have changed: as many of them as are known become what is there now. Returns how many
 * those are, from the outermost. */
uint32_t report_callers_mend(struct report_walker *w, uint32_t n)
    __attribute__((no_caller_saved_registers));

/* Puts a frame on the memo's [0, n), whose return addresses are in place; returns its node, or 0. */
REPORT_INLINE uint32_t report_callers_push(struct report_walker *w, uint32_t n, uintptr_t cfa,
                                           uintptr_t ret, uintptr_t bp)
{
    const struct report_call *c;

    if (!n || n == REPORT_WALK_DEPTH)
        return 0;
    c = report_callers_known(w, n, cfa, ret);
    if (!c || (report_walker_needs_bp(w, n) && c->bp != bp))
        return 0;
    w->cfa[n] = cfa;
    w->ret[n] = ret;
    w->bp[n] = bp;
    w->bp_used[n] = c->bp_used;
    w->node[n] = c->top;
    report_walker_set(w, n + 1);
    return c->top;
}

/* The depot id of the callers of the frame that has this stack pointer and bp. 0: walk. */
REPORT_INLINE uint32_t report_callers(struct report_walker *w, const struct report_leaf *leaf,
                                      uintptr_t sp, uintptr_t bp)
{
    uintptr_t cfa = (leaf->base == REPORT_BASE_BP ? bp : sp) + (uintptr_t)(intptr_t)leaf->cfa_off;
    uint32_t n = w->depth, outer;
    uintptr_t ret;

    if (leaf->base == REPORT_BASE_NONE || cfa <= sp || !report_callers_on_stack(w, cfa - 8))
        return 0;
    while (n && w->cfa[n - 1] < cfa)
        n--;
    ret = report_callers_word(cfa - 8);
    bp = report_callers_bp(w, leaf, cfa, bp);
    outer = n && w->cfa[n - 1] == cfa ? n - 1 : n;
    if (__builtin_expect(!report_callers_in_place(w, outer), 0))
        return report_callers_push(w, report_callers_mend(w, outer), cfa, ret, bp);
    if (outer == n || w->ret[outer] != ret)
        return report_callers_push(w, outer, cfa, ret, bp);
    if (report_walker_needs_bp(w, outer) && bp != w->bp[outer])
        return 0;
    if (w->depth != n)
        report_walker_set(w, n);
    return w->top;
}

#endif
