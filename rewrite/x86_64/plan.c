/*
 * rewrite/x86_64/plan.c - which checks of a unit are left out, widened or moved.
 *
 * A run of instructions that is entered at its top only (branches may leave it) gets a fast copy with as few compares as will
 * do, and beside it a twin with a check at every access:
 *
 *      fast                                   twin
 *      check 8 bytes at (%rdi) as a write ──miss──► check 4 (%rdi) as a read
 *      mov  (%rdi),%eax                       mov  (%rdi),%eax
 *      inc  %eax                              inc  %eax
 *      mov  %eax,(%rdi)      nothing here     check 4 (%rdi) as a write ; mov %eax,(%rdi)
 *      mov  $1,4(%rdi)       nor here         check 4 4(%rdi) as a write ; mov $1,4(%rdi)
 *      ...  ◄──────────────────────────────── jmp
 *
 * Compares alone change nothing. Whatever ends an epoch, acquires or releases happens in the detector, and that is
 * entered where a compare fails, which leads to the twin: so while the fast copy runs, what was compared before still holds.
 * No store needs to be known as free of synchronisation, and a word that is a sync word never passes a compare. The
 * twin is also where everybody enters who comes from outside: behind a call, from a jump table, a landing pad, a branch of
 * another unit. What remains is a signal handler that releases between a compare and an access it covers: that access then
 * counts for the epoch before, and a race of it with whom the release let go is missed. It can be missed without the
 * passes too, by a signal between a compare and its own access; here the gap is some instructions longer.
 *
 *   drop     bytes that were compared before through the same registers
 *   merge    a read and the write of the same bytes behind it: one compare as a write; two adjacent words: one
 *   flags    an access between an instruction that sets flags and one that uses them: compared before the first
 *
 * Facts die where a register of theirs changes, at calls, LOCK, requests, string instructions and system calls, at places that branches
 * lead to - so a loop looks anew each time round, which is what a spin on a sync word needs - and after REACH
 * instructions, since the twin is as long as what lies between.
 */
#include "rewrite/x86_64/plan.h"

#define FACTS 12 /* the latest */
#define REACH 40 /* instructions */

/* Bytes [lo, lo + size) off these registers were compared. */
struct fact {
    int8_t base, index;
    uint8_t scale;
    uint8_t size; /* 0: none */
    int64_t lo;
    bool write;
    bool fixed;      /* its check cannot be widened */
    uint32_t access; /* whose check it is */
    uint32_t at;     /* before which instruction */
};

struct planner {
    struct insn *insns;
    uint32_t n, passes;
    struct rewrite_stats *stats;
    struct fact facts[FACTS];
    unsigned next;
    uint32_t start;  /* of the run; or behind what nothing is known across */
    uint32_t branch; /* behind the last branch that may have left the run */
};

static struct fact fact_of(const struct insn *in, uint32_t i)
{
    return (struct fact){ .base = in->mem.fs ? INSN_FS : in->mem.base,
                          .index = in->mem.index,
                          .scale = in->mem.index >= 0 ? in->mem.scale : 1,
                          .size = in->size,
                          .lo = in->mem.base == INSN_RIP ? (int64_t)in->off + in->len + in->mem.disp
                                                         : in->mem.disp,
                          .write = in->flags & REWRITE_WRITE,
                          .access = i,
                          .at = i };
}

static bool same_registers(const struct fact *a, const struct fact *b)
{
    return a->base == b->base && a->index == b->index && a->scale == b->scale;
}

static bool uses_register(const struct fact *f, uint32_t set)
{
    return (f->base >= 0 && f->base < 16 && (set & 1u << f->base)) ||
           (f->index >= 0 && (set & 1u << f->index));
}

static bool covers(const struct fact *f, const struct fact *of)
{
    return f->size && same_registers(f, of) && of->lo >= f->lo &&
           of->lo + of->size <= f->lo + f->size && (f->write || !of->write);
}

/* Nothing that was compared before holds behind it. */
static bool forgets(const struct insn *in)
{
    return insn_is_call(in) || in->access == INSN_SYNC || in->access == INSN_STRING ||
           in->access == INSN_REQUEST || (in->uses & INSN_ALL_REGS) == INSN_ALL_REGS;
}

/* From now on the check of `to` is made before instruction `from` on the fast path. */
static void tie(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++) {
        p->insns[i].plan.in_twin = true;
        p->insns[i].plan.enter_twin |= i > from;
        p->insns[i].plan.to_twin |= i < to;
    }
    p->insns[to].plan.given = true;
}

