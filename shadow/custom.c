/*
 * shadow/custom.c - locks of the program's own making, which it tells of by annotations: rwlock.c with the checks that libc makes
 * for its own locks.
 *
 * LOCKED is told behind the taking and UNLOCKED before the giving back, so that of two holders that shut each other out the second
 * one finds the first one's mark only where the lock let both in. Of a lock that was misused nothing more is said.
 */
#include <stddef.h>

#include "report/report.h"
#include "shadow/held.h"
#include "shadow/misuse.h"
#include "shadow/world.h"

#define NOTHING_WRONG UINT32_MAX

static uint8_t marks_of(unsigned flags)
{
    return (uint8_t)((flags & SHADOW_LOCK_REENTRANT ? SHADOW_SYNC_REENTRANT : 0) |
                     (flags & SHADOW_LOCK_STATIC ? SHADOW_SYNC_STATIC : 0) |
                     (flags & SHADOW_LOCK_NOT_STATIC ? SHADOW_SYNC_NOT_STATIC : 0));
}

/* What the lock was made as; 0 where nothing is known of it. */
static uint8_t made_as(uintptr_t l)
{
    const struct shadow_sync *s = shadow_sync_find(l);

    return s ? __atomic_load_n(&s->marks, __ATOMIC_RELAXED) : 0;
}

void shadow_custom_init(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    s = shadow_sync_find(l);
    if (s && !__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        shadow_sync_forget(l);
    s = shadow_sync_get_lock(t, l, at);
    if (s)
        s->marks |= marks_of(flags);
    shadow_sync_put(s);
    shadow_world_leave(t);
}

void shadow_custom_destroy(struct shadow_thread *t, uintptr_t l, unsigned flags,
                           const struct base_where *at)
{
    uint8_t marks = made_as(l) | marks_of(flags & SHADOW_LOCK_STATIC);

    if (marks & SHADOW_SYNC_STATIC)
        return;
    if (flags & SHADOW_LOCK_NOT_STATIC && !(marks & SHADOW_SYNC_NOT_STATIC))
        return;
    shadow_mutex_destroy(t, l, flags, at);
}

/* What is wrong with a lock by t that was let in. */
static uint32_t wrong_lock(const struct shadow_thread *t, uintptr_t l, unsigned flags)
{
    const struct shadow_sync *s = shadow_sync_find(l);
    const struct shadow_thread *writer;
    uint8_t marks;

    if (!s || !__atomic_load_n(&s->lock_id, __ATOMIC_RELAXED))
        return NOTHING_WRONG;
    writer = __atomic_load_n(&s->rw.writer, __ATOMIC_RELAXED);
    marks = __atomic_load_n(&s->marks, __ATOMIC_RELAXED) | marks_of(flags);
    if (!writer || marks & SHADOW_SYNC_MISUSED)
        return NOTHING_WRONG;
    if (writer != t)
        return REPORT_LOCK_TAKEN;
    if (marks & SHADOW_SYNC_REENTRANT)
        return NOTHING_WRONG;
    return flags & SHADOW_LOCK_SHARED ? REPORT_LOCK_OTHERWISE : REPORT_RELOCK;
}

void shadow_custom_want(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at)
{
    uint8_t marks = made_as(l) | marks_of(flags);

    if (shadow_lock_wanted(t, l, flags, at) && !(flags & SHADOW_LOCK_TRIED) &&
        !(marks & (SHADOW_SYNC_REENTRANT | SHADOW_SYNC_MISUSED)))
        shadow_misuse(t, REPORT_RELOCK, l, flags, at);
}

void shadow_custom_lock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at)
{
    uint32_t wrong = wrong_lock(t, l, flags);

    if (wrong != NOTHING_WRONG)
        shadow_misuse(t, wrong, l, flags, at);
    shadow_rwlock_lock(t, l, flags, at);
}

uint32_t shadow_custom_depth(struct shadow_thread *t, uintptr_t l)
{
    const struct shadow_held *h;
    uint32_t depth;

    if (!shadow_world_enter(t))
        return 0;
    h = shadow_held_find(t, l);
    depth = h ? h->depth : 0;
    shadow_world_leave(t);
    return depth;
}

/* t took it as a reader and gives it back as a writer, or the other way round. */
static bool otherwise(struct shadow_thread *t, uintptr_t l, unsigned flags)
{
    const struct shadow_held *h;
    bool other;

    if (made_as(l) & (SHADOW_SYNC_REENTRANT | SHADOW_SYNC_MISUSED) || !shadow_world_enter(t))
        return false;
    h = shadow_held_find(t, l);
    other = h && h->depth == 1 && (h->flags ^ flags) & SHADOW_LOCK_SHARED;
    shadow_world_leave(t);
    return other;
}

void shadow_custom_unlock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                          const struct base_where *at)
{
    if (!(flags & SHADOW_LOCK_EITHER) && otherwise(t, l, flags))
        shadow_misuse(t, REPORT_UNLOCK_OTHERWISE, l, flags, at);
    if (!shadow_rwlock_unlock(t, l) && !(made_as(l) & SHADOW_SYNC_MISUSED))
        shadow_misuse(t, REPORT_UNLOCK_UNLOCKED, l, flags, at);
}
