// Two threads write characters to one stream by the inline form of putc_unlocked(), without a lock.
// expect: data-race in=first,second
#include "race.h"

static FILE *out;

NOINLINE static void first(void)
{
    MUST(putc_unlocked('e', out) == 'e');
    MUST(putc_unlocked('\n', out) == '\n');
}

NOINLINE static void second(void)
{
    MUST(putc_unlocked('l', out) == 'l');
    MUST(putc_unlocked('\n', out) == '\n');
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
    MUST(putc('f', out) == 'f'); /* makes the buffer */
    race_two(early, late, NULL);
    MUST(fclose(out) == 0);
    return 0;
}
