// One thread reads a number that another scans, without a lock.
// expect: data-race in=first,second var=number
#include "race.h"

static int number;
static volatile int seen;

NOINLINE static void first(void)
{
    MUST(sscanf("12 apples", "%d %*s", &number) == 1);
}

NOINLINE static void second(void)
{
    seen = number;
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
