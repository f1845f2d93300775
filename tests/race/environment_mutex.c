// One thread changes the environment while another looks into it, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static const char *volatile home;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(setenv("HOME", "/nowhere", 1) == 0);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    home = getenv("HOME");
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
