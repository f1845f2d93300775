/*
 * report/render/atomics.h - which code and which data of a module are atomic, according to its debug information.
 */
#ifndef REPORT_RENDER_ATOMICS_H
#define REPORT_RENDER_ATOMICS_H

#include "report/render/symbols.h"

/* Lists are grown with realloc(); addresses are the process's, sorted by nobody. */
struct render_atomics {
    struct render_atomic {
        uint64_t lo, hi;
        bool data; /* objects; else instructions */
    } * all;
    size_t count, room;
    char *missing; /* a source file that could not be read; NULL: none. Allocated */
};

/* Code inside functions that are atomic operations, and global objects of atomic types. A module with more debug
 * information than `limit` bytes gives nothing. */
void render_atomics_find(struct render_module *m, uint64_t limit, struct render_atomics *out);
void render_atomics_add(struct render_atomics *out, uint64_t lo, uint64_t hi, bool data);

/* In lines.c: code of lines of the unit whose text has an atomic operation in it. */
void render_lines_find(Dwarf_Die *cu, Dwarf_Addr bias, struct render_atomics *out);

#endif
