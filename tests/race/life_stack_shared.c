// A thread is given the address of another one's variable, on its stack, after that one has written to it.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int *shared;

NOINLINE static void first(int *mine)
{
    *mine = 1;
}

NOINLINE static void second(int *yours)
{
    *yours = 2;
}

static void *early(void *arg)
{
    int mine;

    first(&mine);
    pthread_mutex_lock(&guard);
    shared = &mine;
    pthread_mutex_unlock(&guard);
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *late(void *arg)
{
    int *yours;

    unseen_until(1);
    pthread_mutex_lock(&guard);
    yours = shared;
    pthread_mutex_unlock(&guard);
    second(yours);
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
