// A text from strdup() is freed while another thread may read it, without a lock.
// expect: heap-use-after-free in=first,second location=heap
// allow: data-race
#include "race.h"

static char *text;
static volatile char seen;

NOINLINE static void first(void)
{
    seen = text[0];
}

NOINLINE static void second(void)
{
    free(text);
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
    text = strdup("a text");
    MUST(text);
    race_two(early, late, NULL);
    return 0;
}
