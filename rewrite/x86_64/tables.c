/*
 * rewrite/x86_64/tables.c - where a unit's indirect jumps may lead.
 *
 * Compilers jump through tables of offsets (4 bytes, counted from the table) or of addresses (8 bytes), and come to know a
 * table by an instruction that names its address. So every place in data that the unit names is read as both kinds of
 * table for as long as its entries are places in text. What looks like a table and is none does no harm. Data may lie in a
 * segment that is executable too, between functions. A unit that jumps and names a place inside a function computes its
 * targets: assembler, or a table among the code; so does one whose table has no entry that could be one.
 */
#include "rewrite/x86_64/unit.h"

static bool is_data(const struct module *m, uint64_t off, unsigned size)
{
    return off + size <= UINT32_MAX &&
           (!module_has_text(m, off) || !module_unit(m, (uint32_t)off)) &&
           segment_has(m->readable, m->nreadable, off) &&
           segment_has(m->readable, m->nreadable, off + size - 1);
}

static void read_offsets(const struct unit *u, uint32_t table, void (*each)(void *, uint32_t),
                         void *arg)
{
    const struct module *m = u->module;

    for (uint32_t at = table; is_data(m, at, 4); at += 4) {
        int64_t off = (int64_t)table + *(const int32_t *)(m->bias + at);

        if (off < 0 || !module_has_text(m, (uint64_t)off))
            return;
        each(arg, (uint32_t)off);
    }
}

static void read_addresses(const struct unit *u, uint32_t table, void (*each)(void *, uint32_t),
                           void *arg)
{
    const struct module *m = u->module;

    for (uint32_t at = table; is_data(m, at, 8); at += 8) {
        uint64_t off = *(const uint64_t *)(m->bias + at) - m->bias;

        if (!module_has_text(m, off))
            return;
        each(arg, (uint32_t)off);
    }
}

/* The address that an instruction names, as an offset: by itself, or as the displacement of an index. */
static bool named(const struct unit *u, const struct insn *in, uint32_t *off)
{
    if (in->disp_off) {
        *off = insn_rip_target(in, unit_code(u, in));
        return true;
    }
    *off = (uint32_t)in->mem.disp - (uint32_t)u->module->bias;
    return in->mem.base == INSN_NONE && in->mem.index >= 0;
}

void unit_tables(const struct unit *u, void (*each)(void *arg, uint32_t off), void *arg)
{
    uint32_t off;

    if (!u->indirect_jump)
        return;
    for (uint32_t i = 0; i < u->n; i++)
        if (named(u, &u->insns[i], &off)) {
            read_offsets(u, off, each, arg);
            read_addresses(u, off, each, arg);
        }
}

/* A place inside a unit, not at its start. */
static bool inside_code(const struct module *m, uint32_t off)
{
    const struct unit_info *u = module_has_text(m, off) ? module_unit(m, off) : NULL;

    return u && u->lo != off;
}

static bool jumps_by(const struct unit *u, const struct insn *in, uint32_t table)
{
    const struct module *m = u->module;

    return in->cls != INSN_JMP_IND || in->mem.index < 0 ||
           (is_data(m, table, 8) &&
            module_has_text(m, *(const uint64_t *)(m->bias + table) - m->bias));
}

struct count {
    const struct unit *u;
    uint32_t n;
};

static void count_own(void *arg, uint32_t off)
{
    struct count *c = arg;

    c->n += off > c->u->lo && off < c->u->hi;
}

/* By a register, and no table leads into the unit: a call in last place, most likely, but nothing says so. */
static bool jumps_blindly(const struct unit *u)
{
    struct count c = { u, 0 };
    bool by_register = false;

    for (uint32_t i = 0; i < u->n; i++)
        by_register |= u->insns[i].cls == INSN_JMP_IND && u->insns[i].access == INSN_NO_ACCESS;
    if (by_register)
        unit_tables(u, count_own, &c);
    return by_register && c.n == 0;
}

bool unit_computes_jumps(const struct unit *u)
{
    uint32_t off;

    if (!u->indirect_jump)
        return false;
    if (jumps_blindly(u))
        return true;
    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];

        if (insn_is_branch(in) || insn_is_call(in) || !named(u, in, &off))
            continue;
        if (inside_code(u->module, off) || !jumps_by(u, in, off))
            return true;
    }
    return false;
}
