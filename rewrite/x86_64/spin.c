/*
 * rewrite/x86_64/spin.c - see spin.h.
 *
 * A turn of the loop is gone through from its head to the branch that leads back. What it uses must be the same in every turn, or
 * made in this one: a counter, a moving pointer, a sum are used before they are made, and such a loop is none of ours. Which
 * loads a register's value, a stack slot's or the flags come from is kept as a set of them; those of the flags that
 * a branch tests are what the loop waits for. An address is no value: a pointer to the word that is waited for is not marked.
 * A loop with a PAUSE in it is there to wait: it may count its turns.
 *
 *      1: pause                                   head; from outside such a loop is entered anywhere
 *      2: mov  flag(%rip),%eax      eax = {2}
 *         test %eax,%eax            flags = {2}
 *         je   1b                   tested: {2}
 */
#include "rewrite/x86_64/spin.h"

#include "rewrite/x86_64/check.h"

enum { LONGEST = 24, SLOTS = 4, IDLE = 8, NEAR = 48, POP = 2 };
/* Registers that a call does not keep (System V AMD64 ABI, figure 3.4). */
#define SCRATCH 0xfc7u

/* A stack slot that the loop writes: what a compiler that does not optimise keeps values in. */
struct slot {
    int8_t base;
    uint8_t size;
    int32_t disp;
    bool made;       /* in this turn */
    uint32_t origin; /* loads, as all sets of them by place in the loop */
};

struct turn {
    const struct spin_unit *unit;
    struct insn *body;
    uint32_t n, head;
    bool again;       /* branches inside lead back to the head, too */
    bool pauses;      /* so it may count */
    uint32_t changes; /* registers and flags that the loop writes */
    uint32_t made;    /* those that this turn has written already */
    uint32_t counted; /* registers that hold what comes of a count of turns */
    uint32_t origin[16], flags, tested;
    struct slot slots[SLOTS];
    unsigned nslots;
};

static bool on_stack(const struct turn *t, const struct insn *in)
{
    return in->mem.index < 0 &&
           (in->mem.base == INSN_RSP || (in->mem.base == INSN_RBP && t->unit->frame));
}

static bool overlaps(const struct slot *s, const struct insn *in)
{
    return s->base == in->mem.base && s->disp < in->mem.disp + in->size &&
           in->mem.disp < s->disp + s->size;
}

static struct slot *slot_of(struct turn *t, const struct insn *in)
{
    for (unsigned i = 0; i < t->nslots; i++)
        if (overlaps(&t->slots[i], in))
            return &t->slots[i];
    return NULL;
}

/* False: more slots than there is room for, or of one place in two sizes. */
static bool add_slot(struct turn *t, const struct insn *in)
{
    const struct slot *s = slot_of(t, in);

    if (s)
        return s->disp == in->mem.disp && s->size == in->size;
    if (t->nslots == SLOTS)
        return false;
    t->slots[t->nslots++] =
        (struct slot){ .base = in->mem.base, .size = in->size, .disp = in->mem.disp };
    return true;
}

/* False: such an instruction is in no loop of ours. */
static bool admits(struct turn *t, uint32_t i)
{
    const struct insn *in = &t->body[i];
    uint32_t to = in->target_index;

    if (in->cls == INSN_CALL)
        return to == t->unit->n && t->unit->is_idle; /* asked later */
    if (in->opaque || (in->access != INSN_NO_ACCESS && in->access != INSN_CHECKED))
        return false;
    if (in->access == INSN_CHECKED && in->flags & REWRITE_WRITE &&
        !(on_stack(t, in) && add_slot(t, in)))
        return false;
    switch (in->cls) {
    case INSN_PLAIN: return true;
    case INSN_JMP: return i + 1 == t->n;
    case INSN_JCC: /* out of the loop, or back to its head */
        t->again |= to == t->head && i + 1 < t->n;
        return to <= t->head || to >= t->head + t->n;
    default: return false;
    }
}

/* What the instruction's memory operand holds comes from. False: from the turn before. */
static bool load(struct turn *t, uint32_t i, uint32_t *origin)
{
    const struct insn *in = &t->body[i];
    const struct slot *s = on_stack(t, in) ? slot_of(t, in) : NULL;

    if (!s) {
        *origin |= 1u << i;
        return true;
    }
    *origin |= s->origin;
    return s->made && s->disp == in->mem.disp && s->size == in->size;
}

static void make(struct turn *t, const struct insn *in, uint32_t origin)
{
    uint32_t writes = in->writes | (in->kills & INSN_ALL_REGS);
    struct slot *s =
        in->access == INSN_CHECKED && in->flags & REWRITE_WRITE ? slot_of(t, in) : NULL;

    for (unsigned r = 0; r < 16; r++)
        if (writes & 1u << r)
            t->origin[r] = origin;
    if (in->kills & INSN_FLAGS)
        t->flags = origin;
    if (s) {
        s->origin = origin;
        s->made = true;
    }
    t->made |= writes | (in->kills & INSN_FLAGS);
}

/* What a function may leave anything in. */
static void forget_scratch(struct turn *t)
{
    for (unsigned r = 0; r < 16; r++)
        if (SCRATCH & 1u << r)
            t->origin[r] = 0;
    t->flags = 0;
    t->made |= SCRATCH | INSN_FLAGS;
}

