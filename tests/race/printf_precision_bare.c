// A table is filled from its ninth byte on while another thread prints the first eight, without a lock.
// expect: data-race in=first,second var=name
#include "race.h"

static char name[32] = "nobody and nothing";
static char text[32];

NOINLINE static void first(void)
{
    memset(name + 7, 'x', 8);
}

NOINLINE static void second(void)
{
    snprintf(text, sizeof(text), "%.*s", 8, name);
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
    race_two(early, late, NULL);
    return 0;
}
