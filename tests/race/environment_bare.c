// One thread changes the environment while another looks into it, without a lock.
// expect: data-race in=first,second
#include "race.h"

static const char *volatile home;

NOINLINE static void first(void)
{
    MUST(setenv("HOME", "/nowhere", 1) == 0);
}

NOINLINE static void second(void)
{
    home = getenv("HOME");
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
