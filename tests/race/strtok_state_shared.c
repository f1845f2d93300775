// Two threads cut texts of their own with strtok(), which has one state for all, without a lock.
// expect: data-race in=first,second
#include "race.h"

static char mine[16] = "a b", yours[16] = "c d";

NOINLINE static void first(void)
{
    MUST(strtok(mine, " "));
}

NOINLINE static void second(void)
{
    MUST(strtok(yours, " "));
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
