/*
 * shadow/found.h - a race, as the check of a granule finds it.
 */
#ifndef SHADOW_FOUND_H
#define SHADOW_FOUND_H

#include <stdbool.h>
#include <stdint.h>

/* The first race of a call. */
struct shadow_found {
    uintptr_t addr;    /* first byte in conflict */
    uint32_t previous; /* cell of the earlier access; 0: none found */
    uint32_t size;     /* bytes of the granule in conflict */
    bool wrote;        /* the earlier one was a write */
    bool mixed;        /* one of the two was atomic */
    bool sizes;        /* both were, of different sizes */
    bool exact;        /* the compiler has said of both what they are */
};

#endif
