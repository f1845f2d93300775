// Two threads write to one stream past its lock, which they hold.
// expect: none
#include "race.h"

static FILE *out;

NOINLINE static void first(void)
{
    flockfile(out);
    MUST(fputs_unlocked("early\n", out) >= 0);
    MUST(putc_unlocked('x', out) == 'x');
    funlockfile(out);
}

NOINLINE static void second(void)
{
    flockfile(out);
    MUST(putc_unlocked('y', out) == 'y');
    MUST(fputs_unlocked("late\n", out) >= 0);
    funlockfile(out);
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
