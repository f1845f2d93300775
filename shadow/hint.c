/*
 * shadow/hint.c - the hint word of a tract: visits since it became SHARED.
 *
 *      31      28 27   18 17    9 8    0
 *      patience  | reads | visits | slot        reads in a row by anybody; visits in a row by the slot
 *
 * SHARED ends after 8 << patience of either. Where that is more than a field holds, one visit in so many counts. Several
 * threads write the word at once and may lose each other's counts. Only one visit in 16 is noted.
 */
#include "shadow/hint.h"

#include "shadow/budget.h"
#include "shadow/world.h"

#define SLOT_BITS 9
#define VISIT_BITS 9
#define READ_BITS 10
#define READ_SHIFT (SLOT_BITS + VISIT_BITS)
#define PATIENCE_SHIFT (READ_SHIFT + READ_BITS)
#define PATIENCE_MAX 12u
#define NOTED 16u   /* one visit in so many comes here */
#define COUNTED 5u  /* up to this patience every visit counts: 8 << 5 fits into the fields */
#define WORTH 32u   /* granules that must have been used, at the least */
#define GIVEN_UP 3u /* patience from which on a tract that was not worth it is SHARED */
#define MOST 160u   /* of 256 */
#define SAVED 150u  /* ticks that a granule of one's own saves each time, about */

struct hint {
    uint32_t patience, reads, visits, slot;
};

static struct hint get(const struct shadow_tract *p)
{
    uint32_t h = __atomic_load_n(&p->hint, __ATOMIC_RELAXED);

    return (struct hint){ h >> PATIENCE_SHIFT, h >> READ_SHIFT & ((1u << READ_BITS) - 1),
                          h >> SLOT_BITS & ((1u << VISIT_BITS) - 1), h & ((1u << SLOT_BITS) - 1) };
}

static void set(struct shadow_tract *p, const struct hint *h)
{
    __atomic_store_n(&p->hint,
                     h->patience << PATIENCE_SHIFT | h->reads << READ_SHIFT |
                         h->visits << SLOT_BITS | h->slot,
                     __ATOMIC_RELAXED);
}

static uint32_t over(uint32_t patience)
{
    return patience > COUNTED ? patience - COUNTED : 0;
}

static uint32_t enough(const struct hint *h)
{
    return 8u << (h->patience < COUNTED ? h->patience : COUNTED);
}

bool shadow_hint_note(struct shadow_thread *t, struct shadow_tract *p, bool write)
{
    struct hint h = get(p);

    return !shadow_limits.eager && h.visits + 1 < enough(&h) && h.reads + 1 < enough(&h) &&
           shadow_hint_visit(t, p, write) == SHADOW_WISH_NONE;
}

enum shadow_wish shadow_hint_visit(struct shadow_thread *t, struct shadow_tract *p, bool write)
{
    struct hint h = get(p);

    t->visits++;
    shadow_budget_grow(t, 1); /* others than this one do not come here */
    if (shadow_limits.eager)
        return write || t->visits & 1 ? SHADOW_WISH_OWN : SHADOW_WISH_READ;
    if (write && h.reads) {
        h.reads = 0; /* even where the visit does not count */
        set(p, &h);
    }
    if (t->visits / NOTED & ((1u << over(h.patience)) - 1))
        return SHADOW_WISH_NONE;
    h.visits = h.slot == t->slot ? h.visits + 1 : 0;
    h.reads = write ? 0 : h.reads + 1;
    h.slot = t->slot;
    if (h.visits < enough(&h) && h.reads < enough(&h)) {
        set(p, &h);
        return SHADOW_WISH_NONE;
    }
    write = h.visits >= enough(&h);
    h.visits = h.reads = 0;
    set(p, &h);
    return write ? SHADOW_WISH_OWN : SHADOW_WISH_READ;
}

bool shadow_hint_join(struct shadow_thread *t)
{
    return shadow_limits.eager || (t->visits++ & 3) == 0;
}

/* 0: of the tracts that changed hands lately all were worth it; 256: none. Racy, a few lost changes do not matter. */
static uint32_t bad;

static void judge(bool good)
{
    uint32_t b = __atomic_load_n(&bad, __ATOMIC_RELAXED);

    __atomic_store_n(&bad, good ? b - b / 16 : b + (256 - b) / 16, __ATOMIC_RELAXED);
}

static void lose(struct shadow_tract *p, uint32_t at_least)
{
    struct hint h = get(p);

    h.patience += h.patience < PATIENCE_MAX;
    h.patience = h.patience < at_least ? at_least : h.patience;
    h.visits = h.reads = 0;
    set(p, &h);
}

void shadow_hint_lose(struct shadow_tract *p)
{
    lose(p, 0);
}

bool shadow_hint_worth(struct shadow_tract *p, uint32_t used)
{
    uint64_t cost = __atomic_load_n(&shadow_world.barrier_cost, __ATOMIC_RELAXED);
    bool good = used >= WORTH && used * (uint64_t)SAVED >= cost;
    struct hint h = get(p);

    judge(good);
    if (!good) { /* where most are not, this one need not prove it again */
        lose(p, __atomic_load_n(&bad, __ATOMIC_RELAXED) > MOST ? GIVEN_UP : 0);
    } else {
        h.patience -= h.patience > 0;
        h.visits = h.reads = 0;
        set(p, &h);
    }
    return get(p).patience < GIVEN_UP || shadow_limits.eager;
}

void shadow_hint_expect(struct shadow_tract *p, uint32_t slot)
{
    set(p, &(struct hint){ .visits = 7, .slot = slot });
}

void shadow_hint_forget(struct shadow_tract *p)
{
    __atomic_store_n(&p->hint, 0, __ATOMIC_RELAXED);
}
