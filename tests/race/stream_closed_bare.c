// A stream is closed while another thread may write to it, without a lock.
// expect: data-race in=first,second
// allow: heap-use-after-free
#include "race.h"

static FILE *out;

NOINLINE static void first(void)
{
    MUST(fputs("early\n", out) >= 0);
}

NOINLINE static void second(void)
{
    MUST(fclose(out) == 0);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
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
