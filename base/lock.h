/*
 * base/lock.h - a futex lock for our own short critical sections.
 *
 * Three states (free, held, held with waiters). Not recursive. The holder must be inside Seance (the thread's
 * depth is raised, so its signals are deferred): a handler can then never wait for the frame it interrupted.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct base_lock {
    uint32_t word;
};

#define BASE_LOCK_INIT                                                                             \
    {                                                                                              \
        0                                                                                          \
    }

void base_lock_acquire(struct base_lock *lock);
bool base_lock_try(struct base_lock *lock);
void base_lock_release(struct base_lock *lock);

#endif
