/*
 * shadow/two.c - tier 2 of ranges in SHARED tracts. Neighbours mostly have the same history: one compare-and-swap of 8 bytes then
 * takes both locks, and one look at clocks does for both.
 */
#include "shadow/two.h"

#include "shadow/limits.h"
#include "shadow/pair.h"
#include "shadow/tract.h"
#include "shadow/wide.h"

#define BOTH_LOCKED SHADOW_WIDE(SHADOW_CELL_LOCKED)

static bool swap(uint64_t *a, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(a, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* Both locks are t's, but the tract is held: its holder may have read A before that, and stored over the lock since. */
static void give_back(uintptr_t x, uint32_t a)
{
    shadow_cell_swap(shadow_plane_a(x), SHADOW_CELL_LOCKED, a);
    shadow_cell_swap(shadow_plane_a(x + 4), SHADOW_CELL_LOCKED, a);
}

/* Both locks are t's, and the cells A were a. */
static bool visit_locked(struct shadow_thread *t, uintptr_t x, uint32_t a, bool write)
{
    const struct shadow_visitor v = { t, t->epoch, SHADOW_TRUST_NONE };
    uint64_t *second = shadow_wide_w(x), old = *second;
    uint32_t before = a, w = (uint32_t)old;
    bool fits = old == SHADOW_WIDE(w) && (write ? shadow_pair_write(&v, SHADOW_CELL_MASK, &a, &w)
                                                : shadow_pair_read(&v, SHADOW_CELL_MASK, &a, &w));

    if (fits && SHADOW_WIDE(w) != old)
        *second = SHADOW_WIDE(w);
    __atomic_store_n(shadow_wide_a(x), SHADOW_WIDE(fits ? a : before), __ATOMIC_RELEASE);
    return fits;
}

static bool visit(struct shadow_thread *t, uintptr_t x, bool write)
{
    uint64_t *two = shadow_wide_a(x), old = __atomic_load_n(two, __ATOMIC_RELAXED);
    uint32_t a = (uint32_t)old;

    if (old != SHADOW_WIDE(a) || a & SHADOW_CELL_ESC || !t->epoch || shadow_limits.no_tier2)
        return false;
    if (!write && shadow_granule_read_again(t, a, SHADOW_CELL_MASK))
        return swap(two, old, SHADOW_WIDE(t->epoch | SHADOW_CELL_MASK)) &&
               shadow_tract_still_shared(x, write);
    if (!swap(two, old, BOTH_LOCKED))
        return false;
    if (shadow_tract_still_shared(x, write))
        return visit_locked(t, x, a, write);
    give_back(x, a);
    return false;
}

bool shadow_two_visit(struct shadow_thread *t, uintptr_t x, bool write)
{
    if (!visit(t, x, write))
        return false;
    t->stats.tier2 += 2;
    shadow_inline_fill(t, x, SHADOW_CELL_MASK, write);
    shadow_inline_fill(t, x + 4, SHADOW_CELL_MASK, write);
    return true;
}
