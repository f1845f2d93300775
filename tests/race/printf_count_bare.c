// Two threads have the length of what they print stored in one place.
// expect: data-race in=first,second var=length
#include "race.h"

static int length;
static char mine[32], yours[32];

NOINLINE static void first(void)
{
    sprintf(mine, "%s%n!", "early", &length);
}

NOINLINE static void second(void)
{
    sprintf(yours, "%s%n!", "late", &length);
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
