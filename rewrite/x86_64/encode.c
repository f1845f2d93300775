/*
 * rewrite/x86_64/encode.c - instruction encodings for the checks. No state; start-up only.
 */
#include "rewrite/x86_64/encode.h"

#include "base/mem.h"

#define LONGEST 16 /* bytes: no instruction has more */

void emit_bytes(struct emitter *e, const void *bytes, unsigned n)
{
    if (e->end - e->p < (long)n) {
        e->full = true;
        return;
    }
    for (unsigned i = 0; i < n;
         i++) /* a few bytes: shorter than a string instruction takes to start */
        e->p[i] = ((const uint8_t *)bytes)[i];
    e->p += n;
}

void emit_u8(struct emitter *e, uint8_t byte)
{
    emit_bytes(e, &byte, 1);
}

void emit_u32(struct emitter *e, uint32_t value)
{
    emit_bytes(e, &value, 4);
}

/* One instruction on its way: where its bytes go, so that there is one look at the emitter's room. */
struct bytes {
    uint8_t *at;
    unsigned n;
};

static inline struct bytes begin(const struct emitter *e, uint8_t *spare)
{
    return (struct bytes){ e->end - e->p < LONGEST ? spare : e->p, 0 };
}

static inline void put_u8(struct bytes *b, uint8_t byte)
{
    b->at[b->n++] = byte;
}

static inline void put_u32(struct bytes *b, uint32_t value)
{
    base_mem_copy(b->at + b->n, &value, 4);
    b->n += 4;
}

static inline void give(struct emitter *e, const struct bytes *b)
{
    if (b->at == e->p)
        e->p += b->n;
    else
        emit_bytes(e, b->at, b->n);
}

static inline void put_rex(struct bytes *b, bool wide, int reg, int index, int base)
{
    uint8_t rex = 0x40 | (wide ? 8 : 0) | (reg >= 8 ? 4 : 0) | (index >= 8 && index < 16 ? 2 : 0) |
                  (base >= 8 && base < 16 ? 1 : 0);

    if (rex != 0x40)
        put_u8(b, rex);
}

static uint8_t modrm(unsigned mod, int reg, unsigned rm)
{
    return (uint8_t)(mod << 6 | (reg & 7) << 3 | rm);
}

static uint8_t scale_bits(uint8_t scale)
{
    return scale == 8 ? 3 : scale == 4 ? 2 : scale == 2 ? 1 : 0;
}

static inline void put_sib(struct bytes *b, const struct insn_operand *m)
{
    unsigned index = m->index >= 0 ? m->index & 7 : 4, base = m->base >= 0 ? m->base & 7 : 5;

    put_u8(b, (uint8_t)(scale_bits(m->scale) << 6 | index << 3 | base));
}

/* ModRM, SIB and displacement of a register-based operand. */
static inline void put_based(struct bytes *b, int reg, const struct insn_operand *m)
{
    bool sib = m->index >= 0 || (m->base & 7) == INSN_RSP;
    unsigned rm = sib ? 4 : m->base & 7;
    unsigned mod = m->disp == 0 && (m->base & 7) != INSN_RBP ? 0
                   : m->disp >= -128 && m->disp <= 127       ? 1
                                                             : 2;

    put_u8(b, modrm(mod, reg, rm));
    if (sib)
        put_sib(b, m);
    if (mod == 1)
        put_u8(b, (uint8_t)m->disp);
    else if (mod == 2)
        put_u32(b, (uint32_t)m->disp);
}

/* escape: 0F, or 0 where the opcode has one byte. */
static void put_mem(struct emitter *e, uint8_t seg, bool wide, uint8_t escape, uint8_t opcode,
                    int reg, const struct insn_operand *m, uintptr_t rip_end)
{
    uint8_t spare[LONGEST];
    struct bytes b = begin(e, spare);

    if (seg)
        put_u8(&b, seg);
    put_rex(&b, wide, reg, m->index, m->base);
    if (escape)
        put_u8(&b, escape);
    put_u8(&b, opcode);
    if (m->base == INSN_RIP) {
        put_u8(&b, modrm(0, reg, 5));
        put_u32(&b, (uint32_t)(rip_end + m->disp - (emit_here(e) + b.n + 4)));
    } else if (m->base < 0) {
        put_u8(&b, modrm(0, reg, 4));
        put_sib(&b, m);
        put_u32(&b, (uint32_t)m->disp);
    } else {
        put_based(&b, reg, m);
    }
    give(e, &b);
}

void emit_mem(struct emitter *e, uint8_t seg, bool wide, uint8_t opcode, int reg,
              const struct insn_operand *m, uintptr_t rip_end)
{
    put_mem(e, seg, wide, 0, opcode, reg, m, rip_end);
}

void emit_prefetch(struct emitter *e, uint8_t seg, const struct insn_operand *m, uintptr_t rip_end)
{
    put_mem(e, seg, false, 0x0F, 0x18, 1, m, rip_end);
}

void emit_reg(struct emitter *e, bool wide, uint8_t opcode, int reg, int rm)
{
    uint8_t spare[LONGEST];
    struct bytes b = begin(e, spare);

    put_rex(&b, wide, reg, INSN_NONE, rm);
    put_u8(&b, opcode);
    put_u8(&b, modrm(3, reg, rm & 7));
    give(e, &b);
}

void emit_imm(struct emitter *e, bool wide, uint8_t group, int reg, int8_t imm)
{
    emit_reg(e, wide, 0x83, group, reg);
    emit_u8(e, (uint8_t)imm);
}

void emit_shift(struct emitter *e, int reg)
{
    emit_reg(e, false, 0xC1, 5, reg);
    emit_u8(e, 4);
}

void emit_fs(struct emitter *e, bool wide, uint8_t opcode, int reg, int32_t disp)
{
    struct insn_operand m = { .base = INSN_NONE, .index = INSN_NONE, .scale = 1, .disp = disp };

    emit_mem(e, EMIT_SEG_FS, wide, opcode, reg, &m, 0);
}

uint8_t *emit_branch(struct emitter *e, uint8_t opcode, uintptr_t target)
{
    uint8_t spare[LONGEST];
    struct bytes b = begin(e, spare);

    if (opcode < 0xE0)
        put_u8(&b, 0x0F);
    put_u8(&b, opcode);
    put_u32(&b, (uint32_t)(target - (emit_here(e) + b.n + 4)));
    give(e, &b);
    return e->p - 4;
}

bool emit_displace(uint8_t *disp, uintptr_t runs, uintptr_t target)
{
    int64_t rel = (int64_t)(target - (runs + 4));
    int32_t rel32 = (int32_t)rel;

    if (rel != rel32)
        return false;
    base_mem_copy(disp, &rel32, 4);
    return true;
}

bool emit_retarget(const struct emitter *e, uint8_t *disp, uintptr_t target)
{
    return emit_displace(disp, (uintptr_t)disp + (uintptr_t)e->runs, target);
}
