// expect: data-race var=payload in=early,late location=global
// The byte comes through the pipe before the payload is written: nothing orders the two.
#include <unistd.h>

#include "race.h"

static int ends[2];
static long payload;

static void *early(void *arg)
{
    if (write(ends[1], "x", 1) != 1)
        return NULL;
    payload = 41;
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    char byte;

    if (read(ends[0], &byte, 1) != 1)
        return NULL;
    unseen_until(1);
    payload++;
    return arg;
}

int main(void)
{
    if (pipe(ends))
        return 1;
    race_two(early, late, NULL);
    return payload == 42 ? 0 : 1;
}