/* Its check is no compare: the flags stand in its way. */
static bool calls_always(const struct insn *in)
{
    return in->size > 8 && (in->live & INSN_FLAGS);
}

static bool drop(struct planner *p, uint32_t i, const struct fact *wanted)
{
    if (!(p->passes & REWRITE_PASS_DROP))
        return false;
    for (unsigned k = 0; k < FACTS; k++)
        if (covers(&p->facts[k], wanted) && i - p->facts[k].at <= REACH) {
            tie(p, p->facts[k].at, i);
            p->stats->dropped++;
            return true;
        }
    return false;
}

/* Both accesses are always made, and one compare of at most 8 bytes does for both. */
static bool mergeable(const struct planner *p, const struct fact *f, const struct fact *wanted)
{
    bool same = f->lo == wanted->lo && f->size == wanted->size,
         beside = f->size == 4 && wanted->size == 4 &&
                  (f->lo + 4 == wanted->lo || wanted->lo + 4 == f->lo);

    return f->size && !f->fixed && f->at >= p->branch && wanted->at - f->at <= REACH &&
           same_registers(f, wanted) && (same || (beside && f->write == wanted->write));
}

static void widen(struct fact *f, const struct fact *wanted, struct insn *in)
{
    int64_t lo = f->lo < wanted->lo ? f->lo : wanted->lo;
    struct insn_plan *plan = &in->plan;

    if (!plan->widened)
        plan->flags = in->flags;
    plan->widened = true;
    plan->disp += (int32_t)(lo - f->lo);
    f->size = f->lo == wanted->lo ? f->size : 8;
    f->lo = lo;
    f->write |= wanted->write;
    plan->size = f->size;
    plan->flags |= wanted->write ? REWRITE_WRITE : 0;
}

static bool merge(struct planner *p, uint32_t i, const struct fact *wanted)
{
    if (!(p->passes & REWRITE_PASS_MERGE))
        return false;
    for (unsigned k = 0; k < FACTS; k++)
        if (mergeable(p, &p->facts[k], wanted)) {
            widen(&p->facts[k], wanted, &p->insns[p->facts[k].access]);
            tie(p, p->facts[k].at, i);
            p->stats->merged++;
            return true;
        }
    return false;
}

/* Finds a place before instruction i where flags are dead and the address is the same, in its block. */
static bool move(struct planner *p, uint32_t i, struct fact *f)
{
    uint32_t lowest = p->start > p->branch ? p->start : p->branch;

    if (!(p->passes & REWRITE_PASS_FLAGS) || !(p->insns[i].live & INSN_FLAGS))
        return false;
    for (uint32_t j = i; j-- > lowest && i - j < REACH;) {
        if (uses_register(f, p->insns[j].writes))
            return false;
        if (!(p->insns[j].live & INSN_FLAGS) && !p->insns[j].plan.early) {
            p->insns[j].plan.early = i - j;
            tie(p, j, i);
            f->at = j;
            f->fixed = true;
            p->stats->moved++;
            return true;
        }
    }
    return false;
}

static void forget(struct planner *p, uint32_t start)
{
    for (unsigned k = 0; k < FACTS; k++)
        p->facts[k].size = 0;
    p->start = p->branch = start;
}

static void plan_access(struct planner *p, uint32_t i)
{
    struct fact f = fact_of(&p->insns[i], i);

    if (drop(p, i, &f) || merge(p, i, &f))
        return;
    if (!move(p, i, &f) && calls_always(&p->insns[i]))
        forget(p, i + 1);
    else
        p->facts[p->next++ % FACTS] = f;
}

static void plan_insn(struct planner *p, uint32_t i)
{
    const struct insn *in = &p->insns[i];

    if (in->leader)
        forget(p, i);
    if (in->plan.loop) {
        forget(p, i + 1);
        return;
    }
    if (in->access == INSN_CHECKED && !in->same)
        plan_access(p, i);
    else if (in->access == INSN_CHECKED || in->access == INSN_ALWAYS)
        forget(p, i + 1);
    for (unsigned k = 0; k < FACTS; k++)
        if (uses_register(&p->facts[k], in->writes))
            p->facts[k].size = 0;
    if (insn_is_branch(in))
        p->branch = i + 1;
    if (forgets(in))
        forget(p, i + 1);
}

void plan_unit(struct insn *insns, uint32_t n, uint32_t passes, struct rewrite_stats *stats)
{
    struct planner p = { .insns = insns, .n = n, .passes = passes, .stats = stats };

    for (uint32_t i = 0; i < n; i++)
        plan_insn(&p, i);
}
