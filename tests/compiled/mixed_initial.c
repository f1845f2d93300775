// The atomic is written plainly before, and its reader is not ordered behind that.
// expect: mixed-atomic var=hits in=first,second confidence=certain
#include <stdatomic.h>

#include "race.h"

static atomic_long hits;

NOINLINE static void first(void)
{
    *(long *)&hits = 5;
}

NOINLINE static void second(void)
{
    MUST(atomic_load_explicit(&hits, memory_order_acquire) == 5);
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
