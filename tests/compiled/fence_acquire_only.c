// A release store and an acquire fence.
// expect: none
#include <stdatomic.h>

#include "race.h"

static long limit;
static atomic_int ready;

NOINLINE static void publish(void)
{
    limit = 100;
    atomic_store_explicit(&ready, 1, memory_order_release);
}

NOINLINE static void lookup(void)
{
    MUST(atomic_load_explicit(&ready, memory_order_relaxed) == 1);
    atomic_thread_fence(memory_order_acquire);
    MUST(limit == 100);
}

static void *early(void *arg)
{
    publish();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    lookup();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
