// Two threads read one directory, under a mutex.
// expect: none
#include "race.h"

#include <dirent.h>

static DIR *directory;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(readdir(directory));
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    MUST(readdir(directory));
    pthread_mutex_unlock(&guard);
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
