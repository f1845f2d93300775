// Recursive mutexes, made in three ways, are locked several times and unlocked as often; one is waited with.
// expect: none
#include "race.h"

#include <threads.h>
#include <time.h>

static pthread_mutex_t made;
static pthread_mutex_t written = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static mtx_t c11;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long total;

static void deep(pthread_mutex_t *m, int depth)
{
    MUST((depth % 3 ? pthread_mutex_lock(m) : pthread_mutex_trylock(m)) == 0);
    if (depth > 1)
        deep(m, depth - 1);
    total++;
    MUST(pthread_mutex_unlock(m) == 0);
}

static void *work(void *arg)
{
    struct timespec soon = { 0, 0 };

    pthread_mutex_lock(&made);
    deep(&made, 5);
    pthread_cond_timedwait(&cond, &made, &soon);
    total++;
    pthread_mutex_unlock(&made);
    mtx_lock(&c11);
    mtx_lock(&c11);
    mtx_unlock(&c11);
    mtx_unlock(&c11);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&made, &attr);
    mtx_init(&c11, mtx_plain | mtx_recursive);
    race_two(work, work, NULL);
    deep(&written, 3);
    pthread_mutex_destroy(&made);
    mtx_destroy(&c11);
    return total == 15 ? 0 : 1;
}
