// Two threads cut texts of their own, each with a state of its own.
// expect: none
#include "race.h"

static char mine[16] = "a b", yours[16] = "c d";
static char *mine_save, *yours_save;

NOINLINE static void first(void)
{
    MUST(strtok_r(mine, " ", &mine_save));
}

NOINLINE static void second(void)
{
    MUST(strtok_r(yours, " ", &yours_save));
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
    race_two(early, late, NULL);
    return 0;
}
