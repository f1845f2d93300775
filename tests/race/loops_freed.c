// An array is gone through by loops until all of it is known, freed, and gone through once more.
// expect: heap-use-after-free in=add_up,give_up
// allow: heap-use-after-free in=add_up,give_up
// allow: data-race in=add_up,give_up
#include "loops.h"

static uint64_t sum;

NOINLINE static void give_up(uint64_t *block)
{
    free(block);
}

static void *work(void *arg)
{
    uint64_t *block = malloc(2048 * sizeof(*block));
    uint64_t *volatile kept = block;

    fill(block, 2048, 3);
    sum = add_up(block, 2048);
    sum += add_up(block, 2048);
    give_up(block);
    add_up(kept, 2048);
    return arg;
}

static void *idle(void *arg)
{
    return arg;
}

int main(void)
{
    race_two(idle, work, NULL);
    return sum == 6 * 2048 ? 0 : 1;
}
