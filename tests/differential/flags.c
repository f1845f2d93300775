/*
 * tests/differential/flags.c - which flags may be read, and what is known where two ways meet.
 */
#include "generate.h"

void note_flags(struct sequence *q, uint32_t defined, uint32_t undefined)
{
    q->s.undefined = (q->s.undefined & ~defined) | undefined;
}

void need_flags(struct sequence *q, uint32_t flags)
{
    struct operand rm;

    if (!(q->s.undefined & flags))
        return;
    rm = in_register(pick_read(q));
    put_legacy(q, chance(q, 50) ? PREFIX_W : 0, 0, 0x39, pick_read(q), &rm, 0); /* cmp */
    q->s.undefined = 0;
}

uint32_t condition_flags(unsigned condition)
{
    static const uint32_t read[] = { OF, CF, ZF, CF | ZF, SF, PF, SF | OF, SF | OF | ZF };

    return read[condition >> 1 & 7];
}

static struct value meet_values(const struct value *a, const struct value *b)
{
    struct value v = *a;

    if (a->kind == DEAD || b->kind == DEAD)
        return (struct value){ .kind = DEAD };
    if (a->kind != b->kind || a->region != b->region)
        return (struct value){ .kind = ANY };
    v.lo = a->lo < b->lo ? a->lo : b->lo;
    v.hi = a->hi > b->hi ? a->hi : b->hi;
    return v;
}

void meet(struct state *into, const struct state *other)
{
    for (int i = 0; i < 16; i++)
        into->r[i] = meet_values(&into->r[i], &other->r[i]);
    into->undefined |= other->undefined;
}
