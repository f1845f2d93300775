/*
 * rewrite/x86_64/tables.c - where a unit's indirect jumps may lead.
 *
 * Compilers jump through tables of offsets (4 bytes, counted from the table) or of addresses (8 bytes), and come to know a
 * table by an instruction that names its address. So every place in data that the unit names is read as both kinds of
 * table for as long as its entries are places in text. What looks like a table and is none does no harm. Data may lie in a
 * segment that is executable too, between functions. A unit that jumps and names a place inside a function computes its
 * targets: assembler, or a table among the code; so does one whose table has no entry that could be one.
 *
 * Behind a table of offsets lies the next one, whose entries count from another place: read as entries of the first they
 * are places all over the text, and whole functions would be rewritten for them at once. Every entry that is one leads to
 * the first byte of an instruction, so a table ends at the first that does not. Behind a table of addresses others say
 * nothing wrong, but they are long: each is read once, and where the code tells its length (bounds.c) no further.
 *
 * The tables are read once; what they name is kept in the unit's list.
 */
#include "rewrite/x86_64/unit.h"

#include "base/mem.h"
#include "rewrite/copies.h"
#include "rewrite/x86_64/liveness.h"

#define HEAD                                                                                       \
    32 /* bytes of a unit that hold all instructions of which a jump at its entry took some */

static bool is_data(const struct module *m, uint64_t off, unsigned size)
{
    return off + size <= UINT32_MAX &&
           (!module_has_text(m, off) || !module_unit(m, (uint32_t)off)) &&
           segment_has(m->readable, m->nreadable, off) &&
           segment_has(m->readable, m->nreadable, off + size - 1);
}

/* Steps through a unit that has no copy, as it was loaded. True where it cannot be told. */
static bool steps_on(const struct module *m, const struct unit_info *to, uint32_t off)
{
    const uint8_t *text = (const uint8_t *)(m->bias + to->lo);
    uint32_t size = to->hi - to->lo, head = size < HEAD ? size : HEAD, at = 0;
    uint8_t bytes[HEAD];
    struct insn in;

    base_mem_copy(bytes, text, head);
    base_mem_copy(bytes, to->saved, to->taken < head ? to->taken : head);
    while (at < off - to->lo) {
        if (at < UNIT_ENTRY ? !insn_peek(bytes + at, head - at, &in)
                            : !insn_peek(text + at, size - at, &in))
            return true;
        at += in.len;
    }
    return at == off - to->lo;
}

static bool begins_insn(const struct unit *u, uint32_t off)
{
    const struct unit_info *to;

    if (unit_has(u, off))
        return insn_find(u->insns, u->n, off) < u->n;
    to = module_unit(u->module, off);
    if (!to || to->lo == off)
        return true;
    return to->state == UNIT_DONE ? copies_address(to->copy, off) != 0
                                  : steps_on(u->module, to, off);
}

static void take(struct unit *u, uint32_t off)
{
    if (u->nplaces && u->places[u->nplaces - 1] == off)
        return;
    if (u->nplaces == u->max_places)
        u->overflows = true;
    else
        u->places[u->nplaces++] = off;
}

static void read_offsets(struct unit *u, uint32_t table)
{
    const struct module *m = u->module;

    for (uint32_t at = table; is_data(m, at, 4) && !u->overflows; at += 4) {
        int64_t off = (int64_t)table + *(const int32_t *)(m->bias + at);

        if (off < 0 || !module_has_text(m, (uint64_t)off) || !begins_insn(u, (uint32_t)off))
            return;
        take(u, (uint32_t)off);
    }
}

/* Stretches of addresses that were read, the latest. */
struct stretches {
    struct segment read[16];
    unsigned n;
};

static bool was_read(const struct stretches *s, uint32_t at)
{
    for (unsigned i = 0; i < 16; i++)
        if (at >= s->read[i].lo && at < s->read[i].hi && (at - s->read[i].lo) % 8 == 0)
            return true;
    return false;
}

/* At most so many entries; 0: as many as there are. */
static void read_addresses(struct unit *u, uint32_t table, uint32_t most, struct stretches *s)
{
    const struct module *m = u->module;
    uint32_t at = table, end = most && most < (UINT32_MAX - table) / 8 ? table + 8 * most : 0;

    for (; is_data(m, at, 8) && at != end && !was_read(s, at) && !u->overflows; at += 8) {
        uint64_t off = *(const uint64_t *)(m->bias + at) - m->bias;

        if (!module_has_text(m, off))
            break;
        take(u, (uint32_t)off);
    }
    if (at != table)
        s->read[s->n++ % 16] = (struct segment){ table, at };
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

bool unit_read_tables(struct unit *u)
{
    struct stretches s = { 0 };
    uint32_t off;

    for (uint32_t i = 0; i < u->n && u->indirect_jump; i++)
        if (named(u, &u->insns[i], &off)) {
            uint32_t most = unit_table_entries(u, i);

            if (!most)
                read_offsets(u, off);
            read_addresses(u, off, most, &s);
        }
    return !u->overflows;
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

static bool table_leads_in(const struct unit *u)
{
    for (uint32_t i = 0; i < u->nplaces; i++)
        if (u->places[i] > u->lo && u->places[i] < u->hi)
            return true;
    return false;
}

/* By a register, and no table leads into the unit: a call in last place, most likely, but nothing says so. */
static bool jumps_blindly(const struct unit *u)
{
    bool by_register = false;

    for (uint32_t i = 0; i < u->n; i++)
        by_register |= u->insns[i].cls == INSN_JMP_IND && u->insns[i].access == INSN_NO_ACCESS;
    return by_register && !table_leads_in(u);
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
