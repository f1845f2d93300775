// Two threads draw random numbers from one state, without a lock.
// expect: data-race in=first,second
#include "race.h"

static volatile double mine, yours;

NOINLINE static void first(void)
{
    mine = drand48();
}

NOINLINE static void second(void)
{
    yours = drand48();
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
