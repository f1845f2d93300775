// A line is overwritten while another thread scans it, without a lock.
// expect: data-race in=first,second var=line
#include "race.h"

static char line[32] = "1 2";
static int a, b;

NOINLINE static void first(void)
{
    strcpy(line, "3 4");
}

NOINLINE static void second(void)
{
    MUST(sscanf(line, "%d %d", &a, &b) == 2);
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
