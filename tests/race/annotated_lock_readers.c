// Two readers of one lock, and one of them writes.
// expect: data-race var=shared in=first,second
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;
static int lock;

NOINLINE static void first(void)
{
    SEANCE_READ_LOCKED(&lock);
    shared++;
    SEANCE_UNLOCKED(&lock);
}

NOINLINE static void second(void)
{
    SEANCE_READ_LOCKED(&lock);
    shared++;
    SEANCE_UNLOCKED(&lock);
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
