// Two threads take turns by means that nothing can see; annotations tell.
// expect: none
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;

NOINLINE static void first(void)
{
    shared++;
    SEANCE_HAPPENS_BEFORE(&shared);
}

NOINLINE static void second(void)
{
    SEANCE_HAPPENS_AFTER(&shared);
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
