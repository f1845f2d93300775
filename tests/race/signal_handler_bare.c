// The handler, on one thread, bumps a counter that another thread bumps too.
// expect: data-race var=ticks in=on_signal,bump location=global
#include "race.h"

#include <signal.h>

static long ticks;

NOINLINE static void on_signal(int number)
{
    (void)number;
    ticks++;
}

NOINLINE static void bump(void)
{
    ticks++;
}

static void *early(void *arg)
{
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    bump();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return ticks == 2 ? 0 : 1;
}
