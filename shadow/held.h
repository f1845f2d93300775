/*
 * shadow/held.h - the locks that a thread holds, with where it took each.
 *
 * Written by the thread itself, inside the bracket; read by others while the world is stopped. An entry whose object has
 * got another id since is stale: the lock was destroyed, initialised anew or freed while it was held.
 */
#ifndef SHADOW_HELD_H
#define SHADOW_HELD_H

#include "shadow/sync.h"

/* Takes the lock into t's list, as its innermost; s may be NULL (no memory for an object). */
void shadow_held_push(struct shadow_thread *t, struct shadow_sync *s, uint32_t id, uintptr_t lock,
                      unsigned flags, const struct base_where *at);
/* Takes h, one of t's, out of it. */
void shadow_held_drop(struct shadow_thread *t, struct shadow_held *h);

static inline bool shadow_held_valid(const struct shadow_held *h)
{
    return !h->sync || __atomic_load_n(&h->sync->lock_id, __ATOMIC_RELAXED) == h->id;
}

/* t's entry of that lock, the innermost first; NULL: none. Drops one that is stale. */
struct shadow_held *shadow_held_find_slow(struct shadow_thread *t, uintptr_t lock);

static inline struct shadow_held *shadow_held_find(struct shadow_thread *t, uintptr_t lock)
{
    return t->nheld ? shadow_held_find_slow(t, lock) : NULL;
}

/* Depot id of where t took h; 0: not known. t is the caller, or stopped outside the bracket. */
uint32_t shadow_held_stack(struct shadow_thread *t, const struct shadow_held *h);
/* With the world stopped: copies the entry of the thread that holds lock id, t itself last; NULL: nobody does. */
struct shadow_thread *shadow_held_by(struct shadow_thread *t, uint32_t id, struct shadow_held *out);
/* In a forked child, of which t is the only thread. */
void shadow_held_fork_child(struct shadow_thread *t);

#endif
