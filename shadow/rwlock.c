/*
 * shadow/rwlock.c - what a writer did reaches everybody, what readers did reaches the next writer only.
 */
#include <stddef.h>

#include "shadow/held.h"
#include "shadow/life.h"
#include "shadow/world.h"

static struct shadow_sync *acquire(struct shadow_thread *t, uintptr_t l,
                                   const struct base_where *at, bool write, uint32_t *id)
{
    struct shadow_sync *s = write ? NULL : shadow_sync_knows(t, l, id);

    if (s && *id && !shadow_life_asks(t, s))
        return s;
    *id = 0;
    shadow_life_lock(t, l, at);
    s = shadow_sync_get_lock(t, l, at);
    if (!s)
        return NULL;
    shadow_stamp_acquire(t, &s->stamp);
    if (write) {
        shadow_stamp_acquire(t, &s->rw.readers);
        s->rw.writer = t;
        s->marks |= SHADOW_SYNC_WRITTEN;
    }
    *id = s->lock_id;
    shadow_sync_put(s);
    return s;
}

void shadow_rwlock_lock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at)
{
    struct shadow_held *h;
    struct shadow_sync *s;
    uint32_t id;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    h = shadow_held_find(t, l);
    if (h) { /* readers may do so */
        h->depth++;
    } else {
        s = acquire(t, l, at, !(flags & SHADOW_LOCK_SHARED), &id);
        shadow_held_push(t, s, id, l, flags, at);
    }
    shadow_world_leave(t);
}

/* True if l's release by t, a reader, would change nothing. */
static bool says(const struct shadow_thread *t, uintptr_t l, const struct shadow_sync *s)
{
    uint32_t version;
    bool published;

    if (!s || !shadow_sync_peek(s, &version))
        return false;
    published = s->rw.writer != t && shadow_stamp_published(t, &s->rw.readers);
    return shadow_sync_same(s, l, version) && published;
}

static void release(struct shadow_thread *t, uintptr_t l, struct shadow_sync *s)
{
    if (says(t, l, s))
        return;
    s = shadow_sync_get(l, true);
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost */
        return;
    }
    shadow_sync_not_quick(t, s); /* its place was a mutex's */
    if (s->rw.writer == t) {
        shadow_stamp_drop(&s->rw.readers); /* the writer knows them and passes them on */
        shadow_stamp_release(t, &s->stamp);
        s->rw.writer = NULL;
        __atomic_store_n(&s->held, 0, __ATOMIC_RELAXED);
    } else {
        shadow_stamp_release(t, &s->rw.readers);
    }
    shadow_sync_put(s);
}

bool shadow_rwlock_unlock(struct shadow_thread *t, uintptr_t l)
{
    struct shadow_held *h;
    bool held;

    if (!shadow_world_enter(t))
        return true;
    t->stats.sync_ops++;
    h = shadow_held_find(t, l);
    held = h || t->held_unseen;
    if (h && h->depth > 1) {
        h->depth--;
    } else {
        release(t, l, h && h->sync ? h->sync : shadow_sync_find(l));
        if (h)
            shadow_held_drop(t, h);
    }
    shadow_world_leave(t);
    return held;
}
