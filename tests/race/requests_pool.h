/* An allocator of the program's own hands a block on from one thread to another by ways that nobody sees. */
#include <valgrind/valgrind.h>

#include "race.h"

static char pool[256] __attribute__((aligned(16)));
static volatile long *block = (volatile long *)(pool + 64);

NOINLINE static void use_first(void)
{
    VALGRIND_MALLOCLIKE_BLOCK(block, 64, 0, 0);
    block[1] = 1;
    VALGRIND_FREELIKE_BLOCK(block, 0);
}

NOINLINE static void use_second(void)
{
#ifndef STALE
    VALGRIND_MALLOCLIKE_BLOCK(block, 64, 0, 0);
#endif
    block[1]++;
}

static void *early(void *arg)
{
    use_first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    use_second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
