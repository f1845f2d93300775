/*
 * shadow/world.h - the bracket around every call here, and stopping everybody for a reset or a fork.
 *
 * A thread says it is busy, then looks whether the world is being stopped; the stopper says stop, then looks who is
 * busy. The fence that this needs between a thread's store and load is the stopper's: membarrier(2). Where the kernel
 * refuses it every entry pays a fence of its own.
 *
 * A reset forgets all history: planes, clocks, slots. It loses races, it cannot invent any: what remains in sync objects
 * carries an older generation and counts as empty.
 */
#ifndef SHADOW_WORLD_H
#define SHADOW_WORLD_H

#include "shadow/thread.h"

enum shadow_want { SHADOW_WANT_RESET = 1, SHADOW_WANT_BUDGET = 2 };

/* Why history was forgotten. */
enum shadow_reset {
    SHADOW_RESET_FORK,
    SHADOW_RESET_CLOCKS, /* slots or tags are used up */
    SHADOW_RESET_MEMORY, /* an edge was lost: no memory for it */
    SHADOW_RESET_LIMIT,  /* memory_limit */
    SHADOW_RESETS
};

struct shadow_world {
    uint32_t stop;       /* somebody wants everybody out */
    uint32_t generation; /* counts resets; changes only while the world is stopped */
    uint32_t want;       /* at the next entry of anybody: enum shadow_want; atomic */
    bool asymmetric;     /* membarrier works */
    bool ready;
    struct shadow_thread *stopper;
    uint64_t
        barrier_cost; /* of shadow_world_barrier() lately, in ticks of the time stamp counter; atomic */
    uint64_t dropped; /* accesses outside the windows by threads gone; atomic */
    uint32_t resets[SHADOW_RESETS];
};
extern struct shadow_world shadow_world;

bool shadow_world_enter_slow(struct shadow_thread *t);

/* t is busy: true if something asks for a closer look before it goes on. */
static inline bool shadow_world_asks(const struct shadow_thread *t)
{
    return __atomic_load_n(&shadow_world.stop, __ATOMIC_RELAXED) | t->attention |
           __atomic_load_n(&t->revoked, __ATOMIC_RELAXED) |
           __atomic_load_n(&shadow_world.want, __ATOMIC_RELAXED);
}

/* False: nothing is to be done for this thread (it has ended). */
static inline bool shadow_world_enter(struct shadow_thread *t)
{
    __atomic_store_n(&t->busy, 1,
                     __ATOMIC_RELAXED); /* pairs with the membarrier in shadow_world_stop() */
    if (!shadow_world.asymmetric)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __asm__ volatile("" ::: "memory");
    if (__builtin_expect(shadow_world_asks(t), 0))
        return shadow_world_enter_slow(t);
    return true;
}

/* The part of it that cannot wait, where the world is asymmetric; false: t is not inside. */
static inline bool shadow_world_try(struct shadow_thread *t)
{
    __atomic_store_n(&t->busy, 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!shadow_world_asks(t) && __atomic_load_n(&t->fast, __ATOMIC_RELAXED) != SHADOW_FAST_OFF)
        return true;
    __atomic_store_n(&t->busy, 0, __ATOMIC_RELEASE);
    return false;
}

/* Release: pairs with the acquire load of `busy` in shadow_world_stop(). */
static inline void shadow_world_leave(struct shadow_thread *t)
{
    __atomic_store_n(&t->busy, 0, __ATOMIC_RELEASE);
}

void shadow_world_init(void);
void shadow_world_want(enum shadow_want what);
void shadow_world_unwant(enum shadow_want what);
/* An edge is lost: nothing that came before may be reported. */
void shadow_world_want_reset(void);
/* A fence in every thread of the process, where the world is asymmetric. */
void shadow_world_barrier(void);
/* t is outside any bracket; afterwards nobody else is inside one. */
void shadow_world_stop(struct shadow_thread *t);
void shadow_world_resume(void);
/* With the world stopped. */
void shadow_world_reset(enum shadow_reset why);
/* In a forked child: the world is stopped, the membarrier registration new. */
void shadow_world_fork_child(struct shadow_thread *t);

#endif
