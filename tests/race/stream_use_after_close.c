// A stream is looked at by a thread that does not know that it was closed.
// expect: heap-use-after-free in=first,second location=heap
#include "race.h"

#include <malloc.h>

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
    mallopt(M_PERTURB,
            0); /* what is freed keeps what was in it, or the second thread would crash */
    out = tmpfile();
    MUST(out);
    race_two(early, late, NULL);
    return 0;
}
