// Two threads print and then count: who printed first is chance, and the counter is not guarded.
// expect: data-race in=first,second var=counter
#include "race.h"

static FILE *out;
static int counter;

NOINLINE static void first(void)
{
    MUST(fputs("early\n", out) >= 0);
    counter++;
    MUST(fputs("early\n", out) >= 0);
}

NOINLINE static void second(void)
{
    MUST(fputs("late\n", out) >= 0);
    counter++;
    MUST(fputs("late\n", out) >= 0);
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
