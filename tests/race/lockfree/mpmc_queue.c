// A bounded queue of many producers and consumers (Vyukov): each cell carries a sequence number.
// Racy: the item is written after the cell's number says that it is there.
// seeded: enqueue,dequeue
// seeded: enqueue,enqueue
#include <stdatomic.h>

#include "lockfree.h"

enum { CELLS = 64, ITEMS = 2000 };

static struct cell {
    _Atomic size_t sequence;
    long item;
} cells[CELLS];
static _Atomic size_t in, out;
static atomic_long sum;

NOINLINE static int enqueue(long item)
{
    size_t at = atomic_load_explicit(&in, memory_order_relaxed);

    for (;;) {
        struct cell *cell = &cells[at % CELLS];
        size_t sequence = atomic_load_explicit(&cell->sequence, memory_order_acquire);

        if (sequence == at) {
            if (!atomic_compare_exchange_weak_explicit(&in, &at, at + 1, memory_order_relaxed,
                                                       memory_order_relaxed))
                continue;
            UNLESS_RACY(cell->item = item;)
            atomic_store_explicit(&cell->sequence, at + 1, memory_order_release);
            IF_RACY(cell->item = item;)
            return 1;
        }
        if (sequence < at)
            return 0;
        at = atomic_load_explicit(&in, memory_order_relaxed);
    }
}

NOINLINE static int dequeue(long *item)
{
    size_t at = atomic_load_explicit(&out, memory_order_relaxed);

    for (;;) {
        struct cell *cell = &cells[at % CELLS];
        size_t sequence = atomic_load_explicit(&cell->sequence, memory_order_acquire);

        if (sequence == at + 1) {
            if (!atomic_compare_exchange_weak_explicit(&out, &at, at + 1, memory_order_relaxed,
                                                       memory_order_relaxed))
                continue;
            *item = cell->item;
            atomic_store_explicit(&cell->sequence, at + CELLS, memory_order_release);
            return 1;
        }
        if (sequence < at + 1)
            return 0;
        at = atomic_load_explicit(&out, memory_order_relaxed);
    }
}

static void take_one(void)
{
    long item;

    while (!dequeue(&item))
        relax();
    atomic_fetch_add_explicit(&sum, item, memory_order_relaxed);
}

static void *early(void *arg)
{
    for (long i = 0; i < ITEMS; i++) {
        while (!enqueue(i))
            relax();
        if (i == 20) { /* each item that it takes orders those that it has put */
            unseen_step();
            unseen_until(2);
        }
        if (i > 20)
            take_one();
    }
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (long i = 0; i < ITEMS; i++) {
        take_one();
        if (i == 5)
            unseen_step();
        if (i < ITEMS - 21)
            while (!enqueue(i))
                relax();
    }
    return arg;
}

int main(void)
{
    for (size_t i = 0; i < CELLS; i++)
        atomic_init(&cells[i].sequence, i);
    race_two(early, late, NULL);
    MUST(sum > 0);
    return 0;
}
