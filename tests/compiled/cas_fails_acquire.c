// A compare-exchange that fails acquires with its second order.
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
    int expected = 7;

    MUST(!atomic_compare_exchange_strong_explicit(&ready, &expected, 2, memory_order_acq_rel,
                                                  memory_order_acquire));
    MUST(expected == 1);
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
