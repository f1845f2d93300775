/* A mutex, a readers-writer lock and a barrier that one thread makes and another one uses. */
#ifndef RACE_OBJECT_MADE_H
#define RACE_OBJECT_MADE_H

#include "race.h"

static struct {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    pthread_barrier_t barrier;
} made;

NOINLINE static void make_mutex(void)
{
    pthread_mutex_init(&made.mutex, NULL);
}

NOINLINE static void make_rwlock(void)
{
    pthread_rwlock_init(&made.rwlock, NULL);
}

NOINLINE static void make_barrier(void)
{
    pthread_barrier_init(&made.barrier, NULL, 1);
}

NOINLINE static void use_mutex(void)
{
    pthread_mutex_lock(&made.mutex);
    pthread_mutex_unlock(&made.mutex);
}

NOINLINE static void use_rwlock(void)
{
    pthread_rwlock_rdlock(&made.rwlock);
    pthread_rwlock_unlock(&made.rwlock);
}

NOINLINE static void use_barrier(void)
{
    pthread_barrier_wait(&made.barrier);
}

/* Their maker uses the mutex too, so that whoever locks it later learns of all that, but only when it has it already. */
static void make(void)
{
    make_mutex();
    make_rwlock();
    make_barrier();
    use_mutex();
}

static void use(void)
{
    use_rwlock();
    use_barrier();
    use_mutex();
}

#endif
