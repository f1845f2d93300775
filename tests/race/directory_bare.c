// Two threads read one directory, without a lock.
// expect: data-race in=first,second
#include "race.h"

#include <dirent.h>

static DIR *directory;

NOINLINE static void first(void)
{
    MUST(readdir(directory));
}

NOINLINE static void second(void)
{
    MUST(readdir(directory));
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
    directory = opendir("/");
    MUST(directory);
    race_two(early, late, NULL);
    MUST(closedir(directory) == 0);
    return 0;
}
