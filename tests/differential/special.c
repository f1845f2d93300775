/*
 * tests/differential/special.c - instructions that want their registers or their stack just so.
 */
#include "generate.h"

static bool may_write(const struct sequence *q, uint32_t registers)
{
    return !(q->barred & registers);
}

static void move_rsp(struct sequence *q, int by)
{
    q->s.r[RSP].lo += by;
    q->s.r[RSP].hi += by;
}

static bool has_stack(const struct sequence *q, int bytes)
{
    return q->s.r[RSP].lo - bytes >= STACK_START - 104;
}

static void push_register(struct sequence *q, int reg)
{
    if (reg & 8)
        put(q, 0x41, 1);
    put(q, 0x50u | (unsigned)(reg & 7), 1);
    move_rsp(q, -8);
}

static void pop_register(struct sequence *q, int reg)
{
    if (reg & 8)
        put(q, 0x41, 1);
    put(q, 0x58u | (unsigned)(reg & 7), 1);
    move_rsp(q, 8);
    now_any(q, reg, 8);
}

static void push_something(struct sequence *q)
{
    struct operand m;

    switch (below(q, 4)) {
    case 0:
        put(q, 0x6A, 1);
        put(q, below(q, 256), 1);
        move_rsp(q, -8);
        break;
    case 1:
        m = pick_memory(q, 8, 1, false);
        put_legacy(q, 0, 0, 0xFF, 6, &m, 0);
        move_rsp(q, -8);
        break;
    default: push_register(q, pick_read(q));
    }
}

/* pop to memory counts an rsp base from behind the pop. */
static void pop_something(struct sequence *q)
{
    struct operand m;

    if (chance(q, 60)) {
        pop_register(q, pick_write(q));
        return;
    }
    m = pick_memory(q, 8, 1, true);
    m.disp -= m.base == RSP ? 8 : 0;
    put_legacy(q, 0, 0, 0x8F, 0, &m, 0);
    move_rsp(q, 8);
}

static void step_push_pop(struct sequence *q)
{
    bool mine =
        !q->abi; /* where it returns, what is pushed must not be written by the steps between */

    if (!has_stack(q, 16))
        return;
    push_something(q);
    if (q->depth < 3 && mine)
        make_steps(q, 1 + below(q, 3));
    push_something(q);
    pop_something(q);
    pop_something(q);
}

static void step_frame(struct sequence *q)
{
    int bytes = 8 * (1 + (int)below(q, 6));
    struct operand m = at(RSP, -bytes), stack = in_register(RSP);

    if (!has_stack(q, bytes) || q->depth >= 3)
        return;
    if (chance(q, 50)) {
        put_legacy(q, PREFIX_W, 0, 0x8D, RSP, &m, 0);
    } else {
        put_legacy(q, PREFIX_W, 0, 0x83, 5, &stack, 1);
        put(q, (unsigned)bytes, 1);
        note_flags(q, FLAGS, 0);
    }
    move_rsp(q, -bytes);
    m = at(RSP, (int)below(q, (uint32_t)bytes - 7));
    put_legacy(q, PREFIX_W, 0, 0x89, pick_read(q), &m, 0);
    make_steps(q, 1 + below(q, 3));
    m = at(RSP, bytes);
    put_legacy(q, PREFIX_W, 0, 0x8D, RSP, &m, 0);
    move_rsp(q, bytes);
}

/* A leaf's locals below rsp. */
static void step_red_zone(struct sequence *q)
{
    struct operand m = at(RSP, -128 + (int)below(q, 121)), other = pick_memory(q, 8, 1, true);
    int into;

    put_legacy(q, PREFIX_W, 0, 0x89, pick_read(q), &m, 0);
    put_legacy(q, PREFIX_W, 0, 0x89, pick_read(q), &other, 0);
    into = pick_write(q);
    put_legacy(q, PREFIX_W, 0, 0x8B, into, &m, 0);
    now_any(q, into, 8);
}

static void step_enter_leave(struct sequence *q)
{
    struct value old = q->s.r[RBP];
    int bytes = 8 * (int)below(q, 5), depth = q->s.r[RSP].lo;

    if (!may_write(q, 1u << RBP) || !has_stack(q, bytes + 8) || q->depth >= 3 || q->abi ||
        old.kind == DEAD)
        return;
    put(q, 0xC8, 1);
    put(q, (unsigned)bytes, 3);
    move_rsp(q, -bytes - 8);
    q->barred |= 1u << RBP;
    q->s.r[RBP] = (struct value){ POINTER, REGION_STACK, depth - 8, depth - 8 };
    make_steps(q, 1 + below(q, 3));
    q->barred &= ~(1u << RBP);
    put(q, 0xC9, 1);
    move_rsp(q, bytes + 8);
    q->written |= 1u << RBP;
    q->s.r[RBP] = (struct value){ .kind = ANY };
}

