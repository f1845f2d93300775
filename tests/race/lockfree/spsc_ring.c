// One producer, one consumer, a ring with two indexes.
// Racy: the producer moves its index on before it has written the slot.
// seeded: put,get
#include <stdatomic.h>

#include "lockfree.h"

enum { SLOTS = 16, ITEMS = 5000 };

static struct {
    long slots[SLOTS];
    _Atomic unsigned head, tail;
} ring;

NOINLINE static int put(long item)
{
    unsigned tail = atomic_load_explicit(&ring.tail, memory_order_relaxed);

    if (tail - atomic_load_explicit(&ring.head, memory_order_acquire) == SLOTS)
        return 0;
    UNLESS_RACY(ring.slots[tail % SLOTS] = item;)
    atomic_store_explicit(&ring.tail, tail + 1, memory_order_release);
    IF_RACY(ring.slots[tail % SLOTS] = item;)
    return 1;
}

NOINLINE static int get(long *item)
{
    unsigned head = atomic_load_explicit(&ring.head, memory_order_relaxed);

    if (head == atomic_load_explicit(&ring.tail, memory_order_acquire))
        return 0;
    *item = ring.slots[head % SLOTS];
    atomic_store_explicit(&ring.head, head + 1, memory_order_release);
    return 1;
}

static void *producer(void *arg)
{
    for (long i = 0; i < ITEMS; i++)
        while (!put(i))
            relax();
    return arg;
}

static void *consumer(void *arg)
{
    long item, sum = 0;

    for (long i = 0; i < ITEMS; i++) {
        while (!get(&item))
            relax();
        sum += item;
    }
    UNLESS_RACY(MUST(sum == (long)ITEMS * (ITEMS - 1) / 2);)
    return sum >= 0 ? arg : NULL;
}

int main(void)
{
    race_two(producer, consumer, NULL);
    return 0;
}
