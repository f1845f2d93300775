/*
 * shadow/two.c - tier 2 of words and ranges in SHARED tracts: one compare-and-swap of 8 bytes takes both locks. Neighbours
 * mostly have the same history: then one look at clocks does for both.
 *
 * What the two cells say of the bytes that a whole access covers is gone after it, so that all it takes is that they are
 * ordered before it: see pair.c, of which this is the case without bytes left over.
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
static void give_back(uintptr_t x, uint64_t a)
{
    shadow_cell_swap(shadow_plane_a(x), SHADOW_CELL_LOCKED, (uint32_t)a);
    shadow_cell_swap(shadow_plane_a(x + 4), SHADOW_CELL_LOCKED, (uint32_t)(a >> 32));
}

/* What a whole access by t, in an epoch of its own, leaves in cell A, and a write in W: by each of the two cells. */
static inline bool passes(const struct shadow_thread *t, uint32_t a, uint32_t w, bool write)
{
    if (write)
        return shadow_thread_ordered(t, a) && shadow_thread_ordered(t, w & ~SHADOW_CELL_PAIR);
    return !(w & SHADOW_CELL_PAIR) && shadow_cell_epoch_of(w) != t->epoch &&
           shadow_thread_ordered(t, w) &&
           (shadow_cell_same_epoch(a, w) || shadow_thread_ordered(t, a));
}

static inline bool both_pass(const struct shadow_thread *t, uint64_t a, uint64_t w, bool write)
{
    return passes(t, (uint32_t)a, (uint32_t)w, write) &&
           ((a == SHADOW_WIDE((uint32_t)a) && w == SHADOW_WIDE((uint32_t)w)) ||
            passes(t, (uint32_t)(a >> 32), (uint32_t)(w >> 32), write));
}

static bool visit_locked(struct shadow_thread *t, uintptr_t x, uint64_t a, bool write)
{
    uint64_t *second = shadow_wide_w(x), now = SHADOW_WIDE(t->epoch | SHADOW_CELL_MASK);
    bool pass = both_pass(t, a, *second, write);

    if (pass && write)
        *second = now;
    __atomic_store_n(shadow_wide_a(x), pass ? now : a, __ATOMIC_RELEASE);
    return pass;
}

static inline bool read_again(const struct shadow_thread *t, uint64_t a)
{
    return shadow_granule_read_again(t, (uint32_t)a, SHADOW_CELL_MASK) &&
           shadow_granule_read_again(t, (uint32_t)(a >> 32), SHADOW_CELL_MASK);
}

static inline bool visit(struct shadow_thread *t, uintptr_t x, bool write)
{
    uint64_t *two = shadow_wide_a(x), a = __atomic_load_n(two, __ATOMIC_RELAXED);

    if (shadow_wide_escapes(a) || !t->epoch || shadow_limits.no_tier2)
        return false;
    if (!write && read_again(t, a))
        return swap(two, a, SHADOW_WIDE(t->epoch | SHADOW_CELL_MASK)) &&
               shadow_tract_still_shared(x, write);
    if (!swap(two, a, BOTH_LOCKED))
        return false;
    if (shadow_tract_still_shared(x, write))
        return visit_locked(t, x, a, write);
    give_back(x, a);
    return false;
}

/* As shadow_inline_fill() of both. */
static inline void fill(struct shadow_thread *t, uintptr_t x, bool write)
{
    uint64_t *cells = (uint64_t *)shadow_inline_cell(t->in, x), tag = SHADOW_WIDE(t->tag << 8);
    uint64_t old = *cells;

    if (!t->tag)
        return;
    if (write)
        *cells = tag | SHADOW_WIDE(0xFF);
    else if (!((old ^ tag) & SHADOW_WIDE(0xFFFFFF00u)))
        *cells = old | SHADOW_WIDE(0xF0);
    else {
        shadow_inline_fill(t, x, SHADOW_CELL_MASK, write);
        shadow_inline_fill(t, x + 4, SHADOW_CELL_MASK, write);
    }
}

bool shadow_two_visit(struct shadow_thread *t, uintptr_t x, bool write)
{
    if (!visit(t, x, write))
        return false;
    t->stats.tier2 += 2;
    fill(t, x, write);
    return true;
}
