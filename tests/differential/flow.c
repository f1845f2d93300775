/*
 * tests/differential/flow.c - branches, loops, jump tables and calls around steps.
 */
#include <string.h>

#include "generate.h"

/* A branch whose target is not known yet. */
struct hole {
    uint32_t at;
    unsigned bytes;
};

static struct hole put_hole(struct sequence *q, unsigned bytes)
{
    put(q, 0, bytes);
    return (struct hole){ q->length - bytes, bytes };
}

static void fill_hole(struct sequence *q, struct hole h, uint32_t target)
{
    int32_t by = (int32_t)target - (int32_t)(h.at + h.bytes);

    if (q->full)
        return;
    if (h.bytes == 1 && (by < -128 || by > 127))
        q->full = true;
    else
        memcpy(&q->code[h.at], &by, h.bytes);
}

static struct hole put_jcc(struct sequence *q, unsigned condition)
{
    if (chance(q, 60)) {
        put(q, 0x70 | condition, 1);
        return put_hole(q, 1);
    }
    put(q, 0x800F | condition << 8, 2);
    return put_hole(q, 4);
}

static struct hole put_jmp(struct sequence *q)
{
    if (chance(q, 60)) {
        put(q, 0xEB, 1);
        return put_hole(q, 1);
    }
    put(q, 0xE9, 1);
    return put_hole(q, 4);
}

static void step_if(struct sequence *q)
{
    unsigned condition = below(q, 16);
    struct hole over, out;
    struct state before;

    need_flags(q, condition_flags(condition));
    over = put_jcc(q, condition);
    before = q->s;
    make_steps(q, 1 + below(q, 4));
    if (chance(q, 40)) {
        struct state first = q->s;

        out = put_jmp(q);
        fill_hole(q, over, q->length);
        q->s = before;
        make_steps(q, 1 + below(q, 4));
        fill_hole(q, out, q->length);
        meet(&q->s, &first);
    } else {
        fill_hole(q, over, q->length);
        meet(&q->s, &before);
    }
}

/* Around a loop every register is again what it was known as at its head; so that there is a value to bring each
 * back to, what is known is widened first. */
static void widen(struct sequence *q)
{
    int32_t middle = REGION_BYTES / 2;

    for (int i = 0; i < 16; i++) {
        struct value *v = &q->s.r[i];

        if (i == RSP || q->barred >> i & 1 || v->kind < INDEX)
            continue;
        if (v->kind == INDEX)
            middle = 0;
        else
            middle = REGION_BYTES / 2;
        v->lo = v->lo < middle ? v->lo : middle;
        v->hi = v->hi > middle ? v->hi : middle;
    }
}

static bool is_within(const struct value *v, const struct value *of)
{
    if (of->kind <= ANY)
        return v->kind >= of->kind;
    return v->kind == of->kind && v->region == of->region && v->lo >= of->lo && v->hi <= of->hi;
}

static void bring_back(struct sequence *q, const struct state *head)
{
    for (int i = 0; i < 16; i++) {
        if (is_within(&q->s.r[i], &head->r[i]))
            continue;
        if (head->r[i].kind == POINTER)
            make_pointer(q, i, head->r[i].region);
        else
            load_immediate(q, i, 0);
    }
}

static void put_loop_end(struct sequence *q, const struct state *head, int counter, uint32_t start)
{
    struct operand rm = in_register(counter);
    struct hole back;

    bring_back(q, head);
    if (counter == RCX && chance(q, 60)) {
        uint32_t kind = below(q, 4);

        need_flags(q, FLAGS & ~head->undefined);
        if (kind < 2)
            need_flags(q, ZF);
        put(q, kind == 0 ? 0xE0 : kind == 1 ? 0xE1 : 0xE2, 1);
        back = put_hole(q, 1);
    } else {
        need_flags(q, CF & ~head->undefined);
        put_legacy(q, chance(q, 50) ? PREFIX_W : 0, 0, 0xFF, 1, &rm, 0); /* dec */
        note_flags(q, FLAGS & ~CF, 0);
        back = put_jcc(q, 5);
    }
    fill_hole(q, back, start);
}

