/*
 * shadow/tract.c - takes tracts, gives them up, folds what a private plane says into the shared ones.
 *
 * When a tract goes to whom is policy, not correctness. The first who comes gets it. Another who comes gets it if all that
 * is recorded there is ordered before him and the owner made good use of it; else it is SHARED, until one thread has
 * come often enough in a row. How often doubles each time the tract turned out not to be worth it:
 *
 *      hint   31    24 23       9 8    0
 *             patience | visits  | slot        visits in a row by the slot; SHARED ends after 8 << patience of them
 */
#include "shadow/tract.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/sys.h"
#include "shadow/granule.h"
#include "shadow/slot.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define SLOT_BITS 9
#define PATIENCE_SHIFT 24
#define PATIENCE_MAX 12u
#define PAGE 4096ul
#define REACH 32u
#define REACH_RANGE 256u
#define WORTH 32u /* granules that an owner must have used */

struct shadow_tract *shadow_tracts;

static uintptr_t address_of(const struct shadow_tract *p)
{
    return (uintptr_t)(p - shadow_tracts) << SHADOW_TRACT_SHIFT;
}

static bool swap(struct shadow_tract *p, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&p->owner, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED);
}

static void pause_or_yield(unsigned n)
{
    if (n < 64)
        __builtin_ia32_pause();
    else
        base_sys_yield();
}

static uint32_t wait_while_busy(struct shadow_tract *p)
{
    uint32_t w;

    /* Acquire: pairs with the release in give(). */
    for (unsigned n = 0; (w = __atomic_load_n(&p->owner, __ATOMIC_ACQUIRE)) == SHADOW_TRACT_BUSY;
         n++)
        pause_or_yield(n);
    return w;
}

static void give(struct shadow_tract *p, uint32_t owner)
{
    __atomic_store_n(&p->owner, owner, __ATOMIC_RELEASE);
}

/* ---- folding ------------------------------------------------------------------------------------------------- */

static void fold_cell(struct shadow_thread *by, uintptr_t x, uint32_t epoch, uint32_t cell)
{
    uint32_t wrote = cell & SHADOW_CELL_MASK, read = cell >> 4 & SHADOW_CELL_MASK & ~wrote;

    if (wrote)
        shadow_granule_put(by, x, epoch, wrote, true);
    if (read)
        shadow_granule_put(by, x, epoch, read, false);
}

/* What t's inline plane says of the tract at x; returns how many granules it speaks of. The tract is held. */
static uint32_t fold(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x)
{
    const uint32_t *cells = shadow_inline_cell(t->in, x);
    uint32_t n = 0, last = 0, epoch = 0;

    for (uint32_t i = 0; i < SHADOW_TRACT / 4; i++) {
        uint32_t cell = __atomic_load_n(&cells[i], __ATOMIC_RELAXED);

        if (!cell)
            continue;
        if (!(i & 1) && shadow_wide_fold(t, x + 4 * i, *(const uint64_t *)&cells[i])) {
            n += 2;
            i++;
            continue;
        }
        if (!epoch || (cell ^ last) >> 8)
            epoch = shadow_inline_epoch(t, cell);
        last = cell;
        fold_cell(by, x + 4 * i, epoch, cell);
        n++;
    }
    return n;
}

void shadow_tract_settle(struct shadow_thread *t, uintptr_t x)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell;

    if (!old)
        return;
    fold_cell(t, x, shadow_inline_epoch(t, old), old);
    *cell = 0;
}

void shadow_tract_access(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell;
    uint32_t bits = shadow_inline_bits(mask, write);

    t->stats.tier2++;
    if (old >> 8 == t->tag) {
        *cell = old | bits;
        return;
    }
    if (old & 0xFF & ~bits)
        fold_cell(t, x, shadow_inline_epoch(t, old), old);
    *cell = t->tag << 8 | bits;
}

/* ---- policy -------------------------------------------------------------------------------------------------- */

static void set_hint(struct shadow_tract *p, uint32_t slot, uint32_t visits, uint32_t patience)
{
    __atomic_store_n(&p->hint, patience << PATIENCE_SHIFT | visits << SLOT_BITS | slot,
                     __ATOMIC_RELAXED);
}

static uint32_t patience_of(const struct shadow_tract *p)
{
    return __atomic_load_n(&p->hint, __ATOMIC_RELAXED) >> PATIENCE_SHIFT;
}

/* Notes t's visit of a SHARED tract; true if it is time to take it. */
static bool come_often(const struct shadow_thread *t, struct shadow_tract *p)
{
    uint32_t h = __atomic_load_n(&p->hint, __ATOMIC_RELAXED), patience = h >> PATIENCE_SHIFT;
    uint32_t visits = (h & ((1u << PATIENCE_SHIFT) - 1)) >> SLOT_BITS;

    if (shadow_limits.eager)
        return true;
    visits = (h & ((1u << SLOT_BITS) - 1)) == t->slot ? visits + 1 : 0;
    set_hint(p, t->slot, visits < 8u << patience ? visits : 0, patience);
    return visits >= 8u << patience;
}

