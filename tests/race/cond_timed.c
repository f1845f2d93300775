// pthread_cond_timedwait and pthread_cond_clockwait: after a time-out the mutex is held again, after
// a signal too.
// expect: none
#include "race.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long value;

static void *wait_long(void *arg)
{
    struct timespec limit;

    clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += 50;
    pthread_mutex_lock(&lock);
    while (value < 10)
        MUST(pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &limit) == 0);
    value++;
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *wait_short(void *arg)
{
    struct timespec limit;

    for (int i = 0; i < 10; i++) {
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_nsec += 500000;
        if (limit.tv_nsec >= 1000000000) {
            limit.tv_sec++;
            limit.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&lock);
        int result = pthread_cond_timedwait(&changed, &lock, &limit);
        MUST(result == ETIMEDOUT || result == 0);
        value++;
        pthread_mutex_unlock(&lock);
        pthread_cond_broadcast(&changed);
    }
    return arg;
}

int main(void)
{
    race_two(wait_long, wait_short, NULL);
    return value == 11 ? 0 : 1;
}