static void step_flags_register(struct sequence *q)
{
    int reg = pick_write(q);

    if (chance(q, 50)) {
        if (!may_write(q, 1u << RAX) || q->s.r[RAX].kind == DEAD)
            return;
        if (chance(q, 50)) {
            need_flags(q, FLAGS & ~OF);
            put(q, 0x9F, 1); /* lahf */
            now_any(q, RAX, 1);
        } else {
            put(q, 0x9E, 1); /* sahf */
            note_flags(q, FLAGS & ~OF, 0);
        }
    } else if (has_stack(q, 8)) {
        need_flags(q, FLAGS);
        put(q, 0x9C, 1); /* pushf */
        move_rsp(q, -8);
        pop_register(q, reg);
    }
}

static void step_set_flags(struct sequence *q)
{
    uint32_t flags = (uint32_t)random_word(q) & (FLAGS | DF);

    if (!has_stack(q, 8))
        return;
    put(q, 0x68, 1);
    put(q, flags | 0x202, 4);
    put(q, 0x9D, 1); /* popf */
    put(q, q->s.down ? 0xFD : 0xFC, 1);
    note_flags(q, FLAGS, 0);
}

static void step_carry(struct sequence *q)
{
    uint32_t which = below(q, 3);

    if (which == 0)
        need_flags(q, CF);
    put(q, which == 0 ? 0xF5 : which == 1 ? 0xF8 : 0xF9, 1); /* cmc, clc, stc */
    note_flags(q, CF, 0);
}

/* cbw cwde cdqe, cwd cdq cqo */
static void step_extend(struct sequence *q)
{
    uint32_t kind = below(q, 6);

    if (!may_write(q, 1u << RAX | 1u << RDX) || q->s.r[RAX].kind == DEAD)
        return;
    if (kind / 2 == 0)
        put(q, 0x66, 1);
    else if (kind / 2 == 1)
        put(q, 0x48, 1);
    put(q, kind & 1 ? 0x99 : 0x98, 1);
    now_any(q, kind & 1 ? RDX : RAX, kind / 2 == 0 ? 2 : 8);
}

static void step_compare_wide(struct sequence *q)
{
    bool wide = chance(q, 50);
    struct operand m = pick_memory(q, wide ? 16 : 8, wide ? 16 : 1, true);
    uint32_t used = 1u << RAX | 1u << RDX;

    if (!may_write(q, used))
        return;
    for (int i = RAX; i <= RBX; i++)
        if (q->s.r[i].kind == DEAD)
            return;
    put_legacy(q, (wide ? PREFIX_W : 0) | (chance(q, 60) ? PREFIX_LOCK : 0), 1, 0xC7, 1, &m, 0);
    note_flags(q, ZF, 0);
    now_any(q, RAX, 4);
    now_any(q, RDX, 4);
}

/* A divisor from memory that is not 0 and a dividend of one word, so that it does not trap. */
static void step_divide(struct sequence *q)
{
    unsigned size = 4u << below(q, 2);
    struct operand m, dx = in_register(RDX);
    uint32_t w = size == 8 ? PREFIX_W : 0, barred = q->barred;

    if (!may_write(q, 1u << RAX | 1u << RDX) || q->s.r[RAX].kind == DEAD)
        return;
    put_legacy(q, 0, 0, 0x31, RDX, &dx, 0);
    note_flags(q, FLAGS, AF);
    now_index(q, RDX, 0, 0);
    q->barred |= 1u << RAX | 1u << RDX;
    m = pick_memory(q, size, 1, true);
    q->barred = barred;
    put_legacy(q, w, 0, 0xC7, 0, &m, 4);
    put(q, 1 + below(q, 1000), 4);
    put_legacy(q, w, 0, 0xF7, 6, &m, 0);
    note_flags(q, 0, FLAGS);
    now_any(q, RAX, size);
    now_any(q, RDX, size);
}

static void step_translate(struct sequence *q)
{
    if (!may_write(q, 1u << RAX | 1u << RBX) || q->s.r[RAX].kind == DEAD)
        return;
    make_pointer(q, RBX, (int)below(q, REGION_STACK));
    if (chance(q, 50))
        put(q, 0x48, 1);
    put(q, 0xD7, 1);
    now_any(q, RAX, 1);
}

/* call of the next instruction: what is on the stack must be the address in the original. */
static void step_where(struct sequence *q)
{
    int reg = pick_write(q);

    if (!has_stack(q, 8))
        return;
    put(q, 0xE8, 1);
    put(q, 0, 4);
    move_rsp(q, -8);
    pop_register(q, reg);
}

