/*
 * rewrite/x86_64/look.c - the second look at cells, out of line, where the inlined compare has failed.
 *
 * The inlined compare only knows aligned accesses whose granules are recorded whole. Misaligned ones (unaligned copies and
 * match finders) and parts of a granule (two small fields side by side) would otherwise call the cold path each time.
 *
 *   1, 2, 4      lea OP,%r ; mov %r,%q ; and $3,%q ; and $-4,%r        q = place in the granule
 *                mov %gs:(%r),%r                                       its cell and the next
 *                xor %fs:cur,%r ; and %fs:need(,%q,8),%r ; je hit      exact: the bits of just these bytes
 *
 *   8, 16, 32    lea OP,%r ; and $-4,%r                                whole granules, and one more for a misaligned end
 *                mov %gs:(%r),%q ; xor %fs:cur,%q ; [and %fs:read_mask,%q] ; jne miss      for each 8 bytes
 *                mov %gs:SIZE(%r),%q ; xor %fs:cur,%q ; [shr $4,%q] ; je hit
 *
 * Two bytes lie misaligned as often as not in compressors' windows, which no branch predictor can learn: they are
 * looked at so at once where a second register is dead.
 *
 * r is the check's scratch register, q another; q is kept in spill 2 where it is live. Flags are dead, or in rax.
 */
#include "rewrite/x86_64/look.h"

#define LONGEST 32 /* bytes; longer accesses are rare and checked by the cold path */

struct look {
    struct check_context *c;
    const struct insn *in;
    struct emitter *e;
    int r, q;
    bool spill; /* q is live */
    bool write;
};

static void load_cell(const struct look *l, bool wide, int to, const struct insn_operand *cell,
                      int32_t disp)
{
    struct insn_operand m = *cell;

    m.disp += disp;
    emit_mem(l->e, l->c->rt->gs_form ? EMIT_SEG_GS : EMIT_SEG_NONE, wide, EMIT_LOAD, to, &m, 0);
    emit_fs(l->e, wide, EMIT_XOR, to, l->write ? l->c->rt->fs_cur_write : l->c->rt->fs_cur_read);
}

static void restore(const struct look *l)
{
    if (l->spill)
        emit_fs(l->e, true, EMIT_LOAD, l->q, l->c->rt->fs_spill + 16);
}

static void leave(const struct look *l, uintptr_t hit)
{
    restore(l); /* leaves the flags */
    emit_branch(l->e, EMIT_JE, hit);
}

static struct insn_operand granule(const struct look *l, bool place)
{
    check_lea(l->e, l->r, &l->in->mem, l->c->bias + l->in->off + l->in->len);
    if (place) {
        emit_reg(l->e, false, EMIT_LOAD, l->q, l->r);
        emit_imm(l->e, false, EMIT_AND_IMM, l->q, 3);
    }
    emit_imm(l->e, true, EMIT_AND_IMM, l->r, -4);
    return check_cell(l->c, l->e, l->r);
}

/* Zero, and the flags say so, where all bytes of an access of up to 4 are recorded. */
static void compare_small(const struct look *l)
{
    struct insn_operand cell = granule(l, true);
    unsigned row = (l->in->size == 4 ? 4 : l->in->size == 2 ? 2 : 0) + l->write;
    struct insn_operand need = { .base = INSN_NONE,
                                 .index = (int8_t)l->q,
                                 .scale = 8,
                                 .disp = l->c->rt->fs_need + 32 * (int32_t)row };

    load_cell(l, true, l->r, &cell, 0);
    emit_mem(l->e, EMIT_SEG_FS, true, EMIT_AND, l->r, &need, 0);
}

static void lead(const struct look *l, uint8_t *const *holes, unsigned n)
{
    for (unsigned i = 0; i < n && !l->e->full; i++)
        emit_retarget(l->e, holes[i], emit_here(l->e));
}

static void look_large(const struct look *l, uintptr_t hit)
{
    struct insn_operand cell = granule(l, false);
    uint8_t *holes[LONGEST / 8];
    unsigned n = 0;

    for (int32_t at = 0; at < l->in->size; at += 8) {
        load_cell(l, true, l->q, &cell, at);
        if (!l->write)
            emit_fs(l->e, true, EMIT_AND, l->q, l->c->rt->fs_read_mask);
        holes[n++] = emit_branch(l->e, EMIT_JNE, hit);
    }
    load_cell(l, false, l->q, &cell, l->in->size);
    if (!l->write)
        emit_shift(l->e, l->q);
    if (l->spill)
        lead(l, holes, n); /* q comes back first: not equal still */
    leave(l, hit);
    if (!l->spill)
        lead(l, holes, n);
}

static struct look new_look(struct check_context *c, const struct insn *in,
                            const struct check_plan *p, struct emitter *e)
{
    uint32_t barred = check_operand_regs(&in->mem) | 1u << INSN_RSP | 1u << p->r |
                      (p->flags ? 1u << INSN_RAX : 0);
    struct look l = { .c = c, .in = in, .e = e, .r = p->r, .write = in->flags & REWRITE_WRITE };

    l.q = check_pick((in->live & INSN_ALL_REGS) | barred);
    if (l.q < 0) {
        l.spill = true;
        l.q = check_pick(barred);
    }
    return l;
}

uint8_t *look_emit_inline(struct check_context *c, const struct insn *in,
                          const struct check_plan *p)
{
    struct look l = new_look(c, in, p, c->hot);

    if (in->size != 2 || l.spill || p->flags || !(c->rt->passes & REWRITE_PASS_LOOK))
        return NULL;
    compare_small(&l);
    return emit_branch(l.e, EMIT_JNE, emit_here(l.e));
}

void look_emit(struct check_context *c, const struct insn *in, const struct check_plan *p,
               uintptr_t hit)
{
    struct look l = new_look(c, in, p, c->cold);

    if (in->size > LONGEST || !(c->rt->passes & REWRITE_PASS_LOOK))
        return;
    if (l.spill)
        emit_fs(l.e, true, EMIT_STORE, l.q, c->rt->fs_spill + 16);
    if (in->size < 8) {
        compare_small(&l);
        leave(&l, hit);
    } else {
        look_large(&l, hit);
    }
}
