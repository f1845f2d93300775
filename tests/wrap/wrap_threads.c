/* Threads: create, the joins, detach, names; and that attributes, values and cancellation come through. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "wrap.h"

static void *same(void *arg)
{
    return arg;
}

static int c11(void *arg)
{
    return *(int *)arg;
}

static void *sleeper(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void *leaver(void *arg)
{
    pthread_exit(arg);
}

static void join_each_way(void)
{
    struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);
    pthread_t t;
    void *value;
    int word = 0;

    MUST(pthread_create(&t, NULL, same, &word) == 0);
    MUST(pthread_join(t, &value) == 0 && value == &word);
    MUST(pthread_create(&t, NULL, leaver, &word) == 0);
    MUST(pthread_timedjoin_np(t, &value, &real) == 0 && value == &word);
    MUST(pthread_create(&t, NULL, same, &word) == 0);
    MUST(pthread_clockjoin_np(t, &value, CLOCK_MONOTONIC, &mono) == 0);
    MUST(pthread_create(&t, NULL, sleeper, &word) == 0);
    MUST(pthread_tryjoin_np(t, &value) == EBUSY);
    MUST(pthread_setname_np(t, "sleeper") == 0);
    MUST(pthread_cancel(t) == 0);
    while (pthread_tryjoin_np(t, &value) == EBUSY)
        sched_yield();
    MUST(value == PTHREAD_CANCELED);
}

static void *measured(void *arg)
{
    char here[64 * 1024];

    memset(here, 1, sizeof(here));
    *(char *)arg = here[17];
    return NULL;
}

static void attributes(void)
{
    static char stack[256 * 1024] __attribute__((aligned(4096)));
    pthread_attr_t attr;
    pthread_t t;
    char seen = 0;

    MUST(pthread_attr_init(&attr) == 0);
    MUST(pthread_attr_setstacksize(&attr, 128 * 1024) == 0);
    MUST(pthread_create(&t, &attr, measured, &seen) == 0);
    MUST(pthread_join(t, NULL) == 0 && seen == 1);
    MUST(pthread_attr_setstack(&attr, stack, sizeof(stack)) == 0);
    MUST(pthread_create(&t, &attr, measured, &seen) == 0);
    MUST(pthread_join(t, NULL) == 0);
    pthread_attr_destroy(&attr);
    MUST(pthread_attr_init(&attr) == 0);
    MUST(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
    MUST(pthread_create(&t, &attr, same, NULL) == 0);
    pthread_attr_destroy(&attr);
}

void wrap_threads(void)
{
    pthread_t t;
    thrd_t c;
    int value, seven = 7;

    join_each_way();
    attributes();
    MUST(pthread_create(&t, NULL, same, NULL) == 0);
    MUST(pthread_detach(t) == 0);
    MUST(thrd_create(&c, c11, &seven) == thrd_success);
    MUST(thrd_join(c, &value) == thrd_success && value == 7);
    MUST(thrd_create(&c, c11, &seven) == thrd_success);
    MUST(thrd_detach(c) == thrd_success);
    usleep(20000);
}
