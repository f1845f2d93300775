// One thread writes to a pipe that another one closes, and the number may be another file's by then.
// expect: data-race in=send,end
#include <unistd.h>

#include "race.h"

static int ends[2];

NOINLINE static void send(void)
{
    MUST(write(ends[1], "a", 1) == 1);
}

NOINLINE static void end(void)
{
    close(ends[1]);
}

static void *early(void *arg)
{
    send();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    end();
    return arg;
}

int main(void)
{
    MUST(pipe(ends) == 0);
    race_two(early, late, NULL);
    return 0;
}
