/*
 * rewrite/x86_64/unit.h - the units (functions) of one module while it is being rewritten.
 */
#ifndef REWRITE_X86_64_UNIT_H
#define REWRITE_X86_64_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "rewrite/ehframe.h"
#include "rewrite/x86_64/insn.h"

struct unit {
    uint32_t first, n;  /* instructions [first, first + n) of the module's array */
    uint32_t sites;     /* operands to instrument, unsupported ones not among them */
    bool indirect_jump; /* may be entered anywhere through a jump table */
    bool takes_stack;   /* its stack slots may be known to others */
    bool frame;         /* rbp is a frame pointer throughout */
};

struct segment {
    uint32_t lo, hi; /* offsets from the load bias */
};

/* Memory of one module's rewriting; all arrays are temporary mappings. */
struct module_work {
    uintptr_t bias;
    struct segment text[4], writable[8];
    unsigned ntext, nwritable;
    struct segment relro, plt; /* read-only, or the loader's alone */
    struct ehframe_range *ranges;
    uint32_t nranges;
    struct insn *insns;
    uint32_t ninsns, max_insns;
    struct unit *units;
    uint32_t nunits;
    uint32_t nsites;
    struct rewrite_stats *stats;
};

/* Decodes all ranges into units and decides which accesses are instrumented. */
void unit_decode_all(struct module_work *w);

#endif
