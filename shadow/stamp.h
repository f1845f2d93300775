/*
 * shadow/stamp.h - the commonest acquire and release of a lock, inlined: it passes between few threads, mostly to the one that
 * had it last.
 *
 * A thread that gives back a lock which it gave back last, too, and that has learnt nothing since, changes nothing but the
 * clock of the stamp. It has the lock to itself, so that it does so without taking the object's, once `quick` says that all
 * others who change the stamp ask first:
 *
 *      holder T                                another one, U, with the object's lock
 *      working := 1                            quick := NEVER
 *      load quick: YES? else go                membarrier(2)
 *      load the stamp: T's own, as it is?      wait until T is not working
 *      store its clock                         change the stamp, or delete the object
 *      working := 0
 *
 * As in tract.h. What U does is rare: it gives back a lock that it does not hold, releases into it by annotation, or deletes
 * it while it is held.
 */
#ifndef SHADOW_STAMP_H
#define SHADOW_STAMP_H

#include "shadow/inline.h"
#include "shadow/slot.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/world.h"

/* As shadow_stamp_epoch(), of a thread that has a slot. */
static inline uint32_t shadow_stamp_end_epoch(struct shadow_thread *t)
{
    if (!(t->stamped | t->acquired))
        return t->released;
    t->released = t->clock;
    t->stamped = t->acquired = false;
    t->stats.epochs++;
    if (!shadow_inline_next(t))
        shadow_inline_renew(t);
    return t->released;
}

/* As shadow_stamp_known(), of a stamp with one releaser; false: look closer. */
static inline bool shadow_stamp_known_one(const struct shadow_thread *t,
                                          const struct shadow_stamp *s)
{
    if (s->slot == SHADOW_SLOT_NONE || s->generation != shadow_world.generation)
        return !s->set;
    return shadow_thread_knows(t, s->slot) >= s->clock &&
           s->clock >= __atomic_load_n(&shadow_slot_first[s->slot], __ATOMIC_RELAXED);
}

static inline bool shadow_stamp_same_rest(const uint32_t *a, const uint32_t *b)
{
    uint64_t x[2], y[2];

    static_assert(SHADOW_REST == 5, "two words, and a half");
    __builtin_memcpy(x, a, sizeof(x));
    __builtin_memcpy(y, b, sizeof(y));
    return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (a[4] ^ b[4]));
}

/* True if t's release into the stamp would change its clock alone. */
static inline bool shadow_stamp_is_last(const struct shadow_thread *t, const struct shadow_stamp *s)
{
    return s->slot == t->slot && s->generation == shadow_world.generation && s->vc == t->vc &&
           s->clock >= __atomic_load_n(&shadow_slot_first[t->slot], __ATOMIC_RELAXED) &&
           shadow_stamp_same_rest(s->rest, t->rest);
}

/* t, which holds the lock m, whose object s is, releases into it so; false: nothing was done. */
static inline bool shadow_stamp_release_quick(struct shadow_thread *t, struct shadow_sync *s,
                                              uintptr_t m)
{
    bool done;

    if (t->ignoring || !t->self)
        return false;
    shadow_tract_set_working(t, 1);
    done = __atomic_load_n(&s->quick, __ATOMIC_RELAXED) == SHADOW_SYNC_QUICK &&
           __atomic_load_n(&s->addr, __ATOMIC_RELAXED) == m && shadow_stamp_is_last(t, &s->stamp);
    if (done)
        __atomic_store_n(&s->stamp.clock, t->stamped | t->acquired ? t->clock : t->released,
                         __ATOMIC_RELAXED);
    shadow_tract_set_working(t, 0);
    if (done)
        shadow_stamp_end_epoch(t);
    return done;
}

#endif
