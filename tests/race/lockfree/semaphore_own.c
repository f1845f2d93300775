// A counting semaphore of one atomic word guards a single slot.
// Racy: the waiter reads the slot before it has waited.
// seeded: produce,consume
#include <stdatomic.h>

#include "lockfree.h"

enum { ITEMS = 500 };

static atomic_int full, empty = 1;
static long slot;

static void down(atomic_int *s)
{
    int n = atomic_load_explicit(s, memory_order_relaxed);

    while (n <= 0 || !atomic_compare_exchange_weak_explicit(s, &n, n - 1, memory_order_acquire,
                                                            memory_order_relaxed)) {
        relax();
        n = atomic_load_explicit(s, memory_order_relaxed);
    }
}

static void up(atomic_int *s)
{
    atomic_fetch_add_explicit(s, 1, memory_order_release);
}

NOINLINE static void produce(long i)
{
    down(&empty);
    slot = i;
    up(&full);
}

NOINLINE static long consume(void)
{
    long item = 0;

    IF_RACY(item = *(volatile long *)&slot * 0;)
    down(&full);
    item += slot;
    up(&empty);
    return item;
}

static void *producer(void *arg)
{
    for (long i = 0; i < ITEMS; i++) {
        produce(i);
        if (i == 0)
            unseen_step();
    }
    return arg;
}

static void *consumer(void *arg)
{
    long sum = 0;

    unseen_until(1);
    for (long i = 0; i < ITEMS; i++)
        sum += consume();
    MUST(sum == (long)ITEMS * (ITEMS - 1) / 2);
    return arg;
}

int main(void)
{
    race_two(producer, consumer, NULL);
    return 0;
}
