// A scan that ends before its last conversions stores nothing for them.
// expect: none
#include "race.h"

static int length, a, b, c;

NOINLINE static void first(void)
{
    MUST(sscanf("12 x", "%d,%d%n", &a, &c, &length) == 1);
}

NOINLINE static void second(void)
{
    MUST(sscanf("345 y", "%d,%d%n", &b, &c, &length) == 1);
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
