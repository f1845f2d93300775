// expect: none
// What is handed over through a pipe is ordered: the write releases, the read acquires.
#include <unistd.h>

#include "race.h"

static int ends[2];
static long payload;

static void *early(void *arg)
{
    payload = 41;
    if (write(ends[1], "x", 1) != 1)
        return arg;
    return NULL;
}

static void *late(void *arg)
{
    char byte;

    if (read(ends[0], &byte, 1) == 1)
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