/* False: something is used that an earlier turn made. */
static bool step(struct turn *t, uint32_t i)
{
    const struct insn *in = &t->body[i];
    uint32_t address = in->access == INSN_CHECKED ? check_operand_regs(&in->mem) : 0, origin = 0;
    uint32_t carried, counted = in->uses & ~(uint32_t)in->merges & t->counted;

    if (in->cls == INSN_CALL) {
        forget_scratch(t);
        return true;
    }
    carried = in->uses & ~(uint32_t)in->merges & t->changes & ~t->made;
    if (carried && (!t->pauses || carried & INSN_FLAGS))
        return false;
    counted |= carried;
    for (unsigned r = 0; r < 16; r++)
        if (in->uses & ~address & 1u << r)
            origin |= t->origin[r];
    if (in->uses & INSN_FLAGS)
        origin |= t->flags;
    if (in->access == INSN_CHECKED && in->flags & REWRITE_READ && !load(t, i, &origin))
        return false;
    if (counted && (origin || address & counted)) /* more than a count */
        return false;
    if (in->cls == INSN_JCC)
        t->tested |= origin;
    make(t, in, origin);
    t->counted &= ~(in->writes | in->kills);
    if (counted)
        t->counted |= in->writes & INSN_ALL_REGS;
    return true;
}

static bool same_operand(const struct insn *a, const struct insn *b)
{
    return a->access == INSN_CHECKED && !(a->flags & REWRITE_WRITE) && a->size == b->size &&
           a->mem.base == b->mem.base && a->mem.index == b->mem.index &&
           a->mem.scale == b->mem.scale && a->mem.disp == b->mem.disp && a->mem.fs == b->mem.fs;
}

/* What the addresses of `of` are made of is another value behind this instruction. An end of a function gives registers back to
 * the caller, and what stands behind it is not reached from there. */
static bool changes_address(const struct insn *in, const struct insn *of)
{
    uint32_t writes = insn_is_call(in) ? SCRATCH : in->writes | in->kills;

    return writes & check_operand_regs(&of->mem) && !(in->opaque && in->len <= POP);
}

/* The word of a loop that pauses is looked at before it and after it, too: by other loads of the same operand nearby. */
static void spread_near(const struct spin_unit *u, uint32_t of)
{
    const struct insn *load = &u->insns[of];

    for (uint32_t i = of; i-- > 0 && of - i < NEAR && !changes_address(&u->insns[i], load);)
        u->insns[i].spins |= same_operand(&u->insns[i], load);
    for (uint32_t i = of; ++i < u->n && i - of < NEAR && !changes_address(&u->insns[i], load);)
        u->insns[i].spins |= same_operand(&u->insns[i], load);
}

static void mark(struct turn *t)
{
    uint32_t shared = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->tested >> i & 1 && !on_stack(t, &t->body[i]))
            shared |= 1u << i;
    for (uint32_t i = 0; i < t->n; i++)
        if ((shared ? shared : t->tested) >> i & 1) {
            t->body[i].spins = true;
            if (t->pauses && !on_stack(t, &t->body[i]))
                spread_near(t->unit, t->head + i);
        }
}

/* One turn from place `first` on. */
static bool run(struct turn *t, uint32_t first)
{
    t->made = t->counted = t->flags = t->tested = 0;
    for (unsigned i = 0; i < 16; i++)
        t->origin[i] = 0;
    for (unsigned i = 0; i < t->nslots; i++)
        t->slots[i].made = false;
    for (uint32_t i = 0; i < t->n; i++)
        if (!step(t, (first + i) % t->n))
            return false;
    return true;
}

static bool calls_are_idle(const struct turn *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->body[i].cls == INSN_CALL && !t->unit->is_idle(t->unit->arg, t->body[i].target))
            return false;
    return true;
}

/* A loop that has one way round has no beginning: what is loaded at its end may be used at its head. */
static void look_at(const struct spin_unit *u, uint32_t head, uint32_t back)
{
    struct turn t = { .unit = u, .body = &u->insns[head], .n = back - head + 1, .head = head };

    for (uint32_t i = 0; i < t.n; i++) {
        if (!admits(&t, i))
            return;
        t.pauses |= t.body[i].pauses;
        t.changes |=
            t.body[i].cls == INSN_CALL ? SCRATCH | INSN_FLAGS : t.body[i].writes | t.body[i].kills;
    }
    for (uint32_t first = 0; first < (t.again ? 1 : t.n); first++)
        if (run(&t, first)) {
            if (t.tested && calls_are_idle(&t))
                mark(&t);
            return;
        }
}

static bool same_word(const struct insn *a, const struct insn *b)
{
    return a->mem.base == INSN_RIP && b->mem.base == INSN_RIP && a->size == b->size &&
           a->off + a->len + (uint32_t)a->mem.disp == b->off + b->len + (uint32_t)b->mem.disp;
}

/* Compilers test once before the loop: other loads of the same global are of the same kind. */
static void spread(const struct spin_unit *u, const struct insn *of)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct insn *in = &u->insns[i];

        if (in->access == INSN_CHECKED && !(in->flags & REWRITE_WRITE) && same_word(in, of))
            in->spins = true;
    }
}

void spin_mark(const struct spin_unit *u)
{
    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];

        if ((in->cls == INSN_JMP || in->cls == INSN_JCC) && in->target_index <= i &&
            i - in->target_index < LONGEST)
            look_at(u, in->target_index, i);
    }
    for (uint32_t i = 0; i < u->n; i++)
        if (u->insns[i].spins && u->insns[i].mem.base == INSN_RIP)
            spread(u, &u->insns[i]);
}

bool spin_is_idle(const uint8_t *code, size_t avail)
{
    struct insn in;
    size_t at = 0;

    for (unsigned n = 0; n < IDLE && insn_decode(code + at, avail - at, 0, &in);
         n++, at += in.len) {
        if (in.cls == INSN_RET)
            return true;
        if (in.cls != INSN_PLAIN || in.access != INSN_NO_ACCESS ||
            (in.writes | in.kills) & INSN_ALL_REGS & ~(1u << INSN_RSP | 1u << INSN_RBP))
            return false;
    }
    return false;
}
