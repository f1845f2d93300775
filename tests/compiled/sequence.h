// A release store, what another thread does to the flag then, and an acquire load by a third, in that order. A program says
// what the first two are.
#ifndef COMPILED_SEQUENCE_H
#define COMPILED_SEQUENCE_H

#include <stdatomic.h>

#include "race.h"

static long limit;
static atomic_int ready;

NOINLINE static void publish(void);
NOINLINE static void between(void);

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

static int sequence_run(void)
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

#endif
