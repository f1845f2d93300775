// As annotated_ignore_handler.c, and the handler publishes nothing.
// expect: data-race var=payload in=on_signal,late location=global
#include <signal.h>
#include <stdatomic.h>

#include "../../include/seance/seance.h"

#include "race.h"

static volatile long payload;
static atomic_int ready;

NOINLINE static void on_signal(int sig)
{
    payload = 1;
}

static void *early(void *arg)
{
    SEANCE_IGNORE_BEGIN(SEANCE_SYNC);
    raise(SIGUSR1);
    SEANCE_IGNORE_END(SEANCE_SYNC);
    unseen_step();
    return arg;
}

NOINLINE static void *late(void *arg)
{
    unseen_until(1);
    atomic_exchange(&ready, 2);
    payload++;
    return arg;
}

int main(void)
{
    signal(SIGUSR1, on_signal);
    race_two(early, late, NULL);
    return 0;
}
