/*
 * shadow/barrier.c - who leaves a round knows what everybody knew who entered it.
 *
 *      stamp   what all knew that ever entered        done    stamp as it was when the last round filled up
 *
 * A thread that is early in round n + 1 adds to `stamp` only; one that is late in leaving round n takes `done`, which
 * cannot move on before that thread has entered round n + 1 itself. With more threads at once than the barrier takes,
 * rounds cannot be told apart from outside: leaving takes `stamp` then, which may hide a race.
 */
#include <stddef.h>

#include "shadow/sync.h"
#include "shadow/world.h"

void shadow_barrier_init(uintptr_t b, uint32_t count)
{
    struct shadow_sync *s;

    shadow_sync_forget(b);
    s = shadow_sync_get(b, true);
    if (s)
        s->barrier.count = count;
    shadow_sync_put(s);
}

/* Those who are in a round that is not full. */
static bool is_waited_for(uintptr_t b)
{
    struct shadow_sync *s = shadow_sync_get(b, false);
    bool waited = s && s->barrier.count && !s->barrier.crowded && s->barrier.entered;

    shadow_sync_put(s);
    return waited;
}

bool shadow_barrier_idle(struct shadow_thread *t, uintptr_t b, unsigned what,
                         const struct base_where *at)
{
    bool waited = is_waited_for(b);

    if (waited)
        shadow_misuse_object(t, what, b, REPORT_BARRIER, at);
    return !waited;
}

void shadow_barrier_expect(uintptr_t b, uint32_t count)
{
    struct shadow_sync *s = shadow_sync_get(b, true);

    if (s && !s->barrier.count && !s->barrier.crowded)
        s->barrier.count = count;
    shadow_sync_put(s);
}

void shadow_barrier_enter(struct shadow_thread *t, uintptr_t b)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    s = shadow_sync_get(b, true);
    if (s) {
        shadow_stamp_release(t, &s->stamp);
        s->barrier.inside++;
        if (!s->barrier.count || s->barrier.inside > s->barrier.count)
            s->barrier.crowded = true;
        if (++s->barrier.entered == s->barrier.count) {
            s->barrier.entered = 0;
            shadow_stamp_join(&s->barrier.done, &s->stamp);
        }
    } else {
        shadow_world_want_reset(); /* an edge is lost */
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
}

void shadow_barrier_leave(struct shadow_thread *t, uintptr_t b)
{
    struct shadow_sync *s;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    s = shadow_sync_get(b, false);
    if (s) {
        shadow_stamp_acquire(t, s->barrier.crowded ? &s->stamp : &s->barrier.done);
        if (s->barrier.inside)
            s->barrier.inside--;
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
}

/* Who waits at b is somewhere in the code that makes it wait, and enters the detector after it was let go, or before: what it
 * does there until then is the barrier's own business. */
static void let_go(struct shadow_thread *t, uintptr_t b)
{
    if (!shadow_world_enter(t))
        return;
    shadow_world_stop(t);
    for (struct shadow_thread *u = shadow_threads; u; u = u->all)
        if (u->awaits == b) {
            u->awaits = 0;
            shadow_sync_pend(u, b);
        }
    shadow_world_resume();
}

/* Returns true if the round is full. */
static bool fill(struct shadow_sync *s)
{
    if (!s->barrier.count || s->barrier.entered < s->barrier.count)
        return false;
    s->barrier.entered = 0;
    return true;
}

void shadow_barrier_arrive(struct shadow_thread *t, uintptr_t b)
{
    struct shadow_sync *s;
    bool full = false;

    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    t->awaits = b;
    s = shadow_sync_get(b, true);
    if (s) {
        shadow_stamp_release(t, &s->stamp);
        s->barrier.entered++;
        full = fill(s);
    } else {
        shadow_world_want_reset(); /* an edge is lost */
    }
    shadow_sync_put(s);
    shadow_world_leave(t);
    if (full)
        let_go(t, b);
}

void shadow_barrier_resize(struct shadow_thread *t, uintptr_t b, uint32_t count)
{
    struct shadow_sync *s = shadow_sync_get(b, true);
    bool full = false;

    if (s) {
        s->barrier.count = count;
        full = fill(s);
    }
    shadow_sync_put(s);
    if (full)
        let_go(t, b);
}

void shadow_barrier_destroy(uintptr_t b)
{
    shadow_sync_forget(b);
}
