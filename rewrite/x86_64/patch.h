/*
 * rewrite/x86_64/patch.h - the jumps in the original code that lead into the copy.
 */
#ifndef REWRITE_X86_64_PATCH_H
#define REWRITE_X86_64_PATCH_H

#include "rewrite/x86_64/unit.h"

/* One byte an instruction each, zeroed, for as many as the largest unit has. */
struct patch_scratch {
    uint8_t *state, *reach;
    uint8_t *text; /* one byte a byte of the unit, and PATCH_BEHIND more */
};

#define PATCH_BEHIND 16

/* Points the unit's calls at copies and puts jumps where the original can be entered. Nobody may be inside. False: a
 * branch of the original leads where none may, and cannot be stopped: the unit must not run; the text is as before. */
bool patch_unit(const struct unit *u, const struct unit_copy *copy,
                const struct patch_scratch *scratch);
/* Puts a jump to u->stub at the unit's entry, before any of its code has run. False: it does not fit, nothing
 * changed. `next` is where the next unit begins. The text is writable; u->saved keeps its bytes. */
bool patch_entry(const struct module *m, struct unit_info *u, uint32_t next);
/* True for bytes of which compilers make what fills the room between functions. */
bool patch_is_filler(const uint8_t *p, unsigned n);
/* What lies between units in [lo, hi) fills, and is never run. */
bool patch_is_padding(const struct module *m, uint32_t lo, uint32_t hi);
/* A debugger's breakpoint, or one of the program's own, among the unit's instructions; or they do not decode. */
bool patch_has_breakpoint(const struct module *m, const struct unit_info *u);
/* True for linkage code: jumps through slots that the loader fills. */
bool patch_is_linkage(const struct module *m, const struct unit_info *u);
/* The entry's bytes as they were loaded, in place: for a unit that was given up. */
void patch_restore(const struct module *m, struct unit_info *u);

#endif
