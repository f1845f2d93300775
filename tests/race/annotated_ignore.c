// Accesses between two annotations count for nothing, all others do.
// expect: data-race var=shared in=first,second
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long left_out;
static volatile long shared;

NOINLINE static void first(void)
{
    SEANCE_IGNORE_BEGIN(SEANCE_READS);
    SEANCE_IGNORE_BEGIN(SEANCE_WRITES);
    left_out++;
    SEANCE_IGNORE_END(SEANCE_WRITES);
    SEANCE_IGNORE_END(SEANCE_READS);
    shared++;
}

NOINLINE static void second(void)
{
    left_out++;
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
