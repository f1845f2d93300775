// A plain read and an atomic one do each other no harm.
// expect: none
#include <stdatomic.h>

#include "race.h"

static atomic_long hits = 3;
static volatile long kept;

NOINLINE static void first(void)
{
    MUST(atomic_load_explicit(&hits, memory_order_relaxed) == 3);
}

NOINLINE static void second(void)
{
    kept = *(long *)&hits;
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
