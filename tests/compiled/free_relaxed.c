// A block is freed behind an atomic store to it, which the freeing thread has seen by a relaxed load.
// expect: heap-use-after-free in=publish,drop location=heap
#include <stdatomic.h>

#include "race.h"

NOINLINE static void publish(atomic_int *ready)
{
    atomic_store_explicit(ready, 1, memory_order_release);
}

NOINLINE static void drop(atomic_int *ready)
{
    MUST(atomic_load_explicit(ready, memory_order_relaxed) == 1);
    free(ready);
}

static void *early(void *arg)
{
    publish(arg);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    drop(arg);
    return NULL;
}

int main(void)
{
    race_two(early, late, calloc(1, 64));
    return 0;
}
