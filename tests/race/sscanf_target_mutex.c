// One thread reads a number that another scans, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int number;
static volatile int seen;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(sscanf("12 apples", "%d %*s", &number) == 1);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    seen = number;
    pthread_mutex_unlock(&guard);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
