/*
 * tests/differential/x87.c - the x87 unit and MMX: pushes, works on memory of every size, and stores what it pushed.
 */
#include "generate.h"

struct form {
    uint8_t opcode, digit, bytes;
};

static const struct form loads[] = {
    { 0xD9, 0, 4 }, { 0xDD, 0, 8 }, { 0xDB, 5, 10 }, { 0xDF, 0, 2 },
    { 0xDB, 0, 4 }, { 0xDF, 5, 8 }, { 0xDF, 4, 10 },
};
static const struct form works[] = {
    { 0xD8, 0, 4 }, { 0xD8, 1, 4 }, { 0xD8, 4, 4 }, { 0xD8, 5, 4 }, { 0xD8, 6, 4 }, { 0xDC, 0, 8 },
    { 0xDC, 1, 8 }, { 0xDC, 7, 8 }, { 0xDA, 0, 4 }, { 0xDA, 1, 4 }, { 0xDE, 0, 2 }, { 0xDE, 5, 2 },
};
static const struct form stores[] = {
    { 0xD9, 3, 4 }, { 0xDD, 3, 8 }, { 0xDB, 7, 10 }, { 0xDF, 3, 2 },  { 0xDB, 3, 4 },
    { 0xDF, 7, 8 }, { 0xDB, 1, 4 }, { 0xDD, 1, 8 },  { 0xDF, 6, 10 },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void put_form(struct sequence *q, const struct form *f, bool write)
{
    struct operand m = pick_memory(q, f->bytes, 1, write);

    put_legacy(q, 0, 0, f->opcode, f->digit, &m, 0);
}

static void put_scalar_between(struct sequence *q)
{
    struct operand m = pick_memory(q, 8, 1, true);

    put_legacy(q, PREFIX_W, 0, 0x89, pick_read(q), &m, 0);
}

static void step_floats(struct sequence *q)
{
    put_form(q, &loads[below(q, COUNT(loads))], false);
    if (chance(q, 50))
        put(q, chance(q, 50) ? 0xE8D9 : 0xEBD9, 2); /* fld1, fldpi */
    else
        put_form(q, &loads[below(q, COUNT(loads))], false);
    for (unsigned n = below(q, 3); n; n--)
        put_form(q, &works[below(q, COUNT(works))], false);
    if (chance(q, 50))
        put_scalar_between(q);
    if (chance(q, 30)) {
        put(q, 0xF1DF, 2); /* fcomip */
        note_flags(q, ZF | PF | CF, OF | SF | AF);
    } else if (chance(q, 50)) {
        put(q, 0xC1DE, 2); /* faddp */
    } else {
        put_form(q, &stores[below(q, COUNT(stores))], true);
    }
    put_form(q, &stores[below(q, COUNT(stores))], true);
}

/* fnstcw, fnstsw to memory, stmxcsr; fldcw and ldmxcsr of what was stored. */
static void step_control(struct sequence *q)
{
    bool sse = chance(q, 50);
    struct operand m = pick_memory(q, sse ? 4 : 2, 1, true);

    put_legacy(q, 0, sse ? 1 : 0, sse ? 0xAE : 0xD9, sse ? 3 : 7, &m, 0);
    put_scalar_between(q);
    if (sse)
        return;
    m = pick_memory(q, 2, 1, true);
    put_legacy(q, 0, 0, 0xDD, 7, &m, 0);
}

static void step_mmx(struct sequence *q)
{
    static const uint8_t works_mmx[] = {
        0xFC, 0xFD, 0xFE, 0xD5, 0xEF, 0xDB, 0x60, 0x63, 0x74, 0xE5
    };
    int a = (int)below(q, 8), b = (int)below(q, 8);
    struct operand m = pick_memory(q, 8, 1, false);

    put_legacy(q, 0, 1, 0x6F, a, &m, 0);
    put_scalar_between(q);
    m = pick_memory(q, 8, 1, false);
    put_legacy(q, 0, 1, 0x6F, b, &m, 0);
    for (unsigned n = below(q, 3); n; n--) {
        m = pick_memory(q, 8, 1, false);
        put_legacy(q, 0, 1, works_mmx[below(q, sizeof(works_mmx))], a, &m, 0);
    }
    m = pick_memory(q, 8, 1, true);
    put_legacy(q, 0, 1, chance(q, 70) ? 0x7F : 0xE7, chance(q, 50) ? a : b, &m, 0);
    put(q, 0x770F, 2); /* emms */
}

void step_x87(struct sequence *q)
{
    switch (below(q, 4)) {
    case 0: step_control(q); break;
    case 1: step_mmx(q); break;
    default: step_floats(q);
    }
}
