/*
 * shadow/stamp.c - release and acquire between a thread and whatever carries its knowledge on.
 *
 * The simple model: release: S |_|= C_t; C_t[t]++. acquire: C_t |_|= S. Here:
 *   - a release publishes the pointer to t's immutable clock, the few cells that t learnt since, t's slot and its
 *     clock; it joins only where S holds something t does not know, and then S has no single releaser any more (slot
 *     NONE);
 *   - an acquire of what is known is one compare: C_t[S.slot] >= S.clock. Sound, since a slot's clock value names one
 *     vector clock: the epoch advances at a release if anything was stamped OR acquired since the last one. A clock
 *     of an earlier tenant of the slot says nothing about a later one's: those stamps are always joined.
 *   - an acquire of something new writes it into t->know[], which accesses ask, and into t's few cells; a new clock is
 *     made when those are full. A clock that knows all that t's does takes its place, so that threads which exchange
 *     knowledge come to share one, and need not look into it.
 * tests/unit/model.c ties the two. The caller holds whatever protects S.
 */
#include <stddef.h>

#include "base/mem.h"
#include "shadow/inline.h"
#include "shadow/slot.h"
#include "shadow/stamp.h"
#include "shadow/world.h"

/* ---- rests ----------------------------------------------------------------------------------------------- */

/* False: no room. */
static bool add(uint32_t *rest, uint32_t cell)
{
    for (unsigned i = 0; i < SHADOW_REST; i++)
        if (!rest[i] || shadow_cell_slot(rest[i]) == shadow_cell_slot(cell)) {
            if (rest[i] < cell) /* the same slot: the clock decides */
                rest[i] = cell;
            return true;
        }
    return false;
}

static inline void copy(uint32_t *to, const uint32_t *from)
{
    __builtin_memcpy(to, from, SHADOW_REST * sizeof(*to)); /* a few moves: known at compile time */
}

/* Takes out what vc says too. */
static void prune(uint32_t *rest, const struct shadow_clock *vc)
{
    uint32_t left[SHADOW_REST] = { 0 };

    for (unsigned i = 0, n = 0; i < SHADOW_REST && rest[i]; i++)
        if (shadow_clock_at(vc, shadow_cell_slot(rest[i])) < shadow_cell_clock(rest[i]))
            left[n++] = rest[i];
    copy(rest, left);
}

/* ---- what a thread knows ----------------------------------------------------------------------------------- */

static void lost(struct shadow_thread *t)
{
    t->stats.lost_history++;
    shadow_world_want_reset(); /* out of memory: an edge is missing, so nothing that came before may be reported */
}

/* Takes the reference to vc over. */
static void set_clock(struct shadow_thread *t, struct shadow_clock *vc)
{
    shadow_clock_drop(t->vc);
    t->vc = vc;
    prune(t->rest, vc);
}

void shadow_stamp_flatten(struct shadow_thread *t)
{
    bool failed = false;

    if (!t->rest[0])
        return;
    set_clock(t, shadow_clock_raise(t->vc, t->rest, SHADOW_REST, &failed));
    if (!failed)
        return;
    base_mem_set(t->rest, 0, sizeof(t->rest));
    lost(t);
}

void shadow_stamp_forget(struct shadow_thread *t)
{
    shadow_clock_drop(t->vc);
    t->vc = NULL;
    base_mem_set(t->rest, 0, sizeof(t->rest));
    base_mem_set(t->know, 0, sizeof(t->know));
}

void shadow_stamp_copy(const struct shadow_thread *t, uint32_t slot, uint32_t clock,
                       struct shadow_stamp *out)
{
    *out = (struct shadow_stamp){ .vc = shadow_clock_hold(t->vc),
                                  .generation = shadow_world.generation,
                                  .slot = (uint16_t)slot,
                                  .set = true,
                                  .clock = clock };
    copy(out->rest, t->rest);
}

/* What t does not know yet. */
static void learn(struct shadow_thread *t, uint32_t cell)
{
    t->know[shadow_cell_slot(cell)] = shadow_cell_clock(cell);
    t->acquired = true;
    if (add(t->rest, cell))
        return;
    shadow_stamp_flatten(t);
    add(t->rest, cell);
}

void shadow_stamp_learn_own(struct shadow_thread *t)
{
    learn(t, shadow_cell_epoch(t->slot, t->clock));
}

/* How many components of the chunk are greater than t's. */
static unsigned count_news(const uint32_t *know, const struct shadow_chunk *k)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SHADOW_CHUNK; i++)
        n += k->at[i] > know[i];
    return n;
}

