// A stream is looked at by a thread that does not know that it was closed.
// expect: heap-use-after-free in=first,second location=heap
#include "race.h"

static FILE *out;
static volatile int failed;

NOINLINE static void first(void)
{
    MUST(fclose(out) == 0);
}

NOINLINE static void second(void)
{
    failed = ferror(out);
}

/* Once both threads are there: to create one takes memory, maybe that of the stream. */
static void *early(void *arg)
{
    unseen_until(1);
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_step();
    unseen_until(2);
    second();
    return arg;
}

int main(void)
{
    out = tmpfile();
    MUST(out);
    race_two(early, late, NULL);
    return 0;
}
