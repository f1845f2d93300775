// The annotations name different things.
// expect: data-race var=shared in=first,second
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;
static int other;

NOINLINE static void first(void)
{
    shared++;
    SEANCE_HAPPENS_BEFORE(&shared);
}

NOINLINE static void second(void)
{
    SEANCE_HAPPENS_AFTER(&other);
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
