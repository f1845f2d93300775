/*
 * rewrite/module.h - one module from load to unload: its units, which of them have been rewritten, and where.
 *
 * Written under the rewriter's lock. Signal handlers and the cold path read, without it, only what is published: a copy
 * in its area's index, a module's place in the list.
 */
#ifndef REWRITE_MODULE_H
#define REWRITE_MODULE_H

#include "rewrite/code.h"
#include "rewrite/ehframe.h"
#include "rewrite/rewrite.h"

struct segment {
    uint32_t lo, hi; /* offsets from the load bias */
};

/* One instruction of a unit and what became of it: bytes of the original, bytes of the copy (check and instruction). Where
 * these are over 255, steps of (0, 255) come first. */
struct copy_step {
    uint8_t original, copy;
};

/* The copy of one unit. Does not change once published. */
struct unit_copy {
    const struct module *module;
    uint32_t lo;                            /* of the unit, from the load bias */
    uint32_t first_site, nsites;            /* site numbers; ascending in copy and in cold */
    uintptr_t hot, hot_end, cold, cold_end; /* addresses */
    const struct unit_copy
        *twin; /* of the instructions that are there twice, the one with all checks; or NULL */
    uint32_t nsteps;
    struct copy_step steps[];
};

enum unit_state {
    UNIT_NEW,   /* as loaded, but for a jump at its entry if `stub` is set */
    UNIT_DONE,  /* has a copy */
    UNIT_PLAIN, /* stays as it is: linkage code, or it does not decode */
};

#define UNIT_ENTRY 5 /* bytes of a unit's entry that a jump may take */

struct unit_info {
    uint32_t lo, hi;
    uint32_t
        partner; /* 1 + index of a unit that this one's exceptions are handled in; 0: none but itself */
    const struct unit_copy *copy;
    uintptr_t stub; /* where its entry leads while it has no copy; 0: its entry is as loaded */
    uint8_t state;  /* enum unit_state */
    uint8_t
        running; /* somebody may be in the middle of it: no jump may be put over several of its instructions */
    uint8_t taken; /* bytes at the entry that a jump has replaced */
    uint8_t saved[UNIT_ENTRY];
};

/* Memory for copies: checked instructions from one end, what is seldom run from the middle on. */
struct copy_area {
    struct code_memory code;
    const struct module *module;
    uintptr_t thunk;                        /* jumps to the cold path, see copies.h */
    uintptr_t hot, hot_end, cold, cold_end; /* free parts */
    uintptr_t hot_ready, cold_ready;        /* their pages are there up to here */
    struct unit_copy **index;               /* ascending addresses */
    uint32_t count, max;
};

/* Functions of others that it calls through slots: relocations of the slots, and the symbols that these name. */
struct module_imports {
    const void *jumps, *symbols; /* Elf64_Rela, Elf64_Sym */
    const char *strings;
    uint32_t njumps;
};

struct module {
    uint32_t number;
    uintptr_t bias;
    struct segment text[4], writable[8], readable[8];
    unsigned ntext, nwritable, nreadable;
    struct segment relro, plt; /* read-only, or the loader's alone */
    struct segment span;       /* of all text */
    struct module_imports imports;
    struct ehframe_pad
        *doors; /* by address: landing pads, and places inside units that a symbol names */
    uint32_t ndoors, max_doors;
    struct unit_info *units; /* ascending */
    uint32_t nunits, max_units;
    uint8_t *locked; /* one bit a text byte: it is part of a jump, or lent to one */
    struct copy_area *area;
    const struct rewrite_range *atomics;
    uint32_t natomics;
    struct rewrite_stats stats;       /* but for nanoseconds */
    uint64_t ticks;                   /* time stamp counter: spent on this module */
    bool sync_only, llvm, classified; /* see struct rewrite_module */
    bool open;                        /* its text is writable: nothing of it runs yet */
    bool gone;
};

static inline bool segment_has(const struct segment *s, unsigned n, uint64_t off)
{
    for (unsigned i = 0; i < n; i++)
        if (off >= s[i].lo && off < s[i].hi)
            return true;
    return false;
}

static inline bool module_has_text(const struct module *m, uint64_t off)
{
    return segment_has(m->text, m->ntext, off);
}

/* Makes [at, at + len) of the module's text writable, and executable only again. While it is added it is open anyway. */
int module_open(const struct module *m, uintptr_t at, size_t len);
void module_close(const struct module *m, uintptr_t at, size_t len);
/* Index of the first door at or above off. */
uint32_t module_door(const struct module *m, uint32_t off);
/* The name of the function that the call of off leads to, where a stub of the linker's (.plt) stands; else NULL. In imports.c. */
const char *module_import(const struct module *m, uint32_t off);
/* True if the instruction there is known to be an atomic operation. */
bool module_is_atomic(const struct module *m, uint32_t off);
/* The unit that holds the offset, or NULL. */
struct unit_info *module_unit(const struct module *m, uint32_t off);
/* Fills segments, spans, doors and units from the program headers; 0, -ENOENT (no unwind tables), -ENODATA (none
 * for most of its code, which has locks of its own), -EFBIG, -ENOMEM or -ENOTSUP (text with relocations). */
int module_plan(struct module *m, const struct rewrite_module *from);
void module_release(struct module *m);
#endif
