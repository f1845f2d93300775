// Two threads have the length of what they scan stored in one place.
// expect: data-race in=first,second var=length
#include "race.h"

static int length, a, b;

NOINLINE static void first(void)
{
    MUST(sscanf("12 x", "%d %n", &a, &length) == 1);
}

NOINLINE static void second(void)
{
    MUST(sscanf("345 y", "%d %n", &b, &length) == 1);
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