static void step_loop(struct sequence *q)
{
    int counter = chance(q, 40) ? RCX : pick_write(q);
    int32_t n = 1 + (int32_t)below(q, 6);
    uint32_t barred = q->barred, start;
    struct state head;

    if (q->barred >> counter & 1)
        return;
    load_immediate(q, counter, n);
    q->s.r[counter].lo = 0;
    q->barred |= 1u << counter;
    widen(q);
    head = q->s;
    start = q->length;
    make_steps(q, 1 + below(q, 4));
    put_loop_end(q, &head, counter, start);
    q->barred = barred;
}

/* jrcxz, jecxz */
static void step_if_counter(struct sequence *q)
{
    struct state before = q->s;
    struct hole over;

    if (q->s.r[RCX].kind == DEAD)
        return;
    if (chance(q, 20))
        put(q, 0x67, 1);
    put(q, 0xE3, 1);
    over = put_hole(q, 1);
    make_steps(q, 1 + below(q, 3));
    fill_hole(q, over, q->length);
    meet(&q->s, &before);
}

#define CASES 4

static void set_case(struct sequence *q, uint32_t table, unsigned number, bool absolute)
{
    uint64_t target = here(q);
    int32_t by = (int32_t)(target - (q->image->tables.address + 4ul * table));

    if (absolute)
        memcpy(q->image->tables.bytes + 4ul * table + 8ul * number, &target, 8);
    else
        memcpy(q->image->tables.bytes + 4ul * table + 4ul * number, &by, 4);
}

static void put_table_jump(struct sequence *q, uint32_t table, int index, int base, int to)
{
    uint64_t address = q->image->tables.address + 4ul * table;
    struct operand m = {
        .memory = true, .rip = true, .base = NONE, .index = NONE, .target = address
    };
    struct operand rm = in_register(to);

    put_legacy(q, PREFIX_W, 0, 0x8D, base, &m, 0);
    m = at(base, 0);
    m.index = index;
    m.scale = 4;
    put_legacy(q, PREFIX_W, 0, 0x63, to, &m, 0);
    put_legacy(q, PREFIX_W, 0, 0x01, base, &rm, 0);
    if (chance(q, 30))
        put(q, 0x3E, 1); /* notrack */
    put_legacy(q, 0, 0, 0xFF, 4, &rm, 0);
    now_any(q, base, 8);
    now_any(q, to, 8);
    note_flags(q, FLAGS, 0);
}

static void put_absolute_table_jump(struct sequence *q, uint32_t table, int index)
{
    struct operand m = at(NONE, (int32_t)(q->image->tables.address + 4ul * table));

    m.index = index;
    m.scale = 8;
    put_legacy(q, 0, 0, 0xFF, 4, &m, 0);
}

static void put_cases(struct sequence *q, uint32_t table, bool absolute)
{
    struct state before = q->s, after = q->s;
    struct hole out[CASES];

    for (unsigned i = 0; i < CASES; i++) {
        set_case(q, table, i, absolute);
        q->s = before;
        make_steps(q, 1 + below(q, 2));
        if (i == 0)
            after = q->s;
        else
            meet(&after, &q->s);
        if (i + 1 < CASES)
            out[i] = put_jmp(q);
    }
    for (unsigned i = 0; i + 1 < CASES; i++)
        fill_hole(q, out[i], q->length);
    q->s = after;
}

static void step_switch(struct sequence *q)
{
    int index = pick_write(q), base = pick_write(q), to = pick_write(q);
    bool absolute = q->image->fixed && chance(q, 50);
    uint32_t table = (q->tables + 1) & ~1u;
    struct operand rm = in_register(index);

    if (q->s.r[index].kind == DEAD || index == base || index == to || base == to ||
        q->tables + 2 * CASES + 2 > q->image->tables.size / 4)
        return;
    q->tables = table + 2 * CASES;
    put_legacy(q, 0, 0, 0x83, 4, &rm, 1);
    put(q, CASES - 1, 1);
    note_flags(q, FLAGS, AF);
    now_index(q, index, 0, CASES - 1);
    if (absolute)
        put_absolute_table_jump(q, table, index);
    else
        put_table_jump(q, table, index, base, to);
    put_cases(q, table, absolute);
}

