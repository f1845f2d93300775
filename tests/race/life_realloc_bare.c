// A block is made larger, in place or not, while another thread writes to it.
// expect: heap-use-after-free in=first,second
// allow: data-race
#include "race.h"

static char *block;

NOINLINE static void first(void)
{
    block[1] = 'x';
}

NOINLINE static void second(void)
{
    char *larger = realloc(block, 64);

    MUST(larger);
    __asm__ volatile("" ::"r"(larger) : "memory");
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    block = malloc(32);
    MUST(block);
    race_two(early, late, NULL);
    return 0;
}
