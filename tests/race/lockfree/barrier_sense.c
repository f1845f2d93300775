// A barrier of two threads: a counter and a sense that is turned round.
// Racy: a thread reads the other's part before the barrier.
// seeded: write_part,read_other
// stripped: right
#include <stdatomic.h>

#include "lockfree.h"

enum { ROUNDS = 300 };

static atomic_int arrived, sense;
static long parts[2];

static void meet(int *mine)
{
    *mine = !*mine;
    if (atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel) == 1) {
        atomic_store_explicit(&arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&sense, *mine, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&sense, memory_order_acquire) != *mine)
        relax();
}

NOINLINE static void write_part(int self, long value)
{
    parts[self] = value;
}

NOINLINE static long read_other(int self)
{
    return parts[!self];
}

static void work(int self)
{
    int mine = 0;

    for (long i = 1; i <= ROUNDS; i++) {
        write_part(self, i);
        IF_RACY(MUST(read_other(self) >= 0);)
        meet(&mine);
        MUST(read_other(self) >= i);
        meet(&mine);
    }
}

static void *first_worker(void *arg)
{
    work(0);
    return arg;
}

static void *second_worker(void *arg)
{
    work(1);
    return arg;
}

int main(void)
{
    race_two(first_worker, second_worker, NULL);
    return 0;
}
