/*
 * report/callers.c - who called the frame in hand, from the last walk and some earlier ones. Hottest of report/: once for
 * each access that is recorded. Takes no lock, calls nothing, keeps all registers; signal-safe.
 *
 * The walker's memo says which frames lay on the stack at the last walk, outermost first. Those that lie outside the frame
 * in hand and whose return addresses are still in place have not changed; those inside it have returned.
 *
 *        memo:      [0] main   [1] serve   [2] handle   [3] log          cfa falls from left to right
 *        in hand:   a frame whose CFA is that of [2]: callers are [0..2], [3] goes
 *                   a new one, called by [1]: if such a call was walked before, it becomes [2]
 *                   else: 0, and the walk learns it
 *
 * A new frame is known by its return address, its callers' node, and how far its CFA is from its caller's: that says that
 * memo's innermost frame is what a walk would find next. Where that one finds its CFA by bp, bp must be as it was, too.
 */
#include <stddef.h>

#include "report/rules.h"
#include "report/walker.h"

#define FAST static inline __attribute__((always_inline))

struct report_leaf report_leaf_of(uintptr_t pc)
{
    struct report_rule rule = report_rules_get(pc);
    struct report_leaf leaf = { .cfa_off = rule.cfa_off, .keeps_bp = rule.bp == REPORT_BP_SAME };

    switch (rule.cfa) {
    case REPORT_CFA_SP: leaf.base = REPORT_BASE_SP; break;
    case REPORT_CFA_BP: leaf.base = REPORT_BASE_BP; break;
    case REPORT_CFA_PLT:
        leaf.base = REPORT_BASE_SP;
        leaf.cfa_off += (int16_t)(pc & 15) >= rule.bp_off ? 8 : 0;
        leaf.keeps_bp = true;
        break;
    default: break;
    }
    if (rule.bp == REPORT_BP_AT_CFA && rule.cfa != REPORT_CFA_PLT)
        leaf.bp_at = rule.bp_off;
    return leaf;
}

FAST bool on_stack(const struct report_walker *w, uintptr_t slot)
{
    return slot - w->stack_lo < w->stack_hi - w->stack_lo && !(slot & 7);
}

FAST uintptr_t word_at(uintptr_t slot)
{
    return *(const volatile uintptr_t *)slot;
}

/* True if the return addresses of the memo's frames [0, n) are in leaf. The inner ones change more often. */
FAST bool in_place(const struct report_walker *w, uint32_t n)
{
    while (n-- > 0) {
        uintptr_t slot = w->cfa[n] - 8;

        if (!on_stack(w, slot) || word_at(slot) != w->ret[n])
            return false;
    }
    return true;
}

/* What bp the frame leaves its caller; 0: not known, no frame's bp is. */
FAST uintptr_t caller_bp(const struct report_walker *w, const struct report_leaf *leaf,
                         uintptr_t cfa, uintptr_t bp)
{
    uintptr_t slot = cfa + (uintptr_t)(intptr_t)leaf->bp_at;

    if (leaf->keeps_bp)
        return bp;
    return leaf->bp_at && on_stack(w, slot) ? word_at(slot) : 0;
}

FAST struct report_call *call_of(struct report_walker *w, uintptr_t ret, uint32_t callers)
{
    uint64_t h = (ret ^ (uint64_t)callers << 40 ^ callers) * 0x9E3779B97F4A7C15ull;

    return &w->calls[h >> 32 & (REPORT_CALLS - 1)];
}

static uint32_t rules_generation(void)
{
    return (uint32_t)__atomic_load_n(&report_rules_generation, __ATOMIC_RELAXED);
}

void report_callers_learn(struct report_walker *w, uint32_t i)
{
    uintptr_t gap = i ? w->cfa[i - 1] - w->cfa[i] : UINTPTR_MAX;

    if (gap > UINT32_MAX || w->ret[i] & REPORT_INTERRUPTED)
        return;
    *call_of(w, w->ret[i], w->node[i - 1]) =
        (struct report_call){ .ret = w->ret[i],
                              .bp = w->bp[i],
                              .gap = (uint32_t)gap,
                              .generation = rules_generation(),
                              .callers = w->node[i - 1],
                              .top = w->node[i],
                              .serial = w->serial,
                              .bp_used = w->bp_used[i] };
}

/* Puts a frame on the memo's [0, n), whose return addresses are in place; returns its node, or 0. */
FAST uint32_t push(struct report_walker *w, uint32_t n, uintptr_t cfa, uintptr_t ret, uintptr_t bp)
{
    const struct report_call *c;

    if (!n || n == REPORT_WALK_DEPTH)
        return 0;
    c = call_of(w, ret, w->node[n - 1]);
    if (c->ret != ret || c->callers != w->node[n - 1] || c->gap != w->cfa[n - 1] - cfa ||
        c->serial != w->serial || c->generation != rules_generation())
        return 0;
    if (report_walker_needs_bp(w, n) && c->bp != bp)
        return 0;
    w->cfa[n] = cfa;
    w->ret[n] = ret;
    w->bp[n] = bp;
    w->bp_used[n] = c->bp_used;
    w->node[n] = c->top;
    w->depth = n + 1;
    w->top = c->top;
    return c->top;
}

uint32_t report_callers(struct report_walker *w, const struct report_leaf *leaf, uintptr_t sp,
                        uintptr_t bp)
{
    uintptr_t cfa = (leaf->base == REPORT_BASE_BP ? bp : sp) + (uintptr_t)(intptr_t)leaf->cfa_off;
    uint32_t n = w->depth;
    uintptr_t ret;

    if (leaf->base == REPORT_BASE_NONE || cfa <= sp || !on_stack(w, cfa - 8))
        return 0;
    while (n && w->cfa[n - 1] < cfa)
        n--;
    ret = word_at(cfa - 8);
    bp = caller_bp(w, leaf, cfa, bp);
    if (!n || w->cfa[n - 1] != cfa)
        return in_place(w, n) ? push(w, n, cfa, ret, bp) : 0;
    if (w->ret[n - 1] != ret)
        return in_place(w, n - 1) ? push(w, n - 1, cfa, ret, bp) : 0;
    if (!in_place(w, n - 1) || (report_walker_needs_bp(w, n - 1) && bp != w->bp[n - 1]))
        return 0;
    w->depth = n;
    w->top = w->node[n - 1];
    return w->top;
}
