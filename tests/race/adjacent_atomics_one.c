// As adjacent_atomics.c, but both threads update the same counter; main has updated both at once before, as one word
// of 8 bytes.
// expect: none
#include <stdatomic.h>

#include "race.h"

static struct {
    _Alignas(8) atomic_int made;
    atomic_int used;
} counts;
static long total;

static void *early(void *arg)
{
    total = 1;
    atomic_fetch_add(&counts.made, 1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    atomic_fetch_add(&counts.made, 1);
    total = 2;
    return arg;
}

int main(void)
{
    __atomic_fetch_add((uint64_t *)&counts, 0, __ATOMIC_RELAXED);
    race_two(early, late, NULL);
    return total == 2 ? 0 : 1;
}
