/*
 * shadow/held.c - see held.h. Hot: each lock and unlock comes here.
 *
 * Where a lock was taken is kept as the instruction and the return address of its frame, which costs next to nothing: how
 * the frame is found is kept by pc. The frames outside are looked up when somebody asks, in the thread's last walk: those
 * that still stand where they stood.
 */
#include "shadow/held.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/options.h"
#include "shadow/order.h"
#include "shadow/world.h"

void shadow_held_learn(struct shadow_lock_leaf *l, uintptr_t pc)
{
    l->generation = report_callers_generation();
    l->leaf = report_leaf_of(pc);
    l->pc = pc;
}

bool shadow_held_grow(struct shadow_thread *t)
{
    uint32_t room = t->held_room ? 2 * t->held_room : SHADOW_HELD;
    struct shadow_held *more =
        t->held_room ? base_arena_alloc(room * sizeof(*more)) : t->held_first;

    if (!more)
        return false;
    if (t->nheld)
        base_mem_copy(more, t->held, t->nheld * sizeof(*more));
    t->held = more;
    t->held_room = room;
    return true;
}

struct shadow_held *shadow_held_find_slow(struct shadow_thread *t, uintptr_t lock)
{
    struct shadow_held *h = t->held + t->nheld;

    while (h-- > t->held)
        if (h->addr == lock) {
            if (shadow_held_valid(h))
                return h;
            shadow_held_drop(t, h);
        }
    return NULL;
}

/* The depot node of the callers of h's frame; 0: not known any more. t may be running. */
static uint32_t outside(struct shadow_thread *t, const struct shadow_held *h)
{
    struct report_walker *w = &t->walker;
    uint32_t n = __atomic_load_n(&w->depth, __ATOMIC_RELAXED);

    n = n < REPORT_WALK_DEPTH ? n : REPORT_WALK_DEPTH;
    while (n && w->cfa[n - 1] < h->cfa)
        n--;
    if (n && w->cfa[n - 1] == h->cfa) {
        n--;
        if (w->ret[n] == h->ret)
            return n && report_callers_in_place(w, n) ? w->node[n - 1] : 0;
    }
    return n && report_callers_in_place(w, n) && report_callers_known(w, n, h->cfa, h->ret)
               ? w->node[n - 1]
               : 0;
}

uint32_t shadow_held_stack(struct shadow_thread *t, const struct shadow_held *h)
{
    if (!h->pc || !h->ret || shadow_history_sites)
        return h->pc ? report_stack_site(h->pc) : 0;
    return report_stack_at(report_stack_at(outside(t, h), h->ret), h->pc);
}

static bool has(const struct shadow_thread *t, uint32_t id, struct shadow_held *out)
{
    for (uint32_t i = 0; i < t->nheld; i++)
        if (t->held[i].id == id) {
            *out = t->held[i];
            return true;
        }
    return false;
}

struct shadow_thread *shadow_held_by(struct shadow_thread *t, uint32_t id, struct shadow_held *out)
{
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all)
        if (u != t && has(u, id, out))
            return u;
    return has(t, id, out) ? t : NULL;
}

void shadow_held_fork_child(struct shadow_thread *t)
{
    for (uint32_t i = 0; i < t->nheld; i++)
        t->held[i].inherited = true;
}

/* The lock's id, which it gets now if it has none; 0: no memory. */
static uint32_t identify(struct shadow_thread *t, uintptr_t lock, const struct base_where *at)
{
    struct shadow_sync *s = shadow_sync_find(lock);
    uint32_t id = s ? __atomic_load_n(&s->lock_id, __ATOMIC_RELAXED) : 0;

    if (!id) {
        s = shadow_sync_get_lock(t, lock, at);
        id = s ? s->lock_id : 0;
        shadow_sync_put(s);
    }
    return id;
}

bool shadow_lock_wanted(struct shadow_thread *t, uintptr_t lock, unsigned flags,
                        const struct base_where *at)
{
    const struct shadow_held *h;
    bool held = false;
    uint32_t id;

    if (!t->nheld || !shadow_world_enter(t))
        return false;
    h = shadow_held_find_slow(t, lock);
    if (h) {
        held = !(h->flags & flags & SHADOW_LOCK_SHARED);
    } else if (!(flags & SHADOW_LOCK_TRIED) && t->nheld && base_options.deadlocks) {
        id = identify(t, lock, at);
        if (id)
            shadow_order_wanted(t, lock, id, flags, at);
    }
    shadow_world_leave(t);
    return held;
}
