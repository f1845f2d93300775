/*
 * rewrite/x86_64/loop_emit.c - the heads of a loop's two copies, and the stub that asks (see loop.c).
 *
 *      from outside:   mov %r,%fs:strip ; addq $FIRST*step,%fs:strip      a few iterations go by before it asks
 *      head:           cmp %fs:strip,%r ; jae stub                         r: the register that strips are counted by
 *
 *      stub:   lea -128(%rsp),%rsp ; push %rdi
 *              lea OP,%rdi ; push %rdi              for each operand, the last one first
 *              push %r ; push counter ; push bound ; push $number ; call thunk
 *              lea ...,%rsp ; pop %rdi ; lea 128(%rsp),%rsp
 *              jc fast ; jmp slow
 *
 * The thunk leaves every register as it was; the flags are dead, but for the carry that it answers with.
 */
#include "rewrite/x86_64/loop.h"

#include "base/arena.h"

#define FIRST 24   /* iterations before the first question */
#define PUSHED 136 /* red zone and rdi */
#define STRIPS 65536u

/* Written under the rewriter's lock; an entry is there before the code that names it. */
static const struct rewrite_strip *strips[STRIPS];
static uint32_t nstrips;

const struct rewrite_strip *rewrite_strip(uint32_t number)
{
    return strips[number];
}

static int32_t strip_slot(const struct check_context *c)
{
    return c->rt->fs_spill + 24;
}

/* addq $value,%fs:disp */
static void emit_fs_add(struct emitter *e, int32_t disp, int32_t value)
{
    emit_bytes(e, "\x64\x48\x81\x04\x25", 5);
    emit_u32(e, (uint32_t)disp);
    emit_u32(e, (uint32_t)value);
}

static void push_reg(struct emitter *e, int reg)
{
    if (reg >= 8)
        emit_u8(e, 0x41);
    emit_u8(e, (uint8_t)(0x50 | (reg & 7)));
}

/* rdi as the program has it, which lies `pushed` bytes above the stack pointer. */
static void reload_rdi(struct emitter *e, int32_t pushed)
{
    const struct insn_operand m = {
        .base = INSN_RSP, .index = INSN_NONE, .scale = 1, .disp = pushed
    };

    emit_mem(e, EMIT_SEG_NONE, true, EMIT_LOAD, INSN_RDI, &m, 0);
}

static void push_operand(const struct check_context *c, const struct unit *u,
                         const struct loop_access *a, int32_t pushed)
{
    const struct insn *in = &u->insns[a->insn];
    struct insn_operand m = in->mem;

    m.disp += a->disp;
    if (check_operand_regs(&m) & 1u << INSN_RDI)
        reload_rdi(c->cold, pushed - PUSHED);
    if (m.base == INSN_RSP)
        m.disp += pushed;
    emit_mem(c->cold, EMIT_SEG_NONE, true, EMIT_LEA, INSN_RDI, &m, c->bias + in->off + in->len);
    push_reg(c->cold, INSN_RDI);
}

/* A register's value, or the constant where there is none. */
static void push_value(const struct check_context *c, int reg, int32_t constant, int32_t pushed)
{
    if (reg < 0) {
        emit_u8(c->cold, 0x68);
        emit_u32(c->cold, (uint32_t)constant);
        return;
    }
    if (reg == INSN_RDI)
        reload_rdi(c->cold, pushed - PUSHED);
    push_reg(c->cold, reg);
}

static void emit_stub(const struct check_context *c, const struct unit *u, struct loop *l,
                      uintptr_t thunk, uintptr_t slow)
{
    struct emitter *e = c->cold;
    uint32_t n = l->runtime.n;
    int32_t pushed = PUSHED;

    l->ask = emit_here(e);
    emit_bytes(e, "\x48\x8d\x64\x24\x80\x57", 6); /* lea -128(%rsp),%rsp ; push %rdi */
    for (uint32_t i = n; i-- > 0; pushed += 8)
        push_operand(c, u, &l->accesses[i], pushed);
    push_value(c, l->control, 0, pushed);
    push_value(c, l->counter, 0, pushed + 8);
    push_value(c, l->bound, l->limit, pushed + 16);
    emit_u8(e, 0x68); /* push $number */
    emit_u32(e, nstrips);
    emit_branch(e, 0xE8, thunk);
    emit_bytes(e, "\x48\x8d\x64\x24", 4); /* lea ...(%rsp),%rsp */
    emit_u8(e, (uint8_t)(8 * (n + 4)));
    emit_bytes(e, "\x5f\x48\x8d\xa4\x24\x80\x00\x00\x00", 9); /* pop %rdi ; lea 128(%rsp),%rsp */
    l->to_fast = emit_branch(e, EMIT_JC, emit_here(e));
    emit_branch(e, 0xE9, slow);
}

static void emit_question(const struct check_context *c, const struct loop *l, uintptr_t ask)
{
    emit_fs(c->hot, true, EMIT_CMP_LOAD, l->control, strip_slot(c));
    emit_branch(c->hot, EMIT_JAE, ask);
}

/* For the other side: NULL where there is no memory, or no number. */
static struct rewrite_strip *new_strip(void)
{
    struct rewrite_strip *s = nstrips < STRIPS ? base_arena_alloc(sizeof(*s)) : NULL;

    if (s)
        strips[nstrips] = s;
    return s;
}

void loop_emit_head(const struct check_context *c, const struct unit *u, struct loop *l,
                    struct rewrite_site *site, uintptr_t thunk)
{
    uintptr_t begin = emit_here(c->hot);

    site->copy = (int32_t)(begin - site->pc);
    site->cold = (int32_t)(emit_here(c->cold) - site->pc);
    l->strip = c->rt->checks ? new_strip() : NULL;
    if (l->strip) {
        emit_fs(c->hot, true, EMIT_STORE, l->control, strip_slot(c));
        emit_fs_add(c->hot, strip_slot(c), FIRST * (int32_t)l->runtime.step);
    }
    l->slow_head = emit_here(c->hot);
    if (l->strip) {
        emit_question(c, l, emit_here(c->cold));
        emit_stub(c, u, l, thunk, emit_here(c->hot));
        nstrips++;
    }
    site->check = (uint16_t)(emit_here(c->hot) - begin);
}

uintptr_t loop_emit_fast_head(const struct check_context *c, const struct loop *l)
{
    uintptr_t head = emit_here(c->hot);

    emit_question(c, l, l->ask);
    emit_retarget(c->cold, l->to_fast, emit_here(c->hot));
    return head;
}