/* rcx and r11 are the kernel's. */
static void step_system_call(struct sequence *q)
{
    if (!may_write(q, 1u << RAX | 1u << RCX | 1u << R11))
        return;
    load_immediate(q, RAX, 110 /* getppid */);
    put(q, 0x050F, 2);
    now_any(q, RAX, 8);
    q->written |= 1u << RCX | 1u << R11;
    q->s.r[RAX] = q->s.r[RCX] = q->s.r[R11] = (struct value){ .kind = DEAD };
    load_immediate(q, RAX, 0);
}

/* bt bts btr btc with a register offset: bits far from the operand. */
static void step_bit_string(struct sequence *q)
{
    static const uint8_t opcodes[] = { 0xA3, 0xAB, 0xB3, 0xBB };
    unsigned size = 2u << below(q, 3), which = below(q, 4);
    int offset = pick_write(q);
    struct operand m;

    if (q->s.r[offset].kind == DEAD)
        return;
    load_immediate(q, offset, (int32_t)below(q, 1024) - 512);
    m = at(pick_pointer(q, (int)below(q, REGION_STACK)), 0);
    if (m.base == offset)
        return;
    m.disp = REGION_BYTES / 2 - q->s.r[m.base].lo;
    put_legacy(q,
               (size == 2 ? PREFIX_66 : 0) | (size == 8 ? PREFIX_W : 0) |
                   (which && chance(q, 30) ? PREFIX_LOCK : 0),
               1, opcodes[which], offset, &m, 0);
    note_flags(q, CF, OF | SF | AF | PF);
}

/* VEX on general registers: bytes of a row say which of reg, vvvv and r/m are written. */
struct bmi {
    uint8_t map, opcode, pp, digit; /* digit: 8 is a register */
    bool reg_w, second_w, second_used;
    uint32_t defines, undefines;
};

static const struct bmi bmis[] = {
    { 2, 0xF2, 0, 8, true, false, true, FLAGS, AF | PF },      /* andn */
    { 2, 0xF7, 0, 8, true, false, true, FLAGS, AF | PF | SF }, /* bextr */
    { 2, 0xF5, 0, 8, true, false, true, FLAGS, AF | PF },      /* bzhi */
    { 2, 0xF3, 0, 1, false, true, true, FLAGS, AF | PF },      /* blsr */
    { 2, 0xF3, 0, 2, false, true, true, FLAGS, AF | PF },      /* blsmsk */
    { 2, 0xF3, 0, 3, false, true, true, FLAGS, AF | PF },      /* blsi */
    { 2, 0xF6, 3, 8, true, true, true, 0, 0 },                 /* mulx */
    { 2, 0xF5, 3, 8, true, false, true, 0, 0 },                /* pdep */
    { 2, 0xF5, 2, 8, true, false, true, 0, 0 },                /* pext */
    { 2, 0xF7, 2, 8, true, false, true, 0, 0 },                /* sarx */
    { 2, 0xF7, 1, 8, true, false, true, 0, 0 },                /* shlx */
    { 2, 0xF7, 3, 8, true, false, true, 0, 0 },                /* shrx */
    { 3, 0xF0, 3, 8, true, false, false, 0, 0 },               /* rorx */
};

static void step_bmi(struct sequence *q)
{
    const struct bmi *b = &bmis[below(q, sizeof(bmis) / sizeof(bmis[0]))];
    struct vex v = { .pp = b->pp, .map = b->map, .w = (uint8_t)below(q, 2), .index = NONE };
    unsigned size = v.w ? 8 : 4, imm = b->map == 3;
    struct operand rm = chance(q, 80) ? pick_memory(q, size, 1, false) : in_register(pick_read(q));
    int reg = b->digit != 8 ? b->digit : b->reg_w ? pick_write(q) : pick_read(q);

    v.second = !b->second_used ? 0 : b->second_w ? pick_write(q) : pick_read(q);
    if (b->second_w && b->reg_w && q->s.r[RDX].kind == DEAD) /* mulx */
        return;
    put_vex(q, &v, b->opcode, reg, &rm, imm);
    put(q, below(q, 256), imm);
    note_flags(q, b->defines, b->undefines);
    if (b->reg_w)
        now_any(q, reg, size);
    if (b->second_w)
        now_any(q, v.second, size);
}

void step_special(struct sequence *q)
{
    static void (*const steps[])(struct sequence *) = {
        step_push_pop,       step_frame,     step_red_zone,  step_enter_leave,
        step_flags_register, step_set_flags, step_carry,     step_extend,
        step_compare_wide,   step_divide,    step_translate, step_where,
        step_bit_string,     step_bmi,       step_bmi,       step_bmi,
        step_flags_register,
    };

    if (chance(q, 1))
        step_system_call(q);
    else
        steps[below(q, sizeof(steps) / sizeof(steps[0]))](q);
}
