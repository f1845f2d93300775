// A plain write beside atomic ones.
// expect: mixed-atomic var=hits in=first,second confidence=certain
#include <stdatomic.h>

#include "race.h"

static atomic_long hits;

NOINLINE static void first(void)
{
    atomic_fetch_add_explicit(&hits, 1, memory_order_relaxed);
}

NOINLINE static void second(void)
{
    *(long *)&hits = 0;
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
