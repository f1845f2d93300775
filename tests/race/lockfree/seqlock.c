// A sequence lock: the payload is read by relaxed loads and thrown away where the number has changed.
// Racy: the payload is not atomic.
// seeded: update,read_pair
#include <stdatomic.h>

#include "lockfree.h"

static atomic_uint sequence;
#ifdef RACY
static long first, second;
#define LOAD(x) (x)
#define STORE(x, v) ((x) = (v))
#else
static atomic_long first, second;
#define LOAD(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define STORE(x, v) atomic_store_explicit(&(x), v, memory_order_relaxed)
#endif

NOINLINE static void update(long value)
{
    unsigned now = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&sequence, now + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    STORE(first, value);
    STORE(second, -value);
    atomic_store_explicit(&sequence, now + 2, memory_order_release);
}

NOINLINE static long read_pair(void)
{
    unsigned before, after;
    long a, b;

    do {
        before = atomic_load_explicit(&sequence, memory_order_acquire);
        a = LOAD(first);
        b = LOAD(second);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&sequence, memory_order_relaxed);
    } while (before & 1 || before != after);
    return a + b;
}

static void *writer(void *arg)
{
    for (long i = 1; i <= 3000; i++) {
        update(i);
        if (i == 10)
            unseen_step();
        if (i == 20)
            unseen_until(2);
    }
    return arg;
}

static void *reader(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < 3000; i++) {
        MUST(read_pair() == 0);
        if (i == 10)
            unseen_step();
    }
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    return 0;
}
