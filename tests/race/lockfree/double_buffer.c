// The writer fills the hidden one of two buffers, then flips an index; it waits until the reader has gone on.
// Racy: it does not wait.
// seeded: fill,sum_up
#include <stdatomic.h>

#include "lockfree.h"

enum { ROUNDS = 200, LENGTH = 16 };

static long buffers[2][LENGTH];
static atomic_int shown = -1, seen = -1;

NOINLINE static void fill(int round)
{
    for (int i = 0; i < LENGTH; i++)
        buffers[round & 1][i] = round;
}

NOINLINE static long sum_up(int round)
{
    long sum = 0;

    for (int i = 0; i < LENGTH; i++)
        sum += buffers[round & 1][i];
    return sum;
}

static void *writer(void *arg)
{
    for (int round = 0; round < ROUNDS; round++) {
        UNLESS_RACY(while (atomic_load_explicit(&seen, memory_order_acquire) < round - 2) relax();)
        fill(round);
        atomic_store_explicit(&shown, round, memory_order_release);
        if (round == 1) {
            unseen_step();
            IF_RACY(unseen_until(2);)
        }
    }
    return arg;
}

static void *reader(void *arg)
{
    int last = -1, now;
    long sum = 0;

    unseen_until(1);
    for (; last < ROUNDS - 1; last = now) {
        do
            now = atomic_load_explicit(&shown, memory_order_acquire);
        while (now == last);
        for (int round = last < now - 1 ? now - 1 : last + 1; round <= now; round++)
            sum += sum_up(round);
        atomic_store_explicit(&seen, now, memory_order_release);
        IF_RACY(if (last == -1) unseen_step();)
    }
    MUST(sum > 0);
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    return 0;
}
