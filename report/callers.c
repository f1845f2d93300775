/*
 * report/callers.c - what callers.h is told beforehand: how a leaf finds its CFA, which frames were walked to.
 */
#include <stddef.h>

#include "base/arena.h"
#include "report/rules.h"
#include "report/walker.h"

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

/* The first walkers get many calls. Where there are thousands, what each of them costs counts for more. */
static uint32_t calls_of_next(void)
{
    static uint32_t walkers; /* atomic */
    uint32_t n = __atomic_fetch_add(&walkers, 1, __ATOMIC_RELAXED);

    if (n < 64)
        return 2048;
    return n < 512 ? 256 : 16;
}

static bool has_calls(struct report_walker *w)
{
    uint32_t n;

    if (w->calls)
        return true;
    n = calls_of_next();
    w->calls_mask = n - 1;
    w->calls = base_arena_alloc(n * sizeof(*w->calls));
    return w->calls != NULL;
}

void report_callers_learn(struct report_walker *w, uint32_t i)
{
    uintptr_t gap = i ? w->cfa[i - 1] - w->cfa[i] : UINTPTR_MAX;

    if (gap > UINT32_MAX || w->ret[i] & REPORT_INTERRUPTED || !has_calls(w))
        return;
    *report_callers_call(w, w->ret[i], w->node[i - 1]) =
        (struct report_call){ .ret = w->ret[i],
                              .bp = w->bp[i],
                              .gap = (uint32_t)gap,
                              .generation = report_callers_generation(),
                              .callers = w->node[i - 1],
                              .top = w->node[i],
                              .serial = w->serial,
                              .bp_used = w->bp_used[i] };
}

/*
 * A caller's frame begins where it began when it called another function before: a return address that has changed stands
 * in the same place. What an old frame left behind inside a new one is not taken for a frame: its return address leads
 * into another function than its callers', and such a call was never walked. Where a signal interrupted a frame, what lies
 * inside it may be on a stack that has gone.
 */
uint32_t report_callers_mend(struct report_walker *w, uint32_t n)
{
    const struct report_call *c;
    uintptr_t ret;
    uint32_t i = 0;

    while (i < n && report_callers_same(w, i))
        i++;
    for (; i > 0 && i < n && !(w->ret[i] & REPORT_INTERRUPTED); i++) {
        if (!report_callers_on_stack(w, w->cfa[i] - 8))
            break;
        ret = report_callers_word(w->cfa[i] - 8);
        c = report_callers_known(w, i, w->cfa[i], ret);
        if (!c || report_walker_needs_bp(w, i))
            break;
        w->ret[i] = ret;
        w->bp[i] = c->bp;
        w->bp_used[i] = c->bp_used;
        w->node[i] = c->top;
    }
    report_walker_set(w, i);
    return i;
}
