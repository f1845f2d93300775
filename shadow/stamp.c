/*
 * shadow/stamp.c - release and acquire between a thread and whatever carries its knowledge on.
 *
 * The simple model: release: S |_|= C_t; C_t[t]++. acquire: C_t |_|= S. Here:
 *   - a release publishes the pointer to t's immutable clock, t's slot and its clock; it joins only where S holds
 *     something t does not know, and then S has no single releaser any more (slot NONE);
 *   - an acquire of what is known is one compare: C_t[S.slot] >= S.clock. Sound, since a slot's clock value names one
 *     vector clock: the epoch advances at a release if anything was stamped OR acquired since the last one. A clock
 *     of an earlier tenant of the slot says nothing about a later one's: those stamps are always joined.
 * tests/unit/model.c ties the two. The caller holds whatever protects S.
 */
#include <stddef.h>

#include "shadow/inline.h"
#include "shadow/slot.h"
#include "shadow/world.h"

static bool stale(const struct shadow_stamp *s)
{
    return !s->set || s->generation != shadow_world.generation;
}

static bool known(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    if (stale(s) || (s->slot == SHADOW_SLOT_NONE && (!s->vc || s->vc == t->vc)))
        return true;
    return s->slot != SHADOW_SLOT_NONE && shadow_thread_knows(t, s->slot) >= s->clock &&
           s->clock >= __atomic_load_n(&shadow_slot_first[s->slot], __ATOMIC_RELAXED);
}

static void lost(struct shadow_thread *t)
{
    t->stats.lost_history++;
    shadow_world_want_reset(); /* out of memory: an edge is missing, so nothing that came before may be reported */
}

uint32_t shadow_stamp_epoch(struct shadow_thread *t)
{
    if (!t->epoch) { /* without a slot: only the inline plane has epochs */
        shadow_inline_advance(t);
        return 0;
    }
    if (!t->stamped && !t->acquired)
        return t->released;
    t->released = t->clock;
    t->stamped = t->acquired = false;
    t->stats.epochs++;
    shadow_inline_advance(t);
    if (t->clock >= shadow_limits.clocks) {
        shadow_slot_leave(t);
        return t->released;
    }
    t->clock++;
    t->epoch = shadow_cell_epoch(t->slot, t->clock);
    return t->released;
}

static void replace(struct shadow_stamp *s, struct shadow_clock *vc, uint32_t slot, uint32_t clock)
{
    struct shadow_clock *old = s->vc;

    if (old != vc) {
        s->vc = shadow_clock_hold(vc);
        shadow_clock_drop(old);
    }
    s->slot = (uint16_t)slot;
    s->clock = clock;
    s->generation = shadow_world.generation;
    s->set = true;
}

/* s := clock, taking over the reference. */
static void adopt(struct shadow_stamp *s, struct shadow_clock *vc)
{
    shadow_clock_drop(s->vc);
    *s = (struct shadow_stamp){ vc, shadow_world.generation, SHADOW_SLOT_NONE, true, 0 };
}

void shadow_stamp_release(struct shadow_thread *t, struct shadow_stamp *s)
{
    bool knew, failed = false;
    uint32_t slot = t->epoch ? t->slot : SHADOW_SLOT_NONE;
    uint32_t clock;
    struct shadow_clock *flat, *joined;

    if (__atomic_load_n(&shadow_thread_live, __ATOMIC_RELAXED) ==
        1) /* only this thread can change that */
        return;
    knew = known(t, s);
    clock = shadow_stamp_epoch(t);
    if (knew) {
        replace(s, t->vc, slot, clock);
        return;
    }
    flat = shadow_clock_join(s->vc, t->vc, slot, clock, &failed);
    joined = shadow_clock_join(flat, NULL, s->slot, s->clock, &failed);
    shadow_clock_drop(flat);
    adopt(s, joined);
    if (failed)
        lost(t);
}

void shadow_stamp_acquire(struct shadow_thread *t, const struct shadow_stamp *s)
{
    struct shadow_clock *vc;
    bool failed = false;

    if (known(t, s))
        return;
    vc = shadow_clock_join(t->vc, s->vc, s->slot == t->slot ? SHADOW_SLOT_NONE : s->slot, s->clock,
                           &failed);
    if (vc != t->vc)
        t->acquired = true;
    shadow_clock_drop(t->vc);
    t->vc = vc;
    if (failed)
        lost(t);
}

void shadow_stamp_join(struct shadow_stamp *to, const struct shadow_stamp *from)
{
    bool failed = false;
    struct shadow_clock *flat, *joined;

    if (stale(from))
        return;
    if (stale(to)) {
        replace(to, from->vc, from->slot, from->clock);
        return;
    }
    flat = shadow_clock_join(to->vc, from->vc, from->slot, from->clock, &failed);
    joined = shadow_clock_join(flat, NULL, to->slot, to->clock, &failed);
    shadow_clock_drop(flat);
    adopt(to, joined);
    if (failed)
        shadow_world_want_reset();
}

void shadow_stamp_drop(struct shadow_stamp *s)
{
    shadow_clock_drop(s->vc);
    *s = (struct shadow_stamp){ 0 };
}
