/*
 * report/render/alignment.h - what AMD64 and ARM64 promise about one access at one address.
 */
#ifndef REPORT_RENDER_ALIGNMENT_H
#define REPORT_RENDER_ALIGNMENT_H

#include "report/render/model.h"

enum render_access {
    RENDER_PLAIN,
    RENDER_WIDE,
    RENDER_ATOMIC_ACCESS,
    RENDER_ATOMIC_RMW,
    RENDER_ATOMIC_PAIR,
    RENDER_ACCESSES
};
enum render_placement {
    RENDER_NATURAL,
    RENDER_IN_8,
    RENDER_IN_16,
    RENDER_IN_LINE,
    RENDER_ACROSS_LINE,
    RENDER_ACROSS_PAGE,
    RENDER_PLACEMENTS
};

/* size: 1 or more bytes. */
enum render_placement render_placement(uint64_t addr, uint32_t size);
/* out's texts are allocated; what: the name of the variable or member for the advice, or NULL. */
void render_align(uint64_t addr, uint32_t size, enum render_access access, const char *what,
                  struct render_alignment *out);

#endif
