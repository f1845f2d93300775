// Two counters of 4 bytes lie in one aligned word of 8. Each thread updates its own atomically, so neither knows what the other
// has done before: the total is written without order.
// expect: data-race var=total in=early,late
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
    atomic_fetch_add(&counts.used, 1);
    total = 2;
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return total == 2 ? 0 : 1;
}
