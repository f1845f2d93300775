// Handlers on stacks of their own, which come from the heap, go back to it and are used by another thread.
// expect: none
#include "race.h"

#include <malloc.h>
#include <signal.h>

enum { SIZE = 1 << 15 };

static void handler(int sig)
{
    volatile long cells[64];

    for (int i = 0; i < 64; i++)
        cells[i] = sig + i;
}

NOINLINE static void use(void)
{
    stack_t own = { .ss_sp = malloc(SIZE), .ss_size = SIZE }, none = { .ss_flags = SS_DISABLE };

    MUST(own.ss_sp && sigaltstack(&own, NULL) == 0);
    raise(SIGUSR1);
    MUST(sigaltstack(&none, NULL) == 0);
    free(own.ss_sp);
}

static void *early(void *arg)
{
    use();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    use();
    return arg;
}

int main(void)
{
    struct sigaction act = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

    mallopt(M_ARENA_MAX, 1);
    MUST(sigaction(SIGUSR1, &act, NULL) == 0);
    race_two(early, late, NULL);
    return 0;
}
