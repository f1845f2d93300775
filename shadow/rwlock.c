/*
 * shadow/rwlock.c - what a writer did reaches everybody, what readers did reaches the next writer only.
 */
#include <stddef.h>

#include "shadow/sync.h"
#include "shadow/world.h"

void shadow_rwlock_init(struct shadow_thread *t, uintptr_t l, const struct base_where *at)
{
    shadow_mutex_init(t, l, at);
}

static void lock(struct shadow_thread *t, uintptr_t l, const struct base_where *at, bool write)
{
    struct shadow_sync *s;
    uint32_t id = 0;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    s = shadow_sync_get_lock(t, l, at);
    if (s) {
        shadow_stamp_acquire(t, &s->stamp);
        if (write) {
            shadow_stamp_acquire(t, &s->rw.readers);
            s->rw.writer = t;
        }
        id = s->lock_id;
    }
    shadow_sync_put(s);
    shadow_sync_hold(t, id);
    shadow_world_leave(t);
}

void shadow_rwlock_rdlock(struct shadow_thread *t, uintptr_t l, const struct base_where *at)
{
    lock(t, l, at, false);
}

void shadow_rwlock_wrlock(struct shadow_thread *t, uintptr_t l, const struct base_where *at)
{
    lock(t, l, at, true);
}

void shadow_rwlock_unlock(struct shadow_thread *t, uintptr_t l)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    s = shadow_sync_get(l, true);
    if (s) {
        shadow_sync_unhold(t, s->lock_id);
        if (s->rw.writer == t) {
            shadow_stamp_drop(&s->rw.readers); /* the writer knows them and passes them on */
            shadow_stamp_release(t, &s->stamp);
            s->rw.writer = NULL;
        } else {
            shadow_stamp_release(t, &s->rw.readers);
        }
    } else {
        shadow_world_want_reset(); /* an edge is lost */
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
}

void shadow_rwlock_destroy(struct shadow_thread *t, uintptr_t l)
{
    shadow_mutex_destroy(t, l);
}
