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

static const struct report_leaf *leaf_of(struct shadow_thread *t, uintptr_t pc)
{
    struct shadow_lock_leaf *l = &t->lock_leaves[(pc ^ pc >> 5) % SHADOW_LOCK_LEAVES];
    uint32_t generation = report_callers_generation();

    if (l->pc != pc || l->generation != generation) {
        l->leaf = report_leaf_of(pc);
        l->pc = pc;
        l->generation = generation;
    }
    return &l->leaf;
}

static void note_place(struct shadow_thread *t, struct shadow_held *h, const struct base_where *at)
{
    const struct report_leaf *leaf = leaf_of(t, at->pc);
    uintptr_t cfa =
        (leaf->base == REPORT_BASE_BP ? at->bp : at->sp) + (uintptr_t)(intptr_t)leaf->cfa_off;

    h->pc = at->pc;
    if (leaf->base != REPORT_BASE_NONE && cfa > at->sp &&
        report_callers_on_stack(&t->walker, cfa - 8)) {
        h->cfa = cfa;
        h->ret = report_callers_word(cfa - 8);
    }
}

/* False: no memory; the lock is held unseen. */
static bool grow(struct shadow_thread *t)
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

static void note(struct shadow_sync *s, unsigned flags)
{
    if (!(flags & SHADOW_LOCK_SHARED) || !__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        __atomic_store_n(&s->held, 1, __ATOMIC_RELAXED);
}

void shadow_held_push(struct shadow_thread *t, struct shadow_sync *s, uint32_t id, uintptr_t lock,
                      unsigned flags, const struct base_where *at)
{
    struct shadow_held *h;

    shadow_thread_log(t, id, 1, SHADOW_EVENT_LOCK, false, 0);
    if (s)
        note(s, flags);
    if (t->nheld == t->held_room && !grow(t)) {
        t->held_unseen = true;
        return;
    }
    h = &t->held[t->nheld++];
    h->sync = s;
    h->addr = lock;
    h->id = id;
    h->depth = 1;
    h->flags = (uint8_t)flags;
    h->inherited = false;
    h->pc = h->ret = 0;
    if (at)
        note_place(t, h, at);
}

void shadow_held_drop(struct shadow_thread *t, struct shadow_held *h)
{
    struct shadow_held *last = t->held + --t->nheld;

    shadow_thread_log(t, h->id, 1, SHADOW_EVENT_UNLOCK, false, 0);
    for (; h < last; h++)
        h[0] = h[1];
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
