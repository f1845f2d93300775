// Two threads draw random numbers, each from its own state.
// expect: none
#include "race.h"

static volatile double mine, yours;

NOINLINE static void first(void)
{
    unsigned short state[3] = { 1, 2, 3 };

    mine = erand48(state);
}

NOINLINE static void second(void)
{
    unsigned short state[3] = { 4, 5, 6 };

    yours = erand48(state);
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
