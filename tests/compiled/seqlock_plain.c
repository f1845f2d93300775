// A seqlock whose data are plain: the retry throws the value away, and it is a race all the same.
// expect: data-race var=data in=write_it,read_it confidence=certain
#include <stdatomic.h>

#include "race.h"

static atomic_uint sequence;
static long data;

NOINLINE static void write_it(void)
{
    atomic_store_explicit(&sequence, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    data = 1;
    unseen_step();
    unseen_until(2);
    atomic_store_explicit(&sequence, 2, memory_order_release);
}

NOINLINE static void read_it(void)
{
    unsigned before = atomic_load_explicit(&sequence, memory_order_acquire);
    volatile long seen = data;

    atomic_thread_fence(memory_order_acquire);
    MUST(seen == 1 && before == atomic_load_explicit(&sequence, memory_order_relaxed));
}

static void *writer(void *arg)
{
    write_it();
    return arg;
}

static void *reader(void *arg)
{
    unseen_until(1);
    read_it();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    return 0;
}