static void lose_patience(struct shadow_tract *p)
{
    uint32_t patience = patience_of(p);

    set_hint(p, 0, 0, patience < PATIENCE_MAX ? patience + 1 : PATIENCE_MAX);
}

/* Another one comes to an owned tract of which the owner used so many granules; true if he may get it. */
static bool worth(struct shadow_tract *p, uint32_t used)
{
    uint32_t patience = patience_of(p);

    if (used < WORTH)
        lose_patience(p);
    else
        set_hint(p, 0, 0, patience ? patience - 1 : 0);
    return patience_of(p) < 3 || shadow_limits.eager;
}

/* ---- owners -------------------------------------------------------------------------------------------------- */

/* Room for one more tract in t's list; false: no memory. Those that went to others are left out first; one that is BUSY may
 * be on its way to t, or is being read in t's plane. */
static bool make_room(struct shadow_thread *t)
{
    uint32_t n = 0, room = t->tracts_room ? 2 * t->tracts_room : 512;
    struct shadow_tract **list;

    for (uint32_t i = 0; i < t->ntracts; i++) {
        uint32_t w = __atomic_load_n(&t->tracts[i]->owner, __ATOMIC_RELAXED);

        if (w == t->self || w == SHADOW_TRACT_BUSY)
            t->tracts[n++] = t->tracts[i];
    }
    t->ntracts = n;
    if (n < t->tracts_room / 2)
        return true;
    list = base_sys_pages(room * sizeof(*list));
    if (!list)
        return n < t->tracts_room;
    if (t->tracts_room) {
        base_mem_copy(list, t->tracts, n * sizeof(*list));
        base_sys_munmap((uintptr_t)t->tracts, t->tracts_room * sizeof(*list));
    }
    t->tracts = list;
    t->tracts_room = room;
    return true;
}

/* t becomes the owner of the tract at x, which is held. */
static bool own(struct shadow_thread *t, struct shadow_tract *p, uintptr_t x)
{
    if (t->ntracts == t->tracts_room && !make_room(t))
        return false;
    t->tracts[t->ntracts++] = p;
    base_mem_set(shadow_inline_cell(t->in, x), 0, SHADOW_TRACT);
    return true;
}

/* Until t is not at work in a tract that it found its own before it became BUSY. */
static void wait_for(const struct shadow_thread *t)
{
    for (unsigned n = 0; __atomic_load_n(&t->working, __ATOMIC_ACQUIRE); n++)
        pause_or_yield(n);
}

/* U's side of the picture in tract.h; the tract is BUSY and was t's. */
static void shut_out(const struct shadow_thread *by, const struct shadow_thread *t)
{
    if (t == by)
        return;
    shadow_world_barrier();
    wait_for(t);
}

static struct shadow_thread *holder(uint32_t owner)
{
    return shadow_slot_holder[owner - SHADOW_TRACT_SLOT];
}

void shadow_tract_shut_all(const struct shadow_thread *t)
{
    if (!shadow_tracts)
        return;
    shadow_world_barrier();
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all)
        if (u != t)
            wait_for(u);
}

/* What two granules say many others say too. */
static bool all_ordered(const struct shadow_thread *t, uintptr_t x)
{
    uint64_t seen_a = 0, seen_w = 0;

    for (uintptr_t end = x + SHADOW_TRACT; x < end; x += 8) {
        uint64_t a = __atomic_load_n(shadow_wide_a(x), __ATOMIC_ACQUIRE), w = *shadow_wide_w(x);

        if (a == seen_a && w == seen_w)
            continue;
        if (!shadow_granule_ordered(t, x) || !shadow_granule_ordered(t, x + 4))
            return false;
        if (!shadow_wide_escapes(a))
            seen_a = a, seen_w = w;
    }
    return true;
}

/* The tract at x is BUSY: true if it becomes t's, else it is to be SHARED. */
static bool take(struct shadow_thread *t, struct shadow_tract *p, uintptr_t x)
{
    if (!t->self)
        return false;
    if (all_ordered(t, x))
        return own(t, p, x);
    lose_patience(p);
    return false;
}

/* t comes to tracts of another one, in order of address: how many it takes at once. Twice as many each time, and all that
 * the range has which it goes through. */
static uint32_t reach(struct shadow_thread *t, const struct shadow_tract *p)
{
    uint32_t n = p == t->next_tract ? 2 * t->reach : 1;
    uintptr_t left = t->range_end > address_of(p) ? t->range_end - address_of(p) : 0;

    n = n < REACH ? n : REACH;
    left = (left + SHADOW_TRACT - 1) >> SHADOW_TRACT_SHIFT;
    left = left < REACH_RANGE ? left : REACH_RANGE;
    t->reach = n > left ? n : (uint32_t)left;
    return t->reach;
}

/* The tract p, which is BUSY, was `from`'s, and so may be those behind it: each becomes t's or SHARED. One barrier serves
 * for all. True: p is t's, and still BUSY. */
