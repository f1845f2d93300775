/*
 * tests/differential/encode.c - instruction bytes: prefixes, REX, VEX, EVEX, ModRM, SIB, displacement.
 *
 * Every form that the processor takes may come out, those that no assembler chooses among them: a SIB byte that is not
 * needed, long displacements of small numbers, prefixes without meaning. Immediates are put by the caller behind it.
 * Intel SDM volume 2, chapter 2.
 */
#include <string.h>

#include "generate.h"

uint64_t here(const struct sequence *q)
{
    return q->image->slot_address[q->slot] + q->length;
}

void put(struct sequence *q, uint64_t bytes, unsigned n)
{
    if (q->length + n > q->room) {
        q->full = true;
        return;
    }
    memcpy(&q->code[q->length], &bytes, n);
    q->length += n;
}

static void put_modrm(struct sequence *q, unsigned mod, int reg, int rm)
{
    put(q, mod << 6 | (unsigned)(reg & 7) << 3 | (unsigned)(rm & 7), 1);
}

static void put_sib(struct sequence *q, int scale, int index, int base)
{
    static const uint8_t log2[] = { 0, 0, 1, 0, 2, 0, 0, 0, 3 };

    put(q, (unsigned)log2[scale] << 6 | (unsigned)(index & 7) << 3 | (unsigned)(base & 7), 1);
}

/* Mode and displacement bytes of a base with displacement; disp8: what one byte counts in. */
static unsigned displacement_mode(const struct operand *m, int disp8)
{
    if (m->wide_disp || m->disp % disp8 || m->disp / disp8 < -128 || m->disp / disp8 > 127)
        return 2;
    return m->disp || (m->base & 7) == RBP ? 1 : 0;
}

static void put_displacement(struct sequence *q, const struct operand *m, unsigned mode, int disp8)
{
    if (mode == 1)
        put(q, (uint8_t)(m->disp / disp8), 1);
    else if (mode == 2)
        put(q, (uint32_t)m->disp, 4);
}

static void put_memory(struct sequence *q, int reg, const struct operand *m, int vector_index,
                       int disp8, unsigned imm_bytes)
{
    int index = vector_index != NONE ? vector_index : m->index;
    unsigned mode;

    if (m->rip) {
        put_modrm(q, 0, reg, 5);
        put(q, (uint32_t)(m->target + (uint64_t)(int64_t)m->disp - (here(q) + 4 + imm_bytes)), 4);
        return;
    }
    if (m->base == NONE) {
        put_modrm(q, 0, reg, 4);
        put_sib(q, m->scale, index == NONE ? 4 : index, 5);
        put(q, (uint32_t)m->disp, 4);
        return;
    }
    mode = displacement_mode(m, disp8);
    if (index == NONE && (m->base & 7) != RSP && m->scale != 8) {
        put_modrm(q, mode, reg, m->base);
    } else { /* without an index a scale means nothing, and is put all the same */
        put_modrm(q, mode, reg, 4);
        put_sib(q, m->scale, index == NONE ? 4 : index, m->base);
    }
    put_displacement(q, m, mode, disp8);
}

static void put_operand(struct sequence *q, int reg, const struct operand *rm, int vector_index,
                        int disp8, unsigned imm_bytes)
{
    if (rm->memory)
        put_memory(q, reg, rm, vector_index, disp8, imm_bytes);
    else
        put_modrm(q, 3, reg, rm->reg);
}

static void put_address_prefixes(struct sequence *q, const struct operand *rm)
{
    if (rm->memory && rm->fs)
        put(q, 0x64, 1);
    if (rm->memory && rm->narrow)
        put(q, 0x67, 1);
}

/* X and B: bits 3 of index and base, or of the register. */
static unsigned x_and_b(const struct operand *rm)
{
    if (!rm->memory)
        return rm->reg >> 3 & 1;
    return (rm->index != NONE && rm->index & 8 ? 2u : 0) |
           (!rm->rip && rm->base != NONE && rm->base & 8 ? 1u : 0);
}

static const uint16_t escape_bytes[] = { 0, 0x0F, 0x380F, 0x3A0F };
static const uint8_t escape_length[] = { 0, 1, 2, 2 };

void put_legacy(struct sequence *q, uint32_t prefixes, unsigned map, uint8_t opcode, int reg,
                const struct operand *rm, unsigned imm_bytes)
{
    unsigned rex = (prefixes & PREFIX_W ? 8u : 0) | (reg & 8 ? 4u : 0) | x_and_b(rm);

    put_address_prefixes(q, rm);
    if (prefixes & PREFIX_LOCK)
        put(q, 0xF0, 1);
    if (prefixes & PREFIX_66)
        put(q, 0x66, 1);
    if (prefixes & PREFIX_F3)
        put(q, 0xF3, 1);
    if (prefixes & PREFIX_F2)
        put(q, 0xF2, 1);
    if (rex || prefixes & PREFIX_REX)
        put(q, 0x40 | rex, 1);
    put(q, escape_bytes[map], escape_length[map]);
    put(q, opcode, 1);
    put_operand(q, reg, rm, NONE, 1, imm_bytes);
}

void put_vex(struct sequence *q, const struct vex *v, uint8_t opcode, int reg,
             const struct operand *rm, unsigned imm_bytes)
{
    unsigned xb = x_and_b(rm) | (v->index != NONE && v->index & 8 ? 2u : 0);
    unsigned rest = (unsigned)(~v->second & 15) << 3 | (unsigned)v->length << 2 | v->pp;

    put_address_prefixes(q, rm);
    if (xb == 0 && v->map == 1 && !v->w && chance(q, 80)) {
        put(q, 0xC5, 1);
        put(q, (reg & 8 ? 0 : 0x80u) | rest, 1);
    } else {
        put(q, 0xC4, 1);
        put(q, (reg & 8 ? 0 : 0x80u) | (xb & 2 ? 0 : 0x40u) | (xb & 1 ? 0 : 0x20u) | v->map, 1);
        put(q, (v->w ? 0x80u : 0) | rest, 1);
    }
    put(q, opcode, 1);
    put_operand(q, reg, rm, v->index, 1, imm_bytes);
}

void put_evex(struct sequence *q, const struct vex *v, uint8_t opcode, int reg,
              const struct operand *rm, unsigned imm_bytes)
{
    unsigned xb = x_and_b(rm), high = v->index != NONE ? v->index & 16 : 0;
    int disp8 = v->disp8 ? v->disp8 : 1;

    if (v->index != NONE && v->index & 8)
        xb |= 2;
    if (!rm->memory && rm->reg & 16)
        xb |= 2;
    put_address_prefixes(q, rm);
    put(q, 0x62, 1);
    put(q,
        (reg & 8 ? 0 : 0x80u) | (xb & 2 ? 0 : 0x40u) | (xb & 1 ? 0 : 0x20u) |
            (reg & 16 ? 0 : 0x10u) | v->map,
        1);
    put(q, (v->w ? 0x80u : 0) | (unsigned)(~v->second & 15) << 3 | 4 | v->pp, 1);
    put(q,
        (v->zeroing ? 0x80u : 0) | (unsigned)v->length << 5 | (v->broadcast ? 0x10u : 0) |
            ((v->second & 16) || high ? 0 : 8u) | v->mask,
        1);
    put(q, opcode, 1);
    put_operand(q, reg, rm, v->index, rm->memory ? disp8 : 1, imm_bytes);
}
