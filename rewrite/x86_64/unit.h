/*
 * rewrite/x86_64/unit.h - one unit (function) while it is being rewritten.
 */
#ifndef REWRITE_X86_64_UNIT_H
#define REWRITE_X86_64_UNIT_H

#include "rewrite/module.h"
#include "rewrite/x86_64/insn.h"

struct unit {
    struct module *module;
    struct unit_info *info;
    uint32_t lo, hi, next; /* offsets from the load bias; next: of the unit behind it */
    const uint8_t *code;   /* as loaded: the byte at off is code[off - lo] */
    struct insn *insns;
    uint32_t n, max;  /* instructions, and room for them */
    uint32_t *places; /* where its tables lead; some more than once */
    uint32_t nplaces, max_places;
    bool overflows;     /* there were more */
    uint32_t sites;     /* operands to instrument, unsupported ones not among them */
    uint32_t passes;    /* enum rewrite_pass */
    bool indirect_jump; /* jumps to where its tables say, or somewhere */
    bool
        anywhere; /* may be entered at any place through such a jump: what it goes by is not known */
    bool takes_stack;   /* its stack slots may be known to others */
    bool frame;         /* rbp is a frame pointer throughout */
    struct loop *loops; /* those that are checked ahead */
    uint32_t nloops;
};

/* Decodes the unit and decides which accesses are instrumented; false: it stays as it is. */
bool unit_decode(struct unit *u);
/* int3 is among its instructions: a debugger's breakpoint, maybe. */
bool unit_has_breakpoint(const struct unit *u);
/* Lists every place in the module's text that a table which the unit refers to may name; false: they are too many. */
bool unit_read_tables(struct unit *u);
/* How many entries the table has that the jump i goes by; 0: not known. Wants leaders marked but for what is a door. */
uint32_t unit_table_entries(const struct unit *u, uint32_t i);
/* True if its indirect jumps may go by something else than tables. */
bool unit_computes_jumps(const struct unit *u);
static inline const uint8_t *unit_code(const struct unit *u, const struct insn *in)
{
    return u->code + (in->off - u->lo);
}
/* The target of a direct branch or call lies in the unit. */
static inline bool unit_has(const struct unit *u, uint32_t off)
{
    return off >= u->lo && off < u->hi;
}
#endif