static unsigned news(const struct shadow_thread *t, const struct shadow_clock *vc)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SHADOW_CHUNKS; i++)
        if (vc->chunk[i] && !(t->vc && t->vc->chunk[i] == vc->chunk[i]))
            n += count_news(&t->know[i * SHADOW_CHUNK], vc->chunk[i]);
    return n;
}

static void learn_each(struct shadow_thread *t, const struct shadow_clock *vc)
{
    for (uint32_t slot = 0; slot < SHADOW_SLOTS; slot++)
        if (shadow_clock_at(vc, slot) > t->know[slot])
            learn(t, shadow_cell_epoch(slot, shadow_clock_at(vc, slot)));
}

/* vc knows all that t->vc does; the reference is taken over. */
static void take_place(struct shadow_thread *t, struct shadow_clock *vc)
{
    for (unsigned i = 0; i < SHADOW_CHUNKS; i++)
        for (unsigned j = 0; vc->chunk[i] && j < SHADOW_CHUNK; j++)
            if (vc->chunk[i]->at[j] > t->know[i * SHADOW_CHUNK + j])
                t->know[i * SHADOW_CHUNK + j] = vc->chunk[i]->at[j];
    set_clock(t, vc);
}

static void learn_clock(struct shadow_thread *t, struct shadow_clock *vc)
{
    bool failed = false;
    unsigned n;

    if (!vc || vc == t->vc)
        return;
    t->know[t->slot] = t->clock; /* what others know of t is no news to it */
    n = news(t, vc);
    if (n)
        t->acquired = true;
    if (shadow_clock_covers(vc, t->vc))
        take_place(t, shadow_clock_hold(vc));
    else if (n > SHADOW_REST)
        take_place(t, shadow_clock_join(t->vc, vc, &failed));
    else if (n)
        learn_each(t, vc);
    if (failed)
        lost(t);
}

uint32_t shadow_stamp_epoch(struct shadow_thread *t)
{
    if (t->epoch)
        return shadow_stamp_end_epoch(t);
    shadow_inline_advance(t); /* without a slot only the inline plane has epochs */
    return 0;
}

/* ---- stamps ------------------------------------------------------------------------------------------------ */

static bool stale(const struct shadow_stamp *s)
{
    return !s->set || s->generation != shadow_world.generation;
}

/* A stamp of several releasers: only what needs no look into a clock. */
static bool known_cells(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    if (s->vc && s->vc != t->vc)
        return false;
    for (unsigned i = 0; i < SHADOW_REST && s->rest[i]; i++)
        if (!shadow_thread_ordered(t, s->rest[i]))
            return false;
    return true;
}

bool shadow_stamp_known(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    if (stale(s))
        return true;
    if (s->slot == SHADOW_SLOT_NONE)
        return known_cells(t, s);
    return shadow_thread_knows(t, s->slot) >= s->clock &&
           s->clock >= __atomic_load_n(&shadow_slot_first[s->slot], __ATOMIC_RELAXED);
}

/* The releaser and the rest as one list; returns how many. */
static unsigned cells(const struct shadow_stamp *s, uint32_t *list)
{
    unsigned n = 0;

    if (s->slot != SHADOW_SLOT_NONE)
        list[n++] = shadow_cell_epoch(s->slot, s->clock);
    for (unsigned i = 0; i < SHADOW_REST && s->rest[i]; i++)
        list[n++] = s->rest[i];
    return n;
}

bool shadow_stamp_news(const struct shadow_thread *t, uint32_t cell)
{
    uint32_t slot = shadow_cell_slot(cell);

    return !shadow_thread_ordered(t, cell) &&
           shadow_cell_clock(cell) >= __atomic_load_n(&shadow_slot_first[slot], __ATOMIC_RELAXED);
}

uint32_t shadow_stamp_unknown(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    uint32_t list[SHADOW_REST + 1];
    unsigned n = stale(s) ? 0 : cells(s, list);

    for (unsigned i = 0; i < n; i++)
        if (shadow_stamp_news(t, list[i]))
            return list[i];
    for (uint32_t slot = 0; n && s->vc && slot < SHADOW_SLOTS; slot++)
        if (shadow_stamp_news(t, shadow_cell_epoch(slot, shadow_clock_at(s->vc, slot))))
            return shadow_cell_epoch(slot, shadow_clock_at(s->vc, slot));
    return 0;
}

static bool alone(void)
{
    return __atomic_load_n(&shadow_thread_live, __ATOMIC_RELAXED) ==
           1; /* only it can change that */
}

