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

static uint32_t acquire(struct shadow_thread *t, uintptr_t l, const struct base_where *at,
                        bool write)
{
    struct shadow_sync *s;
    uint32_t id;

    if (!write && shadow_sync_knows(t, l, &id) && id)
        return id;
    s = shadow_sync_get_lock(t, l, at);
    if (!s)
        return 0;
    shadow_stamp_acquire(t, &s->stamp);
    if (write) {
        shadow_stamp_acquire(t, &s->rw.readers);
        s->rw.writer = t;
    }
    id = s->lock_id;
    shadow_sync_put(s);
    return id;
}

static void lock(struct shadow_thread *t, uintptr_t l, const struct base_where *at, bool write)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    shadow_sync_hold(t, acquire(t, l, at, write));
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

/* True if l's release by t, a reader, would change nothing. */
static bool says(const struct shadow_thread *t, uintptr_t l, uint32_t *id)
{
    const struct shadow_sync *s = shadow_sync_find(l);
    uint32_t version;
    bool published;

    if (!s || !shadow_sync_peek(s, &version))
        return false;
    published = s->rw.writer != t && shadow_stamp_published(t, &s->rw.readers);
    *id = s->lock_id;
    return shadow_sync_same(s, l, version) && published;
}

static uint32_t release(struct shadow_thread *t, uintptr_t l)
{
    struct shadow_sync *s;
    uint32_t id;

    if (says(t, l, &id))
        return id;
    s = shadow_sync_get(l, true);
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost */
        return 0;
    }
    id = s->lock_id;
    if (s->rw.writer == t) {
        shadow_stamp_drop(&s->rw.readers); /* the writer knows them and passes them on */
        shadow_stamp_release(t, &s->stamp);
        s->rw.writer = NULL;
    } else {
        shadow_stamp_release(t, &s->rw.readers);
    }
    shadow_sync_put(s);
    return id;
}

void shadow_rwlock_unlock(struct shadow_thread *t, uintptr_t l)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    shadow_sync_unhold(t, release(t, l));
    shadow_world_leave(t);
}

void shadow_rwlock_destroy(struct shadow_thread *t, uintptr_t l)
{
    shadow_mutex_destroy(t, l);
}
