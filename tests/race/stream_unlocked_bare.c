// Two threads write to one stream past its lock, without a lock.
// expect: data-race in=first,second
#include "race.h"

static FILE *out;

NOINLINE static void first(void)
{
    MUST(fputs_unlocked("early\n", out) >= 0);
}

NOINLINE static void second(void)
{
    MUST(fputs_unlocked("late\n", out) >= 0);
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
    MUST(fclose(out) == 0);
    return 0;
}
