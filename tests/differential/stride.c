/*
 * tests/differential/stride.c - loops of one block that go through memory: what a rewriter may check ahead.
 */
#include "generate.h"

#define REACH 1600 /* bytes from the middle of a region, either way */
#define MOST 90    /* iterations */

struct walk {
    int base, index, value;
    int32_t scale, step, n;
    bool bumps; /* the base moves, and the index counts down */
};

static struct operand place(struct sequence *q, const struct walk *w)
{
    struct operand m = at(w->base, (int32_t)below(q, 96) - 48);

    if (chance(q, 50))
        m.disp &= ~7;
    if (!w->bumps) {
        m.index = w->index;
        m.scale = w->scale;
    }
    m.wide_disp = chance(q, 10);
    return m;
}

/* movdqu, either way */
static void put_vector(struct sequence *q, const struct operand *m)
{
    put_legacy(q, PREFIX_F3, 1, chance(q, 50) ? 0x6F : 0x7F, (int)below(q, 16), m, 0);
}

/* mov and add, either way, of 1 to 8 bytes */
static void put_scalar(struct sequence *q, const struct walk *w, const struct operand *m)
{
    static const uint8_t opcodes[] = { 0x8A, 0x88, 0x02, 0x00 };
    uint32_t size = below(q, 4), prefixes = size == 3   ? PREFIX_W
                                            : size == 1 ? PREFIX_66
                                                        : PREFIX_REX;

    put_legacy(q, prefixes, 0, opcodes[below(q, 4)] | (size > 0), w->value, m, 0);
}

static void put_body(struct sequence *q, const struct walk *w)
{
    for (unsigned k = 1 + below(q, 5); k > 0; k--) {
        struct operand m = place(q, w);

        if (chance(q, 25))
            put_vector(q, &m);
        else
            put_scalar(q, w, &m);
    }
}

/* add $value,%reg, or cmp */
static void put_immediate(struct sequence *q, unsigned extension, int reg, int32_t value)
{
    struct operand rm = in_register(reg);

    put_legacy(q, PREFIX_W, 0, 0x81, (int)extension, &rm, 4);
    put(q, (uint32_t)value, 4);
}

static void put_end(struct sequence *q, const struct walk *w, uint32_t start)
{
    struct operand rm = in_register(w->index);

    if (w->bumps) {
        put_immediate(q, 0, w->base, w->step);
        put_legacy(q, chance(q, 50) ? PREFIX_W : 0, 0, 0xFF, 1, &rm, 0); /* dec */
    } else {
        put_immediate(q, 0, w->index, w->step);
        put_immediate(q, 7, w->index, w->step * w->n);
    }
    put(q, 0x850F, 2); /* jne */
    put(q, start - (q->length + 4), 4);
}

static int take(struct sequence *q)
{
    int reg = pick_write(q);

    q->barred |= 1u << reg;
    return reg;
}

void step_stride(struct sequence *q)
{
    uint32_t barred = q->barred, start;
    struct walk w = { .scale = 1 << below(q, 4), .step = 1 << below(q, 4), .bumps = chance(q, 40) };

    w.n = 1 + (int32_t)below(q, MOST);
    if (w.n * w.step * w.scale > REACH)
        w.n = REACH / (w.step * w.scale);
    w.base = take(q);
    make_pointer(q, w.base, (int)below(q, REGION_STACK));
    w.index = take(q);
    load_immediate(q, w.index, w.bumps ? w.n : 0);
    w.value = take(q);
    load_immediate(q, w.value, (int32_t)below(q, 1000));
    start = q->length;
    put_body(q, &w);
    put_end(q, &w, start);
    note_flags(q, w.bumps ? FLAGS & ~CF : FLAGS, 0);
    now_any(q, w.base, 8);
    now_any(q, w.value, 8);
    now_any(q, w.index, 8);
    q->barred = barred;
}
