/*
 * shadow/held.h - the locks that a thread holds, with where it took each.
 *
 * Written by the thread itself, inside the bracket; read by others while the world is stopped. An entry whose object has
 * got another id since is stale: the lock was destroyed, initialised anew or freed while it was held.
 */
#ifndef SHADOW_HELD_H
#define SHADOW_HELD_H

#include "shadow/sync.h"

static inline bool shadow_held_valid(const struct shadow_held *h)
{
    return !h->sync || __atomic_load_n(&h->sync->lock_id, __ATOMIC_RELAXED) == h->id;
}

/* t's entry of that lock, the innermost first; NULL: none. Drops one that is stale. */
struct shadow_held *shadow_held_find_slow(struct shadow_thread *t, uintptr_t lock);

static inline struct shadow_held *shadow_held_find(struct shadow_thread *t, uintptr_t lock)
{
    struct shadow_held *h = t->held + t->nheld - 1;

    if (!t->nheld)
        return NULL;
    return h->addr == lock && shadow_held_valid(h) ? h : shadow_held_find_slow(t, lock);
}

/* How the frame of the instruction at pc is found goes to *l. */
void shadow_held_learn(struct shadow_lock_leaf *l, uintptr_t pc);
/* Room for more locks; false: no memory. */
bool shadow_held_grow(struct shadow_thread *t);

/* Where the lock was taken. */
static inline void shadow_held_note_place(struct shadow_thread *t, struct shadow_held *h,
                                          const struct base_where *at)
{
    struct shadow_lock_leaf *l = &t->lock_leaves[(at->pc ^ at->pc >> 5) % SHADOW_LOCK_LEAVES];
    uintptr_t cfa;

    if (l->pc != at->pc || l->generation != report_callers_generation())
        shadow_held_learn(l, at->pc);
    cfa = (l->leaf.base == REPORT_BASE_BP ? at->bp : at->sp) + (uintptr_t)(intptr_t)l->leaf.cfa_off;
    h->pc = at->pc;
    if (l->leaf.base != REPORT_BASE_NONE && cfa > at->sp &&
        report_callers_on_stack(&t->walker, cfa - 8)) {
        h->cfa = cfa;
        h->ret = report_callers_word(cfa - 8);
        h->sp = l->leaf.base == REPORT_BASE_SP ? at->sp : 0;
        h->generation = l->generation;
    }
}

/* The entry that comes next in t's list says what it said last, when t held that lock: NULL, or the entry. */
static inline struct shadow_held *shadow_held_last(struct shadow_thread *t, uintptr_t lock)
{
    struct shadow_held *h = t->held + t->nheld;

    return t->nheld < t->held_room && h->addr == lock && h->sync && shadow_held_valid(h) ? h : NULL;
}

/* Takes the lock into t's list, as its innermost; s may be NULL (no memory for an object). */
static inline void shadow_held_push(struct shadow_thread *t, struct shadow_sync *s, uint32_t id,
                                    uintptr_t lock, unsigned flags, const struct base_where *at)
{
    struct shadow_held *h;

    shadow_thread_log(t, id, 1, SHADOW_EVENT_LOCK, false, 0);
    if (s && (!(flags & SHADOW_LOCK_SHARED) || !__atomic_load_n(&s->held, __ATOMIC_RELAXED)))
        __atomic_store_n(&s->held, 1, __ATOMIC_RELAXED);
    if (t->nheld == t->held_room && !shadow_held_grow(t)) {
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
    if (at && h->sp && h->sp == at->sp && h->pc == at->pc &&
        h->generation == report_callers_generation()) {
        h->ret = report_callers_word(h->cfa - 8); /* the same frame, or one in its place */
        return;
    }
    h->pc = h->ret = h->sp = 0;
    if (at)
        shadow_held_note_place(t, h, at);
}

/* Takes h, one of t's, out of it. */
static inline void shadow_held_drop(struct shadow_thread *t, struct shadow_held *h)
{
    struct shadow_held *last = t->held + --t->nheld;

    shadow_thread_log(t, h->id, 1, SHADOW_EVENT_UNLOCK, false, 0);
    for (; __builtin_expect(h < last, 0); h++)
        h[0] = h[1];
}

/* Depot id of where t took h; 0: not known. t is the caller, or stopped outside the bracket. */
uint32_t shadow_held_stack(struct shadow_thread *t, const struct shadow_held *h);
/* With the world stopped: copies the entry of the thread that holds lock id, t itself last; NULL: nobody does. */
struct shadow_thread *shadow_held_by(struct shadow_thread *t, uint32_t id, struct shadow_held *out);
/* In a forked child, of which t is the only thread. */
void shadow_held_fork_child(struct shadow_thread *t);

#endif
