/*
 * shadow/hint.c - the hint word of a tract: visits since it became SHARED.
 *
 *      31      28 27   18 17    9 8    0
 *      patience  | reads | visits | slot        reads in a row by anybody; visits in a row by the slot
 *
 * SHARED ends after 8 << patience of either. Where that is more than a field holds, one visit in so many counts. Several
 * threads write the word at once and may lose each other's counts. shadow_fast() comes here with one visit in 16 only.
 */
#include "shadow/hint.h"

#define SLOT_BITS 9
#define VISIT_BITS 9
#define READ_BITS 10
#define READ_SHIFT (SLOT_BITS + VISIT_BITS)
#define PATIENCE_SHIFT (READ_SHIFT + READ_BITS)
#define PATIENCE_MAX 12u
#define COUNTED 5u /* up to this patience every visit counts: 8 << 5 fits into the fields */
#define WORTH 32u  /* granules that must have been used */

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

enum shadow_wish shadow_hint_visit(struct shadow_thread *t, struct shadow_tract *p, bool write)
{
    struct hint h = get(p);
    uint32_t enough = 8u << (h.patience < COUNTED ? h.patience : COUNTED);

    t->visits++;
    if (shadow_limits.eager)
        return write || t->visits & 1 ? SHADOW_WISH_OWN : SHADOW_WISH_READ;
    if (write && h.reads) {
        h.reads = 0; /* even where the visit does not count */
        set(p, &h);
    }
    if (t->visits & ((1u << over(h.patience)) - 1))
        return SHADOW_WISH_NONE;
    h.visits = h.slot == t->slot ? h.visits + 1 : 0;
    h.reads = write ? 0 : h.reads + 1;
    h.slot = t->slot;
    if (h.visits < enough && h.reads < enough) {
        set(p, &h);
        return SHADOW_WISH_NONE;
    }
    write = h.visits >= enough;
    h.visits = h.reads = 0;
    set(p, &h);
    return write ? SHADOW_WISH_OWN : SHADOW_WISH_READ;
}

bool shadow_hint_join(struct shadow_thread *t)
{
    return shadow_limits.eager || (t->visits++ & 3) == 0;
}

void shadow_hint_lose(struct shadow_tract *p)
{
    struct hint h = get(p);

    h.patience += h.patience < PATIENCE_MAX;
    h.visits = h.reads = 0;
    set(p, &h);
}

bool shadow_hint_worth(struct shadow_tract *p, uint32_t used)
{
    struct hint h = get(p);

    if (used < WORTH)
        shadow_hint_lose(p);
    else {
        h.patience -= h.patience > 0;
        h.visits = h.reads = 0;
        set(p, &h);
    }
    return get(p).patience < 3 || shadow_limits.eager;
}

void shadow_hint_forget(struct shadow_tract *p)
{
    __atomic_store_n(&p->hint, 0, __ATOMIC_RELAXED);
}
