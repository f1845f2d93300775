// A worker fills an array and publishes how far it has come; the reader sums what is done.
// Racy: the worker announces an entry before it writes it.
// seeded: produce,consume
#include <stdatomic.h>

#include "lockfree.h"

enum { LENGTH = 2000 };

static long entries[LENGTH];
static atomic_long done;

NOINLINE static void produce(long i)
{
    UNLESS_RACY(entries[i] = i;)
    atomic_store_explicit(&done, i + 1, memory_order_release);
    IF_RACY(entries[i] = i;)
}

NOINLINE static long consume(long from, long to)
{
    long sum = 0;

    while (from < to)
        sum += entries[from++];
    return sum;
}

static void *writer(void *arg)
{
    for (long i = 0; i < LENGTH; i++) {
        produce(i);
        if (i == 10)
            unseen_step();
    }
    return arg;
}

static void *reader(void *arg)
{
    long at = 0, sum = 0;

    unseen_until(1);
    while (at < LENGTH) {
        long now = atomic_load_explicit(&done, memory_order_acquire);

        sum += consume(at, now);
        at = now;
    }
    MUST(sum > 0);
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    return 0;
}
