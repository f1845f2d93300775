// A lock of the program's own, told by annotations.
// expect: none
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;
static int lock;

NOINLINE static void first(void)
{
    SEANCE_WRITE_LOCKED(&lock);
    shared++;
    SEANCE_UNLOCKED(&lock);
}

NOINLINE static void second(void)
{
    SEANCE_WRITE_LOCKED(&lock);
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
