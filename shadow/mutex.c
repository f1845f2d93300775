/*
 * shadow/mutex.c - mutexes and spin locks: an unlock releases into the next lock.
 */
#include "shadow/sync.h"
#include "shadow/world.h"

void shadow_mutex_init(struct shadow_thread *t, uintptr_t m, const struct base_where *at)
{
    if (!shadow_world_enter(t))
        return;
    shadow_sync_forget(m);
    shadow_sync_put(shadow_sync_get_lock(t, m, at));
    shadow_world_leave(t);
}

static uint32_t acquire(struct shadow_thread *t, uintptr_t m, const struct base_where *at)
{
    struct shadow_sync *s;
    uint32_t id;

    if (shadow_sync_knows(t, m, &id) && id)
        return id;
    s = shadow_sync_get_lock(t, m, at);
    if (!s)
        return 0;
    shadow_stamp_acquire(t, &s->stamp);
    id = s->lock_id;
    shadow_sync_put(s);
    return id;
}

void shadow_mutex_lock(struct shadow_thread *t, uintptr_t m, const struct base_where *at)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    shadow_sync_hold(t, acquire(t, m, at));
    shadow_world_leave(t);
}

static uint32_t release(struct shadow_thread *t, uintptr_t m)
{
    struct shadow_sync *s;
    uint32_t id;

    if (shadow_sync_says(t, m, &id))
        return id;
    s = shadow_sync_get(m, true);
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost */
        return 0;
    }
    id = s->lock_id;
    shadow_stamp_release(t, &s->stamp);
    shadow_sync_put(s);
    return id;
}

void shadow_mutex_unlock(struct shadow_thread *t, uintptr_t m)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    shadow_sync_unhold(t, release(t, m));
    shadow_world_leave(t);
}

void shadow_mutex_destroy(struct shadow_thread *t, uintptr_t m)
{
    if (!shadow_world_enter(t))
        return;
    shadow_sync_forget(m);
    shadow_world_leave(t);
}
