// A relaxed read-modify-write of another thread goes on with the release sequence.
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

NOINLINE static void between(void)
{
    atomic_fetch_add_explicit(&ready, 1, memory_order_relaxed);
}

NOINLINE static void lookup(void)
{
    MUST(atomic_load_explicit(&ready, memory_order_acquire) > 0);
    MUST(limit == 100);
}

static void *first(void *arg)
{
    publish();
    unseen_step();
    return arg;
}

static void *second(void *arg)
{
    unseen_until(1);
    between();
    unseen_step();
    return arg;
}

static void *third(void *arg)
{
    unseen_until(2);
    lookup();
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    unseen_open();
    threads[0] = race_start(first, NULL);
    threads[1] = race_start(second, NULL);
    threads[2] = race_start(third, NULL);
    for (int i = 0; i < 3; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    return 0;
}
