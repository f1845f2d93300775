// Two threads have the length of what they print stored side by side.
// expect: none
#include "race.h"

static short lengths[2];
static char mine[32], yours[32];

NOINLINE static void first(void)
{
    sprintf(mine, "%s%hn!", "early", &lengths[0]);
}

NOINLINE static void second(void)
{
    sprintf(yours, "%s%hn!", "late", &lengths[1]);
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
