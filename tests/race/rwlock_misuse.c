// Locks for readers and writers, misused: a writer wants more, a stranger gives back, one is destroyed with a reader in it.
// expect: mutex-misuse in=write_again
// expect: mutex-misuse in=read_own
// expect: mutex-misuse in=give_foreign,hold
// expect: mutex-misuse in=tear_down
#include "race.h"

#include <errno.h>

static pthread_rwlock_t own = PTHREAD_RWLOCK_INITIALIZER, foreign = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t gone = PTHREAD_RWLOCK_INITIALIZER;

NOINLINE static void write_again(void)
{
    MUST(pthread_rwlock_wrlock(&own) == EDEADLK);
}

NOINLINE static void read_own(void)
{
    MUST(pthread_rwlock_rdlock(&own) == EDEADLK);
}

NOINLINE static void hold(void)
{
    pthread_rwlock_wrlock(&foreign);
    pthread_rwlock_rdlock(&gone);
}

NOINLINE static void give_foreign(void)
{
    pthread_rwlock_unlock(&foreign);
}

NOINLINE static void tear_down(void)
{
    pthread_rwlock_destroy(&gone);
}

static void *early(void *arg)
{
    hold();
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *late(void *arg)
{
    pthread_rwlock_wrlock(&own);
    write_again();
    read_own();
    pthread_rwlock_unlock(&own);
    unseen_until(1);
    give_foreign();
    tear_down();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
