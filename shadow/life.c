/*
 * shadow/life.c - see life.h. Called by the makers and users of locks, conditions and barriers.
 *
 * Of a signal the end counts: it may still be at work on the condition when those that it woke go on, so its read is
 * recorded in the epoch behind its release. Whoever gives a lock back has done with it as soon as another one can take it,
 * says POSIX (pthread_mutex_destroy), so there the release counts.
 */
#include "shadow/life.h"

#include "shadow/finding.h"
#include "shadow/range.h"
#include "shadow/world.h"

#define BYTES 4u /* of the object */
#define USES 100u

/* False: it is not young. A use that is lost between two threads is one more. */
static bool grow_older(struct shadow_sync *s)
{
    uint8_t young = s ? __atomic_load_n(&s->young, __ATOMIC_RELAXED) : 0;

    if (young)
        __atomic_store_n(&s->young, young - 1, __ATOMIC_RELAXED);
    return young;
}

/* ---- conditions and barriers ----------------------------------------------------------------------------- */

void shadow_life_made(struct shadow_thread *t, uintptr_t object, const struct base_where *at)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    if (shadow_thread_plural)
        shadow_range_clear(t, object, BYTES); /* of what was in its place before */
    s = shadow_sync_get(object, true);
    if (s)
        __atomic_store_n(&s->young, USES, __ATOMIC_RELAXED); /* shadow_life_young() */
    shadow_sync_put(s);
    shadow_world_leave(t);
    shadow_range(t, object, BYTES, SHADOW_WRITE | SHADOW_PLAIN, at);
}

void shadow_life_used(struct shadow_thread *t, uintptr_t object, const struct base_where *at)
{
    if (shadow_thread_plural && grow_older(shadow_sync_find(object)))
        shadow_range(t, object, BYTES, SHADOW_PLAIN, at);
}

void shadow_life_ended(struct shadow_thread *t, uintptr_t object, const struct base_where *at)
{
    shadow_range(t, object, BYTES, SHADOW_WRITE | SHADOW_PLAIN, at);
}

/* ---- locks ----------------------------------------------------------------------------------------------- */

static void report(struct shadow_thread *t, uintptr_t lock, enum report_op op,
                   const struct shadow_found *found, const struct base_where *at)
{
    struct shadow_now now = { .addr = lock,
                              .size = BYTES,
                              .op = (uint8_t)op,
                              .plain = true,
                              .stack = shadow_thread_stack(t, at),
                              .pc = at ? at->pc : 0 };

    shadow_finding_race(t, &now, found);
}

void shadow_life_made_lock(struct shadow_thread *t, struct shadow_sync *s,
                           const struct base_where *at)
{
    if (shadow_thread_plural && t->epoch) {
        shadow_thread_log(t, s->addr, BYTES, REPORT_WRITE, true, shadow_thread_stack(t, at));
        t->stamped = true;
    }
    __atomic_store_n(&s->rw.made, shadow_thread_plural ? t->epoch : 0,
                     __ATOMIC_RELAXED); /* shadow_life_asks() */
    s->rw.generation = shadow_world.generation;
    s->marks |= SHADOW_SYNC_MADE;
    __atomic_store_n(&s->young, s->rw.made ? USES : 0, __ATOMIC_RELAXED); /* shadow_life_young() */
}

/* The epoch of another thread in which it was made, if it may be compared; 0: there is none. */
static uint32_t made_by_other(const struct shadow_thread *t, struct shadow_sync *s)
{
    if (s->rw.generation != shadow_world.generation) /* nor will there be */
        __atomic_store_n(&s->young, 0, __ATOMIC_RELAXED);
    return shadow_life_asks(t, s) ? s->rw.made : 0;
}

void shadow_life_lock(struct shadow_thread *t, uintptr_t lock, const struct base_where *at)
{
    struct shadow_sync *s = shadow_sync_find(lock);
    struct shadow_found found = { .addr = lock, .size = BYTES, .wrote = true };

    if (!s || !shadow_life_young(s) || !shadow_thread_plural || !shadow_sync_lock(s, lock))
        return;
    found.previous = made_by_other(t, s);
    shadow_sync_put(s);
    if (!found.previous || !grow_older(s))
        return;
    if (t->epoch) {
        shadow_thread_log(t, lock, BYTES, REPORT_READ, true, shadow_thread_stack(t, at));
        t->stamped = true;
    }
    if (!shadow_stamp_news(t, found.previous))
        return;
    found.previous |= SHADOW_CELL_MASK;
    report(t, lock, REPORT_READ, &found, at);
}

void shadow_life_last(const struct shadow_thread *t, const struct shadow_sync *s,
                      struct shadow_found *found)
{
    uint32_t cell;

    if (!s->lock_id || found->previous)
        return;
    cell = shadow_stamp_unknown(t, &s->stamp);
    if (!cell)
        cell = shadow_stamp_unknown(t, &s->rw.readers);
    if (cell)
        *found = (struct shadow_found){ .addr = s->addr,
                                        .previous = cell | SHADOW_CELL_MASK,
                                        .size = BYTES };
}

void shadow_life_end_lock(struct shadow_thread *t, uintptr_t lock, const struct base_where *at)
{
    struct shadow_found found = { 0 };
    struct shadow_sync *s;

    if (!shadow_thread_plural || !shadow_world_enter(t))
        return;
    s = shadow_sync_get(lock, false);
    if (s)
        shadow_life_last(t, s, &found);
    shadow_sync_put(s);
    if (found.previous)
        report(t, lock, REPORT_WRITE, &found, at);
    shadow_world_leave(t);
}
