// A race that is meant.
// expect: none
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;

NOINLINE static void first(void)
{
    SEANCE_BENIGN_RACE(&shared, sizeof(shared), "a count that need not be right");
    shared++;
}

NOINLINE static void second(void)
{
    shared++;
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
