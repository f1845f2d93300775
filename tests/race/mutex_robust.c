// Robust mutexes: their holder ends, the next one is told, repairs them, or leaves them useless.
// expect: none
#include "race.h"

#include <errno.h>

static pthread_mutex_t repaired, left;
static long total;

static void *holder(void *arg)
{
    pthread_mutex_lock(&repaired);
    pthread_mutex_lock(&left);
    unseen_step();
    return arg;
}

static void *heir(void *arg)
{
    unseen_until(1);
    MUST(pthread_mutex_lock(&repaired) == EOWNERDEAD);
    MUST(pthread_mutex_consistent(&repaired) == 0);
    total++;
    pthread_mutex_unlock(&repaired);
    MUST(pthread_mutex_lock(&repaired) == 0);
    pthread_mutex_unlock(&repaired);
    MUST(pthread_mutex_lock(&left) == EOWNERDEAD);
    pthread_mutex_unlock(&left);
    MUST(pthread_mutex_lock(&left) == ENOTRECOVERABLE);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&repaired, &attr);
    pthread_mutex_init(&left, &attr);
    race_two(holder, heir, NULL);
    pthread_mutex_destroy(&repaired);
    pthread_mutex_destroy(&left);
    return total == 1 ? 0 : 1;
}
