/* Mutexes, spin locks, readers-writer locks, of POSIX and C11. */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "wrap.h"

static void mutexes(const struct timespec *real, const struct timespec *mono)
{
    pthread_mutex_t m;

    MUST(pthread_mutex_init(&m, NULL) == 0);
    MUST(pthread_mutex_lock(&m) == 0);
    MUST(pthread_mutex_trylock(&m) == EBUSY);
    MUST(pthread_mutex_unlock(&m) == 0);
    MUST(pthread_mutex_trylock(&m) == 0);
    MUST(pthread_mutex_unlock(&m) == 0);
    MUST(pthread_mutex_timedlock(&m, real) == 0);
    MUST(pthread_mutex_unlock(&m) == 0);
    MUST(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, mono) == 0);
    MUST(pthread_mutex_unlock(&m) == 0);
    MUST(pthread_mutex_destroy(&m) == 0);
}

static void *die_holding(void *m)
{
    pthread_mutex_lock(m);
    return NULL;
}

static void robust(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t m;
    pthread_t t;

    MUST(pthread_mutexattr_init(&attr) == 0);
    MUST(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
    MUST(pthread_mutex_init(&m, &attr) == 0);
    MUST(pthread_create(&t, NULL, die_holding, &m) == 0);
    MUST(pthread_join(t, NULL) == 0);
    MUST(pthread_mutex_lock(&m) == EOWNERDEAD);
    MUST(pthread_mutex_consistent(&m) == 0);
    MUST(pthread_mutex_unlock(&m) == 0);
    MUST(pthread_mutex_destroy(&m) == 0);
}

static void c11_mutexes(const struct timespec *real)
{
    mtx_t m;

    MUST(mtx_init(&m, mtx_timed) == thrd_success);
    MUST(mtx_lock(&m) == thrd_success);
    MUST(mtx_trylock(&m) == thrd_busy);
    MUST(mtx_unlock(&m) == thrd_success);
    MUST(mtx_trylock(&m) == thrd_success);
    MUST(mtx_unlock(&m) == thrd_success);
    MUST(mtx_timedlock(&m, real) == thrd_success);
    MUST(mtx_unlock(&m) == thrd_success);
    mtx_destroy(&m);
}

static void spins(void)
{
    pthread_spinlock_t s;

    MUST(pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE) == 0);
    MUST(pthread_spin_lock(&s) == 0);
    MUST(pthread_spin_trylock(&s) == EBUSY);
    MUST(pthread_spin_unlock(&s) == 0);
    MUST(pthread_spin_destroy(&s) == 0);
}

static void readers_and_writers(const struct timespec *real, const struct timespec *mono)
{
    pthread_rwlock_t l;

    MUST(pthread_rwlock_init(&l, NULL) == 0);
    MUST(pthread_rwlock_rdlock(&l) == 0);
    MUST(pthread_rwlock_tryrdlock(&l) == 0);
    MUST(pthread_rwlock_trywrlock(&l) == EBUSY);
    MUST(pthread_rwlock_timedrdlock(&l, real) == 0);
    MUST(pthread_rwlock_clockrdlock(&l, CLOCK_MONOTONIC, mono) == 0);
    for (int i = 0; i < 4; i++)
        MUST(pthread_rwlock_unlock(&l) == 0);
    MUST(pthread_rwlock_wrlock(&l) == 0);
    MUST(pthread_rwlock_unlock(&l) == 0);
    MUST(pthread_rwlock_timedwrlock(&l, real) == 0);
    MUST(pthread_rwlock_unlock(&l) == 0);
    MUST(pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, mono) == 0);
    MUST(pthread_rwlock_unlock(&l) == 0);
    MUST(pthread_rwlock_destroy(&l) == 0);
}

void wrap_locks(void)
{
    struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);

    mutexes(&real, &mono);
    robust();
    c11_mutexes(&real);
    spins();
    readers_and_writers(&real, &mono);
}
