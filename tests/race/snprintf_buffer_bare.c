// One thread formats into a buffer that another formats into, without a lock.
// expect: data-race in=first,second var=buffer
#include "race.h"

static char buffer[64];

NOINLINE static void first(void)
{
    snprintf(buffer, sizeof(buffer), "%d apples", 3);
}

NOINLINE static void second(void)
{
    snprintf(buffer, sizeof(buffer), "%d pears", 4);
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
