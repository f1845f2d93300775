/*
 * rewrite/x86_64/tables.c - where a unit's indirect jumps may lead.
 *
 * Compilers jump through tables of offsets (4 bytes, counted from the table) or of addresses (8 bytes), and come to know a
 * table by an instruction that names its address. So every place in data that the unit names is read as both kinds of
 * table for as long as its entries are places in text. What looks like a table and is none does no harm. A unit that jumps
 * and names a place in text that is no function's start computes its targets: assembler, or a table among the code.
 */
#include "rewrite/x86_64/unit.h"

static bool is_data(const struct module *m, uint64_t off, unsigned size)
{
    return off + size <= UINT32_MAX && !module_has_text(m, off) &&
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

bool unit_computes_jumps(const struct unit *u)
{
    uint32_t off;

    for (uint32_t i = 0; u->indirect_jump && i < u->n; i++) {
        const struct insn *in = &u->insns[i];
        const struct unit_info *to;

        if (in->access != INSN_NO_ACCESS || insn_is_branch(in) || insn_is_call(in) ||
            !named(u, in, &off) || !module_has_text(u->module, off))
            continue;
        to = module_unit(u->module, off);
        if (!to || to->lo != off)
            return true;
    }
    return false;
}
