/*
 * preload/checked.h - the code whose plain accesses are checked: a small sorted table of address ranges.
 *
 * Changed by one thread at a time: at start-up and by who holds the loader's lock. Read without a lock by every mem* and
 * str* wrapper.
 */
#ifndef PRELOAD_CHECKED_H
#define PRELOAD_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

#define PRELOAD_CHECKED_MAX 1024

struct preload_checked {
    uintptr_t lo, len; /* hull of all ranges; len 0: none */
    uint32_t changes;
    unsigned count;
    struct {
        uintptr_t lo, hi;
    } ranges[PRELOAD_CHECKED_MAX];
};

extern struct preload_checked preload_checked __attribute__((visibility("hidden")));

/* Adds [lo, hi); false when the table is full. */
bool preload_checked_add(uintptr_t lo, uintptr_t hi);
/* Takes out what lies in [lo, hi). */
void preload_checked_remove(uintptr_t lo, uintptr_t hi);
/* Binary search; for pcs inside the hull. */
bool preload_checked_search(uintptr_t pc);

/* A first glance: false is certain, true may be a gap between ranges. */
static inline bool preload_checked_hull(uintptr_t pc)
{
    return pc - preload_checked.lo < preload_checked.len;
}

static inline bool preload_checked_pc(uintptr_t pc)
{
    return preload_checked_hull(pc) && preload_checked_search(pc);
}

#endif
