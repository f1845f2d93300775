// A block is freed while another thread may still change a word in it by an atomic instruction.
// expect: heap-use-after-free in=drop,count location=heap
#include "race.h"

NOINLINE static void drop(int *block)
{
    free(block);
}

NOINLINE static void count(int *block)
{
    __atomic_fetch_add(block, 1, __ATOMIC_SEQ_CST);
}

static void *early(void *arg)
{
    count(arg);
    unseen_step();
    return NULL;
}

static void *late(void *arg)
{
    unseen_until(1);
    drop(arg);
    return NULL;
}

int main(void)
{
    race_two(early, late, calloc(4, sizeof(int)));
    return 0;
}
