/*
 * shadow/mutex.c - mutexes and spin locks: an unlock releases into the next lock.
 */
#include <stddef.h>

#include "shadow/held.h"
#include "shadow/life.h"
#include "shadow/misuse.h"
#include "shadow/stamp.h"

void shadow_mutex_init(struct shadow_thread *t, uintptr_t m, unsigned flags,
                       const struct base_where *at)
{
    struct base_where here = at ? *at : (struct base_where){ 0 };
    struct shadow_sync *s;
    uint32_t stack = 0;

    shadow_misuse_check_held(t, REPORT_INIT_HELD, m, flags, at);
    if (!shadow_world_enter(t))
        return;
    here.stack = &stack; /* it is asked for twice */
    shadow_sync_forget(m);
    s = shadow_sync_get_lock(t, m, at ? &here : NULL);
    if (s && flags & SHADOW_LOCK_LIFE)
        shadow_life_made_lock(t, s, &here);
    shadow_sync_put(s);
    shadow_world_leave(t);
}

static __attribute__((noinline)) struct shadow_sync *acquire_slow(struct shadow_thread *t,
                                                                  uintptr_t m,
                                                                  const struct base_where *at,
                                                                  uint32_t *id)
{
    struct shadow_sync *s;

    *id = 0;
    shadow_life_lock(t, m, at);
    s = shadow_sync_get_lock(t, m, at);
    if (!s)
        return NULL;
    shadow_stamp_acquire(t, &s->stamp);
    *id = s->lock_id;
    shadow_sync_put(s);
    return s;
}

static inline struct shadow_sync *acquire(struct shadow_thread *t, uintptr_t m,
                                          const struct base_where *at, uint32_t *id)
{
    const struct shadow_held *last = shadow_held_last(t, m);
    struct shadow_sync *s = last ? last->sync : shadow_sync_find(m);
    uint32_t version;
    bool known;

    if (!s || !shadow_sync_peek(s, &version))
        return acquire_slow(t, m, at, id);
    known = shadow_stamp_known_one(t, &s->stamp) && !shadow_life_asks(t, s);
    *id = s->lock_id;
    if (known && *id && shadow_sync_same(s, m, version))
        return s;
    return acquire_slow(t, m, at, id);
}

void shadow_mutex_lock(struct shadow_thread *t, uintptr_t m, unsigned flags,
                       const struct base_where *at)
{
    struct shadow_held *h;
    struct shadow_sync *s;
    uint32_t id;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    h = shadow_held_find(t, m);
    if (h) {
        h->depth++;
    } else {
        s = acquire(t, m, at, &id);
        shadow_held_push(t, s, id, m, flags, at);
    }
    shadow_world_leave(t);
}

/* holds: t has m for itself. */
static __attribute__((noinline)) void release_slow(struct shadow_thread *t, uintptr_t m,
                                                   struct shadow_sync *s, bool holds)
{
    if (!s || !shadow_sync_lock(s, m))
        s = shadow_sync_get_slow(m, true);
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost */
        return;
    }
    if (!holds)
        shadow_sync_not_quick(t, s);
    else if (s->quick == SHADOW_SYNC_NOT_QUICK)
        __atomic_store_n(&s->quick, SHADOW_SYNC_QUICK, __ATOMIC_RELAXED); /* stamp.h */
    shadow_stamp_release(t, &s->stamp);
    shadow_sync_put(s);
}

/* The last hold, or one that is not known. */
static inline void give_back(struct shadow_thread *t, uintptr_t m, struct shadow_held *h)
{
    struct shadow_sync *s = h && h->sync ? h->sync : shadow_sync_find(m);
    bool holds = h && h->sync;
    bool said = shadow_stamp_may_say(t) && shadow_sync_says(t, m, s);

    if (!said && !(holds && shadow_stamp_release_quick(t, s, m)))
        release_slow(t, m, s, holds);
    if (holds)
        __atomic_store_n(&s->held, 0, __ATOMIC_RELAXED); /* behind the release, see stamp.h */
    if (h)
        shadow_held_drop(t, h);
}

bool shadow_mutex_unlock(struct shadow_thread *t, uintptr_t m)
{
    struct shadow_held *h;
    bool held;

    if (!shadow_world_enter(t))
        return true;
    t->stats.sync_ops++;
    h = shadow_held_find(t, m);
    held = h || t->held_unseen;
    if (h && h->depth > 1)
        h->depth--;
    else
        give_back(t, m, h);
    shadow_world_leave(t);
    return held;
}

void shadow_mutex_destroy(struct shadow_thread *t, uintptr_t m, unsigned flags,
                          const struct base_where *at)
{
    if (shadow_misuse_check_held(t, REPORT_DESTROY_HELD, m, flags, at))
        return;
    if (flags & SHADOW_LOCK_LIFE)
        shadow_life_end_lock(t, m, at);
    if (!shadow_world_enter(t))
        return;
    shadow_sync_forget(m);
    shadow_world_leave(t);
}
