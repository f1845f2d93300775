/*
 * shadow/life.h - the life of a lock, condition or barrier: made, used, destroyed or freed.
 *
 * Of conditions and barriers making and destroying count as writes of the first bytes, and a use as a read. A lock is made
 * and used too often for that: its object has the epoch in which it was made, and how it was given back last says whether
 * that comes before its end. An object is young until so many uses were looked at: who does not know that it was made
 * is likely to be among them. Uses by who made it are none, nor are those of a lock that was made before there were threads.
 */
#ifndef SHADOW_LIFE_H
#define SHADOW_LIFE_H

#include "shadow/sync.h"

/* t has made the lock: s, which is locked. at->stack is kept. */
void shadow_life_made_lock(struct shadow_thread *t, struct shadow_sync *s,
                           const struct base_where *at);
/* t is about to acquire from it. Inside the bracket, no lock held. */
void shadow_life_lock(struct shadow_thread *t, uintptr_t lock, const struct base_where *at);
/* The lock whose object s is, which is locked, was given back, and t does not know of it: a race goes to *found unless one is there. */
void shadow_life_last(const struct shadow_thread *t, const struct shadow_sync *s,
                      struct shadow_found *found);
/* t is about to destroy it. Outside the bracket. */
void shadow_life_end_lock(struct shadow_thread *t, uintptr_t lock, const struct base_where *at);

static inline bool shadow_life_young(const struct shadow_sync *s)
{
    return __builtin_expect(__atomic_load_n(&s->young, __ATOMIC_RELAXED) != 0, 0);
}

/* True if t's use of the lock must be looked at: not one by who made it. s, which was seen to be the lock's, may be changing. */
static inline bool shadow_life_asks(const struct shadow_thread *t, const struct shadow_sync *s)
{
    return shadow_life_young(s) &&
           !(t->epoch &&
             shadow_cell_slot(__atomic_load_n(&s->rw.made, __ATOMIC_RELAXED)) == t->slot);
}

#endif
