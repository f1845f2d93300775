// The function that bumps the counter is left by longjmp and called again.
// expect: data-race var=total in=add,add location=global
#include "race.h"

#include <setjmp.h>

static long total;

NOINLINE static void add(jmp_buf place)
{
    total++;
    longjmp(place, 1);
}

static void add_and_return(void)
{
    jmp_buf place;

    if (!setjmp(place))
        add(place);
}

static void *early(void *arg)
{
    add_and_return();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    add_and_return();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return total == 2 ? 0 : 1;
}
