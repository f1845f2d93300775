// Two threads ask for the local time, each in a buffer of its own.
// expect: none
#include "race.h"

#include <time.h>

static time_t when = 86400;
static volatile int mine, yours;

NOINLINE static void first(void)
{
    struct tm b;

    mine = localtime_r(&when, &b)->tm_mday;
}

NOINLINE static void second(void)
{
    struct tm b;

    yours = localtime_r(&when, &b)->tm_mday;
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
