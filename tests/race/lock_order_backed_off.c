// Against the order a lock is only tried, or waited for with an end of time: nobody waits for ever.
// expect: none
#include "race.h"

#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *early(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    struct timespec until;

    unseen_until(1);
    pthread_mutex_lock(&b);
    MUST(pthread_mutex_trylock(&a) == 0);
    pthread_mutex_unlock(&a);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 50;
    MUST(pthread_mutex_timedlock(&a, &until) == 0);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
