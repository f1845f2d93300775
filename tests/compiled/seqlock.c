// A seqlock as Boehm wrote it (MSPC 2012): the data are relaxed atomics, fences order them with the sequence.
// expect: none
#include <stdatomic.h>

#include "race.h"

static atomic_uint sequence;
static atomic_long low, high;
static long private_of_writer;

static void *writer(void *arg)
{
    for (int i = 1; i <= 2000; i++) {
        unsigned s = atomic_load_explicit(&sequence, memory_order_relaxed);

        atomic_store_explicit(&sequence, s + 1, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
        private_of_writer = i;
        atomic_store_explicit(&low, i, memory_order_relaxed);
        atomic_store_explicit(&high, -i, memory_order_relaxed);
        atomic_store_explicit(&sequence, s + 2, memory_order_release);
    }
    return arg;
}

static void *reader(void *arg)
{
    long a, b;
    unsigned before, after;

    for (int i = 0; i < 2000; i++) {
        do {
            before = atomic_load_explicit(&sequence, memory_order_acquire);
            a = atomic_load_explicit(&low, memory_order_relaxed);
            b = atomic_load_explicit(&high, memory_order_relaxed);
            atomic_thread_fence(memory_order_acquire);
            after = atomic_load_explicit(&sequence, memory_order_relaxed);
        } while (before & 1 || before != after);
        MUST(a == -b);
    }
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    MUST(private_of_writer == 2000);
    return 0;
}
