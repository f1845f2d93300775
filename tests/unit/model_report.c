/* Test double of report/: a stack is its pc, findings are counted and the last one is kept. */
#include <string.h>

#include "model.h"

struct fake_report fake_report;

static struct {
    enum report_kind kind;
    uintptr_t a, b;
} seen[65536];
static unsigned nseen;

uint32_t report_stack(struct report_walker *w, const struct base_where *at)
{
    return (uint32_t)at->pc;
}

uint32_t report_stack_site(uintptr_t pc)
{
    return (uint32_t)pc;
}

uint64_t report_rules_generation;

__attribute__((target("general-regs-only"))) uint32_t report_callers_mend(struct report_walker *w,
                                                                          uint32_t n)
{
    return 0;
}

/* One frame, for report_callers() to find at the next access. */
uintptr_t model_stack[2] = { 0, 0x77 };

uint32_t report_stack_callers(struct report_walker *w, const struct report_leaf *leaf,
                              const struct base_where *at)
{
    w->stack_lo = (uintptr_t)model_stack;
    w->stack_hi = (uintptr_t)(model_stack + 2);
    w->cfa[0] = w->stack_hi;
    w->ret[0] = model_stack[1];
    w->node[0] = 1;
    report_walker_set(w, 1);
    return 1;
}

struct report_leaf report_leaf_of(uintptr_t pc)
{
    return (struct report_leaf){ .base = REPORT_BASE_SP, .cfa_off = sizeof(model_stack) };
}

uint32_t report_stack_at(uint32_t callers, uintptr_t pc)
{
    return (uint32_t)pc;
}

void report_stack_forget(struct report_walker *w) {}

unsigned report_stack_frames(uint32_t id, uintptr_t *pcs, unsigned max)
{
    if (!id || !max)
        return 0;
    pcs[0] = id;
    return 1;
}

void report_emit(const struct report_finding *f)
{
    fake_report.emitted++;
    fake_report.kinds[f->kind]++;
    fake_report.last = *f;
    if (nseen < 65536) {
        seen[nseen].kind = f->kind;
        seen[nseen].a = f->sides[0].stack;
        seen[nseen++].b = f->nsides > 1 ? f->sides[1].stack : 0;
    }
}

bool report_seen(enum report_kind kind, uintptr_t a, uintptr_t b)
{
    for (unsigned i = 0; i < nseen; i++)
        if (seen[i].kind == kind &&
            ((seen[i].a == a && seen[i].b == b) || (seen[i].a == b && seen[i].b == a)))
            return true;
    return false;
}

enum report_verdict report_verdict(enum report_kind kind, uintptr_t a, uintptr_t b)
{
    return fake_report.verdict == REPORT_UNKNOWN ? REPORT_STANDS : fake_report.verdict;
}

void fake_report_clear(void)
{
    memset(&fake_report, 0, sizeof(fake_report));
    nseen = 0;
}
