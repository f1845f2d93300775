/*
 * report/render/tailcalls.h - functions that left no frame because they ended in a jump to the next one.
 */
#ifndef REPORT_RENDER_TAILCALLS_H
#define REPORT_RENDER_TAILCALLS_H

#include <elfutils/libdw.h>

enum { RENDER_TAILS = 4 };

struct render_tail {
    Dwarf_Die function;
    Dwarf_Addr pc; /* inside the jump, in the file's addresses */
};

/* Functions between the call that encloses pc (file address) and `inner`, the function that was reached (NULL: one
 * outside of this program's debug information), innermost first. 0 where there are none or it is not certain. */
unsigned render_tail_calls(Dwarf_Die *cu, Dwarf_Addr pc, const char *inner,
                           struct render_tail *out);

#endif
