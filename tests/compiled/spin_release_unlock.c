// A spin lock that is given back by a release store orders what it guards.
// expect: none
#include <stdatomic.h>

#include "race.h"

static atomic_int lock;
static long counter;

static inline void take(void)
{
    while (atomic_exchange_explicit(&lock, 1, memory_order_acquire))
        ;
}

NOINLINE static void first(void)
{
    take();
    counter++;
    atomic_store_explicit(&lock, 0, memory_order_release);
}

NOINLINE static void second(void)
{
    take();
    counter++;
    atomic_store_explicit(&lock, 0, memory_order_release);
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
