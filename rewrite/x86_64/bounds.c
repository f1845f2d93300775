/*
 * rewrite/x86_64/bounds.c - how long a table of jumps is, where the code says so.
 *
 *      cmp $most,%r ; ja elsewhere ; [mov %r,%s or movzx] ; jmp *table(,%s,8)
 *
 * Where nothing leads in between, s is at most `most` at the jump. Everything else is a table of unknown length.
 */
#include "base/mem.h"
#include "rewrite/x86_64/unit.h"

#define NEAR 16 /* instructions looked at */

struct opcode {
    const uint8_t *at; /* the opcode, behind REX */
    uint8_t rex;
};

static struct opcode opcode_of(const struct unit *u, uint32_t i)
{
    const uint8_t *at = unit_code(u, &u->insns[i]);
    uint8_t rex = (at[0] & 0xF0) == 0x40 ? at[0] : 0;

    return (struct opcode){ at + (rex != 0), rex };
}

/* Of a ModRM byte that names two registers. */
static bool is_register(uint8_t modrm, uint8_t rex, int reg)
{
    return modrm >> 6 == 3 && ((modrm & 7) | (rex & 1) << 3) == reg;
}

static bool is_above(const struct unit *u, uint32_t i)
{
    const uint8_t *at = unit_code(u, &u->insns[i]);

    return u->insns[i].cls == INSN_JCC && (at[0] == 0x77 || (at[0] == 0x0F && at[1] == 0x87));
}

/* The register whose value an instruction gives to `reg`: itself where it leaves that alone, INSN_NONE where it computes. */
static int source_of(const struct unit *u, uint32_t i, int reg)
{
    struct opcode o = opcode_of(u, i);
    bool bytes = o.at[0] == 0x0F && o.at[1] == 0xB6,
         zero_extends = bytes || (o.at[0] == 0x0F && o.at[1] == 0xB7);
    uint8_t modrm = o.at[zero_extends ? 2 : 1];
    int rm = (modrm & 7) | (o.rex & 1) << 3, other = (modrm >> 3 & 7) | (o.rex & 4) << 1;

    if (!(u->insns[i].writes & 1u << reg))
        return reg;
    if (modrm >> 6 != 3 || (bytes && rm >= 4 && !o.rex))
        return INSN_NONE;
    if (o.at[0] == 0x89)
        return rm == reg ? other : INSN_NONE;
    return (zero_extends || o.at[0] == 0x8B) && other == reg ? rm : INSN_NONE;
}

/* Entries that `cmp $most,%reg` leaves; 0: it is none. */
static uint32_t entries_below(const struct unit *u, uint32_t i, int reg)
{
    struct opcode o = opcode_of(u, i);
    bool group = (o.at[0] == 0x80 || o.at[0] == 0x81 || o.at[0] == 0x83) &&
                 (o.at[1] >> 3 & 7) == 7 && is_register(o.at[1], o.rex, reg);
    uint32_t most;

    if ((group && o.at[0] == 0x80 && (reg < 4 || o.rex)) || (o.at[0] == 0x3C && reg == INSN_RAX))
        return 1u + o.at[group ? 2 : 1];
    if (group && o.at[0] == 0x83)
        return o.at[2] < 0x80 ? 1u + o.at[2] : 0;
    if (!(group && o.at[0] == 0x81) && !(o.at[0] == 0x3D && reg == INSN_RAX))
        return 0;
    base_mem_copy(&most, o.at + (group ? 2 : 1), 4);
    return most < INT32_MAX ? most + 1 : 0;
}

uint32_t unit_table_entries(const struct unit *u, uint32_t i)
{
    const struct insn *in = &u->insns[i];
    int reg = in->mem.index;

    if (in->cls != INSN_JMP_IND || in->mem.base != INSN_NONE || reg < 0 || in->mem.scale != 8)
        return 0;
    for (uint32_t k = i; k-- > 1 && i - k < NEAR && reg >= 0 && !u->insns[k + 1].leader;) {
        if (is_above(u, k))
            return u->insns[k].leader ? 0 : entries_below(u, k - 1, reg);
        if (u->insns[k].cls != INSN_PLAIN)
            return 0;
        reg = source_of(u, k, reg);
    }
    return 0;
}