/* A releaser's cell stands for what it knew then, and a stamp only grows. */
static bool has_cell(const struct shadow_stamp *s, uint32_t slot, uint32_t clock)
{
    uint32_t cell = shadow_cell_epoch(slot, clock);

    if (s->slot == slot && s->clock == clock)
        return true;
    for (unsigned i = 0; i < SHADOW_REST && s->rest[i]; i++)
        if (s->rest[i] == cell)
            return true;
    return false;
}

bool shadow_stamp_published(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    if (alone())
        return true;
    return t->epoch && !t->stamped && !t->acquired && !stale(s) &&
           has_cell(s, t->slot, t->released);
}

static void replace(struct shadow_stamp *s, const struct shadow_stamp *by)
{
    struct shadow_clock *old = s->vc;

    if (old != by->vc) {
        shadow_clock_hold(by->vc);
        *s = *by;
        shadow_clock_drop(old);
    } else {
        *s = *by;
    }
}

/* s says what t knows now; ends its epoch. */
static void publish(struct shadow_thread *t, struct shadow_stamp *s)
{
    uint16_t slot = t->epoch ? (uint16_t)t->slot : SHADOW_SLOT_NONE;
    uint32_t clock = shadow_stamp_epoch(t);
    struct shadow_clock *old = s->vc;

    if (old != t->vc)
        s->vc = shadow_clock_hold(t->vc);
    s->generation = shadow_world.generation;
    s->slot = slot;
    s->set = true;
    s->clock = clock;
    copy(s->rest, t->rest);
    if (old != t->vc)
        shadow_clock_drop(old);
}

void shadow_stamp_release(struct shadow_thread *t, struct shadow_stamp *s)
{
    struct shadow_stamp mine = { 0 };

    if (alone() || shadow_thread_ignores(t, SHADOW_IGNORE_SYNC))
        return;
    if (shadow_stamp_known(t, s)) {
        publish(t, s);
        return;
    }
    publish(t, &mine);
    shadow_stamp_join(s, &mine);
    shadow_stamp_drop(&mine);
}

void shadow_stamp_store(struct shadow_thread *t, struct shadow_stamp *s)
{
    if (shadow_thread_ignores(t, SHADOW_IGNORE_SYNC))
        return;
    if (alone())
        shadow_stamp_drop(s);
    else
        publish(t, s);
}

bool shadow_stamp_has(const struct shadow_stamp *s, const struct shadow_stamp *other)
{
    if (stale(s) || stale(other))
        return stale(other);
    if (other->slot != SHADOW_SLOT_NONE)
        return has_cell(s, other->slot, other->clock);
    if (other->vc && other->vc != s->vc)
        return false;
    for (unsigned i = 0; i < SHADOW_REST && other->rest[i]; i++)
        if (!has_cell(s, shadow_cell_slot(other->rest[i]), shadow_cell_clock(other->rest[i])))
            return false;
    return true;
}

void shadow_stamp_acquire(struct shadow_thread *t, const struct shadow_stamp *s)
{
    uint32_t list[SHADOW_REST + 1];
    unsigned n;

    if (shadow_stamp_known(t, s) || shadow_thread_ignores(t, SHADOW_IGNORE_SYNC))
        return;
    n = cells(s, list);
    for (unsigned i = 0; i < n; i++)
        if (!shadow_thread_ordered(t, list[i]))
            learn(t, list[i]);
    learn_clock(t, s->vc);
}

void shadow_stamp_join(struct shadow_stamp *to, const struct shadow_stamp *from)
{
    struct shadow_stamp both = { .generation = shadow_world.generation,
                                 .slot = SHADOW_SLOT_NONE,
                                 .set = true };
    uint32_t list[2 * (SHADOW_REST + 1)];
    bool failed = false, room = true;
    struct shadow_clock *flat;
    unsigned n;

    if (stale(from))
        return;
    if (stale(to)) {
        replace(to, from);
        return;
    }
    both.vc = shadow_clock_join(to->vc, from->vc, &failed);
    n = cells(to, list);
    n += cells(from, list + n);
    for (unsigned i = 0; i < n; i++)
        room = add(both.rest, list[i]) && room;
    if (!room) {
        flat = shadow_clock_raise(both.vc, list, n, &failed);
        shadow_clock_drop(both.vc);
        both.vc = flat;
        base_mem_set(both.rest, 0, sizeof(both.rest));
    }
    shadow_clock_drop(to->vc);
    *to = both;
    if (failed)
        shadow_world_want_reset();
}

void shadow_stamp_drop(struct shadow_stamp *s)
{
    shadow_clock_drop(s->vc);
    *s = (struct shadow_stamp){ 0 };
}
