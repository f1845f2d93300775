// A mutex is destroyed while a thread holds it.
// expect: mutex-misuse in=tear_down
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void tear_down(void)
{
    pthread_mutex_destroy(&lock);
}

static void *early(void *arg)
{
    pthread_mutex_lock(&lock);
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    tear_down();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