static bool take_over(struct shadow_thread *t, struct shadow_tract *p, uint32_t from)
{
    struct shadow_thread *owner = holder(from);
    uint32_t n = 1, most = reach(t, p);
    bool first = false;

    while (n < most && swap(p + n, from, SHADOW_TRACT_BUSY))
        n++;
    shut_out(t, owner);
    for (uint32_t i = 0; i < n; i++) {
        uintptr_t x = address_of(p + i);
        bool taken = worth(p + i, fold(t, owner, x)) && take(t, p + i, x);

        if (i == 0)
            first = taken;
        else
            give(p + i, taken ? t->self : SHADOW_TRACT_SHARED);
    }
    t->next_tract = p + n;
    return first;
}

enum shadow_hold shadow_tract_open(struct shadow_thread *t, uintptr_t x)
{
    struct shadow_tract *p;
    bool taken;

    if (!shadow_tracts)
        return SHADOW_HOLD_SHARED;
    p = shadow_tract_of(x);
    for (;;) {
        uint32_t w = wait_while_busy(p);

        if (w == SHADOW_TRACT_SHARED && (!t->self || !come_often(t, p)))
            return SHADOW_HOLD_SHARED;
        if (!swap(p, w, SHADOW_TRACT_BUSY))
            continue;
        if (w == t->self && w)
            return SHADOW_HOLD_OWN;
        taken = w == SHADOW_TRACT_NONE     ? t->self && own(t, p, address_of(p))
                : w == SHADOW_TRACT_SHARED ? take(t, p, address_of(p))
                                           : take_over(t, p, w);
        if (taken)
            return SHADOW_HOLD_OWN;
        give(p, SHADOW_TRACT_SHARED);
        return SHADOW_HOLD_SHARED;
    }
}

void shadow_tract_close(struct shadow_thread *t, uintptr_t x)
{
    give(shadow_tract_of(x), t->self);
}

void shadow_tract_share(struct shadow_thread *t, uintptr_t x)
{
    struct shadow_tract *p;
    uint32_t w;

    if (!shadow_tracts)
        return;
    p = shadow_tract_of(x);
    while ((w = wait_while_busy(p)) != SHADOW_TRACT_SHARED) {
        if (!swap(p, w, SHADOW_TRACT_BUSY))
            continue;
        if (w >= SHADOW_TRACT_SLOT) {
            shut_out(t, holder(w));
            fold(t, holder(w), address_of(p));
        }
        lose_patience(p);
        give(p, SHADOW_TRACT_SHARED);
    }
}

/* clear: A and W too */
static void clear_one(struct shadow_thread *t, struct shadow_tract *p, bool clear)
{
    uintptr_t x = address_of(p);
    uint32_t w;

    while ((w = wait_while_busy(p)) != SHADOW_TRACT_NONE) {
        if (!swap(p, w, SHADOW_TRACT_BUSY))
            continue;
        if (w >= SHADOW_TRACT_SLOT)
            shut_out(t, holder(w));
        if (clear)
            shadow_wide_set(x, x + SHADOW_TRACT, 0);
        __atomic_store_n(&p->hint, 0, __ATOMIC_RELAXED);
        give(p, SHADOW_TRACT_NONE);
    }
}

void shadow_tract_clear(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t x = lo; x < hi; x += SHADOW_TRACT)
        clear_one(t, shadow_tract_of(x), true);
}

void shadow_tract_clear_owners(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    struct shadow_tract *p = shadow_tracts ? shadow_tract_of(lo) : NULL;
    struct shadow_tract *end = shadow_tracts ? shadow_tract_of(hi) : NULL;
    uintptr_t from = ((uintptr_t)p + PAGE - 1) & ~(PAGE - 1), to = (uintptr_t)end & ~(PAGE - 1);

    if (from < to) {
        shadow_plane_drop_bytes(from, to - from);
        shadow_tract_shut_all(t);
        for (; (uintptr_t)p < from; p++)
            clear_one(t, p, false);
        p = (struct shadow_tract *)to;
    }
    for (; p < end; p++)
        clear_one(t, p, false);
}

void shadow_tract_begin(struct shadow_thread *t)
{
    if (!shadow_tracts || !t->epoch || !t->plane || t->plane->common)
        return;
    t->self = SHADOW_TRACT_SLOT + t->slot;
    t->tag_base = t->plane->tag + 1 - t->clock;
}

void shadow_tract_leave(struct shadow_thread *t)
{
    for (uint32_t i = 0; i < t->ntracts; i++) {
        struct shadow_tract *p = t->tracts[i];

        /* Whoever has it BUSY may be reading our plane. */
        while (wait_while_busy(p) == t->self) {
            if (!swap(p, t->self, SHADOW_TRACT_BUSY))
                continue;
            fold(t, t, address_of(p));
            __atomic_store_n(&p->hint, 0, __ATOMIC_RELAXED);
            give(p, SHADOW_TRACT_SHARED);
        }
    }
    shadow_tract_forget(t);
}

void shadow_tract_forget(struct shadow_thread *t)
{
    t->ntracts = 0;
    t->self = 0;
    __atomic_store_n(&t->fast, SHADOW_FAST_OFF, __ATOMIC_RELAXED);
}
