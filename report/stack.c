/*
 * report/stack.c - walks the program's stack. Hot: once for each tier-3 access; no locks, signal-safe.
 *
 * The simple model:   for each frame from the leaf: rule of its pc -> CFA, return address, caller's bp;
 *                     the stack is the list of return addresses.
 * The fast one: the walker remembers its last walk, outermost frame first. The new walk goes from the leaf until
 * it meets a frame that the last walk had too (same CFA, return address and bp), looks whether all return
 * addresses outside it are still in place on the stack, and takes the depot node from there.
 *
 *        memo:  [0] main   [1] serve   [2] handle   [3] log        cfa falls from left to right
 *        new walk:                     [2] handle <- copy <- leaf  joins at [2]: entries 0..2 stay
 *
 * Faster still, without a rule looked up: leaves, by pc and sp, with what their own frame was and what lay outside it. If
 * that is the memo's, or a part of it, the leaf's own frame is all that may have to be put on.
 *
 * Faster still, without a rule looked up: callers.c.
 *
 * tests/unit/report_stack.c plays them on synthetic stacks. The same CFA and the same return addresses all the
 * way out mean the same chain of calls, but for a caller that moved its own frame by alloca() in between and
 * left its old return address behind. Such callers find their frame by bp, so bp is compared too, but only
 * where some frame further out needs it (bp_used): elsewhere it is a register like any other and changes often.
 */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "report/depot.h"
#include "report/rules.h"
#include "report/walker.h"

enum {
    PAGE = 4096,
    KEPT = REPORT_WALK_DEPTH / 2, /* of a stack that is too deep: its innermost frames */
    /* Words of the kernel's ucontext at a signal frame's sp (struct sigcontext, x86-64). */
    CONTEXT_BP = 120,
    CONTEXT_SP = 160,
    CONTEXT_PC = 168,
};

struct cursor {
    uintptr_t pc, sp, bp; /* of the frame in hand */
    uintptr_t lo, hi;     /* stack bounds */
    uintptr_t page;       /* readable page outside them */
    /* the last step's result; its callers' bp is bp */
    uintptr_t cfa, ret;
    bool uses_bp, restores_bp;
};

/* Asks the kernel: an impossible `how` is refused only after the set was read (EFAULT comes first). */
static bool probe(struct cursor *c, uintptr_t addr)
{
    long page = (long)(addr & ~(uintptr_t)(PAGE - 1));

    if (page == 0 || base_syscall(SYS_rt_sigprocmask, ~0L, page, 0, 8, 0, 0) == -EFAULT)
        return false;
    c->page = (uintptr_t)page;
    return true;
}

static bool load(struct cursor *c, uintptr_t addr, uintptr_t *word)
{
    if (addr & 7)
        return false;
    if (!(addr >= c->lo && addr < c->hi) && (addr & ~(uintptr_t)(PAGE - 1)) != c->page &&
        !probe(c, addr))
        return false;
    *word = *(const uintptr_t *)addr;
    return true;
}

/* Leaves a signal handler: to the interrupted instruction. */
static bool step_signal(struct cursor *c)
{
    uintptr_t context = c->sp, pc;

    if (!load(c, context + CONTEXT_PC, &pc) || !load(c, context + CONTEXT_SP, &c->sp) ||
        !load(c, context + CONTEXT_BP, &c->bp) || pc == 0)
        return false;
    c->cfa = context + CONTEXT_PC + 8;
    c->uses_bp = false;
    c->restores_bp = true;
    c->ret = pc | REPORT_INTERRUPTED;
    c->pc = pc;
    return true;
}

static bool caller_bp(struct cursor *c, const struct report_rule *rule, uintptr_t cfa)
{
    switch (rule->bp) {
    case REPORT_BP_AT_CFA: return load(c, cfa + (uintptr_t)(intptr_t)rule->bp_off, &c->bp);
    case REPORT_BP_AT_BP: return load(c, c->bp + (uintptr_t)(intptr_t)rule->bp_off, &c->bp);
    case REPORT_BP_LOST: c->bp = 0; return true;
    default: return true;
    }
}

static bool frame_address(struct cursor *c, const struct report_rule *rule, uintptr_t *cfa)
{
    uintptr_t off = (uintptr_t)(intptr_t)rule->cfa_off;

    switch (rule->cfa) {
    case REPORT_CFA_SP: *cfa = c->sp + off; return true;
    case REPORT_CFA_BP: *cfa = c->bp + off; return true;
    case REPORT_CFA_BP_DEREF: return load(c, c->bp + off, cfa);
    case REPORT_CFA_PLT:
        *cfa = c->sp + off + ((int16_t)(c->pc & 15) >= rule->bp_off ? 8 : 0);
        return true;
    default: return false;
    }
}

/* No rule: code without call frame information. A frame pointer chain is believed where it looks like one. */
static struct report_rule guess(const struct cursor *c)
{
    if (c->bp >= c->sp && c->bp < c->hi && c->bp - c->sp < 64 * PAGE)
        return (struct report_rule){
            .cfa = REPORT_CFA_BP, .cfa_off = 16, .bp = REPORT_BP_AT_CFA, .bp_off = -16
        };
    return (struct report_rule){ .cfa = REPORT_CFA_END };
}

