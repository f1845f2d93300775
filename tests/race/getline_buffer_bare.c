// A line is read into a buffer that another thread looks at, without a lock.
// expect: data-race in=first,second
#include "race.h"

static char *line;
static size_t room;
static FILE *in;
static volatile char seen;

NOINLINE static void first(void)
{
    MUST(getline(&line, &room, in) > 0);
}

NOINLINE static void second(void)
{
    seen = line[0];
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
    in = tmpfile();
    MUST(in && fputs("a line\n", in) >= 0);
    rewind(in);
    race_two(early, late, NULL);
    return 0;
}
