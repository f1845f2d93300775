// A block is read by one thread and then freed by another one, with nothing to order the two.
// expect: heap-use-after-free in=drop,look location=heap
#include "race.h"

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
    MUST(look(arg) == 1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    drop(arg);
    return NULL;
}

int main(void)
{
    long *block = malloc(64);

    *block = 1;
    race_two(early, late, block);
    return 0;
}
