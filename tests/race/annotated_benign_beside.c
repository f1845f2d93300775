// A race that is meant, and one beside it that is not.
// expect: data-race var=shared in=first,second
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long meant;
static volatile long shared;

NOINLINE static void first(void)
{
    SEANCE_BENIGN_RACE(&meant, sizeof(meant), "a count that need not be right");
    meant++;
    shared++;
}

NOINLINE static void second(void)
{
    meant++;
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
