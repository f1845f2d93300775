// A robust mutex comes from a thread that ended with it: EOWNERDEAD is a lock like another.
// expect: none
#define _GNU_SOURCE
#include <errno.h>

#include "race.h"

static pthread_mutex_t lock;
static long payload;

static void *early(void *arg)
{
    MUST(pthread_mutex_lock(&lock) == 0);
    payload = 41;
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(pthread_mutex_lock(&lock) == EOWNERDEAD);
    payload++;
    MUST(pthread_mutex_consistent(&lock) == 0 && pthread_mutex_unlock(&lock) == 0);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t a;

    MUST(pthread_mutexattr_init(&a) == 0 &&
         pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
    MUST(pthread_mutex_init(&lock, &a) == 0);
    race_two(early, late, NULL);
    return payload == 42 ? 0 : 1;
}
