// A readers-writer lock in one word: the number of readers, or -1.
// Racy: a reader writes.
// seeded: read_table,read_table
#include <stdatomic.h>

#include "lockfree.h"

static atomic_int word;
long table[4];

NOINLINE static long read_table(long turn)
{
    long sum;
    int n;

    for (;;) {
        n = atomic_load_explicit(&word, memory_order_relaxed);
        if (n >= 0 && atomic_compare_exchange_weak_explicit(&word, &n, n + 1, memory_order_acquire,
                                                            memory_order_relaxed))
            break;
        relax();
    }
    if (turn) { /* both are inside at once */
        unseen_step();
        unseen_until(turn);
    }
    sum = table[0] + table[3];
    IF_RACY(table[1] = sum;)
    atomic_fetch_sub_explicit(&word, 1, memory_order_release);
    return sum;
}

NOINLINE static void write_table(long value)
{
    int none = 0;

    while (!atomic_compare_exchange_weak_explicit(&word, &none, -1, memory_order_acquire,
                                                  memory_order_relaxed))
        none = 0;
    table[0] = value;
    table[3] = -value;
    atomic_store_explicit(&word, 0, memory_order_release);
}

static void *first_reader(void *arg)
{
    for (int i = 0; i < 200; i++)
        MUST(read_table(0) == 0);
    unseen_until(1);
    MUST(read_table(3) == 0);
    return arg;
}

static void *second_reader(void *arg)
{
    for (int i = 0; i < 200; i++) {
        write_table(i);
        MUST(read_table(0) == 0);
    }
    unseen_step();
    MUST(read_table(3) == 0);
    return arg;
}

int main(void)
{
    race_two(first_reader, second_reader, NULL);
    return 0;
}
