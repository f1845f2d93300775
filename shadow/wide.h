/*
 * shadow/wide.h - runs of granules in one tract, two at a time: one word of 8 bytes is two cells, in every plane.
 *
 * What is done here for two granules is what shadow/granule.h and shadow/tract.h do for each, where it is the same for
 * both and no record, lock or sync word is in the way; where one is, the caller goes on granule by granule. Two cells go in
 * and out by one load and one store, never by a compare-and-swap: the tract is held, or its thread is at work in it
 * (tract.h).
 */
#ifndef SHADOW_WIDE_H
#define SHADOW_WIDE_H

#include "shadow/granule.h"
#include "shadow/inline.h"

#define SHADOW_WIDE(cell) ((uint64_t)(cell)*0x100000001ull) /* two such cells */

static inline bool shadow_wide_escapes(uint64_t two)
{
    return two & SHADOW_WIDE(SHADOW_CELL_ESC);
}

static inline uint64_t *shadow_wide_a(uintptr_t x)
{
    return (uint64_t *)shadow_plane_a(x);
}

static inline uint64_t *shadow_wide_w(uintptr_t x)
{
    return (uint64_t *)shadow_plane_w(x);
}

/* Two whole older writes, which a read is about to cover: see shadow_granule_put_write(). */
static inline bool shadow_wide_keep(const struct shadow_thread *t, uintptr_t x, uint64_t two)
{
    uint32_t cell = (uint32_t)two, epoch;

    if (two != SHADOW_WIDE(cell) || (cell & 0xFF) != 0xFF)
        return false;
    epoch = shadow_inline_epoch(t, cell);
    return shadow_granule_put_write(x, epoch) && shadow_granule_put_write(x + 4, epoch);
}

/* Level 1's cells of x and x + 4, whole granules in a tract of t's own that t reads, become `now`. False: what they say of
 * older writes must be kept in another way. */
static inline bool shadow_wide_read(const struct shadow_thread *t, uintptr_t x, uint64_t *two,
                                    uint64_t now)
{
    uint64_t old = *two;

    if (!((old ^ now) & SHADOW_WIDE(0xFFFFFF00u)))
        now |= old;
    else if (old & SHADOW_WIDE(SHADOW_CELL_MASK) && !shadow_wide_keep(t, x, old))
        return false;
    *two = now;
    return true;
}

/* Level 1's cells of [x, end), multiples of 4, become `cell`. */
void shadow_wide_fill(struct shadow_thread *t, uintptr_t x, uintptr_t end, uint32_t cell);
/* Both cells of each granule in [x, end), as by shadow_granule_set(). The first returns the granule for which something
 * must be waited for or locked, or end. */
uintptr_t shadow_wide_put(uintptr_t x, uintptr_t end, uint32_t cell);
void shadow_wide_set(uintptr_t x, uintptr_t end, uint32_t cell);
/* t's access to the bytes of [lo, end), as by shadow_tract_access(), from granule x on. Waits for nothing and takes no lock:
 * returns the granule for which that would be needed, or end or more. */
uintptr_t shadow_wide_access(struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t end,
                             bool write);
/* t reads the granules [x, end) of one tract, which it has joined. False: it has not, nothing was done. */
bool shadow_wide_read_along(struct shadow_thread *t, uintptr_t x, uintptr_t end);
/* What t's inline plane says of the granules at x and x + 4, `two`, goes to A and W. False: nothing was done, go on one
 * by one. */
bool shadow_wide_fold(const struct shadow_thread *t, uintptr_t x, uint64_t two);
/* The same of one who joined a READ tract: other readers' cells stay. */
bool shadow_wide_fold_reads(const struct shadow_thread *t, uintptr_t x, uint64_t two);
/* The same for [x, end) in a tract of t's own, after which the inline plane says nothing of it. Returns as shadow_wide_access(). */
uintptr_t shadow_wide_settle(const struct shadow_thread *t, uintptr_t x, uintptr_t end);

#endif
