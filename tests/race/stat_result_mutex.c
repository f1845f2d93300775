// Two threads have facts of files stored in one structure, under a mutex.
// expect: none
#include "race.h"

#include <sys/stat.h>

static struct stat facts;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(stat("/", &facts) == 0);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    MUST(stat("/tmp", &facts) == 0);
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
    race_two(early, late, NULL);
    return 0;
}
