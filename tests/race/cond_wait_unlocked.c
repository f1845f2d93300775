// Waits on a condition with a mutex that is not locked, and with one that another thread holds.
// expect: mutex-misuse in=wait_bare
// expect: mutex-misuse in=wait_foreign,hold
#include "race.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t bare = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t foreign = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static const struct timespec past = { 0, 0 };

NOINLINE static void wait_bare(void)
{
    MUST(pthread_cond_timedwait(&cond, &bare, &past) == EPERM);
}

NOINLINE static void wait_foreign(void)
{
    MUST(pthread_cond_timedwait(&cond, &foreign, &past) == EPERM);
}

NOINLINE static void hold(void)
{
    pthread_mutex_lock(&foreign);
}

static void *early(void *arg)
{
    hold();
    unseen_step();
    unseen_until(2);
    pthread_mutex_unlock(&foreign);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    wait_bare();
    wait_foreign();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
