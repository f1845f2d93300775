// An array is read in a loop twice, the second time all of it known; then one element is written without any order.
// expect: data-race var=cells in=add_up,put_one location=global
// allow: data-race var=cells in=add_up,put_one
#include "loops.h"

static uint64_t sum;

static void *early(void *arg)
{
    sum = add_up(cells, CELLS);
    sum += add_up(cells, CELLS);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    put_one(cells, 700, 5);
    return arg;
}

int main(void)
{
    fill(cells, CELLS, 3);
    race_two(early, late, NULL);
    return sum == 6 * CELLS && cells[700] == 5 ? 0 : 1;
}
