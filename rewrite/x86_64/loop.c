/*
 * rewrite/x86_64/loop.c - which loops can be checked ahead.
 *
 * A loop of one block, without calls, whose operands move by a constant each iteration:
 *
 *      1: mov  (%rdi,%rax,4),%ecx          %rdi, %rdx: not written in the loop
 *         add  %ecx,(%rdx,%rax,4)          %rax: written once, by an addition of a constant
 *         add  $1,%rax
 *         cmp  %rax,%rsi ; jne 1b          %rax counts to %rsi
 *
 * Two copies are made of it: one with a check at each access, one with none. Both ask at their head, once in a strip of
 * iterations, which of the two runs the next strip (preload/strip.c):
 *
 *      cmp %fs:strip,%rax ; jae ask        ask: the operands' addresses, %rax, %rsi ─► how far, and in which copy
 *
 * The one without checks runs where all its accesses of a strip are known already, or where they are bound to happen and
 * can be recorded at once. The comparison of a strip changes nothing, as everywhere; what was recorded ahead is what
 * the thread does next, in the same epoch, with nothing between that could order anything. Another thread that takes
 * a tag or a tract away meanwhile is seen at the end of the strip.
 *
 * Whoever enters from outside comes into the copy with checks.
 */
#include "rewrite/x86_64/loop.h"

#include "base/mem.h"

#define LONGEST 64u /* instructions */
#define FAR 4096    /* bytes that an operand or a register moves each iteration, at most */
#define WIDEST 32u  /* bytes of an access */

/* Under the rewriter's lock. */
static struct loop loops[LOOP_MOST];

/* The only instruction of the loop that writes the register, or `last` + 1 where none does; UINT32_MAX: several. */
static uint32_t writer(const struct unit *u, const struct loop *l, int reg)
{
    uint32_t found = l->last + 1;

    for (uint32_t i = l->head; i <= l->last; i++)
        if (u->insns[i].writes >> reg & 1) {
            if (found <= l->last)
                return UINT32_MAX;
            found = i;
        }
    return found;
}

/* True if the register changes by *by each iteration, which may be 0; *at: the instruction that adds it. */
static bool moves(const struct unit *u, const struct loop *l, int reg, bool wide, int64_t *by,
                  uint32_t *at)
{
    uint32_t w = writer(u, l, reg);
    const struct insn_step *step = &u->insns[w <= l->last ? w : l->head].step;

    *by = 0;
    *at = w;
    if (w == l->last + 1)
        return true;
    if (w > l->last || step->compares || step->reg != reg || (wide && !step->wide) ||
        step->by > FAR || step->by < -FAR)
        return false;
    *by = step->by;
    return true;
}

static bool add_register(const struct unit *u, const struct loop *l, int reg, int scale,
                         struct loop_access *a)
{
    int64_t by = 0;
    uint32_t at = 0;

    if (reg < 0 || reg >= 16)
        return true;
    if (!moves(u, l, reg, true, &by, &at))
        return false;
    a->runtime.stride += (int32_t)by * scale;
    a->disp += at < a->insn ? (int32_t)by * scale : 0;
    return true;
}

static bool same_registers(const struct insn_operand *a, const struct insn_operand *b)
{
    return a->base == b->base && a->index == b->index && a->scale == b->scale &&
           a->base != INSN_RIP;
}

/* Parts of one array: a vector loop that was unrolled, or a window that slides along. What is smaller may be fields of a structure, of
 * which each is to have its own place in a report. */
static bool lies_beside(const struct loop_access *a, const struct loop_access *b, int64_t lo,
                        int64_t from)
{
    return (lo == from + b->runtime.size || lo + a->runtime.size == from) &&
           (a->runtime.size >= 16 || a->runtime.size == a->runtime.stride) &&
           !((a->runtime.flags ^ b->runtime.flags) & REWRITE_WRITE);
}

/* Bytes beside, or the same as, those of an access before, moving along: one does for both. Of a read and a write the write
 * stands. */
static bool join(const struct unit *u, struct loop *l, const struct loop_access *a)
{
    int64_t lo = (int64_t)u->insns[a->insn].mem.disp + a->disp;

    for (uint32_t i = 0; i < l->runtime.n; i++) {
        struct loop_access *b = &l->accesses[i];
        int64_t from = (int64_t)u->insns[b->insn].mem.disp + b->disp, size = b->runtime.size;

        if (!same_registers(&u->insns[a->insn].mem, &u->insns[b->insn].mem))
            continue;
        if (lo == from && a->runtime.size == size) {
            if (a->runtime.flags & REWRITE_WRITE)
                *b = *a;
            return true;
        }
        if (lies_beside(a, b, lo, from)) {
            b->disp += lo < from ? (int32_t)(lo - from) : 0;
            b->runtime.size = (uint16_t)(size + a->runtime.size);
            return true;
        }
    }
    return false;
}

/* The displacement at the head, and what the stub adds to it, fit. */
static bool has_room(int32_t disp, int32_t more)
{
    int64_t sum = (int64_t)disp + more;

    return sum < INT32_MAX - 1024 && sum > INT32_MIN + 1024;
}

