/*
 * shadow/range.h - accesses and clears of any length, granule by granule.
 */
#ifndef SHADOW_RANGE_H
#define SHADOW_RANGE_H

#include "shadow/thread.h"

/* Which bytes of granule x lie in [lo, hi). */
static inline uint32_t shadow_range_mask(uintptr_t x, uintptr_t lo, uintptr_t hi)
{
    uint32_t mask = SHADOW_CELL_MASK;

    if (x < lo)
        mask &= SHADOW_CELL_MASK << (lo - x);
    if (x + 4 > hi)
        mask &= SHADOW_CELL_MASK >> (x + 4 - hi);
    return mask;
}

/* Level 2 knows nothing of [lo, lo + len) any more; the inline plane of t matches nothing. Inside the bracket. */
void shadow_range_clear(struct shadow_thread *t, uintptr_t lo, size_t len);
/* Both cells of each granule in [lo, hi), multiples of 4, become `cell`; t's inline plane forgets what its own tracts have
 * there. Inside the bracket. */
void shadow_range_set(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uint32_t cell);
/* A granule that belongs to a block in part: both levels forget it. */
void shadow_range_clear_edge(struct shadow_thread *t, uintptr_t x);

#endif
