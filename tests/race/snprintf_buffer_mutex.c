// One thread formats into a buffer that another formats into, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char buffer[64];

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    snprintf(buffer, sizeof(buffer), "%d apples", 3);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    snprintf(buffer, sizeof(buffer), "%d pears", 4);
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
