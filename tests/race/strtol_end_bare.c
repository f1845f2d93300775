// Two threads have the end of a number stored in one pointer, without a lock.
// expect: data-race in=first,second var=end
#include "race.h"

static char *end;
static long a, b;

NOINLINE static void first(void)
{
    a = strtol("1 x", &end, 10);
}

NOINLINE static void second(void)
{
    b = strtol("2 y", &end, 10);
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
