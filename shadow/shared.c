/*
 * shadow/shared.c - tier 2 of aligned words in SHARED tracts, where lane.S has found what the instruction is and who called it.
 *
 * The same as shadow_two_visit() and shadow_granule_visit() for those, with the bracket, the event and level 1, in one piece that
 * calls nothing: whatever is not as it mostly is goes to fast.c.
 */
#include "shadow/hint.h"
#include "shadow/limits.h"
#include "shadow/pair.h"
#include "shadow/site.h"
#include "shadow/tract.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define INLINE static inline __attribute__((always_inline))

/* A word of n granules, 1 or 2: a cell for each, in one word of 4 or 8 bytes. */
INLINE uint64_t load(const void *cells, unsigned n)
{
    return n == 2 ? __atomic_load_n((const uint64_t *)cells, __ATOMIC_RELAXED)
                  : __atomic_load_n((const uint32_t *)cells, __ATOMIC_RELAXED);
}

/* Release: gives cell A back. */
INLINE void store(void *cells, unsigned n, uint64_t value)
{
    if (n == 2)
        __atomic_store_n((uint64_t *)cells, value, __ATOMIC_RELEASE);
    else
        __atomic_store_n((uint32_t *)cells, (uint32_t)value, __ATOMIC_RELEASE);
}

INLINE bool swap(void *cells, unsigned n, uint64_t from, uint64_t to)
{
    uint32_t half = (uint32_t)from;

    if (n == 2)
        return __atomic_compare_exchange_n((uint64_t *)cells, &from, to, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED);
    return __atomic_compare_exchange_n((uint32_t *)cells, &half, (uint32_t)to, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

INLINE uint64_t each(unsigned n, uint32_t cell)
{
    return n == 2 ? SHADOW_WIDE(cell) : cell;
}

/* See two.c. */
INLINE bool pass(const struct shadow_thread *t, uint32_t a, uint32_t w, bool write)
{
    if (a != w && !shadow_thread_ordered(t, w & ~SHADOW_CELL_PAIR))
        return false;
    if (!write && (w & SHADOW_CELL_PAIR || shadow_cell_epoch_of(w) == t->epoch))
        return false;
    return shadow_thread_ordered(t, a) || (!write && a != w && shadow_cell_same_epoch(a, w));
}

INLINE bool all_pass(const struct shadow_thread *t, unsigned n, uint64_t a, uint64_t w, bool write)
{
    if (!pass(t, (uint32_t)a, (uint32_t)w, write))
        return false;
    return n == 1 || (a == each(2, (uint32_t)a) && w == each(2, (uint32_t)w)) ||
           pass(t, (uint32_t)(a >> 32), (uint32_t)(w >> 32), write);
}

INLINE bool is_shared(uintptr_t x)
{
    return __atomic_load_n(&shadow_tract_of(x)->owner, __ATOMIC_RELAXED) == SHADOW_TRACT_SHARED;
}

/* The locks are t's. False: it does not fit, and they are given back. */
INLINE bool visit_locked(struct shadow_thread *t, uintptr_t x, unsigned n, uint64_t a, bool write)
{
    uint32_t *cells = shadow_plane_a(x), *second = shadow_plane_w(x);
    uint64_t now = each(n, t->epoch | SHADOW_CELL_MASK);

    if (!is_shared(x)) { /* see moved() in granule.c */
        swap(cells, 1, SHADOW_CELL_LOCKED, (uint32_t)a);
        if (n == 2)
            swap(cells + 1, 1, SHADOW_CELL_LOCKED, a >> 32);
        return false;
    }
    if (!all_pass(t, n, a, load(second, n), write)) {
        store(cells, n, a);
        return false;
    }
    if (write)
        store(second, n, now);
    store(cells, n, now);
    return true;
}

INLINE bool visit(struct shadow_thread *t, uintptr_t x, unsigned n, bool write)
{
    uint32_t *cells = shadow_plane_a(x);
    uint64_t a = load(cells, n);

    if (a & each(n, SHADOW_CELL_ESC))
        return false;
    /* What it read before in an earlier epoch: W was checked then, see shadow_granule_read_again(). */
    if (!write && !((a ^ each(n, t->epoch | SHADOW_CELL_MASK)) &
                    each(n, shadow_cell_epoch(SHADOW_SLOT_NONE, 0) | SHADOW_CELL_MASK)))
        return swap(cells, n, a, each(n, t->epoch | SHADOW_CELL_MASK)) && is_shared(x);
    return swap(cells, n, a, each(n, SHADOW_CELL_LOCKED)) && visit_locked(t, x, n, a, write);
}

/* As shadow_inline_fill(). */
INLINE void fill(struct shadow_thread *t, uintptr_t x, unsigned n, bool write)
{
    uint32_t *cell = (uint32_t *)((x ^ t->cell_xor) + t->cell_add), tag = t->tag << 8;

    for (unsigned i = 0; i < n; i++) {
        uint32_t bits = write ? 0xFF : 0xF0;

        cell[i] = !write && !((cell[i] ^ tag) >> 8) ? cell[i] | bits : tag | bits;
    }
}

INLINE bool record(struct shadow_thread *t, uintptr_t x, unsigned n, bool write)
{
    if (!t->epoch || shadow_limits.no_tier2 || t->late.previous || !visit(t, x, n, write))
        return false;
    t->stats.tier2 += n;
    fill(t, x, n, write);
    return true;
}

bool shadow_shared(uintptr_t addr, uint32_t number, struct shadow_thread *t, uint32_t callers)
{
    const struct shadow_site *s = &shadow_sites[number];
    uint32_t size = shadow_site_size(s);
    bool write = s->what & SHADOW_SITE_WRITE, done;

    if (size < 4 || addr & (size - 1))
        return (t->visits + 1) % 16 && shadow_fast_shared(addr, number, t, callers);
    if (!(++t->visits % 16) && !shadow_hint_note(t, shadow_tract_of(addr), write)) {
        t->visits--; /* shadow_fast() counts it, too, and goes the long way */
        return false;
    }
    if (!shadow_world_try(t))
        return false;
    shadow_history_add_site(t->history, number, addr, t->epoch, callers);
    t->stamped = true;
    t->filled++;
    if (size == 8)
        done = write ? record(t, addr, 2, true) : record(t, addr, 2, false);
    else
        done = write ? record(t, addr, 1, true) : record(t, addr, 1, false);
    shadow_world_leave(t);
    return done || shadow_fast_shared(addr, number, t, callers);
}