/* A computed jump over code that never runs. */
static void step_computed_jump(struct sequence *q)
{
    int reg = pick_write(q);
    struct operand m = { .memory = true, .rip = true, .base = NONE, .index = NONE },
                   rm = in_register(reg);
    struct state before;
    uint32_t fix;

    put_legacy(q, PREFIX_W, 0, 0x8D, reg, &m, 0);
    fix = q->length;
    now_any(q, reg, 8);
    put_legacy(q, 0, 0, 0xFF, 4, &rm, 0);
    before = q->s;
    make_steps(q, 1 + below(q, 2));
    q->s = before;
    fill_hole(q, (struct hole){ fix - 4, 4 }, q->length);
}

static uint32_t pick_callee(struct sequence *q)
{
    for (int tries = 0; q->slot && tries < 8; tries++) {
        uint32_t slot =
            below(q, chance(q, 50) && q->slot > HOME_SLOT_COUNT ? HOME_SLOT_COUNT : q->slot);

        if (q->image->callee[slot].fit)
            return slot;
    }
    return IMAGE_SLOTS;
}

static void prepare_arguments(struct sequence *q)
{
    static const int8_t words[] = { RAX, RDX, R9 };

    make_pointer(q, RDI, REGION_HEAP);
    make_pointer(q, RSI, REGION_HIGH);
    load_immediate(q, RCX, (int32_t)below(q, INDEX_HI));
    load_immediate(q, R8, (int32_t)below(q, INDEX_HI));
    for (unsigned i = 0; i < 3; i++)
        if (q->s.r[words[i]].kind == DEAD)
            load_immediate(q, words[i], (int32_t)below(q, 1000));
}

/* Directly, or through a word of memory, by every form of operand. r10 and r11 are free. */
static void put_call(struct sequence *q, uint32_t callee)
{
    struct operand m = at_home(q, HOME_SLOTS + callee);
    uint32_t kind = callee < HOME_SLOT_COUNT ? below(q, 4) : 0;

    if (kind == 0) {
        put(q, 0xE8, 1);
        put(q, (uint32_t)(q->image->slot_address[callee] - (here(q) + 4)), 4);
    } else if (kind == 1) {
        put_legacy(q, 0, 0, 0xFF, 2, &m, 0);
    } else if (kind == 2) {
        put_legacy(q, PREFIX_W, 0, 0x8B, R11, &m, 0);
        m = in_register(R11);
        put_legacy(q, 0, 0, 0xFF, 2, &m, 0);
    } else {
        m = at_home(q, HOME_SLOTS);
        put_legacy(q, PREFIX_W, 0, 0x8D, R11, &m, 0);
        load_immediate(q, R10, (int32_t)callee);
        m = at(R11, 0);
        m.index = R10;
        m.scale = 8;
        put_legacy(q, 0, 0, 0xFF, 2, &m, 0);
    }
}

static void step_call(struct sequence *q)
{
    uint32_t callee = pick_callee(q);
    const struct callee *c;

    if (q->abi || callee == IMAGE_SLOTS || q->barred & CALLER_SAVED)
        return;
    c = &q->image->callee[callee];
    prepare_arguments(q);
    q->written |= CALLER_SAVED;
    if (q->s.down)
        put(q, 0xFC, 1);
    put_call(q, callee);
    if (q->s.down)
        put(q, 0xFD, 1);
    for (int i = 0; i < 16; i++) {
        if (c->clobbers >> i & 1 || i == R10 || i == R11)
            q->s.r[i] = (struct value){ .kind = DEAD };
        else if (RESULTS >> i & 1)
            now_any(q, i, 8);
    }
    q->s.undefined = FLAGS;
}

void step_flow(struct sequence *q)
{
    static void (*const steps[])(struct sequence *) = {
        step_if,         step_if,     step_loop,          step_loop,
        step_if_counter, step_switch, step_computed_jump, step_call,
        step_call,       step_stride, step_stride,
    };

    if (q->depth < 4)
        steps[below(q, sizeof(steps) / sizeof(steps[0]))](q);
}
