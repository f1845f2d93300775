// A block that another thread used is freed while the program says that writes count for nothing; free_unordered.c without that.
// expect: none
#include "../../include/seance/seance.h"

#include "race.h"

NOINLINE static void drop(long *block)
{
    SEANCE_IGNORE_BEGIN(SEANCE_WRITES);
    free(block);
    SEANCE_IGNORE_END(SEANCE_WRITES);
}

static void *early(void *arg)
{
    *(volatile long *)arg = 1;
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
    race_two(early, late, calloc(1, 64));
    return 0;
}
