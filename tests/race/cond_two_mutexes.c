// Two threads wait on one condition at a time, each with a mutex of its own.
// expect: mutex-misuse in=wait_second
#include "race.h"

#include <time.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void wait_for(pthread_mutex_t *m, long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(m);
    unseen_step();
    pthread_cond_timedwait(&cond, m, &until);
    pthread_mutex_unlock(m);
}

NOINLINE static void wait_second(void)
{
    wait_for(&second, 1);
}

static void *early(void *arg)
{
    wait_for(&first, 900);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    unseen_nap(200000);
    wait_second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
