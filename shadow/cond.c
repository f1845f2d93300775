/*
 * shadow/cond.c - a signal releases into the wake-ups after it; all who wait at a time must give up the same mutex.
 *
 * Who was woken is not known until it returns, and then it may be late: so each signal is taken to have woken one of those
 * inside, and who returns as woken was one of these. One who returns for another reason may have used up a signal. Only more
 * threads inside than that are certain to wait still.
 */
#include "shadow/sync.h"
#include "shadow/world.h"

static void wake(struct shadow_thread *t, uintptr_t c, bool all)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    s = shadow_sync_get(c, true);
    shadow_sync_release_locked(t, s);
    if (s && s->marks & SHADOW_SYNC_COND && s->cond.woken != UINT32_MAX)
        s->cond.woken = all || s->cond.woken >= s->cond.inside ? s->cond.inside : s->cond.woken + 1;
    shadow_sync_put(s);
    shadow_world_leave(t);
}

void shadow_cond_signal(struct shadow_thread *t, uintptr_t c)
{
    wake(t, c, false);
}

void shadow_cond_broadcast(struct shadow_thread *t, uintptr_t c)
{
    wake(t, c, true);
}

bool shadow_cond_enter(struct shadow_thread *t, uintptr_t c, uintptr_t m)
{
    struct shadow_sync *s;
    bool fits = true;

    if (!shadow_world_enter(t))
        return true;
    s = shadow_sync_get(c, true);
    if (s) {
        s->marks |= SHADOW_SYNC_COND;
        if (!s->cond.inside) {
            s->cond.mutex = m;
            s->cond.woken = 0;
        }
        fits = s->cond.mutex == m || s->cond.inside <= s->cond.woken;
        if (s->cond.mutex != m)
            s->cond.woken = UINT32_MAX;
        s->cond.inside++;
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
    return fits;
}

void shadow_cond_leave(struct shadow_thread *t, uintptr_t c, bool woken)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    s = shadow_sync_get(c, false);
    if (s && s->marks & SHADOW_SYNC_COND && s->cond.inside) {
        s->cond.inside--;
        if (woken && s->cond.woken && s->cond.woken != UINT32_MAX)
            s->cond.woken--;
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
    if (woken)
        shadow_acquire(t, c);
}

static bool is_waited_for(uintptr_t c)
{
    struct shadow_sync *s = shadow_sync_get(c, false);
    bool waited = s && s->marks & SHADOW_SYNC_COND && s->cond.inside > s->cond.woken;

    shadow_sync_put(s);
    return waited;
}

bool shadow_cond_idle(struct shadow_thread *t, uintptr_t c, unsigned what,
                      const struct base_where *at)
{
    bool waited = is_waited_for(c);

    if (waited)
        shadow_misuse_object(t, what, c, REPORT_CONDITION, at);
    return !waited;
}

void shadow_cond_destroy(uintptr_t c)
{
    shadow_sync_forget(c);
}
