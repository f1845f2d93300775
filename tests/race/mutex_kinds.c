// Recursive, error-checking, adaptive, robust and priority-inheriting mutexes; trylock, timedlock,
// clocklock.
// expect: none
#include "race.h"

#include <time.h>

static pthread_mutex_t locks[5];
static long totals[5];

static void take(pthread_mutex_t *lock, int way)
{
    struct timespec limit;

    clock_gettime(way == 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &limit);
    limit.tv_sec += 50;
    if (way == 0)
        MUST(pthread_mutex_lock(lock) == 0);
    else if (way == 1)
        MUST(pthread_mutex_timedlock(lock, &limit) == 0);
    else if (way == 2)
        MUST(pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &limit) == 0);
    else
        while (pthread_mutex_trylock(lock))
            unseen_nap(10);
}

static void *work(void *arg)
{
    for (int i = 0; i < 200; i++) {
        int kind = i % 5;

        /* Priority-inheriting futexes know the real-time clock only. */
        take(&locks[kind], kind == 4 && i / 5 % 4 == 2 ? 0 : i / 5 % 4);
        if (kind == 0) {
            pthread_mutex_lock(&locks[0]);
            pthread_mutex_unlock(&locks[0]);
        }
        totals[kind]++;
        pthread_mutex_unlock(&locks[kind]);
    }
    return arg;
}

int main(void)
{
    static const int types[5] = { PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK,
                                  PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_MUTEX_NORMAL,
                                  PTHREAD_MUTEX_NORMAL };

    for (int i = 0; i < 5; i++) {
        pthread_mutexattr_t attr;

        pthread_mutexattr_init(&attr);
        pthread_mutexattr_settype(&attr, types[i]);
        if (i == 3)
            pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        if (i == 4)
            pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
        MUST(pthread_mutex_init(&locks[i], &attr) == 0);
        pthread_mutexattr_destroy(&attr);
    }
    race_two(work, work, NULL);
    for (int i = 0; i < 5; i++)
        pthread_mutex_destroy(&locks[i]);
    return totals[4] == 80 ? 0 : 1;
}
