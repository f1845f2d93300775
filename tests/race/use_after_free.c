// One thread frees a block that another one reads later.
// expect: heap-use-after-free in=drop,look location=heap
#include "race.h"

static void *volatile sink;

NOINLINE static void drop(long *block)
{
    free(block);
}

NOINLINE static long look(long *block)
{
    return *block;
}

static void *early(void *arg)
{
    drop(arg);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    sink = (void *)look(arg);
    return NULL;
}

int main(void)
{
    long *block = malloc(64);

    *block = 1;
    race_two(early, late, block);
    return 0;
}
