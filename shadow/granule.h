/*
 * shadow/granule.h - one access to one granule: stamp, check, keep what later accesses must be checked against.
 *
 * The simple model, for each byte: W (epoch of the last write), R (set of reads since).
 *      read:   race if W is not ordered before t;  R := R - {those ordered before t} + {now}
 *      write:  race if W or any of R is not;       W := now, R := {}
 * The cells say it in two words where one epoch wrote and at most one read; else a record does:
 *      A = W          the bytes of the mask were written, nothing read since
 *      A != W         W's bytes were written; A's bytes read (those of the same epoch that W has: written)
 * After a race the granule remembers the access that completed it and nothing else.
 * Each granule has one owner at a time (cell.h), so of two racing threads the later one sees the other: they cannot
 * both miss.
 */
#ifndef SHADOW_GRANULE_H
#define SHADOW_GRANULE_H

#include "shadow/inline.h"

/* The first race of a call. */
struct shadow_found {
    uintptr_t addr;    /* first byte in conflict */
    uint32_t previous; /* cell of the earlier access; 0: none found */
    uint32_t size;     /* bytes of the granule in conflict */
    bool wrote;        /* the earlier one was a write */
    bool mixed;        /* one of the two was atomic */
};

enum shadow_visit { SHADOW_VISIT_DONE, SHADOW_VISIT_SYNC };

/* The general way (tier 3). x is a multiple of 4, mask not 0. SYNC: the granule is a sync word, nothing was done. */
enum shadow_visit shadow_granule_check(struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                       bool write, struct shadow_found *found);
/* Makes the granule a sync word; true if it was none. What was known of it is forgotten, but not silently: an earlier
 * write of these bytes that is not ordered before t goes to *found. found NULL: nothing is looked at. */
bool shadow_granule_make_sync(const struct shadow_thread *t, uintptr_t x, uint32_t mask,
                              struct shadow_found *found);
/* Both cells become `cell` (0: never accessed), records are freed; true if it was a sync word. */
bool shadow_granule_set(uintptr_t x, uint32_t cell);

/* Tier 2: all 4 bytes, one earlier access to them that is ordered before t: restamp. False: go the general way. */
static inline bool shadow_granule_restamp(struct shadow_thread *t, uintptr_t x, bool write)
{
    uint32_t *a = shadow_plane_a(x), *w = shadow_plane_w(x);
    uint32_t old = __atomic_load_n(a, __ATOMIC_RELAXED), cur = t->epoch | SHADOW_CELL_MASK, last;
    bool own = old == 0 || (old >> SHADOW_CELL_SLOT_SHIFT == t->slot &&
                            (old & SHADOW_CELL_MASK) == SHADOW_CELL_MASK);

    if (old & SHADOW_CELL_ESC || !t->epoch || shadow_limits.no_tier2)
        return false;
    if (own &&
        !write) /* W was checked when `old` was stamped: a later write would have replaced it */
        return shadow_cell_swap(a, old, cur);
    if (!own && !shadow_thread_ordered(t, old))
        return false;
    if (!shadow_cell_swap(a, old, SHADOW_CELL_LOCKED))
        return false;
    last = *w;
    if (!own && last && !shadow_cell_same_epoch(last, old) && !shadow_thread_ordered(t, last)) {
        shadow_cell_give(a, old);
        return false;
    }
    if (write)
        *w = cur;
    shadow_cell_give(a, cur);
    return true;
}

static inline enum shadow_visit shadow_granule_visit(struct shadow_thread *t, uintptr_t x,
                                                     uint32_t mask, bool write,
                                                     struct shadow_found *found)
{
    if (mask == SHADOW_CELL_MASK && shadow_granule_restamp(t, x, write)) {
        t->stats.tier2++;
        return SHADOW_VISIT_DONE;
    }
    return shadow_granule_check(t, x, mask, write, found);
}

#endif
