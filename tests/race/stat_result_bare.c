// Two threads have facts of files stored in one structure, without a lock.
// expect: data-race in=first,second var=facts
#include "race.h"

#include <sys/stat.h>

static struct stat facts;

NOINLINE static void first(void)
{
    MUST(stat("/", &facts) == 0);
}

NOINLINE static void second(void)
{
    MUST(stat("/tmp", &facts) == 0);
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
