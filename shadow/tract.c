/*
 * shadow/tract.c - takes tracts and gives them up.
 */
#include "shadow/tract.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/sys.h"
#include "shadow/budget.h"
#include "shadow/fold.h"
#include "shadow/granule.h"
#include "shadow/hint.h"
#include "shadow/slot.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define PAGE 4096ul
#define REACH 32u
#define LEFT_WORTH 64   /* tracts in a row whose part of a plane is worth giving back */
#define LEFT_MOST 4096u /* and before which that is not put off */
#define REACH_RANGE 256u
#define RECORDS_BAD 4u /* a record for every so many granules folded: the tract is better SHARED */

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

/* ---- owners -------------------------------------------------------------------------------------------------- */

/* True if the tract is t's, or t may have joined it; one that is BUSY may be on its way to t, or is being read in t's plane. */
static bool has(const struct shadow_thread *t, const struct shadow_tract *p)
{
    uint32_t w = __atomic_load_n(&p->owner, __ATOMIC_RELAXED);

    if (w == SHADOW_TRACT_READ)
        return __atomic_load_n(&p->readers, __ATOMIC_RELAXED) & t->reader;
    return w == t->self || w == SHADOW_TRACT_BUSY;
}

/* Room for one more tract in t's list; false: no memory. Those that went to others are left out first. */
static bool make_room(struct shadow_thread *t)
{
    uint32_t n = 0, room = t->tracts_room ? 2 * t->tracts_room : 512;
    struct shadow_tract **list;

    for (uint32_t i = 0; i < t->ntracts; i++)
        if (has(t, t->tracts[i]))
            t->tracts[n++] = t->tracts[i];
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

/* t becomes the owner of the tract p at x, which is held, or a reader of it. */
static bool own(struct shadow_thread *t, struct shadow_tract *p, uintptr_t x)
{
    if (t->ntracts == t->tracts_room && !make_room(t))
        return false;
    t->tracts[t->ntracts++] = p;
    shadow_budget_grow(t, 2); /* a page for each, or for four */
    base_mem_set(shadow_inline_cell(t->in, x), 0, SHADOW_TRACT);
    shadow_inline_forget_known(t, x, x + SHADOW_TRACT);
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

/* The tract p is w, and so may be those behind it: as many as become BUSY, p included; 0: none. */
static uint32_t grab(struct shadow_tract *p, uint32_t w, uint64_t most)
{
    uint32_t n = 0;

    while (n < most && swap(p + n, w, SHADOW_TRACT_BUSY))
        n++;
    return n;
}

/* The n tracts from p on are BUSY and were w: whoever may be at work there, but `by`, is shut out by one barrier. */
static void shut_out_all(const struct shadow_thread *by, const struct shadow_tract *p, uint32_t n,
                         uint32_t w)
{
    uint64_t others = 0;

    if (w >= SHADOW_TRACT_SLOT)
        shut_out(by, holder(w));
    if (w != SHADOW_TRACT_READ)
        return;
    for (uint32_t i = 0; i < n; i++)
        others |= p[i].readers;
    others &= ~by->reader;
    if (others)
        shadow_world_barrier();
    for (; others; others &= others - 1)
        wait_for(shadow_slot_holder[__builtin_ctzll(others)]);
}

/* The tract p is BUSY, was w, and everybody is shut out: what its owner or those who joined it did there goes to A and W.
 * Nobody has joined any more. Returns how many granules that were. */
static uint32_t fold(struct shadow_thread *by, struct shadow_tract *p, uint32_t w)
{
    uint32_t used = 0;

    if (by)
        shadow_budget_grow(by, 2);
    if (w >= SHADOW_TRACT_SLOT)
        return shadow_fold_owned(by, holder(w), address_of(p));
    for (uint64_t r = w == SHADOW_TRACT_READ ? p->readers : 0; r; r &= r - 1)
        used += shadow_fold_joined(by, shadow_slot_holder[__builtin_ctzll(r)], address_of(p));
    __atomic_store_n(&p->readers, 0, __ATOMIC_RELAXED);
    return used;
}

/* True if that holds for each granule of the tract at x, which is held. What two granules say many others say too. */
static bool all(const struct shadow_thread *t, uintptr_t x,
                bool (*ordered)(const struct shadow_thread *t, uintptr_t x))
{
    uint64_t seen_a = 0, seen_w = 0;

    for (uintptr_t end = x + SHADOW_TRACT; x < end; x += 8) {
        uint64_t a = __atomic_load_n(shadow_wide_a(x), __ATOMIC_ACQUIRE), w = *shadow_wide_w(x);

        if (a == seen_a && w == seen_w)
            continue;
        if (!ordered(t, x) || !ordered(t, x + 4))
            return false;
        if (!shadow_wide_escapes(a | w))
            seen_a = a, seen_w = w;
    }
    return true;
}

/* The tract p is BUSY: true if t has joined it, which makes it READ. */
static bool join(struct shadow_thread *t, struct shadow_tract *p)
{
    uintptr_t x = address_of(p);

    if (!t->reader || !all(t, x, shadow_granule_writes_ordered) || !own(t, p, x))
        return false;
    __atomic_store_n(&p->readers, p->readers | t->reader, __ATOMIC_RELAXED);
    return true;
}

/* The tract p is BUSY, nobody owns it or has joined: what becomes of it, as a word for `owner`. */
static uint32_t take(struct shadow_thread *t, struct shadow_tract *p, enum shadow_wish wish)
{
    uintptr_t x = address_of(p);

    if (!t->self)
        return SHADOW_TRACT_SHARED;
    if (wish == SHADOW_WISH_READ && join(t, p))
        return SHADOW_TRACT_READ;
    if (all(t, x, shadow_granule_ordered))
        return own(t, p, x) ? t->self : SHADOW_TRACT_SHARED;
    shadow_hint_lose(p);
    return SHADOW_TRACT_SHARED;
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

/* The tract p, which is BUSY, was w, somebody else's or READ, and so may be those behind it. What becomes of p. */
static uint32_t take_over(struct shadow_thread *t, struct shadow_tract *p, uint32_t w,
                          enum shadow_wish wish)
{
    uint32_t n = 1 + grab(p + 1, w, reach(t, p) - 1), first = SHADOW_TRACT_SHARED, used = 0;
    uint64_t records = t->stats.inflations;

    shut_out_all(t, p, n, w);
    for (uint32_t i = 0; i < n; i++)
        used += fold(t, p + i, w);
    if ((t->stats.inflations - records) * RECORDS_BAD > used)
        used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t next = shadow_hint_worth(p + i, used) ? take(t, p + i, wish) : SHADOW_TRACT_SHARED;

        if (i == 0)
            first = next;
        else
            give(p + i, next);
    }
    t->next_tract = p + n;
    return first;
}

/* The tract p is READ. False: it is not any more. */
static bool open_read(struct shadow_thread *t, struct shadow_tract *p, enum shadow_hold *hold)
{
    *hold = shadow_tract_joined(t, address_of(p)) ? SHADOW_HOLD_READ : SHADOW_HOLD_SHARED;
    if (*hold == SHADOW_HOLD_READ || !t->reader || !shadow_hint_join(t))
        return true;
    if (!swap(p, SHADOW_TRACT_READ, SHADOW_TRACT_BUSY))
        return false;
    if (join(t, p))
        *hold = SHADOW_HOLD_READ;
    give(p, SHADOW_TRACT_READ);
    return true;
}

/* The tract p is BUSY and was w: what becomes of it. */
static uint32_t change(struct shadow_thread *t, struct shadow_tract *p, uint32_t w,
                       enum shadow_wish wish)
{
    if (w == SHADOW_TRACT_NONE)
        return t->self && own(t, p, address_of(p)) ? t->self : SHADOW_TRACT_SHARED;
    return w == SHADOW_TRACT_SHARED ? take(t, p, wish) : take_over(t, p, w, wish);
}

enum shadow_hold shadow_tract_open(struct shadow_thread *t, uintptr_t x, bool write)
{
    struct shadow_tract *p;
    enum shadow_hold hold;

    if (!shadow_tracts)
        return SHADOW_HOLD_SHARED;
    p = shadow_tract_of(x);
    for (;;) {
        enum shadow_wish wish = write ? SHADOW_WISH_OWN : SHADOW_WISH_READ;
        uint32_t w = wait_while_busy(p);

        if (w == SHADOW_TRACT_SHARED)
            wish = t->self ? shadow_hint_visit(t, p, write) : SHADOW_WISH_NONE;
        if (wish == SHADOW_WISH_NONE)
            return SHADOW_HOLD_SHARED;
        if (w == SHADOW_TRACT_READ && !write) {
            if (open_read(t, p, &hold))
                return hold;
            continue;
        }
        if (!swap(p, w, SHADOW_TRACT_BUSY))
            continue;
        if (w != t->self || !w)
            w = change(t, p, w, wish);
        if (w == t->self)
            return SHADOW_HOLD_OWN;
        give(p, w);
        if (w == SHADOW_TRACT_SHARED)
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
        shut_out_all(t, p, 1, w);
        fold(t, p, w);
        shadow_hint_lose(p);
        give(p, SHADOW_TRACT_SHARED);
    }
}

/* Nothing is recorded any more of p and some behind it, below end. clear: A and W too. Returns what is left. */
static struct shadow_tract *clear_some(struct shadow_thread *t, struct shadow_tract *p,
                                       const struct shadow_tract *end, bool clear)
{
    uint32_t w = wait_while_busy(p), n;

    if (w == SHADOW_TRACT_NONE)
        return p + 1;
    n = grab(p, w, (uint64_t)(end - p) < REACH_RANGE ? (uint64_t)(end - p) : REACH_RANGE);
    shut_out_all(t, p, n, w);
    for (uint32_t i = 0; i < n; i++) {
        uintptr_t x = address_of(p + i);

        if (clear)
            shadow_wide_set(x, x + SHADOW_TRACT, 0);
        __atomic_store_n(&p[i].readers, 0, __ATOMIC_RELAXED);
        shadow_hint_forget(p + i);
        give(p + i, SHADOW_TRACT_NONE);
    }
    return p + n;
}

void shadow_tract_clear(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    for (struct shadow_tract *p = shadow_tract_of(lo); p < shadow_tract_of(hi);)
        p = clear_some(t, p, shadow_tract_of(hi), true);
}

bool shadow_tract_few(uintptr_t lo, uintptr_t hi, uint32_t most)
{
    const struct shadow_tract *p = shadow_tract_of(lo), *end = shadow_tract_of(hi - 1) + 1;
    uint32_t n = 0;

    for (; p < end && n <= most; p++)
        n += __atomic_load_n(&p->owner, __ATOMIC_RELAXED) != SHADOW_TRACT_NONE;
    return n <= most;
}

void shadow_tract_clear_owners(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    struct shadow_tract *p = shadow_tracts ? shadow_tract_of(lo) : NULL;
    struct shadow_tract *end = shadow_tracts ? shadow_tract_of(hi) : NULL;
    uintptr_t from = ((uintptr_t)p + PAGE - 1) & ~(PAGE - 1), to = (uintptr_t)end & ~(PAGE - 1);

    if (from < to) {
        shadow_plane_drop_bytes(from, to - from);
        shadow_tract_shut_all(t);
        while ((uintptr_t)p < from)
            p = clear_some(t, p, (struct shadow_tract *)from, false);
        p = (struct shadow_tract *)to;
    }
    while (p < end)
        p = clear_some(t, p, end, false);
}

void shadow_tract_begin(struct shadow_thread *t)
{
    if (!shadow_tracts || !t->epoch || !t->plane || t->plane->common)
        return;
    t->self = SHADOW_TRACT_SLOT + t->slot;
    t->reader = t->slot < SHADOW_TRACT_READERS ? (uint64_t)1 << t->slot : 0;
    t->tag_base = t->plane->tag + 1 - t->clock;
    t->kept_cell = 0;
}

/* The tract p is BUSY and was t's, or t may have joined it: what becomes of it. */
static uint32_t leave(struct shadow_thread *t, struct shadow_tract *p, uint32_t w, bool back)
{
    if (w == t->self) {
        shadow_fold_owned(t, t, address_of(p));
        if (back)
            shadow_hint_expect(p, t->slot);
        else
            shadow_hint_forget(p);
        return SHADOW_TRACT_SHARED;
    }
    if (p->readers & t->reader) {
        shadow_fold_joined(t, t, address_of(p));
        __atomic_store_n(&p->readers, p->readers & ~t->reader, __ATOMIC_RELAXED);
    }
    return SHADOW_TRACT_READ;
}

/* Tracts in a row that t has left: what its plane has of them goes, so that it does not stand beside what they became in A
 * and W. */
struct left {
    struct shadow_tract *from, *to;
};

static void drop_left(const struct shadow_thread *t, const struct left *l)
{
    uintptr_t lo, hi;

    if (l->to - l->from < LEFT_WORTH)
        return;
    lo = ((uintptr_t)shadow_inline_cell(t->in, address_of(l->from)) + PAGE - 1) & ~(PAGE - 1);
    hi = (uintptr_t)shadow_inline_cell(t->in, address_of(l->to)) & ~(PAGE - 1);
    shadow_plane_drop_bytes(lo, hi - lo);
}

/* Within a block of 64 GiB the plane is in one piece. */
static void note_left(const struct shadow_thread *t, struct left *l, struct shadow_tract *p)
{
    if (p == l->to && address_of(p) & ((1ul << SHADOW_BLOCK_SHIFT) - 1) &&
        l->to - l->from < LEFT_MOST) {
        l->to++;
        return;
    }
    drop_left(t, l);
    *l = (struct left){ p, p + 1 };
}

void shadow_tract_leave(struct shadow_thread *t, bool back)
{
    bool many = t->ntracts >= LEFT_MOST;
    struct left left = { 0 };

    for (uint32_t i = 0; i < t->ntracts; i++) {
        struct shadow_tract *p = t->tracts[i];
        uint32_t w;

        /* Whoever has it BUSY may be reading our plane. */
        while ((w = wait_while_busy(p)), has(t, p) && (w == t->self || w == SHADOW_TRACT_READ))
            if (swap(p, w, SHADOW_TRACT_BUSY))
                give(p, leave(t, p, w, back));
        if (many)
            note_left(t, &left, p);
    }
    if (many)
        drop_left(t, &left);
    shadow_tract_forget(t);
}

void shadow_tract_forget(struct shadow_thread *t)
{
    t->ntracts = 0;
    t->self = 0;
    t->reader = 0;
    __atomic_store_n(&t->fast, SHADOW_FAST_OFF, __ATOMIC_RELAXED);
}