static bool add_access(const struct unit *u, struct loop *l, uint32_t i)
{
    const struct insn *in = &u->insns[i];
    struct loop_access a = { .insn = i, .runtime = { .size = in->size, .flags = in->flags } };

    if (in->size > WIDEST || in->mem.fs || !add_register(u, l, in->mem.base, 1, &a) ||
        !add_register(u, l, in->mem.index, in->mem.scale, &a) || a.runtime.stride > FAR ||
        a.runtime.stride < -FAR || !has_room(in->mem.disp, a.disp))
        return false;
    if (join(u, l, &a))
        return true;
    if (l->runtime.n == REWRITE_STRIP_ACCESSES)
        return false;
    l->accesses[l->runtime.n++] = a;
    return true;
}

/* Straight on from the head, entered there alone, and nothing in it that could order or call anything. */
static bool is_one_block(const struct unit *u, const struct loop *l)
{
    for (uint32_t i = l->head; i <= l->last; i++) {
        const struct insn *in = &u->insns[i];

        if ((i > l->head && (in->leader || in->door)) || (i < l->last && in->cls != INSN_PLAIN) ||
            (in->access != INSN_NO_ACCESS && in->access != INSN_CHECKED) ||
            (in->uses & INSN_ALL_REGS) == INSN_ALL_REGS || in->plan.loop || in->same)
            return false;
    }
    return u->insns[l->last].access == INSN_NO_ACCESS && !(u->insns[l->head].live & INSN_FLAGS);
}

/* A register that only grows, by which strips can be counted. */
static bool find_control(const struct unit *u, struct loop *l)
{
    for (uint32_t i = l->head; i <= l->last; i++) {
        const struct insn_step *step = &u->insns[i].step;
        int64_t by;
        uint32_t at;

        if (step->reg < 0 || step->reg == INSN_RSP || step->compares ||
            !moves(u, l, step->reg, true, &by, &at) || by <= 0)
            continue;
        l->control = step->reg;
        l->runtime.step = by;
        return true;
    }
    return false;
}

/* Of a comparison, or an addition, whose outcome `jne` asks for. */
static void set_bound(const struct unit *u, struct loop *l, const struct insn_step *step,
                      uint32_t at, int counter, int with)
{
    int64_t by, none;
    uint32_t adds, never;

    if (!moves(u, l, counter, false, &by, &adds) || by == 0 || adds > at ||
        (step->wide && !u->insns[adds].step.wide) || /* it may wrap first */
        (with >= 0 && (!moves(u, l, with, false, &none, &never) || none != 0)))
        return;
    l->counter = (int8_t)counter;
    l->bound = (int8_t)with;
    l->limit = with >= 0 || !step->compares ? 0 : (int32_t)step->by;
    l->runtime.counter_step = by;
    l->runtime.counter_bits = step->wide ? 64 : 32;
}

static bool is_jne(const struct unit *u, const struct insn *in)
{
    const uint8_t *code = unit_code(u, in) + in->len;

    return in->len < 6 ? code[-2] == 0x75 : code[-5] == 0x85;
}

static void find_bound(const struct unit *u, struct loop *l)
{
    uint32_t i = l->last;
    const struct insn_step *step;
    int64_t by;
    uint32_t at;

    if (!is_jne(u, &u->insns[l->last]))
        return;
    while (i > l->head && !u->insns[i - 1].sets_flags)
        i--;
    step = &u->insns[i > l->head ? i - 1 : l->last].step;
    if (i == l->head || step->reg < 0 || step->reg == INSN_RSP || step->with == INSN_RSP)
        return;
    if (step->compares && step->with >= 0 && moves(u, l, step->reg, false, &by, &at) && by == 0)
        set_bound(u, l, step, i - 1, step->with, step->reg);
    else
        set_bound(u, l, step, i - 1, step->reg, step->with);
}

static void try_loop(struct unit *u, uint32_t head, uint32_t last)
{
    struct loop *l = &loops[u->nloops];

    *l = (struct loop){ .head = head, .last = last, .counter = INSN_NONE, .bound = INSN_NONE };
    if (!is_one_block(u, l) || !find_control(u, l))
        return;
    for (uint32_t i = head; i < last; i++)
        if (u->insns[i].access == INSN_CHECKED && !add_access(u, l, i))
            return;
    if (l->runtime.n == 0)
        return;
    find_bound(u, l);
    u->nloops++;
    for (uint32_t i = head; i <= last; i++)
        u->insns[i].plan.loop = (uint8_t)u->nloops;
}

void loop_plan(struct unit *u)
{
    u->loops = loops;
    u->nloops = 0;
    for (uint32_t i = 0; i < u->n && u->nloops < LOOP_MOST; i++) {
        const struct insn *in = &u->insns[i];

        if (in->cls == INSN_JCC && in->target_index < i && i - in->target_index < LONGEST)
            try_loop(u, in->target_index, i);
    }
}
