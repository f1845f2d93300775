/*
 * rewrite/x86_64/prefetch.c - hints for the cells of what the program prefetches.
 *
 * A program that prefetches does so because its next accesses would miss every cache; the compare before these would miss them
 * as well, and wait where the program does not.
 *
 *   prefetcht0 OP        GS form    prefetcht0 %gs:OP
 *                        XOR form   lea OP,%r ; xor %fs:plane,%r ; prefetcht0 disp(%r)
 *
 * The XOR form changes flags and a register: it stands before the nearest instruction, going back in the block as long as OP's
 * registers stay what they are, where flags are dead, and best where some register is; else one is kept in spill 0. It is a
 * site, so that a signal waits for its end. Where flags are live all the way it is left out. What lies in one cache line
 * of the program has its cells in one line (plane.c), so one hint does.
 */
#include "rewrite/x86_64/prefetch.h"

#define REACH 16u /* instructions */

static uint32_t barred(const struct insn *hint)
{
    return check_operand_regs(&hint->mem) | 1u << INSN_RSP;
}

static bool has_dead_register(const struct insn *at, const struct insn *hint)
{
    return check_pick((at->live & INSN_ALL_REGS) | barred(hint)) >= 0;
}

/* How many instructions before insns[i] its hint is given. */
static uint32_t places_back(const struct insn *insns, uint32_t i)
{
    uint32_t operand = check_operand_regs(&insns[i].mem), best = 0;
    bool found = false;

    for (uint32_t back = 0; back < REACH && back <= i; back++) {
        const struct insn *at = &insns[i - back];

        if (back > 0 && (at->writes & operand || insn_is_call(at)))
            break;
        if (!at->plan.prefetch && !(at->live & INSN_FLAGS)) {
            best = found ? best : back;
            found = true;
            if (has_dead_register(at, &insns[i]))
                return back;
        }
        if (at->leader)
            break;
    }
    return best;
}

void prefetch_plan(struct insn *insns, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t back = insns[i].prefetches ? places_back(insns, i) : 0;

        if (insns[i].prefetches && !insns[i - back].plan.prefetch)
            insns[i - back].plan.prefetch = (uint8_t)(back + 1);
    }
}

static void emit_xor_form(const struct check_context *c, const struct insn *in,
                          const struct insn *hint)
{
    int r = check_pick((in->live & INSN_ALL_REGS) | barred(hint));
    bool spill = r < 0;
    struct insn_operand cell;

    if (in->live & INSN_FLAGS)
        return;
    if (spill) {
        r = check_pick_live(c, barred(hint));
        emit_fs(c->hot, true, EMIT_STORE, r, c->rt->fs_spill);
    }
    emit_mem(c->hot, EMIT_SEG_NONE, true, EMIT_LEA, r, &hint->mem, c->bias + hint->off + hint->len);
    cell = check_cell(c, c->hot, r);
    emit_prefetch(c->hot, EMIT_SEG_NONE, &cell, 0);
    if (spill)
        emit_fs(c->hot, true, EMIT_LOAD, r, c->rt->fs_spill);
}

void prefetch_emit(const struct check_context *c, const struct insn *in, const struct insn *hint,
                   struct rewrite_site *site)
{
    uintptr_t begin = emit_here(c->hot);

    site->copy = (int32_t)(begin - site->pc);
    site->cold = (int32_t)(emit_here(c->cold) - site->pc);
    site->look = 0;
    if (c->rt->checks && c->rt->gs_form)
        emit_prefetch(c->hot, EMIT_SEG_GS, &hint->mem, c->bias + hint->off + hint->len);
    else if (c->rt->checks)
        emit_xor_form(c, in, hint);
    site->check = (uint16_t)(emit_here(c->hot) - begin);
}
