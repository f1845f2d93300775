// A race between compiled code and code of a library that is not: each side is seen its own way.
// with: beside_unmodified-lib.c
// expect: data-race var=shared in=mine,library_write
#include "race.h"

void library_write(long *word);

static long shared;

NOINLINE static void mine(void)
{
    shared = 1;
}

static void *early(void *arg)
{
    mine();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    library_write(&shared);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
