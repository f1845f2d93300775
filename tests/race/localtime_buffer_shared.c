// Two threads ask for the local time, in the buffer that all threads share, without a lock.
// expect: data-race in=first,second
#include "race.h"

#include <time.h>

static time_t when = 86400;
static volatile int mine, yours;

NOINLINE static void first(void)
{
    mine = localtime(&when)->tm_mday;
}

NOINLINE static void second(void)
{
    yours = localtime(&when)->tm_mday;
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
