/*
 * report/callers.c - what callers.h is told beforehand: how a leaf finds its CFA, which frames were walked to.
 */
#include <stddef.h>

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

void report_callers_learn(struct report_walker *w, uint32_t i)
{
    uintptr_t gap = i ? w->cfa[i - 1] - w->cfa[i] : UINTPTR_MAX;

    if (gap > UINT32_MAX || w->ret[i] & REPORT_INTERRUPTED)
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