/* From the frame in hand to its caller; false at the outermost frame and where nothing is known. */
static bool step(struct cursor *c)
{
    struct report_rule rule = report_rules_get(c->pc);
    uintptr_t cfa;

    if (rule.cfa == REPORT_CFA_SIGNAL)
        return step_signal(c);
    if (rule.cfa == REPORT_CFA_UNKNOWN)
        rule = guess(c);
    if (!frame_address(c, &rule, &cfa) || cfa <= c->sp || !load(c, cfa - 8, &c->ret) ||
        c->ret < PAGE || (c->ret & REPORT_INTERRUPTED))
        return false;
    if (rule.cfa != REPORT_CFA_PLT && !caller_bp(c, &rule, cfa))
        return false;
    c->uses_bp = rule.cfa == REPORT_CFA_BP || rule.cfa == REPORT_CFA_BP_DEREF;
    c->restores_bp = rule.cfa != REPORT_CFA_PLT && rule.bp != REPORT_BP_SAME;
    c->cfa = cfa;
    c->sp = cfa;
    c->pc = c->ret - 1; /* inside the call */
    return true;
}

static uint32_t put(uint32_t callers, uintptr_t ret)
{
    /* The renderer looks callers up at pc - 1: an interrupted instruction is stored one higher. */
    return report_depot_put(callers,
                            ret & REPORT_INTERRUPTED ? (ret & ~REPORT_INTERRUPTED) + 1 : ret);
}

/* How many of the memo's frames, from the outermost, still have their return addresses in leaf. */
static uint32_t in_place(const struct report_walker *w, struct cursor *c, uint32_t count)
{
    uintptr_t span = c->hi - c->lo, word;
    uint32_t i;

    for (i = 0; i < count; i++) {
        uintptr_t slot = w->cfa[i] - 8;

        if (slot - c->lo < span)
            word = *(const uintptr_t *)slot;
        else if (!load(c, slot, &word))
            break;
        if (word != (w->ret[i] & ~REPORT_INTERRUPTED))
            break;
    }
    return i;
}

/* Drops the outermost frames until `count` are left. */
static void keep_inner(struct report_walker *w, uint32_t count)
{
    uint32_t drop = w->depth - count, node = 0;

    for (uint32_t i = 0; i < count; i++) {
        w->cfa[i] = w->cfa[i + drop];
        w->ret[i] = w->ret[i + drop];
        w->bp[i] = w->bp[i + drop];
        w->bp_used[i] = w->bp_used[i + drop];
        w->node[i] = node = put(node, w->ret[i]);
    }
    w->depth = count;
}

struct frame {
    uintptr_t cfa, ret, bp;
    bool uses_bp, restores_bp;
};

/* Appends the frames that are new (innermost first in `fresh`) to the memo's first `joined`. */
static void append(struct report_walker *w, uint32_t joined, const struct frame *fresh, uint32_t n)
{
    uint32_t node;

    w->depth = joined;
    if (joined + n > REPORT_WALK_DEPTH)
        keep_inner(w, n < KEPT ? KEPT - n : 0);
    node = w->depth ? w->node[w->depth - 1] : 0;
    for (uint32_t i = w->depth; n > 0; i++) {
        n--;
        w->cfa[i] = fresh[n].cfa;
        w->ret[i] = fresh[n].ret;
        w->bp[i] = fresh[n].bp;
        w->bp_used[i] = fresh[n].uses_bp || (!fresh[n].restores_bp && report_walker_needs_bp(w, i));
        w->node[i] = node = put(node, fresh[n].ret);
        w->depth = i + 1;
        report_callers_learn(w, i);
    }
    report_walker_set(w, w->depth);
}

/* Returns the node of the callers, 0: none. */
static uint32_t walk(struct report_walker *w, const struct base_where *at)
{
    struct cursor c = {
        .pc = at->pc, .sp = at->sp, .bp = at->bp, .lo = w->stack_lo, .hi = w->stack_hi, .page = 1
    };
    struct frame fresh[REPORT_WALK_DEPTH];
    uint32_t n = 0, k = w->depth, good = UINT32_MAX;

    for (;;) {
        if (n ==
            REPORT_WALK_DEPTH) { /* deeper than we keep: only the inner half, so that calls have room */
            n = KEPT;
            k = 0;
            break;
        }
        if (!step(&c)) {
            k = 0;
            break;
        }
        if (c.ret & REPORT_INTERRUPTED)
            k = w->depth; /* the handler may have run on another stack */
        while (k > 0 && w->cfa[k - 1] < c.cfa)
            k--;
        if (k > 0 && w->cfa[k - 1] == c.cfa && w->ret[k - 1] == c.ret &&
            (w->bp[k - 1] == c.bp || !report_walker_needs_bp(w, k - 1))) {
            if (good == UINT32_MAX)
                good = in_place(w, &c, k);
            if (k <= good)
                break;
        }
        fresh[n++] = (struct frame){ c.cfa, c.ret, c.bp, c.uses_bp, c.restores_bp };
    }
    if (n > 0 || k != w->depth)
        append(w, k, fresh, n);
    return w->top;
}

uint32_t report_stack_callers(struct report_walker *w, const struct report_leaf *leaf,
                              const struct base_where *at)
{
    uint32_t callers = report_callers(w, leaf, at->sp, at->bp);

    return callers ? callers : walk(w, at);
}

uint32_t report_stack(struct report_walker *w, const struct base_where *at)
{
    struct report_leaf leaf = report_leaf_of(at->pc);

    return report_depot_put(report_stack_callers(w, &leaf, at), at->pc);
}

uint32_t report_stack_at(uint32_t callers, uintptr_t pc)
{
    return report_depot_put(callers, pc);
}

void report_stack_forget(struct report_walker *w)
{
    report_walker_set(w, 0);
    w->stack_lo = w->stack_hi = 0;
    w->serial++;
}

uint32_t report_stack_site(uintptr_t pc)
{
    return report_depot_put(0, pc);
}

unsigned report_stack_frames(uint32_t id, uintptr_t *pcs, unsigned max)
{
    unsigned n = 0;

    while (id && n < max)
        pcs[n++] = report_depot_get(id, &id);
    return n;
}
