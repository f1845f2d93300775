// The loop is the later one: it meets an element that another thread wrote without any order.
// expect: data-race var=cells in=add_up,put_one location=global
// allow: data-race var=cells in=add_up,put_one
#include "loops.h"

static uint64_t sum;

static void *early(void *arg)
{
    put_one(cells, 3000, 5);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    sum = add_up(cells, CELLS);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return sum == 5 ? 0 : 1;
}
