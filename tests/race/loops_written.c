// An array is written in a loop, and one element read without any order.
// expect: data-race var=cells in=fill,get_one location=global
// allow: data-race var=cells in=fill,get_one
#include "loops.h"

static void *early(void *arg)
{
    fill(cells, CELLS, 3);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    return get_one(cells, 2222) == 3 ? arg : NULL;
}

int main(void)
{
    race_two(early, late, NULL);
    return get_one(cells, 1) == 3 ? 0 : 1;
}
