// Two threads let the kernel fill one buffer by read(2) of different pipes.
// expect: data-race in=receive,receive var=buffer location=global
// allow: data-race in=receive,receive
#include "race.h"

#include <unistd.h>

static char buffer[64];
static int pipes[2][2];

NOINLINE static void receive(int end)
{
    MUST(read(end, buffer, sizeof buffer) == 8);
}

static void *early(void *arg)
{
    receive(pipes[0][0]);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    receive(pipes[1][0]);
    return arg;
}

int main(void)
{
    for (int i = 0; i < 2; i++) {
        MUST(pipe(pipes[i]) == 0);
        MUST(write(pipes[i][1], "12345678", 8) == 8);
    }
    race_two(early, late, NULL);
    return 0;
}
