// Two threads write to one stream by functions that take its lock.
// expect: none
#include "race.h"

static FILE *out;

NOINLINE static void first(void)
{
    MUST(putc('e', out) == 'e' && fputs("arly", out) >= 0);
    MUST(fprintf(out, "%s\n", "!") == 2 && fflush(out) == 0);
}

NOINLINE static void second(void)
{
    MUST(putc('l', out) == 'l' && fputs("ate", out) >= 0);
    MUST(fprintf(out, "%s\n", "!") == 2 && fflush(out) == 0);
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
