// A worker runs until a relaxed flag tells it to stop; its result is read when it has been joined.
// Racy: the result is read as soon as the flag is set.
// seeded: count_one,read_result
#include <stdatomic.h>
#include <stdbool.h>

#include "lockfree.h"

static atomic_bool stop;
long rounds;

NOINLINE static void count_one(void)
{
    rounds = rounds + 1;
}

NOINLINE static long read_result(void)
{
    return rounds;
}

static void *work(void *arg)
{
    count_one();
    unseen_step();
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        count_one();
    return arg;
}

int main(void)
{
    pthread_t worker;
    long seen = 1;

    unseen_open();
    worker = race_start(work, NULL);
    unseen_until(1);
    unseen_nap(2000);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    IF_RACY(seen = read_result();)
    MUST(pthread_join(worker, NULL) == 0);
    UNLESS_RACY(seen = read_result();)
    return seen > 0 ? 0 : 1;
}
